"""The report as an Excel workbook: written for a unit to fill, and read back when it comes in.

`sheets.py` says where everything stands, so that `write.py` and its inverse `read.py` agree; nothing else in the
project knows openpyxl.
"""

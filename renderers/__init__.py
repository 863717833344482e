"""Compiled template and values to documents, and back: form, workbook, print, schemas, validators.

A renderer knows no database; what is asked of whom and when is runtime's.
"""

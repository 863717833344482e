"""The one table of operations of the formula language.

A row says how an operation is written, what it takes and gives, what becomes of measures, whether it keeps a formula
additive, what it means (`evaluate.py` calls `meaning`) and how it lowers to the kernel that the emitters see. A new
function is one row here, and its conformance rows in `tests/formulas/`.
"""

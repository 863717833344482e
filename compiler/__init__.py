"""Syntax tree to compiled template, and the meaning of its formulas. No files, clock or network but in `package.py` and
`shelf.py`."""

"""Syntax tree to compiled template: what a report means, proved as far as it can be.

Everything after the compiler works from the compiled template alone. Pure but for package.py: no files, no clock,
no network, no database.
"""

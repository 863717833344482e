"""Compiled templates and data: units, periods, intake, roll-up, signing. Knows no HTTP."""

"""Compiled templates and data: units, periods, submissions, roll-up, signatures.

Knows nothing of HTTP or the command line; those are server's.
"""

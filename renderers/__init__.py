"""Compiled template (and values) to documents, and documents back to values. Knows no database and no network."""

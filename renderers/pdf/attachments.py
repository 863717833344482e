"""Under which names a printed report carries its form and its data. Light to import, for those who only read PDFs."""

from __future__ import annotations

TEMPLATE_FILE = "template.json"
"""The compiled template in canonical JSON; its relationship to the pages is Source."""

SUBMISSION_FILE = "submission.json"
"""The canonical submission; its relationship is Data."""

HEAD_FILE = "letterhead.json"
"""Who reports to whom, and which report is replaced (`head.py`); its relationship is Supplement."""

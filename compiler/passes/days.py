"""Days that an author wrote."""

from __future__ import annotations

from datetime import date

from compiler.passes.context import Diagnostics
from dsl import tree


def calendar_date(written: tree.Date | None, diagnostics: Diagnostics) -> date | None:
    """The day an author wrote; BIEU0262 where the calendar has no such day."""
    if written is None:
        return None
    try:
        return date.fromisoformat(written.text)
    except ValueError:
        diagnostics.add("BIEU0262", written.span, {"found": written.text})
        return None

"""What a printed report says beside its figures, as a file inside it: who reports to whom, for which period, and
which report it replaces. With it a reader can set the pages again from the file alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from compiler.frozen import canonical_bytes
from compiler.values import Values
from renderers.filling import Filling, Letterhead, Replaced, ReportingPeriod


@dataclass(frozen=True)
class Head:
    """A `Filling` without its values and its submission."""

    unit_code: str
    unit_name: str
    period: ReportingPeriod
    letterhead: Letterhead
    coverage: str = ""
    replaces: Replaced | None = None


_ADAPTER = TypeAdapter(Head)


def head_bytes(filling: Filling) -> bytes:
    """The canonical JSON of a filling's head."""
    head = Head(
        filling.unit_code,
        filling.unit_name,
        filling.period,
        filling.letterhead,
        filling.coverage,
        filling.replaces,
    )
    return canonical_bytes(_ADAPTER.dump_python(head, mode="json"))


def read_head(data: bytes) -> Head:
    """The head in a file's bytes. Raises ValueError where they are none."""
    return _ADAPTER.validate_json(data)


def filling_from(head: Head, values: Values, submission: bytes) -> Filling:
    """The filling that a report was printed from, put together again."""
    return Filling(
        values=values,
        unit_code=head.unit_code,
        unit_name=head.unit_name,
        period=head.period,
        letterhead=head.letterhead,
        submission=submission,
        coverage=head.coverage,
        replaces=head.replaces,
    )

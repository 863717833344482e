"""What is wrong with a source, as data: a stable code, spans, values for the message, and a fix where it is certain.

The words stand in `messages/*.toml`, in Vietnamese and English, beside the long form that `bieu explain` prints; how a
diagnostic looks on a terminal, in JSON or SARIF is `render.py`'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from dsl.span import Span

Language = Literal["vi", "en"]
Severity = Literal["error", "warning", "note"]
"""note: for information; nothing need be changed."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Label:
    """A second place the message points at; `key` names its words among the code's labels in the catalogue."""

    span: Span
    key: str
    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement that is certain to be what the author meant; an empty span inserts."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a filled table; of a percentage the ratio times 100."""

    value: Decimal
    percent: bool = False


Shown = Amount | str | bool | None
"""What stands in a cell of a filled table; None: left blank."""


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row of a filled table. `earlier`: the values are those of other reports. `fails`: a check fails here."""

    label: str
    cells: tuple[Shown, ...]
    earlier: Literal["prior", "last_year", "ytd", "report"] | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class FilledTable:
    """A small filled form that shows what a diagnostic says; `columns` are the headings over the cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[FilledRow, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a source. `values` fill the message's placeholders; they are never translated."""

    code: str
    span: Span
    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    labels: tuple[Label, ...] = ()
    fix: Fix | None = None
    severity: Severity = "error"
    shown: tuple[FilledTable, ...] = ()

"""What is wrong with a source, as data: a stable code, spans, values for the message, and a fix where it is certain.

The words stand in `messages/*.toml`, in Vietnamese and English, beside the long form that `bieu explain` prints; how a
diagnostic looks on a terminal, in JSON or SARIF is `render.py`'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from dsl.span import Span

Language = Literal["vi", "en"]
Severity = Literal["error", "warning"]

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
class Diagnostic:
    """One finding about a source. `values` fill the message's placeholders; they are never translated."""

    code: str
    span: Span
    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    labels: tuple[Label, ...] = ()
    fix: Fix | None = None
    severity: Severity = "error"

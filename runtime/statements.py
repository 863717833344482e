"""What is said about a signed report: one statement each, with a weight, in Vietnamese and English.

Words stand in `verification.toml`, keyed by code. What is found, and when it is said, is the others' matter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Literal

from renderers.sentences import printed_date

Severity = Literal["error", "warning", "notice"]
Language = Literal["vi", "en"]

_VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Statement:
    """One thing that was found. `values` fill the placeholders of the words for `code`."""

    code: str
    values: Mapping[str, str]

    @property
    def severity(self) -> Severity:
        """How much it weighs: errors mean that the report is not to be relied on."""
        return _catalogue()[self.code].severity

    def text(self, language: Language = "vi") -> str:
        """The statement in words."""
        words = _catalogue()[self.code]
        return (words.vi if language == "vi" else words.en).format_map(dict(self.values))


def said(code: str, **values: str) -> Statement:
    """The statement of that code."""
    return Statement(code, values)


def moment_words(time: datetime) -> str:
    """A time as Vietnam's clocks show it: "08:05:00 16/9/2026 +07:00"."""
    local = time.astimezone(_VIETNAM)
    return f"{local:%H:%M:%S} {printed_date(local.date().isoformat())} +07:00"


def day_words(time: datetime) -> str:
    """The day of a time in Vietnam."""
    return printed_date(time.astimezone(_VIETNAM).date().isoformat())


def short(problem: Exception) -> str:
    """An error of a library in a few words."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text if len(text) <= 120 else text[:119] + "…"


@dataclass(frozen=True)
class _Words:
    severity: Severity
    vi: str
    en: str


@cache
def _catalogue() -> Mapping[str, _Words]:
    text = resources.files("runtime").joinpath("verification.toml").read_text(encoding="utf-8")
    return {code: _Words(**entry) for code, entry in tomllib.loads(text).items()}

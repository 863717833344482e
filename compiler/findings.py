"""What is found in a submission: one finding a problem, each naming its place, what stands there and what is right.

Findings are values: a reader of submissions returns all of them at once. Their words stand in `findings.toml`, in
Vietnamese and English, keyed by code; `sentence` puts them together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from compiler.frozen import Frozen

FindingSeverity = Literal["error", "warning", "notice"]
"""error: blocks sending. warning: to be corrected or explained. notice: for information (a check not evaluated …)."""


class Place(Frozen):
    """Where a finding stands. Whatever is known is filled in; `index` counts self-added rows from 1."""

    table: str | None = None
    row: str | None = None
    column: str | None = None
    index: int | None = None
    text: str | None = None
    sheet: str | None = None
    cell: str | None = None
    """The workbook cell, "F12"."""
    words: str = ""
    """The heading path a person reads: "Đất đai › Số hồ sơ nhận giải quyết › Trong kỳ › Trực tuyến"."""


class Finding(Frozen):
    """One finding. `values` fill the placeholders of the message for `code`."""

    code: str
    severity: FindingSeverity
    place: Place = Place()
    check: str | None = None
    values: Mapping[str, str] = {}


def sentence(finding: Finding, language: Literal["vi", "en"] = "vi") -> str:
    """The finding in words, without its place. KeyError for a code that `findings.toml` lacks."""
    return str(_messages()[finding.code][language]).format_map(dict(finding.values))


@cache
def _messages() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("compiler").joinpath("findings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)

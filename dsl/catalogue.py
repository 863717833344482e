"""The words of every diagnostic, from messages/*.toml, filled with a diagnostic's values.

syntax.toml describes the shape at its head. Where the words stand on a page is render.py's matter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from dsl.diagnostics import Diagnostic, Label, Language, Severity

_FILES = ("syntax.toml", "meaning.toml")
_OR = {"vi": "hoặc", "en": "or"}

Words = Mapping[Language, str]
"""One text in every language of the catalogue."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says of one code. wrong, right: whole sources; the fragments stand in `shown`."""

    code: str
    severity: Severity
    message: Words
    labels: Mapping[str, Words]
    fix: Words | None
    explanation: Words
    wrong: str | None
    right: str | None
    shown: tuple[str, str] | None
    terms: Mapping[str, Words]


@cache
def catalogue() -> Mapping[str, Entry]:
    """Every entry by its code, in the order of the codes."""
    read = [
        tomllib.loads(files("dsl").joinpath("messages", name).read_text(encoding="utf-8")) for name in _FILES
    ]
    every_term: dict[str, Words] = {}
    for content in reversed(read):
        every_term |= content.get("terms", {})
    entries = {
        code: _entry(code, table, content.get("frames", {}), {**every_term, **content.get("terms", {})})
        for content in read
        for code, table in content.items()
        if code not in ("terms", "frames")
    }
    return dict(sorted(entries.items()))


def _entry(
    code: str, table: Mapping[str, Any], frames: Mapping[str, str], terms: Mapping[str, Words]
) -> Entry:
    wrong, right = table.get("wrong"), table.get("right")
    frame = frames[table["frame"]] if "frame" in table else "@"
    return Entry(
        code=code,
        severity=table["severity"],
        message={"vi": table["vi"], "en": table["en"]},
        labels=table.get("labels", {}),
        fix=table.get("fix"),
        explanation=table["explain"],
        wrong=None if wrong is None else _framed(frame, wrong),
        right=None if right is None else _framed(frame, right),
        shown=None if wrong is None or right is None else (wrong.strip("\n"), right.strip("\n")),
        terms=terms,
    )


def _framed(frame: str, fragment: str) -> str:
    """The fragment in the frame's place, each of its lines as deep as the place is."""
    if frame == "@":
        return fragment.removeprefix("\n")
    before, after = frame.removeprefix("\n").split("@")
    indentation = before[before.rfind("\n") + 1 :]
    lines = fragment.strip("\n").split("\n")
    return before + f"\n{indentation}".join(lines) + after


def message(diagnostic: Diagnostic, language: Language) -> str:
    """The sentence of a diagnostic."""
    entry = catalogue()[diagnostic.code]
    return _fill(entry.message[language], diagnostic.values, entry, language)


def label(diagnostic: Diagnostic, second: Label, language: Language) -> str:
    """The words under a second place of a diagnostic."""
    entry = catalogue()[diagnostic.code]
    return _fill(entry.labels[second.key][language], {**diagnostic.values, **second.values}, entry, language)


def primary_label(diagnostic: Diagnostic, language: Language) -> str:
    """The words under the main place; empty where the catalogue has none."""
    entry = catalogue()[diagnostic.code]
    words = entry.labels.get("primary")
    return _fill(words[language], diagnostic.values, entry, language) if words else ""


def fix(diagnostic: Diagnostic, language: Language) -> str:
    """What the diagnostic's fix does; empty where it has none."""
    entry = catalogue()[diagnostic.code]
    if diagnostic.fix is None or entry.fix is None:
        return ""
    values = {"replacement": diagnostic.fix.replacement.strip(), **diagnostic.values}
    return _fill(entry.fix[language], values, entry, language)


def explanation(entry: Entry, language: Language) -> str:
    """The long form's text, without its examples."""
    return _fill(entry.explanation[language], {}, entry, language)


class _Filler(Formatter):
    """`{x}` as it is; `{x:term}` a term; `{x:named}` a term or else as it is; `{x:or}` a list, a piece a line."""

    def __init__(self, terms: Mapping[str, Words], language: Language) -> None:
        self._terms = terms
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """A placeholder's value under its specification."""
        match format_spec:
            case "":
                return str(value)
            case "term":
                return self._term(str(value))
            case "named":
                # Measures have an author's own label, but for the number that has none.
                return self._term(str(value)) if value in self._terms else str(value)
            case "or":
                pieces = [
                    piece if piece.startswith("`") else self._term(piece) for piece in str(value).split("\n")
                ]
                return _joined(pieces, _OR[self._language])
            case _:
                raise ValueError(f"the catalogue knows no placeholder {{…:{format_spec}}}")

    def _term(self, key: str) -> str:
        return self._terms[key][self._language]


def _joined(pieces: list[str], conjunction: str) -> str:
    if len(pieces) == 1:
        return pieces[0]
    return f"{', '.join(pieces[:-1])} {conjunction} {pieces[-1]}"


def _fill(template: str, values: Mapping[str, str], entry: Entry, language: Language) -> str:
    return _Filler(entry.terms, language).vformat(template, (), values)

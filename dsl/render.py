"""Diagnostics as a person reads them on a terminal, and as machines do: JSON and SARIF.

The words come from catalogue.py. Here is only their arrangement: the place, the line of the source with the exact
characters underlined, second places below it, and the line as a fix would leave it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dsl import catalogue, filled
from dsl.diagnostics import Diagnostic, Language
from dsl.span import Source, Span
from dsl.width import TAB, printable, width

_SEVERITIES = {
    "vi": {"error": "lỗi", "warning": "cảnh báo", "note": "ghi chú"},
    "en": {"error": "error", "warning": "warning", "note": "note"},
}
_EXAMPLE = {"vi": "ví dụ", "en": "for example"}
_FIX = {"vi": "sửa", "en": "fix"}
_WRONG = {"vi": "Sai:", "en": "Wrong:"}
_RIGHT = {"vi": "Đúng:", "en": "Right:"}

_RESET = "\x1b[0m"
_COLORS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "bold": "\x1b[1m",
    "frame": "\x1b[34m",
    "fix": "\x1b[32m",
}


def to_text(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    language: Language = "vi",
    color: bool = False,
) -> str:
    """For a terminal: one paragraph a diagnostic, then how many there are. Empty where there is none.

    A diagnostic of a source that isn't among `sources` is shown without its line. color: with ANSI escapes.
    """
    if not diagnostics:
        return ""
    paint = _Paint(color)
    paragraphs = [_paragraph(diagnostic, sources, language, paint) for diagnostic in diagnostics]
    return "\n".join(paragraphs) + "\n" + _summary(diagnostics, language) + "\n"


def to_json(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], language: Language = "vi"
) -> str:
    """A JSON list, an object a diagnostic. Lines and columns count from 1, offsets from 0, in characters."""
    found = [_object(diagnostic, sources, language) for diagnostic in diagnostics]
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def to_sarif(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], language: Language = "vi"
) -> str:
    """A SARIF 2.1.0 log of one run; every code met is a rule with its long form as help."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    run = {
        "tool": {"driver": {"name": "bieu", "rules": [_rule(code, language) for code in codes]}},
        "language": language,
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes, sources, language) for diagnostic in diagnostics],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def explain(code: str, language: Language = "vi") -> str:
    """The long form of a code, with a wrong and a right example. KeyError for a code that doesn't exist."""
    entry = catalogue.catalogue()[code]
    parts = [f"{code} ({_SEVERITIES[language][entry.severity]})", catalogue.explanation(entry, language)]
    if entry.shown:
        wrong, right = entry.shown
        parts += [f"{_WRONG[language]}\n{_indented(wrong)}", f"{_RIGHT[language]}\n{_indented(right)}"]
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


# Text


@dataclass(frozen=True, slots=True)
class _Paint:
    on: bool

    def __call__(self, style: str, text: str) -> str:
        return f"{_COLORS[style]}{text}{_RESET}" if self.on and text else text


@dataclass(frozen=True, slots=True)
class _Mark:
    """An underline below one line: columns from 1 in characters, how many, with what sign and which words."""

    line: int
    column: int
    length: int
    sign: str
    words: str


def _paragraph(
    diagnostic: Diagnostic, sources: Mapping[str, Source], language: Language, paint: _Paint
) -> str:
    kind = f"{_SEVERITIES[language][diagnostic.severity]}[{diagnostic.code}]"
    sentence = catalogue.message(diagnostic, language)
    lines = [paint(diagnostic.severity, kind) + paint("bold", f": {sentence}")]
    source = sources.get(diagnostic.span.source)
    if source is None:
        lines.append(paint("frame", f" --> {diagnostic.span.source}"))
        return "\n".join(lines) + "\n"
    marks = [_mark(source, diagnostic.span, "^", catalogue.primary_label(diagnostic, language))]
    elsewhere = []
    for label in diagnostic.labels:
        words = catalogue.label(diagnostic, label, language)
        if label.span.source == source.name:
            marks.append(_mark(source, label.span, "-", words))
        else:
            elsewhere.append((label.span, words))
    changed = _changed_lines(source, diagnostic)
    numbers = [mark.line for mark in marks] + [number for number, _ in changed]
    gutter = len(str(max(numbers)))
    line, column = source.position(diagnostic.span.start)
    blank = paint("frame", " " * gutter + " |")
    lines.append(paint("frame", " " * gutter + "-->") + f" {source.name}:{line}:{column}")
    lines.append(blank)
    lines += _marked_lines(source, marks, gutter, diagnostic.severity, paint)
    for span, words in elsewhere:
        lines.append(paint("frame", " " * gutter + " =") + f" {_place(span, sources)}: {words}")
    for table in diagnostic.shown:
        title = f" {_EXAMPLE[language]}: {printable(table.title)}"
        lines += [blank, paint("frame", " " * gutter + " =") + title]
        lines += [" " * (gutter + 3) + line for line in filled.lines(table, language)]
    words = catalogue.fix(diagnostic, language)
    if words:
        lines.append(blank)
        lines.append(paint("frame", " " * gutter + " =") + " " + paint("fix", f"{_FIX[language]}: ") + words)
        for number, text in changed:
            shown = text.replace("\t", TAB)
            lines.append(paint("frame", f"{number:>{gutter}} ") + paint("fix", f"~ {shown}".rstrip()))
    return "\n".join(lines) + "\n"


def _mark(source: Source, span: Span, sign: str, words: str) -> _Mark:
    """The part of a span on its first line; an empty span is one sign wide."""
    line, column = source.position(min(span.start, len(source.text)))
    text = source.line(line)
    last, end = source.position(min(span.end, len(source.text)))
    stop = end if last == line else len(text.rstrip()) + 1
    return _Mark(line, column, max(0, stop - column), sign, words)


def _marked_lines(source: Source, marks: list[_Mark], gutter: int, severity: str, paint: _Paint) -> list[str]:
    lines: list[str] = []
    before = 0
    for number in sorted({mark.line for mark in marks}):
        if before and number > before + 2:
            lines.append(paint("frame", "..."))
        elif before and number == before + 2:
            lines.append(_source_line(source, before + 1, gutter, paint))
        lines.append(_source_line(source, number, gutter, paint))
        text = source.line(number)
        # The rightmost first, so that its words stand on the line of its own signs.
        for mark in sorted((m for m in marks if m.line == number), key=lambda m: -m.column):
            left = width(text[: mark.column - 1])
            signs = mark.sign * max(1, width(text[mark.column - 1 : mark.column - 1 + mark.length]))
            style = severity if mark.sign == "^" else "frame"
            under = " " * left + paint(style, f"{signs} {mark.words}".rstrip())
            lines.append(paint("frame", " " * gutter + " |") + f" {under}")
        before = number
    return lines


def _source_line(source: Source, number: int, gutter: int, paint: _Paint) -> str:
    text = source.line(number).replace("\t", TAB)
    return paint("frame", f"{number:>{gutter}} |") + f" {printable(text)}".rstrip()


def _changed_lines(source: Source, diagnostic: Diagnostic) -> list[tuple[int, str]]:
    """The lines a fix writes anew, with the numbers they will have."""
    fix = diagnostic.fix
    if fix is None or fix.span.source != source.name:
        return []
    # Only the lines the fix touches: copying the whole text for each of many fixes would take its square.
    first, column = source.position(fix.span.start)
    end, end_column = source.position(fix.span.end)
    start = fix.span.start - column + 1
    stop = fix.span.end - end_column + 1 + len(source.line(end))
    text = source.text[start : fix.span.start] + fix.replacement + source.text[fix.span.end : stop]
    changed = list(enumerate(text.split("\n"), first))
    if fix.replacement.endswith("\n"):
        # What the fix puts in front of a line leaves the line as it is.
        changed = changed[:-1]
    if changed and changed[0][1] == source.line(first):
        changed = changed[1:]
    return changed


def _place(span: Span, sources: Mapping[str, Source]) -> str:
    source = sources.get(span.source)
    if source is None:
        return span.source
    line, column = source.position(span.start)
    return f"{span.source}:{line}:{column}"


def _summary(diagnostics: Iterable[Diagnostic], language: Language) -> str:
    counts = {"error": 0, "warning": 0, "note": 0}
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    words = _SEVERITIES[language]
    plural = "s" if language == "en" else ""
    return ", ".join(
        f"{count} {words[severity]}{plural if count > 1 else ''}"
        for severity, count in counts.items()
        if count
    )


# Machines


def _region(span: Span, sources: Mapping[str, Source]) -> dict[str, int]:
    region = {"offset": span.start, "length": span.end - span.start}
    source = sources.get(span.source)
    if source is not None:
        region["line"], region["column"] = source.position(min(span.start, len(source.text)))
        region["end_line"], region["end_column"] = source.position(min(span.end, len(source.text)))
    return region


def _object(diagnostic: Diagnostic, sources: Mapping[str, Source], language: Language) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": catalogue.message(diagnostic, language),
        "file": diagnostic.span.source,
        **_region(diagnostic.span, sources),
        "labels": [
            {
                "message": catalogue.label(diagnostic, label, language),
                "file": label.span.source,
                **_region(label.span, sources),
            }
            for label in diagnostic.labels
        ],
    }
    if diagnostic.shown:
        found["examples"] = [filled.to_data(table, language) for table in diagnostic.shown]
    if diagnostic.fix is not None:
        found["fix"] = {
            "message": catalogue.fix(diagnostic, language),
            "file": diagnostic.fix.span.source,
            **_region(diagnostic.fix.span, sources),
            "replacement": diagnostic.fix.replacement,
        }
    return found


def _rule(code: str, language: Language) -> dict[str, Any]:
    entry = catalogue.catalogue()[code]
    return {
        "id": code,
        "fullDescription": {"text": catalogue.explanation(entry, language)},
        "help": {"text": explain(code, language)},
        "defaultConfiguration": {"level": entry.severity},
    }


def _result(
    diagnostic: Diagnostic, codes: list[str], sources: Mapping[str, Source], language: Language
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": _with_tables(diagnostic, language)},
        "locations": [{"physicalLocation": _physical(diagnostic.span, sources)}],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(label.span, sources),
                "message": {"text": catalogue.label(diagnostic, label, language)},
            }
            for number, label in enumerate(diagnostic.labels, 1)
        ]
    if diagnostic.fix is not None:
        result["fixes"] = [
            {
                "description": {"text": catalogue.fix(diagnostic, language)},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": quote(diagnostic.fix.span.source)},
                        "replacements": [
                            {
                                "deletedRegion": _sarif_region(diagnostic.fix.span, sources),
                                "insertedContent": {"text": diagnostic.fix.replacement},
                            }
                        ],
                    }
                ],
            }
        ]
    return result


def _with_tables(diagnostic: Diagnostic, language: Language) -> str:
    """The sentence, and below it the filled forms that show it: SARIF has no place of its own for these."""
    tables = [
        f"{_EXAMPLE[language]}: {table.title}\n{filled.plain(table, language)}" for table in diagnostic.shown
    ]
    return "\n".join([catalogue.message(diagnostic, language), *tables])


def _physical(span: Span, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {"artifactLocation": {"uri": quote(span.source)}, "region": _sarif_region(span, sources)}


def _sarif_region(span: Span, sources: Mapping[str, Source]) -> dict[str, int]:
    region = {"charOffset": span.start, "charLength": span.end - span.start}
    source = sources.get(span.source)
    if source is not None:
        region["startLine"], region["startColumn"] = source.position(min(span.start, len(source.text)))
        region["endLine"], region["endColumn"] = source.position(min(span.end, len(source.text)))
    return region

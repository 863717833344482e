"""Findings as the site shows them: rows of a list, notes beside fields, explanations asked for and kept.

An explanation belongs to a check and the place where it fails, under the same name as in the form. What was explained
goes into the log with the act of sending, as one JSON object by that name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.findings import Finding, FindingSeverity, Place
from compiler.frozen import canonical_bytes
from compiler.values import Address, GroupKey
from renderers.html.controls import Note
from renderers.html.hosting import Told
from renderers.html.names import added_field_name, anchor, field_name, table_anchor, text_anchor
from renderers.html.script import MESSAGES
from runtime.reports import Act
from server.words import told

SEVERITY_WORDS: Mapping[FindingSeverity, str] = {
    "error": "Lỗi",
    "warning": "Cảnh báo",
    "notice": "Lưu ý",
}

_ORDER: tuple[FindingSeverity, ...] = ("error", "warning", "notice")


@dataclass(frozen=True)
class FindingRow:
    """A finding as a line of a table. `sheet` and `cell` are of the workbook it came in, "" for none."""

    severity: FindingSeverity
    kind: str
    sheet: str
    cell: str
    where: str
    words: str


def finding_rows(findings: Iterable[Finding], *, notices: bool = False) -> tuple[FindingRow, ...]:
    """Lines for a list, errors first, each kind in the order found."""
    found = [each for each in findings if notices or each.severity != "notice"]
    return tuple(
        FindingRow(
            each.severity,
            SEVERITY_WORDS[each.severity],
            each.place.sheet or "",
            each.place.cell or "",
            each.place.words,
            told(each),
        )
        for each in sorted(found, key=lambda each: _ORDER.index(each.severity))
    )


def told_in_form(
    layout: Layout, findings: Iterable[Finding], explanations: Mapping[str, str]
) -> tuple[Told, ...]:
    """Lines for the list above a form, with the explanations given so far."""
    shown = sorted(
        (each for each in findings if each.severity != "notice"), key=lambda each: _ORDER.index(each.severity)
    )
    items = []
    for each in shown:
        name = explanation_name(layout, each)
        items.append(
            Told(
                severity=each.severity,
                where=each.place.words,
                words=told(each),
                target=_target(layout, each.place),
                explain=f"@explain({name})" if name else "",
                explanation=explanations.get(name, ""),
                live=each.code in MESSAGES,
            )
        )
    return tuple(items)


def notes_in_form(findings: Iterable[Finding]) -> Mapping[str, Note]:
    """What is said beside single fields, by the fields' names."""
    notes: dict[str, Note] = {}
    for each in findings:
        name = field_of(each.place)
        if name and each.severity == "error" and each.check is None:
            notes.setdefault(name, Note(told(each), live=each.code in MESSAGES))
    return notes


def field_of(place: Place) -> str:
    """The name of the field a finding is about; "" where it is about no single field."""
    if place.text is not None:
        return place.text
    if place.table is None or place.row is None or place.column is None:
        return ""
    if place.index is not None:
        return added_field_name(GroupKey(place.table, place.row), place.index, place.column)
    return field_name(Address(place.table, place.row, place.column))


def _target(layout: Layout, place: Place) -> str:
    """The id of what a finding's link leads to: its field, the first field of its row, its table."""
    if place.text is not None:
        return text_anchor(place.text)
    name = field_of(place)
    if name:
        return anchor(name)
    if place.table is None or place.table not in layout.tables:
        return ""
    if place.row is not None and place.index is None:
        for cell in layout.cells:
            if cell.address[:2] == (place.table, place.row) and cell.kind == "entered":
                return anchor(field_name(cell.address))
    return table_anchor(place.table)


# -- explanations --------------------------------------------------------------------------------------------


def asks_for_explanations(layout: Layout) -> bool:
    """Whether any check of the form lets a report through only with an explanation."""
    return any(check.explain and check.severity == "warning" for check in layout.template.checks)


def explanation_name(layout: Layout, finding: Finding) -> str:
    """The name an explanation of a finding goes by, `tang:b06a[dat_dai]`; "" where none is asked for."""
    if finding.check is None or finding.severity != "warning" or finding.code == "check_not_evaluated":
        return ""
    check = next((each for each in layout.template.checks if each.name == finding.check), None)
    if check is None or not check.explain:
        return ""
    place = finding.place
    where = ""
    if place.row is not None:
        where = f"{place.table}[{place.row}]" + ("" if place.index is None else f"[{place.index}]")
    elif place.column is not None:
        where = f"{place.table}.{place.column}"
    return f"{finding.check}:{where}"


def unexplained(
    layout: Layout, findings: Iterable[Finding], explanations: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The warnings that still ask for an explanation."""
    return tuple(
        each
        for each in findings
        if (name := explanation_name(layout, each)) and not explanations.get(name, "").strip()
    )


def kept_explanations(layout: Layout, findings: Iterable[Finding], explanations: Mapping[str, str]) -> str:
    """The explanations of these findings as they are kept with the act of sending; "" for none."""
    names = dict.fromkeys(explanation_name(layout, each) for each in findings)
    kept = {name: explanations[name].strip() for name in names if name and explanations.get(name, "").strip()}
    return canonical_bytes(kept).decode() if kept else ""


def explanations_of(act: Act) -> Mapping[str, str]:
    """The explanations kept with an act of sending."""
    try:
        kept = json.loads(act.reason)
    except ValueError:
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: words for name, words in kept.items() if isinstance(words, str)}


def explained_findings(
    layout: Layout, findings: Iterable[Finding], explanations: Mapping[str, str]
) -> tuple[tuple[FindingRow, str], ...]:
    """Findings of a sent version, each with what was said of it."""
    return tuple(
        (finding_rows([each], notices=True)[0], explanations.get(explanation_name(layout, each), ""))
        for each in sorted(findings, key=lambda each: _ORDER.index(each.severity))
        if each.severity != "notice"
    )

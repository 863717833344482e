"""First pass: what a package declares for all its regimes: measures, indicators and code lists, its own and those it
uses.

Reading files and finding used packages is `compiler.package`'s matter; this pass gets trees and the text of CSV lists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from compiler.memory import Memory
from compiler.passes.context import Diagnostics
from compiler.passes.days import calendar_date
from compiler.passes.indicators import DeclaredIndicator, declare_indicator
from compiler.passes.renaming import check_renamed
from compiler.template import Code, CodeList, Measure
from dsl import tree
from dsl.diagnostics import Label
from dsl.limits import limit
from dsl.span import Span

MAXIMUM_CODES = limit("BIEU_MAX_CODES")
"""Codes of one list: the country has 3,321 communes."""


@dataclass(frozen=True)
class Shared:
    """Names that regimes of a package may use, and the package that shares them."""

    measures: Mapping[str, Measure]
    code_lists: Mapping[str, CodeList]
    regimes: Mapping[str, tree.Regime] = field(default_factory=dict)
    """The package's own regimes, whose cells another of it may read."""
    indicators: Mapping[str, DeclaredIndicator] = field(default_factory=dict)
    package: str = ""


def declare(
    files: Iterable[tree.File],
    csv_texts: Mapping[Span, str],
    used: Iterable[Shared],
    diagnostics: Diagnostics,
    memory: Memory,
) -> Shared:
    """Measures, indicators and code lists of a package. `csv_texts` holds the text behind each `from "….csv"`, keyed by
    the span of the path in the source; one that could not be read was reported before and is left out."""
    measures: dict[str, Measure] = {}
    code_lists: dict[str, CodeList] = {}
    indicators: dict[str, DeclaredIndicator] = {}
    files = tuple(files)
    taken = _Taken(files, diagnostics)
    for shared in used:
        taken.add(shared)
        measures.update(shared.measures)
        code_lists.update(shared.code_lists)
        indicators.update(shared.indicators)
    declared: dict[str, Span] = {}
    own_measures: dict[str, tree.Measure] = {}
    for file in files:
        for measure in file.measures:
            if _is_new(measure.name, "measure", declared, diagnostics):
                own_measures[measure.name.text] = measure
                taken.refuse("measure", measure.name)
    for name in own_measures:
        _measure(name, own_measures, measures, diagnostics, ())
    package = next((file.package.name.text for file in files if file.package is not None), "?")
    declared = {}
    for file in files:
        for indicator in file.indicators:
            if _is_new(indicator.name, "indicator", declared, diagnostics):
                taken.refuse("indicator", indicator.name)
                indicators[indicator.name.text] = declare_indicator(indicator, package, measures, diagnostics)
    declared = {}
    for file in files:
        for code_list in file.code_lists:
            if _is_new(code_list.name, "list", declared, diagnostics):
                taken.refuse("list", code_list.name)
                code_lists[code_list.name.text] = _remembered(memory, code_list, csv_texts, diagnostics)
    return Shared(measures, code_lists, indicators=indicators, package=package)


class _Taken:
    """The names that used packages share: each may mean one thing only, also beside the package's own."""

    def __init__(self, files: tuple[tree.File, ...], diagnostics: Diagnostics) -> None:
        self._uses = {use.name.text: use for file in files for use in file.uses}
        self._diagnostics = diagnostics
        self._names: dict[tuple[str, str], tuple[object, str]] = {}

    def add(self, shared: Shared) -> None:
        """Note the names of one package. BIEU0336 where another shares a different thing under one of them."""
        tables = {"measure": shared.measures, "list": shared.code_lists, "indicator": shared.indicators}
        for what, table in tables.items():
            for name, meaning in table.items():
                there, package = self._names.setdefault((what, name), (meaning, shared.package))
                if there != meaning and shared.package in self._uses:
                    values = {"what": what, "name": name, "first": package, "second": shared.package}
                    first = self._uses.get(package)
                    labels = () if first is None else (Label(first.name.span, "first"),)
                    span = self._uses[shared.package].name.span
                    self._diagnostics.add("BIEU0336", span, values, labels=labels)

    def refuse(self, what: str, name: tree.Name) -> None:
        """BIEU0337 where a package declares a name that one it uses shares already."""
        there = self._names.get((what, name.text))
        if there is not None:
            use = self._uses.get(there[1])
            labels = () if use is None else (Label(use.name.span, "used"),)
            values = {"what": what, "name": name.text, "package": there[1]}
            self._diagnostics.add("BIEU0337", name.span, values, labels=labels)


def _is_new(name: tree.Name, what: str, declared: dict[str, Span], diagnostics: Diagnostics) -> bool:
    before = declared.get(name.text)
    if before is not None:
        diagnostics.add(
            "BIEU0201", name.span, {"name": name.text, "what": what}, labels=(Label(before, "first"),)
        )
        return False
    declared[name.text] = name.span
    return True


def _measure(
    name: str,
    own: Mapping[str, tree.Measure],
    measures: dict[str, Measure],
    diagnostics: Diagnostics,
    path: tuple[str, ...],
) -> Measure | None:
    """The measure of that name, resolving the one it is scaled from first."""
    written = own.get(name)
    if written is None or (name in measures and name not in path and _is_resolved(measures[name], written)):
        return measures.get(name)
    if name in path:
        diagnostics.add("BIEU0222", written.span, {"path": " → ".join((*path[path.index(name) :], name))})
        measures[name] = Measure(name=name, label=written.label.text, base=name, factor=Decimal(1))
        return measures[name]
    if written.base is None or written.factor is None:
        measures[name] = Measure(name=name, label=written.label.text, base=name, factor=Decimal(1))
        return measures[name]
    base = _measure(written.base.text, own, measures, diagnostics, (*path, name))
    if base is None:
        diagnostics.unknown("BIEU0205", written.base.span, written.base.text, {*own, *measures} - {name})
        base_name, factor = name, Decimal(1)
    else:
        base_name, factor = base.base, base.factor * written.factor.value
    if factor <= 0:
        diagnostics.add("BIEU0223", written.factor.span)
        factor = Decimal(1)
    measures[name] = Measure(name=name, label=written.label.text, base=base_name, factor=factor)
    return measures[name]


def _is_resolved(measure: Measure, written: tree.Measure) -> bool:
    return measure.label == written.label.text


def _remembered(
    memory: Memory, written: tree.CodeList, csv_texts: Mapping[Span, str], diagnostics: Diagnostics
) -> CodeList:
    csv_text = None if written.csv is None else csv_texts.get(written.csv.span)

    def code_list(_: None, own: Diagnostics) -> CodeList:
        return _code_list(written, csv_text, own)

    return memory.recall(code_list, written, (csv_text,), None, diagnostics)


def _code_list(written: tree.CodeList, csv_text: str | None, diagnostics: Diagnostics) -> CodeList:
    codes: list[Code] = []
    if written.csv is not None and csv_text is not None:
        codes = _read_csv(csv_text, written.csv, diagnostics)
    spans: dict[str, Span] = {}
    for entry in written.entries:
        if entry.code.text in spans:
            values = {"name": entry.code.text, "what": "code"}
            diagnostics.add(
                "BIEU0201", entry.code.span, values, labels=(Label(spans[entry.code.text], "first"),)
            )
            continue
        spans[entry.code.text] = entry.code.span
        codes.append(
            Code(
                code=entry.code.text,
                label=entry.label.text,
                parent=None if entry.parent is None else entry.parent.text,
                valid_from=calendar_date(entry.start, diagnostics),
                valid_until=calendar_date(entry.until, diagnostics),
                renamed_from=None if entry.renamed_from is None else entry.renamed_from.name.text,
            )
        )
    check_renamed(((entry.code.text, entry.renamed_from) for entry in written.entries), diagnostics)
    known = {code.code for code in codes}
    parent_spans = {
        entry.code.text: entry.parent.span for entry in written.entries if entry.parent is not None
    }
    for code in codes:
        if code.parent is not None and code.parent not in known:
            span = parent_spans.get(code.code, written.name.span)
            diagnostics.unknown("BIEU0271", span, code.parent, known, code=code.code)
    _refuse_circles(codes, parent_spans, written.name.span, diagnostics)
    if len(codes) > MAXIMUM_CODES:
        values = {"found": str(len(codes)), "limit": str(MAXIMUM_CODES), "what": "code"}
        diagnostics.add("BIEU0290", written.name.span, values)
        codes = codes[:MAXIMUM_CODES]
    return CodeList(name=written.name.text, title=written.title.text, codes=tuple(codes))


def _refuse_circles(
    codes: list[Code], spans: Mapping[str, Span], fallback: Span, diagnostics: Diagnostics
) -> None:
    parents = {code.code: code.parent for code in codes}
    sound: set[str] = set()
    for start in parents:
        path: dict[str, None] = {}
        current: str | None = start
        while current is not None and current not in sound and current not in path:
            path[current] = None
            current = parents.get(current)
        if current in path:
            names = list(path)
            circle = [*names[names.index(current) :], current]
            diagnostics.add("BIEU0272", spans.get(current, fallback), {"path": " → ".join(circle)})
        sound.update(path)


def _read_csv(text: str, path: tree.String, diagnostics: Diagnostics) -> list[Code]:
    """Codes from a CSV with the columns code and label and, where wanted, parent, valid_from, valid_until and
    renamed_from."""
    reader = csv.DictReader(io.StringIO(text), strict=True)
    columns = set(reader.fieldnames or ())
    if not {"code", "label"} <= columns:
        diagnostics.add("BIEU0273", path.span, {"path": path.text, "found": ", ".join(sorted(columns))})
        return []
    codes: list[Code] = []
    seen: set[str] = set()
    try:
        for line in reader:
            code = (line.get("code") or "").strip()
            label = (line.get("label") or "").strip()
            if not code or not label:
                diagnostics.add("BIEU0274", path.span, {"path": path.text, "line": str(reader.line_num)})
                continue
            if code in seen:
                values = {"path": path.text, "line": str(reader.line_num), "name": code}
                diagnostics.add("BIEU0275", path.span, values)
                continue
            seen.add(code)
            codes.append(
                Code(
                    code=code,
                    label=label,
                    parent=(line.get("parent") or "").strip() or None,
                    valid_from=_csv_date(line.get("valid_from"), path, reader.line_num, diagnostics),
                    valid_until=_csv_date(line.get("valid_until"), path, reader.line_num, diagnostics),
                    renamed_from=(line.get("renamed_from") or "").strip() or None,
                )
            )
    except csv.Error as error:
        values = {"path": path.text, "line": str(reader.line_num), "reason": str(error)}
        diagnostics.add("BIEU0276", path.span, values)
    return codes


def _csv_date(text: str | None, path: tree.String, line: int, diagnostics: Diagnostics) -> date | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        values = {"path": path.text, "line": str(line), "reason": text}
        diagnostics.add("BIEU0276", path.span, values)
        return None

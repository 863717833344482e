"""A report of one edition in the next: what was entered, under its new names, scales and measures.

Nothing is rounded, cut or guessed on the way: what does not fit exactly is left out and told. What the new edition
computes is not carried but computed anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from compiler.cells import AddedGroup, Layout
from compiler.changes.columns import measure_of
from compiler.changes.forms import texts_of
from compiler.changes.matching import TableMatch, TemplateMatch, match, match_templates
from compiler.findings import Finding, Place
from compiler.template import CodeList, Measure, Template, ValueType
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values, to_decimal


@dataclass(frozen=True)
class Carried:
    """What arrived, and a warning for each thing that did not. Places are those of the old edition."""

    values: Values
    lost: tuple[Finding, ...]


@dataclass(frozen=True)
class _Held:
    """What a cell may hold: its type and the measure of its numbers."""

    type: ValueType
    measure: Measure | None


def carry(values: Values, old: Layout, new: Layout) -> Carried:
    """The entered and captured values of a report of edition `old`, as one of `new`, the edition right after it."""
    return _Carrying(old, new).run(values)


class _Carrying:
    def __init__(self, old: Layout, new: Layout) -> None:
        self._old, self._new = old, new
        self._match: TemplateMatch = match_templates(old.template, new.template)
        self._codes = _code_names(old.template, new.template)
        self._lost: list[Finding] = []

    def run(self, values: Values) -> Carried:
        cells = dict(self._cells(values.cells))
        added = dict(self._added(values.added))
        texts = dict(self._texts(values.texts))
        captured = dict(self._captured(values.captured))
        return Carried(Values(cells, added, texts, captured), tuple(self._lost))

    def _cells(self, cells: Mapping[Address, Scalar]) -> Iterator[tuple[Address, Scalar]]:
        for address, value in cells.items():
            before = self._old.by_address.get(address)
            if before is None or before.kind not in {"entered", "carried"}:
                continue
            there = self._there(address)
            after = None if there is None else self._new.by_address.get(there)
            if after is not None and after.kind == "computed":
                continue
            place = Place(table=address.table, row=address.row, column=address.column, words=str(address))
            shown = _shown(value, before.type)
            if after is None or there is None or after.kind == "not_applicable":
                self._lose(place, shown)
                continue
            held = _Held(before.type, _measure(self._old, before.column.measure or before.row.measure))
            wanted = _Held(after.type, _measure(self._new, after.column.measure or after.row.measure))
            arrived = self._value(value, held, wanted)
            if arrived is None:
                self._lose(place, shown)
            else:
                yield there, arrived

    def _there(self, address: Address) -> Address | None:
        table = self._match.matches.get(address.table)
        if table is None:
            return None
        row = self._match.row_names(table).get(address.row)
        column = self._match.column_names(table).get(address.column)
        return None if row is None or column is None else Address(table.new.name, row, column)

    def _added(
        self, added: Mapping[GroupKey, tuple[Mapping[str, Scalar], ...]]
    ) -> Iterator[tuple[GroupKey, tuple[Mapping[str, Scalar], ...]]]:
        for key, rows in added.items():
            table = self._match.matches.get(key.table)
            name = None if table is None else self._match.row_names(table).get(key.group)
            group = (
                None
                if table is None or name is None
                else self._new.group_of.get(GroupKey(table.new.name, name))
            )
            if table is None or group is None:
                self._lose(
                    Place(table=key.table, row=key.group, words=f"{key.table}[{key.group}]"), str(len(rows))
                )
                continue
            before = self._old.group_of[key]
            carried = tuple(
                self._row(table, before, group, row, index) for index, row in enumerate(rows, start=1)
            )
            if any(carried):
                yield group.key, carried

    def _row(
        self, table: TableMatch, old: AddedGroup, new: AddedGroup, row: Mapping[str, Scalar], index: int
    ) -> Mapping[str, Scalar]:
        names = self._match.column_names(table)
        known = {each.column.name: each for each in old.columns}
        wanted = {each.column.name: each for each in new.columns}
        arrived: dict[str, Scalar] = {}
        for name, value in row.items():
            before, after = known.get(name), wanted.get(names.get(name, ""))
            if (
                before is None
                or before.kind == "computed"
                or (after is not None and after.kind == "computed")
            ):
                continue
            moved = None
            if after is not None:
                moved = self._value(
                    value,
                    _Held(before.type, _measure(self._old, before.column.measure)),
                    _Held(after.type, _measure(self._new, after.column.measure)),
                )
            if moved is None or after is None:
                words = f"{table.old.name}[{old.row.name}:{index}].{name}"
                place = Place(table=table.old.name, row=old.row.name, column=name, index=index, words=words)
                self._lose(place, _shown(value, before.type))
            else:
                arrived[after.column.name] = moved
        return arrived

    def _texts(self, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        matched = match(
            {each.name: each for each in texts_of(self._old.template.outline)},
            {each.name: each for each in texts_of(self._new.template.outline)},
        )
        names = {before.name: after for before, after in matched.pairs}
        for name, text in texts.items():
            after = names.get(name)
            if after is None or len(text) > after.max_length:
                self._lose(Place(text=name, words=name), text[:40])
            else:
                yield after.name, text

    def _captured(self, captured: Mapping[CaptureKey, int | None]) -> Iterator[tuple[CaptureKey, int | None]]:
        for key, number in captured.items():
            if key.function == "report":
                # Another regime's cells keep their names; what is read in another form is captured anew.
                now = self._new.elsewhere.get(key.address)
                if now is not None and now.type == self._old.source_of(key).type:
                    yield key, number
                continue
            there = self._there(key.address)
            if there is None or there not in self._new.by_address:
                continue
            before, after = self._old.by_address[key.address], self._new.by_address[there]
            if number is None:
                yield CaptureKey(key.function, there), None
                continue
            held = _Held(before.type, _measure(self._old, before.column.measure or before.row.measure))
            wanted = _Held(after.type, _measure(self._new, after.column.measure or after.row.measure))
            moved = self._value(number, held, wanted)
            if isinstance(moved, int):
                yield CaptureKey(key.function, there), moved

    def _value(self, value: Scalar, old: _Held, new: _Held) -> Scalar | None:
        """The value in its new cell, or None where it doesn't fit exactly."""
        if old.type.is_number != new.type.is_number or (old.type.kind == "percent") != (
            new.type.kind == "percent"
        ):
            return None
        if old.type.is_number:
            factor = _factor(self._match, old.measure, new.measure)
            if factor is None or isinstance(value, str):
                return None
            moved = value * factor * Fraction(10) ** (new.type.scale - old.type.scale)
            return int(moved) if moved.denominator == 1 else None
        if old.type.kind != new.type.kind:
            return None
        match new.type.kind:
            case "text":
                fits = isinstance(value, str) and len(value) <= (new.type.max_length or 0)
                return value if fits else None
            case "choice":
                return self._codes.get((old.type.code_list, new.type.code_list), {}).get(str(value))
            case _:
                return value

    def _lose(self, place: Place, found: str) -> None:
        self._lost.append(
            Finding(code="not_carried", severity="warning", place=place, values={"found": found})
        )


def _measure(layout: Layout, name: str | None) -> Measure | None:
    return measure_of(layout.template, name)


def _factor(matched: TemplateMatch, old: Measure | None, new: Measure | None) -> Fraction | None:
    """What to multiply by; None for measures that don't convert. Where none was stated before, the new one is taken."""
    if old is None:
        return Fraction(1)
    if new is None:
        return None
    bases = [measure_of(matched.old, old.base), measure_of(matched.new, new.base)]
    labels = [None if base is None else base.label for base in bases]
    if old.base != new.base and (labels[0] is None or labels[0] != labels[1]):
        return None
    return Fraction(old.factor) / Fraction(new.factor)


def _code_names(old: Template, new: Template) -> Mapping[tuple[str | None, str | None], Mapping[str, str]]:
    """New codes by old ones, for every pair of lists that cells choose from."""

    def names(before: CodeList, after: CodeList) -> Mapping[str, str]:
        matched = match({each.code: each for each in before.codes}, {each.code: each for each in after.codes})
        return {one.code: other.code for one, other in matched.pairs}

    return {
        (before.name, after.name): names(before, after)
        for before in old.code_lists
        for after in new.code_lists
    }


def _shown(value: Scalar, type: ValueType) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and type.is_number:
        return str(to_decimal(value, type.scale)).replace(".", ",")
    return str(value)[:40]

"""Where an engine gives another value than the definition: the place, its formula, what it read, and both values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from compiler.cells import AddedGroup, Layout
from compiler.formula.evaluate import Evaluation, ReportReader, report_reader
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, leaves
from compiler.formula.operations import Value
from compiler.formula.wording import name_of, written
from compiler.frozen import plain
from compiler.values import Scalar, to_decimal
from runtime.agreement.engines import Result

Weight = Literal["refused", "half", "digits"]
"""refused: the back ends do not agree. half: a workbook's cell that the compiler listed as meeting an exact half, and
that is off by one in the last place. digits: a workbook's number of more digits than a spreadsheet has."""


@dataclass(frozen=True)
class Difference:
    """One place at which an engine differs. Values are printed exactly; "" is a blank."""

    engine: str
    submission: str
    place: str
    formula: str
    inputs: Mapping[str, str]
    expected: str
    found: str
    weight: Weight = "refused"


@dataclass(frozen=True)
class Site:
    """A computed cell or a check of a form, in words."""

    layout: Layout
    place: str
    expression: Expression
    group: AddedGroup | None = None
    row: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def formula(self) -> str:
        """As a person reads it."""
        return written(self.expression, name_of)

    def reader(self, evaluation: Evaluation) -> ReportReader:
        """Reads the values of a report as this place does."""
        reader = report_reader(self.layout, evaluation.values)
        return reader if self.group is None else reader.in_row(self.group, self.row)

    def inputs(self, evaluation: Evaluation) -> dict[str, str]:
        """What the formula reads, by its names."""
        reader = self.reader(evaluation)
        found: dict[str, str] = {}
        for leaf in leaves(self.expression):
            match leaf:
                case Cell() | Captured():
                    found[written(leaf, name_of)] = _value(reader.value(leaf))
                case AddedRows():
                    found[name_of(leaf)] = "; ".join(_value(value) or "∅" for value in reader.rows(leaf))
                case _:
                    pass
        return found


def compared(
    layout: Layout, engine: str, submission: str, right: Result, found: Result
) -> Iterator[Difference]:
    """Where an engine of integers differs from the definition."""
    if right is None or found is None:
        if right is not found:
            said = ("overflow", "") if right is None else ("", "overflow")
            yield Difference(engine, submission, "", "", {}, *said)
        return
    if right == found:
        return
    for cell in layout.order:
        wanted, got = (one.values.cells.get(cell.address) for one in (right, found))
        if not _same(wanted, got):
            assert cell.expression is not None  # computed cells have one
            site = Site(layout, str(cell.address), cell.expression)
            shown = (shown_scalar(wanted, cell.type.scale), shown_scalar(got, cell.type.scale))
            yield Difference(engine, submission, site.place, site.formula, site.inputs(right), *shown)
    for group in layout.groups:
        pairs = zip(right.values.added.get(group.key, ()), found.values.added.get(group.key, ()), strict=True)
        for index, (row, other) in enumerate(pairs, start=1):
            for added in group.order:
                name = added.column.name
                if not _same(row.get(name), other.get(name)):
                    assert added.expression is not None  # computed columns have one
                    place = f"{group.key.table}[{group.key.group}][{index}].{name}"
                    site = Site(layout, place, added.expression, group, row)
                    scale = added.type.scale
                    shown = (shown_scalar(row.get(name), scale), shown_scalar(other.get(name), scale))
                    yield Difference(engine, submission, place, site.formula, site.inputs(right), *shown)
    for wanted_outcome, got_outcome in zip(right.outcomes, found.outcomes, strict=True):
        if wanted_outcome.holds is not got_outcome.holds:
            placed, nth = wanted_outcome.placed, wanted_outcome.index
            own = None if placed.group is None else layout.group_of[placed.group]
            read = {} if own is None or nth is None else right.values.added[own.key][nth - 1]
            place = " ".join(filter(None, (placed.check.name, placed.place, str(nth or ""))))
            site = Site(layout, place, placed.condition, own, read)
            shown = (shown_truth(wanted_outcome.holds), shown_truth(got_outcome.holds))
            yield Difference(engine, submission, place, site.formula, site.inputs(right), *shown)


def shown_scalar(held: Scalar | None, scale: int) -> str:
    """A cell's value, exactly."""
    if held is None:
        return ""
    if isinstance(held, bool):
        return shown_truth(held)
    return held if isinstance(held, str) else plain(to_decimal(held, scale))


def shown_truth(holds: bool | None) -> str:
    """What a check comes to."""
    return "unknown" if holds is None else "true" if holds else "false"


def _same(left: Scalar | None, right: Scalar | None) -> bool:
    return left == right and type(left) is type(right)


def _value(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return shown_truth(value)
        case str():
            return value
        case _:
            return str(value)

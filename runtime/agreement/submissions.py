"""Reports at the boundaries of a form, made from its template: what engines are tried on.

Blank; zero, the largest and the smallest numbers everywhere; half filled; with what was captured known, blank or not
there; numbers whose results meet an exact half; and for every check a report in which it holds, and one in which a
single other cell makes it fail. The same template always gives the same reports.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from compiler.cells import Layout, PlacedCell
from compiler.formula.doubles import meets_exact_half
from compiler.formula.evaluate import evaluate, report_reader
from compiler.formula.expressions import AddedRows, Cell, Expression, leaves
from compiler.formula.grain import cell_types
from compiler.formula.rounding import Overflow
from compiler.numbers import LIMIT
from compiler.template import Column
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.entries import greatest, least
from runtime.agreement.engines import loaded

HALF_TRIALS = 200
"""How many reports are looked through for exact halves."""

MOST_HALVES = 8
"""How many of them are kept: those in which the most cells meet one that did in none before."""

_HALF_PRONE = (0, 1, 1, 2, 3, 4, 5, 7, 8, 15, 16, 25, 31, 32, 63, 64, 125)
"""Small numbers whose quotients often end in a half at some decimal."""

_MOST: int = LIMIT - 1
"""The largest number that can be entered, as a scaled integer."""

_STEPS = (1, -1, 5, -5, 10, -10, 20, -20, 50, -50, 100, 1000, -1000)
"""How far a single cell is moved to break a check, in whole units."""

ROWS = 3
"""How many self-added rows a group gets."""


@dataclass(frozen=True)
class Submission:
    """A report and why it was made. `check` is the number of the check that it breaks by one wrong cell."""

    name: str
    values: Values
    check: int | None = None
    cell: Address | None = None


def submissions(layout: Layout) -> Iterator[Submission]:
    """All of them, in a fixed order."""
    yield from plain(layout)
    yield from halves(layout)
    yield from broken(layout)


def plain(layout: Layout) -> Iterator[Submission]:
    """The reports that need no search."""
    chance = random.Random(layout.template.regime)

    def zero(column: Column) -> Scalar:
        return _nearest(0, column)

    def usual(column: Column) -> Scalar:
        return _nearest(chance.randrange(1, 1000) * 10**column.type.scale // 7, column)

    yield Submission("blank", Values())
    yield Submission("zero", _filled(layout, zero))
    yield Submission("usual", _filled(layout, usual))
    yield Submission("largest", _filled(layout, _largest, rows=ROWS))
    yield Submission("smallest", _filled(layout, _smallest))
    yield Submission("negative", _filled(layout, lambda column: -_positive(usual(column))))
    for number in (1, 2):
        full = _filled(layout, usual)
        keep = {address: held for address, held in full.cells.items() if chance.random() < 0.5}
        rows = {
            key: tuple(
                {name: held for name, held in row.items() if chance.random() < 0.6} or dict(row)
                for row in found
            )
            for key, found in full.added.items()
        }
        known = {key: held if chance.random() < 0.5 else None for key, held in full.captured.items()}
        known = {key: held for key, held in known.items() if chance.random() < 0.7}
        yield Submission(f"partial {number}", Values(cells=keep, added=rows, captured=known))
    full = _filled(layout, usual)
    yield Submission("nothing captured", replace(full, captured={}))
    yield Submission("blank captured", replace(full, captured=dict.fromkeys(layout.captures)))
    yield Submission("no self-added row", replace(full, added={}))


def halves(layout: Layout) -> Iterator[Submission]:
    """Reports in which as many cells as possible meet an exact half, each where it is rounded."""
    cells = half_cells(layout)
    if not cells:
        return
    chance = random.Random(f"{layout.template.regime} halves")

    def small(column: Column) -> Scalar:
        held = chance.choice(_HALF_PRONE) * 10 ** chance.randrange(column.type.scale + 1)
        return _nearest(held, column)

    trials = [_filled(layout, small) for _ in range(HALF_TRIALS)]
    met = [frozenset(_meeting(layout, cells, values)) for values in trials]
    waiting = {cell.address for cell in cells}
    for number in range(1, MOST_HALVES + 1):
        best = max(range(HALF_TRIALS), key=lambda index: len(waiting & met[index]))
        if not waiting & met[best]:
            return
        waiting -= met[best]
        yield Submission(f"exact half {number}", trials[best])


def half_cells(layout: Layout) -> tuple[PlacedCell, ...]:
    """The cells that the compiler lists: in doubles, their rounding may go the other way."""
    types = cell_types(layout)
    return tuple(
        cell
        for cell in layout.order
        if cell.expression is not None
        and cell.type.is_number
        and meets_exact_half(cell.expression, cell.type, types)
    )


def _meeting(layout: Layout, cells: Sequence[PlacedCell], values: Values) -> Iterator[Address]:
    reader = report_reader(layout, loaded(layout).evaluate(values).values)
    for cell in cells:
        assert cell.expression is not None  # computed cells have one
        exact = evaluate(cell.expression, reader)
        if isinstance(exact, Fraction) and (exact * 10**cell.type.scale).denominator == 2:
            yield cell.address


# -- one wrong cell per check ------------------------------------------------------------------------


def broken(layout: Layout) -> Iterator[Submission]:
    """For every check, where one can be found: a report in which it holds but for one cell."""
    chance = random.Random(f"{layout.template.regime} checks")
    bases = [
        _filled(layout, lambda column: _nearest(0, column)),
        _filled(layout, lambda column: _nearest(10**column.type.scale, column)),
        *(
            _filled(layout, lambda column: _nearest(chance.randrange(1, 60) * 10**column.type.scale, column))
            for _ in range(3)
        ),
    ]
    evaluated = [_holds(layout, base) for base in bases]
    entries = _Entries(layout)
    for number, placed in enumerate(layout.checks):
        found = next(
            (
                one
                for base, holds in zip(bases, evaluated, strict=True)
                if holds[number] is True
                for one in _moved(layout, base, entries.of(number))
                if _holds(layout, one[1])[number] is False
            ),
            None,
        )
        if found is not None:
            where = f" {placed.place}" if placed.place else ""
            yield Submission(f"wrong {placed.check.name}{where}", found[1], number, found[0])


def _moved(
    layout: Layout, base: Values, entries: Sequence[Address | GroupKey]
) -> Iterator[tuple[Address, Values]]:
    """The report with one of the entries moved a little or much."""
    for entry in entries:
        if isinstance(entry, GroupKey):
            yield from _moved_row(layout, base, entry)
            continue
        column = layout.by_address[entry].column
        for held in _moves(base.cells.get(entry), column):
            yield entry, replace(base, cells={**base.cells, entry: held})


def _moved_row(layout: Layout, base: Values, key: GroupKey) -> Iterator[tuple[Address, Values]]:
    rows = base.added.get(key, ())
    for added in layout.group_of[key].columns if rows else ():
        if added.kind == "computed":
            continue
        name = added.column.name
        for held in _moves(rows[0].get(name), added.column):
            moved = ({**rows[0], name: held}, *rows[1:])
            address = Address(key.table, key.group, name)
            yield address, replace(base, added={**base.added, key: moved})


def _moves(held: Scalar | None, column: Column) -> Iterator[Scalar]:
    match held:
        case bool():
            yield not held
        case int():
            for step in _STEPS:
                moved = held + step * 10**column.type.scale
                if _bound_below(column) <= moved <= _bound_above(column):
                    yield moved
        case str() if column.type.kind == "text":
            yield held + "?"
        case _:
            return


def _holds(layout: Layout, values: Values) -> list[bool | None]:
    """What each check comes to; over self-added rows that they all hold, or that one fails."""
    program = loaded(layout)
    try:
        frame, rows = program.load(values)
        program.compute(frame, rows)
    except (Overflow, OverflowError):
        return [None] * len(layout.checks)
    return [
        holds if not isinstance(holds, list) else False if False in holds else None if None in holds else True
        for holds in program.checks(frame, rows)
    ]


class _Entries:
    """The entered cells and groups that a check reads, through whatever is computed in between."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[Address, dict[Address | GroupKey, None]] = {}

    def of(self, check: int) -> list[Address | GroupKey]:
        """Of one check, in the order in which it reads them."""
        placed = self._layout.checks[check]
        found: dict[Address | GroupKey, None] = {} if placed.group is None else {placed.group: None}
        found.update(self._read(placed.condition))
        return list(found)

    def _read(self, expression: Expression) -> dict[Address | GroupKey, None]:
        found: dict[Address | GroupKey, None] = {}
        for leaf in leaves(expression):
            match leaf:
                case Cell(row=str(row), column=str(column)):
                    found.update(self._cell(Address(leaf.table, row, column)))
                case AddedRows():
                    found[GroupKey(leaf.table, leaf.group)] = None
                case _:
                    pass
        return found

    def _cell(self, address: Address) -> dict[Address | GroupKey, None]:
        if address not in self._known:
            cell = self._layout.by_address[address]
            if cell.kind == "computed" and cell.expression is not None:
                self._known[address] = self._read(cell.expression)
            else:
                self._known[address] = {address: None} if cell.kind == "entered" else {}
        return self._known[address]


# -- values ------------------------------------------------------------------------------------------


def _filled(layout: Layout, number: Callable[[Column], Any], rows: int = 2) -> Values:
    """A report with everything filled in; numbers as `number` says, other kinds with their first choice."""
    lists = {codes.name: tuple(code.code for code in codes.codes) for codes in layout.template.code_lists}

    def scalar(column: Column) -> Scalar | None:
        match column.type.kind:
            case "text" | "file":
                return "a"
            case "date":
                return "2026-09-30"
            case "boolean":
                return True
            case "choice":
                codes = lists.get(column.type.code_list or "", ())
                return codes[0] if codes else None
            case _:
                held: Scalar = number(column)
                return held

    cells: dict[Address, Scalar] = {}
    for cell in layout.cells:
        if cell.kind == "entered" and (held := scalar(cell.column)) is not None:
            cells[cell.address] = held
    added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {}
    for group in layout.groups:
        most = rows if group.row.max_rows is None else min(rows, group.row.max_rows)
        added[group.key] = tuple(
            {
                column.column.name: held if held != "a" else f"a{place}"
                for column in group.columns
                if column.kind != "computed" and (held := scalar(column.column)) is not None
            }
            for place in range(most)
        )
    captured: dict[CaptureKey, int | None] = {}
    for key in layout.captures:
        held = scalar(layout.source_of(key).column)
        captured[key] = held if isinstance(held, int) else None
    return Values(cells=cells, added=added, captured=captured)


def _bound_below(column: Column) -> int:
    bound = -_MOST if column.minimum is None else least(column.minimum, column.type)
    return max(bound, -_MOST)


def _bound_above(column: Column) -> int:
    bound = _MOST if column.maximum is None else greatest(column.maximum, column.type)
    return min(bound, _MOST)


def _nearest(held: int, column: Column) -> int:
    """The number, or the bound it breaks."""
    return min(max(held, _bound_below(column)), _bound_above(column))


def _largest(column: Column) -> int:
    return _bound_above(column)


def _smallest(column: Column) -> int:
    return _bound_below(column)


def _positive(held: Scalar) -> int:
    assert isinstance(held, int)
    return abs(held)

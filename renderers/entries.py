"""What binds entered cells (required, bounds, limits of rows) as straight-line Python over a frame.

The code only tells *what* is wrong and in which slot; `validators.py` finds the words. Like the code of
`compiler/formula/emit/python.py`, beside which it runs, it is made from slots and integers alone: nothing
an author wrote is code in it.

Carried cells are bound only where nothing was carried: then the unit enters them as opening values. `taken`
has the slots of those that were.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from compiler.cells import AddedColumn, Layout, PlacedCell
from compiler.template import Bound, Column, ValueType

Rule = Literal["required", "minimum", "maximum", "rows"]


class Broken(NamedTuple):
    """A rule that an entry breaks.

    slot: of a static cell. group, row, column: of a self-added row (numbers from 0), or of the group alone
    for `rows`.
    """

    rule: Rule
    slot: int = -1
    group: int = -1
    row: int = -1
    column: int = -1


Entries = Callable[[Sequence[Any], Sequence[Sequence[Sequence[Any]]], frozenset[int]], list[tuple[Any, ...]]]
"""`entries(frame, rows, taken)`: the fields of a `Broken` for every broken rule, in the order of the form."""


def least(bound: Bound, type: ValueType) -> int:
    """The smallest scaled integer that the lower bound allows."""
    exact = _scaled(bound, type)
    return math.ceil(exact) if bound.inclusive else math.floor(exact) + 1


def greatest(bound: Bound, type: ValueType) -> int:
    """The largest scaled integer that the upper bound allows."""
    exact = _scaled(bound, type)
    return math.floor(exact) if bound.inclusive else math.ceil(exact) - 1


def _scaled(bound: Bound, type: ValueType) -> Fraction:
    return Fraction(bound.value) * Fraction(10**type.scale)


def bound_carried(layout: Layout) -> tuple[PlacedCell, ...]:
    """The carried cells that some rule binds: only for them does `entries` look at what was taken over."""
    return tuple(cell for cell in layout.cells if cell.kind == "carried" and _is_bound(cell.column))


def source(layout: Layout) -> str:
    """The code of `entries`: the same bytes for the same template."""
    return "\n".join(_lines(layout))


def load(source: str) -> Entries:
    """The function of a source made by `source`."""
    namespace: dict[str, Any] = {}
    # The code is made by this module from slots and integers; no text of the template is in it.
    exec(compile(source, "<bieu entries>", "exec"), namespace)  # noqa: S102
    function: Entries = namespace["entries"]
    return function


def _lines(layout: Layout) -> Iterator[str]:
    yield "def entries(frame, rows, taken):"
    yield '    """The rules that entries break, in the order of the form."""'
    yield "    found = []"
    yield "    broken = found.append"
    static = [cell for cell in layout.cells if cell.kind in {"entered", "carried"} and _is_bound(cell.column)]
    for cell in static:
        indent = "    "
        if cell.kind == "carried":
            yield f"    if {cell.slot} not in taken:"
            indent = "        "
        yield f"{indent}v = frame[{cell.slot}]"
        yield from _rules(cell.column, f"{cell.slot},", indent)
    for number, group in enumerate(layout.groups):
        bound = [added for added in group.columns if added.kind != "computed" and _is_bound(added.column)]
        if group.row.max_rows is not None:
            yield f"    if len(rows[{number}]) > {group.row.max_rows}:"
            yield f'        broken(("rows", -1, {number}))'
        if bound:
            yield f"    for n, row in enumerate(rows[{number}]):"
            for added in bound:
                yield from _added_lines(number, added)
    yield "    return found"
    yield ""


def _added_lines(number: int, added: AddedColumn) -> Iterator[str]:
    yield f"        v = row[{added.index}]"
    yield from _rules(added.column, f"-1, {number}, n, {added.index}", "        ")


def _rules(column: Column, place: str, indent: str) -> Iterator[str]:
    """The rules of a column on `v`; `place` is what a `Broken` has after the rule."""
    if column.required:
        yield f"{indent}if v is None:"
        yield f'{indent}    broken(("required", {place}))'
    conditions = []
    if column.type.is_number:
        if column.minimum is not None:
            conditions.append(("minimum", f"v < {least(column.minimum, column.type)}"))
        if column.maximum is not None:
            conditions.append(("maximum", f"v > {greatest(column.maximum, column.type)}"))
    for rule, condition in conditions:
        yield f"{indent}if v is not None and {condition}:"
        yield f'{indent}    broken(("{rule}", {place}))'


def _is_bound(column: Column) -> bool:
    has_bounds = column.type.is_number and (column.minimum is not None or column.maximum is not None)
    return column.required or has_bounds

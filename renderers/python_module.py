"""The target "python": the form's formulas, checks and rules of entries as one module that needs Python alone.

It is the very code the server runs (`compiler/formula/emit/python.py`, `entries.py`), with the names of the
form in tables beside it, for another system that wants to check reports before it sends them. What it says
is codes and names; sentences, repeated keys and given results are `validators.py`'s.

Texts of the template come in as Python literals written by `repr`, never as code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compiler.cells import Layout
from compiler.formula.emit.python import program
from compiler.formula.evaluate import carried_key
from compiler.template import template_hash
from renderers import entries
from renderers.filling import Filling

_DRIVER = '''
def validate(cells, added=None, captured=None):
    """Compute a report and look at every rule and check.

    cells: {(table, row, column): value}; numbers as integers at the scale of SCALES, blanks left out.
    added: {(table, group): [{column: value}]}, the rows the unit added.
    captured: {(function, table, row, column): integer or None}, as it was in an earlier report.

    Returns the cells and rows with the computed ones filled in, and the problems, each a tuple (code, severity,
    place, message); a check that could not be made is a "check_not_evaluated" of severity "notice".
    """
    added, captured = added or {}, captured or {}
    frame = [cells.get(name) if slot in ENTERED else None for slot, name in enumerate(CELLS)]
    frame += [captured.get(name) for name in CAPTURES]
    taken = set()
    for slot, capture, scale, source in CARRIED:
        if CAPTURES[capture] in captured:
            held = captured[CAPTURES[capture]]
            frame[slot] = held if held is None else half_away(held * 10**scale, 10**source)
            taken.add(slot)
    rows = [
        [[None if name in computed else row.get(name) for name in names] for row in added.get(key, ())]
        for key, names, computed in GROUPS
    ]
    problems = []
    for rule, *place in entries(frame, rows, taken):
        problems.append((rule, "error", _place(*place), ""))
    compute(frame, rows)
    for (code, severity, place, message), outcome in zip(CHECKS, checks(frame, rows), strict=True):
        outcomes = enumerate(outcome, start=1) if isinstance(outcome, list) else [(None, outcome)]
        for index, holds in outcomes:
            where = place if index is None else f"{place} {index}"
            if holds is None:
                problems.append(("check_not_evaluated", "notice", where, message))
            elif not holds:
                problems.append((code, severity, where, message))
    filled = {name: held for name, held in zip(CELLS, frame) if held is not None}
    rows_filled = {
        key: [{name: held for name, held in zip(names, row) if held is not None} for row in members]
        for (key, names, _), members in zip(GROUPS, rows, strict=True)
        if members
    }
    return filled, rows_filled, problems


def _place(slot, group=-1, row=-1, column=-1):
    if slot >= 0:
        return "{}[{}].{}".format(*CELLS[slot])
    key, names, _ = GROUPS[group]
    where = "{}[{}]".format(*key)
    return where if row < 0 else f"{where} {row + 1}.{names[column]}"
'''


def render(layout: Layout, filling: Filling | None = None) -> bytes:
    """The module as UTF-8. A filling changes nothing."""
    template = layout.template
    captures = {key: number for number, key in enumerate(layout.captures)}
    parts = [
        program(layout).source,
        entries.source(layout),
        _table("FORM", (template.regime, template.version, template_hash(template))),
        _table("CELLS", (tuple(cell.address) for cell in layout.cells)),
        _table("SCALES", (cell.type.scale if cell.type.is_number else None for cell in layout.cells)),
        f"ENTERED = frozenset({tuple(cell.slot for cell in layout.cells if cell.kind in _ENTERED)!r})\n",
        _table("CAPTURES", ((key.function, *key.address) for key in layout.captures)),
        _table(
            "CARRIED",
            (
                (cell.slot, captures[key], cell.type.scale, layout.source_of(key).type.scale)
                for cell in layout.cells
                if (key := carried_key(cell)) is not None
            ),
        ),
        _table(
            "GROUPS",
            (
                (
                    tuple(group.key),
                    tuple(added.column.name for added in group.columns),
                    tuple(added.column.name for added in group.columns if added.kind == "computed"),
                )
                for group in layout.groups
            ),
        ),
        _table(
            "CHECKS",
            (
                (placed.check.name, placed.check.severity, placed.place, placed.check.message)
                for placed in layout.checks
            ),
        ),
        _DRIVER,
    ]
    return "\n".join(parts).encode("utf-8")


_ENTERED = {"entered", "carried"}


def _table(name: str, rows: Iterable[Any]) -> str:
    """A constant of the module: a tuple with one entry a line."""
    lines = "".join(f"    {row!r},\n" for row in rows)
    return f"{name} = (\n{lines})\n"

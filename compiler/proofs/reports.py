"""From the solver's model back to a report: what a unit would have entered. The rest is the evaluator's to compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import z3

from compiler.proofs.scene import Scene
from compiler.proofs.terms import Held
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values


def entered(scene: Scene) -> Iterator[Held]:
    """The cells that a unit fills in, as far as they were met."""
    for address, held in scene.held.items():
        entered = scene.layout.by_address[address].kind in {"entered", "carried"}
        if entered and address not in scene.blanks:
            yield held
    for key, held in scene.earlier.items():
        if key in scene.had:
            yield held
    for (group, _), row in scene.added.rows.items():
        kinds = {each.column.name: each.kind for each in scene.layout.group_of[group].columns}
        for name, held in row.items():
            if kinds[name] != "computed":
                yield held


def report(scene: Scene, model: Any) -> Values:
    """The report that a model stands for, computed cells left out."""
    cells: dict[Address, Scalar] = {}
    for address, held in scene.held.items():
        if scene.layout.by_address[address].kind in {"entered", "carried"}:
            value = _scalar(scene, model, held)
            if value is not None:
                cells[address] = value
    captured: dict[CaptureKey, int | None] = {}
    for key, had in scene.had.items():
        if z3.is_true(model.eval(had, model_completion=True)):
            value = _scalar(scene, model, scene.earlier[key])
            captured[key] = value if isinstance(value, int) else None
    added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {}
    for (place, number), exists in sorted(scene.added.there.items(), key=lambda item: item[0]):
        if z3.is_true(model.eval(exists, model_completion=True)):
            columns = scene.layout.group_of[place].columns
            filled = {each.column.name for each in columns if each.kind != "computed"}
            row = {
                name: value
                for name, held in scene.added.rows.get((place, number), {}).items()
                if name in filled and (value := _scalar(scene, model, held)) is not None
            }
            added[place] = (*added.get(place, ()), row)
    return Values(cells=cells, added=added, captured=captured)


def _scalar(scene: Scene, model: Any, held: Held) -> Scalar | None:
    if not z3.is_true(model.eval(held.present, model_completion=True)):
        return None
    value = model.eval(held.value, model_completion=True)
    if held.type.kind == "boolean":
        return bool(z3.is_true(value))
    number = int(value.as_long())
    if held.type.is_number:
        return number
    for text, own in scene.texts.items():
        if own == number:
            return text
    if held.type.kind == "date":
        return date.fromordinal(date(2026, 1, 1).toordinal() + number % 10_000).isoformat()
    return f"…{number}"

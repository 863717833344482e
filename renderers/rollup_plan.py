"""The roll-up plan of a form: for every cell the state that is kept, the rule, and why, as JSON.

For another system that rolls the same reports up, and for a person who asks where a province's number comes
from. Cells of one rule share its entry: `cells` gives, per table, row and column, the number of the rule in
`rules`. The runtime rolls up by the layout itself (`runtime/slots.py`), which says the same.
"""

from __future__ import annotations

import json
from typing import Any

from compiler.cells import AddedGroup, CellKind, Layout
from compiler.formula.expressions import Captured
from compiler.template import Formula, OverTime, OverUnits, template_hash
from compiler.values import CaptureKey
from renderers.filling import Filling
from renderers.places import narratives
from renderers.rollup_words import over_time_words, over_units_words

FORMAT = 1
"""The version of the plan's own shape."""


def render(layout: Layout, filling: Filling | None = None) -> bytes:
    """The plan as UTF-8 JSON. A filling changes nothing."""
    return (json.dumps(plan(layout), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def plan(layout: Layout) -> dict[str, Any]:
    """The plan as plain data."""
    template = layout.template
    rules = _Rules()
    cells: dict[str, dict[str, dict[str, int]]] = {}
    for cell in layout.cells:
        if cell.kind != "not_applicable":
            table, row, column = cell.address
            source = cell.expression if isinstance(cell.expression, Captured) else None
            number = rules.number(
                cell.over_units, cell.kind, cell.formula, cell.over_time, cell.type.scale, source
            )
            cells.setdefault(table, {}).setdefault(row, {})[column] = number
    added = [_added(group, rules) for group in layout.groups]
    texts = {
        text.name: rules.number(text.over_units, "entered", None, None, None) for text in narratives(template)
    }
    captured = [{"of": _of(key), "like": str(key.address)} for key in layout.captures]
    return {
        "format": FORMAT,
        "regime": template.regime,
        "version": template.version,
        "template": template_hash(template),
        "rules": rules.listed,
        "cells": cells,
        "added": added,
        "texts": texts,
        "captured": captured,
    }


class _Rules:
    """The rules met so far, each once, numbered in order."""

    def __init__(self) -> None:
        self.listed: list[dict[str, Any]] = []

    def number(
        self,
        rule: OverUnits,
        kind: CellKind,
        formula: Formula | None,
        over_time: OverTime | None,
        scale: int | None,
        source: Captured | None = None,
    ) -> int:
        """The number of a rule. A weight is a column of the cell's own row."""
        words = over_units_words(rule, kind, None if formula is None else formula.additivity)
        entry: dict[str, Any] = {
            "rule": rule.rule,
            "kind": kind,
            "state": words.state,
            "name": words.name,
            "why": words.why,
        }
        if formula is not None and source is None:
            entry["additivity"] = formula.additivity
        if source is not None:
            entry["carried"] = {"function": source.function, "column": source.cell.column}
        if rule.weight is not None:
            entry["weight"] = rule.weight
        if rule.key is not None:
            entry["key"] = rule.key
        if scale is not None:
            entry["scale"] = scale
        if over_time is not None:
            entry["over_time"] = {"rule": over_time, "name": over_time_words(over_time)}
        if entry not in self.listed:
            self.listed.append(entry)
        return self.listed.index(entry)


def _added(group: AddedGroup, rules: _Rules) -> dict[str, Any]:
    """A group of self-added rows: how its rows meet, and each column's rule where rows of one key become one."""
    over_units = group.row.over_units or OverUnits(rule="union")
    return {
        "table": group.key.table,
        "group": group.key.group,
        "rule": rules.number(over_units, "entered", None, None, None),
        "columns": {
            added.column.name: rules.number(
                added.column.over_units,
                added.kind,
                added.column.formula,
                added.column.over_time,
                added.type.scale if added.type.is_number else None,
            )
            for added in group.columns
        },
    }


def _of(key: CaptureKey) -> str:
    return f"{key.function}({key.address})"

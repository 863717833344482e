"""What the page's program must know beside the page itself, as the JSON of a `<script type="application/json">`.

Static cells are not listed: they stand in slot order, table by table, row by row, column by column, and `kinds` has
one letter for each (e entered, c computed, a carried, n not applicable). Scaled integers travel as strings.
"""

from __future__ import annotations

import json
from typing import Any

from compiler.cells import AddedColumn, CellKind, Layout, PlacedCheck
from compiler.formula.expressions import AddedRows, Cell, leaves
from compiler.template import (
    Column,
    Inserted,
    Table,
    ValueType,
    template_hash,
)
from compiler.values import Address, Values
from renderers.filling import Filling
from renderers.html.controls import bound_words, code_list_of, highest, lowest
from renderers.html.live import Live, Side, live, sentences, text_inputs
from renderers.places import Places, column_words
from renderers.sentences import measure_label

KIND_LETTERS: dict[CellKind, str] = {"entered": "e", "computed": "c", "carried": "a", "not_applicable": "n"}


def page_data(layout: Layout, filling: Filling | None) -> str:
    """The JSON text, safe inside a script element: no `<`, `>` or `&` stands in it."""
    template, computed = layout.template, live(layout)
    data = {
        "regime": template.regime,
        "version": template.version,
        "template": template_hash(template),
        "title": template.title,
        "tables": [_table(table, layout) for table in template.tables],
        "groups": [_group(index, layout) for index in range(len(layout.groups))],
        "capturesAt": len(computed.layout.cells),
        "captures": [[key.function, *key.address] for key in computed.layout.captures],
        "captured": _captured(computed.layout, filling),
        "checks": [
            {
                "name": check.name,
                "message": check.message,
                "severity": check.severity,
                "explain": check.explain,
            }
            for check in template.checks
        ],
        "places": _places(layout, computed),
        "texts": [
            {"name": text.name, "label": text.label, "max": text.max_length, "required": text.required}
            | ({} if when is None else {"when": when})
            for text, when in zip(text_inputs(template.outline), computed.needed, strict=True)
        ],
        "shown": list(computed.shown),
        "sentences": _sentences(computed),
        "lists": _lists(layout),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _table(table: Table, layout: Layout) -> dict[str, Any]:
    places, words = Places(layout), column_words(table)
    static = [row for row in table.rows if row.kind != "added"]
    kinds = [
        KIND_LETTERS[layout.by_address[Address(table.name, row.name, column.name)].kind]
        for row in static
        for column in table.columns
    ]
    return {
        "name": table.name,
        "title": table.title,
        "columns": [_column(column, words[column.name]) for column in table.columns],
        "rows": [[row.name, places.row(table.name, row.name).words] for row in static],
        "kinds": "".join(kinds),
    }


def _column(column: Column, words: str) -> dict[str, Any]:
    """Name, words, type, and what an entered value must keep to; left out where there is nothing to say."""
    data: dict[str, Any] = {"name": column.name, "words": words, "type": _type(column.type)}
    low, high = lowest(column), highest(column)
    if low is not None and column.minimum is not None:
        code = "below_minimum" if column.minimum.inclusive else "not_above"
        data["low"] = [str(low), bound_words(column.minimum, column.type), code]
    if high is not None and column.maximum is not None:
        code = "above_maximum" if column.maximum.inclusive else "not_below"
        data["high"] = [str(high), bound_words(column.maximum, column.type), code]
    if column.required:
        data["required"] = True
    return data


def _type(type: ValueType) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": type.kind}
    if type.is_number:
        data["scale"] = type.scale
    if type.max_length is not None:
        data["max"] = type.max_length
    if type.code_list is not None:
        data["list"] = type.code_list
    return data


def _group(index: int, layout: Layout) -> dict[str, Any]:
    group = layout.groups[index]
    words = column_words(layout.tables[group.key.table])
    own = len(group.row.columns)

    def column(added: AddedColumn) -> dict[str, Any]:
        name = added.column.label if added.index < own else words[added.column.name]
        return _column(added.column, name) | {"kind": KIND_LETTERS[added.kind]}

    return {
        "table": group.key.table,
        "row": group.key.group,
        "label": Places(layout).row(group.key.table, group.key.group).words,
        "max": group.row.max_rows,
        "key": group.row.key,
        "own": own,
        "columns": [column(added) for added in group.columns],
    }


def _captured(layout: Layout, filling: Filling | None) -> list[str | bool | None]:
    """Per capture: its scaled integer, None where the earlier report is blank, False where there was none."""
    values = Values() if filling is None else filling.values
    found: list[str | bool | None] = []
    for key in layout.captures:
        if key not in values.captured:
            found.append(False)
            continue
        value = values.captured[key]
        found.append(None if value is None else str(value))
    return found


def _places(layout: Layout, computed: Live) -> list[list[Any]]:
    """Per placed check: its check, where in words and as an address, what it reads, its group, and its two sides."""
    number = {check.name: index for index, check in enumerate(layout.template.checks)}
    places = Places(layout)
    return [
        [
            number[placed.check.name],
            _check_words(placed, places),
            placed.place,
            *_reads(placed, layout),
            _sides(sides),
        ]
        for placed, sides in zip(layout.checks, computed.sides, strict=True)
    ]


def _sides(sides: tuple[Side, Side] | None) -> list[list[int]] | None:
    if sides is None:
        return None
    return [[side.slot, side.scale, int(side.percent), side.least] for side in sides]


def _check_words(placed: PlacedCheck, places: Places) -> str:
    """Where a check is made; over self-added rows only the group, for which row is the program's to say."""
    if placed.group is not None:
        return places.row(placed.group.table, placed.group.group).words
    return places.check(placed).words


def _reads(placed: PlacedCheck, layout: Layout) -> tuple[list[int], int | None]:
    """The slots a check reads, each once in order, or the columns it reads of the group's row; and that group."""
    found: dict[int, None] = {}
    if placed.group is not None:
        group = layout.group_of[placed.group]
        places = {added.column.name: added.index for added in group.columns}
        for leaf in leaves(placed.condition):
            if isinstance(leaf, Cell) and leaf.row is None and leaf.column in places:
                found[places[leaf.column]] = None
        return list(found), layout.groups.index(group)
    for leaf in leaves(placed.condition):
        if isinstance(leaf, Cell):
            cell = layout.by_address.get(Address(leaf.table, leaf.row or "", leaf.column or ""))
            if cell is not None:
                found[cell.slot] = None
        elif isinstance(leaf, AddedRows):
            continue
    return list(found), None


def _sentences(computed: Live) -> list[list[dict[str, Any]]]:
    """Per sentence its values: type, slots of the number now and then, and how a change is said."""
    template = computed.layout.template
    found = []
    for sentence, slots in zip(sentences(template.outline), computed.said, strict=True):
        inserted = [part for part in sentence.parts if isinstance(part, Inserted)]
        values = []
        for part, (now, then) in zip(inserted, slots, strict=True):
            value: dict[str, Any] = {"type": _type(part.type), "now": now}
            if part.versus is not None:
                value |= {
                    "versus": part.versus,
                    "measure": measure_label(template, part.measure),
                    "then": then,
                }
            values.append(value)
        found.append(values)
    return found


def _lists(layout: Layout) -> dict[str, dict[str, str]]:
    """Labels of the code lists that cells choose from, for pasting by label and for sentences."""
    types = [cell.type for cell in layout.cells] + [
        added.type for group in layout.groups for added in group.columns
    ]
    found: dict[str, dict[str, str]] = {}
    for type in types:
        if type.kind == "choice" and type.code_list is not None and type.code_list not in found:
            code_list = code_list_of(layout.template, type)
            found[type.code_list] = {code.code: code.label for code in code_list.codes}
    return found

"""The JSON Schema (2020-12) of a submission: what another system needs to know to send one.

It says of single values what `document.py` and `validators.py` say: types, decimals, bounds, required
answers, lists, limits. What formulas and checks say has no place in a schema. Computed cells may be given
and need not be.

Numbers are meant exactly: whoever validates must read them as decimals (`parse_float=Decimal`), and this
schema too, for `multipleOf: 0.01` and 19.99 in binary floating point don't divide.

Columns and row shapes are shared under `$defs`, so that forty rows of twelve columns stay small.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, assert_never
from urllib.parse import quote

from compiler.cells import CellKind, Layout
from compiler.frozen import plain
from compiler.numbers import CAPTURED_DIGITS, COMPUTED_DIGITS, DIGITS, LIMIT
from compiler.template import (
    Bound,
    Column,
    PeriodType,
    Table,
    TextInput,
    ValueType,
    template_hash,
)
from compiler.values import CaptureKey, to_decimal
from renderers.filling import Filling
from renderers.places import column_words, narratives
from renderers.scalars import LONGEST_TEXT

Schema = dict[str, Any]

_NOT_WHITE = r"\S"


def render(layout: Layout, filling: Filling | None = None) -> bytes:
    """The schema as UTF-8 JSON. A filling changes nothing."""
    return (_json(schema(layout)) + "\n").encode("utf-8")


def schema(layout: Layout) -> Schema:
    """The schema as plain data, with Decimals where a number is no integer."""
    template = layout.template
    definitions = _Definitions(layout)
    data = _closed({table.name: definitions.table(table) for table in template.tables})
    required = [table.name for table in template.tables if data["properties"][table.name].get("required")]
    for text in narratives(template):
        data["properties"][text.name] = _narrative(text)
        if text.required:
            required.append(text.name)
    _require(data, required)
    submission = _closed(
        {
            "regime": {"const": template.regime, "title": "Chế độ báo cáo"},
            "version": {"const": template.version, "title": "Phiên bản biểu mẫu"},
            "unit": {"type": "string", "minLength": 1, "maxLength": 35, "title": "Mã đơn vị báo cáo"},
            "period": {
                "type": "string",
                "pattern": _period_pattern(template.period_types),
                "title": "Kỳ báo cáo",
            },
            "template": {"const": template_hash(template), "title": "Mã băm của biểu mẫu"},
            "data": data,
        }
    )
    _require(submission, ["regime", "version", "unit", "period", *(["data"] if required else [])])
    if layout.captures:
        submission["properties"]["captured"] = _captured(layout, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:bieu:{quote(template.regime)}:{quote(template.version)}",
        "title": template.title,
        "description": "; ".join(template.basis),
        **submission,
        "$defs": dict(sorted(definitions.found.items())),
    }


class _Definitions:
    """Collects what is shared, each under one name."""

    def __init__(self, layout: Layout) -> None:
        self.found: dict[str, Schema] = {}
        self._layout = layout
        self._measures = {measure.name: measure.label for measure in layout.template.measures}
        self._shapes: dict[str, str] = {}

    def table(self, table: Table) -> Schema:
        """A table: an object of its rows."""
        words = column_words(table)
        rows: dict[str, Schema] = {}
        required: list[str] = []
        kinds: dict[str, list[tuple[Column, CellKind]]] = {}
        for cell in self._layout.cells:
            if cell.address.table == table.name:
                kinds.setdefault(cell.address.row, []).append((cell.column, cell.kind))
        for row in table.rows:
            if row.kind == "added":
                rows[row.name] = self._added(table, row.name, words)
                continue
            properties = {
                column.name: self._column(table, column, kind, words[column.name])
                for column, kind in kinds[row.name]
                if kind != "not_applicable"
            }
            shape = _closed(properties)
            wanted = [
                column.name for column, kind in kinds[row.name] if kind == "entered" and column.required
            ]
            _require(shape, wanted)
            rows[row.name] = {"$ref": self._shape(table.name, shape), "title": row.label}
            if wanted:
                required.append(row.name)
        title = f"{table.form}. {table.title}" if table.form else table.title
        return _require({**_closed(rows), "title": title}, required)

    def number(self, type: ValueType, digits: int = DIGITS) -> Schema:
        """A reference to the number of that type, without bounds."""
        name = f"number.{type.scale}" + ("" if digits == DIGITS else f".{digits}")
        self.found[name] = _number(type, digits)
        return {"$ref": f"#/$defs/{name}"}

    def captured_row(self, table: str, keys: list[CaptureKey]) -> Schema:
        """A reference to the shape of a row of captured numbers."""
        types = {key.address.column: self._layout.source_of(key).type for key in keys}
        shape = _closed({column: self.number(type, CAPTURED_DIGITS) for column, type in types.items()})
        return {"$ref": self._shape(table, shape)}

    def _added(self, table: Table, group: str, words: Mapping[str, str]) -> Schema:
        placed = next(
            found
            for found in self._layout.groups
            if (found.key.table, found.key.group) == (table.name, group)
        )
        item = _closed(
            {
                added.column.name: self._column(
                    table, added.column, added.kind, words.get(added.column.name, added.column.label)
                )
                for added in placed.columns
            }
        )
        _require(item, [a.column.name for a in placed.columns if a.kind != "computed" and a.column.required])
        rows: Schema = {"type": ["array", "null"], "items": item, "title": placed.row.label}
        if placed.row.max_rows is not None:
            rows["maxItems"] = placed.row.max_rows
        return rows

    def _column(self, table: Table, column: Column, kind: CellKind, words: str) -> Schema:
        """A reference to a column as an entered, carried or computed cell has it."""
        name = f"{table.name}.{column.name}" + ("" if kind == "entered" else f".{kind}")
        if name not in self.found:
            self.found[name] = self._described(table, column, kind, words)
        return {"$ref": f"#/$defs/{quote(name)}"}

    def _described(self, table: Table, column: Column, kind: CellKind, words: str) -> Schema:
        notes = [words]
        if column.code_text:
            notes.append(f"cột {column.code_text}")
        measure = column.measure or (table.measure if column.type.kind in {"integer", "decimal"} else None)
        if measure is not None:
            notes.append(self._measures.get(measure, measure))
        if column.note:
            notes.append(column.note)
        described: Schema = {"title": column.label, "description": " · ".join(notes)}
        if kind == "computed":
            described["readOnly"] = True
        return described | self._typed(column, kind)

    def _typed(self, column: Column, kind: CellKind) -> Schema:
        type = column.type
        entered = kind == "entered"
        match type.kind:
            case "integer" | "decimal" | "percent" | "money":
                typed = self.number(type, COMPUTED_DIGITS if kind == "computed" else DIGITS)
                if entered:
                    typed |= _bounds(column.minimum, column.maximum)
            case "text":
                typed = {"type": ["string", "null"], "maxLength": type.max_length or LONGEST_TEXT}
                if entered and column.required:
                    typed["pattern"] = _NOT_WHITE
            case "date":
                typed = {
                    "type": ["string", "null"],
                    "format": "date",
                    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                }
            case "boolean":
                typed = {"type": ["boolean", "null"]}
            case "choice":
                typed = {"$ref": self._code_list(type.code_list or "")}
            case _:
                assert_never(type.kind)
        if entered and column.required:
            typed["not"] = {"type": "null"}
        return typed

    def _code_list(self, name: str) -> str:
        entries = next(codes for codes in self._layout.template.code_lists if codes.name == name)
        key = f"list.{name}"
        labels = "; ".join(f"{code.code}: {code.label}" for code in entries.codes)
        self.found[key] = {
            "title": entries.title,
            "description": labels,
            "enum": [*(code.code for code in entries.codes), None],
        }
        return f"#/$defs/{quote(key)}"

    def _shape(self, table: str, shape: Schema) -> str:
        """A reference to a row's shape; rows of equal shape share it."""
        key = table + json.dumps(shape, sort_keys=True)
        if key not in self._shapes:
            number = sum(1 for known in self._shapes.values() if known.startswith(f"{table}.row.")) + 1
            self._shapes[key] = f"{table}.row.{number}"
            self.found[self._shapes[key]] = shape
        return f"#/$defs/{quote(self._shapes[key])}"


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _require(closed: Schema, names: list[str]) -> Schema:
    if names:
        closed["required"] = names
    return closed


def _number(type: ValueType, digits: int) -> Schema:
    """A number of at most `digits` digits at the type's scale: as a JSON number, a plain decimal text, or null."""
    exact: Schema = (
        {"type": "integer"}
        if type.scale == 0
        else {"type": "number", "multipleOf": to_decimal(1, type.scale)}
    )
    if digits == DIGITS:
        largest = to_decimal(LIMIT - 1, type.scale)
        exact |= {"minimum": -largest, "maximum": largest}
    whole = max(digits - type.scale, 1)
    decimals = rf"(\.[0-9]{{1,{type.scale}}})?" if type.scale else ""
    text = {"type": "string", "pattern": rf"^-?(0|[1-9][0-9]{{0,{whole - 1}}}){decimals}$"}
    return {"anyOf": [exact, text, {"type": "null"}]}


def _bounds(minimum: Bound | None, maximum: Bound | None) -> Schema:
    bounds: Schema = {}
    if minimum is not None:
        bounds["minimum" if minimum.inclusive else "exclusiveMinimum"] = minimum.value
    if maximum is not None:
        bounds["maximum" if maximum.inclusive else "exclusiveMaximum"] = maximum.value
    return bounds


def _narrative(text: TextInput) -> Schema:
    narrative: Schema = {"type": ["string", "null"], "maxLength": text.max_length, "title": text.label}
    if text.required:
        narrative |= {"type": "string", "pattern": _NOT_WHITE}
    return narrative


def _captured(layout: Layout, definitions: _Definitions) -> Schema:
    """What earlier reports held: null where they were blank, left out where there were none."""
    titles = {
        "prior": "Số kỳ trước",
        "last_year": "Số cùng kỳ năm trước",
        "ytd": "Cộng các kỳ trước trong năm",
        "ytd_partial": "Cộng các kỳ trước trong năm đã có số",
        "report": "Số của báo cáo khác, theo chế độ và biểu",
    }
    functions: dict[str, dict[str, dict[str, list[CaptureKey]]]] = {}
    for key in layout.captures:
        rows = functions.setdefault(key.function, {}).setdefault(key.address.table, {})
        rows.setdefault(key.address.row, []).append(key)
    return _closed(
        {
            function: {
                **_closed(
                    {
                        table: _closed(
                            {row: definitions.captured_row(table, keys) for row, keys in rows.items()}
                        )
                        for table, rows in tables.items()
                    }
                ),
                "title": titles[function],
            }
            for function, tables in functions.items()
        }
    )


def _period_pattern(types: tuple[PeriodType, ...]) -> str:
    if not types:
        types = ("week", "month", "quarter", "half_year", "nine_months", "year")
    return "^[0-9]{4}(" + "|".join(_period_end(type) for type in types) + ")$"


def _period_end(type: PeriodType) -> str:
    match type:
        case "week":
            return "-W(0[1-9]|[1-4][0-9]|5[0-3])"
        case "month":
            return "-M(0[1-9]|1[0-2])"
        case "quarter":
            return "-Q[1-4]"
        case "half_year":
            return "-S[12]"
        case "nine_months":
            return "-N9"
        case "year":
            return ""
        case _:
            assert_never(type)


def _json(data: Schema) -> str:
    def exact(number: Decimal) -> int | float:
        # The schema's own numbers have at most 15 significant digits: the double's shortest form is the
        # decimal.
        return int(number) if number == number.to_integral_value() else float(plain(number))

    return json.dumps(data, ensure_ascii=False, indent=1, default=exact)

"""What stands in one cell of the page: which control, its name and label, its limits in words, its value as printed.

Facts only; how a control is written in HTML is `templates/control.html.jinja`'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, floor
from typing import Literal

from compiler.cells import AddedColumn, CellKind, Layout, PlacedCell
from compiler.formula.evaluate import carried_key
from compiler.numbers import format_number
from compiler.template import Bound, CodeList, Column, Template, ValueType
from compiler.values import CaptureKey, GroupKey, Scalar, Values
from renderers.filling import Filling
from renderers.html.names import added_field_name, anchor, field_name
from renderers.places import Places, report_words

ControlKind = Literal["number", "text", "paragraph", "date", "boolean", "choice"]

LONG_TEXT = 40
"""A text of at most so many characters is written on one line."""


@dataclass(frozen=True)
class Choice:
    """One entry of a drop-down: the value posted and the words shown."""

    value: str
    label: str


@dataclass(frozen=True)
class Note:
    """What is said beside a field. `live`: a finding, which the page's program makes anew and then shows itself."""

    words: str
    live: bool = False


@dataclass(frozen=True)
class Control:
    """One cell. `slot` is its place in the frame; of a self-added row `column` is the place in the row's frame."""

    kind: ControlKind
    filled_by: CellKind
    id: str
    name: str
    label: str
    value: str
    headers: str = ""
    slot: int | None = None
    column: int | None = None
    limits: str = ""
    required: bool = False
    max_length: int | None = None
    choices: tuple[Choice, ...] = ()
    locked: bool = False
    tooltip: str = ""
    note: Note | None = None


@dataclass(frozen=True)
class Naming:
    """What a control needs to know of its surroundings: the words of its headings and the ids of those headings."""

    label: str
    headers: str


def control_kind(type: ValueType) -> ControlKind:
    """Which control takes values of `type`."""
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            return "number"
        case "text":
            return "text" if type.max_length is not None and type.max_length <= LONG_TEXT else "paragraph"
        case "date":
            return "date"
        case "boolean":
            return "boolean"
        case "choice":
            return "choice"


def static_control(cell: PlacedCell, layout: Layout, filling: Filling | None, naming: Naming) -> Control:
    """The control of a static cell."""
    values = Values() if filling is None else filling.values
    locked, tooltip, value = False, "", values.cells.get(cell.address)
    if (key := carried_key(cell)) is not None:
        locked = key in values.captured
        tooltip = carried_words(key, layout, locked)
    name = field_name(cell.address)
    return Control(
        kind=control_kind(cell.type),
        filled_by=cell.kind,
        id=anchor(name),
        name=name,
        label=naming.label,
        value=printed(value, cell.type),
        headers=naming.headers,
        slot=cell.slot,
        limits=limit_words(cell.column),
        required=cell.column.required,
        max_length=cell.type.max_length,
        choices=choices(layout.template, cell.type, filling, value),
        locked=locked,
        tooltip=tooltip,
    )


def added_control(
    added: AddedColumn,
    index: int | str,
    value: Scalar | None,
    layout: Layout,
    filling: Filling | None,
    naming: Naming,
    group: GroupKey,
) -> Control:
    """The control of one column in the self-added row number `index` of the group."""
    name = added_field_name(group, index, added.column.name)
    return Control(
        kind=control_kind(added.type),
        filled_by=added.kind,
        id=anchor(name),
        name=name,
        label=naming.label,
        value=printed(value, added.type),
        headers=naming.headers,
        column=added.index,
        limits=limit_words(added.column),
        required=added.column.required,
        max_length=added.type.max_length,
        choices=choices(layout.template, added.type, filling, value),
    )


def printed(value: Scalar | None, type: ValueType) -> str:
    """A value as its control holds it: numbers as printed, dates ISO, booleans true or false, blank empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return format_number(value, type)
    return value


def carried_words(key: CaptureKey, layout: Layout, locked: bool) -> str:
    """Where a carried value comes from, for its tooltip."""
    template = layout.template
    elsewhere = [table for source in template.sources or () for table in source.tables]
    table = next(table for table in (*template.tables, *elsewhere) if table.name == key.address.table)
    column = next(column for column in table.columns if column.name == key.address.column)
    if key.function == "report":
        words = report_words(template, key)
        source = f"{Places(layout).cell(key.address).words}, biểu {table.form or table.title}"
        return f"Lấy từ {words}: {source}" if locked else f"Chưa có {words}: nhập số ở {source}"
    earlier = report_words(template, key)
    source = f"cột {column.code}" if column.code else f"cột «{column.label}»"
    if locked:
        return f"Lấy từ báo cáo {earlier}: {source}, biểu {table.form or table.title}"
    return f"Chưa có báo cáo {earlier}: nhập số đầu kỳ ({source} của {earlier})"


def choices(
    template: Template, type: ValueType, filling: Filling | None, value: Scalar | None
) -> tuple[Choice, ...]:
    """The entries of a drop-down: codes in force in the report's period, and whatever the cell already holds."""
    if type.kind == "boolean":
        return (Choice("true", "Có"), Choice("false", "Không"))
    if type.kind != "choice":
        return ()
    found = [
        Choice(code.code, code.label)
        for code in code_list_of(template, type).codes
        if code.code == value or _in_force(code.valid_from, code.valid_until, filling)
    ]
    if isinstance(value, str) and all(choice.value != value for choice in found):
        found.append(Choice(value, value))
    return tuple(found)


def code_list_of(template: Template, type: ValueType) -> CodeList:
    """The code list of a choice. Raises KeyError if the template lacks it, which the compiler rules out."""
    for code_list in template.code_lists:
        if code_list.name == type.code_list:
            return code_list
    raise KeyError(type.code_list)


def lowest(column: Column) -> int | None:
    """The least scaled integer the column's minimum lets in, or None without one."""
    bound = column.minimum
    if bound is None:
        return None
    edge = bound.value.scaleb(column.type.scale)
    return ceil(edge) if bound.inclusive else floor(edge) + 1


def highest(column: Column) -> int | None:
    """The greatest scaled integer the column's maximum lets in, or None without one."""
    bound = column.maximum
    if bound is None:
        return None
    edge = bound.value.scaleb(column.type.scale)
    return floor(edge) if bound.inclusive else ceil(edge) - 1


def limit_words(column: Column) -> str:
    """The column's bounds in words: "từ 0 đến 100%", "≥ 0", "< 1.000"; "" without any."""
    minimum, maximum = column.minimum, column.maximum
    if minimum is not None and maximum is not None and minimum.inclusive and maximum.inclusive:
        return f"từ {bound_words(minimum, column.type)} đến {bound_words(maximum, column.type)}"
    words = []
    if minimum is not None:
        words.append(("≥ " if minimum.inclusive else "> ") + bound_words(minimum, column.type))
    if maximum is not None:
        words.append(("≤ " if maximum.inclusive else "< ") + bound_words(maximum, column.type))
    return ", ".join(words)


def bound_words(bound: Bound, type: ValueType) -> str:
    """A bound as a number of the column's type; with the decimals it was written with where the type has fewer."""
    scale = max(type.scale, -_exponent(bound.value))
    text = format_number(int(bound.value.scaleb(scale)), type.model_copy(update={"scale": scale}))
    sign = "%" if text.endswith("%") else ""
    body = text.removesuffix("%")
    return (body.rstrip("0").rstrip(",") if "," in body else body) + sign


def _exponent(value: Decimal) -> int:
    """The power of ten of the last digit of a decimal."""
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _in_force(start: date | None, end: date | None, filling: Filling | None) -> bool:
    """Whether a code may be chosen in the report's period; without a report every code may."""
    if filling is None:
        return True
    return (start is None or start <= filling.period.end) and (end is None or end >= filling.period.start)

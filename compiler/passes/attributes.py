"""Attributes of columns, rows, groups and texts: each at most once, and only where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from compiler.passes.context import MAXIMUM_ADDED_ROWS, MAXIMUM_SCALE, MAXIMUM_TEXT, Diagnostics
from compiler.passes.days import calendar_date
from compiler.template import Bound, ValueType
from dsl import tree
from dsl.diagnostics import Label

Owner = Literal["column", "row", "each", "many", "text", "stub", "section"]

_ALLOWED: dict[Owner, tuple[type, ...]] = {
    "column": (
        tree.TypeUse,
        tree.Bound,
        tree.Definition,
        tree.Rollup,
        tree.OverTime,
        tree.PrintedCode,
        tree.Required,
        tree.MeasureUse,
        tree.Note,
        tree.MaxLength,
        tree.FromDate,
        tree.UntilDate,
        tree.IndicatorUse,
        tree.RenamedFrom,
        tree.RequiredWhen,
        tree.ShownWhen,
    ),
    "row": (
        tree.Definition,
        tree.Rollup,
        tree.OverTime,
        tree.PrintedCode,
        tree.MeasureUse,
        tree.Note,
        tree.Last,
        tree.FromDate,
        tree.UntilDate,
        tree.IndicatorUse,
        tree.RenamedFrom,
        tree.RequiredWhen,
        tree.ShownWhen,
    ),
    "each": (tree.Rollup, tree.OverTime, tree.MeasureUse, tree.Note, tree.FromDate, tree.UntilDate),
    "many": (
        tree.MaxLength,
        tree.Rollup,
        tree.MeasureUse,
        tree.Note,
        tree.FromDate,
        tree.UntilDate,
        tree.RenamedFrom,
    ),
    "text": (tree.MaxLength, tree.Required, tree.RequiredWhen, tree.Rollup, tree.Note, tree.RenamedFrom),
    "stub": (tree.PrintedCode,),
    "section": (tree.PrintedCode, tree.Note, tree.FromDate, tree.UntilDate),
}


@dataclass
class Attributes:
    """What was said, or None where it wasn't."""

    type: tree.TypeUse | None = None
    minimum: tree.Bound | None = None
    maximum: tree.Bound | None = None
    definition: tree.Definition | None = None
    rollup: tree.Rollup | None = None
    over_time: tree.OverTime | None = None
    code: tree.PrintedCode | None = None
    required: tree.Required | None = None
    max_length: tree.MaxLength | None = None
    measure: tree.MeasureUse | None = None
    note: tree.Note | None = None
    last: tree.Last | None = None
    start: tree.FromDate | None = None
    until: tree.UntilDate | None = None
    indicator: tree.IndicatorUse | None = None
    renamed_from: tree.RenamedFrom | None = None
    required_when: tree.RequiredWhen | None = None
    shown_when: tree.ShownWhen | None = None


_FIELDS: dict[type, str] = {
    tree.TypeUse: "type",
    tree.Definition: "definition",
    tree.Rollup: "rollup",
    tree.OverTime: "over_time",
    tree.PrintedCode: "code",
    tree.Required: "required",
    tree.MaxLength: "max_length",
    tree.MeasureUse: "measure",
    tree.Note: "note",
    tree.Last: "last",
    tree.FromDate: "start",
    tree.UntilDate: "until",
    tree.IndicatorUse: "indicator",
    tree.RenamedFrom: "renamed_from",
    tree.RequiredWhen: "required_when",
    tree.ShownWhen: "shown_when",
}


def gather(attributes: tuple[tree.Attribute, ...], owner: Owner, diagnostics: Diagnostics) -> Attributes:
    """The attributes of one owner. Notes BIEU0240 for one that doesn't belong, BIEU0241 for two limits
    on the same side."""
    gathered = Attributes()
    for attribute in attributes:
        if not isinstance(attribute, _ALLOWED[owner]):
            diagnostics.add("BIEU0240", attribute.span, {"owner": owner})
            continue
        if isinstance(attribute, tree.Bound):
            slot = "minimum" if attribute.operator in {">", ">="} else "maximum"
        else:
            slot = _FIELDS[type(attribute)]
        before = getattr(gathered, slot)
        if before is not None:
            # Any other attribute given twice is the parser's finding; two limits may stand if they face each other.
            if isinstance(attribute, tree.Bound):
                diagnostics.add("BIEU0241", attribute.span, labels=(Label(before.span, "first"),))
            continue
        setattr(gathered, slot, attribute)
    return gathered


def value_type(use: tree.TypeUse, code_lists: frozenset[str], diagnostics: Diagnostics) -> ValueType:
    """The type an author wrote. Notes BIEU0243 for a scale or length out of range, BIEU0206 for an unknown list."""
    argument = use.argument
    match use.kind:
        case "integer" | "date" | "boolean":
            return ValueType(kind=use.kind)
        case "decimal" | "percent" | "money":
            scale = argument if isinstance(argument, int) else 0
            most = MAXIMUM_SCALE - (2 if use.kind == "percent" else 0)
            if scale > most:
                diagnostics.add("BIEU0243", use.span, {"found": str(scale), "limit": str(most)})
                scale = most
            return ValueType(kind=use.kind, scale=scale + (2 if use.kind == "percent" else 0))
        case "text":
            length = argument if isinstance(argument, int) else 255
            if not 1 <= length <= MAXIMUM_TEXT:
                diagnostics.add("BIEU0243", use.span, {"found": str(length), "limit": str(MAXIMUM_TEXT)})
                length = MAXIMUM_TEXT
            return ValueType(kind="text", max_length=length)
        case "choice":
            if not isinstance(argument, tree.Name) or argument.text not in code_lists:
                name = argument.text if isinstance(argument, tree.Name) else ""
                span = argument.span if isinstance(argument, tree.Name) else use.span
                diagnostics.unknown("BIEU0206", span, name, code_lists)
                return ValueType(kind="text", max_length=255)
            return ValueType(kind="choice", code_list=argument.text)


def bound(written: tree.Bound | None) -> Bound | None:
    """A limit as the template holds it."""
    if written is None:
        return None
    value = -written.value.value if written.negative else written.value.value
    return Bound(value=value, inclusive=written.operator in {">=", "<="})


def days_in_force(attributes: Attributes, diagnostics: Diagnostics) -> tuple[date | None, date | None]:
    """From and until which day a column or row is on the form. Notes BIEU0267 where it ends before it begins."""
    start = None if attributes.start is None else calendar_date(attributes.start.day, diagnostics)
    until = None if attributes.until is None else calendar_date(attributes.until.day, diagnostics)
    if start is not None and until is not None and until < start:
        assert attributes.start is not None
        assert attributes.until is not None
        label = Label(attributes.start.day.span, "start")
        diagnostics.add("BIEU0267", attributes.until.day.span, labels=(label,))
    return start, until


def added_rows_limit(attributes: Attributes, diagnostics: Diagnostics) -> int:
    """The most rows a unit may add to a group; 1,000 where the author says nothing."""
    if attributes.max_length is None:
        return 1000
    limit = attributes.max_length.value
    if not 1 <= limit <= MAXIMUM_ADDED_ROWS:
        values = {"found": str(limit), "limit": str(MAXIMUM_ADDED_ROWS)}
        diagnostics.add("BIEU0243", attributes.max_length.span, values)
        return MAXIMUM_ADDED_ROWS
    return limit

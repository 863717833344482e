"""Sentences of the report in words: the author's text with the numbers of the tables in it.

One wording for every medium: the form on screen says it live (`html/static/sentences.js` says the same, row for row
of `tests/browser/sentences.json`), paper prints it. How numbers are written is `compiler/numbers.py`'s matter, what
they are the evaluator's.

A blank number is said as "…". `versus` says the change instead: in percent of the earlier value, in percentage points
for a percent, and as a plain difference where the earlier value is zero or negative and a percentage would mean
nothing. The change is worked out from the two numbers as they are printed, so that a reader can work it out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from compiler.cells import Layout
from compiler.formula.evaluate import ReportReader, assign, evaluate, report_reader
from compiler.formula.expressions import Expression
from compiler.formula.rounding import Overflow
from compiler.numbers import format_number
from compiler.template import CodeList, Inserted, Sentence, Template, ValueType
from compiler.values import Scalar, Values

BLANK = "…"
"""What a blank value is said as."""

Versus = Literal["prior", "last_year"]

EARLIER: dict[Versus, str] = {"prior": "kỳ trước", "last_year": "cùng kỳ năm trước"}

_POINTS = ValueType(kind="decimal", scale=1)


@dataclass(frozen=True)
class Said:
    """A piece of a sentence that came from a value: its text, and which `Inserted` of the sentence it is."""

    text: str
    index: int


def sentence_text(sentence: Sentence, layout: Layout, values: Values) -> str:
    """The whole sentence in words. `values` are evaluated: computed cells are in."""
    return "".join(part if isinstance(part, str) else part.text for part in said(sentence, layout, values))


def said(sentence: Sentence, layout: Layout, values: Values) -> tuple[str | Said, ...]:
    """The sentence as the author's own words and what is said for each value, in order."""
    parts: list[str | Said] = []
    for index, part in enumerate(sentence.parts):
        parts.append(part if isinstance(part, str) else Said(inserted_text(part, layout, values), index))
    return tuple(parts)


def inserted_text(inserted: Inserted, layout: Layout, values: Values) -> str:
    """What one inserted value says."""
    reader = report_reader(layout, values)
    now = _held(inserted.expression, inserted.type, reader)
    if inserted.versus is None:
        return shown(now, inserted.type, layout.template)
    then = None if inserted.captured is None else _held(inserted.captured, inserted.type, reader)
    measure = measure_label(layout.template, inserted.measure)
    return change(_whole(now), _whole(then), inserted.type, inserted.versus, measure)


def shown(value: Scalar | None, type: ValueType, template: Template) -> str:
    """A value in words: a number as printed, a date as 30/9/2026, a code by its label, a boolean as có or không."""
    if value is None:
        return BLANK
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int):
        return format_number(value, type)
    match type.kind:
        case "choice":
            return code_label(template.code_lists, type.code_list, value)
        case "date":
            return printed_date(value)
        case _:
            return value


def change(now: int | None, then: int | None, type: ValueType, versus: Versus, measure: str = "") -> str:
    """How `now` differs from `then`, both scaled integers of `type`: "tăng 5,3% so với cùng kỳ năm trước"."""
    earlier = EARLIER[versus]
    if now is None or then is None:
        return f"chưa có số liệu so với {earlier}"
    if now == then:
        return f"bằng {earlier}"
    direction = "tăng" if now > then else "giảm"
    difference = abs(now - then)
    if type.kind == "percent":
        points = ValueType(kind="decimal", scale=max(type.scale - 2, 0))
        return f"{direction} {format_number(difference, points)} điểm phần trăm so với {earlier}"
    if then <= 0:
        amount = f"{format_number(difference, type)} {measure}".rstrip()
        base = "không phát sinh" if then == 0 else format_number(then, type)
        return f"{direction} {amount} so với {earlier} ({base})"
    # Tenths of a percent, half up: both numbers are positive here.
    tenths = (2000 * difference + then) // (2 * then)
    if tenths == 0:
        return f"{direction} dưới 0,1% so với {earlier}"
    figure = format_number(tenths, _POINTS).removesuffix(",0")
    return f"{direction} {figure}% so với {earlier}"


def measure_label(template: Template, name: str | None) -> str:
    """The words of a measure, or "" for none."""
    return next((measure.label for measure in template.measures if measure.name == name), "")


def code_label(code_lists: tuple[CodeList, ...], name: str | None, code: str) -> str:
    """The label of a code; the code itself where the list does not have it."""
    for code_list in code_lists:
        if code_list.name == name:
            return next((entry.label for entry in code_list.codes if entry.code == code), code)
    return code


def printed_date(iso: str) -> str:
    """An ISO date as Vietnamese paper prints it: zeros only before days under 10 and months 1 and 2."""
    parts = iso.split("-")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return iso
    year, month, day = (int(part) for part in parts)
    return f"{day:02}/{month:02}/{year}" if month < 3 else f"{day:02}/{month}/{year}"


def _held(expression: Expression, type: ValueType, reader: ReportReader) -> Scalar | None:
    """What a cell of `type` would hold of an expression; a number too large to compute is not said."""
    try:
        return assign(evaluate(expression, reader), type)
    except Overflow:
        return None


def _whole(value: Scalar | None) -> int | None:
    """A number for `change`; what is no number has no change."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""One JSON value as the value of a cell of some type, and back.

What a document looks like around its values is `document.py`; numbers as people type them are `compiler/numbers.py`.

Texts are kept in Unicode's composed form (NFC) with line feeds as the only line ends, so
that equal texts have equal bytes.
An empty or white text is a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import assert_never

from compiler.findings import Finding, Place
from compiler.numbers import DIGITS, LIMIT, NumberProblem, scaled
from compiler.template import Template, ValueType
from compiler.values import Scalar, to_decimal

LONGEST_TEXT = 32_767
"""The longest text in characters where the form sets no limit: what a workbook's cell can hold."""

_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,59})(?:\.[0-9]{1,60})?", re.ASCII)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class ScalarProblem:
    """Why a value is refused: the code of a finding and the values of its message."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    def finding(self, place: Place) -> Finding:
        """The finding at a place."""
        return Finding(code=self.code, severity="error", place=place, values=self.values)


Problem = NumberProblem | ScalarProblem
PROBLEMS = (NumberProblem, ScalarProblem)
"""For isinstance in loops over cells: a union is made anew each time."""


@dataclass(frozen=True)
class Choices:
    """What a cell may be chosen from: the title of a code list and its codes, found at once."""

    title: str
    codes: frozenset[str]


def choices(template: Template) -> Mapping[str, Choices]:
    """The code lists of a template by name."""
    return {
        codes.name: Choices(codes.title, frozenset(code.code for code in codes.codes))
        for codes in template.code_lists
    }


def read_scalar(
    value: object, type: ValueType, lists: Mapping[str, Choices], digits: int = DIGITS
) -> Scalar | Problem | None:
    """The cell's value that a JSON value stands for, None for a blank, or why it is refused.

    A number is a JSON number (int or Decimal), or a plain decimal text such as "12345678901234567.5". `digits`
    is how many significant ones it may have. Raises TypeError for a float: its digits are lost already.
    """
    if value is None:
        return None
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            return _read_number(value, type, digits)
        case "boolean":
            return (
                value if isinstance(value, bool) else ScalarProblem("not_a_boolean", {"found": shown(value)})
            )
        case "text":
            return read_text(value, type.max_length)
        case "date":
            return _read_date(value)
        case "choice":
            text = read_text(value, None)
            if not isinstance(text, str):
                return text
            known = lists[type.code_list or ""]
            if text in known.codes:
                return text
            return ScalarProblem("not_in_list", {"found": shown(text), "list": known.title})
        case _:
            assert_never(type.kind)


def read_text(value: object, max_length: int | None) -> str | ScalarProblem | None:
    """A text in NFC, None where it is empty or white, or why it is refused."""
    if not isinstance(value, str):
        return ScalarProblem("not_a_text", {"found": shown(value)})
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    limit = LONGEST_TEXT if max_length is None else max_length
    # Composing can't make a text longer than three times what it was: don't compose what is far too long anyway.
    if len(text) <= 3 * limit:
        text = unicodedata.normalize("NFC", text)
    if len(text) > limit:
        return ScalarProblem("text_too_long", {"length": str(len(text)), "limit": str(limit)})
    if _UNPRINTABLE.search(text):
        return ScalarProblem("unprintable_text", {"found": shown(text)})
    return text if text.strip() else None


def write_scalar(value: Scalar, type: ValueType) -> int | Decimal | str | bool:
    """The JSON value of a cell's value; a number past 15 digits as a text, so that no reader's doubles can bend it."""
    if not type.is_number or isinstance(value, str):
        return value
    number = to_decimal(value, type.scale)
    whole = number.to_integral_value()
    exact = int(whole) if whole == number else number
    return exact if -LIMIT < value < LIMIT else format(exact, "f" if isinstance(exact, Decimal) else "d")


def shown(value: object) -> str:
    """What was found, fit for a message: short, printable, and JSON's own word for what isn't a text or number."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str() | int() | Decimal():
            text = _digits_or_text(value)
        case dict():
            text = "{…}"
        case list():
            text = "[…]"
        case None:
            text = "null"
        case _:
            text = type(value).__name__
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text[:61])
    return printable if len(printable) <= 60 else printable[:60] + "…"


def _digits_or_text(value: str | int | Decimal) -> str:
    if isinstance(value, int) and abs(value) >= 10**60:
        return f"{'-' if value < 0 else ''}1…"  # str() of a huge int takes time that grows with its square
    return str(value)


def _read_number(value: object, type: ValueType, digits: int) -> int | Problem | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return scaled(value, type, digits)
    if isinstance(value, float):
        raise TypeError("parse JSON with parse_float=Decimal: a float has lost its digits")
    if isinstance(value, str):
        if not value.strip():
            return None
        if not _PLAIN_NUMBER.fullmatch(value):
            return ScalarProblem("not_a_number", {"found": shown(value)})
        return scaled(Decimal(value), type, digits)
    if isinstance(value, Decimal):
        return scaled(value, type, digits)
    return ScalarProblem("not_a_number", {"found": shown(value)})


def _read_date(value: object) -> str | ScalarProblem | None:
    if isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    return ScalarProblem("not_a_date", {"found": shown(value)})

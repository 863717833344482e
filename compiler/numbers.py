"""Numbers as people here write them, and as JSON carries them, to scaled integers and back.

The rule for what is typed or pasted, the same in form, workbook and server, and for every type of cell:

- The comma is the decimal sign. The point, or a space, parts thousands, and only where the groups are well
  formed: one to three digits that don't start with 0, then groups of exactly three. So `1.234` is one thousand
  two hundred and thirty-four in every cell, and `1,234` is one and a bit.
- What breaks this is refused, never guessed: `1.5`, `0.123`, `1,234.5`, `1,234,567`, `12.34.567`.
- No more decimals than the cell has, even zeros: `1,000` in a cell of whole numbers is refused, because whoever
  wrote it may have meant a thousand.
- `-` and `−` (U+2212) negate; parentheses don't, nor is there a `+`. White space around the number, after the
  sign and before `%` is of no account.
- `%` only in a percent cell, where it may be left out: 95 and 95% are both the ratio 0.95.
- Full-width forms (０-９ ， ． － ％) count as their plain ones. Digits of other scripts are not numbers.
- A number has at most 15 significant digits, counted at the scale of its cell: |value × 10**scale| < 10**15. It
  is then exact in JSON, JavaScript, Excel and on screen, and so is its scaled integer.

JSON carries the number itself, with a point, and the ratio of a percent (0.95).

Where a cell's numbers come from and what they mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from compiler.findings import Finding, Place
from compiler.template import ValueType

DIGITS = 15
"""The most significant digits an entered number may have."""

CAPTURED_DIGITS = 28
"""The most of a number taken over from an earlier report, which may have been rolled up: what fits 96 bits."""

COMPUTED_DIGITS = 38
"""The most of a computed number, at its cell's scale: what fits 127 bits."""

LIMIT = 10**DIGITS
"""Every entered number's scaled integer lies strictly between -LIMIT and LIMIT."""

_LONGEST = 64
"""Nothing longer than this is looked at as a number."""

_FULL_WIDTH = {ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９，．－％"}
_NUMBER = re.compile(
    r"""
    (?P<minus> [-−]? ) \s*
    (?P<whole> [0-9]+
        | [1-9][0-9]{0,2} (?: \. [0-9]{3} )+
        | [1-9][0-9]{0,2} (?: [\x20\xa0\u2009\u202f] [0-9]{3} )+ )
    (?: , (?P<decimals> [0-9]+ ) )?
    \s* (?P<percent> %? )
    """,
    re.VERBOSE,
)
_ENGLISH = re.compile(
    r"(?P<minus>[-−]?)\s*(?P<whole>[0-9]{1,3}(?:,?[0-9]{3})*)(?:\.(?P<decimals>[0-9]+))?\s*%?"
)
_DIGITS_AND_SIGNS = re.compile(r"[-−]?[0-9.,\s]*[0-9][0-9.,\s]*%?")


@dataclass(frozen=True)
class NumberProblem:
    """Why a number is refused: the code of a finding and the values of its message."""

    code: Literal["not_a_number", "unclear_number", "too_many_decimals", "too_many_digits"]
    values: Mapping[str, str] = field(default_factory=dict)

    def finding(self, place: Place) -> Finding:
        """The finding at a place."""
        return Finding(code=self.code, severity="error", place=place, values=self.values)


def format_number(value: int, type: ValueType) -> str:
    """A scaled integer as printed: `1.234.567,89`, always with the cell's decimals; a percent as `95,50%`."""
    sign = "-" if value < 0 else ""
    if type.kind == "percent":
        return f"{sign}{_positional(abs(value), type.scale - 2)}%"
    return sign + _positional(abs(value), type.scale)


def parse_number(text: str, type: ValueType) -> int | NumberProblem:
    """The scaled integer that a typed or pasted text stands for in a cell of that type. See the module's rule."""
    if text.isascii() and text.isdigit() and len(text) + type.scale <= DIGITS and type.kind != "percent":
        # A whole number without marks, as most are: 15 digits at most, so that it is below the limit.
        whole: int = int(text) * 10**type.scale
        return whole
    shown = text.strip()
    found = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
    plain = shown.translate(_FULL_WIDTH)
    match = _NUMBER.fullmatch(plain) if len(shown) <= _LONGEST else None
    if match is None:
        return _not_understood(plain, found)
    if match["percent"] and type.kind != "percent":
        return _no_number(found)
    scale = type.scale - 2 if type.kind == "percent" else type.scale
    decimals = match["decimals"] or ""
    if len(decimals) > scale:
        return NumberProblem("too_many_decimals", {"found": found, "scale": str(scale)})
    value = int(re.sub(r"[^0-9]", "", match["whole"]) + decimals.ljust(scale, "0"))
    if value >= LIMIT:
        return NumberProblem("too_many_digits", {"found": found})
    return -value if match["minus"] else value


def scaled(number: Decimal | int, type: ValueType, digits: int = DIGITS) -> int | NumberProblem:
    """The scaled integer of an exact number (from JSON), or why it doesn't fit a cell of that type.

    Trailing zeros are of no account here: 5.00 is the whole number 5. `digits` is more than 15 only for cells
    that are not entered.
    """
    if isinstance(number, int) and -LIMIT < number < LIMIT:
        # The usual case, told without taking the number apart.
        value: int = number * 10**type.scale
        if -LIMIT < value < LIMIT:
            return value
    exact = Decimal(number)
    if not exact.is_finite():
        return _no_number(str(exact))
    sign, written, exponent = exact.as_tuple()
    # From the digits, not by arithmetic: a context would round what is longer than its precision, and an
    # exponent of a billion must not become a billion digits.
    significant = "".join(map(str, written)).lstrip("0")
    shift = int(exponent) + type.scale
    excess = max(0, -shift)
    kept = significant.rstrip("0") if excess else significant
    if not kept:
        return 0
    if len(significant) - len(kept) < excess:
        return NumberProblem("too_many_decimals", {"found": _written(exact), "scale": str(type.scale)})
    if len(significant) + shift > digits:
        return NumberProblem("too_many_digits", {"found": _written(exact)})
    value = int(significant[: len(significant) - excess] + "0" * max(0, shift))
    return -value if sign else value


def _positional(value: int, scale: int) -> str:
    """A number that is not negative, with thousands parted by points and `scale` decimals after a comma."""
    digits = str(value).rjust(scale + 1, "0")
    whole, decimals = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{decimals}" if decimals else grouped


def _not_understood(plain: str, found: str) -> NumberProblem:
    """A number as other countries write it is told how it is written here; anything else is no number."""
    english = _ENGLISH.fullmatch(plain) if len(plain) <= _LONGEST else None
    if english is None:
        numeric = len(plain) <= _LONGEST and _DIGITS_AND_SIGNS.fullmatch(plain) is not None
        return NumberProblem("unclear_number", {"found": found, "hint": ""}) if numeric else _no_number(found)
    grouped = f"{int(english['whole'].replace(',', '')):,}".replace(",", ".")
    decimals = f",{english['decimals']}" if english["decimals"] else ""
    minus = "-" if english["minus"] else ""
    return NumberProblem("unclear_number", {"found": found, "hint": f" → {minus}{grouped}{decimals}?"})


def _no_number(found: str) -> NumberProblem:
    return NumberProblem("not_a_number", {"found": found})


def _written(number: Decimal) -> str:
    """The number for a message, never longer than a line."""
    text = str(number)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"

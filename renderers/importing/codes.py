"""What a code row prints: "A", "(1)", "1=2+3=4+5", "5=20+..+24", "(5)=(4)/(3)*100". And the same of rows.

Excel makes the number −1 of a typed "(1)"; it is read as the code that was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = r"\d{1,3}[a-zA-Z]?(?:[._]\d{1,3})*|[IVX]{1,6}|[A-ZĐ]{1,2}"
_ONE = re.compile(rf"\(?\s*({_REFERENCE}|MS|[IVX]{{1,6}})\s*\)?")
_NEGATIVE = re.compile(r"-(\d{1,3})(?:\.0)?")
_TOKEN = re.compile(rf"(?P<ref>{_REFERENCE})|(?P<dots>\.{{2,}})|(?P<op>[-+*/()])|(?P<percent>%)")
_SAME = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "×": "*", "·": "*", ":": "/", "÷": "/", "[": "(", "]": ")"}
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A column or row by its printed code."""

    code: str


@dataclass(frozen=True, slots=True)
class Between:
    """All from one to another: "20+..+24"."""

    first: str
    last: str


Part = Reference | Between | str
"""A piece of a side; a text is an operator or a parenthesis."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed code and the sides it is said to equal. `unread`: the text of a side that means nothing here."""

    code: str
    sides: tuple[tuple[Part, ...], ...] = ()
    unread: str = ""


def read_code(text: str) -> Printed | None:
    """What a cell of a code row says; None where it is none."""
    compact = re.sub(r"\s+", "", text).replace("…", "...").translate(_SAME)
    negative = _NEGATIVE.fullmatch(compact)
    if negative is not None:
        return Printed(negative[1])
    own, *rest = compact.split("=")
    # "(2=3+4)": one pair of parentheses around all of it.
    if own.startswith("(") and rest and compact.endswith(")") and own.count("(") > own.count(")"):
        own, *rest = compact[1:-1].split("=")
    one = _ONE.fullmatch(own)
    if one is None:
        return None
    sides, unread = [], []
    for written in rest:
        side = _side(written)
        if side is None:
            unread.append(written)
        else:
            sides.append(side)
    return Printed(one[1], tuple(sides), "=".join(unread))


def _side(text: str) -> tuple[Part, ...] | None:
    text = re.sub(rf"\(({_REFERENCE})\)", r"\1", text)
    text = re.sub(r"[xX](?=100)", "*", text)
    text = re.sub(r"\*100%?$|^100%?\*", "", text).removesuffix("%")
    parts: list[Part] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match["percent"]:
            return None
        position = match.end()
        if match["ref"]:
            parts.append(Reference(match["ref"]))
        else:
            parts.append("..." if match["dots"] else match["op"])
    return _with_ranges(parts)


def _with_ranges(parts: list[Part]) -> tuple[Part, ...] | None:
    """`a + ... + b` as a range; None for what is no formula."""
    found: list[Part] = []
    index = 0
    while index < len(parts):
        part = parts[index]
        if part == "...":
            before = found[-2:] if found and found[-1] == "+" else found[-1:]
            after = parts[index + 1 : index + 3]
            if after[:1] == ["+"]:
                after = after[1:]
            if not before or not after or not isinstance(before[0], Reference):
                return None
            last = after[0]
            if not isinstance(last, Reference):
                return None
            del found[-len(before) :]
            found.append(Between(before[0].code, last.code))
            index += 3 if parts[index + 1 : index + 2] == ["+"] else 2
            continue
        found.append(part)
        index += 1
    return tuple(found) if _is_formula(found) else None


def _is_formula(parts: list[Part]) -> bool:
    depth, operand = 0, True
    for part in parts:
        if part == "(" and operand:
            depth += 1
        elif part == ")" and not operand and depth:
            depth -= 1
        elif isinstance(part, str):
            if part not in ("+", "-", "*", "/") or operand:
                return False
            operand = True
        elif operand:
            operand = False
        else:
            return False
    return not operand and depth == 0


def spelled_out(text: str) -> str:
    """What a code row's text says, however it is spelled: "(3) = (4)+…+(6)" as "3=4+5+6"; else the text."""
    read = read_code(text)
    if read is None or read.unread:
        return re.sub(r"\s", "", text)
    sides = ["".join(_spelled(part) for part in side) for side in read.sides]
    return "=".join([read.code, *sides])


def _spelled(part: Part) -> str:
    match part:
        case Reference(code):
            return code
        case Between(first, last) if first.isdecimal() and last.isdecimal():
            return "+".join(str(code) for code in range(int(first), int(last) + 1))
        case Between(first, last):
            return f"{first}+..+{last}"
        case _:
            return part


def references(side: tuple[Part, ...]) -> tuple[str, ...]:
    """The codes that a side names."""
    named: list[str] = []
    for part in side:
        if isinstance(part, Reference):
            named.append(part.code)
        elif isinstance(part, Between):
            named += [part.first, part.last]
    return tuple(named)

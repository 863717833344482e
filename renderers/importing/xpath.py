"""Expressions of XLSForm in the language's words: `${a} div ${b}` as `a / b`, `if(${a} > 0, 1, 0)` as an `if`.

What the language has no word for stops the translation with a reason; nothing is left out in silence. Which name a
reference means is the caller's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*[^{}\s]+\s*\})
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<string>'[^']*'|"[^"]*")
    | (?P<name>[A-Za-z_][\w:-]*)
    | (?P<op><=|>=|!=|[-+*/=<>(),.|\[\]])
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_DEEPEST = 60

Kind = Literal["value", "truth"]


class Unsaid(Exception):
    """Why an expression can't be said: a code of `doubts.toml` and its values."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class Said:
    """An expression as source. linear: sums and differences of references alone, which roll up by themselves."""

    text: str
    binding: int
    kind: Kind = "value"
    linear: bool = False
    ratio: bool = False


@dataclass(frozen=True)
class References:
    """What names mean where the expression stands: a question's value; the same in all rows of a repeat; the question
    itself, "" where there is none. Each may raise Unsaid."""

    value: Callable[[str], str]
    in_rows: Callable[[str], str]
    own: str = ""


def translate(text: str, references: References) -> Said:
    """An expression as source. Raises Unsaid."""
    parser = _Parser(text, references)
    said = parser.expression(0)
    if parser.next is not None:
        raise Unsaid("because_unread", text=parser.next[1])
    return said


def bounds(text: str) -> str | None:
    """A constraint on the question alone as limits, `>= 0 <= 100`; None for what is more than limits."""
    found: dict[str, str] = {}
    for part in re.split(r"\s+and\s+", text.strip()):
        match = re.fullmatch(r"\(?\s*\.\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*\)?", part.strip())
        if match is None or match[1][0] in found:
            return None
        found[match[1][0]] = f"{match[1]} {match[2]}"
    return " ".join(found[side] for side in (">", "<") if side in found)


class _Parser:
    """Precedence: or 1, and 2, comparison 3, sum 4, product 5, sign 6, atom 7."""

    def __init__(self, text: str, references: References) -> None:
        self._tokens = _tokens(text)
        self._references = references
        self._index = 0
        self._depth = 0

    @property
    def next(self) -> tuple[str, str] | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    def _take(self) -> tuple[str, str]:
        if self.next is None:
            raise Unsaid("because_unfinished")
        self._index += 1
        return self._tokens[self._index - 1]

    def _is_next(self, symbol: str) -> bool:
        return self.next is not None and self.next[1] == symbol

    def _expect(self, symbol: str) -> None:
        if self._take()[1] != symbol:
            raise Unsaid("because_missing", text=symbol)

    def expression(self, least: int) -> Said:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unsaid("because_deep")
        left = self._prefix()
        while self.next is not None and (binding := _binding(self.next)) > least:
            left = self._binary(left, self._take(), binding)
        self._depth -= 1
        return left

    def _binary(self, left: Said, token: tuple[str, str], binding: int) -> Said:
        symbol = token[1]
        if symbol == "mod":
            raise Unsaid("because_function", text="mod")
        right = self.expression(binding)
        if symbol in ("and", "or"):
            text = f"{_as(left, 'truth', binding)} {symbol} {_as(right, 'truth', binding + 1)}"
            return Said(text, binding, "truth")
        if symbol in _COMPARISONS:
            blank = next((other for one, other in ((left, right), (right, left)) if one.text == '""'), None)
            if blank is not None and symbol in ("=", "!="):
                asked = Said(f"blank({blank.text})", 7, "truth")
                return asked if symbol == "=" else Said(f"not {asked.text}", 3, "truth")
            text = f"{_as(left, 'value', 4)} {_COMPARISONS[symbol]} {_as(right, 'value', 4)}"
            return Said(text, binding, "truth")
        written = {"div": "/"}.get(symbol, symbol)
        text = f"{_as(left, 'value', binding)} {written} {_as(right, 'value', binding + 1)}"
        linear = left.linear and right.linear and symbol in ("+", "-")
        return Said(text, binding, linear=linear, ratio=symbol == "div" and left.linear and right.linear)

    def _prefix(self) -> Said:
        kind, text = self._take()
        match kind:
            case "ref":
                return Said(self._references.value(text[2:-1].strip()), 7, linear=True)
            case "number":
                return Said(text if not text.startswith(".") else f"0{text}", 7)
            case "string":
                inner = text[1:-1].replace("\\", "\\\\").replace('"', '\\"')
                return Said(f'"{inner}"', 7)
            case "op" if text == "(":
                inside = self.expression(0)
                self._expect(")")
                return inside
            case "op" if text == "-":
                inside = self.expression(5)
                return Said(f"-{_as(inside, 'value', 6)}", 6)
            case "op" if text == "." and self._references.own:
                return Said(self._references.own, 7, linear=True)
            case "name" if self.next is not None and self.next[1] == "(":
                return self._call(text)
            case _:
                raise Unsaid("because_unread", text=text)

    def _call(self, name: str) -> Said:
        self._expect("(")
        if name in {"sum", "min", "max", "count"} and self.next is not None and self.next[0] == "ref":
            referred = self._take()[1][2:-1].strip()
            if self._is_next(")"):
                self._take()
                return Said(f"{name}({self._references.in_rows(referred)})", 7)
            self._index -= 1
        arguments: list[Said] = []
        while self.next is not None and self.next[1] != ")":
            arguments.append(self.expression(0))
            if self._is_next(","):
                self._take()
        self._expect(")")
        return _called(name, arguments)


def _called(name: str, arguments: list[Said]) -> Said:
    match name, arguments:
        case "if", [condition, then, otherwise]:
            text = f"if {_as(condition, 'truth', 1)} then {_as(then, 'value', 1)} else {_as(otherwise, 'value', 1)}"
            return Said(text, 0)
        case "not", [inside]:
            return Said(f"not {_as(inside, 'truth', 4)}", 3, "truth")
        case (("true" | "false"), []):
            return Said(name, 7, "truth")
        case "round", [inside, places] if places.text.isdecimal():
            return Said(f"round({_as(inside, 'value', 0)}, {places.text})", 7)
        case (("abs" | "min" | "max"), [_, *_]):
            return Said(f"{name}({', '.join(_as(each, 'value', 0) for each in arguments)})", 7)
        case "coalesce", [first, second]:
            return Said(
                f"if blank({first.text}) then {_as(second, 'value', 1)} else {_as(first, 'value', 1)}", 0
            )
        case "selected", [question, choice]:
            return Said(f"{_as(question, 'value', 4)} = {choice.text}", 3, "truth")
        case "number", [inside]:
            return inside
        case _:
            raise Unsaid("because_function", text=name)


def _as(said: Said, kind: Kind, least: int) -> str:
    """The text where a value, or a truth, is needed that binds at least so tightly."""
    if said.kind != kind:
        raise Unsaid("because_mixed")
    return said.text if said.binding >= least else f"({said.text})"


def _binding(token: tuple[str, str]) -> int:
    kind, text = token
    if kind == "name":
        return {"or": 1, "and": 2, "div": 5, "mod": 5}.get(text, 0)
    if kind == "op":
        return 3 if text in _COMPARISONS else {"+": 4, "-": 4, "*": 5}.get(text, 0)
    return 0


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            piece = text[position:].strip()[:10]
            raise Unsaid("because_unread", text=piece)
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found

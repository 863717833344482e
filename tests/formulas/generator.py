"""Random well-typed formulas and inputs for Hypothesis, made from the table of operations.

A new operation is in it by itself: what it takes and gives is its row's to say. Formulas and cells are written as in
the data files, so that what is found can become a row there as it is.
"""

from __future__ import annotations

from typing import Literal

from hypothesis import strategies as st

from compiler.formula.operations import OPERATIONS, ArgumentKind, Operation

CELLS = {
    "a": "integer",
    "b": "integer",
    "c": "decimal(1)",
    "d": "decimal(3)",
    "e": "percent(1)",
    "m": "money",
    "p": "boolean",
    "q": "boolean",
    "s": "choice",
    "u": "choice",
}
ROWS = {"x": "integer", "y": "decimal(2)"}
NUMBERS = ("a", "b", "c", "d", "e", "m")
TRUTHS = ("p", "q")
TEXTS = ("s", "u", "'cong'", "'tu'")
LITERALS = ("0", "1", "-1", "2", "-3", "0.5", "1.25", "10", "100", "0.001")
DIGITS = ("-2", "-1", "0", "1", "2", "5")
FACTORS = ("1000", "0.001", "0.000001", "24")
Result = Literal["number", "truth"]
Side = Literal["number", "truth", "text"]
SIDES: tuple[Side, ...] = ("number", "truth", "text")
_SOMETIMES = st.sampled_from((False, False, False, True))

Formula = tuple[str, str]
"""A formula and the type of the cell it is assigned to ("truth" for a check)."""

Inputs = dict[str, str]
"""Cells by name, as in the data files."""


_NUMBER_LEAVES = st.sampled_from((*NUMBERS, *LITERALS))
_TRUTH_LEAVES = st.sampled_from(TRUTHS)
_TEXT_LEAVES = st.sampled_from(TEXTS)
_BY_RESULT = {
    kind: st.sampled_from(("", *(row.name for row in OPERATIONS.values() if row.gives in {kind, "branch"})))
    for kind in ("number", "truth")
}
"""The operations that give a number or a truth; "" for a leaf, which shrinking comes to."""


@st.composite
def expressions(draw: st.DrawFn, kind: Result, depth: int, call: bool = False) -> str:
    """Formulas that give a number or a truth, operations nested `depth` deep at most; with `call` no leaf."""
    name = draw(_BY_RESULT[kind].filter(bool) if call else _BY_RESULT[kind]) if depth else ""
    if name == "":
        return draw(_NUMBER_LEAVES if kind == "number" else _TRUTH_LEAVES)
    row = OPERATIONS[name]
    count = draw(st.integers(row.least, min(row.most or row.least + 3, row.least + 3)))
    # Comparisons of any kind have both sides alike.
    alike: Side = "number"
    if row.compares and row.takes == ("any",):
        alike = draw(st.sampled_from(SIDES))
    arguments = [
        _argument(draw, row, row.kind_of_argument(index), depth - 1, kind, alike) for index in range(count)
    ]
    return f"({name} {' '.join(arguments)})"


def _argument(
    draw: st.DrawFn, row: Operation, kind: ArgumentKind, depth: int, gives: Result, alike: Side
) -> str:
    match kind:
        case "digits":
            return draw(st.sampled_from(DIGITS))
        case "factor":
            return draw(st.sampled_from(FACTORS))
        case "truth":
            return draw(expressions("truth", depth))
        case "branch":
            return draw(expressions(gives, depth))
        case "any" if row.compares:
            return draw(_TEXT_LEAVES) if alike == "text" else draw(expressions(alike, depth))
        case "number" | "any":
            if row.aggregates and draw(_SOMETIMES):
                return draw(st.sampled_from(tuple(ROWS)))
            if kind == "any" and draw(_SOMETIMES):
                return draw(st.sampled_from(("s", "u")) | expressions("truth", depth))
            return draw(expressions("number", depth))


def _decimals(scale: int, longest: int) -> st.SearchStrategy[str]:
    """Small numbers, zeros and halves above all; sometimes as long as can be."""
    held = st.sampled_from((0, 1, -1, 5, -5, 10, 25)) | st.integers(-300, 300)
    held |= st.integers(-(10**longest) + 1, 10**longest - 1)
    return held.map(lambda value: f"{value}e-{scale}")


_SCALES = {"integer": 0, "money": 0, "decimal(1)": 1, "decimal(2)": 2, "decimal(3)": 3, "percent(1)": 3}


def _value(type: str, longest: int) -> st.SearchStrategy[str]:
    if type == "boolean":
        return st.sampled_from(("true", "false"))
    return st.sampled_from(("cong", "tu")) if type == "choice" else _decimals(_SCALES[type], longest)


def _cell(type: str, longest: int) -> st.SearchStrategy[str]:
    return st.just(type) | _value(type, longest).map(lambda word: f"{type} {word}")


def _rows(type: str, longest: int) -> st.SearchStrategy[str]:
    words = st.lists(st.just("_") | _value(type, longest), max_size=3)
    return words.map(lambda found: " ".join(("rows", type, *found)))


def words(formula: str) -> set[str]:
    """The names and signs in a formula."""
    return set(formula.replace("(", " ").replace(")", " ").split())


def inputs(formula: str, longest: int = 15) -> st.SearchStrategy[Inputs]:
    """A value or a blank for every cell of a formula; numbers have `longest` digits at most."""
    read = words(formula)
    cells = {name: _cell(type, longest) for name, type in CELLS.items() if name in read}
    return st.fixed_dictionaries(
        cells | {name: _rows(type, longest) for name, type in ROWS.items() if name in read}
    )


@st.composite
def pairs(draw: st.DrawFn, count: int, depth: int = 3, longest: int = 15) -> tuple[Formula, list[Inputs]]:
    """A formula and as many inputs."""
    formula = draw(formulas(depth))
    each = inputs(formula[0], longest)
    return formula, [draw(each) for _ in range(count)]


def formulas(depth: int = 3) -> st.SearchStrategy[Formula]:
    """A formula and the type it is assigned to."""
    types = ("integer", "decimal(1)", "decimal(2)", "percent(1)")
    return st.one_of(
        st.tuples(expressions("number", depth, True), st.sampled_from(types)),
        st.tuples(expressions("truth", depth, True), st.sampled_from(("truth", "boolean"))),
    )


BLANK: Inputs = {**CELLS, **{name: f"rows {type}" for name, type in ROWS.items()}}
"""Nothing entered at all."""

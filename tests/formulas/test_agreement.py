"""Any well-typed formula on any cells gives the same in the reference and in every back end of integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CELLS = {
    "a": "integer",
    "b": "integer",
    "c": "decimal(1)",
    "d": "decimal(3)",
    "e": "percent(1)",
    "p": "boolean",
    "q": "boolean",
    "s": "choice",
    "u": "choice",
}
ROWS = {"x": "integer", "y": "decimal(2)"}
NUMBERS = ("a", "b", "c", "d", "e")
LITERALS = ("0", "1", "-1", "2", "-3", "0.5", "1.25", "10", "100", "0.001")


def call(operation: str, *arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*arguments).map(lambda texts: f"({operation} {' '.join(texts)})")


def numbers(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(NUMBERS) | st.sampled_from(LITERALS)
    if depth == 0:
        return leaf
    number, truth = numbers(depth - 1), truths(depth - 1)
    some = st.lists(number | st.sampled_from(tuple(ROWS)), min_size=1, max_size=4).map(" ".join)
    anything = st.lists(number | truth | st.sampled_from(("s", "x")), min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        leaf,
        *(call(operation, number, number) for operation in ("add", "subtract", "multiply", "divide")),
        *(call(operation, number) for operation in ("negate", "abs")),
        *(call(operation, some) for operation in ("sum", "min", "max", "mean")),
        call("count", anything),
        call("round", number, st.sampled_from(("-2", "-1", "0", "1", "2", "5"))),
        call("convert", number, st.sampled_from(("1000", "0.001", "24"))),
        call("if", truth, number, number),
    )


def truths(depth: int) -> st.SearchStrategy[str]:
    number = numbers(max(depth - 1, 0))
    compared = st.sampled_from(
        ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "agrees")
    ).flatmap(lambda operation: call(operation, number, number))
    text = st.sampled_from(("s", "u", "'cong'", "'tu'"))
    leaf = compared | st.sampled_from(("p", "q")) | call("blank", number | st.sampled_from(("s", "p")))
    leaf |= call("equal", text, text) | call("not_equal", text, text)
    if depth == 0:
        return leaf
    truth = truths(depth - 1)
    return st.one_of(
        leaf,
        call("and", truth, truth),
        call("or", truth, truth, truth),
        call("not", truth),
        call("equal", truth, truth),
        call("if", truth, truth, truth),
    )


def decimals(scale: int) -> st.SearchStrategy[str]:
    """Small numbers, zeros and halves above all; sometimes 15 digits."""
    held = st.sampled_from((0, 1, -1, 5, -5, 10, 25)) | st.integers(-300, 300)
    held |= st.integers(-(10**15) + 1, 10**15 - 1)
    return held.map(lambda value: f"{value}e-{scale}")


SCALES = {"integer": 0, "decimal(1)": 1, "decimal(2)": 2, "decimal(3)": 3, "percent(1)": 3}


def value(type: str) -> st.SearchStrategy[str]:
    if type == "boolean":
        return st.sampled_from(("true", "false"))
    return st.sampled_from(("cong", "tu")) if type == "choice" else decimals(SCALES[type])


def cell(type: str) -> st.SearchStrategy[str]:
    return st.just(type) | value(type).map(lambda word: f"{type} {word}")


def rows(type: str) -> st.SearchStrategy[str]:
    words = st.lists(st.just("_") | value(type), max_size=3)
    return words.map(lambda found: " ".join(("rows", type, *found)))


cells = st.fixed_dictionaries(
    {
        **{name: cell(type) for name, type in CELLS.items()},
        **{name: rows(type) for name, type in ROWS.items()},
    }
)
formulas = st.one_of(
    st.tuples(numbers(3), st.sampled_from(("integer", "decimal(1)", "decimal(2)", "percent(1)"))),
    st.tuples(truths(2), st.sampled_from(("truth", "boolean"))),
)

BLANK = {**CELLS, **{name: f"rows {type}" for name, type in ROWS.items()}}
LARGE = {**BLANK, "a": "integer 999999999999999"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(formula=formulas, cells=cells)
@example(formula=("(multiply (multiply a a) (multiply a a))", "integer"), cells=LARGE)
@example(formula=("(min (divide a b) (divide c d) (mean x y))", "decimal(1)"), cells=BLANK)
def test_back_ends_agree(compute: Callable[..., Any], formula: tuple[str, str], cells: dict[str, str]):
    text, gives = formula
    expected = compute("reference", text, cells, gives)
    for back_end in ("python", "v8", "duckdb"):
        found = compute(back_end, text, cells, gives)
        # Columns also refuse what outgrows them on the way to a result that doesn't.
        if not (back_end == "duckdb" and found == "overflow"):
            assert (found, type(found)) == (expected, type(expected)), back_end


def test_overflow_is_refused_everywhere(compute: Callable[..., Any]):
    cube = "(multiply a (multiply a a))"
    for back_end in ("reference", "python", "v8", "duckdb"):
        assert compute(back_end, cube, LARGE, "integer") == "overflow"
        assert compute(back_end, "(add a 0)", LARGE, "integer") == 999_999_999_999_999

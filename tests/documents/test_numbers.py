"""Numbers as typed, as printed and as JSON carries them. The rows of `typed_numbers.json` bind the web form too."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.findings import Place, sentence
from compiler.numbers import LIMIT, NumberProblem, format_number, parse_number, scaled
from compiler.template import ValueType
from renderers.xlsx.contents import Held
from renderers.xlsx.typed import Wanted, read_cell

ROWS = json.loads(Path(__file__).with_name("typed_numbers.json").read_text(encoding="utf-8"))
TYPES = st.one_of(
    st.just(ValueType(kind="integer")),
    st.builds(lambda scale: ValueType(kind="decimal", scale=scale), st.integers(0, 6)),
    st.builds(lambda scale: ValueType(kind="money", scale=scale), st.integers(0, 2)),
    st.builds(lambda scale: ValueType(kind="percent", scale=scale + 2), st.integers(0, 4)),
)
ENTERED = st.integers(-LIMIT + 1, LIMIT - 1)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['text']}|{row['kind']}{row['scale']}" for row in ROWS])
def test_what_is_typed(row: dict[str, Any]) -> None:
    got = parse_number(row["text"], ValueType(kind=row["kind"], scale=row["scale"]))
    if "problem" in row:
        assert isinstance(got, NumberProblem)
        assert got.code == row["problem"]
        assert got.values.get("hint") == row.get("hint")
        assert row["text"].strip() in sentence(got.finding(Place()), "vi")
        assert sentence(got.finding(Place()), "en")
    else:
        assert got == row["value"]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['text']}|{row['kind']}{row['scale']}" for row in ROWS])
def test_what_is_typed_into_a_workbook_as_text_is_read_alike(row: dict[str, Any]) -> None:
    type = ValueType(kind=row["kind"], scale=row["scale"])
    got = read_cell(Held(row["text"]), Wanted(type, {}, ""))
    assert got == (parse_number(row["text"], type) if row["text"].strip() else None)


@given(st.text(st.sampled_from("0123456789.,-−% \xa0"), min_size=1, max_size=20), TYPES)
def test_any_digits_in_a_workbook_are_read_alike(text: str, type: ValueType) -> None:
    got = read_cell(Held(text), Wanted(type, {}, ""))
    assert got == (parse_number(text, type) if text.strip() else None)


@given(ENTERED, TYPES)
def test_what_is_printed_reads_back(value: int, type: ValueType) -> None:
    assert parse_number(format_number(value, type), type) == value


@given(ENTERED, TYPES)
def test_json_numbers_read_back(value: int, type: ValueType) -> None:
    assert scaled(Decimal(value).scaleb(-type.scale), type) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8) | st.decimals(), TYPES)
@example(Decimal("1e999999999"), ValueType(kind="integer"))
@example(Decimal("1e-999999999"), ValueType(kind="integer"))
@example(Decimal("0e999999999"), ValueType(kind="integer"))
@example(Decimal("-0.0"), ValueType(kind="integer"))
@example(Decimal("1" * 40 + ".5"), ValueType(kind="decimal", scale=2))
@example(Decimal("5.000"), ValueType(kind="integer"))
def test_a_json_number_is_exact_or_refused(number: Decimal, type: ValueType) -> None:
    got = scaled(number, type)
    if isinstance(got, int):
        assert abs(got) < LIMIT
        assert Decimal(got) == number * 10**type.scale
    elif got.code == "too_many_decimals":
        assert number.as_tuple().exponent < -type.scale  # type: ignore[operator]
    elif got.code == "too_many_digits":
        assert number.adjusted() + type.scale >= 15
    else:
        assert not number.is_finite()


@given(st.text(max_size=80), TYPES)
def test_any_text_is_a_number_or_a_problem_in_words(text: str, type: ValueType) -> None:
    got = parse_number(text, type)
    if isinstance(got, NumberProblem):
        assert len(sentence(got.finding(Place()))) < 300
    else:
        assert abs(got) < LIMIT
        assert parse_number(format_number(got, type), type) == got


def test_how_numbers_are_printed() -> None:
    assert format_number(123456789, ValueType(kind="money", scale=2)) == "1.234.567,89"
    assert format_number(955, ValueType(kind="percent", scale=3)) == "95,5%"
    assert format_number(-5, ValueType(kind="decimal", scale=2)) == "-0,05"
    assert format_number(0, ValueType(kind="integer")) == "0"
    assert format_number(10**30, ValueType(kind="integer")) == "1.000.000.000.000.000.000.000.000.000.000"

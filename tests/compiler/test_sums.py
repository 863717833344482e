"""The lint on sums where sources are odd: circles, long chains, lists of thousands of rows."""

from __future__ import annotations

from compiler.pipeline import compile_package
from dsl.parse import parse
from dsl.span import Source


def _codes(columns: str, rest: str = "") -> list[str]:
    text = (
        'package a 1.0.0 "A"\nregime r "R" {\n period year\n filled by commune\n goes to province\n'
        f' table t "T" {{\n columns {{\n{columns}\n}}\n rows {{\n row x "X"\n }}\n{rest}\n }}\n}}\n'
    )
    file, found = parse(Source("vi_du.bieu", text))
    return [diagnostic.code for diagnostic in compile_package([file], {}, [], found).diagnostics]


def test_sums_in_a_circle_are_looked_at_without_going_round() -> None:
    columns = """
    c1 "A" integer = c2 + c3
    c2 "B" integer = c1 + c4
    c3 "C" integer
    c4 "D" integer
    c5 "E" integer = c6 + c7 = c4 + c2
    c6 "F" integer
    c7 "G" integer
    """
    assert "BIEU0250" in _codes(columns)


def test_chain_of_a_thousand_totals_is_not_too_deep() -> None:
    links = [f'c{n} "C" integer = c{n + 1} + d{n}\nd{n} "D" integer' for n in reversed(range(1000))]
    assert _codes("\n".join(['c1000 "C" integer', *links, 'e "E" integer = d0 + c1000'])) == []


def test_whole_is_not_offered_where_that_would_close_a_circle() -> None:
    columns = """
    c1 "Tổng" = c2 + c4
    c2 "Riêng" integer
    c3 "Tổng khác" = c4 + c5
    c4 "Phần" integer
    c5 "Phần" integer = c1 * 2 rollup recompute
    """
    assert _codes(columns) == ["BIEU0300"]

"""What makes a message good: each error told once, underlined at its culprit, and every fix offered does mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.pipeline import compile_package
from dsl.diagnostics import Diagnostic
from dsl.parse import parse
from dsl.span import Source

_BAD = Path(__file__).parents[1] / "bad"
_SIXTY = _BAD / "meaning" / "sixty_columns.bieu"
_FILES = [path for path in sorted(_BAD.rglob("*.bieu")) if path.with_suffix(".vi.txt").exists()]


def _found(text: str) -> tuple[Diagnostic, ...]:
    file, wrong = parse(Source("x.bieu", text))
    return compile_package([file], {}, [], wrong).diagnostics


def test_twenty_errors_in_sixty_columns_are_twenty_messages_each_at_its_culprit() -> None:
    text = _SIXTY.read_text(encoding="utf-8")
    assert len(re.findall(r'^ +c\d+ "', text, re.MULTILINE)) == 60
    marked = [
        (number, code, culprit)
        for number, line in enumerate(text.split("\n"), 1)
        for code, culprit in re.findall(r"#! (BIEU\d{4}) (.+)$", line)
    ]
    assert len(marked) == 20
    source = Source("x.bieu", text)
    told = [
        (source.position(one.span.start)[0], one.code, text[one.span.start : one.span.end])
        for one in _found(text)
    ]
    assert told == marked


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_fix_offered_takes_its_error_away_and_brings_no_other(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    before = _found(text)
    for one in before:
        if one.fix is not None:
            start, end = one.fix.span.start, one.fix.span.end
            after = _found(text[:start] + one.fix.replacement + text[end:])
            rest = [other.code for other in before if other is not one]
            # What stood behind an error that hid it may come to light; the error itself must be gone.
            assert [code for code in rest if code not in _codes(after)] == [], one
            assert _codes(after).count(one.code) == rest.count(one.code), one
            assert len(after) == len(rest), (one, [each for each in after if each.code not in rest])


def _codes(found: tuple[Diagnostic, ...]) -> list[str]:
    return [one.code for one in found]


# Ways of getting one column wrong, each with the code and the underlined text; {next} is a column that is right.
_SLIPS = (
    ("intger", "BIEU0021", "intger"),
    ("integer measure dong_tien", "BIEU0205", "dong_tien"),
    ("", "BIEU0218", "{name}"),
    ("= khong_co_cot", "BIEU0202", "khong_co_cot"),
    ("= summ({next}, {next})", "BIEU0209", "summ"),
    ("= ({next} + {next}", "BIEU0028", "("),
    ("= {next} ++ {next}", "BIEU0020", "+"),
    ("= {next} +", "BIEU0032", ""),
    ("integer >= 1,5", "BIEU0016", "1,5"),
    ("số nguyên", "BIEU0024", "số nguyên"),
    ("= {next} measure dong", "BIEU0221", "{next}"),
    ("decimal(12)", "BIEU0243", "decimal(12)"),
    ("integer max 5 max 6", "BIEU0037", "max 6"),
    ("= bieu_khac[x].c1", "BIEU0203", "bieu_khac"),
)


@given(st.dictionaries(st.integers(0, 58), st.sampled_from(_SLIPS), min_size=1, max_size=30))
@settings(max_examples=60)
def test_independent_errors_are_told_one_by_one(slips: dict[int, tuple[str, str, str]]) -> None:
    columns: list[str] = []
    expected: list[tuple[str, str]] = []
    for number in range(60):
        # `gốc` is always right, and every second column that is right reads one that may be wrong.
        names = {"name": f"c{number}", "next": "gốc"}
        read = (number + 7) % 60
        readable = slips.get(read, _SLIPS[0])[1] != "BIEU0221"
        attributes = "integer" if number % 2 or not readable else f"= gốc - c{read}"
        if number in slips:
            written, code, culprit = slips[number]
            attributes = written.format(**names)
            expected.append((code, culprit.format(**names)))
        columns.append(f'c{number} "C" {attributes}')
    text = (
        'package a 1.0.0 "A"\nmeasure ho_so "hồ sơ"\nmeasure dong "đồng"\nregime r "R" {\nperiod quarter\n'
        'filled by commune\ngoes to province\ntable t "T" {\nmeasure ho_so\ncolumns {\ngốc "N" integer\n'
        + "\n".join(columns)
        + '\n}\nrows { row x "X" }\n}\n}\n'
    )
    assert [(one.code, text[one.span.start : one.span.end]) for one in _found(text)] == expected

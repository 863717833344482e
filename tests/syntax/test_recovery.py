"""One bad item costs one item: generated slips in generated tables, each reported once and on its culprit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.parse import parse
from dsl.scan import scan
from dsl.span import Source

_GOOD = Path(__file__).parents[1] / "good"

# A column's line with one slip, {n} its number, and the characters that must be underlined.
_SLIPS = (
    ('c{n} "Cột {n}" intger >= 0', "intger"),
    ('c{n} "Cột {n}" integer >= 1,5', "1,5"),
    ('c{n} "Cột {n}" integer ≥ 0', "≥"),
    ('c{n} "Cột {n}" = c1 + * c2', "*"),
    ('c{n} "Cột {n}" = (c1 + c2', "("),
    ('c{n} "Cột {n}" = c1 + c2)', ")"),
    ('c{n} "Cột {n}" = c1 + c2 c3', "c3"),
    ('c{n} "Cột {n}" integer code 43_{n}', "43_{n}"),
    ('c{n} integer "Cột {n}"', "integer"),
    ('row "Cột {n}" integer', "row"),
    ('c{n} "Cột {n}" integer integer', "integer"),
    ('c{n} "Cột {n} integer', '"Cột {n} integer'),
    ('c{n} "Cột {n}" rollup sumo', "sumo"),
    ('c{n} "Cột {n}" if c1', "if"),
    ('c{n} "Cột {n}" = sum(c1 .. ) ', ")"),
    ("c{n} “Cột {n}” integer", "“Cột {n}”"),
    ('c{n} "Cột {n}" max 2.5', "2.5"),
    ('columns "Cột {n}" integer', "columns"),
    ('c{n} "Cột {n}" = c1 == c2', "=="),
    ('c{n} "Cột {n}" integer @', "@"),
)


def table_with(slips: dict[int, tuple[str, str]]) -> tuple[str, list[tuple[int, str]]]:
    """A table of 60 columns in groups of ten, slips at the given columns; and the line and culprit of each."""
    lines = ['regime r "R" {', '  table t "T" {', "    columns {"]
    culprits = []
    for n in range(60):
        if n % 10 == 0:
            lines.append(f'      group "Nhóm {n}" {{')
        line, culprit = slips.get(n, ('c{n} "Cột {n}" integer >= 0', ""))
        lines.append("        " + line.format(n=n))
        if culprit:
            culprits.append((len(lines), culprit.format(n=n)))
        if n % 10 == 9:
            lines.append("      }")
    lines += ["    }", '    rows { row tong "Tổng" }', "  }", "}", ""]
    return "\n".join(lines), culprits


@given(
    st.lists(st.integers(0, 59), min_size=20, max_size=20, unique=True),
    st.permutations(_SLIPS),
)
@settings(max_examples=40)
def test_twenty_slips_in_sixty_columns_are_twenty_messages_each_on_its_culprit(
    places: list[int], slips: list[tuple[str, str]]
) -> None:
    text, culprits = table_with(dict(zip(sorted(places), slips, strict=True)))
    source = Source("bang.bieu", text)
    file, diagnostics = parse(source)
    found = [
        (source.position(each.span.start)[0], text[each.span.start : each.span.end]) for each in diagnostics
    ]
    assert found == culprits
    # What was not wrong was read: the table's rows too.
    (regime,) = file.regimes
    assert [type(item).__name__ for item in regime.items[0].items] == ["Columns", "Rows"]  # type: ignore[union-attr]


def laid_out_sources() -> list[Path]:
    return sorted(_GOOD.glob("*.fmt"))


@pytest.mark.parametrize("path", laid_out_sources(), ids=lambda path: path.stem)
def test_any_closing_brace_left_out_is_missed_where_it_stood(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    openers = _opener_of_each_brace(text)
    braces = list(re.finditer(r"(?<=\n) *\}\n", text))
    assert braces or "{\n" not in text
    for brace in braces:
        source = Source("x.bieu", text[: brace.start()] + text[brace.end() :])
        (diagnostic,) = parse(source)[1]
        assert diagnostic.code == "BIEU0030"
        assert diagnostic.labels[0].span.start == openers[brace.end() - 2]
        # It belongs behind the last item of its block, before the line that follows.
        last = _code_before(text, brace.start())
        assert (diagnostic.span.start, diagnostic.span.end) == (last, last)
        assert diagnostic.fix is not None
        assert parse(_mended(source, diagnostic.fix.span.start, diagnostic.fix.replacement))[1] == ()


@pytest.mark.parametrize("path", laid_out_sources(), ids=lambda path: path.stem)
def test_any_closing_brace_doubled_is_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for brace in re.finditer(r"(?<=\n) *\}\n", text):
        source = Source("x.bieu", text[: brace.end()] + brace.group() + text[brace.end() :])
        (diagnostic,) = parse(source)[1]
        assert diagnostic.code == "BIEU0031"
        assert diagnostic.span.start == brace.end() + len(brace.group()) - 2


def test_two_braces_missing_in_one_file_are_two_messages() -> None:
    text = (_GOOD / "worked_example.en.fmt").read_text(encoding="utf-8")
    first = text.replace("        c6 ", "#        c6 ", 1).replace("        }\n#", "#\n#", 1)
    second = first.replace('      prompt "Nêu', '      section "Trong" {\n        prompt "Nêu', 1)
    found = [diagnostic.code for diagnostic in parse(Source("x.bieu", second))[1]]
    assert found == ["BIEU0030", "BIEU0030"]


def _opener_of_each_brace(text: str) -> dict[int, int]:
    opened: list[int] = []
    openers: dict[int, int] = {}
    for token in scan(Source("x.bieu", text)).tokens:
        if token.type == "LBRACE":
            opened.append(token.start)
        elif token.type == "RBRACE":
            openers[token.start] = opened.pop()
    return openers


def _code_before(text: str, offset: int) -> int:
    tokens = [token for token in scan(Source("x.bieu", text)).tokens if token.type != "_END"]
    return max(token.end for token in tokens if token.end <= offset)


def _mended(source: Source, at: int, insertion: str) -> Source:
    return Source(source.name, source.text[:at] + insertion + source.text[at:])

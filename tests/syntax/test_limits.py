"""Any bytes give diagnostics, and what is too much is refused by a limit that is named."""

from __future__ import annotations

import sys
import time

import pytest

from dsl import tree
from dsl.build import MAX_DEPTH
from dsl.parse import parse, read_source
from dsl.render import to_text
from dsl.scan import MAX_BLOCKS, MAX_TOKENS
from dsl.source import MAX_BYTES
from dsl.span import Source
from dsl.tokens import MAX_ERRORS


def column(formula: str) -> Source:
    return Source("x.bieu", f'regime r "R" {{ table t "T" {{ columns {{ a "A" = {formula} }} }} }}')


def codes(source: Source) -> list[str]:
    return [diagnostic.code for diagnostic in parse(source)[1]]


def test_bytes_that_are_no_text_are_shown_where_they_stand() -> None:
    source, (diagnostic,) = read_source("x.bieu", "measure hồ \n".encode() + b"ab\xff\xfe")
    assert diagnostic.code == "BIEU0001"
    assert source.position(diagnostic.span.start) == (2, 3)
    assert diagnostic.values["byte"] == "0xFF"


def test_a_byte_order_mark_does_not_move_the_place() -> None:
    source, (diagnostic,) = read_source("x.bieu", b"\xef\xbb\xbfa\xff")
    assert source.position(diagnostic.span.start) == (1, 2)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\u202e", "\u2066", "\ufeff"])
def test_control_characters_are_refused(character: str) -> None:
    _, (diagnostic,) = read_source("x.bieu", f'measure a "A{character}"'.encode())
    assert diagnostic.code == "BIEU0002"
    assert diagnostic.values["character"] == f"U+{ord(character):04X}"


def test_byte_order_mark_and_line_ends_of_windows_are_tolerated() -> None:
    source, problems = read_source("x.bieu", '\ufeffmeasure a "A"\r\nmeasure b "B"\r'.encode())
    assert problems == ()
    assert source.text == 'measure a "A"\nmeasure b "B"\n'
    assert codes(source) == []


def test_decomposed_letters_become_composed() -> None:
    source, _ = read_source("x.bieu", 'measure ho\u0302\u0300 "a\u0323"'.encode())
    assert source.text == 'measure hồ "ạ"'


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    assert read_source("x.bieu", b"#" * MAX_BYTES)[1] == ()
    _, (diagnostic,) = read_source("x.bieu", b"#" * (MAX_BYTES + 1))
    assert diagnostic.code == "BIEU0003"


@pytest.mark.parametrize(
    "formula",
    [
        "(" * 10_000 + "a" + ")" * 10_000,
        "a" + " + a" * 10_000,
        "a" + " * a" * 10_000,
        "-" * 10_000 + "a",
        "sum(" * 10_000 + "a" + ")" * 10_000,
        "if a > 0 then b else " * 10_000 + "c",
    ],
    ids=["parentheses", "sum", "product", "signs", "calls", "conditions"],
)
def test_a_formula_too_deep_is_refused_and_never_reaches_the_tree(formula: str) -> None:
    file, (diagnostic,) = parse(column(formula))
    assert diagnostic.code == "BIEU0005"
    assert diagnostic.values["limit"] == str(MAX_DEPTH)
    assert len(repr(file)) < 5_000  # repr recurses: it would fail on the deep tree


def test_the_deepest_formula_is_taken() -> None:
    assert codes(column("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1))) == []
    assert codes(column("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)) == ["BIEU0005"]
    assert codes(column("a" + " + a" * (MAX_DEPTH - 1))) == []


def test_a_function_takes_ten_thousand_terms() -> None:
    file, diagnostics = parse(column("sum(" + ", ".join(["a"] * 10_000) + ")"))
    assert diagnostics == ()
    table = file.regimes[0].items[0]
    assert isinstance(table, tree.Table)
    columns = table.items[0]
    assert isinstance(columns, tree.Columns)
    a = columns.items[0]
    assert isinstance(a, tree.Column)
    (definition,) = a.attributes
    assert isinstance(definition, tree.Definition)
    (side,) = definition.sides
    assert isinstance(side, tree.Apply)
    assert len(side.arguments) == 10_000


def test_blocks_too_deep_are_refused() -> None:
    def nested(count: int) -> Source:
        sections = count - 2
        return Source("x.bieu", 'regime r "R" { outline {' + 'section "S" {' * sections + "}" * count)

    assert codes(nested(MAX_BLOCKS)) == []
    assert codes(nested(MAX_BLOCKS + 1)) == ["BIEU0004"]
    assert codes(nested(100_000)) == ["BIEU0004"]


def test_after_a_hundred_errors_nobody_reads_on() -> None:
    source = Source("x.bieu", "bậy bạ\n" * 5_000)
    found = codes(source)
    assert len(found) == MAX_ERRORS + 1
    assert found[-1] == "BIEU0008"


def test_a_file_of_nothing_but_signs_is_refused_early() -> None:
    assert codes(Source("x.bieu", "(" * (MAX_TOKENS + 1))) == ["BIEU0009"]


@pytest.mark.parametrize(
    ("before", "unit"),
    [
        *(("", unit) for unit in ("@", "{", "}", "(", ")", "[", '"', "a ", "row ", "biểu\n", "}{", "; ")),
        *(("", unit) for unit in ("`", "= ", "1.", "“", "'", "//\n", "max ", "max", "của ", "không ")),
        # What looks ahead must not look at the same blanks again from each of them.
        *((before, unit) for before in ("(", "a +", "a") for unit in ("\n", "#\n", " ")),
        *(("say ", unit) for unit in ('"{a}" ', '"{')),
    ],
)
def test_a_megabyte_of_nonsense_ends_soon(before: str, unit: str) -> None:
    text = before + unit * (1_000_000 // len(unit.encode())) + "{"
    source, problems = read_source("x.bieu", text.encode())
    assert problems == ()
    start = time.process_time()
    _, diagnostics = parse(source)
    assert time.process_time() - start < 30
    assert 0 < len(diagnostics) <= MAX_ERRORS + 1
    assert to_text(diagnostics[:3], {source.name: source})


def test_the_limits_leave_room_for_recursion() -> None:
    assert sys.getrecursionlimit() > 4 * MAX_DEPTH

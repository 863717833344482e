"""How diagnostics look: columns under wide and combining characters, colour, JSON and SARIF."""

from __future__ import annotations

import json
import re

import pytest

from dsl.diagnostics import Diagnostic, Fix, Label
from dsl.parse import parse
from dsl.render import explain, to_json, to_sarif, to_text
from dsl.span import Source, Span
from dsl.width import width


def unexpected(text: str, found: str) -> tuple[Diagnostic, dict[str, Source]]:
    """A diagnostic on the only place where `found` stands."""
    source = Source("bảng 1.bieu", text)
    start = text.index(found)
    span = Span(source.name, start, start + len(found))
    return Diagnostic("BIEU0029", span, {"found": found}), {source.name: source}


@pytest.mark.parametrize(
    ("text", "found", "line", "under"),
    [
        ("abc !! d", "!!", "abc !! d", "    ^^"),
        ("tiếng Việt !", "!", "tiếng Việt !", "           ^"),
        ("\t\t!\t", "!", "        !", "        ^"),
        ("a\t\tb!", "\t\tb", "a        b!", " ^^^^^^^^^"),
        ("漢字 !字", "!字", "漢字 !字", "     ^^^"),
        ("e\u0301e\u0301 !", "!", "e\u0301e\u0301 !", "   ^"),
        ("một !", " !", "một !", "   ^^"),
    ],
)
def test_the_underline_stands_below_its_characters(text: str, found: str, line: str, under: str) -> None:
    diagnostic, sources = unexpected(text, found)
    shown = to_text([diagnostic], sources).split("\n")
    assert shown[3] == f"1 | {line}"
    assert shown[4] == f"  | {under}"


def test_width_counts_columns_of_a_terminal() -> None:
    assert [width(text) for text in ("", "abc", "Việt", "e\u0301", "漢字", "\t")] == [0, 3, 4, 1, 4, 4]


def test_a_span_of_no_width_is_one_sign_and_one_of_many_lines_ends_with_its_first() -> None:
    source = Source("x", "ab\n  cd  \nef")
    empty = Diagnostic("BIEU0029", Span("x", 2, 2), {"found": "?"})
    assert "\n  |   ^\n" in to_text([empty], {"x": source})
    many = Diagnostic("BIEU0029", Span("x", 5, 12), {"found": "?"})
    assert "\n2 |   cd\n  |   ^^\n" in to_text([many], {"x": source})


def test_labels_on_other_lines_stand_in_order_with_gaps() -> None:
    source = Source("x", "\n".join(f"dòng {n}" for n in range(1, 13)))
    at = source.line_starts
    diagnostic = Diagnostic(
        "BIEU0029",
        Span("x", at[11], at[11] + 4),
        {"found": "]"},
        labels=(Label(Span("x", at[9], at[9] + 4), "opener"), Label(Span("x", at[0], at[0] + 4), "opener")),
    )
    assert to_text([diagnostic], {"x": source}, "en") == (
        "error[BIEU0029]: the `]` closes nothing\n"
        "  --> x:12:1\n"
        "   |\n"
        " 1 | dòng 1\n"
        "   | ---- this is the one that is open\n"
        "...\n"
        "10 | dòng 10\n"
        "   | ---- this is the one that is open\n"
        "11 | dòng 11\n"
        "12 | dòng 12\n"
        "   | ^^^^\n"
        "\n"
        "1 error\n"
    )


def test_two_labels_on_a_line_have_a_line_each_the_right_one_first() -> None:
    source = Source("x", "(a]")
    diagnostic = Diagnostic(
        "BIEU0029", Span("x", 2, 3), {"found": "]"}, labels=(Label(Span("x", 0, 1), "opener"),)
    )
    assert to_text([diagnostic], {"x": source}, "en").split("\n")[3:6] == [
        "1 | (a]",
        "  |   ^",
        "  | - this is the one that is open",
    ]


def test_a_label_in_another_file_names_its_place() -> None:
    sources = {"x": Source("x", "]"), "y": Source("y", "\n  (")}
    diagnostic = Diagnostic(
        "BIEU0029", Span("x", 0, 1), {"found": "]"}, labels=(Label(Span("y", 3, 4), "opener"),)
    )
    assert "  = y:2:3: dấu đang mở là dấu này" in to_text([diagnostic], sources)


def test_a_source_that_is_not_at_hand_is_named_only() -> None:
    diagnostic = Diagnostic("BIEU0029", Span("mất.bieu", 7, 9), {"found": "]"})
    assert to_text([diagnostic], {}) == "lỗi[BIEU0029]: dấu `]` không đóng dấu nào\n --> mất.bieu\n\n1 lỗi\n"


def test_colour_changes_nothing_else() -> None:
    source = Source("x.bieu", 'mesure a "A"\nmeasure b = 1\n')
    diagnostics = parse(source)[1]
    plain = to_text(diagnostics, {"x.bieu": source})
    coloured = to_text(diagnostics, {"x.bieu": source}, color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b" not in plain


def test_what_a_source_holds_never_steers_the_terminal() -> None:
    source = Source("x.bieu", 'measure "\x1b[2J\u202e" a')
    diagnostic = Diagnostic("BIEU0002", Span("x.bieu", 9, 10), {"character": "U+001B"})
    shown = to_text([diagnostic], {"x.bieu": source})
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_summary_counts_by_severity() -> None:
    diagnostic, sources = unexpected("a !", "!")
    warning = Diagnostic("BIEU0029", diagnostic.span, {"found": "!"}, severity="warning")
    assert to_text([diagnostic, warning, diagnostic], sources, "en").endswith("\n2 errors, 1 warning\n")
    assert to_text([warning], sources).endswith("\n1 cảnh báo\n")
    assert to_text([], sources) == ""


def test_a_fix_of_several_lines_shows_the_lines_as_they_will_be() -> None:
    source = Source("x.bieu", "a {\n  b\nc\n")
    at = Span("x.bieu", 7, 7)
    diagnostic = Diagnostic("BIEU0030", at, {"line": "1"}, fix=Fix(at, "\n}"))
    assert to_text([diagnostic], {"x.bieu": source}, "en").split("\n")[-5:-3] == [
        "  = fix: put `}` there",
        "3 ~ }",
    ]


def test_json() -> None:
    source = Source("x.bieu", '\nmesure a "A"\n(')
    found = json.loads(to_json(parse(source)[1], {"x.bieu": source}, "en"))
    assert found[0] == {
        "code": "BIEU0021",
        "severity": "error",
        "message": "there is no keyword `mesure`; did you mean `measure`?",
        "file": "x.bieu",
        "offset": 1,
        "length": 6,
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 7,
        "labels": [],
        "fix": {
            "message": "change it to `measure`",
            "file": "x.bieu",
            "offset": 1,
            "length": 6,
            "line": 2,
            "column": 1,
            "end_line": 2,
            "end_column": 7,
            "replacement": "measure",
        },
    }
    assert found[1]["labels"][0]["message"] == "the item ends here"


def test_sarif() -> None:
    source = Source("bảng 1.bieu", 'mesure a "A"\n(\nmesure b "B"')
    log = json.loads(to_sarif(parse(source)[1], {source.name: source}, "vi"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["BIEU0021", "BIEU0028"]
    assert [(result["ruleId"], result["ruleIndex"]) for result in run["results"]] == [
        ("BIEU0021", 0),
        ("BIEU0028", 1),
        ("BIEU0021", 0),
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "b%E1%BA%A3ng%201.bieu"
    assert place["region"] == {
        "charOffset": 0,
        "charLength": 6,
        "startLine": 1,
        "startColumn": 1,
        "endLine": 1,
        "endColumn": 7,
    }
    change = run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"] == {"text": "measure"}
    assert run["results"][1]["relatedLocations"][0]["message"]["text"] == "mục kết thúc ở đây"


def test_the_long_form_shows_wrong_and_right() -> None:
    assert explain("BIEU0026") == (
        "BIEU0026 (lỗi)\n\n"
        "Mỗi mục một dòng; nhiều mục trên một dòng ngăn nhau bằng dấu chấm phẩy.\n\n"
        'Sai:\n    measure ho_so "hồ sơ" measure dong "đồng"\n\n'
        'Đúng:\n    measure ho_so "hồ sơ"; measure dong "đồng"\n'
    )

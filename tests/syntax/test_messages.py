"""The catalogue: every code in both languages, its wrong example gives it and nothing else, its fix mends it."""

from __future__ import annotations

import re
import string
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import dsl
from dsl.catalogue import Entry, catalogue, explanation, fix, label, message
from dsl.diagnostics import Diagnostic
from dsl.parse import parse, read_source
from dsl.render import explain
from dsl.span import Source

_ALL = list(catalogue().values())
_SYNTAX = [entry for entry in _ALL if entry.code < "BIEU0200"]
_SHOWN = [entry for entry in _SYNTAX if entry.wrong is not None]

# A page can't show these; test_limits.py does.
_TOO_LARGE = {"BIEU0001", "BIEU0003", "BIEU0004", "BIEU0005", "BIEU0008", "BIEU0009"}


def found_in(text: str) -> tuple[Diagnostic, ...]:
    source, problems = read_source("vi_du.bieu", text.encode())
    return problems or parse(source)[1]


def by_code(entry: Entry) -> str:
    return entry.code


@pytest.mark.parametrize("entry", _ALL, ids=by_code)
def test_both_languages_say_the_same_things(entry: Entry) -> None:
    texts = [entry.message, *entry.labels.values(), *([entry.fix] if entry.fix else [])]
    for words in texts:
        assert words["vi"].strip()
        assert words["en"].strip()
        assert not words["vi"].rstrip().endswith(".")
        assert not words["en"].rstrip().endswith(".")
        assert placeholders(words["vi"]) == placeholders(words["en"])
    for language in ("vi", "en"):
        assert explanation(entry, language).endswith((".", "?", "!", "`"))  # whole sentences
        assert entry.code in explain(entry.code, language)


def placeholders(template: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name}


def test_files_keep_to_their_codes() -> None:
    for name, low, high in (("syntax.toml", 1, 199), ("meaning.toml", 200, 9999)):
        content = tomllib.loads(files("dsl").joinpath("messages", name).read_text(encoding="utf-8"))
        codes = [key for key in content if key not in ("terms", "frames")]
        assert all(low <= int(code.removeprefix("BIEU")) <= high for code in codes)
        assert codes == sorted(codes)


def test_every_code_given_here_is_in_the_catalogue_and_the_other_way_round() -> None:
    folder = Path(dsl.__file__).parent
    given = {
        code
        for file in folder.rglob("*.py")
        for code in re.findall(r"\bBIEU\d{4}\b", file.read_text(encoding="utf-8"))
        if code < "BIEU0200" and code != "BIEU0123"  # an example in a docstring
    }
    assert given == {entry.code for entry in _SYNTAX}


def test_what_has_no_example_is_too_large_for_a_page() -> None:
    assert {entry.code for entry in _SYNTAX} - {entry.code for entry in _SHOWN} == _TOO_LARGE


@pytest.mark.parametrize("entry", _SHOWN, ids=by_code)
def test_wrong_gives_this_code_alone_and_right_none(entry: Entry) -> None:
    assert entry.wrong is not None
    assert entry.right is not None
    (diagnostic,) = found_in(entry.wrong)
    assert diagnostic.code == entry.code
    assert diagnostic.severity == entry.severity
    for language in ("vi", "en"):
        assert message(diagnostic, language)
        for second in diagnostic.labels:
            assert label(diagnostic, second, language)
    assert {second.key for second in diagnostic.labels} <= set(entry.labels)
    assert found_in(entry.right) == ()


@pytest.mark.parametrize("entry", [entry for entry in _SHOWN if entry.fix], ids=by_code)
def test_the_fix_makes_it_go_away(entry: Entry) -> None:
    assert entry.wrong is not None
    (diagnostic,) = found_in(entry.wrong)
    assert diagnostic.fix is not None
    assert fix(diagnostic, "vi")
    assert found_in(applied(entry.wrong, diagnostic)) == ()


def applied(text: str, diagnostic: Diagnostic) -> str:
    assert diagnostic.fix is not None
    span = diagnostic.fix.span
    return text[: span.start] + diagnostic.fix.replacement + text[span.end :]


_BAD = sorted((Path(__file__).parents[1] / "bad" / "syntax").glob("*.bieu"))


@pytest.mark.parametrize("path", _BAD, ids=lambda path: path.stem)
def test_every_fix_offered_for_a_bad_file_takes_one_error_away(path: Path) -> None:
    source, problems = read_source(path.name, path.read_bytes())
    diagnostics = problems or parse(source)[1]
    for diagnostic in diagnostics:
        if diagnostic.fix is None:
            assert catalogue()[diagnostic.code].fix is None or diagnostic.code == "BIEU0021"
            continue
        assert catalogue()[diagnostic.code].fix is not None
        mended = parse(Source(source.name, applied(source.text, diagnostic)))[1]
        before = [each.code for each in diagnostics if each is not diagnostic]
        assert sorted(each.code for each in mended) == sorted(before), diagnostic


def test_an_unknown_code_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        explain("BIEU9999")

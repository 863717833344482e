"""Sources that are right: the tree each becomes, and how it is laid out, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dsl.format import format_file
from dsl.parse import parse, read_source
from dsl.span import Source

_GOOD = Path(__file__).parents[1] / "good"
_SOURCES = sorted(_GOOD.glob("*.bieu"))

Golden = Callable[[Path, str], None]
Dump = Callable[..., str]


def source_of(path: Path) -> Source:
    source, problems = read_source(path.name, path.read_bytes())
    assert problems == ()
    return source


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.stem)
def test_tree(path: Path, golden: Golden, dump: Dump) -> None:
    source = source_of(path)
    file, diagnostics = parse(source)
    assert diagnostics == ()
    golden(path.with_suffix(".tree"), dump(file, source))


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_layout(path: Path, language: str, golden: Golden, dump: Dump) -> None:
    source = source_of(path)
    laid_out = format_file(source, language)  # type: ignore[arg-type]
    assert isinstance(laid_out, str)
    golden(path.with_suffix(f".{language}.fmt"), laid_out)
    again = Source(path.name, laid_out)
    assert format_file(again) == laid_out
    before, after = parse(source)[0], parse(again)[0]
    assert dump(before).partition("\n")[2] == dump(after).partition("\n")[2]
    assert after.language == language


def test_every_golden_has_its_source() -> None:
    stems = {path.stem for path in _SOURCES}
    orphans = [
        path.name for path in _GOOD.iterdir() if path.is_file() and path.name.split(".")[0] not in stems
    ]
    assert orphans == []


def test_worked_example_holds_every_kind_of_item() -> None:
    file, _ = parse(source_of(_GOOD / "worked_example.bieu"))
    (regime,) = file.regimes
    kinds = [type(item).__name__ for item in regime.items]
    assert kinds == [
        *("Basis", "Kind", "Periods", "FilledBy", "GoesTo", "Due", "Sign", "Effective"),
        *("Table", "Table", "Outline", "Chart", "Chart", "Example"),
    ]

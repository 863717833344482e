"""Sources that are wrong: the exact text of all their errors, in Vietnamese, and in English where a golden is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dsl.parse import parse, read_source
from dsl.render import to_text

_BAD = Path(__file__).parents[1] / "bad" / "syntax"
_SOURCES = sorted(_BAD.glob("*.bieu"))

Golden = Callable[[Path, str], None]


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.stem)
def test_errors(path: Path, golden: Golden) -> None:
    source, problems = read_source(path.name, path.read_bytes())
    diagnostics = problems or parse(source)[1]
    assert diagnostics
    golden(path.with_suffix(".vi.txt"), to_text(diagnostics, {source.name: source}, "vi"))
    english = path.with_suffix(".en.txt")
    if english.exists():
        golden(english, to_text(diagnostics, {source.name: source}, "en"))


def test_every_golden_has_its_source() -> None:
    stems = {path.stem for path in _SOURCES}
    orphans = [path.name for path in _BAD.iterdir() if path.name.split(".")[0] not in stems]
    assert orphans == []

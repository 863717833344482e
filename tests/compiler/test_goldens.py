"""What the compiler makes of whole sources: the template of each good one, the exact words for each bad one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.package import Library
from compiler.template import template_bytes
from dsl.render import to_text

_TESTS = Path(__file__).parents[1]
_GOOD = sorted((_TESTS / "good" / "compiled").glob("*.bieu"))
_WARNED = sorted((_TESTS / "good" / "warned").glob("*.bieu"))
_BAD = sorted((_TESTS / "bad" / "meaning").glob("*.bieu"))


@pytest.mark.parametrize("path", _GOOD, ids=lambda path: path.stem)
def test_good_source_compiles_to_its_template(path: Path, golden: Callable[[Path, str], None]) -> None:
    loaded = Library().load(path)
    assert loaded.diagnostics == ()
    (regime,) = loaded.compilation.regimes
    template = json.loads(template_bytes(regime.template))
    golden(path.with_suffix(".template.json"), json.dumps(template, ensure_ascii=False, indent=1) + "\n")


@pytest.mark.parametrize("path", _BAD, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_bad_source_is_told_in_these_words(
    path: Path, language: str, golden: Callable[[Path, str], None]
) -> None:
    loaded = Library().load(path)
    assert loaded.compilation.failed
    assert loaded.compilation.regimes == ()
    text = to_text(loaded.diagnostics, loaded.sources, "vi" if language == "vi" else "en")
    # Sources are named as the user names them: here by where the tests happen to lie.
    golden(path.with_suffix(f".{language}.txt"), text.replace(f"{path.parent}/", ""))


@pytest.mark.parametrize("path", _WARNED, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_doubtful_source_compiles_and_is_warned_of_in_these_words(
    path: Path, language: str, golden: Callable[[Path, str], None]
) -> None:
    loaded = Library().load(path)
    assert not loaded.compilation.failed
    assert len(loaded.compilation.regimes) == 1
    text = to_text(loaded.diagnostics, loaded.sources, "vi" if language == "vi" else "en")
    golden(path.with_suffix(f".{language}.txt"), text.replace(f"{path.parent}/", ""))

"""The tutorial: every step compiles and is as shown, every wrong one is wrong, every picture and link is there.

That its commands print what the page says is test_readme.py's matter.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.package import Library
from dsl.format import format_file
from dsl.span import Source

_ROOT = Path(__file__).parents[2]
_TUTORIAL = _ROOT / "docs/tutorial"
_PAGE = (_TUTORIAL / "README.md").read_text(encoding="utf-8")
_STEPS = sorted(_TUTORIAL.glob("buoc_*.bieu"))


@pytest.mark.parametrize("path", _STEPS, ids=lambda path: path.stem)
def test_every_step_compiles_without_a_word_and_is_laid_out(path: Path) -> None:
    loaded = Library().load(path)
    assert loaded.diagnostics == ()
    text = path.read_text(encoding="utf-8")
    assert format_file(Source(path.name, text)) == text


@pytest.mark.parametrize("name", ["sai_2", "sai_3"])
def test_what_is_shown_as_wrong_is_refused(name: str) -> None:
    assert Library().load(_TUTORIAL / f"{name}.bieu").compilation.failed


def test_every_source_on_the_page_stands_in_its_step() -> None:
    shown = re.findall(r"^<!-- (\w+\.bieu) -->\n```bieu\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    assert len(shown) == _PAGE.count("```bieu")
    for name, block in shown:
        assert block in (_TUTORIAL / name).read_text(encoding="utf-8"), (name, block)
    assert {name for name, _ in shown} == {path.name for path in _STEPS}


def test_every_picture_and_link_of_the_page_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", _PAGE)
    assert len(pictures) >= 4
    for picture in pictures:
        assert (_TUTORIAL / picture).read_bytes().startswith(b"\x89PNG"), picture
    assert {path.name for path in (_TUTORIAL / "anh").iterdir()} == {Path(each).name for each in pictures}
    for link in re.findall(r"[^!]\[[^\]]+\]\(([^)]+)\)", _PAGE):
        assert (_TUTORIAL / link).exists(), link

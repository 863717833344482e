"""docs/forms shows every shipped form as it is now: its handbook, its picture, its place in the lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.docs.gallery import FOLDER, forms, pages


def test_pages_are_current(golden: Callable[[Path, str], None]) -> None:
    """After a change of a form or of the handbook: script/gallery."""
    made = pages()
    for name, text in made.items():
        golden(FOLDER / name, text)
    there = {path.name for path in FOLDER.glob("*.md")}
    assert there == made.keys() | {"build_times.md"}


def test_every_form_has_a_picture_that_shows_something() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == {form.name for form in forms()}
    for form in forms():
        with Image.open(FOLDER / f"{form.name}.png") as image:
            assert min(image.size) > 150
            assert len(image.convert("L").getcolors() or ()) > 3


def test_links_lead_somewhere() -> None:
    for text in pages().values():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (FOLDER / target).exists(), target


def test_what_is_not_verified_is_said() -> None:
    made = pages()
    for form in forms():
        for note in form.regime.template.notes:
            assert note.split(".")[0].split('"')[0][:30] in made[f"{form.name}.md"].replace("\\", ""), note

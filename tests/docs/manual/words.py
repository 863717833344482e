"""What the pages of the reference manual share: the words that no table holds, and how a page begins."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dsl.diagnostics import Language

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "docs/reference"
BOTH: tuple[Language, ...] = ("vi", "en")


class Undocumented(AssertionError):
    """Something of the language has no words in words.toml; the message is what to add."""


@cache
def words() -> Mapping[str, Any]:
    """docs/reference/words.toml."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


def said(table: str, key: str, language: Language) -> str:
    """The words for one thing in one language."""
    found = words().get(table, {}).get(key)
    if found is None or not found.get(language):
        raise Undocumented(
            f'docs/reference/words.toml, [{table}]: add a line {key} = {{ vi = "…", en = "…" }}'
        )
    return str(found[language])


def head(page: str, language: Language) -> list[str]:
    other: Language = "en" if language == "vi" else "vi"
    link = f"[{'English' if other == 'en' else 'Tiếng Việt'}](../{other}/{page}.md)"
    if page == "commands":
        link = ""
    title, intro = said("page", page, language), said("intro", page, language)
    made = {
        "vi": "Trang này được tạo ra từ mã nguồn: `script/manual`.",
        "en": "Made from the sources by `script/manual`.",
    }
    return [f"# {title}", "", f"<!-- {made[language]} -->", *([link, ""] if link else []), intro, ""]

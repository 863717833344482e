"""The reference manual is what the language is now, and nothing of the language is left out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dsl.catalogue import catalogue
from dsl.keywords import LANGUAGES
from dsl.limits import LIMITS
from dsl.render import explain
from server.cli import COMMANDS
from tests.docs.manual.pages import pages
from tests.docs.manual.proofs import told
from tests.docs.manual.words import FOLDER, words


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Every page; `Undocumented` says what to add to docs/reference/words.toml."""
    return pages()


def test_pages_are_current(made: dict[str, str], golden: Callable[[Path, str], None]) -> None:
    """After a change of the language: script/manual."""
    for name, text in made.items():
        golden(FOLDER / name, text)
    assert sorted(made) == sorted(
        str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.md") if path.name != "README.md"
    )


def test_every_keyword_and_word_of_both_languages_is_in_the_manual(made: dict[str, str]) -> None:
    for language, table in LANGUAGES.items():
        page = made[f"{language}/language.md"]
        for spellings in table.spelled.values():
            for spelling in spellings:
                assert f"`{spelling}`" in page, spelling


def test_every_code_is_in_the_manual_and_is_explained_in_both_languages(made: dict[str, str]) -> None:
    for code in catalogue():
        for language in LANGUAGES:
            assert f"\n## {code}\n" in made[f"{language}/errors.md"]
            assert explain(code, language).startswith(code)


def test_every_command_and_limit_is_in_the_manual(made: dict[str, str]) -> None:
    for name in COMMANDS:
        assert f"\n## `bieu {name}`\n" in made["vi/commands.md"]
    for language in LANGUAGES:
        for variable in LIMITS:
            assert f"`{variable}`" in made[f"{language}/limits.md"]


def test_every_code_of_the_compiler_about_meaning_belongs_to_a_proof_or_is_no_proof(
    made: dict[str, str],
) -> None:
    ranges = [each for proof in words()["proof"] for each in proof["codes"]]
    assert len(ranges) == len(set(ranges))
    shown = set(re.findall(r"^### \[(BIEU\d{4})\]", made["vi/proofs.md"], re.MULTILINE))
    assert {
        code for code in catalogue() if "BIEU0230" <= code <= "BIEU0236" or "BIEU0300" <= code <= "BIEU0319"
    } <= shown


def test_proofs_show_the_words_of_the_goldens(made: dict[str, str]) -> None:
    for language, texts in told().items():
        page = made[f"{language}/proofs.md"]
        for code in ("BIEU0230", "BIEU0220", "BIEU0250"):
            assert texts[code] in page


def test_links_between_pages_lead_somewhere(made: dict[str, str]) -> None:
    for name, text in made.items():
        for target in re.findall(r"\]\(([^)#]+\.md)", text):
            assert (FOLDER / name).parent.joinpath(target).exists(), (name, target)

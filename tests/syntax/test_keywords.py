"""The tables of keywords: the same keys in every language, nothing spelt twice, and all of the grammar's keywords."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files
from itertools import combinations

import pytest

from dsl.grammar import grammar
from dsl.keywords import LANGUAGES, WORDS_AFTER, Vocabulary, en, vi
from dsl.parse import parse
from dsl.span import Source

_TABLES = pytest.mark.parametrize("table", LANGUAGES.values(), ids=list(LANGUAGES))


def declared_terminals() -> set[str]:
    text = files("dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    return {word for line in re.findall(r"(?m)^%declare (.*)$", text) for word in line.split()}


def test_every_language_has_the_same_keys() -> None:
    assert list(vi.KEYWORDS) == list(en.KEYWORDS)
    assert {key: list(words) for key, words in vi.WORDS.items()} == {
        key: list(words) for key, words in en.WORDS.items()
    }


def test_the_grammar_declares_exactly_the_tables_terminals() -> None:
    made_by_the_scanner = {"_END", "ERROR", "SENTENCE_TEXT", "INSERT_START", "INSERT_END"}
    assert declared_terminals() - made_by_the_scanner == {*en.KEYWORDS, *en.WORDS}
    assert set(WORDS_AFTER.values()) | {"MARK"} == set(en.WORDS)


def test_the_grammar_is_strict() -> None:
    assert grammar().options.strict


@_TABLES
def test_no_two_keywords_are_spelt_alike(table: Vocabulary) -> None:
    spellings = [text for (_, word), texts in table.spelled.items() if word is None for text in texts]
    assert len(set(spellings)) == len(spellings)
    for words in table.words.values():
        assert len(set(words.values())) == len(words)


@_TABLES
def test_spellings_are_composed_lower_case_words(table: Vocabulary) -> None:
    for texts in table.spelled.values():
        for text in texts:
            assert text == unicodedata.normalize("NFC", text)
            assert all(re.fullmatch(r"[^\W\d]\w*", word) for word in text.split(" ")), text
            assert text == text.lower()


def test_a_word_means_one_thing_in_all_languages_or_is_no_keyword_of_two() -> None:
    for one, other in combinations(LANGUAGES.values(), 2):
        for spelling in set(one.keywords) & set(other.keywords):
            assert one.keywords[spelling] == other.keywords[spelling]


@_TABLES
def test_every_keyword_is_a_name_in_backticks(table: Vocabulary) -> None:
    for spelling in table.keywords:
        if " " not in spelling:
            assert parse(Source("x", f'measure `{spelling}` "x"'))[1] == ()


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_no_keyword_of_any_language_is_a_name_without_them(language: str) -> None:
    own = LANGUAGES[language]  # type: ignore[index]
    for table in LANGUAGES.values():
        for spelling in table.keywords:
            text = f'# ngôn ngữ: {language}\n{own.spell("MEASURE")} {spelling} "x"'
            assert parse(Source("x", text))[1], spelling

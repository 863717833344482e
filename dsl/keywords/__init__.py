"""Keywords per spoken language: one table a language, the same grammar under all of them.

A new language is a module beside en.py and vi.py and a row in `_TABLES`. What a keyword stands for is grammar.lark's
matter; how words become tokens is scan.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from dsl.diagnostics import Language
from dsl.keywords import en, vi


@dataclass(frozen=True, slots=True)
class Spelling:
    """A keyword (`word` None) or one word of a vocabulary, as one language writes it."""

    terminal: str
    word: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language, ready for the scanner and the formatter.

    keywords: spelling -> terminal. words: terminal -> spelling -> the word of the tree. phrases: first word -> the
    spellings of several words it begins, longest first. spelled: (terminal, word of the tree or None) -> spellings,
    the last is for other numbers than one.
    """

    language: Language
    keywords: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, tuple[str, ...]]
    spelled: Mapping[tuple[str, str | None], tuple[str, ...]]

    def spell(self, terminal: str, word: str | None = None, *, one: bool = False) -> str:
        """How this language writes a keyword or a vocabulary's word; `one`: after the number one."""
        spellings = self.spelled[terminal, word]
        return spellings[0] if one else spellings[-1]


def _vocabulary(
    language: Language,
    keywords: Mapping[str, str | tuple[str, str]],
    words: Mapping[str, Mapping[str, str]],
) -> Vocabulary:
    spelled: dict[tuple[str, str | None], tuple[str, ...]] = {
        (terminal, None): (spelling,) if isinstance(spelling, str) else spelling
        for terminal, spelling in keywords.items()
    }
    for terminal, table in words.items():
        spelled |= {(terminal, word): (spelling,) for word, spelling in table.items()}
    phrases: dict[str, list[str]] = {}
    for spelling in {spelling for spellings in spelled.values() for spelling in spellings}:
        first, _, rest = spelling.partition(" ")
        if rest:
            phrases.setdefault(first, []).append(spelling)
    return Vocabulary(
        language=language,
        keywords=MappingProxyType(
            {text: terminal for (terminal, word), texts in spelled.items() if word is None for text in texts}
        ),
        words=MappingProxyType(
            {
                terminal: {spelling: word for word, spelling in table.items()}
                for terminal, table in words.items()
            }
        ),
        phrases=MappingProxyType(
            {
                first: tuple(sorted(found, key=lambda text: (-len(text), text)))
                for first, found in phrases.items()
            }
        ),
        spelled=MappingProxyType(spelled),
    )


_TABLES: Mapping[Language, Vocabulary] = MappingProxyType(
    {
        "en": _vocabulary("en", en.KEYWORDS, en.WORDS),
        "vi": _vocabulary("vi", vi.KEYWORDS, vi.WORDS),
    }
)

LANGUAGES: Mapping[Language, Vocabulary] = _TABLES

# What follows decides how a vocabulary's word is read: the terminal before it -> the vocabulary. A chart's mark
# stands after its title; the scanner knows.
WORDS_AFTER: Mapping[str, str] = MappingProxyType(
    {
        "KIND": "KIND_WORD",
        "OF_WHICH": "MODE",
        "STUB": "STUB_WORD",
        "ROLLUP": "ROLLUP_RULE",
        "OVER_TIME": "TIME_RULE",
        "PIPE": "FILTER",
    }
)

# Keywords that are functions too: before an opening parenthesis they are names, in every language.
FUNCTION_NAMES = frozenset({"max"})

RESERVED: frozenset[str] = frozenset(text for table in _TABLES.values() for text in table.keywords)


def _neighbours(tables: Iterable[Vocabulary]) -> frozenset[tuple[str, str]]:
    pairs: set[tuple[str, str]] = set()
    for table in tables:
        for phrases in table.phrases.values():
            for phrase in phrases:
                words = phrase.split(" ")
                pairs.update(pairwise(words))
    return frozenset(pairs)


# Two words that stand side by side in some keyword: a name must not complete such a pair by accident.
NEIGHBOURS: frozenset[tuple[str, str]] = _neighbours(_TABLES.values())

"""Which keyword a misspelt word may have meant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from dsl.diagnostics import Language
from dsl.keywords import LANGUAGES

# The distance of one letter. A word in other case or without its Vietnamese marks is nearer.
SLIP = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A keyword or a word of a vocabulary near to what was written. text: what its token holds."""

    terminal: str
    spelling: str
    text: str
    distance: int


@lru_cache(maxsize=1024)
def near_keywords(written: str, language: Language, vocabulary: str) -> tuple[Candidate, ...]:
    """Keywords spelt nearly as `written`, and words of the vocabulary expected there, the nearest first.

    Case and Vietnamese marks count for less than a letter: `cac cot` means `các cột`. Words of the vocabulary in
    another language are offered in this one's spelling.
    """
    table = LANGUAGES[language]
    known = [(terminal, spelling, spelling) for spelling, terminal in table.keywords.items()]
    found = []
    if vocabulary:
        known += [(vocabulary, spelling, word) for spelling, word in table.words[vocabulary].items()]
        for other in LANGUAGES.values():
            word = other.words[vocabulary].get(written)
            if word and other is not table:
                found.append(Candidate(vocabulary, table.spell(vocabulary, word), word, 0))
    folded = _folded(" ".join(written.split()))
    for terminal, spelling, text in known:
        limit = _limit(len(spelling))
        if abs(len(spelling) - len(folded)) > limit:
            continue
        edits = _edits(folded, _folded(spelling))
        if edits <= limit:
            found.append(Candidate(terminal, spelling, text, SLIP * edits or 1))
    return tuple(sorted(found, key=lambda candidate: (candidate.distance, candidate.spelling)))


def _limit(length: int) -> int:
    """How many letters may differ in a word of this length."""
    if length < 4:
        return 0 if length < 3 else 1
    return 1 if length < 6 else 2


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _edits(a: str, b: str) -> int:
    """Letters put in, left out, changed or swapped with their neighbour between the two."""
    before_last: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]

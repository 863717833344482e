"""Which keyword a misspelt word may have meant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from dsl.diagnostics import Language
from dsl.keywords import LANGUAGES


@dataclass(frozen=True, slots=True)
class Candidate:
    """A keyword or a word of a vocabulary near to what was written. text: what its token holds."""

    terminal: str
    spelling: str
    text: str
    distance: int


def near_keywords(written: str, language: Language, vocabulary: str) -> list[Candidate]:
    """Keywords spelt nearly as `written`, and words of the vocabulary expected there, the nearest first.

    Case and Vietnamese marks count for less than a letter: `cac cot` means `các cột`. Words of the vocabulary in
    another language are offered in this one's spelling.
    """
    table = LANGUAGES[language]
    known = [(terminal, spelling, spelling) for spelling, terminal in table.keywords.items()]
    if vocabulary:
        known += [(vocabulary, spelling, word) for spelling, word in table.words[vocabulary].items()]
        known += [
            (vocabulary, table.spell(vocabulary, word), word)
            for other in LANGUAGES.values()
            for spelling, word in other.words[vocabulary].items()
            if spelling == written and other is not table
        ]
    folded = _folded(" ".join(written.split()))
    found = []
    for terminal, spelling, text in known:
        limit = _limit(len(spelling))
        if abs(len(spelling) - len(folded)) > limit and spelling not in written and vocabulary == "":
            continue
        same = _folded(spelling)
        distance = 2 * _edits(folded, same)
        if same == folded:
            distance = 1
        if distance <= 2 * limit:
            found.append(Candidate(terminal, spelling, text, distance))
    if vocabulary:
        for other in LANGUAGES.values():
            word = other.words[vocabulary].get(written)
            if word and other is not table:
                found.append(Candidate(vocabulary, table.spell(vocabulary, word), word, 0))
    return sorted(found, key=lambda candidate: (candidate.distance, candidate.spelling))


def _limit(length: int) -> int:
    """How many letters may differ in a word of this length."""
    if length < 4:
        return 0 if length < 3 else 1
    return 1 if length < 6 else 2


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

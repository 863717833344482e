"""Names for what only had a heading: from Vietnamese words to identifiers, by one stated rule.

A code makes the name where there is one: column (3) is `c3`, row 1.2 is `r1_2`, row I is `I`. Otherwise the words do:
without marks and in lower case, đ as d, all else than letters and digits an underscore, at most four words and 30
letters ("Tỷ lệ đúng hạn" → `ty_le_dung_han`). A name that begins with a digit, or is a keyword in either language, gets
its letter before it; one that is taken gets _2, _3 … behind.
"""

from __future__ import annotations

import re
import unicodedata

from dsl.keywords import FUNCTION_NAMES, RESERVED

_LONGEST = 30
_WORDS = 4
_FUNCTIONS = frozenset(
    ["sum", "count", "min", "max", "mean", "abs", "round", "blank", "prior", "last_year", "ytd"]
)
_EMPTY_WORDS = frozenset(["cua", "va", "cac", "cho", "theo", "o", "tai", "ve", "do", "duoc"])


def words_of(text: str) -> list[str]:
    """The words of a text as names have them."""
    unmarked = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(letter for letter in unmarked if not unicodedata.combining(letter)).lower()
    return re.findall(r"[a-z0-9]+", letters)


class Names:
    """The names given so far in one scope; none is given twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of_code(self, code: str, letter: str) -> str:
        """A name made of a printed code."""
        made = "_".join(words_of(code)) if not re.fullmatch(r"[IVXLC]+", code) else code
        if not re.fullmatch(r"[IVXLC]+", made):
            made = f"{letter}{made}"
        return self._free(made, letter)

    def of_name(self, name: str, letter: str) -> str:
        """A name that was one already, as the language writes names."""
        return self._free("_".join(words_of(name))[:60].strip("_"), letter)

    def of_words(self, text: str, letter: str, most: int = _WORDS) -> str:
        """A name made of a heading, of at most so many of its words."""
        words = words_of(text)
        kept = [word for word in words if word not in _EMPTY_WORDS] or words or [letter]
        made = ""
        for word in kept[:most]:
            longer = f"{made}_{word}" if made else word[:_LONGEST]
            if len(longer) > _LONGEST:
                break
            made = longer
        return self._free(made, letter)

    def _free(self, wanted: str, letter: str) -> str:
        if not re.match(r"[A-Za-z]", wanted):
            wanted = f"{letter}{wanted}"
        if wanted in RESERVED | FUNCTION_NAMES | _FUNCTIONS:
            wanted = f"{letter}_{wanted}"
        name, number = wanted, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name.casefold())
        return name

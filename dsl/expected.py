"""What the parser would have taken, in the author's words: terminals gathered into the things they begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dsl.diagnostics import Language
from dsl.keywords import LANGUAGES
from dsl.tokens import terminals

# Terminals that stand together for one thing: a term of the message catalogue. The first set that is wholly there
# takes its terminals away, so the greater ones come first.
_THINGS: tuple[tuple[str, frozenset[str]], ...] = (
    ("value", terminals("NUMBER PERCENTAGE NAME LPAR MINUS IF")),
    ("value", terminals("NUMBER PERCENTAGE NAME LPAR MINUS")),
    ("value", terminals("NUMBER PERCENTAGE NAME LPAR")),
    ("attribute", terminals("INTEGER CODE ROLLUP NOTE")),
    ("operator", terminals("PLUS STAR")),
    ("comparison", terminals("EQ NE LT")),
)
_COVERED: dict[str, frozenset[str]] = {
    "value": terminals("NUMBER PERCENTAGE NAME LPAR MINUS IF NOT TRUE FALSE STRING"),
    "attribute": terminals(
        """INTEGER DECIMAL PERCENT MONEY TEXT DATE BOOLEAN CHOICE REQUIRED MAX CODE NOTE FIRST LAST ROLLUP
    OVER_TIME MEASURE INDICATOR RENAMED_FROM EQ LT LE GT GE FROM UNTIL SHOWN_WHEN
    REQUIRED_WHEN"""
    ),
    "operator": terminals("PLUS MINUS STAR SLASH"),
    "comparison": terminals("EQ NE LT LE GT GE"),
}
_TERMS = {
    "NAME": "name",
    "STRING": "text",
    "SENTENCE_TEXT": "text",
    "NUMBER": "number",
    "PERCENTAGE": "percentage",
    "DATE_LITERAL": "date",
    "VERSION": "version",
    "_END": "end_of_item",
    "$END": "end_of_file",
    "KIND_WORD": "kind_word",
    "MODE": "mode",
    "STUB_WORD": "stub_word",
    "ROLLUP_RULE": "rollup_rule",
    "TIME_RULE": "time_rule",
    "MARK": "mark",
    "FILTER": "filter",
}
SIGNS = {
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "COLON": ":",
    "DOT": ".",
    "DOTDOT": "..",
    "PIPE": "|",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "EQ": "=",
    "NE": "<>",
    "LT": "<",
    "LE": "<=",
    "GT": ">",
    "GE": ">=",
    "INSERT_END": "}",
}
"""The terminals that are signs, as they are written."""
_NEVER_SAID = terminals("ERROR INSERT_START")

# Keywords that begin an item of some block.
_ITEMS = terminals(
    """PACKAGE USE OWNER LICENCE MEASURE LIST INDICATOR CONCEPT METHOD SOURCE REGIME BASIS KIND PERIOD FILLED_BY
    GOES_TO DUE SIGN EFFECTIVE UNVERIFIED TABLE FORM LANDSCAPE PORTRAIT FOOTNOTE COLUMNS GROUP ROWS STUB ROW EACH MANY
    OF_WHICH CELL CHECK WARN OUTLINE SECTION PROMPT TEXT FIELD SAY CHART EXAMPLE GIVEN EXPECT FAILS HOLDS"""
)


def is_item_keyword(terminal: str) -> bool:
    """Does this keyword begin an item in some block?"""
    return terminal in _ITEMS


def expected(accepted: Iterable[str], language: Language) -> str:
    """The terminals as pieces of a message (see syntax.toml): terms, and keywords and signs in backticks."""
    left = set(accepted) - _NEVER_SAID
    pieces: list[str] = []
    for term, whole in _THINGS:
        if whole <= left:
            pieces.append(term)
            left -= _COVERED[term]
    pieces += [term for terminal, term in _TERMS.items() if terminal in left]
    table = LANGUAGES[language]
    pieces += [f"`{spelling}`" for spelling in _keywords_in_order(table.spelled, left)]
    pieces += [f"`{sign}`" for terminal, sign in SIGNS.items() if terminal in left]
    return "\n".join(dict.fromkeys(pieces))


def _keywords_in_order(
    spelled: Mapping[tuple[str, str | None], tuple[str, ...]], left: set[str]
) -> list[str]:
    return [texts[-1] for (terminal, word), texts in spelled.items() if word is None and terminal in left]

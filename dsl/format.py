"""The one way to lay out a source, and its keywords in either spoken language.

An item a line, two spaces a level, one blank line at most, comments kept where they stand. A block that its author
wrote on one line stays on one, and a line broken inside an item stays broken: what is long and what belongs together
is the author's to say. The first line always names the language. Spans apart, the tree stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

from dsl.diagnostics import Diagnostic, Language
from dsl.keywords import FUNCTION_NAMES, LANGUAGES, NEIGHBOURS, RESERVED, WORDS_AFTER, Vocabulary
from dsl.parse import parse
from dsl.scan import LANGUAGE_LINE, Scan, scan
from dsl.span import Source
from dsl.tokens import Token, terminals
from dsl.width import width

_INDENT = "  "
_CONTINUED = "    "

_TYPES = terminals("INTEGER DECIMAL PERCENT MONEY TEXT DATE BOOLEAN CHOICE")
_CALLED = _TYPES | {"NAME"}
_TIGHT_BEFORE = terminals("COMMA COLON RPAR RSQB DOT INSERT_START INSERT_END SENTENCE_TEXT")
_TIGHT_AFTER = terminals("LPAR LSQB DOT INSERT_START INSERT_END SENTENCE_TEXT")
_ENDS_A_VALUE = terminals("NAME NUMBER PERCENTAGE STRING RPAR TRUE FALSE")
_DAYS = terminals("DAYS WORKING_DAYS")


def format_file(source: Source, language: Literal["en", "vi"] | None = None) -> str | tuple[Diagnostic, ...]:
    """The source laid out, its keywords in `language` (None: in its own).

    A source with errors is not touched: the diagnostics are the answer.
    """
    _, diagnostics = parse(source)
    if diagnostics:
        return diagnostics
    scanned = scan(source)
    table = LANGUAGES[language or scanned.origin.language]
    layout = _Layout(source, scanned, table)
    layout.run()
    lines = [_language_line(source, table.language), *_with_comments(layout.lines)]
    return "\n".join(lines) + "\n"


def _language_line(source: Source, language: Language) -> str:
    found = LANGUAGE_LINE.match(source.text)
    if not found:
        return f"# ngôn ngữ: {language}"
    rest = source.line(1)[found.end() :].rstrip()
    return f"# ngôn ngữ: {language}{rest}"


@dataclass(slots=True)
class _Line:
    depth: int
    text: str
    comment: str = ""
    continued: bool = False

    @property
    def code(self) -> str:
        blanks = _INDENT * self.depth + (_CONTINUED if self.continued else "")
        return blanks + self.text if self.text else ""


def _with_comments(lines: list[_Line]) -> Iterator[str]:
    """Lines as text. Comments behind code stand below each other where lines follow each other."""
    for behind, group in groupby(lines, key=lambda line: bool(line.text and line.comment)):
        block = list(group)
        column = max(width(line.code) for line in block) + 2 if behind else 0
        for line in block:
            if behind:
                yield line.code + " " * (column - width(line.code)) + line.comment
            elif line.comment:
                yield _INDENT * line.depth + (_CONTINUED if line.continued else "") + line.comment
            else:
                yield line.code


class _Layout:
    """One walk over the tokens, writing `lines`."""

    def __init__(self, source: Source, scanned: Scan, table: Vocabulary) -> None:
        has_language = LANGUAGE_LINE.match(source.text) is not None
        self._text = source.text
        self._tokens = scanned.tokens
        self._comments = scanned.comments[1:] if has_language else scanned.comments
        self._table = table
        self._end = len(source.line(1)) if has_language else 0  # how far the text is laid out
        self._next_comment = 0
        self._depth = 0
        self.lines: list[_Line] = []

    def run(self) -> None:
        """Lays all tokens and comments out."""
        one_line = self._one_line_blocks()
        inside: list[bool] = []  # for each open block: does it stand on one line?
        previous: Token | None = None
        before: Token | None = None  # the one before `previous`
        item: Token | None = None  # the first of its item
        fresh = True  # the next token begins an item
        for place, token in enumerate(self._tokens):
            if token.type == "_END":
                fresh = True
                continue
            item = token if fresh else item
            if token.type == "LBRACE":
                self._append(" {")
                inside.append(one_line[place])
                self._depth += not one_line[place]
            elif token.type == "RBRACE":
                if inside.pop():
                    self._append("}" if previous and previous.type == "LBRACE" else " }")
                else:
                    self._gap(token.start, closing=True)
                    self._depth -= 1
                    self._begin("}")
            elif fresh and inside and inside[-1]:
                self._append((" " if previous and previous.type == "LBRACE" else "; ") + self._spell(place))
            elif fresh:
                self._gap(token.start)
                self._begin(self._spell(place))
            elif "\n" in self._text[self._end : token.start]:
                self._gap(token.start, continued=True)
                self._begin(self._spell(place), continued=True)
            else:
                blank = " " if _spaced(before, previous, token, item) else ""
                self._append(blank + self._spell(place))
            fresh = token.type == "LBRACE"
            # A comment before a brace on a line of its own goes behind the brace.
            if not fresh or not self._comment_before(token.start):
                self._end = token.end
            before, previous = previous, token
        self._gap(len(self._text), closing=True)

    # Lines

    def _begin(self, text: str, *, continued: bool = False) -> None:
        self.lines.append(_Line(self._depth, text, continued=continued))

    def _append(self, text: str) -> None:
        self.lines[-1].text += text

    def _gap(self, stop: int, *, closing: bool = False, continued: bool = False) -> None:
        """The comments and blank lines from the last token to the next, at `stop`."""
        position = self._end
        while self._next_comment < len(self._comments) and self._comments[self._next_comment].start < stop:
            comment = self._comments[self._next_comment]
            self._next_comment += 1
            text = self._text[comment.start : comment.end].rstrip()
            between = self._text[position : comment.start]
            if "\n" not in between and self.lines and self.lines[-1].text and not self.lines[-1].comment:
                self.lines[-1].comment = text
            else:
                if not continued:
                    self._blank(between)
                self.lines.append(_Line(self._depth, "", text, continued))
            position = comment.end
        if not closing and not continued:
            self._blank(self._text[position:stop])

    def _blank(self, between: str) -> None:
        """A blank line where the author left at least one, but none at the start of a block."""
        opens = self.lines and self.lines[-1].text.endswith("{")
        if between.count("\n") > 1 and not opens:
            self.lines.append(_Line(0, ""))

    def _comment_before(self, stop: int) -> bool:
        return self._next_comment < len(self._comments) and self._comments[self._next_comment].start < stop

    def _one_line_blocks(self) -> dict[int, bool]:
        """For each opening brace, by its place: does its block stand on one line?"""
        flat: dict[int, bool] = {}
        opened: list[int] = []
        for place, token in enumerate(self._tokens):
            if token.type == "LBRACE":
                opened.append(place)
            elif token.type == "RBRACE":
                brace = opened.pop()
                flat[brace] = "\n" not in self._text[self._tokens[brace].start : token.end]
        return flat

    # Words

    def _spell(self, place: int) -> str:
        token = self._tokens[place]
        written = self._text[token.start : token.end]
        if token.type == "NAME":
            return f"`{token.text}`" if self._needs_backticks(place) else token.text
        if token.type == "STRING":
            return written if written.endswith('"') and token.text == written else _inside_sentence(token)
        key = (token.type, None if (token.type, None) in self._table.spelled else token.text)
        if key not in self._table.spelled:
            return written
        before = self._tokens[place - 1] if place else None
        one = token.type in _DAYS and before is not None and before.text == "1"
        return self._table.spell(*key, one=one)

    def _needs_backticks(self, place: int) -> bool:
        """Would this name be read as a keyword, or as a part of one, in some language?"""
        tokens = self._tokens
        name = tokens[place].text
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        before = tokens[place - 1] if place else None
        if name in RESERVED:
            return not (name in FUNCTION_NAMES and after is not None and after.type == "LPAR")
        if before is not None and before.type in WORDS_AFTER:
            vocabulary = WORDS_AFTER[before.type]
            if any(name in table.words[vocabulary] for table in LANGUAGES.values()):
                return True
        return any((word, name) in NEIGHBOURS for word in _words(before, last=True)) or any(
            (name, word) in NEIGHBOURS for word in _words(after, last=False)
        )


def _inside_sentence(token: Token) -> str:
    """A text in a formula in a sentence: its quotes are escaped there."""
    return '\\"' + token.text[1:-1] + '\\"'


def _words(token: Token | None, *, last: bool) -> frozenset[str]:
    """The last or first words of a token in all languages, where it is made of words."""
    if token is None:
        return frozenset()
    return frozenset((token.text,)) if token.type == "NAME" else _keyword_words(token.type, token.text, last)


@lru_cache(maxsize=1024)
def _keyword_words(terminal: str, text: str, last: bool) -> frozenset[str]:
    return frozenset(
        spelling.split(" ")[-1 if last else 0]
        for table in LANGUAGES.values()
        for key in ((terminal, None), (terminal, text))
        for spelling in table.spelled.get(key, ())
    )


def _spaced(before: Token | None, left: Token | None, right: Token, item: Token | None) -> bool:
    """Is there a space between two tokens of a line? before: the one before `left`; item: the first of their item."""
    if left is None:
        return False
    if left.type == "SAY":
        return True
    if right.type in _TIGHT_BEFORE or left.type in _TIGHT_AFTER:
        return False
    if right.type in ("LPAR", "LSQB"):
        return left.type not in (_CALLED if right.type == "LPAR" else {"NAME"}) and not _is_sign(
            before, left, item
        )
    return not _is_sign(before, left, item)


def _is_sign(before: Token | None, token: Token, item: Token | None) -> bool:
    """Is this plus or minus the sign of what follows, not an operation?"""
    if token.type not in ("PLUS", "MINUS"):
        return False
    return before is None or before.type not in _ENDS_A_VALUE or (item is not None and item.type == "DUE")

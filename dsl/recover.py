"""Drives the parser over the tokens, and goes on after an error: one bad item costs one item, a slip not even that.

At a token that fits nowhere, repairs are tried in turn, from the surest: a keyword misspelt or of another language, a
keyword where a name stands, quotes left out, a brace or a line end left out. A repair holds when the parser accepts it
together with what follows. Where none does, the item is given up: the parser goes back to the state before it, takes
ERROR in its place, and reads on behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lark import UnexpectedToken

from dsl.blocks import Balanced, close_block, indentation, line_indentation, report_extra
from dsl.diagnostics import Diagnostic, Fix, Label
from dsl.expected import expected, is_item_keyword
from dsl.keywords import LANGUAGES, RESERVED, WORDS_AFTER
from dsl.machine import Machine
from dsl.near import SLIP, Candidate, near_keywords
from dsl.span import Source, Span
from dsl.tokens import MAX_ERRORS, Token

# What may be put in for something that is missing, so that a block behind a bad header is read all the same.
_FILLINGS: tuple[tuple[str, ...], ...] = ((), ("STRING",), ("NAME",), ("NAME", "STRING"))
_PLACEHOLDERS = {"NAME": "", "STRING": '""'}

# How many tokens before an error a misspelt keyword is looked for.
_FAR_BACK = 8

# What the scanner reports and can't mend: an error of the parser in the same item may well follow from it.
_UNMENDED = frozenset({"BIEU0010", "BIEU0011", "BIEU0028", "BIEU0029", "BIEU0033"})

_NO_VALUES: Mapping[str, str] = MappingProxyType({})

_OPERATORS = frozenset(("PLUS", "MINUS", "STAR", "SLASH", "EQ", "NE", "LT", "LE", "GT", "GE", "AND", "OR"))


class Reader:
    """One reading of one source: the parser's state, the tokens, and the place among them."""

    def __init__(self, source: Source, balanced: Balanced) -> None:
        self._source = source
        self._tokens = balanced.tokens
        self._missing = balanced.missing
        self._machine = Machine()
        self._place = 0
        self._errors = 0

    def read(self) -> Sequence[Any]:
        """The file's items that could be read. What could not is among the problems of the tokens' origin."""
        tokens = self._tokens
        feed = self._machine.feed
        while tokens:
            try:
                while self._place < len(tokens):
                    feed(tokens[self._place])
                    self._place += 1
            except UnexpectedToken:
                if self._errors == MAX_ERRORS:
                    self._report("BIEU0008", tokens[self._place].span, values={"limit": str(MAX_ERRORS)})
                    self._lose(0, len(tokens))
                    break
                self._errors += 1
                self._repair()
                continue
            around = self._open_braces()
            if not around:
                return self._machine.finish(self._sign("$END", tokens[-1].end))
            close_block(self._source, tokens, around[0])
            self._missing = max(0, self._missing - 1)
        return ()

    # Repairs

    def _repair(self) -> None:
        """One error mended or passed over. Afterwards the parser stands before a token it can take, or the end."""
        token = self._tokens[self._place]
        start = self._item_start()
        damaged = self._reported_between(self._tokens[start].start, token.end)
        if damaged:
            self._give_up()
            return
        repairs = (
            self._place_brace,
            self._drop_brace,
            self._put_in_quotes,
            self._write_number,
            self._translate_keyword,
            self._spell_keyword,
            self._quote_name,
            self._end_line,
        )
        for repair in repairs:
            if repair(token, start):
                return
        self._report_unexpected(token, start)
        self._give_up()

    def _place_brace(self, token: Token, start: int) -> bool:
        """A `}` is missing: the token fits once blocks around it are closed.

        Where as many braces close as open, one may still be missing here and another too many later: then the
        indentation must agree.
        """
        if start != self._place:
            return False
        for count in range(1, max(self._missing, self._shallower(token)) + 1):
            closing = [self._sign(kind, token.start) for _ in range(count) for kind in ("RBRACE", "_END")]
            if self._machine.accepts([*closing, token]):
                before = self._tokens[: self._place]
                for brace in self._open_braces()[:count]:
                    close_block(self._source, before, brace)
                self._missing = max(0, self._missing - count)
                self._tokens[: self._place] = before  # they are fed next
                return True
        return False

    def _shallower(self, token: Token) -> int:
        """How many of the open blocks begin no less deep than this token's line, if it is the first there."""
        own = indentation(self._source, token.start)
        count = 0
        for brace in self._open_braces() if own is not None else ():
            if own is None or line_indentation(self._source, brace.start) < own:
                break
            count += 1
        return count

    def _drop_brace(self, token: Token, _start: int) -> bool:
        """A `}` where no block is open."""
        if token.type != "RBRACE" or self._open_braces():
            return False
        report_extra(token)
        del self._tokens[self._place : self._place + 2]
        return True

    def _put_in_quotes(self, token: Token, _start: int) -> bool:
        """A printed code or a version without quotes where a text must stand."""
        is_code = token.type == "NAME" and self._before().type == "CODE"
        if not is_code and token.type not in ("NUMBER", "VERSION", "JOINED", "PERCENTAGE", "DATE_LITERAL"):
            return False
        text = Token("STRING", f'"{token.text}"', token.start, token.end, token.origin)
        if not self._machine.accepts([text]):
            return False
        self._report("BIEU0022", token.span, fix=Fix(token.span, text.text), values={"found": token.text})
        self._tokens[self._place] = text
        return True

    def _write_number(self, token: Token, _start: int) -> bool:
        """`1,5` and `1.000.000`: numbers as they are printed, not as they are written here."""
        tokens, place = self._tokens, self._place
        if token.type == "VERSION" and token.text[0] != "^":
            first, last, text = place, place, token.text.replace(".", "_")
        elif token.type == "COMMA" and place + 1 < len(tokens):
            first, last = place - 1, place + 1
            before, after = tokens[first], tokens[last]
            if not (before.type == "NUMBER" and after.type in ("NUMBER", "PERCENTAGE")):
                return False
            if before.end != token.start or after.start != token.end or "." in before.text:
                return False
            text = f"{before.text}.{after.text}"
        else:
            return False
        span = tokens[first].span.to(tokens[last].span)
        number = Token(tokens[last].type, text, span.start, span.end, token.origin)
        if token.type == "VERSION":
            number = number._replace(type="NUMBER")
        return self._replace(
            first, last + 1, number, "BIEU0016", {"found": self._source.text[span.start : span.end]}
        )

    def _translate_keyword(self, token: Token, start: int) -> bool:
        """A keyword of another spoken language where this language's stands."""
        if token.type != "FOREIGN":
            return False
        own = LANGUAGES[token.origin.language]
        for table in LANGUAGES.values():
            terminal = table.keywords.get(token.text)
            if terminal and table is not own:
                word = own.spell(terminal)
                values = {"found": token.text, "own": word, "language": table.language}
                keyword = Token(terminal, word, token.start, token.end, token.origin)
                if self._replace(self._place, self._place + 1, keyword, "BIEU0024", values):
                    return True
        return False

    def _quote_name(self, token: Token, _start: int) -> bool:
        """A reserved word where a name stands: it needs backticks."""
        reserved = token.type == "FOREIGN" or token.text in LANGUAGES[token.origin.language].keywords
        if not reserved or " " in token.text:
            return False
        name = token._replace(type="NAME")
        if not self._machine.accepts([name, *self._tokens[self._place + 1 : self._place + 2]]):
            return False
        self._report(
            "BIEU0023", token.span, fix=Fix(token.span, f"`{token.text}`"), values={"word": token.text}
        )
        self._tokens[self._place] = name
        return True

    def _spell_keyword(self, token: Token, start: int) -> bool:
        """A word of the item so far that is nearly a keyword, where the keyword makes the item go on.

        First what also fits what follows; then, as the next word may be misspelt too, what fits so far and is
        only a slip away.
        """
        before_item = self._machine.trial()
        before_item.back_to_item(self._error())
        for ahead in (1, 0):
            for place in range(self._place, max(start, self._place - _FAR_BACK) - 1, -1):
                fitting = [
                    (candidate, width)
                    for candidate, width in self._nearly(place)
                    if (ahead or candidate.distance <= SLIP)
                    and before_item.accepts(self._respelt(start, place, width, candidate, ahead)[0])
                ]
                if fitting:
                    self._respell(start, place, fitting, ahead)
                    return True
        return False

    def _nearly(self, place: int) -> list[tuple[Candidate, int]]:
        """The keywords that one to three words from `place` on may mean, the nearest first, with how many words."""
        found: list[tuple[Candidate, int]] = []
        for width in (3, 2, 1):
            words = self._tokens[place : place + width]
            if len(words) == width and _may_be_misspelt(words):
                written = self._source.text[words[0].start : words[-1].end]
                near = near_keywords(written, words[0].origin.language, self._vocabulary_at(place))
                found += [(candidate, width) for candidate in near]
        return sorted(found, key=lambda each: each[0].distance)

    def _respelt(
        self, start: int, place: int, width: int, candidate: Candidate, ahead: int
    ) -> tuple[list[Token], int]:
        """The item's tokens with the keyword in place of the words, so far and `ahead` more; and where they end."""
        tokens = self._tokens
        words = tokens[place : place + width]
        keyword = Token(candidate.terminal, candidate.text, words[0].start, words[-1].end, words[0].origin)
        return self._with_keyword(start, place, place + width, keyword, ahead)

    def _with_keyword(
        self, start: int, place: int, stop: int, keyword: Token, ahead: int
    ) -> tuple[list[Token], int]:
        """The tokens from `start` with `keyword` for those in [place, stop). What follows is read as its words."""
        tokens = self._tokens
        changed = [*tokens[start:place], keyword]
        words = LANGUAGES[keyword.origin.language].words.get(WORDS_AFTER.get(keyword.type, ""), {})
        for width in (3, 2, 1):
            following = tokens[stop : stop + width]
            meaning = words.get(" ".join(token.text for token in following))
            if meaning is not None:
                span = following[0].span.to(following[-1].span)
                changed.append(
                    Token(WORDS_AFTER[keyword.type], meaning, span.start, span.end, keyword.origin)
                )
                stop += width
                break
        end = max(self._place + 1, stop + ahead)
        return [*changed, *tokens[stop:end]], end

    def _respell(self, start: int, place: int, fitting: list[tuple[Candidate, int]], ahead: int) -> None:
        tokens = self._tokens
        nearest, width = fitting[0]
        best = [each for each, _ in fitting if each.distance == nearest.distance]
        span = tokens[place].span.to(tokens[place + width - 1].span)
        self._report(
            "BIEU0021",
            span,
            fix=Fix(span, nearest.spelling) if len(best) == 1 else None,
            values={
                "found": self._source.text[span.start : span.end],
                "meant": "\n".join(f"`{candidate.spelling}`" for candidate in best),
            },
        )
        changed, end = self._respelt(start, place, width, nearest, ahead)
        self._machine.back_to_item(self._error())
        tokens[start:end] = changed
        self._place = start

    def _end_line(self, token: Token, start: int) -> bool:
        """Two items on a line with nothing between them."""
        if start == self._place or token.type in ("_END", "RBRACE", "LBRACE"):
            return False
        end = self._sign("_END", token.start)
        following = self._tokens[self._place : self._place + 2]
        if len(following) < 2 or not self._machine.accepts([end, *following]):
            return False
        before = self._before().end
        fix = Fix(Span(self._source.name, before, before), ";")
        self._report("BIEU0026", token.span, fix=fix, values={"found": self._shown(token)})
        self._tokens.insert(self._place, end)
        return True

    # Giving up an item

    def _give_up(self) -> None:
        """Reads on behind the bad item; inside its block, where its header can be filled up."""
        if self._enter_block():
            return
        tokens = self._tokens
        start = self._item_start()
        self._machine.back_to_item(self._error())
        self._machine.feed(self._error())
        depth = 0
        while self._place < len(tokens):
            kind = tokens[self._place].type
            if kind == "_END" and depth == 0:
                break
            if kind == "RBRACE":
                if depth == 0:
                    break
                depth -= 1
            elif kind == "LBRACE":
                depth += 1
            self._place += 1
        else:
            self._place = len(tokens)
        self._lose(start, self._place)
        if self._place < len(tokens) and tokens[self._place].type == "_END":
            return
        at = tokens[self._place].start if self._place < len(tokens) else tokens[-1].end
        tokens.insert(self._place, self._sign("_END", at))

    def _lose(self, start: int, end: int) -> None:
        """Puts down what the items in this stretch were called, so that nobody is told again that they aren't there."""
        tokens = self._tokens
        for place in range(start, min(end, len(tokens))):
            if place == start or tokens[place - 1].type in ("_END", "LBRACE"):
                first = tokens[place]
                names = [token for token in tokens[place : min(place + 2, end)] if token.type == "NAME"]
                first.origin.lost += [name.text for name in names[:1]]
                if is_item_keyword(first.type):
                    first.origin.lost.append(first.type.lower().replace("_", " "))

    def _enter_block(self) -> bool:
        tokens = self._tokens
        brace = self._place
        while brace < len(tokens) and tokens[brace].type not in ("_END", "LBRACE", "RBRACE"):
            brace += 1
        if brace == len(tokens) or tokens[brace].type != "LBRACE":
            return False
        at = tokens[self._place].start
        for filling in _FILLINGS:
            put_in = [self._sign(kind, at, _PLACEHOLDERS[kind]) for kind in filling]
            if self._machine.accepts([*put_in, tokens[brace]]):
                for token in put_in:
                    self._machine.feed(token)
                self._place = brace
                return True
        return False

    # Saying what was expected

    def _report_unexpected(self, token: Token, start: int) -> None:
        values = {"expected": expected(self._machine.accepted(), token.origin.language)}
        found = self._shown(token)
        if token.type == "_END":
            last = self._before()
            span = Span(self._source.name, last.end, last.end)
            if span.end < len(self._source.text) and token.end > token.start:
                span = token.span
            self._report("BIEU0032", span, values=values)
            return
        if start == self._place and token.type in _OPERATORS and self._place > 0:
            self._report("BIEU0027", token.span, values={"found": found})
            return
        around = self._open_braces()
        labels: tuple[Label, ...] = ()
        if start == self._place and is_item_keyword(token.type):
            code = "BIEU0025"
            if around:
                header = self._header(around[0])
                labels = (Label(header.span, "block", {"block": self._shown(header)}),)
            else:
                code = "BIEU0034"
        else:
            code = "BIEU0020"
        self._report(code, token.span, labels=labels, values={"found": found, **values})

    def _shown(self, token: Token) -> str:
        return self._source.text[token.start : token.end] or "}"

    # Looking at the parser and the tokens

    def _replace(self, first: int, stop: int, token: Token, code: str, values: dict[str, str]) -> bool:
        """Puts `token` in the place of others of this item, if the parser then gets past the error."""
        start = self._item_start()
        tokens = self._tokens
        changed, end = self._with_keyword(start, first, stop, token, 1)
        trial = self._machine.trial()
        trial.back_to_item(self._error())
        if not trial.accepts(changed[: first - start + 2]):
            return False
        span = tokens[first].span.to(tokens[stop - 1].span)
        self._report(code, span, fix=Fix(span, token.text), values=values)
        self._machine.back_to_item(self._error())
        tokens[start:end] = changed
        self._place = start
        return True

    def _item_start(self) -> int:
        place = self._place
        while place > 0 and self._tokens[place - 1].type not in ("_END", "LBRACE"):
            place -= 1
        return place

    def _before(self) -> Token:
        """The last token before the error that isn't an end."""
        for place in range(self._place - 1, -1, -1):
            if self._tokens[place].type != "_END":
                return self._tokens[place]
        return self._tokens[self._place]

    def _open_braces(self) -> list[Token]:
        """The braces of the blocks open before the error, the innermost first."""
        depth = 0
        found: list[Token] = []
        for token in reversed(self._tokens[: self._place]):
            if token.type == "RBRACE":
                depth += 1
            elif token.type == "LBRACE":
                if depth == 0:
                    found.append(token)
                else:
                    depth -= 1
        return found

    def _header(self, brace: Token) -> Token:
        """The first token of the item whose block `brace` opens."""
        place = self._tokens.index(brace)
        while place > 0 and self._tokens[place - 1].type not in ("_END", "LBRACE"):
            place -= 1
        return self._tokens[place]

    def _vocabulary_at(self, place: int) -> str:
        tokens = self._tokens
        if place > 2 and tokens[place - 1].type == "STRING" and tokens[place - 3].type == "CHART":
            return "MARK"
        return WORDS_AFTER.get(tokens[place - 1].type, "") if place else ""

    def _reported_between(self, start: int, end: int) -> bool:
        """Is something reported in this stretch from which an error there may follow?"""
        return any(
            start <= problem.span.start < max(end, start + 1) and problem.code in _UNMENDED
            for problem in self._tokens[0].origin.problems
        )

    def _error(self) -> Token:
        return self._sign("ERROR", self._tokens[min(self._place, len(self._tokens) - 1)].start)

    def _sign(self, kind: str, at: int, text: str = "") -> Token:
        return Token(kind, text, at, at, self._tokens[0].origin)

    def _report(
        self,
        code: str,
        span: Span,
        *,
        fix: Fix | None = None,
        labels: tuple[Label, ...] = (),
        values: Mapping[str, str] = _NO_VALUES,
    ) -> None:
        self._tokens[0].origin.report(Diagnostic(code, span, values, labels, fix))


def _may_be_misspelt(words: Sequence[Token]) -> bool:
    """Words that may be one keyword with a slip in it: a name, or names and keywords side by side."""
    known = LANGUAGES[words[0].origin.language].keywords
    # A name in backticks is longer than its text.
    names = [
        word.type == "FOREIGN"
        or (word.type == "NAME" and word.end - word.start == len(word.text) and word.text not in RESERVED)
        for word in words
    ]
    return any(names) and all(name or word.text in known for name, word in zip(names, words, strict=True))

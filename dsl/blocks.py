"""Braces in balance: which block was not closed, or which brace closes nothing, told from the indentation.

A parser meets a forgotten brace far from where it is missing, often at the end of the file. Whoever writes a form
indents it, so where braces don't pair up, the first line that stands no deeper than the block it would lie in tells
which block should have ended before it; and of the closing braces the one is too many without which the lines stand
right. Only an unbalanced file is looked at this way; indentation means nothing else. What indentation can't tell,
recover.py decides from the grammar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from dsl.diagnostics import Diagnostic, Fix, Label
from dsl.scan import Scan
from dsl.span import Source, Span
from dsl.tokens import Token

# How many steps the search for braces too many may take: for each, braces that could be it times lines to look at.
_PATIENCE = 1_000_000


@dataclass(slots=True)
class Balanced:
    """Tokens to parse; `missing` closing braces are still to be placed."""

    tokens: list[Token]
    missing: int


@dataclass(slots=True)
class _Block:
    """An open block. indented: its first item stands deeper than its header, so that its lines tell something."""

    brace: Token
    indentation: int
    indented: bool = False


def balance(source: Source, scanned: Scan) -> Balanced:
    """The scanned tokens, with closing braces put in or taken out where the indentation shows the slip."""
    tokens = scanned.tokens
    missing = sum((token.type == "LBRACE") - (token.type == "RBRACE") for token in tokens)
    if missing > 0:
        return _close_blocks(source, tokens, missing)
    patience = _PATIENCE
    for _ in range(-missing):
        marks = _marks(source, tokens)
        candidates = [mark.place for mark in marks if mark.type == "RBRACE" and mark.own is not None]
        patience -= (len(candidates) + 1) * len(marks)
        if not candidates or patience < 0:
            break
        # Of several that are as good, the last: of two braces at one depth the first closes the block.
        extra = min(reversed(candidates), key=partial(_crooked, marks))
        report_extra(tokens[extra])
        tokens = [*tokens[:extra], *tokens[extra + 2 :]]  # and the end of the block's item
    return Balanced(tokens, 0)


def _close_blocks(source: Source, tokens: Sequence[Token], missing: int) -> Balanced:
    balanced: list[Token] = []
    open_blocks: list[_Block] = []
    item_indentation = 0
    for position, token in enumerate(tokens):
        if position == 0 or tokens[position - 1].type in ("_END", "LBRACE"):
            item_indentation = line_indentation(source, token.start)
            own = indentation(source, token.start)
            if own is not None:
                if open_blocks and tokens[position - 1].type == "LBRACE":
                    open_blocks[-1].indented = own > open_blocks[-1].indentation
                while missing > 0 and _should_have_ended(open_blocks, token, own):
                    close_block(source, balanced, open_blocks.pop().brace)
                    missing -= 1
        if token.type == "LBRACE":
            open_blocks.append(_Block(token, item_indentation))
        elif token.type == "RBRACE" and open_blocks:
            open_blocks.pop()
        balanced.append(token)
    return Balanced(balanced, missing)


def _should_have_ended(open_blocks: list[_Block], token: Token, own: int) -> bool:
    """Does the innermost block end before this token, which is the first of its line?"""
    if not open_blocks or not open_blocks[-1].indented:
        return False
    outer = open_blocks[-1].indentation
    if token.type == "RBRACE":
        return own < outer and len(open_blocks) > 1
    return own <= outer


def close_block(source: Source, tokens: list[Token], brace: Token) -> None:
    """Puts the brace that closes `brace`'s block at the end of `tokens`, and says that it was missing there."""
    last = next((token for token in reversed(tokens) if token.type != "_END"), brace)
    span = Span(source.name, last.end, last.end)
    blanks = " " * line_indentation(source, brace.start)
    brace.origin.report(
        Diagnostic(
            "BIEU0030",
            span,
            {"line": str(source.position(brace.start)[0])},
            labels=(Label(brace.span, "opener"),),
            fix=Fix(span, f"\n{blanks}}}"),
        )
    )
    tokens += (Token(kind, "", last.end, last.end, brace.origin) for kind in ("RBRACE", "_END"))


@dataclass(frozen=True, slots=True)
class _Mark:
    """What balance needs of a token: its place, whether it opens or closes a block, and how deep its line stands.

    own: None where it isn't the first of its line.
    """

    place: int
    type: str
    own: int | None
    header: int


def _marks(source: Source, tokens: Sequence[Token]) -> list[_Mark]:
    marks = []
    header = 0
    for place, token in enumerate(tokens):
        begins = place == 0 or tokens[place - 1].type in ("_END", "LBRACE")
        own = None
        if begins:
            header = line_indentation(source, token.start)
            own = indentation(source, token.start)
        if token.type in ("LBRACE", "RBRACE") or (own is not None and token.type != "_END"):
            marks.append(_Mark(place, token.type, own, header))
    return marks


def _crooked(marks: Sequence[_Mark], without: int) -> int:
    """How many lines don't stand as the braces say, leaving out the one at the place `without`."""
    headers: list[int] = []
    items: list[int | None] = [0]  # how deep the first item of each open block stands, the file's first
    crooked = 0
    for mark in marks:
        if mark.place == without:
            continue
        if mark.type == "RBRACE":
            crooked += not headers or (mark.own is not None and mark.own != headers[-1])
            if headers:
                del headers[-1], items[-1]
            continue
        if mark.own is not None:
            items[-1] = mark.own if items[-1] is None else items[-1]
            crooked += mark.own != items[-1] or bool(headers and mark.own <= headers[-1])
        if mark.type == "LBRACE":
            headers.append(mark.header)
            items.append(None)
    return crooked


def report_extra(brace: Token) -> None:
    """Says that a closing brace closes nothing."""
    brace.origin.report(Diagnostic("BIEU0031", brace.span, fix=Fix(brace.span, "")))


def indentation(source: Source, offset: int) -> int | None:
    """How deep the line at `offset` stands, where the offset is at its first character; else None."""
    _, column = source.position(offset)
    width = line_indentation(source, offset)
    return width if width == column - 1 else None


def line_indentation(source: Source, offset: int) -> int:
    """How many blanks the line at `offset` begins with."""
    start = end = source.line_starts[source.position(offset)[0] - 1]
    while end < len(source.text) and source.text[end] in " \t":
        end += 1
    return end - start

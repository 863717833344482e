"""Braces in balance: which block was not closed, or which brace closes nothing, told from the indentation.

A parser meets a forgotten brace far from where it is missing, often at the end of the file. Whoever writes a form
indents it, so where braces don't pair up, the first line that stands no deeper than the block it would lie in tells
which block should have ended before it. Only an unbalanced file is looked at this way; indentation means nothing else.
What indentation can't tell, recover.py decides from the grammar.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.diagnostics import Diagnostic, Fix, Label
from dsl.scan import Scan
from dsl.span import Source, Span
from dsl.tokens import Origin, Token


@dataclass(slots=True)
class Balanced:
    """Tokens to parse; `missing` closing braces are still to be placed."""

    tokens: list[Token]
    missing: int


@dataclass(frozen=True, slots=True)
class _Block:
    brace: Token
    indentation: int


def balance(source: Source, scanned: Scan) -> Balanced:
    """The scanned tokens, with closing braces put in or taken out where the indentation shows the slip."""
    tokens = scanned.tokens
    missing = sum((token.type == "LBRACE") - (token.type == "RBRACE") for token in tokens)
    if missing == 0:
        return Balanced(tokens, 0)
    origin = scanned.origin
    balanced: list[Token] = []
    open_blocks: list[_Block] = []
    item_indentation = 0
    for position, token in enumerate(tokens):
        begins = position == 0 or tokens[position - 1].type in ("_END", "LBRACE")
        own = indentation(source, token.start) if begins and token.type != "_END" else None
        if own is not None:
            while missing > 0 and _should_have_ended(open_blocks, token, own):
                close_block(source, balanced, open_blocks.pop().brace, origin)
                missing -= 1
        if begins:
            start = source.line_starts[source.position(token.start)[0] - 1]
            item_indentation = line_indentation(source.text, start)
        if token.type == "LBRACE":
            open_blocks.append(_Block(token, item_indentation))
        elif token.type == "RBRACE":
            outer = open_blocks[-1].indentation if open_blocks else -1
            if missing < 0 and own is not None and own > outer:
                _report_extra(token, origin)
                missing += 1
                continue
            if open_blocks:
                open_blocks.pop()
        elif token.type == "_END" and balanced and balanced[-1].type in ("_END", "LBRACE"):
            continue  # it ended what was just taken out
        balanced.append(token)
    return Balanced(balanced, max(0, missing))


def close_block(source: Source, tokens: list[Token], brace: Token, origin: Origin) -> None:
    """Puts the brace that closes `brace`'s block at the end of `tokens`, and says that it was missing there."""
    last = next((token for token in reversed(tokens) if token.type != "_END"), brace)
    span = Span(source.name, last.end, last.end)
    line, _ = source.position(brace.start)
    blanks = " " * line_indentation(source.text, source.line_starts[line - 1])
    origin.report(
        Diagnostic(
            "BIEU0030",
            span,
            {"line": str(line)},
            labels=(Label(brace.span, "opener"),),
            fix=Fix(span, f"\n{blanks}}}"),
        )
    )
    closing = (
        Token("RBRACE", "", last.end, last.end, brace.origin),
        Token("_END", "", last.end, last.end, brace.origin),
    )
    tokens.extend(closing)


def _report_extra(token: Token, origin: Origin) -> None:
    origin.report(Diagnostic("BIEU0031", token.span, fix=Fix(token.span, "")))


def _should_have_ended(open_blocks: list[_Block], token: Token, own: int) -> bool:
    """Does the innermost block end before this token, which is the first of its line?"""
    if not open_blocks:
        return False
    outer = open_blocks[-1].indentation
    if token.type == "RBRACE":
        return own < outer and len(open_blocks) > 1
    return own <= outer


def indentation(source: Source, offset: int) -> int | None:
    """How deep the line at `offset` stands, where the offset is at its first character; else None."""
    line, column = source.position(offset)
    width = line_indentation(source.text, source.line_starts[line - 1])
    return width if width == column - 1 else None


def line_indentation(text: str, start: int) -> int:
    """How many blanks the line that starts at `start` begins with."""
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return end - start

"""Parsing to our tree against Lark's own parse with positions, in one run on one text: at most 1.6 times.

Lark's own: the same grammar and the same work of words and line ends, through Lark's lexer, its tree and its
positions. Left to it are what only we do: our nodes, problems and their places, comments.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from lark import Lark, Token

from dsl.keywords import LANGUAGES, WORDS_AFTER
from dsl.parse import parse
from dsl.span import Source

_EXAMPLE = (Path(__file__).parents[1] / "good" / "worked_example.bieu").read_text(encoding="utf-8")


def two_thousand_lines() -> str:
    """The worked example's regime again and again. Its sentences, which Lark's lexer can't take apart, are prompts."""
    head, regime = _EXAMPLE.replace("say ", "prompt ").split("regime kstt_quy", 1)
    text = head
    while text.count("\n") < 2_000:
        text += f"regime r{text.count(chr(10))}" + regime
    return text


class _Lines:
    """Lark's hook between lexer and parser: phrases become keywords, and items end at line ends."""

    always_accept = ("NEWLINE", "SEMICOLON")

    def __init__(self) -> None:
        table = LANGUAGES["en"]
        self._keywords = table.keywords
        self._words = table.words
        self._firsts = set(table.phrases)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        last = "_END"
        depth = 0
        title = False
        held: Token | None = None
        for token in stream:
            kind = token.type
            if kind == "NAME":
                words = self._words.get(
                    "MARK" if title and last == "STRING" else WORDS_AFTER.get(last, ""), {}
                )
                joined = f"{held} {token}" if held is not None else ""
                if joined in self._keywords:
                    kind, held = self._keywords[joined], None
                elif held is not None:
                    held.type = last = self._keywords.get(held, "NAME")
                    yield held
                    held = None
                if kind == "NAME" and token in words:
                    kind = {"MARK": "MARK"}.get("MARK" if title else "") or WORDS_AFTER[last]
                elif kind == "NAME" and token in self._firsts:
                    held = token
                    continue
                elif kind == "NAME" and token in self._keywords:
                    kind = self._keywords[token]
                token.type = kind
            elif held is not None:
                held.type = last = self._keywords.get(held, "NAME")
                yield held
                held = None
            if kind in ("NEWLINE", "SEMICOLON"):
                if depth or last in ("_END", "LBRACE", "PLUS", "COMMA"):
                    continue
                token.type = kind = "_END"
            elif kind in ("LPAR", "LSQB"):
                depth += 1
            elif kind in ("RPAR", "RSQB"):
                depth -= 1
            elif kind == "RBRACE":
                if last not in ("_END", "LBRACE"):
                    yield Token.new_borrow_pos("_END", "", token)
                yield token
                token = Token.new_borrow_pos("_END", "", token)
                kind = "_END"
            title = kind == "CHART" or (title and kind in ("NAME", "STRING"))
            last = kind
            yield token


def larks_own() -> Callable[[str], object]:
    """Lark's parse of our grammar, with positions, as its manual has it."""
    text = files("dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    text += '\nNEWLINE: /\\n/\nSEMICOLON: ";"\n%ignore /[ \\t]+/\n%ignore /#[^\\n]*/\n'
    return Lark(
        re.sub(r"\binsert\b.*", "", text.replace("(SENTENCE_TEXT | insert)+", "STRING")),
        parser="lalr",
        lexer="basic",
        start="file",
        maybe_placeholders=True,
        propagate_positions=True,
        postlex=_Lines(),
    ).parse


def fastest(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        gc.collect()
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.alone
def test_parse_and_tree_take_at_most_1_6_times_larks_own_parse(
    record_testsuite_property: Callable[..., None],
) -> None:
    text = two_thousand_lines()
    source = Source("x.bieu", text)
    own = larks_own()
    assert len(own(text).children) == text.count("\nregime ") + 5  # type: ignore[attr-defined]
    assert parse(source)[1] == ()
    floor = fastest(lambda: own(text))
    ours = fastest(lambda: parse(source))
    record_testsuite_property("parse_over_larks_own", round(ours / floor, 2))
    print(
        f"{text.count(chr(10))} lines: Lark {floor * 1e3:.0f} ms, ours {ours * 1e3:.0f} ms, {ours / floor:.2f}"
    )
    assert ours <= 1.6 * floor

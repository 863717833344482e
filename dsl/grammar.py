"""The parse tables of grammar.lark, built once a process."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from lark import Lark

from dsl.build import Builder


@lru_cache(maxsize=1)
def grammar() -> Lark:
    """The parser whose reductions `build.py` turns into nodes; scan.py reads its terminals and feeds it."""
    return Lark(
        files("dsl").joinpath("grammar.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        strict=True,
        start="file",
        maybe_placeholders=True,
        transformer=Builder(),
    )

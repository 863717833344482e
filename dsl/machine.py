"""The LALR machine, as recover.py needs it: fed token by token, tried out, and taken back.

A thin face for Lark's interactive parser, whose own methods carry no types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, cast

from lark import UnexpectedToken

from dsl.grammar import grammar
from dsl.tokens import Token


class Machine:
    """A parser's state between two tokens. `feed` raises UnexpectedToken and then stands where it stood."""

    def __init__(self) -> None:
        self._parser: Any = cast("Any", grammar()).parse_interactive()
        self.feed: Callable[[Token], None] = self._parser.parser_state.feed_token

    def finish(self, end: Token) -> tuple[Any, ...]:
        """What the whole text became. `end` is of the type $END."""
        return cast("tuple[Any, ...]", self._parser.feed_token(end))

    def trial(self) -> Machine:
        """Another machine in this one's state, for trying: it builds no nodes."""
        other = Machine.__new__(Machine)
        other._parser = self._parser.copy(deepcopy_values=False)
        state = other._parser.parser_state
        state.parse_conf = copy(state.parse_conf)
        state.parse_conf.callbacks = {}
        other.feed = state.feed_token
        return other

    def accepts(self, tokens: Iterable[Token]) -> bool:
        """Would all these be taken, one after the other?"""
        other = self.trial()
        try:
            for token in tokens:
                other.feed(token)
        except UnexpectedToken:
            return False
        return True

    def accepted(self) -> set[str]:
        """The terminals that would be taken now."""
        return cast("set[str]", self._parser.accepts())

    def back_to_item(self, error: Token) -> None:
        """Drops what was read of the item at hand. `error` is a token of the type ERROR, which may stand next."""
        state = self._parser.parser_state
        while "ERROR" not in self._parser.choices() or not self.accepts((error,)):
            # The lowest state begins a file, where an item may stand: the stack never runs out before.
            del state.state_stack[-1], state.value_stack[-1]

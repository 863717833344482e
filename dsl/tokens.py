"""What scan.py hands to the parser: tokens, and what all tokens of one source share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dsl.diagnostics import Diagnostic, Language
from dsl.limits import limit
from dsl.span import Span

# After so many errors in one file nobody reads on, and a file that isn't bieu at all stops being looked at.
MAX_ERRORS = limit("BIEU_MAX_ERRORS")


@dataclass(eq=False, slots=True)
class Origin:
    """What all tokens of one parse share: the name of their source, and where problems are put down."""

    name: str
    language: Language
    problems: list[Diagnostic] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """What the items were called that couldn't be read: their names, and their keywords in English."""

    def report(self, problem: Diagnostic) -> None:
        """Puts a problem down, until there are far more than will be shown."""
        if len(self.problems) < 10 * MAX_ERRORS:
            self.problems.append(problem)


class Token(NamedTuple):
    """A terminal of grammar.lark at the characters [start, end).

    text: as written, but for a name in backticks (without them) and a vocabulary's word (as the tree spells it).
    """

    type: str
    text: str
    start: int
    end: int
    origin: Origin

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.origin.name, self.start, self.end)


class Comment(NamedTuple):
    """A comment from its `#` to the end of the line, both as offsets."""

    start: int
    end: int


def terminals(names: str) -> frozenset[str]:
    """A set of terminals, from their names in one text."""
    return frozenset(names.split())

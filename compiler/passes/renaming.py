"""`renamed from`: what a table, column, row, code or text was called in the edition before.

Whether there was such a name is only known beside the old edition (`compiler.changes`). Here is what one edition shows:
a thing can't be renamed from itself, and two things can't both have been one.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.passes.attributes import Attributes
from compiler.passes.context import Diagnostics
from dsl import tree
from dsl.diagnostics import Label
from dsl.span import Span

Renamed = tuple[str, tree.RenamedFrom | None]
"""A name of a scope, and what it says of its former one."""


def check_renamed(scope: Iterable[Renamed], diagnostics: Diagnostics) -> None:
    """Look at the names of one scope: the columns of a table, its rows, the codes of a list …"""
    before: dict[str, Span] = {}
    for name, renamed in scope:
        if renamed is None:
            continue
        old = renamed.name.text
        if old == name:
            diagnostics.add("BIEU0340", renamed.span, {"name": name})
        elif old in before:
            label = Label(before[old], "first")
            diagnostics.add("BIEU0341", renamed.span, {"name": old}, labels=(label,))
        else:
            before[old] = renamed.span


def renamed_from(attributes: Attributes) -> str | None:
    """What the template says of a former name."""
    return None if attributes.renamed_from is None else attributes.renamed_from.name.text

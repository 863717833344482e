"""What the page that hosts a form adds to it: where it is posted, what was typed, what is said beside cells.

A form stands by itself (`form.render`) or in the page of a server (`form.fragment`). The server's own fields start with
`@`, as all that is no cell does; it takes them out before `posted.py` reads the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from renderers.html.controls import Control, Note
from renderers.html.tables import GroupView, RowView, TableView


@dataclass(frozen=True)
class Action:
    """A button that posts the form. `url` "": to the page's own address. unchecked: also while there are errors."""

    label: str
    url: str = ""
    primary: bool = False
    unchecked: bool = False


@dataclass(frozen=True)
class Told:
    """One finding of the server's. `target` is the id of the field it is about, `explain` the name of the field that
    takes its explanation. live: the page's program finds the same by itself."""

    severity: Literal["error", "warning", "notice"]
    where: str
    words: str
    target: str = ""
    explain: str = ""
    explanation: str = ""
    live: bool = False


@dataclass(frozen=True)
class Hosting:
    """What a server adds to a form. `draft`: where the page's program posts drafts. typed: texts by field name, in
    the place of what the report holds: nothing that was typed is lost because it could not be read."""

    actions: tuple[Action, ...]
    hidden: tuple[tuple[str, str], ...] = ()
    draft: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    told: tuple[Told, ...] = ()


def control_told(held: Control, hosting: Hosting) -> Control:
    """A field with what was typed in it and what is said beside it."""
    if held.filled_by not in {"entered", "carried"} or held.locked:
        return replace(held, note=hosting.notes.get(held.name))
    typed = hosting.typed.get(held.name, held.value)
    return replace(held, value=typed, note=hosting.notes.get(held.name))


def told_beside(table: TableView, hosting: Hosting) -> TableView:
    """The table with what was typed in it and what is said beside its fields."""

    def row(held: RowView) -> RowView:
        fields = tuple((column, control_told(each, hosting)) for column, each in held.fields)
        controls = tuple(control_told(each, hosting) for each in held.controls)
        return replace(held, controls=controls, fields=fields)

    def item(held: RowView | GroupView) -> RowView | GroupView:
        if isinstance(held, GroupView):
            return replace(held, rows=tuple(row(each) for each in held.rows))
        return row(held)

    return replace(table, body=tuple(item(each) for each in table.body))

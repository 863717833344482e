"""The fields of a template that are compared one by one. Any other that differs is told by its name, as a breaking
change: what a new part of the language does to data is for whoever adds it to say in `changes.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.frozen import Frozen
from compiler.template import Check, Column, Row, Table, Template, TextInput

COMPARED: Mapping[type[Frozen], str] = {
    Template: """format package version package_title regime title basis kind period_types filled_by goes_to deadlines
        signed_by effective_from effective_until notes measures code_lists tables outline checks charts indicators
        renamed_from sources owner licence""",
    Table: "name title form measure orientation stub headings columns rows exceptions footnotes renamed_from",
    Column: """name label code code_text type measure minimum maximum required formula over_units over_time note
        indicator renamed_from valid_from valid_until""",
    Row: """name label kind code depth group whole total formula over_units over_time measure max_rows key columns note
        indicator renamed_from valid_from valid_until""",
    Check: "name message condition severity explain at_entry scope table rows columns origin",
    TextInput: "item name label max_length required over_units renamed_from",
}
"""Field names by type, parted by blanks; among them those that are derived from others (`code_text`, `depth` …)."""


def other_fields(old: Frozen, new: Frozen) -> Iterator[str]:
    """The fields of two things of one type that differ and that nothing else compares."""
    known = COMPARED[type(new)].split()
    for name in type(new).model_fields:
        if name not in known and getattr(old, name) != getattr(new, name):
            yield name

"""Names in place: which table, row, group or range a reference of the source means, and what is near a misspelt one.

Only names: what the cells so found hold and compute to is `resolve.py`'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.passes.context import Diagnostics
from compiler.passes.drafts import RowDraft, TableDraft
from dsl import tree
from dsl.diagnostics import Fix


@dataclass(frozen=True)
class Where:
    """Where an expression stands: the table whose columns and rows bare names mean, if any, and the self-added group
    whose own columns are in sight."""

    table: TableDraft | None
    group: RowDraft | None = None


@dataclass(frozen=True)
class Names:
    """The names of one regime. Every method notes what it does not find and returns None."""

    tables: Mapping[str, TableDraft]
    diagnostics: Diagnostics

    def table(self, node: tree.Reference, where: Where) -> TableDraft | None:
        """The table a reference speaks of: the named one, or the one it stands in."""
        if node.table is None:
            if where.table is None:
                self.diagnostics.add("BIEU0217", node.span, {"name": node.name.text})
            return where.table
        table = self.tables.get(node.table.text)
        if table is None:
            self.diagnostics.unknown("BIEU0203", node.table.span, node.table.text, self.tables)
        return table

    def row(self, path: Sequence[tree.Name | tree.String], table: TableDraft) -> RowDraft | None:
        """The row a path between brackets means: `tong`, `linh_vuc.dat_dai`, `"43_1"` (a printed code)."""
        last = path[-1]
        row = table.rows.get(last.text)
        if row is None and isinstance(last, tree.String):
            row = next((row for row in table.rows.values() if row.code == last.text), None)
        if row is None:
            self.diagnostics.unknown("BIEU0204", last.span, last.text, table.rows, table=table.name)
            return None
        for before in path[:-1]:
            if before.text not in {row.group, row.whole, *table.groups}:
                self.diagnostics.unknown("BIEU0204", before.span, before.text, table.groups, table=table.name)
                return None
        return row

    def group(self, node: tree.Reference, where: Where) -> tuple[TableDraft, tuple[RowDraft, ...]] | None:
        """The table and rows that a group's name stands for, leaves of a code list only; None (and nothing noted) where
        the reference is no group."""
        table = self.tables.get(node.table.text) if node.table is not None else where.table
        if table is None:
            return None
        name = node.row[-1].text if node.row else node.name.text
        names = table.groups.get(name)
        if names is None or (node.row and name in table.rows and table.rows[name].kind != "added"):
            return None
        return table, tuple(row for row in map(table.rows.__getitem__, names) if not row.is_parent)

    def range(self, node: tree.Range, where: Where) -> list[str] | None:
        """The columns, or the rows, from the first to the last in printed order."""
        table = where.table
        if table is None:
            self.diagnostics.add("BIEU0217", node.span, {"name": node.first.text})
            return None
        rows = [row.name for row in table.rows.values() if row.kind in {"fixed", "listed"}]
        for names in (list(table.columns), rows):
            if node.first.text in names and node.last.text in names:
                start, end = names.index(node.first.text), names.index(node.last.text)
                if start > end:
                    swapped = Fix(node.span, f"{node.last.text} .. {node.first.text}")
                    self.diagnostics.add("BIEU0229", node.span, fix=swapped)
                    return None
                return names[start : end + 1]
        known = (*table.columns, *table.rows)
        for name in (node.first, node.last):
            if name.text not in known:
                self.diagnostics.unknown("BIEU0202", name.span, name.text, known, table=table.name)
                return None
        self.diagnostics.add("BIEU0215", node.span, {"name": node.first.text})
        return None

"""Which thing of an old edition is which of the new one: by its former name where it gives one, else by its name.

A former name speaks of the edition right before. Where the old edition's thing of the same name gave the same one, it
was said of an edition earlier still and means nothing here; so the line may stay in the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, transform
from compiler.template import Column, Row, Table, Template


class Named(Protocol):
    """Anything that may give a former name."""

    @property
    def renamed_from(self) -> str | None:
        """Its name in the edition before."""
        ...


Thing = TypeVar("Thing", bound=Named)


@dataclass(frozen=True)
class Matched(Generic[Thing]):
    """The things of one scope. `old`: all of the old edition, in order. `unknown`: those of the new one that name a
    former thing which the old edition has not."""

    old: tuple[Thing, ...]
    pairs: tuple[tuple[Thing, Thing], ...]
    added: tuple[Thing, ...]
    removed: tuple[Thing, ...]
    unknown: tuple[Thing, ...]


def match(old: Mapping[str, Thing], new: Mapping[str, Thing]) -> Matched[Thing]:
    """Pair the things of a scope. Both are keyed by name, and the order of the new ones is kept."""
    former: dict[str, str] = {}
    unknown: list[Thing] = []
    for name, thing in new.items():
        before = thing.renamed_from
        if before is None or (name in old and old[name].renamed_from == before):
            continue
        if before in old:
            former[name] = before
        else:
            unknown.append(thing)
    claimed = set(former.values())
    pairs: list[tuple[Thing, Thing]] = []
    added: list[Thing] = []
    for name, thing in new.items():
        source = former.get(name, name)
        if source in old and (name in former or source not in claimed):
            pairs.append((old[source], thing))
        else:
            added.append(thing)
    kept = {id(before) for before, _ in pairs}
    removed = tuple(thing for thing in old.values() if id(thing) not in kept)
    return Matched(tuple(old.values()), tuple(pairs), tuple(added), removed, tuple(unknown))


@dataclass(frozen=True)
class TableMatch:
    """A table in both editions, with its columns and rows. `own`: the columns of self-added rows by their new group."""

    old: Table
    new: Table
    columns: Matched[Column]
    rows: Matched[Row]
    own: Mapping[str, Matched[Column]]

    @property
    def all_columns(self) -> Iterable[tuple[Column, Column]]:
        """Every pair of columns, the self-added rows' own with them."""
        yield from self.columns.pairs
        for matched in self.own.values():
            yield from matched.pairs


@dataclass(frozen=True)
class TemplateMatch:
    """A regime in both editions."""

    old: Template
    new: Template
    tables: Matched[Table]
    matches: Mapping[str, TableMatch]
    """By the table's old name."""
    _names: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def translated(self, expression: Expression) -> Expression:
        """An expression of the old edition in the names of the new one; what was removed keeps its old name."""

        def cell(leaf: Cell) -> Cell:
            table, row, column = self.address(leaf.table, leaf.row, leaf.column)
            return Cell(table=table, row=row, column=column)

        def place(leaf: Expression) -> Expression:
            match leaf:
                case Cell():
                    return cell(leaf)
                case Captured():
                    return Captured(function=leaf.function, cell=cell(leaf.cell))
                case AddedRows():
                    table, group, column = self.address(leaf.table, leaf.group, leaf.column)
                    return AddedRows(table=table, group=group or leaf.group, column=column)
                case _:
                    return leaf

        return transform(expression, place)

    def address(self, table: str, row: str | None, column: str | None) -> tuple[str, str | None, str | None]:
        """Where a cell of the old edition is in the new one."""
        found = self.matches.get(table)
        if found is None:
            return table, row, column
        rows, columns = self.row_names(found), self.column_names(found)
        return (
            found.new.name,
            None if row is None else rows.get(row, row),
            None if column is None else columns.get(column, column),
        )

    def row_names(self, table: TableMatch) -> Mapping[str, str]:
        """New names of rows by their old ones."""
        key = f"{table.old.name} rows"
        if key not in self._names:
            self._names[key] = {old.name: new.name for old, new in table.rows.pairs}
        return self._names[key]

    def column_names(self, table: TableMatch) -> Mapping[str, str]:
        """New names of columns by their old ones."""
        key = f"{table.old.name} columns"
        if key not in self._names:
            self._names[key] = {old.name: new.name for old, new in table.all_columns}
        return self._names[key]


def match_templates(old: Template, new: Template) -> TemplateMatch:
    """The tables of two editions of a regime, paired with all that is in them."""
    tables = match(_by_name(old.tables), _by_name(new.tables))
    return TemplateMatch(
        old, new, tables, {before.name: _match_tables(before, after) for before, after in tables.pairs}
    )


def _match_tables(old: Table, new: Table) -> TableMatch:
    rows = match(_by_name(old.rows), _by_name(new.rows))
    own = {
        after.name: match(_by_name(before.columns), _by_name(after.columns))
        for before, after in rows.pairs
        if before.kind == "added" and after.kind == "added"
    }
    return TableMatch(old, new, match(_by_name(old.columns), _by_name(new.columns)), rows, own)


class _HasName(Named, Protocol):
    @property
    def name(self) -> str: ...


HasName = TypeVar("HasName", bound=_HasName)


def _by_name(things: Sequence[HasName]) -> dict[str, HasName]:
    return {thing.name: thing for thing in things}

"""A draft compiled; what the compiler refuses is taken back into a question, until the rest holds.

Only what a form printed can be wrong: a formula in a circle, a total over a mean, a code that names nothing. Such a
formula leaves the source and stands in the question above its line, with the compiler's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from compiler.pipeline import Compilation, compile_package
from dsl.catalogue import message
from dsl.diagnostics import Diagnostic, Language
from dsl.parse import parse
from dsl.span import Source
from renderers.importing.doubts import doubt
from renderers.importing.draft import Draft, DraftAdded, DraftColumn, DraftGroup, DraftRow, DraftTable
from renderers.importing.writing import CHECK, Owner, lines_of, source_of

_MOST_ROUNDS = 60


@dataclass(frozen=True)
class Settled:
    """A draft that compiles: itself, its source, and what it became. `compilation.failed` only by a fault of bieu's."""

    draft: Draft
    source: Source
    compilation: Compilation


def settled(draft: Draft, name: str, language: Language) -> Settled:
    """The draft without what can't stand. `name`: of the source, in diagnostics."""
    for _ in range(_MOST_ROUNDS):
        lines = lines_of(draft, language)
        source = Source(name, "\n".join(line.text for line in lines) + "\n")
        compilation = _compiled(source)
        refused: dict[Owner, Diagnostic] = {}
        for found in compilation.diagnostics:
            if found.severity == "error":
                for offset in (found.span.start, *(label.span.start for label in found.labels)):
                    owner = lines[source.position(offset)[0] - 1].owner
                    if owner in _with_formulas(draft):
                        refused.setdefault(owner, found)
                        break
        if not refused:
            break
        owner, found = next(iter(refused.items()))
        draft = _without(draft, owner, message(found, language))
    source = Source(name, source_of(draft, language))
    return Settled(draft, source, _compiled(source))


def _compiled(source: Source) -> Compilation:
    file, wrong = parse(source)
    return compile_package([file], {}, [], wrong)


def _with_formulas(draft: Draft) -> set[Owner]:
    found: set[Owner] = set()
    for table in draft.tables:
        found |= {(table.name, column.name) for column in _columns(table.members) if column.sides}
        added = [row for row in table.rows if isinstance(row, DraftAdded)]
        found |= {(table.name, column.name) for row in added for column in row.columns if column.sides}
        found |= {(table.name, row.name) for row in _rows(table.rows) if row.formula}
        found |= {(table.name, f"{CHECK}{index}") for index in range(len(table.checks))}
    return found


def _columns(members: Iterable[DraftGroup | DraftColumn]) -> list[DraftColumn]:
    return [
        column
        for member in members
        for column in ([member] if isinstance(member, DraftColumn) else _columns(member.members))
    ]


def _rows(rows: Iterable[DraftRow | DraftAdded]) -> list[DraftRow]:
    return [each for row in rows if isinstance(row, DraftRow) for each in (row, *_rows(row.rows))]


def _without(draft: Draft, owner: Owner, reason: str) -> Draft:
    """The draft without one formula."""

    def column(each: DraftColumn) -> DraftColumn:
        if each.name != owner[1]:
            return each
        asked = doubt("withdrawn", text=each.printed or " = ".join(each.sides), reason=reason)
        return replace(each, sides=(), type=each.type or "integer", doubts=(*each.doubts, asked))

    def row(each: DraftRow) -> DraftRow:
        if each.name == owner[1]:
            asked = doubt("withdrawn", text=each.printed or each.formula, reason=reason)
            each = replace(each, formula="", doubts=(*each.doubts, asked))
        return replace(each, rows=tuple(row(part) for part in each.rows))

    def group(each: DraftRow | DraftAdded) -> DraftRow | DraftAdded:
        if isinstance(each, DraftRow):
            return row(each)
        return replace(each, columns=tuple(column(own) for own in each.columns))

    def changed(table: DraftTable) -> DraftTable:
        if table.name != owner[0]:
            return table
        if owner[1].startswith(CHECK):
            index = int(owner[1].removeprefix(CHECK))
            asked = doubt("withdrawn", text=table.checks[index][0], reason=reason)
            checks = (*table.checks[:index], *table.checks[index + 1 :])
            return replace(table, checks=checks, doubts=(*table.doubts, asked))
        rows = tuple(group(each) for each in table.rows)
        return replace(table, members=_changed(table.members, column), rows=rows)

    return replace(draft, tables=tuple(changed(table) for table in draft.tables))


def _changed(
    members: tuple[DraftGroup | DraftColumn, ...], change: Callable[[DraftColumn], DraftColumn]
) -> tuple[DraftGroup | DraftColumn, ...]:
    return tuple(
        change(member)
        if isinstance(member, DraftColumn)
        else replace(member, members=_changed(member.members, change))
        for member in members
    )

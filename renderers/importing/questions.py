"""What the headings of a form make one ask: totals without a formula, opening numbers, parts of other columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from renderers.importing.doubts import doubt
from renderers.importing.draft import DraftAdded, DraftColumn, DraftGroup, DraftRow, columns_of

_TOTAL = re.compile(r"(?i)^(tổng( số| cộng)?|cộng)( [^:]{0,20})?$")
_PART = re.compile(r"(?i)^trong đó\b")
_OPENING = re.compile(r"(?i)kỳ trước|năm trước chuyển|tồn đầu|đầu kỳ")


def not_added(columns: Iterable[DraftColumn], rows: Sequence[DraftRow | DraftAdded]) -> list[tuple[str, str]]:
    """Cells of total rows in columns that can't be added: percents and means that are typed in."""
    alone = [
        column.name
        for column in columns
        if column.type.startswith(("percent", "decimal(1)")) and not column.sides
    ]
    totals = [row.name for row in rows if isinstance(row, DraftRow) and row.formula]
    return [(row, column) for row in totals for column in alone]


def with_questions(
    members: tuple[DraftGroup | DraftColumn, ...],
) -> tuple[DraftGroup | DraftColumn, ...]:
    """Members with what their headings make one ask: totals without a formula, opening numbers."""
    made: list[DraftGroup | DraftColumn] = []
    columns = [column for column in members if isinstance(column, DraftColumn)]
    inner = [
        column.name
        for member in members
        if isinstance(member, DraftGroup)
        for column in columns_of((member,))
    ]
    for member in members:
        if isinstance(member, DraftGroup):
            made.append(replace(member, members=with_questions(member.members)))
            continue
        asked = list(member.doubts)
        if not member.sides and _TOTAL.match(member.label) and not asked:
            others = [
                column.name for column in columns if column is not member and not _PART.match(column.label)
            ]
            if len(others) + len(inner) > 1:
                asked.append(
                    doubt("total_without_formula", "= " + " + ".join([*others, *inner]), text=member.label)
                )
        if not member.sides and _OPENING.search(member.label):
            asked.append(doubt("opening", text=member.label))
        made.append(replace(member, doubts=tuple(asked)))
    return tuple(made)


def with_parts(
    members: tuple[DraftGroup | DraftColumn, ...],
) -> tuple[DraftGroup | DraftColumn, ...]:
    """Members where each "trong đó" asks whose part it is: a column's of the one before, a group's of its likes."""
    made: list[DraftGroup | DraftColumn] = []
    whole = ""
    likes: dict[tuple[str, ...], str] = {}
    for member in members:
        part = _PART.match(member.label) is not None
        if isinstance(member, DraftColumn):
            made.append(_part_of(member, whole) if part and whole else member)
            whole = whole if part else member.name
        elif part:
            made.append(replace(member, members=_parts_of(member.members, likes, ())))
        else:
            made.append(replace(member, members=with_parts(member.members)))
        if not part:
            likes.update(_paths((member,), ()))
    return tuple(made)


def _parts_of(
    members: tuple[DraftGroup | DraftColumn, ...],
    likes: Mapping[tuple[str, ...], str],
    above: tuple[str, ...],
) -> tuple[DraftGroup | DraftColumn, ...]:
    """The members of a group of parts: each column is a part of the one with the same headings outside of it."""
    made: list[DraftGroup | DraftColumn] = []
    for member in members:
        path = (*above, member.label)
        if isinstance(member, DraftGroup):
            made.append(replace(member, members=_parts_of(member.members, likes, path)))
        else:
            made.append(_part_of(member, likes[path]) if path in likes else member)
    return tuple(made)


def _part_of(column: DraftColumn, whole: str) -> DraftColumn:
    asked = doubt("part", f"{{CHECK}}: {column.name} <= {whole}", text=column.label, whole=whole)
    return replace(column, doubts=(*column.doubts, asked))


def _paths(
    members: tuple[DraftGroup | DraftColumn, ...], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for member in members:
        path = (*above, member.label)
        if isinstance(member, DraftColumn):
            yield path, member.name
        else:
            yield from _paths(member.members, path)

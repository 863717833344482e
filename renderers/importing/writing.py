"""A draft as a source, its doubts as comments above what they are about.

Lines are written with English keywords and set by the formatter, which turns them into the language asked for. Beside
each line stands whose it is, so that a line which doesn't compile leads back to its column or row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsl.diagnostics import Language
from dsl.format import format_file
from dsl.keywords import LANGUAGES
from dsl.span import Source
from renderers.importing.doubts import Doubt, words
from renderers.importing.draft import (
    Draft,
    DraftAdded,
    DraftColumn,
    DraftGroup,
    DraftRow,
    DraftTable,
)

_WIDTH = 100

Owner = tuple[str, str]
"""A table's and a column's or row's name; ("", "") for what is nobody's."""

CHECK = "check "
"""Before the index of a check, where a column or row has its name."""

_NOBODY: Owner = ("", "")


@dataclass(frozen=True)
class Written:
    """A line of the source and whose it is."""

    text: str
    owner: Owner = _NOBODY


def source_of(draft: Draft, language: Language) -> str:
    """The source, laid out as `bieu fmt` does. Raises ValueError where it can't be parsed: a fault of this module."""
    text = "\n".join(line.text for line in lines_of(draft, language)) + "\n"
    formatted = format_file(Source(draft.file, text), language)
    if not isinstance(formatted, str):
        raise ValueError(f"a draft that can't be parsed: {formatted[0].code}\n{text}")
    again = format_file(Source(draft.file, formatted))
    assert isinstance(again, str)
    return again


def lines_of(draft: Draft, language: Language) -> list[Written]:
    """The source line by line, with English keywords."""
    return list(_Writer(language).draft(draft))


def quoted(text: str) -> str:
    """A text as a string of the language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Writer:
    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def draft(self, draft: Draft) -> Iterator[Written]:
        yield Written("# ngôn ngữ: en")
        yield from self._comment(words("draft", self._language, {"file": draft.file}))
        yield from self._ask(draft.doubts)
        yield Written(f"package {draft.package} {draft.version} {quoted(draft.title)}")
        if draft.measures:
            yield Written("")
        for measure in draft.measures:
            more = f" = {measure.factor:_} {measure.base}" if measure.base else ""
            yield Written(f"measure {measure.name} {quoted(measure.label)}{more}")
        for codes in draft.lists:
            yield Written("")
            yield Written(f"list {codes.name} {quoted(codes.title)} {{")
            for code, label in codes.codes:
                yield Written(f"{quoted(code)} {quoted(label)}")
            yield Written("}")
        yield Written("")
        yield Written(f"regime {draft.regime} {quoted(draft.title)} {{")
        asked = draft.regime_doubts
        yield from self._ask([asked[name] for name in ("basis",) if name in asked])
        for text in draft.basis:
            yield Written(f"basis {quoted(text)}")
        yield Written("kind periodic")
        yield from self._ask([asked[name] for name in ("period",) if name in asked])
        yield Written(f"period {', '.join(draft.periods)}")
        yield from self._ask([asked[name] for name in ("filled", "due") if name in asked])
        yield Written("filled by commune")
        yield Written("goes to province")
        yield from self._ask([asked[name] for name in ("sign", "effective") if name in asked])
        yield Written("sign leader")
        for table in draft.tables:
            yield Written("")
            yield from self._table(table)
        if draft.outline:
            yield Written("")
            yield Written("outline {")
            for text, doubts in draft.outline:
                yield from self._ask(doubts)
                yield Written(text)
            yield Written("}")
        yield Written("}")

    def _table(self, table: DraftTable) -> Iterator[Written]:
        yield from self._ask(table.doubts)
        yield Written(f"table {table.name} {quoted(table.title)} {{")
        if table.form:
            yield Written(f"form {quoted(table.form)}")
        if table.measure:
            yield Written(f"measure {table.measure}")
        if table.wide:
            yield Written("landscape")
        yield Written("columns {")
        for member in table.members:
            yield from self._member(table, member)
        yield Written("}")
        yield Written("rows {")
        for stub in table.stubs:
            code = f" code {quoted(stub.code)}" if stub.code else ""
            yield Written(f"stub {stub.shows} {quoted(stub.label)}{code}")
        for row in table.rows:
            yield from self._row(table, row)
        yield Written("}")
        for row_name, column in table.not_applicable:
            yield Written(f"cell [{row_name}].{column} not applicable", (table.name, f"{row_name}.{column}"))
        for index, (text, doubts) in enumerate(table.checks):
            yield from self._ask(doubts)
            yield Written(text, (table.name, f"{CHECK}{index}"))
        for text in table.footnotes:
            yield Written(f"footnote {quoted(text)}")
        yield Written("}")

    def _member(self, table: DraftTable, member: DraftGroup | DraftColumn) -> Iterator[Written]:
        yield from self._ask(member.doubts)
        if isinstance(member, DraftColumn):
            yield Written(self._column(member), (table.name, member.name))
            return
        yield Written(f"group {quoted(member.label)} {{")
        for part in member.members:
            yield from self._member(table, part)
        yield Written("}")

    def _column(self, column: DraftColumn) -> str:
        text = f"{column.name} {quoted(column.label)}"
        if column.type:
            text += f" {column.type}"
        if column.code:
            text += f" code {quoted(column.code)}"
        if column.measure:
            text += f" measure {column.measure}"
        if column.attributes:
            text += f" {column.attributes}"
        return text + "".join(f" = {side}" for side in column.sides)

    def _row(self, table: DraftTable, row: DraftRow | DraftAdded) -> Iterator[Written]:
        yield from self._ask(row.doubts)
        owner = (table.name, row.name)
        if isinstance(row, DraftAdded):
            most = f" max {row.most}" if row.most else ""
            key = f" key {row.key}" if row.key else ""
            yield Written(f"many {row.name} {quoted(row.label)}{most}{key} {{", owner)
            for column in row.columns:
                yield from self._ask(column.doubts)
                yield Written(self._column(column), (table.name, column.name))
            yield Written("}")
            return
        text = f"{'section' if row.section else 'row'} {row.name} {quoted(row.label)}"
        if row.code:
            text += f" code {quoted(row.code)}"
        if row.measure:
            text += f" measure {row.measure}"
        if row.formula:
            text += f" = {row.formula}"
        if row.place:
            text += f" {row.place}"
        if not row.rows and not row.section:
            yield Written(text, owner)
            return
        yield Written(text + " {", owner)
        if row.parts:
            yield Written("of which {")
        for part in row.rows:
            yield from self._row(table, part)
        if row.parts:
            yield Written("}")
        yield Written("}")

    def _ask(self, doubts: Iterable[Doubt]) -> Iterator[Written]:
        for each in doubts:
            yield from self._comment(f"{words('ask', self._language)}: {each.words(self._language)}")
            if each.suggestion:
                check = LANGUAGES[self._language].spell("CHECK")
                yield Written(f"#   {each.suggestion.replace('{CHECK}', check)}")

    def _comment(self, text: str) -> Iterator[Written]:
        """A comment in lines that fit a screen."""
        line = "#"
        for word in text.split():
            if len(line) + len(word) + 1 > _WIDTH and line != "#":
                yield Written(line)
                line = "#"
            line += f" {word}"
        yield Written(line)

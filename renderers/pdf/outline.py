"""The report's text as a flat run of printed blocks, and its tables, in place or as annexes, in printed order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from compiler.cells import Layout, address_of
from compiler.formula.expressions import Expression
from compiler.template import FieldPlace, Prompt, Section, Sentence, Table, TablePlace, TextInput
from renderers.filling import Filling
from renderers.pdf.fitting import Fitting, fit
from renderers.pdf.sheets import Notes, sheet, shown
from renderers.pdf.wording import DOTS, FormHeader, form_header, roman
from renderers.sentences import measure_label, sentence_text
from renderers.validators import holds

_DEEPEST_HEADING = 6


@dataclass(frozen=True)
class PrintedTable:
    """A table ready for the page. `annex` is its number ("I"), empty for a table in the text."""

    name: str
    header: FormHeader
    measure: str
    fitting: Fitting
    footnotes: tuple[str, ...]
    """Without a number: the author's own."""
    notes: tuple[str, ...]
    """Numbered from 1: those that cells point to."""
    annex: str = ""


@dataclass(frozen=True)
class Words:
    """A heading, label, paragraph, prompt or reference to an annex. `level` is a heading's depth from 2."""

    kind: Literal["heading", "label", "paragraph", "prompt", "reference"]
    text: str
    level: int = 0


@dataclass(frozen=True)
class Room:
    """Dotted lines to write on."""

    lines: int
    kind: Literal["room"] = "room"


@dataclass(frozen=True)
class InPlace:
    """A table in the text."""

    table: PrintedTable
    kind: Literal["table"] = "table"


Block = Words | Room | InPlace


@dataclass(frozen=True)
class Composition:
    """The report's text and the annexes after its signature."""

    blocks: tuple[Block, ...]
    annexes: tuple[PrintedTable, ...]


def compose(layout: Layout, filling: Filling | None) -> Composition:
    """Everything between "Kính gửi" and the signature, and the annexes."""
    composer = _Composer(layout, filling)
    blocks = [block for item in layout.template.outline for block in composer.blocks(item, 2)]
    # A table that the outline does not place comes after its end.
    blocks += [
        block
        for table in layout.template.tables
        if table.name not in composer.placed and table.name not in composer.hidden and not table.fields
        for block in composer.place(table)
    ]
    return Composition(tuple(blocks), tuple(composer.annexes))


class _Composer:
    """Walks the outline once and remembers the annexes it met."""

    def __init__(self, layout: Layout, filling: Filling | None) -> None:
        self.layout = layout
        self.filling = filling
        self.annexes: list[PrintedTable] = []
        self.placed: dict[str, PrintedTable] = {}
        self.hidden: set[str] = set()
        """Tables in sections that are not shown."""

    def blocks(
        self, item: Prompt | TextInput | FieldPlace | Sentence | TablePlace | Section, level: int
    ) -> Iterator[Block]:
        """The blocks of one item of the outline."""
        match item:
            case Section() if not self._shown(item.shown_when):
                # What stands in it is not printed further down either.
                self.hidden |= {each.table for each in _tables_in(item)}
            case FieldPlace():
                if self._shown(item.shown_when):
                    yield Words("paragraph", self._field(item))
            case Section():
                yield Words("heading", item.title, min(level, _DEEPEST_HEADING))
                for part in item.items:
                    yield from self.blocks(part, level + 1)
            case Prompt():
                if self.filling is None:
                    yield Words("prompt", item.text)
            case TextInput():
                yield from self._text(item)
            case Sentence():
                yield Words("paragraph", self._sentence(item))
            case TablePlace():
                yield from self.place(self.layout.tables[item.table])

    def place(self, table: Table) -> Iterator[Block]:
        """The table in the text, or the reference to its annex. A table placed twice is printed once."""
        printed = self.placed.get(table.name)
        if printed is None:
            printed = self._printed(table)
            if printed.fitting.lying:
                printed = replace(printed, annex=roman(len(self.annexes) + 1))
                self.annexes.append(printed)
            else:
                yield InPlace(printed)
            self.placed[table.name] = printed
        if printed.annex:
            yield Words("reference", f"{table.title}: số liệu chi tiết tại Phụ lục {printed.annex} kèm theo.")

    def _shown(self, condition: Expression | None) -> bool:
        """Whether something is printed: a blank form has everything."""
        if condition is None or self.filling is None:
            return True
        return holds(condition, self.layout, self.filling.values)

    def _field(self, item: FieldPlace) -> str:
        """A field as a line: its label, its value or room for it, and its measure."""
        cell = self.layout.by_address[address_of(item.cell)]
        value = DOTS
        if self.filling is not None:
            value = shown(self.filling.values.cells.get(cell.address), cell.type, self.layout)
        measure = measure_label(self.layout.template, cell.column.measure)
        return f"{cell.column.label}: {value} {measure}".rstrip()

    def _text(self, item: TextInput) -> Iterator[Block]:
        if self.filling is None:
            yield Words("label", item.label)
            yield Room(3 if item.max_length <= 500 else 6 if item.max_length <= 2000 else 9)
            return
        text = self.filling.values.texts.get(item.name, "").strip()
        if text:
            yield Words("label", item.label)
            for paragraph in text.splitlines():
                if paragraph.strip():
                    yield Words("paragraph", paragraph.strip())

    def _sentence(self, item: Sentence) -> str:
        if self.filling is not None:
            return sentence_text(item, self.layout, self.filling.values)
        return "".join(part if isinstance(part, str) else DOTS for part in item.parts)

    def _printed(self, table: Table) -> PrintedTable:
        notes = Notes()
        values = None if self.filling is None else self.filling.values
        fitting = fit(table, lambda only: sheet(table, self.layout, values, notes, only))
        measure = measure_label(self.layout.template, table.measure)
        return PrintedTable(
            name=table.name,
            header=form_header(self.layout.template, table, self.filling),
            measure=f"Đơn vị tính: {measure}" if measure else "",
            fitting=fitting,
            footnotes=table.footnotes,
            notes=tuple(notes.texts),
        )


def _tables_in(section: Section) -> Iterator[TablePlace]:
    for item in section.items:
        if isinstance(item, TablePlace):
            yield item
        elif isinstance(item, Section):
            yield from _tables_in(item)

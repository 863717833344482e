"""The form as a page: plain entry works by itself, `form.js` beside it makes it live, `form.css` gives it its look.

The page holds no script and no style of its own and says so in a Content-Security-Policy. Every text an author or a
unit wrote passes Jinja's escaping.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from compiler.cells import Layout, address_of
from compiler.formula.expressions import Expression
from compiler.template import (
    Deadline,
    FieldPlace,
    OutlineItem,
    PeriodType,
    Prompt,
    Section,
    Sentence,
    TablePlace,
    TextInput,
    template_hash,
)
from compiler.values import Values
from renderers.filling import Filling
from renderers.html.controls import Control, Naming, Note, static_control
from renderers.html.data import page_data
from renderers.html.hosting import Action, Hosting, control_told, told_beside
from renderers.html.names import table_anchor, text_anchor
from renderers.html.tables import TableView, first_slots, table_view
from renderers.sentences import BLANK, Said, measure_label, said
from renderers.validators import holds

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
"""The Content-Security-Policy of the page; whoever serves it sends the same as a header."""

PERIOD_WORDS: dict[PeriodType, str] = {
    "week": "tuần",
    "month": "tháng",
    "quarter": "quý",
    "half_year": "6 tháng",
    "nine_months": "9 tháng",
    "year": "năm",
}

PERIOD_EXAMPLES: dict[PeriodType, str] = {
    "week": "2026-W47",
    "month": "2026-M11",
    "quarter": "2026-Q3",
    "half_year": "2026-S1",
    "nine_months": "2026-N9",
    "year": "2026",
}
"""How a period's code looks, for the blank form's field."""

LEVEL_WORDS = {
    "village": "thôn, tổ dân phố",
    "commune": "xã, phường, đặc khu",
    "department": "sở, ban, ngành",
    "province": "tỉnh",
    "ministry": "bộ",
    "central": "trung ương",
}
"""Levels of the unit tree in words; one that is not here is shown as the author wrote it."""


@dataclass(frozen=True)
class TextView:
    """A narrative: its field and what it holds."""

    name: str
    id: str
    label: str
    max_length: int
    required: bool
    value: str
    note: Note | None = None


@dataclass(frozen=True)
class SentenceView:
    """A sentence: the author's words and what is said for each value. `number` is its place among all sentences."""

    number: int
    parts: tuple[str | Said, ...]


@dataclass(frozen=True)
class SectionView:
    """A titled part; `level` is that of its heading element, 2 to 6.

    `shown` is the number of the condition under which it is shown, which the page's program follows; `visible`: whether
    that holds in the report, for those who read it.
    """

    title: str
    level: int
    items: tuple[ItemView, ...]
    shown: int | None = None
    visible: bool = True


@dataclass(frozen=True)
class FieldView:
    """A field: its label, measure and control. `shown` as a section's."""

    label: str
    measure: str
    control: Control
    shown: int | None = None
    visible: bool = True


@dataclass(frozen=True)
class Link:
    """A table that already stands further up."""

    id: str
    title: str


ItemView = Prompt | TextView | FieldView | SentenceView | TableView | SectionView | Link


def render(layout: Layout, filling: Filling | None) -> bytes:
    """form.html: the blank form, or one report's."""
    page = _environment().get_template("form.html.jinja")
    return page.render(policy=POLICY, **_context(layout, filling, None)).encode("utf-8")


def fragment(layout: Layout, filling: Filling, hosting: Hosting) -> Markup:
    """The form of one report as a part of a page that some server makes: that page brings form.css and form.js."""
    body = _environment().get_template("body.html.jinja")
    return Markup(body.render(**_context(layout, filling, hosting)))


def views(layout: Layout, filling: Filling | None) -> tuple[ItemView, ...]:
    """What stands in the form, in order: tables that the outline does not place follow it."""
    outline = _Outline(layout, filling)
    return (*outline.views(layout.template.outline, 2), *outline.remaining())


def _context(layout: Layout, filling: Filling | None, hosting: Hosting | None) -> dict[str, Any]:
    template = layout.template
    items = views(layout, filling)
    return {
        "template": template,
        "template_hash": template_hash(template),
        "filling": filling,
        "items": items if hosting is None else annotated(items, hosting),
        "hosting": hosting,
        "actions": (Action("Gửi báo cáo", primary=True),) if hosting is None else hosting.actions,
        "periods": ", ".join(PERIOD_WORDS[period] for period in template.period_types),
        "period_example": PERIOD_EXAMPLES[template.period_types[0]] if template.period_types else "",
        "deadlines": [_deadline_words(deadline) for deadline in template.deadlines],
        "receiver": LEVEL_WORDS.get(template.goes_to, template.goes_to),
        "forms": [table.form for table in template.tables if table.form],
        # Script data is not HTML: escaping would corrupt it. page_data leaves nothing in it that ends the element.
        "data": Markup(page_data(layout, filling)),
    }


class _Outline:
    """Walks the outline once, counting sentences and remembering which tables have found their place."""

    def __init__(self, layout: Layout, filling: Filling | None) -> None:
        self.layout = layout
        self.filling = filling
        self.values = Values() if filling is None else filling.values
        self.slots = first_slots(layout)
        self.sentences = 0
        self.conditions = 0
        self.placed: set[str] = {table.name for table in layout.template.tables if table.fields}

    def views(self, items: tuple[OutlineItem, ...], level: int) -> list[ItemView]:
        """The views of some items, `level` being that of a section among them."""
        return [self.view(item, level) for item in items]

    def view(self, item: OutlineItem, level: int) -> ItemView:
        """The view of one item."""
        match item:
            case Prompt():
                return item
            case TextInput():
                return TextView(
                    name=item.name,
                    id=text_anchor(item.name),
                    label=item.label,
                    max_length=item.max_length,
                    required=item.required,
                    value=self.values.texts.get(item.name, ""),
                )
            case Sentence():
                self.sentences += 1
                return SentenceView(self.sentences - 1, said(item, self.layout, self.values))
            case TablePlace():
                return self.table(item.table)
            case FieldPlace():
                return self.field(item)
            case Section():
                number = self.condition(item.shown_when)
                items = tuple(self.views(item.items, min(level + 1, 6)))
                return SectionView(item.title, level, items, number, self.visible(item.shown_when))

    def condition(self, when: Expression | None) -> int | None:
        """The number of a condition among all of the outline, in its order."""
        if when is None:
            return None
        self.conditions += 1
        return self.conditions - 1

    def visible(self, when: Expression | None) -> bool:
        """Whether a condition holds in the report; without a report everything is there to be seen."""
        return when is None or self.filling is None or holds(when, self.layout, self.values)

    def field(self, item: FieldPlace) -> FieldView:
        """A field, outside of every table."""
        cell = self.layout.by_address[address_of(item.cell)]
        control = static_control(cell, self.layout, self.filling, Naming(cell.column.label, ""))
        measure = measure_label(self.layout.template, cell.column.measure)
        number = self.condition(item.shown_when)
        return FieldView(cell.column.label, measure, control, number, self.visible(item.shown_when))

    def table(self, name: str) -> TableView | Link:
        """The table where it stands first, a link to it where it is named again."""
        table = self.layout.tables[name]
        if name in self.placed:
            return Link(table_anchor(name), table.title)
        self.placed.add(name)
        return table_view(table, self.layout, self.filling, self.slots)

    def remaining(self) -> list[ItemView]:
        """The tables the outline does not place: they follow it."""
        return [
            self.table(table.name) for table in self.layout.template.tables if table.name not in self.placed
        ]


def annotated(items: tuple[ItemView, ...], hosting: Hosting) -> tuple[ItemView, ...]:
    """The items with what was typed in the place of what is held, and what is said beside fields."""
    return tuple(_annotated(item, hosting) for item in items)


def _annotated(item: ItemView, hosting: Hosting) -> ItemView:
    match item:
        case SectionView():
            return replace(item, items=annotated(item.items, hosting))
        case TextView():
            typed = hosting.typed.get(item.name, item.value)
            return replace(item, value=typed, note=hosting.notes.get(item.name))
        case FieldView():
            return replace(item, control=control_told(item.control, hosting))
        case TableView():
            return told_beside(item, hosting)
        case _:
            return item


def _deadline_words(deadline: Deadline) -> str:
    """A deadline in words: "xã, phường, đặc khu: 1 ngày làm việc"."""
    days = f"{deadline.days} ngày làm việc" if deadline.working_days else f"{deadline.days} ngày"
    return f"{LEVEL_WORDS.get(deadline.level, deadline.level)}: {days}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("renderers.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["view"] = lambda item, name: type(item).__name__ == name
    environment.globals["BLANK"] = BLANK
    return environment

"""The compiled template: one regime with all that is needed to collect, check, print and roll it up.

It is the one contract of the system. The compiler writes it; renderers, runtime and server read nothing else. It is
frozen, self-contained (code lists and measures included) and serialised as canonical JSON, whose SHA-256 every stored
submission pins. It says *what was declared and proven*; `cells.py` lays it out as single cells.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from compiler.formula.expressions import Cell, Expression
from compiler.frozen import ExactDecimal, Frozen, canonical_json, sha256
from dsl.limits import limit

PeriodType = Literal["week", "month", "quarter", "half_year", "nine_months", "year"]
RegimeKind = Literal["periodic", "thematic", "ad_hoc"]
Additivity = Literal["additive", "ratio", "other"]


class ValueType(Frozen):
    """The type of a cell.

    Numbers are held as scaled integers: the stored integer is value × 10**scale. `percent(n)` stores the ratio, so
    its scale is n + 2 and 95,5% with n = 1 is 955.
    """

    kind: Literal["integer", "decimal", "percent", "money", "text", "date", "boolean", "choice"]
    scale: int = 0
    max_length: int | None = None
    code_list: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether cells of this type hold scaled integers."""
        return self.kind in {"integer", "decimal", "percent", "money"}


class Bound(Frozen):
    """A limit on an entered number, in the cell's own measure; of a percent, the ratio (0.95 for 95%)."""

    value: ExactDecimal
    inclusive: bool = True


class OverUnits(Frozen):
    """How a value of the units below becomes the value of the unit above (`semantics.md`, over units)."""

    rule: Literal[
        "sum",
        "recompute",
        "min",
        "max",
        "mean",
        "weighted_mean",
        "count",
        "last",
        "concat",
        "union",
        "group",
        "none",
    ]
    weight: str | None = None
    """For weighted_mean: the column, in the same row, that holds the weight."""
    key: str | None = None
    """For group: the column of the self-added rows whose equal values are one row above."""


OverTime = Literal["sum", "last", "cumulative", "recompute"]


class Formula(Frozen):
    """What computes a cell, with the class the compiler proved."""

    expression: Expression
    additivity: Additivity
    chain: tuple[Expression, ...] = ()
    """The further sides of `a = b = c`, for the printed code row; each is also a check of origin "chain"."""


class Indicator(Frozen):
    """An indicator of a shared catalogue, as its package declares it: one concept, method and measure for all forms."""

    package: str
    name: str
    label: str
    code: str = ""
    concept: str = ""
    method: str = ""
    measure: str | None = None
    source: str = ""
    note: str = ""


class IndicatorUse(Frozen):
    """Which indicator a column's or row's cells are. `same_as`: the regime, table or `regime.table` that asks for the
    same number; the author knows that there are two places for it."""

    package: str
    name: str
    same_as: str | None = None


class Measure(Frozen):
    """A unit of measure: `factor` of it in `base` is 1 000 000 for triệu đồng in đồng."""

    name: str
    label: str
    base: str
    factor: ExactDecimal


class Code(Frozen):
    """One entry of a code list, in force from `valid_from` to `valid_until`, both included."""

    code: str
    label: str
    parent: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    renamed_from: str | None = None
    """Its code in the edition before."""


class CodeList(Frozen):
    """A list of codes in the order of its source."""

    name: str
    title: str
    codes: tuple[Code, ...]


class Column(Frozen):
    """A leaf column. `code_text` is what the printed code row shows: "3=4+5+6", "A", or nothing."""

    name: str
    label: str
    code: str = ""
    code_text: str = ""
    type: ValueType
    measure: str | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    required: bool = False
    formula: Formula | None = None
    over_units: OverUnits
    over_time: OverTime = "sum"
    note: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    """On the form for data that closes between these days; an edition (`editions.py`) has none."""
    indicator: IndicatorUse | None = None
    renamed_from: str | None = None
    """Its name in the edition before: data, workbooks and series are carried across under it."""


class ColumnGroup(Frozen):
    """A heading over columns; members are groups or names of leaf columns, from left to right."""

    label: str
    members: tuple[ColumnGroup | str, ...]


class StubColumn(Frozen):
    """A column left of the data that names the row: its running number, printed code, label or measure."""

    label: str
    code: str = ""
    shows: Literal["ordinal", "code", "label", "measure"]


class Row(Frozen):
    """A row of a table.

    `fixed` rows are written one by one, `listed` ones come from a code list (name = code, group = the construct's
    name), and an `added` row stands for all rows a unit adds under that name, at most `max_rows`, told apart by
    `key`; its own `columns` come before the table's. A `heading` row only names those under it: it has no cell to fill.
    """

    name: str
    label: str
    kind: Literal["fixed", "listed", "added", "heading"]
    code: str = ""
    depth: int = 0
    group: str | None = None
    whole: str | None = None
    """The row this one is a part of (`of which`)."""
    total: bool = False
    formula: Formula | None = None
    over_units: OverUnits | None = None
    """Overrides the columns' rules for this row."""
    over_time: OverTime | None = None
    measure: str | None = None
    """The row's own measure: that of its numbers whose column has none of its own."""
    max_rows: int | None = None
    key: str | None = None
    columns: tuple[Column, ...] = ()
    note: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    """As a column's."""
    indicator: IndicatorUse | None = None
    renamed_from: str | None = None


class CellException(Frozen):
    """A single cell that departs from its row and column."""

    row: str
    column: str
    not_applicable: bool = False
    formula: Formula | None = None


class Check(Frozen):
    """What must hold (`error`) or ought to (`warning`), for every place it speaks of.

    scope `row`: once for each of `rows`, the condition's open row bound to it (an added group's name means each of its
    rows); `column`: once for each of `columns`; `once`: the condition is fully addressed.
    """

    name: str
    message: str
    condition: Expression
    severity: Literal["error", "warning"]
    explain: bool = False
    at_entry: bool = False
    scope: Literal["row", "column", "once"]
    table: str | None = None
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    origin: Literal["written", "chain", "part", "disjoint", "exhaustive", "required", "shown"] = "written"
    """Who states it: the author as a check, or as something else that means one (`required when`, `shown when` …)."""


class Table(Frozen):
    """A form of the regime: columns under their heading tree, rows in printed order."""

    name: str
    title: str
    form: str = ""
    measure: str | None = None
    orientation: Literal["portrait", "landscape"] | None = None
    """None: the renderer chooses by width."""
    stub: tuple[StubColumn, ...]
    headings: tuple[ColumnGroup | str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    exceptions: tuple[CellException, ...] = ()
    footnotes: tuple[str, ...] = ()
    renamed_from: str | None = None
    fields: Literal[True] | None = None
    """Whether its cells are the fields of the outline: one row, shown field by field where the outline has them."""


class TextInput(Frozen):
    """A narrative the unit writes. Its value is a text at the top level of a submission's data."""

    item: Literal["text"] = "text"
    name: str
    label: str
    max_length: int
    required: bool = False
    required_when: Expression | None = None
    """Needed only where this holds."""
    over_units: OverUnits
    renamed_from: str | None = None


class Prompt(Frozen):
    """An instruction to whoever fills the section; never printed in the report."""

    item: Literal["prompt"] = "prompt"
    text: str


class Inserted(Frozen):
    """A value inside a sentence. `versus` prints the change against an earlier period instead of the value."""

    item: Literal["value"] = "value"
    expression: Expression
    type: ValueType
    measure: str | None = None
    versus: Literal["prior", "last_year"] | None = None
    captured: Expression | None = None
    """With `versus`: the expression as it was in that earlier period."""


class Sentence(Frozen):
    """A sentence of the report with values of the tables in it."""

    item: Literal["sentence"] = "sentence"
    parts: tuple[str | Inserted, ...]


class TablePlace(Frozen):
    """Where in the report a table is printed."""

    item: Literal["table"] = "table"
    table: str


class FieldPlace(Frozen):
    """Where in the report a field stands: a cell of the table of fields."""

    item: Literal["field"] = "field"
    cell: Cell
    shown_when: Expression | None = None
    """Shown only where this holds; a check says that it is blank elsewhere."""


class Section(Frozen):
    """A titled part of the outline; sections nest."""

    item: Literal["section"] = "section"
    title: str
    items: tuple[OutlineItem, ...]
    shown_when: Expression | None = None
    """Shown only where this holds; checks say that what it asks for is blank elsewhere."""


OutlineItem = Annotated[
    Prompt | TextInput | FieldPlace | Sentence | TablePlace | Section, Field(discriminator="item")
]


class Chart(Frozen):
    """A chart the owner declared: the value, and what it is drawn by or over."""

    name: str
    title: str
    mark: Literal["bar", "line", "pie"]
    value: Cell
    by_unit: bool = False
    over_periods: int | None = None
    rows: tuple[str, ...] | None = None
    """The rows it is drawn over; the row of `value` is then open."""


class Deadline(Frozen):
    """Days after the data window closes by which units of `level` send."""

    level: str
    days: int
    working_days: bool


class SourceRegime(Frozen):
    """Another regime whose reports this one reads: the cells it reads, as tables named `regime.table`."""

    regime: str
    title: str
    period_types: tuple[PeriodType, ...]
    tables: tuple[Table, ...]


class Template(Frozen):
    """One compiled regime."""

    format: Literal[1] = 1
    package: str
    version: str
    package_title: str
    regime: str
    title: str
    basis: tuple[str, ...] = ()
    kind: RegimeKind
    period_types: tuple[PeriodType, ...]
    filled_by: tuple[str, ...]
    goes_to: str
    deadlines: tuple[Deadline, ...] = ()
    signed_by: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_until: date | None = None
    notes: tuple[str, ...] = ()
    """Doubts about the transcription that the source marks `unverified`."""
    measures: tuple[Measure, ...] = ()
    code_lists: tuple[CodeList, ...] = ()
    tables: tuple[Table, ...] = ()
    outline: tuple[OutlineItem, ...] = ()
    checks: tuple[Check, ...] = ()
    charts: tuple[Chart, ...] = ()
    sources: tuple[SourceRegime, ...] | None = None
    """The other regimes it reads, by name; None where there are none."""
    indicators: tuple[Indicator, ...] | None = None
    """The catalogue's entries that cells are. None where there are none, so that a form without any keeps its hash."""
    renamed_from: str | None = None
    """The regime's name in the edition before."""
    owner: str | None = None
    """Who answers for the package."""
    licence: str | None = None
    """Under which terms others may use the package."""

    def table(self, name: str) -> Table:
        """The table of that name; KeyError if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)


ColumnGroup.model_rebuild()
Section.model_rebuild()
Template.model_rebuild()


def template_bytes(template: Template) -> bytes:
    """The canonical JSON of a template."""
    return canonical_json(template)


def template_hash(template: Template) -> str:
    """The SHA-256 that submissions and workbooks pin."""
    return sha256(template_bytes(template))


def load_template(data: bytes) -> Template:
    """A template from its JSON, which may be anybody's. Raises ValueError where the bytes are not one, among them
    pydantic.ValidationError, or where its tables are larger than the compiler would make them."""
    template = Template.model_validate_json(data)
    for table in template.tables:
        if len(table.rows) * len(table.columns) > limit("BIEU_MAX_CELLS"):
            raise ValueError(f"table {table.name!r} has more than {limit('BIEU_MAX_CELLS')} cells")
    return template

"""The syntax tree: frozen nodes, a span on every one, names not yet resolved.

Every node says what the author wrote, in the author's order, so that the formatter can write it again. What it means
is the compiler's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dsl.span import Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier, without the backticks it may be written in."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """A quoted text, escapes resolved."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Date:
    """A date as written, YYYY-MM-DD; whether there is such a day is for the compiler to say."""

    text: str
    span: Span


# Expressions


@dataclass(frozen=True, slots=True)
class NumberLiteral:
    """`1_000`, `2.5` or `95%` (value 0.95, percent true)."""

    value: Decimal
    percent: bool
    span: Span


@dataclass(frozen=True, slots=True)
class TextLiteral:
    """A quoted text in a formula: a code of a code list."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that stands for a cell or a set of cells: `c3`, `b06a[tong].c3`, `b06a[linh_vuc.dat_dai].c4`.

    table: None for a bare name. row: the names between the brackets, a path where a code is repeated; a string there
    is a code that is no identifier. name: the bare name, or the column after the dot. regime: set in
    `xld_02.b02[tong].c1`, a cell of another regime's report.
    """

    table: Name | None
    row: tuple[Name | String, ...]
    name: Name
    span: Span
    regime: Name | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """`c20 .. c24`: from the first to the last in printed order; only an argument of a function."""

    first: Name
    last: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of the table of operations: `sum(…)`, `round(x, 2)`, `prior(c11)`."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * /`, `and`, `or`; `operator_span` underlines the sign itself."""

    operator: Literal["+", "-", "*", "/", "and", "or"]
    left: Expression
    right: Expression
    operator_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `not x`."""

    operator: Literal["-", "not"]
    operand: Expression
    span: Span


ComparisonOperator = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a = b`, or a chain `a = b <= c` that states each neighbouring pair."""

    operands: tuple[Expression, ...]
    operators: tuple[ComparisonOperator, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if c then a else b`."""

    condition: Expression
    positive: Expression
    negative: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """A parenthesised expression, kept so that the formatter can write what the author wrote."""

    inner: Expression
    span: Span


Expression = (
    NumberLiteral
    | TextLiteral
    | Truth
    | Reference
    | Range
    | Apply
    | Binary
    | Unary
    | Comparison
    | Conditional
    | Group
)


# Attributes shared by columns, rows and texts


@dataclass(frozen=True, slots=True)
class TypeUse:
    """`integer`, `decimal(2)`, `percent(1)`, `money`, `text(200)`, `date`, `boolean`, `choice(list)`."""

    kind: Literal["integer", "decimal", "percent", "money", "text", "date", "boolean", "choice"]
    argument: int | Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Bound:
    """`>= 0`, `<= 100`, `> 0`, `< 10` written after a type."""

    operator: Literal["<", "<=", ">", ">="]
    value: NumberLiteral
    negative: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Definition:
    """`= a = b …`: the first side is the formula, each further one a check."""

    sides: tuple[Expression, ...]
    span: Span


RollupName = Literal[
    "sum", "recompute", "min", "max", "mean", "count", "last", "concat", "union", "group", "none"
]


@dataclass(frozen=True, slots=True)
class Rollup:
    """`rollup mean weighted by c19`, `rollup group by ten`; `by` holds the weight or the key."""

    rule: RollupName
    by: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class OverTime:
    """`over time last`."""

    rule: Literal["sum", "last", "cumulative", "recompute"]
    span: Span


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """`code "43_1"`."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Required:
    """`required`."""

    span: Span


@dataclass(frozen=True, slots=True)
class RequiredWhen:
    """`required when (c3 > 0)`: an answer is needed where the condition holds."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ShownWhen:
    """`shown when (co_du_an)`: asked only where the condition holds, and blank elsewhere."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class MaxLength:
    """`max 5000`: characters of a text, rows of a group."""

    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class MeasureUse:
    """`measure ho_so`."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Note:
    """`note "…"`: how to fill it, shown beside the cell."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Last:
    """`last` or `first` on a total row: where it is printed."""

    place: Literal["first", "last"]
    span: Span


@dataclass(frozen=True, slots=True)
class FromDate:
    """`from 2025-07-01`: on the form for data that closes on or after that day."""

    day: Date
    span: Span


@dataclass(frozen=True, slots=True)
class UntilDate:
    """`until 2025-06-30`: on the form for data that closes by that day."""

    day: Date
    span: Span


@dataclass(frozen=True, slots=True)
class IndicatorUse:
    """`indicator ho_so_tiep_nhan`: what the column or row is in the catalogue; `same as kstt_quy` where another place
    asks for it too. `same_as` is the dotted name as one text."""

    name: Name
    same_as: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class RenamedFrom:
    """`renamed from c4`: what this was called in the edition before."""

    name: Name | String
    span: Span


Attribute = (
    TypeUse
    | Bound
    | Definition
    | Rollup
    | OverTime
    | PrintedCode
    | Required
    | MaxLength
    | MeasureUse
    | Note
    | Last
    | FromDate
    | UntilDate
    | IndicatorUse
    | RenamedFrom
    | RequiredWhen
    | ShownWhen
)


# Tables


@dataclass(frozen=True, slots=True)
class Column:
    """A leaf column."""

    name: Name
    label: String
    attributes: tuple[Attribute, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """`group "Trong kỳ" { … }`."""

    label: String
    items: tuple[Column | ColumnGroup, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Columns:
    """`columns { … }`."""

    items: tuple[Column | ColumnGroup, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Stub:
    """`stub label "Lĩnh vực" code "2"`: a column left of the data."""

    shows: Literal["ordinal", "code", "label", "measure"]
    label: String
    attributes: tuple[Attribute, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OfWhich:
    """`of which [overlapping|exhaustive|disjoint] { … }` under a row. Without a mode only part <= whole is said."""

    mode: Literal["overlapping", "exhaustive", "disjoint"] | None
    rows: tuple[Row, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """`row I "Tổng số" code "I" = sum(…) last { of which { … } }`.

    Plain sub-rows, and rows from a code list or that the unit adds, may stand in the braces too.
    """

    name: Name
    label: String
    attributes: tuple[Attribute, ...]
    parts: tuple[OfWhich | Row | Each | Many, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Each:
    """`each linh_vuc from linh_vuc_cap_xa`: one row per code of a code list."""

    name: Name
    code_list: Name
    attributes: tuple[Attribute, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Many:
    """`many du_an "Dự án" max 200 key ten { ten "Tên" text(200) }`: rows the unit adds itself."""

    name: Name
    label: String
    attributes: tuple[Attribute, ...]
    key: Name | None
    columns: tuple[Column, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RowSection:
    """`section muc_1 "Số vụ tai nạn" code "I" { … }`: a line that heads rows and holds no values itself."""

    name: Name
    label: String
    attributes: tuple[Attribute, ...]
    items: tuple[Row | Each | Many | RowSection, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Rows:
    """`rows { … }`."""

    items: tuple[Stub | Row | Each | Many | RowSection, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FormNumber:
    """`form "II.06a/VPCP/KSTT"`."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Orientation:
    """`landscape` or `portrait`."""

    value: Literal["landscape", "portrait"]
    span: Span


@dataclass(frozen=True, slots=True)
class Footnote:
    """`footnote "…"`."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class CellRule:
    """`cell [tong].c5 not applicable` or `cell [tong].c5 = formula`."""

    row: tuple[Name | String, ...]
    column: Name
    not_applicable: bool
    definition: Definition | None
    span: Span


@dataclass(frozen=True, slots=True)
class Check:
    """`check name [once] [at entry]: condition "message"`, `warn … explain`. Name and message may be left out."""

    severity: Literal["check", "warn"]
    name: Name | None
    once: bool
    at_entry: bool
    condition: Expression
    message: String | None
    explain: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """`table b06a "…" { … }`."""

    name: Name
    title: String
    items: tuple[TableItem, ...]
    span: Span


TableItem = FormNumber | MeasureUse | Orientation | Columns | Rows | Check | CellRule | Footnote | RenamedFrom


# Outline


@dataclass(frozen=True, slots=True)
class Prompt:
    """`prompt "…"`."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class TextField:
    """`text danh_gia "Đánh giá chung" max 5000 required rollup concat`."""

    name: Name
    label: String
    attributes: tuple[Attribute, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    """`field so_can_bo "Số cán bộ" integer >= 0`: a value of the report outside every table."""

    name: Name
    label: String
    attributes: tuple[Attribute, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Insert:
    """`{expression | filter argument}` inside `say`."""

    expression: Expression
    filter: Name | None
    argument: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Say:
    """`say "… {b06a[tong].c3} …"`: texts and inserted values in turn."""

    parts: tuple[String | Insert, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TablePlace:
    """`table b06a` in the outline: the table is printed here."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """`section "I. …" [shown when (…)] { … }`."""

    title: String
    items: tuple[OutlineItem, ...]
    span: Span
    shown_when: ShownWhen | None = None


OutlineItem = Prompt | TextField | Field | Say | TablePlace | Section


@dataclass(frozen=True, slots=True)
class Outline:
    """`outline { … }`."""

    items: tuple[OutlineItem, ...]
    span: Span


# Regime


@dataclass(frozen=True, slots=True)
class Basis:
    """`basis "Thông tư 01/2020/TT-VPCP"`; several texts may follow, separated by commas."""

    texts: tuple[String, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Kind:
    """`kind periodic`."""

    value: Literal["periodic", "thematic", "ad_hoc"]
    span: Span


@dataclass(frozen=True, slots=True)
class Periods:
    """`period quarter, year`; names are resolved by the compiler."""

    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FilledBy:
    """`filled by commune, department`."""

    levels: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class GoesTo:
    """`goes to province`."""

    level: Name
    span: Span


@dataclass(frozen=True, slots=True)
class DueEntry:
    """`commune +1 working day`."""

    level: Name
    days: int
    working: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Due:
    """`due commune +1 working day, province +5 days`."""

    entries: tuple[DueEntry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sign:
    """`sign leader`."""

    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Effective:
    """`effective from 2026-01-01 until 2026-12-31`."""

    start: Date
    until: Date | None
    span: Span


@dataclass(frozen=True, slots=True)
class Unverified:
    """`unverified "tên cột 3 chưa đối chiếu"`: a doubt about the transcription, shown wherever the form is."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Chart:
    """`chart xu_huong "…" line b06a[tong].c3 over 8 periods` or `… bar … by unit`."""

    name: Name
    title: String
    mark: Literal["bar", "line", "pie"]
    value: Reference
    by_unit: bool
    over_periods: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Given:
    """`b06a[linh_vuc.dat_dai].c4 = 5` in an example; `prior(b06a[…].c11) = 4` gives an earlier report's value.

    The value is a literal, or the name `blank` for a cell that is (or must be) blank.
    """

    cell: Reference
    function: Name | None
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Fails:
    """`fails can_doi` in an example's `expect`; `holds` when the check must pass.

    A check that the author gave no name is called by what it says: `fails "b01xld.c1=c4+c5"`.
    """

    check: Name | String
    holds: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Example:
    """`example "…" { given { … } expect { … } }`."""

    title: String
    given: tuple[Given, ...]
    expect: tuple[Given | Fails, ...]
    span: Span


RegimeItem = (
    Basis
    | Kind
    | Periods
    | FilledBy
    | GoesTo
    | Due
    | Sign
    | Effective
    | Unverified
    | RenamedFrom
    | Table
    | Outline
    | Check
    | Chart
    | Example
)


@dataclass(frozen=True, slots=True)
class Regime:
    """`regime kstt_quy "…" { … }`."""

    name: Name
    title: String
    items: tuple[RegimeItem, ...]
    span: Span


# File


@dataclass(frozen=True, slots=True)
class Package:
    """`package vpcp.kstt 1.0.0 "…"`; the dotted name as one text."""

    name: Name
    version: Name
    title: String
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """`use danh_muc.chung ^1.0`, `use danh_muc.chung >= 1.2 < 3`: `versions` is the range as written, single spaced."""

    name: Name
    versions: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Owner:
    """`owner "Văn phòng UBND tỉnh"`: who answers for the package."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Licence:
    """`licence "CC-BY-4.0"`: under which terms others may use it."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Measure:
    """`measure trieu_dong "triệu đồng" = 1_000_000 dong`."""

    name: Name
    label: String
    factor: NumberLiteral | None
    base: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Concept:
    """`concept "…"` of an indicator."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class Method:
    """`method "…"` of an indicator: how it is worked out."""

    text: String
    span: Span


@dataclass(frozen=True, slots=True)
class DataSource:
    """`source "…"` of an indicator: where its numbers come from."""

    text: String
    span: Span


IndicatorItem = PrintedCode | Concept | Method | MeasureUse | DataSource | Rollup | OverTime | Note


@dataclass(frozen=True, slots=True)
class Indicator:
    """`indicator ho_so_tiep_nhan "Số hồ sơ tiếp nhận" { code "0501" … }`: an entry of the catalogue."""

    name: Name
    label: String
    items: tuple[IndicatorItem, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """`dat_dai "Đất đai" under tai_nguyen from 2025-07-01 until 2026-06-30`; the code may be a quoted text."""

    code: Name | String
    label: String
    parent: Name | String | None
    start: Date | None
    until: Date | None
    renamed_from: RenamedFrom | None
    span: Span


@dataclass(frozen=True, slots=True)
class CodeList:
    """`list linh_vuc "Lĩnh vực" { … }`, or `list don_vi "…" from "don_vi.csv"`: then `csv` is the path."""

    name: Name
    title: String
    entries: tuple[CodeEntry, ...]
    csv: String | None
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """One source file. `package` is None where the file has no package line (an error unless others of it have).

    lost: what the items were called that couldn't be read: their names, and their keywords in English.
    """

    language: Literal["en", "vi"]
    package: Package | None
    uses: tuple[Use, ...]
    owners: tuple[Owner, ...]
    licences: tuple[Licence, ...]
    effective: tuple[Effective, ...]
    measures: tuple[Measure, ...]
    indicators: tuple[Indicator, ...]
    code_lists: tuple[CodeList, ...]
    regimes: tuple[Regime, ...]
    span: Span
    lost: tuple[str, ...] = ()

"""The handbook of a form, in Markdown: what each cell means, how it is computed, checked and rolled up, in words.

For whoever fills the form, checks it, or has to explain a number. Everything is derived from the template,
so the handbook can't disagree with the form. What the author wrote is escaped: in Markdown it is text and
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import assert_never

from compiler.cells import CellKind, Layout
from compiler.formula.expressions import Captured
from compiler.template import (
    Bound,
    Check,
    CodeList,
    Column,
    Deadline,
    Indicator,
    PeriodType,
    Table,
    Template,
    ValueType,
    template_hash,
)
from renderers.filling import Filling
from renderers.formula_words import FormulaWords
from renderers.places import column_words, narratives
from renderers.rollup_words import over_time_words, over_units_words
from renderers.sentences import measure_label
from renderers.validators import printed

_PERIODS: dict[PeriodType, str] = {
    "week": "tuần",
    "month": "tháng",
    "quarter": "quý",
    "half_year": "sáu tháng",
    "nine_months": "chín tháng",
    "year": "năm",
}
_REGIME_KINDS = {"periodic": "định kỳ", "thematic": "chuyên đề", "ad_hoc": "đột xuất"}
_ORIGINS = {
    "written": "do người soạn biểu đặt ra",
    "chain": "từ công thức in trên biểu",
    "part": "vì là số «trong đó»",
    "disjoint": "vì các số «trong đó» không trùng nhau",
    "exhaustive": "vì các số «trong đó» hợp thành tổng",
    "required": "điều kiện bắt buộc nhập",
    "shown": "điều kiện được nhập",
}
_MOST_NAMES = 5
"""Of more rows or columns only the first and the last are named."""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def render(layout: Layout, filling: Filling | None = None) -> bytes:
    """The handbook as UTF-8. A filling changes nothing."""
    return ("\n".join(_lines(layout)) + "\n").encode("utf-8")


def _lines(layout: Layout) -> Iterator[str]:
    template = layout.template
    yield f"# {escaped(template.title)}"
    yield ""
    yield from _head(template)
    for number, table in enumerate(template.tables, start=1):
        yield ""
        yield from _table(layout, table, number)
    across = [check for check in template.checks if check.table is None]
    if across:
        yield ""
        yield "## Kiểm tra giữa các biểu"
        yield ""
        yield from _checks(template, None, across)
    texts = narratives(template)
    if texts:
        yield ""
        yield "## Phần lời"
        yield ""
        for text in texts:
            required = ", bắt buộc" if text.required else ""
            words = over_units_words(text.over_units, "entered", None)
            yield (
                f"- **{escaped(text.label)}** (`{text.name}`): tối đa {text.max_length} ký tự{required}. "
                + words.why
            )
    for codes in template.code_lists:
        yield ""
        yield from _code_list(codes)
    if template.indicators:
        yield ""
        yield "## Chỉ tiêu"
        yield ""
        for indicator in template.indicators:
            yield from _indicator(template, indicator)
    if template.notes:
        yield ""
        yield "## Điều chưa đối chiếu"
        yield ""
        yield from (f"- {escaped(note)}" for note in template.notes)


def _head(template: Template) -> Iterator[str]:
    periods = ", ".join(_PERIODS[period] for period in template.period_types)
    facts = [
        ("Chế độ báo cáo", f"`{template.regime}`, gói `{template.package}` phiên bản {template.version}"),
        ("Cơ quan chủ trì", escaped(template.owner or "")),
        ("Giấy phép", escaped(template.licence or "")),
        ("Căn cứ", escaped("; ".join(template.basis))),
        ("Loại", _REGIME_KINDS[template.kind]),
        ("Kỳ báo cáo", periods),
        ("Cấp lập báo cáo", escaped(", ".join(template.filled_by))),
        ("Nơi nhận", escaped(template.goes_to)),
        ("Hạn gửi", "; ".join(_deadline(deadline) for deadline in template.deadlines)),
        ("Người ký", escaped(", ".join(template.signed_by))),
        ("Hiệu lực", dates(template.effective_from, template.effective_until)),
        ("Mã băm của biểu mẫu", f"`{template_hash(template)}`"),
    ]
    yield from (f"- {name}: {value}" for name, value in facts if value)


def _deadline(deadline: Deadline) -> str:
    days = "ngày làm việc" if deadline.working_days else "ngày"
    return f"cấp {escaped(deadline.level)}: {deadline.days} {days} sau ngày chốt số liệu"


def _indicator(template: Template, indicator: Indicator) -> Iterator[str]:
    """An entry of the catalogue, and where in this form it stands."""
    key = (indicator.package, indicator.name)
    places: list[str] = []
    for table in template.tables:
        own = [column for row in table.rows for column in row.columns]
        for part in (*table.columns, *own):
            if part.indicator is not None and (part.indicator.package, part.indicator.name) == key:
                places.append(f"cột `{table.name}.{part.name}`")
        for row in table.rows:
            if row.indicator is not None and (row.indicator.package, row.indicator.name) == key:
                places.append(f"dòng `{table.name}[{row.name}]`")
    code = f"{escaped(indicator.code)}. " if indicator.code else ""
    yield f"- **{code}{escaped(indicator.label)}** (`{indicator.package}.{indicator.name}`): {', '.join(places)}"
    measure = "" if indicator.measure is None else measure_label(template, indicator.measure)
    facts = [
        ("Khái niệm", indicator.concept),
        ("Phương pháp tính", indicator.method),
        ("Đơn vị tính", measure),
        ("Nguồn", indicator.source),
        ("Ghi chú", indicator.note),
    ]
    yield from (f"  - {name}: {escaped(words)}" for name, words in facts if words)


# -- a table -------------------------------------------------------------------------------------------------


def _table(layout: Layout, table: Table, number: int) -> Iterator[str]:
    template = layout.template
    yield f"## Biểu {number}. {escaped(table.title)}"
    yield ""
    if table.form:
        yield f"- Ký hiệu biểu: {escaped(table.form)}"
    if table.measure:
        yield f"- Đơn vị tính: {escaped(measure_label(template, table.measure))}"
    yield f"- Tên trong dữ liệu: `{table.name}`"
    yield ""
    yield "### Cột"
    yield ""
    yield from _columns(layout, table, table.columns, column_words(table))
    yield ""
    yield "### Dòng"
    yield ""
    yield from _rows(layout, table)
    for row in table.rows:
        if row.kind == "added":
            yield ""
            yield f"### Các dòng «{escaped(row.label)}» đơn vị tự thêm"
            yield ""
            limits = [f"tối đa {row.max_rows} dòng"] if row.max_rows is not None else []
            if row.key is not None:
                limits.append(f"không trùng nhau ở cột `{row.key}`")
            if limits:
                yield f"{'; '.join(limits)}.".capitalize()
                yield ""
            yield from _columns(layout, table, row.columns, {})
    if table.exceptions:
        yield ""
        yield "### Ô riêng"
        yield ""
        yield from _own_cells(layout, table)
    checks = [check for check in template.checks if check.table == table.name]
    if checks:
        yield ""
        yield "### Kiểm tra"
        yield ""
        yield from _checks(template, table, checks)
    if table.footnotes:
        yield ""
        yield from (f"Ghi chú: {escaped(note)}" for note in table.footnotes)


def _columns(
    layout: Layout, table: Table, columns: Sequence[Column], headings: Mapping[str, str]
) -> Iterator[str]:
    """The columns as a grid, then why each is rolled up as it is."""
    template = layout.template
    words = FormulaWords(template, table.name)
    rows: list[Sequence[str]] = []
    reasons: dict[str, str] = {}
    for column in columns:
        source = "nhập" if column.formula is None else "= " + escaped(words.say(column.formula.expression))
        kind = _kind(column)
        rolled = over_units_words(
            column.over_units, kind, None if column.formula is None else column.formula.additivity
        )
        reasons[rolled.why] = rolled.name
        name = escaped(headings.get(column.name, column.label))
        rows.append(
            (
                escaped(column.code_text or column.code),
                f"{name} (`{column.name}`)" + (f". {escaped(column.note)}" if column.note else ""),
                _type(template, column.type, column.measure or _measure_of(table, column)),
                "; ".join(_limits(column)),
                source,
                f"{rolled.name}; theo thời gian: {over_time_words(column.over_time)}",
            )
        )
    yield from _grid(("Cột", "Tên", "Kiểu", "Giới hạn", "Cách có số", "Tổng hợp"), rows)
    yield ""
    yield from (f"- {name.capitalize()}: {why}" for why, name in reasons.items())


def _kind(column: Column) -> CellKind:
    if column.formula is None:
        return "entered"
    return "carried" if isinstance(column.formula.expression, Captured) else "computed"


def _measure_of(table: Table, column: Column) -> str | None:
    """A table's measure is that of its plain numbers; percents, texts and dates have none."""
    return table.measure if column.type.kind in {"integer", "decimal", "money"} else None


def _type(template: Template, type: ValueType, measure: str | None) -> str:
    match type.kind:
        case "integer":
            name = "số nguyên"
        case "decimal" | "money":
            name = "số tiền" if type.kind == "money" else "số"
            name += f", {type.scale} chữ số thập phân" if type.scale else ""
        case "percent":
            name = "tỷ lệ %" + (f", {type.scale - 2} chữ số thập phân" if type.scale > 2 else "")
        case "text":
            name = f"văn bản, tối đa {type.max_length} ký tự" if type.max_length else "văn bản"
        case "date":
            name = "ngày"
        case "boolean":
            name = "có hoặc không"
        case "choice":
            name = f"chọn trong danh mục `{type.code_list}`"
        case _:
            assert_never(type.kind)
    return f"{name} ({escaped(measure_label(template, measure))})" if measure else name


def _limits(column: Column) -> Iterator[str]:
    if column.required:
        yield "bắt buộc"
    if column.minimum is not None:
        yield f"{'≥' if column.minimum.inclusive else '>'} {_bound(column.minimum, column.type)}"
    if column.maximum is not None:
        yield f"{'≤' if column.maximum.inclusive else '<'} {_bound(column.maximum, column.type)}"


def _bound(bound: Bound, type: ValueType) -> str:
    return printed(Fraction(bound.value), type.scale, type.kind == "percent")


def _rows(layout: Layout, table: Table) -> Iterator[str]:
    words = FormulaWords(layout.template, table.name)
    for row in table.rows:
        name = f"**{escaped(row.label)}** (`{row.name}`)"
        # The point is escaped: "1. " would begin a numbered list.
        said = [f"{escaped(row.code)}\\. {name}" if row.code else name]
        if row.measure is not None:
            said.append(f"đơn vị tính: {escaped(measure_label(layout.template, row.measure))}")
        if row.formula is not None:
            said.append("= " + escaped(words.say(row.formula.expression)) + ", từng cột một")
        if row.whole is not None:
            whole = next(other for other in table.rows if other.name == row.whole)
            said.append(f"trong đó của «{escaped(whole.label)}»")
        if row.kind == "added":
            said.append(
                "đơn vị tự thêm dòng" + (f", tối đa {row.max_rows}" if row.max_rows is not None else "")
            )
        if row.over_units is not None:
            said.append("tổng hợp: " + over_units_words(row.over_units, "entered", None).name)
        if row.note:
            said.append(escaped(row.note))
        yield "  " * row.depth + "- " + "; ".join(said)


def _own_cells(layout: Layout, table: Table) -> Iterator[str]:
    """The single cells that depart from their row and column."""
    words = FormulaWords(layout.template, table.name)
    columns = column_words(table)
    rows = {row.name: row for row in table.rows}
    for exception in table.exceptions:
        place = f"«{escaped(rows[exception.row].label)}», {escaped(columns[exception.column])}"
        if exception.not_applicable:
            yield f"- {place}: không phải nhập, in dấu x"
        elif exception.formula is not None:
            yield f"- {place}: = {escaped(words.say(exception.formula.expression))}"


def _checks(template: Template, table: Table | None, checks: Sequence[Check]) -> Iterator[str]:
    words = FormulaWords(template, None if table is None else table.name)
    for check in checks:
        severity = "Phải đúng" if check.severity == "error" else "Cần xem lại"
        notes = [_scope(check, table)]
        if check.explain:
            notes.append("nếu không đúng thì giải trình")
        if check.at_entry:
            notes.append("chỉ kiểm tra khi nhập")
        if check.origin != "written":
            notes.append(_ORIGINS[check.origin])
        condition = escaped(words.say(check.condition))
        yield f"- **{severity}**: {escaped(check.message)} (`{check.name}`): {condition}. {'; '.join(notes)}."


def _scope(check: Check, table: Table | None) -> str:
    match check.scope:
        case "once":
            return "Kiểm tra một lần"
        case "row":
            labels = {row.name: row.label for row in table.rows} if table is not None else {}
            return f"Từng dòng: {_few([labels[row] for row in check.rows])}"
        case "column":
            names = (
                {column.name: column.code or column.label for column in table.columns}
                if table is not None
                else {}
            )
            return f"Từng cột: {_few([names[column] for column in check.columns])}"
        case _:
            assert_never(check.scope)


def _few(names: Sequence[str]) -> str:
    """All of a few names; of many the first and the last."""
    if len(names) <= _MOST_NAMES:
        return ", ".join(escaped(name) for name in names)
    return f"{len(names)}, từ {escaped(names[0])} đến {escaped(names[-1])}"


# -- lists and Markdown --------------------------------------------------------------------------------------


def _code_list(codes: CodeList) -> Iterator[str]:
    yield f"## Danh mục `{codes.name}`: {escaped(codes.title)}"
    yield ""
    rows = [
        (
            f"`{code.code}`",
            escaped(code.label),
            f"`{code.parent}`" if code.parent is not None else "",
            dates(code.valid_from, code.valid_until),
        )
        for code in codes.codes
    ]
    yield from _grid(("Mã", "Tên", "Thuộc", "Hiệu lực"), rows)


def dates(start: date | None, end: date | None) -> str:
    """A span of days in words, either end open; "" where both are."""
    parts = [f"từ {start:%d/%m/%Y}"] if start is not None else []
    if end is not None:
        parts.append(f"đến hết {end:%d/%m/%Y}")
    return " ".join(parts)


def escaped(text: str) -> str:
    """A text of the author as Markdown shows it letter by letter, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table without the columns that are empty in every row."""
    kept = [index for index in range(len(heads)) if any(row[index] for row in rows)]
    yield _line([heads[index] for index in kept])
    yield _line(["---"] * len(kept))
    yield from (_line([row[index] for index in kept]) for row in rows)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"

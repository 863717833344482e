"""Generated validation is equal to its definition, and says in words what is wrong."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.findings import Finding, sentence
from compiler.formula.evaluate import carried_key, evaluate_report
from compiler.formula.expressions import Cell, Text, call, number
from compiler.template import Bound, Check, Column, Formula, Row, Section, TextInput, ValueType
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values, to_decimal
from renderers import entries
from renderers.entries import greatest, least
from renderers.validators import Validator

Where = tuple[str | int | None, ...]


@pytest.fixture(scope="module")
def validator(layout: Layout) -> Validator:
    return Validator(layout)


def outline(finding: Finding) -> tuple[str, str, str | None, Where]:
    place = finding.place
    return (
        finding.code,
        finding.severity,
        finding.check,
        (place.table, place.row, place.column, place.index, place.text),
    )


# -- the definition, one rule at a time
# ------------------------------------------------------------------------


def broken_rules(column: Column, value: Scalar | None) -> Iterator[str]:
    if value is None:
        if column.required:
            yield "required"
        return
    if not column.type.is_number:
        return
    exact = to_decimal(int(value), column.type.scale)
    if column.minimum is not None:
        if column.minimum.inclusive and exact < column.minimum.value:
            yield "below_minimum"
        if not column.minimum.inclusive and exact <= column.minimum.value:
            yield "not_above"
    if column.maximum is not None:
        if column.maximum.inclusive and exact > column.maximum.value:
            yield "above_maximum"
        if not column.maximum.inclusive and exact >= column.maximum.value:
            yield "not_below"


def definition(layout: Layout, values: Values) -> list[tuple[str, str, str | None, Where]]:
    evaluation = evaluate_report(layout, values)
    right = evaluation.values
    found: list[tuple[str, str, str | None, Where]] = []

    def error(code: str, *where: str | int | None) -> None:
        found.append((code, "error", None, (*where, None, None, None, None, None)[:5]))

    for cell in layout.cells:
        given = values.cells.get(cell.address)
        entered = cell.kind == "entered" or (
            cell.kind == "carried" and carried_key(cell) not in values.captured
        )
        if entered:
            for code in broken_rules(cell.column, given):
                error(code, *cell.address)
        elif cell.kind != "not_applicable" and given is not None and given != right.cells.get(cell.address):
            error("computed_differs" if cell.kind == "computed" else "carried_differs", *cell.address)
    for group in layout.groups:
        rows = values.added.get(group.key, ())
        if group.row.max_rows is not None and len(rows) > group.row.max_rows:
            error("too_many_rows", *group.key)
        keys: list[Any] = []
        for index, row in enumerate(rows, start=1):
            for added in group.columns:
                name = added.column.name
                where = (*group.key, name, index)
                value = row.get(name)
                if added.kind == "computed":
                    if value is not None and value != right.added[group.key][index - 1].get(name):
                        error("computed_differs", *where)
                    continue
                for code in broken_rules(added.column, value):
                    error(code, *where)
                if name == group.row.key:
                    key = (
                        None if value is None else " ".join(unicodedata.normalize("NFC", str(value)).split())
                    )
                    if key is not None and key in keys:
                        error("duplicate_key", *where)
                    keys.append(key)
    for section in layout.template.outline:
        assert isinstance(section, Section)
        for item in section.items:
            if isinstance(item, TextInput) and item.required and item.name not in values.texts:
                error("required", None, None, None, None, item.name)
    for outcome in evaluation.outcomes:
        check, placed = outcome.placed.check, outcome.placed
        line = placed.row if placed.group is None else placed.group.group
        place = (check.table, line, placed.column, outcome.index, None)
        if outcome.holds is None:
            found.append(("check_not_evaluated", "notice", check.name, place))
        elif not outcome.holds:
            compares = {"less_equal", "equal"}
            operation = getattr(check.condition, "operation", "")
            code = "check_failed" if operation in compares else "check_not_met"
            found.append((code, check.severity, check.name, place))
    return found


@given(data=st.data())
def test_generated_validation_is_the_definition(
    layout: Layout, validator: Validator, reports: st.SearchStrategy[Values], data: st.DataObject
) -> None:
    values = data.draw(reports)
    evaluation, findings = validator.validate(values)
    assert evaluation == evaluate_report(layout, values)
    assert [outline(finding) for finding in findings] == definition(layout, values)
    for finding in findings:
        assert sentence(finding, "vi")
        assert sentence(finding, "en")


# -- in words
# --------------------------------------------------------------------------------------------------


def said(validator: Validator, values: Values) -> list[str]:
    return [f"{finding.place.words}: {sentence(finding)}" for finding in validator.validate(values)[1]]


def changed(values: Values, **cells: Scalar | None) -> Values:
    """`hs__dat_dai__xong=5`: that cell with another value, or blank."""
    merged = {**values.cells, **{Address(*name.split("__")): value for name, value in cells.items()}}
    return dataclasses.replace(
        values, cells={address: value for address, value in merged.items() if value is not None}
    )


def test_a_right_report_makes_no_finding(validator: Validator, right_report: Values) -> None:
    evaluation, findings = validator.validate(right_report)
    assert findings == ()
    assert evaluation.values.cells[Address("hs", "tong_so", "ty_le")] == 5789  # 11 / 19
    # What was evaluated may come back as given.
    again, findings = validator.validate(evaluation.values)
    assert (again, findings) == (evaluation, ())


def test_what_is_wrong_is_said_with_numbers(validator: Validator, right_report: Values) -> None:
    assert said(validator, changed(right_report, hs__dat_dai__xong=1000)) == [
        "Đất đai › Đã giải quyết: 1.000 không nhỏ hơn 1.000",
        "Đất đai: Đã giải quyết không quá tiếp nhận: 1.000 so với 8",
        "Tổng số: Đã giải quyết không quá tiếp nhận: 1.007 so với 19",
    ]
    assert said(validator, changed(right_report, hs__dat_dai__le_phi=50)) == [
        "Đất đai › Lệ phí: 0,50 không lớn hơn 0,50"
    ]
    assert said(validator, changed(right_report, hs__dat_dai__ty_le=9500, hs__ho_tich__cu=5)) == [
        "Đất đai › Tỷ lệ giải quyết: Ô tính tự động ghi 95,00%, đúng phải là 50,00%",
        "Hộ tịch › Tiếp nhận › Trong đó › Kỳ trước chuyển sang: "
        "Số kỳ trước chuyển sang ghi 5, báo cáo kỳ trước là 4",
    ]
    assert said(validator, changed(right_report, hs__dat_dai__moi=-1, da__chung__von=None))[:2] == [
        "Đất đai › Tiếp nhận › Trong đó › Mới: -1 nhỏ hơn mức thấp nhất 0",
        "Chi chung › Vốn: Bắt buộc phải nhập",
    ]


def test_an_opening_value_is_entered_where_nothing_was_carried(
    validator: Validator, right_report: Values
) -> None:
    key = CaptureKey("prior", Address("hs", "dat_dai", "con"))
    captured = {other: value for other, value in right_report.captured.items() if other != key}
    fresh = dataclasses.replace(right_report, captured=captured)
    opened = changed(fresh, hs__dat_dai__cu=2)
    assert said(validator, opened) == []
    assert validator.validate(opened)[0].values.cells[Address("hs", "dat_dai", "tong")] == 7
    assert said(validator, changed(fresh, hs__dat_dai__cu=-2)) == [
        "Đất đai › Tiếp nhận › Trong đó › Kỳ trước chuyển sang: -2 nhỏ hơn mức thấp nhất 0",
        "Đất đai: Đã giải quyết không quá tiếp nhận: 4 so với 3",
    ]
    # The earlier report was there, and blank: the cell is blank, whatever was written into it.
    blank = dataclasses.replace(opened, captured={**captured, key: None})
    assert said(validator, blank) == [
        "Đất đai › Tiếp nhận › Trong đó › Kỳ trước chuyển sang: "
        "Số kỳ trước chuyển sang ghi 2, báo cáo kỳ trước là …"
    ]


def test_added_rows(validator: Validator, right_report: Values) -> None:
    key = GroupKey("da", "du_an")
    rows: tuple[Mapping[str, Scalar], ...] = (
        {"ten": "Cầu  Trà Khúc ", "von": 100, "chi": 200, "con_lai": 5},
        {},
        *right_report.added[key],
    )
    assert said(validator, dataclasses.replace(right_report, added={key: rows})) == [
        "Dự án: Có 4 dòng, tối đa 3",
        "Dự án 1 › Còn lại: Ô tính tự động ghi 0,05, đúng phải là -1,00",
        "Dự án 2 › Tên dự án: Bắt buộc phải nhập",
        "Dự án 2 › Vốn: Bắt buộc phải nhập",
        "Dự án 3 › Tên dự án: «Cầu Trà Khúc» đã có ở dòng 1",
        "Dự án 1: Đã chi không quá vốn: 2,00 so với 1,00",
        "Dự án 2: Chưa kiểm tra được «Đã chi không quá vốn» vì còn ô trống",
    ]


def test_sides_of_a_check_are_printed_as_compared(layout: Layout, right_report: Values) -> None:
    def failing(condition: Any) -> str:
        check = Check(
            name="thu",
            message="Thử",
            severity="error",
            scope="row",
            table="hs",
            rows=("dat_dai",),
            condition=condition,
        )
        template = layout.template.model_copy(update={"checks": (check,)})
        (finding,) = Validator(Layout(template)).validate(right_report)[1]
        return sentence(finding)

    def cell(column: str) -> Cell:
        return Cell(table="hs", row="dat_dai", column=column)

    assert failing(call("less", number("0.95"), cell("ty_le"))) == "Thử: 95% so với 50,00%"
    assert (
        failing(call("equal", call("divide", cell("xong"), number(3)), number(2))) == "Thử: 1,333333 so với 2"
    )
    assert failing(call("equal", cell("le_phi"), cell("moi"))) == "Thử: 20 so với 5"
    assert (
        failing(
            call(
                "agrees",
                cell("moi"),
                call("sum", Cell(table="hs", row="ho_tich", column="cu"), number("0.5")),
            )
        )
        == "Thử: 5 so với 4,5"
    )
    assert failing(call("not", call("blank", cell("ghi_chu")))) == "Thử"
    assert failing(call("equal", Text(value="a"), Text(value="b"))) == "Thử: a so với b"


def test_a_result_too_large_is_one_finding(layout: Layout, right_report: Values) -> None:
    def cell(column: str) -> Cell:
        return Cell(table="hs", column=column)

    huge = call("multiply", call("multiply", cell("moi"), cell("moi")), cell("moi"))
    columns = tuple(
        column.model_copy(update={"formula": Formula(expression=huge, additivity="other")})
        if column.name == "xong"
        else column
        for column in layout.template.tables[0].columns
    )
    table = layout.template.tables[0].model_copy(update={"columns": columns})
    template = layout.template.model_copy(update={"tables": (table, layout.template.tables[1])})
    values = changed(right_report, hs__dat_dai__moi=10**14)
    evaluation, findings = Validator(Layout(template)).validate(values)
    assert [(finding.code, finding.place.words) for finding in findings] == [
        ("overflow", "Đất đai › Đã giải quyết")
    ]
    assert (evaluation.values, evaluation.outcomes) == (values, ())


def test_a_result_too_large_in_an_added_row_is_placed(layout: Layout, right_report: Values) -> None:
    def cell(column: str) -> Cell:
        return Cell(table="da", column=column)

    huge = call("multiply", call("multiply", cell("von"), cell("von")), cell("von"))
    columns = tuple(
        column.model_copy(update={"formula": Formula(expression=huge, additivity="other")})
        if column.name == "con_lai"
        else column
        for column in layout.template.tables[1].columns
    )
    table = layout.template.tables[1].model_copy(update={"columns": columns})
    template = layout.template.model_copy(update={"tables": (layout.template.tables[0], table)})
    rows: tuple[Mapping[str, Scalar], ...] = ({"ten": "A", "von": 1}, {"ten": "B", "von": 10**15 - 1})
    values = dataclasses.replace(right_report, added={GroupKey("da", "du_an"): rows})
    (finding,) = Validator(Layout(template)).validate(values)[1]
    assert (finding.code, finding.place.words) == ("overflow", "Dự án 2 › Còn lại")


BOUNDS = st.builds(Bound, value=st.decimals(-20, 20, places=3), inclusive=st.booleans())


@given(BOUNDS, BOUNDS, st.integers(-3000, 3000), st.integers(0, 2))
@example(Bound(value=Decimal("0.005")), Bound(value=Decimal("0.005"), inclusive=False), 1, 2)
def test_bounds_are_exact_at_any_scale(minimum: Bound, maximum: Bound, value: int, scale: int) -> None:
    type = ValueType(kind="decimal", scale=scale)
    exact = to_decimal(value, scale)
    above = exact >= minimum.value if minimum.inclusive else exact > minimum.value
    below = exact <= maximum.value if maximum.inclusive else exact < maximum.value
    assert (value >= least(minimum, type)) == above
    assert (value <= greatest(maximum, type)) == below


def test_generated_code_has_no_text_of_the_template(layout: Layout) -> None:
    table = layout.template.tables[0]
    row = Row(name='x"""\nimport os', label='"""', kind="fixed")
    column = Column(
        name='y")\n#',
        label="'",
        type=ValueType(kind="integer"),
        required=True,
        over_units=table.columns[0].over_units,
    )
    evil = table.model_copy(
        update={
            "name": "'''",
            "columns": (column,),
            "rows": (row,),
            "headings": (column.name,),
            "exceptions": (),
        }
    )
    template = layout.template.model_copy(update={"tables": (evil,), "checks": (), "outline": ()})
    source = entries.source(Layout(template))
    assert "import" not in source
    assert "#" not in source
    assert [outline(finding)[0] for finding in Validator(Layout(template)).validate(Values())[1]] == [
        "required"
    ]

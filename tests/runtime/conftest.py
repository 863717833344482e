"""A small regime that has every rule over units in it, and values for it."""

import pytest

from compiler.cells import Layout
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, call, number
from compiler.template import (
    CellException,
    Check,
    Column,
    Formula,
    OverUnits,
    Row,
    StubColumn,
    Table,
    Template,
    TextInput,
    ValueType,
)
from runtime.states import Plan

WHOLE = ValueType(kind="integer")


def cell(column: str, row: str | None = None) -> Cell:
    return Cell(table="so_lieu", row=row, column=column)


def prior(column: str) -> Captured:
    return Captured(function="prior", cell=cell(column))


def last_year(column: str) -> Captured:
    return Captured(function="last_year", cell=cell(column))


def column(
    name: str,
    rule: str = "sum",
    formula: Expression | None = None,
    additivity: str = "other",
    type: ValueType = WHOLE,
    **rules: str,
) -> Column:
    return Column(
        name=name,
        label=name,
        type=type,
        over_units=OverUnits.model_validate({"rule": rule, **rules}),
        formula=None
        if formula is None
        else Formula.model_validate({"expression": formula, "additivity": additivity}),
    )


def every_rule() -> Template:
    """One table with a column for each rule, two rows and a total; a table of added rows; a narrative."""
    one_decimal, share = ValueType(kind="decimal", scale=1), ValueType(kind="percent", scale=4)
    columns = (
        column("vao"),
        column("ra"),
        column("cong", "recompute", call("add", cell("vao"), cell("ra")), "additive"),
        column("dau", "recompute", prior("cuoi"), "additive"),
        column(
            "cuoi",
            "recompute",
            call("subtract", call("add", cell("dau"), cell("vao")), cell("ra")),
            "additive",
        ),
        column("ty_le", "recompute", call("divide", cell("vao"), cell("cong")), "ratio", share),
        column("ty_le_truoc", "recompute", prior("ty_le"), "ratio", share),
        column("tich", "recompute", call("multiply", cell("vao"), cell("ra"))),
        column("tong_tich", "sum", call("multiply", cell("vao"), cell("ra"))),
        column("tang", "recompute", call("divide", cell("vao"), last_year("vao")), "ratio", one_decimal),
        column("tuoi", "weighted_mean", type=one_decimal, weight="ra"),
        column("tuoi_truoc", "recompute", prior("tuoi"), type=one_decimal),
        column("trung_binh", "mean"),
        column("nho_nhat", "min"),
        column("lon_nhat", "max"),
        column("so_don_vi", "count"),
        column("moi_nhat", "last"),
        column("rieng", "none"),
    )
    not_in_total = (
        "tuoi",
        "tuoi_truoc",
        "trung_binh",
        "nho_nhat",
        "lon_nhat",
        "so_don_vi",
        "moi_nhat",
        "rieng",
    )
    numbers = Table(
        name="so_lieu",
        title="Số liệu",
        stub=(StubColumn(label="Chỉ tiêu", shows="label"),),
        headings=tuple(each.name for each in columns),
        columns=columns,
        rows=(
            Row(name="mot", label="Một", kind="fixed"),
            Row(name="hai", label="Hai", kind="fixed"),
            Row(
                name="tong",
                label="Tổng số",
                kind="fixed",
                total=True,
                formula=Formula(
                    expression=call(
                        "sum", Cell(table="so_lieu", row="mot"), Cell(table="so_lieu", row="hai")
                    ),
                    additivity="additive",
                ),
            ),
        ),
        exceptions=tuple(
            CellException(row="tong", column=name, not_applicable=True) for name in not_in_total
        ),
    )
    added = Table(
        name="danh_sach",
        title="Danh sách",
        stub=(StubColumn(label="Tên", shows="label"),),
        headings=("nam", "nu", "chung"),
        columns=(
            column("nam"),
            column("nu"),
            column(
                "chung",
                "recompute",
                call("add", Cell(table="danh_sach", column="nam"), Cell(table="danh_sach", column="nu")),
                "additive",
            ),
        ),
        rows=(
            _added_row("du_an", OverUnits(rule="union")),
            _added_row("nganh", OverUnits(rule="group", key="ten")),
            Row(
                name="cong_du_an",
                label="Cộng dự án",
                kind="fixed",
                formula=Formula(
                    expression=call("sum", AddedRows(table="danh_sach", group="du_an")), additivity="additive"
                ),
            ),
        ),
    )
    return Template(
        package="thu.nghiem",
        version="1.0.0",
        package_title="Thử nghiệm",
        regime="thu_nghiem",
        title="Mọi quy tắc tổng hợp",
        kind="periodic",
        period_types=("quarter",),
        filled_by=("commune",),
        goes_to="province",
        tables=(numbers, added),
        outline=(
            TextInput(name="nhan_xet", label="Nhận xét", max_length=500, over_units=OverUnits(rule="concat")),
        ),
        checks=(
            Check(
                name="khong_giam",
                message="Số vào không giảm quá nửa",
                severity="warning",
                scope="row",
                table="so_lieu",
                rows=("mot", "hai", "tong"),
                condition=call("greater_equal", call("multiply", number(2), cell("vao")), prior("vao")),
            ),
            Check(
                name="nhap_it",
                message="Mỗi đơn vị ra không quá năm",
                severity="warning",
                at_entry=True,
                scope="row",
                table="so_lieu",
                rows=("mot", "hai"),
                condition=call("less_equal", cell("ra"), number(5)),
            ),
            Check(
                name="tru_du",
                message="Cuối kỳ không âm",
                severity="error",
                scope="row",
                table="so_lieu",
                rows=("mot", "hai"),
                condition=call("greater_equal", cell("cuoi"), number(0)),
            ),
        ),
    )


def _added_row(name: str, over_units: OverUnits) -> Row:
    name_type = ValueType(kind="text", max_length=50)
    return Row(
        name=name,
        label=name,
        kind="added",
        max_rows=20,
        key="ten",
        over_units=over_units,
        columns=(
            column("ten", "none", type=name_type),
            column("loai", "none", type=ValueType(kind="text", max_length=20)),
        ),
    )


@pytest.fixture(scope="session")
def layout() -> Layout:
    return Layout(every_rule())


@pytest.fixture(scope="session")
def plan(layout: Layout) -> Plan:
    return Plan(layout)

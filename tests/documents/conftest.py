"""A small form with every type of cell and every kind of row, and generated reports of it."""

from __future__ import annotations

import string
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, call, number
from compiler.numbers import LIMIT
from compiler.template import (
    Bound,
    CellException,
    Check,
    Code,
    CodeList,
    Column,
    ColumnGroup,
    Formula,
    Measure,
    OverUnits,
    Row,
    Section,
    StubColumn,
    Table,
    TablePlace,
    Template,
    TextInput,
    ValueType,
)
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values

INTEGER = ValueType(kind="integer")
MONEY = ValueType(kind="money", scale=2)
SUM, RECOMPUTE, NONE = OverUnits(rule="sum"), OverUnits(rule="recompute"), OverUnits(rule="none")
FIELDS = ("dat_dai", "ho_tich")


def hs(column: str, row: str | None = None) -> Cell:
    return Cell(table="hs", row=row, column=column)


def da(column: str, row: str | None = None) -> Cell:
    return Cell(table="da", row=row, column=column)


def formula(expression: Expression, additivity: Any = "additive") -> Formula:
    return Formula(expression=expression, additivity=additivity)


CASES = Table(
    name="hs",
    title="Hồ sơ",
    form="01/HS",
    measure="ho_so",
    stub=(StubColumn(label="STT", shows="ordinal"), StubColumn(label="Lĩnh vực", shows="label")),
    headings=(
        ColumnGroup(
            label="Tiếp nhận", members=("tong", ColumnGroup(label="Trong đó", members=("moi", "cu")))
        ),
        "xong",
        "con",
        "ty_le",
        "le_phi",
        "ghi_chu",
    ),
    columns=(
        Column(
            name="tong",
            label="Tổng số",
            code="1",
            code_text="1=2+3",
            type=INTEGER,
            over_units=RECOMPUTE,
            formula=formula(call("add", hs("moi"), hs("cu"))),
        ),
        Column(
            name="moi",
            label="Mới",
            code="2",
            code_text="2",
            type=INTEGER,
            over_units=SUM,
            minimum=Bound(value=Decimal(0)),
            required=True,
        ),
        Column(
            name="cu",
            label="Kỳ trước chuyển sang",
            code="3",
            code_text="3",
            type=INTEGER,
            over_units=SUM,
            minimum=Bound(value=Decimal(0)),
            formula=formula(Captured(function="prior", cell=hs("con"))),
        ),
        Column(
            name="xong",
            label="Đã giải quyết",
            code="4",
            code_text="4",
            type=INTEGER,
            over_units=SUM,
            minimum=Bound(value=Decimal(0)),
            maximum=Bound(value=Decimal(1000), inclusive=False),
        ),
        Column(
            name="con",
            label="Chuyển kỳ sau",
            code="5",
            code_text="5=1-4",
            type=INTEGER,
            over_units=RECOMPUTE,
            minimum=Bound(value=Decimal(0)),
            formula=formula(call("subtract", hs("tong"), hs("xong"))),
        ),
        Column(
            name="ty_le",
            label="Tỷ lệ giải quyết",
            code="6",
            code_text="6",
            type=ValueType(kind="percent", scale=4),
            over_units=RECOMPUTE,
            formula=formula(call("divide", hs("xong"), hs("tong")), "ratio"),
        ),
        Column(
            name="le_phi",
            label="Lệ phí",
            code="7",
            code_text="7",
            type=MONEY,
            measure="dong",
            over_units=SUM,
            minimum=Bound(value=Decimal("0.5"), inclusive=False),
        ),
        Column(
            name="ghi_chu",
            label="Ghi chú",
            type=ValueType(kind="text", max_length=20),
            over_units=NONE,
        ),
    ),
    rows=(
        Row(name="dat_dai", label="Đất đai", kind="listed", group="linh_vuc"),
        Row(name="ho_tich", label="Hộ tịch", kind="listed", group="linh_vuc"),
        Row(
            name="tong_so",
            label="Tổng số",
            kind="fixed",
            total=True,
            formula=formula(call("sum", *(Cell(table="hs", row=row) for row in FIELDS))),
        ),
    ),
    exceptions=(CellException(row="ho_tich", column="le_phi", not_applicable=True),),
)

PROJECTS = Table(
    name="da",
    title="Dự án",
    stub=(StubColumn(label="Tên", shows="label"),),
    headings=("von", "chi", "con_lai"),
    columns=(
        Column(name="von", label="Vốn", type=MONEY, over_units=SUM, required=True),
        Column(name="chi", label="Đã chi", type=MONEY, over_units=SUM, minimum=Bound(value=Decimal(0))),
        Column(
            name="con_lai",
            label="Còn lại",
            type=MONEY,
            over_units=RECOMPUTE,
            formula=formula(call("subtract", da("von"), da("chi"))),
        ),
    ),
    rows=(
        Row(name="chung", label="Chi chung", kind="fixed", code="I"),
        Row(name="rieng", label="Chi riêng", kind="fixed", code="a", depth=1, whole="chung"),
        Row(
            name="du_an",
            label="Dự án",
            kind="added",
            max_rows=3,
            key="ten",
            over_units=OverUnits(rule="union"),
            columns=(
                Column(
                    name="ten",
                    label="Tên dự án",
                    type=ValueType(kind="text", max_length=40),
                    over_units=NONE,
                    required=True,
                ),
                Column(name="ngay", label="Khởi công", type=ValueType(kind="date"), over_units=NONE),
                Column(
                    name="loai",
                    label="Loại",
                    type=ValueType(kind="choice", code_list="loai"),
                    over_units=NONE,
                ),
                Column(name="moi", label="Mới", type=ValueType(kind="boolean"), over_units=NONE),
            ),
        ),
        Row(
            name="cong",
            label="Cộng",
            kind="fixed",
            total=True,
            formula=formula(
                call(
                    "sum",
                    AddedRows(table="da", group="du_an"),
                    da("", "chung").model_copy(update={"column": None}),
                )
            ),
        ),
    ),
)

TEMPLATE = Template(
    package="thu.nghiem",
    version="1.2.0",
    package_title="Thử nghiệm",
    regime="thu_quy",
    title="Báo cáo thử",
    basis=("Thông tư thử",),
    kind="periodic",
    period_types=("quarter", "year"),
    filled_by=("commune",),
    goes_to="province",
    measures=(
        Measure(name="ho_so", label="hồ sơ", base="ho_so", factor=Decimal(1)),
        Measure(name="dong", label="đồng", base="dong", factor=Decimal(1)),
    ),
    code_lists=(
        CodeList(
            name="loai",
            title="Loại dự án",
            codes=(Code(code="cong", label="Đầu tư công"), Code(code="tu", label="Đầu tư tư nhân")),
        ),
    ),
    tables=(CASES, PROJECTS),
    outline=(
        Section(
            title="I. TÌNH HÌNH",
            items=(
                TextInput(
                    name="danh_gia",
                    label="Đánh giá chung",
                    max_length=50,
                    required=True,
                    over_units=OverUnits(rule="concat"),
                ),
                TablePlace(table="hs"),
                TablePlace(table="da"),
                TextInput(
                    name="kien_nghi", label="Kiến nghị", max_length=500, over_units=OverUnits(rule="concat")
                ),
            ),
        ),
    ),
    checks=(
        Check(
            name="xong_du",
            message="Đã giải quyết không quá tiếp nhận",
            severity="error",
            scope="row",
            table="hs",
            rows=(*FIELDS, "tong_so"),
            condition=call("less_equal", hs("xong"), hs("tong")),
        ),
        Check(
            name="tang",
            message="Tăng trên 2 lần",
            severity="warning",
            explain=True,
            scope="row",
            table="hs",
            rows=FIELDS,
            condition=call(
                "less_equal",
                hs("tong"),
                call("multiply", number(2), Captured(function="last_year", cell=hs("tong"))),
            ),
        ),
        Check(
            name="rieng_la_phan",
            message="Chi riêng không lớn hơn Chi chung",
            severity="error",
            scope="column",
            table="da",
            columns=("von", "chi"),
            condition=call("less_equal", Cell(table="da", row="rieng"), Cell(table="da", row="chung")),
            origin="part",
        ),
        Check(
            name="chi_du",
            message="Đã chi không quá vốn",
            severity="error",
            scope="row",
            table="da",
            rows=("du_an", "chung"),
            condition=call("less_equal", da("chi"), da("von")),
        ),
        Check(
            name="co_ca_hai",
            message="Có hồ sơ thì có chi",
            severity="warning",
            scope="once",
            condition=call(
                "or", call("blank", hs("tong", "tong_so")), call("not", call("blank", da("chi", "chung")))
            ),
        ),
    ),
)

LAYOUT = Layout(TEMPLATE)


@pytest.fixture(scope="session")
def layout() -> Layout:
    return LAYOUT


# -- generated reports -----------------------------------------------------------------------------------------

SMALL = st.integers(-3, 1100)
TEXTS = st.text(string.ascii_letters + "ăâđêôơưạảấầẩẫậ áé", max_size=30).map(
    lambda text: unicodedata.normalize("NFC", text if text.strip() else "x" + text)
)


def scalars(type: ValueType) -> st.SearchStrategy[Scalar]:
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            return SMALL | st.integers(-LIMIT + 1, LIMIT - 1)
        case "text":
            return TEXTS.map(lambda text: text.lstrip()[: type.max_length])
        case "date":
            return st.dates().map(lambda day: day.isoformat())
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from(["cong", "tu"])


def sometimes(key: Any, values: st.SearchStrategy[Scalar]) -> st.SearchStrategy[tuple[Any, Scalar] | None]:
    return st.none() | st.tuples(st.just(key), values)


def filled(entries: list[st.SearchStrategy[tuple[Any, Any] | None]]) -> st.SearchStrategy[dict[Any, Any]]:
    return st.tuples(*entries).map(lambda pairs: dict(pair for pair in pairs if pair is not None))


def generated_reports() -> st.SearchStrategy[Values]:
    """Reports as read: blanks anywhere, computed cells sometimes given (rightly or wrongly)."""
    cells = filled(
        [
            sometimes(cell.address, scalars(cell.type))
            for cell in LAYOUT.cells
            if cell.kind != "not_applicable"
        ]
    )
    added = filled(
        [
            st.none()
            | st.tuples(
                st.just(group.key),
                st.lists(
                    filled([sometimes(column.column.name, scalars(column.type)) for column in group.columns]),
                    min_size=1,
                    max_size=5,
                ).map(tuple),
            )
            for group in LAYOUT.groups
        ]
    )
    texts = filled([sometimes(name, TEXTS) for name in ("danh_gia", "kien_nghi")])
    captured = filled([sometimes(key, st.none() | SMALL) for key in LAYOUT.captures])  # type: ignore[arg-type]
    return st.builds(Values, cells, added, texts, captured)


@pytest.fixture(scope="session")
def reports() -> st.SearchStrategy[Values]:
    return generated_reports()


@pytest.fixture(scope="session")
def right_report() -> Values:
    """A report with nothing wrong, computed cells left out."""
    cells: dict[Address, Scalar] = {}
    for row, (new, done) in {"dat_dai": (5, 4), "ho_tich": (7, 7)}.items():
        cells[Address("hs", row, "moi")] = new
        cells[Address("hs", row, "xong")] = done
    cells[Address("hs", "dat_dai", "le_phi")] = 1999
    cells[Address("da", "chung", "von")] = 10_000
    cells[Address("da", "chung", "chi")] = 9_000
    cells[Address("da", "rieng", "von")] = 1_000
    cells[Address("da", "rieng", "chi")] = 0
    return Values(
        cells=cells,
        added={
            GroupKey("da", "du_an"): (
                {"ten": "Cầu Trà Khúc", "von": 500_000, "chi": 100, "loai": "cong", "moi": True},
                {"ten": "Đường 24", "von": 7, "chi": 7, "ngay": "2026-03-01"},
            )
        },
        texts={"danh_gia": "Tốt"},
        captured={
            CaptureKey("prior", Address("hs", "dat_dai", "con")): 3,
            CaptureKey("prior", Address("hs", "ho_tich", "con")): 4,
            CaptureKey("last_year", Address("hs", "dat_dai", "tong")): 4,
            CaptureKey("last_year", Address("hs", "ho_tich", "tong")): 9,
        },
    )

"""Forms and reports to print: hand-made, so that these tests stand without the parser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.formula.expressions import AddedRows, Captured, Cell, call
from compiler.template import (
    Bound,
    CellException,
    Code,
    CodeList,
    Column,
    ColumnGroup,
    Deadline,
    Formula,
    Inserted,
    Measure,
    OverUnits,
    Prompt,
    Row,
    Section,
    Sentence,
    StubColumn,
    Table,
    TablePlace,
    Template,
    TextInput,
    ValueType,
    template_hash,
)
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.document import Submission, submission_bytes
from renderers.filling import Filling, Letterhead, ReportingPeriod

INTEGER = ValueType(kind="integer")
SUM = OverUnits(rule="sum")
RECOMPUTE = OverUnits(rule="recompute")
NONE = OverUnits(rule="none")

FIELDS = (
    ("dat_dai", "Đất đai"),
    ("ho_tich", "Hộ tịch"),
    ("chung_thuc", "Chứng thực"),
    ("xay_dung", "Xây dựng"),
)

PERIOD = ReportingPeriod("2026-Q3", "Quý III năm 2026", date(2026, 6, 15), date(2026, 9, 14))

LETTERHEAD = Letterhead(
    superior="Ủy ban nhân dân tỉnh Quảng Ngãi",
    issuer="Ủy ban nhân dân xã Tịnh Khê",
    place="Tịnh Khê",
    receiver="Ủy ban nhân dân tỉnh Quảng Ngãi",
    number="05/BC-UBND",
    signer_authority="TM. ỦY BAN NHÂN DÂN",
    signer_title="CHỦ TỊCH",
    signer_name="Nguyễn Văn Đức",
    dated=date(2026, 2, 5),
)


def entered(name: str, label: str, **more: object) -> Column:
    """A column of counts that units enter, its printed code read off its name."""
    code = name[1:]
    settings = {"code": code, "code_text": code, "minimum": Bound(value="0"), **more}  # type: ignore[arg-type]
    return Column(name=name, label=label, type=INTEGER, over_units=SUM, **settings)  # type: ignore[arg-type]


def added_up(table: str, name: str, label: str, *parts: str) -> Column:
    """A column that adds up others."""
    expression = call("add", *(Cell(table=table, column=part) for part in parts[:2]))
    for part in parts[2:]:
        expression = call("add", expression, Cell(table=table, column=part))
    code = name[1:]
    return Column(
        name=name,
        label=label,
        code=code,
        code_text=f"{code}={'+'.join(part[1:] for part in parts)}",
        type=INTEGER,
        formula=Formula(expression=expression, additivity="additive"),
        over_units=RECOMPUTE,
    )


def total_row(table: str, rows: tuple[str, ...]) -> Row:
    """The bold row that adds up others."""
    expression = call("sum", *(Cell(table=table, row=row) for row in rows))
    return Row(
        name="tong",
        label="Tổng số",
        kind="fixed",
        total=True,
        formula=Formula(expression=expression, additivity="additive"),
    )


STUB = (
    StubColumn(label="STT", code="A", shows="ordinal"),
    StubColumn(label="Lĩnh vực", code="B", shows="label"),
)


def procedures_table() -> Table:
    name = "b06a"
    rows = tuple(Row(name=row, label=label, kind="listed", group="linh_vuc") for row, label in FIELDS)
    ratio = call(
        "divide",
        call("add", Cell(table=name, column="c8"), Cell(table=name, column="c9")),
        Cell(table=name, column="c7"),
    )
    return Table(
        name=name,
        title="Tình hình, kết quả giải quyết thủ tục hành chính",
        form="II.06a/VPCP/KSTT",
        measure="ho_so",
        stub=STUB,
        headings=(
            ColumnGroup(
                label="Số hồ sơ nhận giải quyết",
                members=("c3", ColumnGroup(label="Trong kỳ", members=("c4", "c5")), "c6"),
            ),
            ColumnGroup(label="Số hồ sơ đã giải quyết", members=("c7", "c8", "c9", "c10")),
            ColumnGroup(label="Số hồ sơ đang giải quyết", members=("c11", "c12", "c13")),
            "ty_le",
        ),
        columns=(
            added_up(name, "c3", "Tổng số", "c4", "c5", "c6"),
            entered("c4", "Trực tuyến"),
            entered(
                "c5", "Trực tiếp, dịch vụ bưu chính", note="Kể cả hồ sơ nhận qua dịch vụ bưu chính công ích."
            ),
            Column(
                name="c6",
                label="Từ kỳ trước",
                code="6",
                code_text="6",
                type=INTEGER,
                formula=Formula(
                    expression=Captured(function="prior", cell=Cell(table=name, column="c11")),
                    additivity="additive",
                ),
                over_units=RECOMPUTE,
            ),
            added_up(name, "c7", "Tổng số", "c8", "c9", "c10"),
            entered("c8", "Trước hạn"),
            entered("c9", "Đúng hạn"),
            entered("c10", "Quá hạn"),
            added_up(name, "c11", "Tổng số", "c12", "c13"),
            entered("c12", "Trong hạn"),
            entered("c13", "Quá hạn"),
            Column(
                name="ty_le",
                label="Tỷ lệ đúng hạn",
                type=ValueType(kind="percent", scale=4),
                formula=Formula(expression=ratio, additivity="ratio"),
                over_units=RECOMPUTE,
                over_time="recompute",
            ),
        ),
        rows=(*rows, total_row(name, tuple(row for row, _ in FIELDS))),
        exceptions=(CellException(row="xay_dung", column="c4", not_applicable=True),),
        footnotes=("Số liệu tính đến hết ngày 14 của tháng cuối kỳ.",),
    )


def projects_table() -> Table:
    """Fixed rows with parts, and rows a unit adds, with columns of their own."""
    name = "lao_dong"
    sums = Formula(expression=call("sum", AddedRows(table=name, group="du_an")), additivity="additive")
    return Table(
        name=name,
        title="Lao động",
        measure="nguoi",
        stub=(StubColumn(label="STT", shows="code"), StubColumn(label="Chỉ tiêu", shows="label")),
        headings=("nam", "nu"),
        columns=(
            Column(name="nam", label="Nam", type=INTEGER, over_units=SUM),
            Column(name="nu", label="Nữ", type=INTEGER, over_units=SUM),
        ),
        rows=(
            Row(name="I", label="Tổng số lao động", kind="fixed", code="I"),
            Row(name="dtts", label="Dân tộc thiểu số", kind="fixed", code="a", depth=1, whole="I"),
            Row(
                name="du_an",
                label="Dự án",
                kind="added",
                max_rows=200,
                key="ten",
                over_units=OverUnits(rule="union"),
                columns=(
                    Column(
                        name="ten",
                        label="Tên dự án",
                        type=ValueType(kind="text", max_length=200),
                        required=True,
                        over_units=NONE,
                    ),
                    Column(name="ngay", label="Ngày bắt đầu", type=ValueType(kind="date"), over_units=NONE),
                    Column(
                        name="loai",
                        label="Loại",
                        type=ValueType(kind="choice", code_list="loai_du_an"),
                        over_units=NONE,
                    ),
                    Column(
                        name="von",
                        label="Vốn",
                        type=ValueType(kind="money", scale=2),
                        measure="trieu_dong",
                        over_units=NONE,
                    ),
                ),
            ),
            Row(name="cong", label="Cộng các dự án", kind="fixed", total=True, formula=sums),
        ),
    )


def template_of(*tables: Table, **more: object) -> Template:
    """A regime of these tables."""
    settings: dict[str, object] = {
        "package": "vpcp.kstt",
        "version": "1.0.0",
        "package_title": "Kiểm soát thủ tục hành chính",
        "regime": "kstt_quy",
        "title": "Báo cáo công tác kiểm soát thủ tục hành chính",
        "basis": ("Thông tư 01/2020/TT-VPCP",),
        "kind": "periodic",
        "period_types": ("quarter", "year"),
        "filled_by": ("commune",),
        "goes_to": "province",
        "deadlines": (Deadline(level="commune", days=1, working_days=True),),
        "measures": (
            Measure(name="ho_so", label="hồ sơ", base="ho_so", factor="1"),  # type: ignore[arg-type]
            Measure(name="nguoi", label="người", base="nguoi", factor="1"),  # type: ignore[arg-type]
            Measure(name="trieu_dong", label="triệu đồng", base="trieu_dong", factor="1"),  # type: ignore[arg-type]
        ),
        "code_lists": (
            CodeList(
                name="loai_du_an",
                title="Loại dự án",
                codes=(Code(code="cong", label="Đầu tư công"), Code(code="tu", label="Đầu tư tư nhân")),
            ),
        ),
        "tables": tables,
        **more,
    }
    return Template(**settings)  # type: ignore[arg-type]


def procedures_template() -> Template:
    received = Cell(table="b06a", row="tong", column="c3")
    outline = (
        Section(
            title="I. TÌNH HÌNH CHUNG",
            items=(
                Prompt(text="Nêu khái quát tình hình triển khai trong kỳ."),
                TextInput(name="danh_gia", label="Đánh giá chung", max_length=5000, over_units=NONE),
                Sentence(
                    parts=(
                        "Trong kỳ tiếp nhận ",
                        Inserted(expression=received, type=INTEGER, measure="ho_so"),
                        " hồ sơ.",
                    )
                ),
                TablePlace(table="b06a"),
                Section(title="1. Lao động", items=(TablePlace(table="lao_dong"),)),
            ),
        ),
        Section(
            title="II. KIẾN NGHỊ, ĐỀ XUẤT",
            items=(TextInput(name="kien_nghi", label="Kiến nghị", max_length=400, over_units=NONE),),
        ),
    )
    notes = ("Tên cột 5 chưa đối chiếu với bản in.",)
    return template_of(procedures_table(), projects_table(), outline=outline, notes=notes)


def filling_of(layout: Layout, values: Values, *, coverage: str = "") -> Filling:
    """The report with these entries, evaluated, and its submission."""
    evaluated = evaluate_report(layout, values).values
    head = Submission(
        regime=layout.template.regime,
        version=layout.template.version,
        unit="21025",
        period=PERIOD.code,
        template=template_hash(layout.template),
    )
    return Filling(
        values=evaluated,
        unit_code="21025",
        unit_name="UBND xã Tịnh Khê",
        period=PERIOD,
        letterhead=LETTERHEAD,
        submission=submission_bytes(layout, head, evaluated),
        coverage=coverage,
    )


def some_values(layout: Layout) -> dict[Address, Scalar]:
    """A number in every entered cell, different ones."""
    return {cell.address: 7 * (cell.slot + 11) for cell in layout.cells if cell.kind == "entered"}


def procedures_values(layout: Layout) -> Values:
    prior = {
        CaptureKey("prior", Address("b06a", row, "c11")): 1000 + index
        for index, (row, _) in enumerate(FIELDS)
    }
    projects: tuple[dict[str, Scalar], ...] = (
        {
            "ten": "Kè chống sạt lở bờ sông Trà Khúc, đoạn qua xã Tịnh Khê",
            "ngay": "2026-02-05",
            "loai": "cong",
            "von": 123456789,
            "nam": 12,
            "nu": 3,
        },
        {"ten": "Trường mầm non", "ngay": "2026-10-15", "loai": "tu", "nam": 5},
    )
    return Values(
        cells=some_values(layout),
        added={GroupKey("lao_dong", "du_an"): projects},
        texts={
            "danh_gia": "Ủy ban nhân dân xã đã thu phí đúng quy định (₫), niêm yết công khai thủ tục.\n"
            "Việc tiếp nhận hồ sơ trực tuyến tăng so với kỳ trước.",
            "kien_nghi": "Đề nghị bổ sung máy quét.",
        },
        captured=prior,
    )


def listed_rows(count: int) -> tuple[Row, ...]:
    return tuple(
        Row(name=f"r{n}", label=f"Lĩnh vực thứ {n}", kind="listed", group="linh_vuc")
        for n in range(1, count + 1)
    )


def long_table(rows: int) -> Table:
    """Few columns, many rows, a total at the end."""
    listed = listed_rows(rows)
    return Table(
        name="dai",
        title="Số hồ sơ theo lĩnh vực",
        form="01/DAI",
        measure="ho_so",
        stub=STUB,
        headings=("c1", ColumnGroup(label="Trong đó", members=("c2", "c3"))),
        columns=(
            added_up("dai", "c1", "Tổng số", "c2", "c3"),
            entered("c2", "Trực tuyến"),
            entered("c3", "Trực tiếp"),
        ),
        rows=(*listed, total_row("dai", tuple(row.name for row in listed))),
    )


def wide_table(groups: int, rows: int = 4) -> Table:
    """`groups` × 4 columns under three heading levels; each group adds up three columns."""
    columns: list[Column] = []
    headings: list[ColumnGroup | str] = []
    for group in range(groups):
        first, second, third, fourth = (f"c{4 * group + part}" for part in range(1, 5))
        columns += [
            added_up("rong", first, "Tổng số", second, third, fourth),
            entered(second, "Lần đầu"),
            entered(third, "Nhiều lần"),
            entered(fourth, "Chưa giải quyết xong"),
        ]
        inner = ColumnGroup(label="Trong đó", members=(second, third, fourth))
        headings.append(ColumnGroup(label=f"Vụ việc loại {group + 1}", members=(first, inner)))
    listed = listed_rows(rows)
    return Table(
        name="rong",
        title="Kết quả tiếp công dân",
        form="01/TCD",
        stub=STUB,
        headings=tuple(headings),
        columns=tuple(columns),
        rows=(*listed, total_row("rong", tuple(row.name for row in listed))),
    )


@pytest.fixture(scope="session")
def procedures() -> Layout:
    return Layout(procedures_template())


@pytest.fixture(scope="session")
def report(procedures: Layout) -> Filling:
    return filling_of(procedures, procedures_values(procedures))


@pytest.fixture(scope="session")
def layout_of() -> Callable[..., Layout]:
    """A layout of a table from its builder: `layout_of("long", 40)`, `layout_of("wide", 8)`."""

    def build(kind: str, size: int, **more: object) -> Layout:
        table = long_table(size) if kind == "long" else wide_table(size)
        return Layout(template_of(table, **more))

    return build


@pytest.fixture(scope="session")
def fill() -> Callable[[Layout], Filling]:
    """Fills a layout: `fill(layout)` with a number in every entered cell, or with given values."""

    def filled(layout: Layout, values: Values | None = None, coverage: str = "") -> Filling:
        return filling_of(layout, values or Values(cells=some_values(layout)), coverage=coverage)

    return filled

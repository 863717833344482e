"""A real Chromium, a loopback server that serves a form as an operator would, and a form with every kind of cell."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from compiler.cells import Layout
from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, call, number
from compiler.template import (
    Bound,
    CellException,
    Check,
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
)
from compiler.values import Values
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.html import form, script, style

INTEGER = ValueType(kind="integer")
SUM, RECOMPUTE, NONE = OverUnits(rule="sum"), OverUnits(rule="recompute"), OverUnits(rule="none")
ZERO = Bound(value=Decimal(0))
FIELDS = (("dat_dai", "Đất đai"), ("ho_tich", "Hộ tịch"), ("chung_thuc", "Chứng thực"))


def hs(column: str, row: str | None = None) -> Cell:
    return Cell(table="hs", row=row, column=column)


def lao(column: str | None, row: str | None = None) -> Cell:
    return Cell(table="lao_dong", row=row, column=column)


def formula(expression: Expression, additivity: Any = "additive") -> Formula:
    return Formula(expression=expression, additivity=additivity)


def column(name: str, label: str, code: str = "", **more: Any) -> Column:
    more.setdefault("type", INTEGER)
    more.setdefault("over_units", RECOMPUTE if more.get("formula") else SUM)
    return Column(name=name, label=label, code=code.split("=")[0], code_text=code, **more)


CASES = Table(
    name="hs",
    title="Tình hình, kết quả giải quyết thủ tục hành chính",
    form="II.06a/VPCP/KSTT",
    measure="ho_so",
    stub=(
        StubColumn(label="STT", code="1", shows="ordinal"),
        StubColumn(label="Lĩnh vực giải quyết", code="2", shows="label"),
    ),
    headings=(
        ColumnGroup(
            label="Số hồ sơ nhận giải quyết",
            members=("c3", ColumnGroup(label="Trong kỳ", members=("c4", "c5")), "c6"),
        ),
        ColumnGroup(label="Số hồ sơ đã giải quyết", members=("c7", "c8", "c9")),
        "c11",
        "ty_le",
        "le_phi",
    ),
    columns=(
        column(
            "c3",
            "Tổng số",
            "3=4+5+6",
            formula=formula(call("add", call("add", hs("c4"), hs("c5")), hs("c6"))),
        ),
        column("c4", "Trực tuyến", "4", minimum=ZERO, required=True),
        column(
            "c5", "Trực tiếp, dịch vụ bưu chính", "5", minimum=ZERO, maximum=Bound(value=Decimal(100_000))
        ),
        column("c6", "Từ kỳ trước", "6", formula=formula(Captured(function="prior", cell=hs("c11")))),
        column("c7", "Tổng số", "7=8+9", formula=formula(call("add", hs("c8"), hs("c9")))),
        column("c8", "Đúng hạn", "8", minimum=ZERO),
        column("c9", "Quá hạn", "9", minimum=ZERO),
        column("c11", "Số hồ sơ đang giải quyết", "11", minimum=ZERO),
        column(
            "ty_le",
            "Tỷ lệ đúng hạn",
            type=ValueType(kind="percent", scale=4),
            formula=formula(call("divide", hs("c8"), hs("c7")), "ratio"),
        ),
        column("le_phi", "Lệ phí đã thu", "12", type=ValueType(kind="money", scale=2), measure="dong"),
    ),
    rows=(
        *(Row(name=name, label=label, kind="listed", group="linh_vuc") for name, label in FIELDS),
        Row(
            name="tong",
            label="Tổng số",
            kind="fixed",
            total=True,
            formula=formula(call("sum", *(Cell(table="hs", row=name) for name, _ in FIELDS))),
        ),
    ),
    exceptions=(CellException(row="chung_thuc", column="le_phi", not_applicable=True),),
    footnotes=("Số liệu tính đến hết ngày 14 của tháng cuối kỳ.",),
)

LABOUR = Table(
    name="lao_dong",
    title="Lao động trong các dự án",
    measure="nguoi",
    stub=(StubColumn(label="STT", shows="code"), StubColumn(label="Chỉ tiêu", shows="label")),
    headings=("nam", "nu", "cong", "ty_le"),
    columns=(
        column("nam", "Nam", minimum=ZERO),
        column("nu", "Nữ", minimum=ZERO),
        column("cong", "Cộng", formula=formula(call("add", lao("nam"), lao("nu")))),
        column(
            "ty_le",
            "Tỷ lệ qua đào tạo",
            type=ValueType(kind="percent", scale=3),
            maximum=Bound(value=Decimal(1)),
        ),
    ),
    rows=(
        Row(name="I", label="Tổng số lao động", kind="fixed", code="I"),
        Row(name="dtts", label="Dân tộc thiểu số", kind="fixed", code="a", depth=1, whole="I"),
        Row(
            name="du_an",
            label="Dự án",
            kind="added",
            max_rows=8,
            key="ten",
            columns=(
                column(
                    "ten",
                    "Tên dự án",
                    type=ValueType(kind="text", max_length=60),
                    required=True,
                    over_units=NONE,
                ),
                column("ngay", "Ngày bắt đầu", type=ValueType(kind="date"), over_units=NONE),
                column(
                    "loai", "Loại", type=ValueType(kind="choice", code_list="loai_du_an"), over_units=NONE
                ),
                column("xong", "Đã xong", type=ValueType(kind="boolean"), over_units=NONE),
            ),
        ),
        Row(
            name="cong_da",
            label="Cộng các dự án",
            kind="fixed",
            total=True,
            formula=formula(call("sum", AddedRows(table="lao_dong", group="du_an"))),
        ),
    ),
    exceptions=(CellException(row="cong_da", column="ty_le", not_applicable=True),),
)

RECEIVED = hs("c3", "tong")

TEMPLATE = Template(
    package="thu.kstt",
    version="1.2.0",
    package_title="Kiểm soát thủ tục hành chính",
    regime="kstt_quy",
    title="Báo cáo công tác kiểm soát thủ tục hành chính",
    basis=("Thông tư 01/2020/TT-VPCP",),
    kind="periodic",
    period_types=("quarter", "year"),
    filled_by=("commune",),
    goes_to="province",
    deadlines=(Deadline(level="commune", days=1, working_days=True),),
    notes=("Tên cột 5 chưa đối chiếu với bản in.",),
    measures=(
        Measure(name="ho_so", label="hồ sơ", base="ho_so", factor=Decimal(1)),
        Measure(name="nguoi", label="người", base="nguoi", factor=Decimal(1)),
        Measure(name="dong", label="đồng", base="dong", factor=Decimal(1)),
    ),
    code_lists=(
        CodeList(
            name="loai_du_an",
            title="Loại dự án",
            codes=(
                Code(code="cong", label="Đầu tư công"),
                Code(code="tu", label="Đầu tư tư nhân"),
                Code(code="cu", label="Loại đã bỏ", valid_until=date(2020, 12, 31)),
            ),
        ),
    ),
    tables=(CASES, LABOUR),
    outline=(
        Section(
            title="I. TÌNH HÌNH CHUNG",
            items=(
                Prompt(text="Nêu khái quát tình hình triển khai trong kỳ."),
                TextInput(
                    name="danh_gia", label="Đánh giá chung", max_length=200, required=True, over_units=NONE
                ),
                Sentence(
                    parts=(
                        "Trong kỳ tiếp nhận ",
                        Inserted(expression=RECEIVED, type=INTEGER, measure="ho_so"),
                        " hồ sơ, ",
                        Inserted(
                            expression=RECEIVED,
                            type=INTEGER,
                            measure="ho_so",
                            versus="last_year",
                            captured=Captured(function="last_year", cell=RECEIVED),
                        ),
                        "; đúng hạn ",
                        Inserted(expression=hs("ty_le", "tong"), type=ValueType(kind="percent", scale=4)),
                        ".",
                    )
                ),
                TablePlace(table="hs"),
                Section(title="1. Lao động", items=(TablePlace(table="lao_dong"),)),
            ),
        ),
    ),
    checks=(
        Check(
            name="can_doi",
            message="Nhận giải quyết phải bằng đã giải quyết cộng đang giải quyết",
            severity="error",
            scope="row",
            table="hs",
            rows=(*(name for name, _ in FIELDS), "tong"),
            condition=call("equal", hs("c3"), call("add", hs("c7"), hs("c11"))),
        ),
        Check(
            name="tang",
            message="Tăng trên 2 lần so với cùng kỳ",
            severity="warning",
            explain=True,
            scope="once",
            table="hs",
            condition=call(
                "less_equal",
                RECEIVED,
                call("multiply", number(2), Captured(function="last_year", cell=RECEIVED)),
            ),
        ),
        Check(
            name="dtts_la_phan",
            message="Dân tộc thiểu số không lớn hơn Tổng số lao động",
            severity="error",
            scope="column",
            table="lao_dong",
            columns=("nam", "nu"),
            origin="part",
            condition=call("less_equal", lao(None, "dtts"), lao(None, "I")),
        ),
        Check(
            name="co_lao_dong",
            message="Dự án phải có lao động",
            severity="error",
            scope="row",
            table="lao_dong",
            rows=("du_an",),
            condition=call("less", number(0), lao("cong")),
        ),
    ),
)


def filling(values: Values) -> Filling:
    """A commune's report for one quarter."""
    return Filling(
        values=values,
        unit_code="21025",
        unit_name="UBND xã Ba Tơ",
        period=ReportingPeriod("2026-Q3", "Quý III năm 2026", date(2026, 6, 15), date(2026, 9, 14)),
        letterhead=Letterhead(
            superior="UBND TỈNH QUẢNG NGÃI",
            issuer="UBND XÃ BA TƠ",
            place="Ba Tơ",
            receiver="Văn phòng UBND tỉnh",
        ),
    )


@dataclass
class Server:
    """Serves files on a loopback port, and keeps what is posted to it."""

    address: str
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    posted: list[list[tuple[str, str]]] = field(default_factory=list)

    def publish(self, layout: Layout, report: Filling | None = None) -> str:
        """Put a form up; gives its address."""
        self.files = {
            "/form.html": ("text/html; charset=utf-8", form.render(layout, report)),
            "/form.js": ("text/javascript; charset=utf-8", script.render(layout, report)),
            "/form.css": ("text/css; charset=utf-8", style.render(layout, report)),
        }
        self.posted.clear()
        return f"{self.address}/form.html"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = served.files.get(self.path, ("text/plain", b""))
            # Chromium asks each new site once for an icon, where a page (such as a posted form's answer) names none.
            known = self.path in served.files or self.path == "/favicon.ico"
            self.answer(200 if known else 404, kind, body)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            served.posted.append(parse_qsl(raw, keep_blank_values=True, strict_parsing=True))
            self.answer(200, "text/plain; charset=utf-8", "đã nhận".encode())

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", form.POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        served = Server(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield served
        http.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file: Playwright keeps a loop running in the thread as long as it is open, and a second one,
    opened by tests elsewhere that the same worker runs later, would be refused."""
    executable = shutil.which("chromium")
    assert executable is not None, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="vi-VN", viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may say nothing on its console: an error, a warning or a broken policy fails the test."""
    page = context.new_page()
    said: list[str] = []
    page.said = said  # type: ignore[attr-defined]

    def heard(message: ConsoleMessage) -> None:
        said.append(f"{message.type}: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: said.append(f"pageerror: {error}"))
    yield page
    assert said == []


@pytest.fixture
def report() -> Callable[[Values], Filling]:
    """Makes a commune's report of values."""
    return filling


@pytest.fixture(scope="session")
def layout() -> Layout:
    return Layout(TEMPLATE)


@pytest.fixture
def opened(page: Page, server: Server, layout: Layout) -> Callable[[Values | None], Page]:
    """Opens the form: blank, or filled with values."""

    def open_form(values: Values | None = None) -> Page:
        page.goto(server.publish(layout, None if values is None else filling(values)))
        assert page.evaluate("typeof bieu.form") == "object"
        return page

    return open_form

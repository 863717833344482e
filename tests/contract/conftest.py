"""The forms that every target renders: the shipped packages, each with a report for a commune."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from compiler.cells import Layout
from compiler.package import Library
from compiler.values import Scalar, Values
from renderers.document import Submission, submission_bytes
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.validators import Validator

LIBRARY = Path(__file__).parents[2] / "templates_library"
OWN = Path(__file__).parent / "forms"
"""Forms with the constructs that no shipped package has."""

PACKAGES = (
    "vpcp/kstt",
    "btp/ho_tich",
    "thanh_tra/xu_ly_don",
    *sorted(path.name for path in OWN.glob("*.bieu")),
)
_SAMPLES: dict[str, Scalar] = {"text": "Thủy lợi & <xã> Sơn Hà", "date": "2026-09-30", "boolean": True}


def layout_of(package: str) -> Layout:
    """The last regime of a shipped package, or of one of the test's own forms."""
    folder = OWN if package.endswith(".bieu") else LIBRARY
    return Library((LIBRARY,)).load(folder / package).compilation.regimes[-1].layout


def filling_of(layout: Layout) -> Filling:
    """A report that fills every other cell with its slot's number."""
    codes = {codes.name: codes.codes[0].code for codes in layout.template.code_lists}
    cells = {
        cell.address: cell.slot
        if cell.type.is_number
        else codes.get(cell.type.code_list or "", _SAMPLES.get(cell.type.kind, ""))
        for cell in layout.cells
        if cell.kind == "entered" and cell.slot % 2
    }
    values = Values(
        cells=cells, texts={"danh_gia": "Đánh giá chung: tốt."}, captured=dict.fromkeys(layout.captures, 7)
    )
    evaluated = Validator(layout).validate(values)[0].values
    head = Submission(
        regime=layout.template.regime, version=layout.template.version, unit="21025", period="2026"
    )
    return Filling(
        values=evaluated,
        unit_code="21025",
        unit_name="Xã Sơn Hà",
        period=ReportingPeriod("2026", "Năm 2026", date(2025, 12, 15), date(2026, 12, 14)),
        letterhead=Letterhead(
            superior="TỈNH QUẢNG NGÃI",
            issuer="ỦY BAN NHÂN DÂN XÃ SƠN HÀ",
            place="Sơn Hà",
            receiver="Ủy ban nhân dân tỉnh Quảng Ngãi",
            number="12/BC-UBND",
            signer_authority="TM. ỦY BAN NHÂN DÂN",
            signer_title="CHỦ TỊCH",
            signer_name="Nguyễn Văn A",
            dated=date(2026, 12, 15),
        ),
        submission=submission_bytes(layout, head, evaluated),
    )


@pytest.fixture(scope="session", params=PACKAGES)
def layout(request: pytest.FixtureRequest) -> Layout:
    package: str = request.param
    return layout_of(package)


@pytest.fixture(scope="session")
def filling(layout: Layout) -> Filling:
    return filling_of(layout)

"""A report for reading: fields in their place, and nothing of a section whose condition doesn't hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from jinja2 import Environment, PackageLoader

from compiler.formula.evaluate import evaluate_report
from compiler.package import Library
from compiler.values import Address, Scalar, Values
from renderers.filling import Filling, Letterhead, ReportingPeriod
from server.views.sheets import sheet, shown

FORM = Path(__file__).parents[1] / "contract" / "forms" / "de_cuong.bieu"


def page(**fields: Scalar) -> str:
    layout = Library().load(FORM).compilation.regimes[-1].layout
    cells = {Address("fields", "report", name): value for name, value in fields.items()}
    filling = Filling(
        values=evaluate_report(layout, Values(cells)).values,
        unit_code="21025",
        unit_name="Xã Sơn Hà",
        period=ReportingPeriod("2026-Q3", "Quý III năm 2026", date(2026, 6, 15), date(2026, 9, 14)),
        letterhead=Letterhead("", "UBND", "Sơn Hà", ""),
    )
    environment = Environment(loader=PackageLoader("server", "templates"), autoescape=True)
    environment.tests["view"] = lambda item, name: type(item).__name__ == name
    reading = environment.get_template("reading_table.html").module.reading  # type: ignore[attr-defined]
    made = sheet(layout, filling)
    return str(reading(made.items, made, shown))


def test_fields_stand_with_their_measure_and_labels_of_choices() -> None:
    read = page(so_can_bo=7, hinh_thuc="truc_tiep", ngay_hop="2026-09-02")
    assert 'Số cán bộ: <b id="fields[report].so_can_bo">7</b> người' in read
    assert "Trực tiếp" in read
    assert "2/9/2026" in read or "02/09/2026" in read


def test_what_is_not_shown_is_not_read() -> None:
    assert "II. DỰ ÁN" not in page(so_can_bo=7)
    assert "Hình thức họp" not in page(so_can_bo=0)
    with_projects = page(so_can_bo=7, co_du_an=True)
    assert "II. DỰ ÁN" in with_projects
    assert "Huấn luyện" not in with_projects
    assert "Huấn luyện" in page(so_can_bo=7, co_du_an=True, co_lop=True)

"""What is measured on: the form of the floors as source text, a made-up quarter of its reports, and 2,000 lines.

Everything is made from fixed seeds: every run measures the same work.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import floors
from compiler.cells import Layout
from compiler.package import Library
from compiler.values import Address, CaptureKey, Scalar, Values

LINES = 2_000
"""Lines of the package that is compiled."""

FILES = 50
"""Files of the package that is checked again after an edit."""

_B06A = """\
  table b06a "Tình hình, kết quả giải quyết thủ tục hành chính" {
    form "II.06a/VPCP/KSTT"
    measure ho_so
    columns {
      group "Số hồ sơ nhận giải quyết" {
        c3 "Tổng số" = c4 + c5 + c6
        group "Trong kỳ" {
          c4 "Trực tuyến" integer >= 0
          c5 "Trực tiếp, dịch vụ bưu chính" integer >= 0
        }
        c6 "Từ kỳ trước" integer = prior(c11)
      }
      group "Số hồ sơ đã giải quyết" {
        c7 "Tổng số" = c8 + c9 + c10
        c8 "Trước hạn" integer >= 0
        c9 "Đúng hạn" integer >= 0
        c10 "Quá hạn" integer >= 0
      }
      group "Số hồ sơ đang giải quyết" {
        c11 "Tổng số" = c12 + c13
        c12 "Trong hạn" integer >= 0
        c13 "Quá hạn" integer >= 0
      }
      ty_le "Tỷ lệ đúng hạn" percent(2) = (c8 + c9) / c7
    }
    rows {
      stub ordinal "STT" code "1"
      stub label "Lĩnh vực" code "2"
      each linh_vuc from linh_vuc_cap_xa
      row tong "Tổng số" = sum(linh_vuc) last
    }
    check can_doi: c3 = c7 + c11 "Nhận giải quyết phải bằng đã giải quyết cộng đang giải quyết"
  }
"""

_XLD = """\
  table xld "Xử lý đơn" {
    form "01/XLD"
    measure don
    landscape
    columns {
      c1 "Tổng số đơn" = c2 + c3 = c4 + c5
      c2 "Kỳ trước chuyển sang" integer >= 0 = prior(c5)
      c3 "Tiếp nhận trong kỳ" integer >= 0
      c4 "Đã xử lý" integer >= 0
      c5 "Chưa xử lý" integer >= 0
      group "Đơn đủ điều kiện" {
        c6 "Số đơn" = c8 + c9 + c10 = c11 + c12 + c13
        c7 "Số vụ việc" integer >= 0
        group "Phân theo loại" {
          c8 "Khiếu nại" integer >= 0
          c9 "Tố cáo" integer >= 0
          c10 "Kiến nghị, phản ánh" integer >= 0
        }
        group "Phân theo tình trạng" {
          c11 "Lần đầu" integer >= 0
          c12 "Nhiều lần" integer >= 0
          c13 "Chưa giải quyết xong" integer >= 0
        }
      }
      group "Kết quả" {
        c14 "Thuộc thẩm quyền" = sum(c15 .. c17)
        c15 "Khiếu nại" integer >= 0
        c16 "Tố cáo" integer >= 0
        c17 "Kiến nghị, phản ánh" integer >= 0
        c18 "Không thuộc thẩm quyền" = c19 + c20 + c21
        c19 "Hướng dẫn" integer >= 0
        c20 "Chuyển đơn" integer >= 0
        c21 "Đôn đốc" integer >= 0
      }
    }
    rows {
      row ubnd "Ủy ban nhân dân"
      row thanh_tra "Thanh tra"
      row khac "Cơ quan khác" {
        of which overlapping {
          row ban "Ban tiếp công dân"
          row so "Sở, ban, ngành"
        }
      }
      row cong "Tổng số" = ubnd + thanh_tra + khac last
    }
    check phan_loai: c6 = c14 + c18 "Đơn đủ điều kiện bằng thuộc và không thuộc thẩm quyền"
    check vu_viec: c7 <= c6 "Số vụ việc không lớn hơn số đơn"
    warn tang: c3 <= 2 * last_year(c3) "Tăng trên 2 lần so với cùng kỳ" explain
  }
"""


def _regime(number: int, tables: str) -> str:
    return f"""\
regime che_do_{number} "Chế độ báo cáo {number}" {{
  basis "Thông tư {number}"
  kind periodic
  period quarter, year
  filled by commune
  goes to province
  due commune +1 working day
  sign leader
{tables}}}
"""


def _head(codes: int) -> str:
    entries = "\n".join(f'  linh_vuc_{number} "Lĩnh vực {number}"' for number in range(codes))
    return f"""\
package do.toc_do 1.0.0 "Đo tốc độ"
measure ho_so "hồ sơ"
measure don "đơn"
list linh_vuc_cap_xa "Lĩnh vực" {{
{entries}
}}
"""


def form_source(rows: int = floors.ROWS, number: int = 0) -> str:
    """The form of the floors, as regime `che_do_<number>`; with fewer rows where asked for."""
    return _head(rows) + _regime(number, _B06A)


def package_source(lines: int = LINES) -> str:
    """A package of so many lines: regimes of two real forms each. One item a line and no comments, so that the floor's
    plain lexer can read it.
    """
    parts = [_head(10)]
    length = parts[0].count("\n")
    while length < lines:
        parts.append(_regime(len(parts) - 1, _B06A + _XLD))
        length += parts[-1].count("\n")
    return "".join(parts)


def package_files(count: int = FILES) -> dict[str, str]:
    """A package of so many files by name: what its regimes share, and a regime of two real forms in each other one."""
    regimes = {f"che_do_{number}.bieu": _regime(number, _B06A + _XLD) for number in range(count - 1)}
    return {"chung.bieu": _head(10), **regimes}


def form_layout(rows: int = floors.ROWS, number: int = 0) -> Layout:
    """The form of the floors (`form_source`), compiled."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "form.bieu"
        path.write_text(form_source(rows, number), encoding="utf-8")
        compilation = Library().load(path).compilation
    if compilation.failed:
        raise ValueError(f"the bench's own form has errors: {compilation.diagnostics}")
    (regime,) = compilation.regimes
    return regime.layout


def reports(count: int) -> list[Values]:
    """Reports as communes send them: right, a quarter of the rows wholly blank, some numbers left blank."""
    random_numbers = random.Random(239)
    return [_report(random_numbers) for _ in range(count)]


def wrong_reports(count: int) -> list[Values]:
    """The same kind of reports with something wrong: negative numbers, sums that don't agree, no earlier report."""
    random_numbers = random.Random(240)
    wrong: list[Values] = []
    for report in (_report(random_numbers) for _ in range(count)):
        cells = {
            address: value if random_numbers.random() < 0.9 else random_numbers.randrange(-50, 50)
            for address, value in report.cells.items()
        }
        captured = {key: value for key, value in report.captured.items() if random_numbers.random() < 0.8}
        wrong.append(Values(cells=cells, captured=captured))
    return wrong


def two_quarters(count: int, rows: int) -> list[tuple[Values, Values]]:
    """What as many units enter in two quarters, every row with something in it and all in balance.

    In the first there was no earlier report: its opening numbers (c6) are entered. The second's are carried over.
    """
    numbers = random.Random(241)
    return [_two_quarters(numbers, rows) for _ in range(count)]


def _two_quarters(numbers: random.Random, rows: int) -> tuple[Values, Values]:
    first = _report(numbers, rows, blank=0)
    openings: dict[Address, Scalar] = {
        Address("b06a", key.address.row, "c6"): value
        for key, value in first.captured.items()
        if value is not None
    }
    left: dict[str, int] = {}
    for address, value in first.cells.items():
        if address.column in {"c12", "c13"} and isinstance(value, int):
            left[address.row] = left.get(address.row, 0) + value
    second = _report(numbers, rows, blank=0, carried=left)
    return Values(cells={**first.cells, **openings}), Values(cells=second.cells)


def _report(
    numbers: random.Random,
    rows: int = floors.ROWS,
    blank: float = 0.25,
    carried: Mapping[str, int] | None = None,
) -> Values:
    """blank: the share of rows with nothing in them. carried: the opening numbers by row, else made up."""
    cells: dict[Address, Scalar] = {}
    captured: dict[CaptureKey, int | None] = {}
    for row in range(rows):
        name = f"linh_vuc_{row}"
        key = CaptureKey("prior", Address("b06a", name, "c11"))
        if numbers.random() < blank:
            captured[key] = None
            continue
        received = [numbers.randrange(300), numbers.randrange(300), numbers.randrange(40)]
        if carried is not None:
            received[2] = carried.get(name, 0)
        captured[key] = received[2]
        total = sum(received)
        solved: list[int] = []
        for share in (0.6, 0.5, 0.3):
            solved.append(int((total - sum(solved)) * share * numbers.random()))
        overdue = int((total - sum(solved)) * 0.1)
        given = {
            "c4": received[0],
            "c5": received[1],
            "c8": solved[0],
            "c9": solved[1],
            "c10": solved[2],
            "c12": total - sum(solved) - overdue,
            "c13": overdue,
        }
        # 0 and nothing are both met for "none".
        for column, value in given.items():
            if value or numbers.random() < 0.5:
                cells[Address("b06a", name, column)] = value
    return Values(cells=cells, captured=captured)

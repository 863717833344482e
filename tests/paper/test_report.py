"""What stands on the printed pages, read back with poppler: words, numbers, places, repeated headings."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from compiler.cells import Layout
from compiler.values import GroupKey, Values
from renderers.filling import Filling
from renderers.pdf.report import render
from renderers.registry import TARGETS

MM = 25.4 / 72


class Word(NamedTuple):
    """A word on a page; edges in mm from the top left corner."""

    page: int
    text: str
    left: float
    top: float
    right: float
    bottom: float


def tool(*command: str | Path, data: bytes = b"") -> str:
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def text_of(pdf: bytes) -> str:
    """All text in the order it was written, white space folded."""
    return " ".join(tool("pdftotext", "-raw", "-", "-", data=pdf).split())


def words_of(pdf: bytes) -> list[Word]:
    found: list[Word] = []
    page = 0
    for line in tool("pdftotext", "-bbox", "-", "-", data=pdf).splitlines():
        page += "<page " in line
        match = re.search(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.+)</word>', line)
        if match:
            left, top, right, bottom = (float(edge) * MM for edge in match.groups()[:4])
            found.append(Word(page, match[5], left, top, right, bottom))
    return found


def page_sizes(pdf: bytes, tmp_path: Path) -> list[tuple[int, int]]:
    """Width and height of every page in whole mm."""
    path = tmp_path / "pages.pdf"
    path.write_bytes(pdf)
    sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+)", tool("pdfinfo", "-l", "999", path))
    return [(round(float(width) * MM), round(float(height) * MM)) for width, height in sizes]


def fonts_of(pdf: bytes, tmp_path: Path) -> list[list[str]]:
    path = tmp_path / "fonts.pdf"
    path.write_bytes(pdf)
    return [line.split() for line in tool("pdffonts", path).splitlines()[2:]]


def on_page(pdf: bytes, number: int) -> str:
    return " ".join(
        tool("pdftotext", "-raw", "-f", str(number), "-l", str(number), "-", "-", data=pdf).split()
    )


@pytest.fixture(scope="module")
def printed(procedures: Layout, report: Filling) -> bytes:
    return render(procedures, report)


@pytest.fixture(scope="module")
def blank(procedures: Layout) -> bytes:
    return render(procedures, None)


def test_the_registry_s_target_prints(procedures: Layout, report: Filling, printed: bytes) -> None:
    target = next(target for target in TARGETS if target.name == "pdf")
    assert target.render(procedures, report) == printed


def test_the_letterhead_and_signature_are_the_decree_s(printed: bytes) -> None:
    text = text_of(printed)
    for words in (
        "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI ỦY BAN NHÂN DÂN XÃ TỊNH KHÊ",
        "Số: 05/BC-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Tịnh Khê, ngày 05 tháng 02 năm 2026",
        "BÁO CÁO Công tác kiểm soát thủ tục hành chính Quý III năm 2026",
        "Kính gửi: Ủy ban nhân dân tỉnh Quảng Ngãi",
        "Nơi nhận: - Như trên; - Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN CHỦ TỊCH Nguyễn Văn Đức",
    ):
        assert words in text


def test_the_outline_s_texts_and_sentences_are_printed_and_its_prompts_are_not(printed: bytes) -> None:
    text = text_of(printed)
    assert "I. TÌNH HÌNH CHUNG" in text
    assert "thu phí đúng quy định (₫), niêm yết" in text
    # 1.175 + 1.344 + 1.513 + 1.346, where x stands for nothing.
    assert "Trong kỳ tiếp nhận 5.378 hồ sơ." in text
    assert "Nêu khái quát" not in text


def test_a_table_s_header_says_form_period_and_parties(printed: bytes) -> None:
    text = text_of(printed)
    assert "Biểu số: II.06a/VPCP/KSTT" in text
    assert "(Ban hành kèm theo Thông tư 01/2020/TT-VPCP)" in text
    assert "cấp xã 01 ngày làm việc" in text
    assert "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH" in text
    assert "Kỳ báo cáo: Quý III năm 2026 (Từ ngày 15/6/2026 đến ngày 14/9/2026)" in text
    assert "Đơn vị báo cáo: UBND xã Tịnh Khê Đơn vị nhận báo cáo: Ủy ban nhân dân tỉnh Quảng Ngãi" in text
    assert "Đơn vị tính: hồ sơ" in text


def test_codes_numbers_marks_and_notes_stand_in_the_table(printed: bytes) -> None:
    text = text_of(printed)
    for words in (
        "64,71%",
        "Xây dựng",
        "1.234.567,89",
        "05/02/2026 Đầu tư công",
        "15/10/2026 Đầu tư tư nhân",
        "Vốn (triệu đồng)",
        "Ghi chú: Số liệu tính đến hết ngày 14 của tháng cuối kỳ.",
        "(1) Kể cả hồ sơ nhận qua dịch vụ bưu chính công ích.",
    ):
        assert words in text
    # A code may be broken over lines.
    assert "AB3=4+5+64567=8+9+10891011=12+131213" in "".join(text.split())
    assert [word.text for word in words_of(printed)].count("x") == 1


def test_nothing_leaves_the_margins(
    printed: bytes,
    blank: bytes,
    layout_of: Callable[..., Layout],
    fill: Callable[..., Filling],
    tmp_path: Path,
) -> None:
    """20 mm above and below, 30 left, 15 right; only the page number stands in the top margin."""
    wide = layout_of("wide", 12)
    for pdf in (printed, blank, render(wide, fill(wide))):
        sizes = page_sizes(pdf, tmp_path)
        for word in words_of(pdf):
            width, height = sizes[word.page - 1]
            if word.bottom < 20:
                assert word.text == str(word.page)
                assert abs((word.left + word.right) / 2 - (30 + width - 15) / 2) < 1
            else:
                assert word.left > 29.9, word
                assert word.right < width - 14.9, word
                assert word.bottom < height - 19, word


def test_the_first_page_has_no_number_and_every_other_one_has(printed: bytes) -> None:
    numbers = {word.page: word.text for word in words_of(printed) if word.bottom < 20}
    pages = max(word.page for word in words_of(printed))
    assert pages > 1
    assert numbers == {page: str(page) for page in range(2, pages + 1)}


def test_only_the_embedded_fonts_are_used(printed: bytes, blank: bytes, tmp_path: Path) -> None:
    for pdf in (printed, blank):
        fonts = fonts_of(pdf, tmp_path)
        assert {name.split("+")[1] for name, *_ in fonts} == {
            "Bieu-Tinos",
            "Bieu-Tinos-Bold",
            "Bieu-Tinos-Italic",
            "Bieu-Tinos-Bold-Italic",
        }
        # Columns from the right: object, generation, unicode map, subset, embedded.
        assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)


def test_a_blank_form_has_room_to_write_and_says_its_doubts(blank: bytes) -> None:
    text = text_of(blank)
    assert "Nêu khái quát tình hình triển khai trong kỳ." in text
    assert "Trong kỳ tiếp nhận …………… hồ sơ." in text
    assert "Kỳ báo cáo: quý / năm" in text
    # Nine lines for a long text, three for a short one.
    assert len(re.findall("…{30,}", text)) == 12
    assert "Tên cột 5 chưa đối chiếu với bản in." in text
    ordinals = [word.text for word in words_of(blank)]
    assert {"5", "6", "7", "8"} <= set(ordinals), "eight spare rows for added rows"
    assert "x" in ordinals


def test_a_filled_report_says_no_doubts(printed: bytes) -> None:
    assert "chưa đối chiếu" not in text_of(printed)


def test_a_long_table_repeats_its_heading_and_keeps_its_total_with_rows(
    layout_of: Callable[..., Layout], fill: Callable[..., Filling]
) -> None:
    layout = layout_of("long", 96)
    pdf = render(layout, fill(layout, coverage="tổng hợp từ 93/96 đơn vị"))
    pages = max(word.page for word in words_of(pdf))
    assert pages >= 3
    bodies = [on_page(pdf, page) for page in range(1, pages + 1)]
    with_rows = [body for body in bodies if "Lĩnh vực thứ" in body]
    assert len(with_rows) >= 3
    assert all("Trực tuyến Trực tiếp A B 1=2+3 2 3" in body for body in with_rows)
    last = next(body for body in bodies if "Lĩnh vực thứ 96" in body)
    assert re.search(
        r"Lĩnh vực thứ 96 [\d.]+ [\d.]+ [\d.]+ Tổng số [\d.]+ [\d.]+ [\d.]+ Số liệu tổng hợp từ 93/96", last
    )
    # Every row is there, once.
    assert [int(number) for body in bodies for number in re.findall(r"Lĩnh vực thứ (\d+)", body)] == list(
        range(1, 97)
    )


@pytest.mark.parametrize("rows", range(19, 26))
def test_wherever_the_page_ends_neither_heading_nor_total_stands_alone(
    rows: int, layout_of: Callable[..., Layout], fill: Callable[..., Filling]
) -> None:
    layout = layout_of("long", rows)
    pdf = render(layout, fill(layout))
    bodies = [on_page(pdf, page) for page in range(1, max(word.page for word in words_of(pdf)) + 1)]
    for body in bodies:
        if "Trực tuyến Trực tiếp" in body or re.search(r"Tổng số [\d.]+ [\d.]+ [\d.]+", body):
            assert re.search(r"Lĩnh vực thứ \d+ [\d.]+ [\d.]+ [\d.]+", body)


def test_a_wide_table_lies_down_and_a_wider_one_is_cut_with_its_stub(
    layout_of: Callable[..., Layout], fill: Callable[..., Filling], tmp_path: Path
) -> None:
    for groups, parts in ((5, 1), (12, 2)):
        layout = layout_of("wide", groups)
        pdf = render(layout, fill(layout))
        sizes = page_sizes(pdf, tmp_path)
        assert sizes[0] == (210, 297)
        assert set(sizes[1:]) == {(297, 210)}
        text = text_of(pdf)
        assert "Kết quả tiếp công dân: số liệu chi tiết tại Phụ lục I kèm theo." in text
        assert "Phụ lục I (Kèm theo Báo cáo số 05/BC-UBND ngày 05 tháng 02 năm 2026" in text
        assert text.count("Lĩnh vực thứ 4") == parts
        assert ("Phần 2/2" in text) == (parts == 2)
        assert "Người lập biểu" in text
        # The sum of a column, at its end: nothing was lost in the cut.
        values = fill(layout).values.cells
        last = max(layout.cells, key=lambda cell: cell.slot)
        number = values[last.address]
        assert isinstance(number, int)
        assert f"{number:,}".replace(",", ".") in text


def test_an_empty_group_of_added_rows_prints_one_empty_row(
    procedures: Layout, fill: Callable[..., Filling]
) -> None:
    text = text_of(render(procedures, fill(procedures, Values())))
    assert "Dự án" in text
    assert "Cộng các dự án" in text


def test_two_hundred_added_rows_are_all_printed(procedures: Layout, fill: Callable[..., Filling]) -> None:
    rows = tuple({"ten": f"Công trình số {number}"} for number in range(1, 201))
    text = text_of(render(procedures, fill(procedures, Values(added={GroupKey("lao_dong", "du_an"): rows}))))
    assert [int(number) for number in re.findall(r"Công trình số (\d+)", text)] == list(range(1, 201))


def test_the_same_report_has_the_same_bytes_whatever_was_printed_before(
    procedures: Layout, report: Filling, printed: bytes, blank: bytes
) -> None:
    assert render(procedures, report) == printed
    assert render(procedures, None) == blank
    other = replace(report, letterhead=replace(report.letterhead, number="06/BC-UBND"))
    assert render(procedures, other) != printed


def test_threads_may_print_at_the_same_time(
    procedures: Layout, report: Filling, printed: bytes, blank: bytes
) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda filling: render(procedures, filling), [report, None, report, None]))
    assert found == [printed, blank, printed, blank]


def test_the_same_report_has_the_same_bytes_in_another_process(printed: bytes, tmp_path: Path) -> None:
    """No set order, no clock, no temporary name: a fresh interpreter with another hash seed prints the same."""
    here = Path(__file__).parent
    program = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('conftest_paper', {str(here / 'conftest.py')!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "sys.modules['conftest_paper'] = module\n"
        "spec.loader.exec_module(module)\n"
        "from compiler.cells import Layout\n"
        "from renderers.pdf.report import render\n"
        "layout = Layout(module.procedures_template())\n"
        "filling = module.filling_of(layout, module.procedures_values(layout))\n"
        "sys.stdout.buffer.write(render(layout, filling))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, check=True, env=environment, cwd=tmp_path)
    assert found.stdout == printed

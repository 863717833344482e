"""Forms as a clerk lays them out in Excel and Word: merged headings, a code row, a measure line, stray blank rows.

The forms are real (design notes `forms.md`, `domain.md`); the files are made here, so that no binary lies in the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

Head = tuple[str, "str | Sequence[Head]"]
"""A heading with its code, or with those below it."""

_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


@dataclass(frozen=True)
class Form:
    """What is printed. rows: texts from the left, as many as there are."""

    number: str
    basis: str
    title: tuple[str, ...]
    period: str
    measure: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...] = ((),)
    notes: tuple[str, ...] = ()
    signers: tuple[str, ...] = ("Người lập biểu", "Thủ trưởng đơn vị")

    @property
    def depth(self) -> int:
        return max(_depth(head) for head in self.heads)

    @property
    def width(self) -> int:
        return sum(_width(head) for head in self.heads)

    @property
    def codes(self) -> list[str]:
        return [code for head in self.heads for code in _codes(head)]


def _depth(head: Head) -> int:
    return 1 if isinstance(head[1], str) else 1 + max(_depth(each) for each in head[1])


def _width(head: Head) -> int:
    return 1 if isinstance(head[1], str) else sum(_width(each) for each in head[1])


def _codes(head: Head) -> list[str]:
    return [head[1]] if isinstance(head[1], str) else [code for each in head[1] for code in _codes(each)]


def placed(form: Form) -> list[tuple[int, int, int, int, str]]:
    """Each heading: level, column, rows, columns, text; from 0."""
    found: list[tuple[int, int, int, int, str]] = []

    def place(head: Head, level: int, column: int) -> None:
        if isinstance(head[1], str):
            found.append((level, column, form.depth - level, 1, head[0]))
            return
        found.append((level, column, 1, _width(head), head[0]))
        for each in head[1]:
            place(each, level + 1, column)
            column += _width(each)

    column = 0
    for head in form.heads:
        place(head, 0, column)
        column += _width(head)
    return found


def workbook(*forms: Form, left: int = 1, blanks: int = 1, codes: bool = True, typed: bool = False) -> bytes:
    """The forms, a sheet each. left: the first column; blanks: stray blank rows; typed: codes as Excel turns "(1)"."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for form in forms:
        _draw(book.create_sheet(form.number.split("/")[0]), form, left, blanks, codes, typed)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _draw(sheet: Worksheet, form: Form, left: int, blanks: int, codes: bool, typed: bool) -> None:
    normal, bold = Font(name="Times New Roman", size=12), Font(name="Times New Roman", size=13, bold=True)
    last = left + form.width - 1
    third = max(1, form.width // 3)
    row = 1 + blanks
    sheet.cell(row, left, f"Biểu số: {form.number}").font = normal
    sheet.cell(row, last - third + 1, "Đơn vị báo cáo: ................").font = normal
    sheet.cell(row + 1, left, f"Ban hành theo {form.basis}").font = normal
    sheet.cell(row + 1, last - third + 1, "Đơn vị nhận báo cáo: ............").font = normal
    row += 2 + blanks
    for line in form.title:
        cell = sheet.cell(row, left, line)
        cell.font, cell.alignment = bold, Alignment(horizontal="center")
        sheet.merge_cells(start_row=row, end_row=row, start_column=left, end_column=last)
        row += 1
    sheet.cell(row, left, form.period).alignment = Alignment(horizontal="center")
    sheet.merge_cells(start_row=row, end_row=row, start_column=left, end_column=last)
    row += 1
    if form.measure:
        sheet.cell(row, last - third + 1, f"Đơn vị tính: {form.measure}").font = Font(italic=True)
    row += 1 + blanks
    for level, column, rows, columns, text in placed(form):
        cell = sheet.cell(row + level, left + column, text)
        cell.font, cell.border = bold, _BOX
        cell.alignment = Alignment(horizontal="center", wrap_text=True, textRotation=90 if rows > 2 else 0)
        if rows > 1 or columns > 1:
            sheet.merge_cells(
                start_row=row + level,
                end_row=row + level + rows - 1,
                start_column=left + column,
                end_column=left + column + columns - 1,
            )
    row += form.depth
    if codes:
        for index, code in enumerate(form.codes):
            value: object = code
            if typed and code.strip("()").isdecimal():
                value = -int(code.strip("()")) if code.startswith("(") else int(code)
            sheet.cell(row, left + index).value = value  # type: ignore[assignment]
        row += 1
    for number, texts in enumerate(form.rows):
        for index, text in enumerate(texts):
            sheet.cell(row, left + index).value = int(text) if text.isdecimal() else text or None
        for index in range(form.width):
            sheet.cell(row, left + index).border = _BOX
        row += 1 + (blanks if number == 0 and len(form.rows) > 3 else 0)
    for note in form.notes:
        row += 1
        sheet.cell(row, left, note).font = Font(italic=True)
    row += 2
    sheet.cell(row, last - third + 1, "........, ngày ..... tháng ..... năm ......")
    for index, signer in enumerate(form.signers):
        sheet.cell(row + 1, left + index * max(1, form.width // len(form.signers)), signer).font = bold


def document(*forms: Form) -> bytes:
    """The forms one after the other, in Word."""
    document = Document()
    document.sections[0].orientation = WD_ORIENT.LANDSCAPE
    for form in forms:
        head = document.add_table(1, 2)
        head.rows[0].cells[0].text = f"Biểu số: {form.number}\nBan hành theo {form.basis}"
        head.rows[0].cells[1].text = "Đơn vị báo cáo: ......\nĐơn vị nhận báo cáo: ......"
        document.add_paragraph()
        for line in form.title:
            run = document.add_paragraph().add_run(line)
            run.bold, run.font.size = True, Pt(14)
        document.add_paragraph(form.period)
        if form.measure:
            document.add_paragraph(f"Đơn vị tính: {form.measure}")
        table = document.add_table(form.depth + 1 + len(form.rows), form.width)
        grid = [list(row.cells) for row in table.rows]
        for level, column, rows, columns, text in placed(form):
            cell = grid[level][column]
            if rows > 1 or columns > 1:
                cell = cell.merge(grid[level + rows - 1][column + columns - 1])
            cell.text = text
        for index, code in enumerate(form.codes):
            grid[form.depth][index].text = code
        for number, texts in enumerate(form.rows):
            for index, text in enumerate(texts):
                grid[form.depth + 1 + number][index].text = text
        for note in form.notes:
            document.add_paragraph(note)
        document.add_paragraph("........, ngày ..... tháng ..... năm ......")
        for signer in form.signers:
            document.add_paragraph(signer)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


B06A = Form(
    number="II.06a/VPCP/KSTT",
    basis="Thông tư số 01/2020/TT-VPCP",
    title=("TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT", "THỦ TỤC HÀNH CHÍNH"),
    period="Kỳ báo cáo: Quý/năm (Từ ngày ... đến ngày ...)",
    measure="Số hồ sơ TTHC",
    heads=(
        ("STT", "(1)"),
        ("Lĩnh vực, công việc giải quyết theo cấp", "(2)"),
        (
            "Số hồ sơ nhận giải quyết",
            (
                ("Tổng số", "(3)=(4)+(5)+(6)"),
                ("Trong kỳ", (("Trực tuyến", "(4)"), ("Trực tiếp, dịch vụ bưu chính", "(5)"))),
                ("Từ kỳ trước", "(6)"),
            ),
        ),
        (
            "Số hồ sơ đã giải quyết",
            (
                ("Tổng số", "(7)=(8)+(9)+(10)"),
                ("Trước hạn", "(8)"),
                ("Đúng hạn", "(9)"),
                ("Quá hạn", "(10)"),
            ),
        ),
        (
            "Số hồ sơ đang giải quyết",
            (("Tổng số", "(11)=(12)+(13)"), ("Trong hạn", "(12)"), ("Quá hạn", "(13)")),
        ),
    ),
    rows=(("1", "Đất đai"), ("2", "Hộ tịch"), ("3", "Chứng thực"), ("…", "…"), ("", "Tổng số")),
)

B13A = Form(
    number="13a/BTP/HTQTCT/HT",
    basis="Thông tư 03/2019/TT-BTP",
    title=("KẾT QUẢ ĐĂNG KÝ KHAI SINH, KHAI TỬ, KẾT HÔN TẠI ỦY BAN NHÂN DÂN CẤP XÃ",),
    period="(6 tháng, năm)",
    measure="Trường hợp",
    heads=(
        ("A", "A"),
        (
            "Khai sinh",
            (
                (
                    "Đăng ký mới",
                    (
                        ("Tổng số", "1=2+3=4+5=6+7"),
                        ("Chia theo dân tộc", (("Kinh", "2"), ("Khác", "3"))),
                        ("Chia theo giới tính", (("Nam", "4"), ("Nữ", "5"))),
                        (
                            "Chia theo thời điểm đăng ký",
                            (
                                ("Đúng hạn", "6"),
                                (
                                    "Quá hạn",
                                    (
                                        ("Tổng số", "7"),
                                        ("Trong đó: trẻ sinh trong năm báo cáo", "8"),
                                        ("Trong đó: trẻ dưới 5 tuổi", "9"),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
                ("Đăng ký lại", "10"),
            ),
        ),
        (
            "Khai tử",
            (
                (
                    "Đăng ký mới",
                    (
                        ("Tổng số", "11=12+13+14=15+16"),
                        (
                            "Chia theo độ tuổi",
                            (
                                ("Dưới 1 tuổi", "12"),
                                ("Từ 1 đến dưới 5 tuổi", "13"),
                                ("Từ 5 tuổi trở lên", "14"),
                            ),
                        ),
                        ("Chia theo thời điểm đăng ký", (("Đúng hạn", "15"), ("Quá hạn", "16"))),
                    ),
                ),
                ("Đăng ký lại", "17"),
            ),
        ),
        (
            "Kết hôn",
            (
                (
                    "Đăng ký mới",
                    (
                        ("Số cặp (cặp)", "18"),
                        ("Trong đó: kết hôn lần đầu (cặp)", "19"),
                        ("Tuổi kết hôn trung bình lần đầu", (("Nam (tuổi)", "20"), ("Nữ (tuổi)", "21"))),
                    ),
                ),
                ("Đăng ký lại (cặp)", "22"),
            ),
        ),
    ),
    rows=(("Tổng số trên địa bàn xã",),),
)

B01XLD = Form(
    number="01/XLD",
    basis="Thông tư số 02/2021/TT-TTCP ngày 22/3/2021 của Thanh tra Chính phủ",
    title=("TỔNG HỢP KẾT QUẢ XỬ LÝ ĐƠN",),
    period="(Quý, 6 tháng, 9 tháng, năm)",
    measure="Đơn",
    heads=(
        ("Đơn vị", "MS"),
        ("Tổng số đơn", "1=2+3=4+5"),
        ("Kỳ trước chuyển sang", "2"),
        ("Tiếp nhận trong kỳ", "3"),
        ("Đã xử lý", "4"),
        ("Chưa xử lý (chuyển kỳ sau)", "5"),
        (
            "Đơn đủ điều kiện xử lý",
            (
                ("Số đơn", "6=8+9+10=11+12+13=14+18"),
                ("Số vụ việc (vụ việc)", "7"),
                ("Theo loại đơn", (("Khiếu nại", "8"), ("Tố cáo", "9"), ("Kiến nghị, phản ánh", "10"))),
                (
                    "Theo tình trạng giải quyết",
                    (("Lần đầu", "11"), ("Nhiều lần", "12"), ("Chưa giải quyết xong", "13")),
                ),
            ),
        ),
        (
            "Kết quả xử lý đơn",
            (
                (
                    "Thuộc thẩm quyền",
                    (
                        ("Tổng số", "14=15+16+17"),
                        ("Khiếu nại", "15"),
                        ("Tố cáo", "16"),
                        ("Kiến nghị, phản ánh", "17"),
                    ),
                ),
                (
                    "Không thuộc thẩm quyền",
                    (
                        ("Tổng số", "18=19+20+21"),
                        ("Hướng dẫn", "19"),
                        ("Chuyển đơn", "20"),
                        ("Đôn đốc giải quyết", "21"),
                    ),
                ),
                ("Số văn bản phúc đáp nhận được do chuyển đơn", "22"),
            ),
        ),
    ),
    notes=("Ghi chú: số liệu tổng hợp từ biểu 02, 03 và 04/XLD.",),
)


def _received(name: str, codes: Sequence[str]) -> Head:
    people, persons, first, more, *crowd = codes
    return (
        name,
        (
            ("Số lượt", people),
            ("Số người", persons),
            ("Số vụ việc", (("Lần đầu", first), ("Nhiều lần", more))),
            (
                "Trong đó đoàn đông người",
                (
                    ("Số đoàn", crowd[0]),
                    ("Số người", crowd[1]),
                    ("Số vụ việc", (("Lần đầu", crowd[2]), ("Nhiều lần", crowd[3]))),
                ),
            ),
        ),
    )


def _of_leader(name: str, sessions: str, codes: Sequence[str]) -> Head:
    inner = _received(name, codes)[1]
    assert not isinstance(inner, str)
    return name, (("Số kỳ tiếp", sessions), *inner)


B01TCD = Form(
    number="01/TCD",
    basis="Thông tư số 02/2021/TT-TTCP",
    title=("TỔNG HỢP KẾT QUẢ TIẾP CÔNG DÂN THƯỜNG XUYÊN, ĐỊNH KỲ VÀ ĐỘT XUẤT",),
    period="(Quý, 6 tháng, 9 tháng, năm)",
    measure="",
    heads=(
        ("Đơn vị", "MS"),
        ("Tổng số lượt tiếp", "1=4+13+22"),
        ("Tổng số người được tiếp", "2=5+14+23"),
        ("Tổng số vụ việc tiếp", "3=6+7+15+16+24+25"),
        _received("Tiếp thường xuyên", [str(code) for code in range(4, 12)]),
        (
            "Tiếp định kỳ và đột xuất của Thủ trưởng",
            (
                _of_leader("Thủ trưởng tiếp", "12", [str(code) for code in range(13, 21)]),
                _of_leader("Ủy quyền tiếp", "21", [str(code) for code in range(22, 30)]),
            ),
        ),
    ),
    rows=(("Xã A",), ("Xã B",), ("Tổng cộng",)),
)

FORMS = (B06A, B13A, B01XLD, B01TCD)


def with_code(form: Form, before: str, after: str) -> Form:
    """The form with one code of its code row printed otherwise."""

    def changed(head: Head) -> Head:
        if isinstance(head[1], str):
            return head[0], after if head[1] == before else head[1]
        return head[0], tuple(changed(each) for each in head[1])

    return replace(form, heads=tuple(changed(head) for head in form.heads))

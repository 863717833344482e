"""The cover sheet: what the report is, who fills it, how to fill it, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.worksheet.worksheet import Worksheet

from compiler.template import TextInput
from renderers.pdf.wording import PERIODS
from renderers.xlsx.checks import ERROR, FAILED, WARNING
from renderers.xlsx.entry import limit_text, ranges_of
from renderers.xlsx.formulas import Formulas
from renderers.xlsx.identity import WorkbookIdentity
from renderers.xlsx.look import (
    CARRIED_COLOUR,
    COMPUTED_COLOUR,
    FAILED_COLOUR,
    HEADING_COLOUR,
    INPUT_COLOUR,
    LINE_HEIGHT,
    WARNED_COLOUR,
    Look,
    height,
    lines,
)
from renderers.xlsx.names import Block, Spot, identity_name
from renderers.xlsx.sheets import CHECKS, COVER, FIRST_CHECK, OUTLINE
from renderers.xlsx.table import Inputs
from renderers.xlsx.workbook import Drawing, page, protect, row_height, widths

_WIDTHS = (30.0, 20.0, 16.0, 16.0, 16.0)
_WHOLE = sum(_WIDTHS)
_FIELDS = {"unit": "Mã đơn vị", "unit_name": "Tên đơn vị báo cáo", "period": "Kỳ báo cáo (mã)"}
_LIMITS = {"unit": 35, "unit_name": 200, "period": 10}

_INSTRUCTIONS = (
    "Nhập số liệu vào các ô màu vàng. Ô trống nghĩa là chưa trả lời; không phát sinh thì ghi 0.",
    "Không nhập vào ô màu xám xanh: các ô này tự tính. Ô màu xanh lá lấy từ báo cáo kỳ trước; chỉ nhập số đầu kỳ khi "
    "kỳ trước chưa có báo cáo.",
    "Ô chuyển màu cam là số liệu không khớp, phải sửa trước khi gửi; màu vàng đậm là cảnh báo, cần sửa hoặc "
    "giải trình. Danh sách đầy đủ ở trang «Kiểm tra».",
    "Dán số liệu từ nơi khác: chọn «Dán giá trị» (Paste Values) để giữ khuôn dạng và điều kiện nhập của ô.",
    "Không xóa, chèn cột hay dòng có sẵn của biểu. Trang tính được khóa không mật khẩu, chỉ để tránh sửa nhầm.",
    "Lưu tệp ở dạng .xlsx và gửi nguyên tệp; phần mềm đọc lại đúng từng ô.",
)
_MORE_ROWS = (
    "Ở phần đơn vị tự thêm dòng: còn thiếu dòng thì bỏ ẩn các dòng dự phòng, hoặc chèn dòng vào giữa các dòng ấy. "
    "Dòng chèn không có công thức vẫn được tính khi gửi."
)


def draw_cover(
    drawing: Drawing, sheet: Worksheet, identity: WorkbookIdentity
) -> tuple[Mapping[str, Spot], int]:
    """Draw all but the state of completeness. Gives the cells for what is open, and the row where the state starts."""
    template = drawing.template
    row = 1
    if template.package_title.casefold() != template.title.casefold():
        row = _whole(drawing, sheet, row, template.package_title.upper(), Look(bold=True, align="center"))
    row = _whole(drawing, sheet, row, template.title.upper(), Look(bold=True, size=16, align="center"))
    row = _whole(drawing, sheet, row, "(Biểu mẫu nhập liệu)", Look(italic=True, align="center")) + 1
    periods = ", ".join(PERIODS[name] for name in template.period_types)
    for label, text in (
        ("Căn cứ", "; ".join(template.basis)),
        ("Định kỳ", periods),
        ("Mã chế độ, phiên bản", f"{template.regime}, {template.version}"),
    ):
        if text:
            row = _pair(drawing, sheet, row, label, text, Look(border="thin"))
    open_fields: dict[str, Spot] = {}
    for field, label in _FIELDS.items():
        known = {"unit": identity.unit, "unit_name": identity.unit_name, "period": identity.period}[field]
        if drawing.filling is not None:
            text = f"{known} ({drawing.filling.period.words})" if field == "period" else known
            row = _pair(drawing, sheet, row, label, text, Look(border="thin", bold=True))
            continue
        spot = Spot(COVER, row, 2)
        open_fields[field] = spot
        row = _pair(
            drawing, sheet, row, label, "", Look(border="thin", fill=INPUT_COLOUR, format="@", locked=False)
        )
        drawing.name(identity_name(field), spot)
        limit_text(sheet, label, _LIMITS[field], field != "unit_name", [spot.cell])
    row += 1
    row = _heading(drawing, sheet, row, "CÁCH ĐIỀN")
    instructions = _INSTRUCTIONS if not drawing.layout.groups else (*_INSTRUCTIONS, _MORE_ROWS)
    for number, text in enumerate(instructions, start=1):
        row = _whole(drawing, sheet, row, f"{number}. {text}", Look())
    row = _legend(drawing, sheet, row) + 1
    if template.notes:
        row = _heading(drawing, sheet, row, "ĐIỂM CHƯA ĐỐI CHIẾU VỚI BẢN IN")
        for note in template.notes:
            row = _whole(drawing, sheet, row, f"- {note}", Look(italic=True))
        row += 1
    widths(sheet, _WIDTHS)
    page(sheet, landscape=False)
    protect(sheet)
    return open_fields, row


def draw_state(
    drawing: Drawing,
    formulas: Formulas,
    sheet: Worksheet,
    row: int,
    inputs: Mapping[str, Inputs],
    open_fields: Mapping[str, Spot],
) -> None:
    """How far the report has come, table by table, by formulas."""
    row = _heading(drawing, sheet, row, "TÌNH TRẠNG BÁO CÁO")
    head = Look(bold=True, align="center", border="thin", fill=HEADING_COLOUR, size=11)
    for column, words in enumerate(
        ("Phần", "Ô đã nhập", "Bắt buộc còn thiếu", "Lỗi chưa sửa", "Cảnh báo"), start=1
    ):
        drawing.text(sheet, row, column, words, head)
    row_height(sheet, row, 2 * LINE_HEIGHT)
    row += 1
    first = row
    count = len(drawing.layout.checks)
    filled: list[str] = []
    for name, plan in drawing.plan.tables.items():
        drawing.link(drawing.text(sheet, row, 1, plan.title, Look(border="thin", link=True)), plan.title)
        entered, missing, numbers = _table_state(drawing, formulas, name, inputs[name])
        filled += numbers
        _state_row(drawing, sheet, row, entered, missing, _failing(plan.title, count))
        row += 1
    texts = [line.item for line in drawing.plan.outline if isinstance(line.item, TextInput)]
    if texts:
        drawing.link(drawing.text(sheet, row, 1, OUTLINE, Look(border="thin", link=True)), OUTLINE)
        firsts = [drawing.plan.texts[text.name][0] for text in texts]
        entered = "+".join(f"(LEN({spot.absolute})>0)" for spot in firsts)
        needed = [drawing.plan.texts[text.name][0] for text in texts if text.required]
        missing = "+".join(f"(LEN({spot.absolute})=0)" for spot in needed) or "0"
        helper = formulas.helper("thuyết minh", [f"=0+{entered}", f"=0+{missing}"])
        filled.append(helper.spot(0).absolute)
        _state_row(
            drawing,
            sheet,
            row,
            f'={helper.spot(0).absolute}&" / {len(firsts)}"',
            f"={helper.spot(1).absolute}",
            ("=0", "=0"),
        )
        row += 1
    if any(placed.check.table is None for placed in drawing.layout.checks):
        drawing.link(drawing.text(sheet, row, 1, "Toàn báo cáo", Look(border="thin", link=True)), CHECKS)
        _state_row(drawing, sheet, row, '=""', "=0", _failing("", count))
        row += 1
    total = Look(bold=True, border="thin", align="center")
    drawing.text(sheet, row, 1, "Cộng", Look(bold=True, border="thin"))
    drawing.text(sheet, row, 2, "", total)
    for column in (3, 4, 5):
        letter = "ABCDE"[column - 1]
        drawing.formula(sheet, row, column, f"=SUM({letter}{first}:{letter}{row - 1})", total)
    wanted = [open_fields[field] for field in ("unit", "period") if field in open_fields]
    known = [
        formulas.helper("đã nhập", ["=" + ("+".join(filled) or "0")]).spot(0).absolute,
        formulas.helper("chưa ghi", ["=0" + "".join(f"+(LEN({spot.absolute})=0)" for spot in wanted)])
        .spot(0)
        .absolute,
    ]
    verdict = (
        f'=IF({known[0]}=0,"Chưa nhập số liệu. ","")&IF({known[1]}>0,"Chưa ghi mã đơn vị hoặc kỳ báo cáo. ","")'
        f'&IF(C{row}>0,"Còn thiếu "&C{row}&" ô bắt buộc. ","")&IF(D{row}>0,"Còn "&D{row}&" lỗi phải sửa. ","")'
        f'&IF(E{row}>0,"Có "&E{row}&" cảnh báo cần xem lại. ","")'
        f'&IF(AND(C{row}+D{row}+{known[1]}=0,{known[0]}>0),"Có thể gửi báo cáo.","")'
    )
    drawing.formula(sheet, row + 1, 1, verdict, Look(bold=True, colour="C00000"))
    drawing.merge(sheet, row + 1, 1, row + 1, 5, Look(bold=True, colour="C00000"))
    row_height(sheet, row + 1, 2 * LINE_HEIGHT)


def _table_state(
    drawing: Drawing, formulas: Formulas, name: str, inputs: Inputs
) -> tuple[str, str, list[str]]:
    """Formulas for what was entered in a table, for how many required cells are blank, and numbers of what is there."""
    added = {row.name for row in drawing.layout.tables[name].rows if row.kind == "added"}
    static = {key: spots for key, spots in inputs.cells.items() if key.split(" ")[0] not in added}
    every = [spot for spots in static.values() for spot in spots]
    needed = [spot for key, spots in static.items() if inputs.columns[key].required for spot in spots]
    rows, lacking = _rows_state(drawing, formulas, name)
    counted = _counted(formulas, every) if every else ""
    entered = "=" + (counted or "0")
    said = f'{entered}&" / {len(every)}"' if every else '=""'
    if rows:
        said += ("&" if every else "=") if not said.endswith('""') else "&"
        said += '" + "&' if every else ""
        said += "+".join(rows) + '&" dòng"'
    missing = [f"{len(needed)}-({_counted(formulas, needed)})"] if needed else []
    numbers = [part for part in (counted, *rows) if part]
    return said, "=" + ("+".join([*missing, *lacking]) or "0"), numbers


def _rows_state(drawing: Drawing, formulas: Formulas, name: str) -> tuple[list[str], list[str]]:
    """For each group of self-added rows: how many there are, and how many required cells they leave blank."""
    rows, lacking = [], []
    for group in drawing.layout.groups:
        if group.key.table != name:
            continue
        filled = [column for column in group.columns if column.kind != "computed"]
        blocks = {column.column.name: drawing.plan.blocks[group.key, column.column.name] for column in filled}
        if not blocks:
            continue
        present = "+".join(f'({block.absolute}<>"")' for block in blocks.values())
        helper = formulas.helper(f"dòng {group.key.group}", [f"=SUMPRODUCT(--(({present})>0))"])
        rows.append(helper.spot(0).absolute)
        for column in filled:
            if column.column.required:
                text = f'=SUMPRODUCT((({present})>0)*({blocks[column.column.name].absolute}=""))'
                lacking.append(formulas.helper("thiếu", [text]).spot(0).absolute)
    return rows, lacking


def _counted(formulas: Formulas, spots: Sequence[Spot]) -> str:
    """How many of the cells, which share a sheet, are filled; counted in hidden cells, for formulas have limits."""
    sheet = spots[0].sheet
    ranges = [Spot(sheet, 1, 1).absolute.removesuffix("$A$1") + cells for cells in ranges_of(spots)]
    texts = [f"=COUNTA({','.join(ranges[start : start + 60])})" for start in range(0, len(ranges), 60)]
    block: Block = formulas.helper("đã nhập", texts)
    return f"SUM({block.absolute})"


def _failing(title: str, count: int) -> tuple[str, str]:
    """Formulas for the failing checks of a table: errors, warnings."""
    if count == 0:
        return "=0", "=0"
    last = FIRST_CHECK + count - 1

    def column(letter: str) -> str:
        return f"'{CHECKS}'!${letter}${FIRST_CHECK}:${letter}${last}"

    def failing(severity: str) -> str:
        table = f'({column("C")}="{title}")' if '"' not in title else "0"
        return f'=SUMPRODUCT({table}*({column("B")}="{severity}")*({column("F")}="{FAILED}"))'

    return failing(ERROR), failing(WARNING)


def _state_row(
    drawing: Drawing, sheet: Worksheet, row: int, entered: str, missing: str, failing: tuple[str, str]
) -> None:
    look = Look(border="thin", align="center")
    for column, formula in enumerate((entered, missing, *failing), start=2):
        drawing.formula(sheet, row, column, formula, look)


def _whole(drawing: Drawing, sheet: Worksheet, row: int, text: str, look: Look) -> int:
    drawing.text(sheet, row, 1, text, look)
    drawing.merge(sheet, row, 1, row, len(_WIDTHS), look)
    row_height(sheet, row, height([(text, _WHOLE)], 1, look.bold, look.size))
    return row + 1


def _heading(drawing: Drawing, sheet: Worksheet, row: int, text: str) -> int:
    return _whole(drawing, sheet, row, text, Look(bold=True))


def _pair(drawing: Drawing, sheet: Worksheet, row: int, label: str, text: str, look: Look) -> int:
    drawing.text(sheet, row, 1, label, Look(border="thin", fill=HEADING_COLOUR))
    drawing.text(sheet, row, 2, text, look)
    drawing.merge(sheet, row, 2, row, len(_WIDTHS), look)
    row_height(sheet, row, LINE_HEIGHT * lines(text, _WHOLE - _WIDTHS[0], look.bold) + 3)
    return row + 1


def _legend(drawing: Drawing, sheet: Worksheet, row: int) -> int:
    parts = (
        ("Ô nhập liệu", INPUT_COLOUR),
        ("Ô tự tính", COMPUTED_COLOUR),
        ("Số kỳ trước", CARRIED_COLOUR),
        ("Lỗi", FAILED_COLOUR),
        ("Cảnh báo", WARNED_COLOUR),
    )
    for column, (words, colour) in enumerate(parts, start=1):
        drawing.text(sheet, row, column, words, Look(align="center", border="thin", fill=colour, size=11))
    return row + 1

"""The sheet of the outline: titles, prompts, room for narratives, sentences alive with the tables' numbers.

What sentences say is worded as in `renderers/sentences.py`; here it is said by formulas. Excel's TEXT reads its format
in the reader's language, so numbers go through FIXED and are turned to Vietnamese signs where the reader's differ.
"""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from compiler.cells import address_of
from compiler.template import (
    FieldPlace,
    Inserted,
    Prompt,
    Section,
    Sentence,
    TablePlace,
    TextInput,
    ValueType,
)
from renderers.sentences import BLANK, EARLIER, measure_label
from renderers.xlsx.entry import limit_text
from renderers.xlsx.formulas import Formulas
from renderers.xlsx.look import INPUT_COLOUR, LINE_HEIGHT, Look, lines
from renderers.xlsx.names import Spot, text_name
from renderers.xlsx.outline import TEXT_ROWS, WIDTH, OutlineLine
from renderers.xlsx.sheets import HELPERS, OUTLINE
from renderers.xlsx.strings import CELL_CAPACITY, cleaned, literal, pieces, stored
from renderers.xlsx.workbook import MOST_LETTERS, Drawing, cell, page, protect, row_height, widths

_INPUT = Look(fill=INPUT_COLOUR, border="thin", vertical="top", format="@", locked=False)


_LONGEST_LITERAL = 200


def draw_outline(drawing: Drawing, formulas: Formulas, sheet: Worksheet) -> None:
    """Draw every line of the outline."""
    title = Look(bold=True, size=14, align="center")
    drawing.text(sheet, 1, 1, "THUYẾT MINH, ĐÁNH GIÁ", title)
    drawing.text(sheet, 2, 1, drawing.template.title, Look(italic=True, align="center"))
    speech = _Speech(drawing, formulas)
    for line in drawing.plan.outline:
        _draw(drawing, sheet, line, speech)
    widths(sheet, [WIDTH])
    page(sheet, landscape=False)
    protect(sheet)
    if all(isinstance(line.item, Section | TablePlace) for line in drawing.plan.outline):
        # Nothing to read or write there: the tables' own sheets are the whole report.
        sheet.sheet_state = "hidden"


def _draw(drawing: Drawing, sheet: Worksheet, line: OutlineLine, speech: _Speech) -> None:
    item, text = line.item, ""
    match item:
        case Section():
            drawing.text(sheet, line.row, 1, item.title, Look(bold=True, size=13 if line.depth == 0 else 12))
            text = item.title
        case Prompt():
            drawing.text(sheet, line.row, 1, item.text, Look(italic=True, colour="595959", size=11))
            text = item.text
        case TextInput():
            star = " (bắt buộc)" if item.required else ""
            text = f"{item.label}{star}, tối đa {item.max_length} ký tự:"
            drawing.text(sheet, line.row, 1, text, Look())
            _room(drawing, sheet, item, line)
        case Sentence():
            text = "".join(part if isinstance(part, str) else "………………" for part in item.parts)
            drawing.formula(sheet, line.row, 1, speech.formula(item), Look(align="justify"))
        case FieldPlace():
            address = address_of(item.cell)
            column = drawing.layout.by_address[address].column
            plan = drawing.plan.tables[address.table]
            text = f"{column.label}: xem trang {plan.title}"
            drawing.link(drawing.text(sheet, line.row, 1, text, Look(link=True)), plan.title)
        case TablePlace():
            plan = drawing.plan.tables[item.table]
            text = plan.title if plan.title == plan.table.title else f"{plan.title}: {plan.table.title}"
            drawing.link(drawing.text(sheet, line.row, 1, text, Look(link=True)), plan.title)
    row_height(sheet, line.row, LINE_HEIGHT * lines(text, WIDTH) + 3)


def _room(drawing: Drawing, sheet: Worksheet, item: TextInput, line: OutlineLine) -> None:
    """The cells of a narrative, high enough for what it says or may say."""
    held = "" if drawing.values is None else cleaned(drawing.values.texts.get(item.name, ""))
    parts = list(pieces(held))
    limit = min(item.max_length, CELL_CAPACITY)
    likely = max(4, min(item.max_length // int(WIDTH) // 4, 12))
    ranges = []
    for number, row in enumerate(line.cells):
        part = parts[number] if number < len(parts) else ""
        if part:
            target = cell(sheet, row, 1)
            target.value = stored(part)
            target.data_type = "s"
        drawing.merge(sheet, row, 1, row + TEXT_ROWS - 1, 1, _INPUT)
        wanted = LINE_HEIGHT * (max(lines(part, WIDTH) + 1, likely if number == 0 else 2))
        for inside in range(row, row + TEXT_ROWS):
            row_height(sheet, inside, round(wanted / TEXT_ROWS, 1))
        drawing.name(text_name(item.name, number + 1), Spot(OUTLINE, row, 1))
        ranges.append(Spot(OUTLINE, row, 1).cell)
    limit_text(sheet, item.label, limit, item.required, ranges)


class _Speech:
    """Sentences as formulas; each value is worked out and worded in hidden cells first."""

    def __init__(self, drawing: Drawing, formulas: Formulas) -> None:
        self._drawing = drawing
        self._formulas = formulas
        self._sign = formulas.helper("dấu thập phân", ["=MID(1/2,2,1)"]).spot(0).cell

    def formula(self, sentence: Sentence) -> str:
        """The sentence, starting with `=`. Long words are read from hidden cells: formulas have limits."""
        parts = []
        for part in sentence.parts:
            if isinstance(part, Inserted):
                parts.append(self._inserted(part).absolute)
            elif len(part) <= _LONGEST_LITERAL:
                parts.append(literal(part))
            else:
                parts.append(self._formulas.words(part).absolute)
        while len("&".join(parts)) > MOST_LETTERS:
            # So many pieces that even their references are too long: join some of them in hidden cells first.
            joined = [parts[start : start + 20] for start in range(0, len(parts), 20)]
            parts = [self._formulas.helper("nối", ["=" + "&".join(some)]).spot(0).absolute for some in joined]
        return "=" + ("&".join(parts) or '""')

    def _inserted(self, inserted: Inserted) -> Spot:
        now = self._number(inserted, captured=False)
        if inserted.versus is None:
            said = f'=IF({now}="","{BLANK}",{self._worded(now, inserted.type)})'
            return self._formulas.helper("nói", [said]).spot(0)
        then = self._number(inserted, captured=True)
        return self._formulas.helper("so sánh", [self._change(inserted, now, then)]).spot(0)

    def _number(self, inserted: Inserted, captured: bool) -> str:
        expression = inserted.captured if captured else inserted.expression
        if expression is None:
            return self._formulas.helper("không có", ['=""']).spot(0).cell
        text = self._formulas.text(expression, inserted.type, HELPERS)
        return self._formulas.helper("số", [text]).spot(0).cell

    def _worded(self, reference: str, type: ValueType) -> str:
        match type.kind:
            case "percent":
                return self._fixed(f"{reference}*100", max(type.scale - 2, 0)) + '&"%"'
            case "integer" | "decimal" | "money":
                return self._fixed(reference, type.scale)
            case "boolean":
                return f'IF({reference},"có","không")'
            case "choice":
                place = self._drawing.plan.codes.get(type.code_list or "")
                if place is None:
                    return reference
                found = f"LOOKUP(2,1/EXACT({place.codes.absolute},{reference}),{place.labels.absolute})"
                return f"IFERROR({found},{reference})"
            case "date":
                day, month = f"RIGHT({reference},2)", f"VALUE(MID({reference},6,2))"
                return f'{day}&"/"&IF({month}<3,"0","")&{month}&"/"&LEFT({reference},4)'
            case "text":
                return reference

    def _fixed(self, number: str, decimals: int) -> str:
        fixed = f"FIXED({number},{decimals})"
        turned = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({fixed},",","|"),".",","),"|",".")'
        return f'IF({self._sign}=",",{fixed},{turned})'

    def _change(self, inserted: Inserted, now: str, then: str) -> str:
        """The change in words, as `sentences.change` says it."""
        earlier = EARLIER["prior" if inserted.versus == "prior" else "last_year"]
        type = inserted.type
        difference = f"ABS({now}-{then})"
        direction = f'IF({now}>{then},"tăng ","giảm ")'
        against = literal(f" so với {earlier}")
        if type.kind == "percent":
            points = self._fixed(f"{difference}*100", max(type.scale - 2, 0))
            changed = f'{direction}&{points}&" điểm phần trăm"&{against}'
        else:
            measure = measure_label(self._drawing.template, inserted.measure)
            unit = self._formulas.words(f" {measure}").cell if measure else '""'
            amount = f"{direction}&{self._fixed(difference, type.scale)}&{unit}&{against}"
            base = f'" ("&IF({then}=0,"không phát sinh",{self._fixed(then, type.scale)})&")"'
            tenths = f"ROUND({difference}/{then}*100,1)"
            figure = f"IF({tenths}=INT({tenths}),{self._fixed(tenths, 0)},{self._fixed(tenths, 1)})"
            percent = f'{direction}&IF({tenths}=0,"dưới 0,1",{figure})&"%"&{against}'
            changed = f"IF({then}<=0,{amount}&{base},{percent})"
        missing = literal(f"chưa có số liệu so với {earlier}")
        equal = literal(f"bằng {earlier}")
        return f'=IF(OR({now}="",{then}=""),{missing},IF({now}={then},{equal},{changed}))'

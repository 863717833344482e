"""What a form that was found would be in the language: what names the rows, types, measures, formulas, doubts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from renderers.importing.anatomy import Found, Leaf
from renderers.importing.codes import Between, Part, Printed, Reference, references
from renderers.importing.doubts import Doubt, doubt
from renderers.importing.draft import (
    Draft,
    DraftAdded,
    DraftColumn,
    DraftGroup,
    DraftMeasure,
    DraftRow,
    DraftStub,
    DraftTable,
)
from renderers.importing.facts import Facts, is_money, measures_in, read_facts
from renderers.importing.naming import Names
from renderers.importing.questions import not_added, with_parts, with_questions
from renderers.importing.rows import Line, draft_rows
from renderers.importing.sheets import Cell, Sheet

_ORDINAL = re.compile(r"(?i)^(stt|tt|số tt|số thứ tự|mã số|ms)$")
_NAMES_ROWS = re.compile(
    r"(?i)^(tên|đơn vị(?! tính)|chỉ tiêu|nội dung|lĩnh vực|danh mục|loại|cơ quan|phân loại|đối tượng|"
    r"diễn giải|tổ chức|[a-zđ]$)"
)
_ROW_MEASURE = re.compile(r"(?i)^(đơn vị tính|đvt)$")
_TEXT = re.compile(r"(?i)^(ghi chú|lý do|nguyên nhân|tên |tóm tắt|diễn giải|giải trình|nội dung )")
_DATE = re.compile(r"(?i)^(ngày|ngày,? tháng)")
_RATIO = re.compile(r"(?i)tỷ lệ|tỉ lệ|\(%\)|^%|so với")
_MEAN = re.compile(r"(?i)trung bình|bình quân")
_NOT_PRINTED = "(không in)"
_MEASURE_IN_LABEL = re.compile(r"\(([^()]{1,20})\)\s*$")
_KNOWN_MEASURES = re.compile(
    r"(?i)^(đồng|nghìn đồng|1\.?000 ?đ(ồng)?|triệu đồng|tỷ đồng|trđ|m2|m²|ha|km|kg|tấn|người|vụ|vụ việc|việc|"
    r"hồ sơ|đơn|cặp|tuổi|kỳ|đơn vị|văn bản|lần|ngày|giờ|trường hợp|lượt|lượt người|đoàn|hộ|cái|"
    r"chiếc|cuộc|tổ chức|bản|%|tr\.?đ)$"
)
_SCALED = {"nghìn đồng": 1_000, "triệu đồng": 1_000_000, "tỷ đồng": 1_000_000_000}
_SAME_MEASURE = {
    "trđ": "triệu đồng",
    "tr.đ": "triệu đồng",
    "trđồng": "triệu đồng",
    "1000 đồng": "nghìn đồng",
    "1.000 đồng": "nghìn đồng",
    "m2": "m²",
}


class Measures:
    """The measures that a draft declares, each once."""

    def __init__(self) -> None:
        self._names = Names()
        self._made: dict[str, DraftMeasure] = {}

    def named(self, label: str) -> str:
        """The name of a measure; declares it, and what it is a multiple of."""
        label = label.strip(" .")
        label = _SAME_MEASURE.get(label.casefold(), label)
        key = label.casefold()
        if key not in self._made:
            base = self.named("đồng") if key in _SCALED else ""
            name = self._names.of_words(label.replace("²", "2").replace("³", "3"), "dv")
            self._made[key] = DraftMeasure(name, label[:1].lower() + label[1:], base, _SCALED.get(key, 1))
        return self._made[key].name

    @property
    def all(self) -> tuple[DraftMeasure, ...]:
        """All of them, a base before its multiples."""
        return tuple(sorted(self._made.values(), key=lambda measure: bool(measure.base)))


@dataclass(frozen=True)
class _Stubs:
    """What names the rows: how many columns from the left, and which holds codes, labels, measures."""

    count: int
    code: int | None
    label: int | None
    measure: int | None


def draft_form(sheets: Sequence[Sheet], tables: Sequence[Found], file: str) -> Draft:
    """The draft of a form. `tables` are not empty."""
    measures, names = Measures(), Names()
    facts = [read_facts(table.above, table.below) for table in tables]
    made = [_Table(table, fact, measures, names).draft() for table, fact in zip(tables, facts, strict=True)]
    doubts: list[Doubt] = []
    lost = sum(sheet.lost for sheet in sheets)
    if lost:
        doubts.append(doubt("lost_cells", count=str(lost)))
    for font in sorted({font for sheet in sheets for font in sheet.strange_fonts}):
        doubts.append(doubt("strange_font", font=font))
    first = facts[0]
    title = next((fact.title for fact in facts if fact.title), "") or made[0].title
    if not any(fact.title for fact in facts):
        doubts.append(doubt("no_title"))
    basis = tuple(dict.fromkeys(text for fact in facts for text in fact.basis))
    periods = next((fact.periods for fact in facts if fact.periods), ())
    asked = {
        "basis": doubt("basis_written") if basis else doubt("no_basis"),
        "filled": doubt("who"),
        "due": doubt("due", text=first.due) if first.due else doubt("no_due"),
        "effective": doubt("effective"),
    }
    if not periods:
        asked["period"] = doubt("no_period")
    signers = tuple(dict.fromkeys(name for fact in facts for name in fact.signers))
    if signers:
        asked["sign"] = doubt("signers", names=", ".join(signers))
    regime = _form_name(Names(), first.form, title)
    return Draft(
        package=f"nhap.{regime}",
        regime=regime,
        title=title,
        file=file,
        basis=basis,
        periods=periods or ("quarter", "year"),
        measures=measures.all,
        tables=tuple(made),
        doubts=tuple(doubts),
        regime_doubts=asked,
    )


def _form_name(names: Names, form: str, title: str) -> str:
    """`b13a_btp` for 13a/BTP/HTQTCT/HT, else a name of the title."""
    return names.of_words(form, "b", most=2) if form else names.of_words(title, "b")


class _Table:
    """One table being drafted."""

    def __init__(self, found: Found, facts: Facts, measures: Measures, table_names: Names) -> None:
        self._found = found
        self._facts = facts
        self._measures = measures
        self._leaves = [leaf for leaf in found.leaves if _NOT_PRINTED not in leaf.label]
        self._stubs = _stubs(self._leaves, found)
        self._names = Names()
        self._table_name = _form_name(table_names, facts.form, facts.title or found.sheet)
        self._by_code: dict[str, str] = {}
        self._said = measures_in(facts.measure)
        plain = [measure for subject, measure in self._said if not subject]
        self._common = plain[0] if len(plain) == 1 and len(self._said) == 1 else ""

    def draft(self) -> DraftTable:
        """The table."""
        data = self._leaves[self._stubs.count :]
        named = [(leaf, self._name(leaf)) for leaf in data]
        columns = {name: self._column(leaf, name) for leaf, name in named}
        rows, row_doubts, line_names = self._rows()
        members = self._members([(_headings(leaf), columns[name]) for leaf, name in named])
        members = with_questions(members)
        doubts: list[Doubt] = []
        if self._found.code_row is None:
            doubts.append(doubt("no_code_row"))
        if not self._facts.form:
            doubts.append(doubt("no_form"))
        if not self._said:
            doubts.append(doubt("no_measure"))
        elif not self._common:
            doubts.append(doubt("many_measures", text=self._facts.measure))
        crossed_totals = not_added(columns.values(), rows)
        filled, crossed = self._cells([name for _, name in named], line_names)
        if filled:
            doubts.append(doubt("filled", count=str(filled)))
        made = DraftTable(
            name=self._table_name,
            title=self._facts.title or self._found.sheet or "Biểu",
            form=self._facts.form,
            measure=self._measures.named(self._common) if self._common else "",
            stubs=self._stub_columns(),
            members=members,
            rows=rows,
            not_applicable=tuple(dict.fromkeys((*crossed, *crossed_totals))),
            footnotes=self._facts.notes,
            wide=len(data) > 8,
            doubts=(*doubts, *row_doubts),
        )
        return replace(made, members=with_parts(made.members))

    def _name(self, leaf: Leaf) -> str:
        code = leaf.code.code if leaf.code is not None else ""
        if not code:
            return self._names.of_words(leaf.label, "c")
        name = self._names.of_code(code, "c")
        self._by_code.setdefault(code, name)
        return name

    # -- columns ---------------------------------------------------------------------------------------------

    def _column(self, leaf: Leaf, name: str) -> DraftColumn:
        label, measure, doubts = leaf.label, "", []
        found = _MEASURE_IN_LABEL.search(label)
        if found is not None and _KNOWN_MEASURES.match(found[1]) and found[1] != "%":
            label, measure = label[: found.start()].strip(), found[1]
        measure = measure or self._measure_of(leaf)
        code = leaf.code
        if not label:
            doubts.append(doubt("no_heading", code=code.code if code else leaf.code_text))
            label = f"Cột {code.code if code else leaf.left}"
        if leaf.code is None and self._found.code_row is not None:
            doubts.append(doubt("no_code"))
        elif code is not None and self._by_code.get(code.code) not in {None, name}:
            doubts.append(doubt("same_code", code=code.code))
        sides, more = self._sides(code, leaf, name)
        doubts += more
        type, attributes, more = _type_of(leaf, measure, bool(sides))
        doubts += more
        own = measure if measure and measure.casefold() != self._common.casefold() else ""
        numeric = not type.startswith(("text", "date", "percent"))
        plain_code = code is not None and re.fullmatch(r"c\d+[a-z]?", name) and name[1:] == code.code
        return DraftColumn(
            name=name,
            label=label,
            type="" if sides and type.startswith("integer") else type,
            code="" if code is None or plain_code else code.code,
            sides=sides,
            printed=leaf.code_text,
            measure=self._measures.named(own) if own and numeric else "",
            attributes="" if sides else attributes,
            doubts=tuple(doubts),
        )

    def _measure_of(self, leaf: Leaf) -> str:
        """The measure that the heading's words choose among those of "Tiền (triệu đồng); đất (m²)"."""
        path = " ".join(cell.text for cell in leaf.path).casefold()
        for subject, measure in self._said:
            if subject and re.search(rf"\b{re.escape(subject)}\b", path):
                return measure
        own = leaf.label.casefold()
        return next(
            (measure for subject, measure in self._said if not subject and measure.casefold() == own), ""
        )

    def _sides(self, code: Printed | None, leaf: Leaf, name: str) -> tuple[tuple[str, ...], list[Doubt]]:
        doubts: list[Doubt] = []
        if code is None:
            return (), doubts
        if code.unread:
            doubts.append(doubt("unread", text=leaf.code_text))
        sides = []
        for side in code.sides:
            unknown = [each for each in references(side) if each not in self._by_code and each != "100"]
            if unknown:
                doubts.append(doubt("unknown_code", text=leaf.code_text, codes=", ".join(unknown)))
            elif code.code in references(side):
                doubts.append(doubt("own_code", text=leaf.code_text))
            else:
                sides.append(self._side(side))
        return tuple(sides), doubts

    def _side(self, side: tuple[Part, ...]) -> str:
        written = []
        for part in side:
            match part:
                case Reference(code):
                    written.append(self._by_code.get(code, code))
                case Between(first, last):
                    written.append(f"sum({self._by_code[first]} .. {self._by_code[last]})")
                case str():
                    written.append(part)
        return " ".join(written).replace("( ", "(").replace(" )", ")")

    def _members(
        self, placed: Sequence[tuple[tuple[Cell, ...], DraftColumn]]
    ) -> tuple[DraftGroup | DraftColumn, ...]:
        """Columns under their headings: neighbours below one cell form its group."""
        members: list[DraftGroup | DraftColumn] = []
        for head, group in groupby(placed, key=lambda pair: pair[0][0] if pair[0] else None):
            inside = list(group)
            if head is None:
                members += [column for _, column in inside]
                continue
            members.append(
                DraftGroup(head.text, self._members([(path[1:], column) for path, column in inside]))
            )
        return tuple(members)

    # -- rows ------------------------------------------------------------------------------------------------

    def _rows(
        self,
    ) -> tuple[tuple[DraftRow | DraftAdded, ...], tuple[Doubt, ...], dict[int, str]]:
        stubs = self._stubs
        lines = []
        for row in self._found.body:
            texts = row.texts
            code = texts[stubs.code] if stubs.code is not None else ""
            label = texts[stubs.label] if stubs.label is not None else ""
            if row.whole_width and not label:
                code, label = "", row.whole_width
            measure = texts[stubs.measure] if stubs.measure is not None else ""
            measure = self._measures.named(measure) if re.search(r"\w", measure) else ""
            lines.append(Line(code, label, measure, row.bold, bool(row.whole_width)))
        heading = self._leaves[stubs.label].label if stubs.label is not None else ""
        return draft_rows(lines, self._names, heading)

    def _stub_columns(self) -> tuple[DraftStub, ...]:
        made = []
        for index, leaf in enumerate(self._leaves[: self._stubs.count]):
            shows = "label" if index == self._stubs.label else "code"
            if index == self._stubs.measure:
                shows = "measure"
            if shows == "code" and not _has_codes(self._found, index):
                shows = "ordinal"
            code = leaf.code.code if leaf.code is not None else ""
            made.append(DraftStub(shows, leaf.label or "Nội dung", code))
        return tuple(made)

    def _cells(
        self, columns: Sequence[str], line_names: Mapping[int, str]
    ) -> tuple[int, tuple[tuple[str, str], ...]]:
        """How many cells are filled in, and which are crossed out."""
        filled, crossed = 0, []
        for index, row in enumerate(self._found.body):
            texts = row.texts[self._stubs.count :]
            for name, text in zip(columns, texts, strict=False):
                if text.casefold() in {"x", "×"} and index in line_names:
                    crossed.append((line_names[index], name))
                elif re.fullmatch(r"[-\d.,%\s]+", text) and re.search(r"\d", text):
                    filled += 1
        return filled, tuple(dict.fromkeys(crossed))


def _stubs(leaves: Sequence[Leaf], found: Found) -> _Stubs:
    named = {code for leaf in leaves if leaf.code for side in leaf.code.sides for code in references(side)}
    count, label, code, measure = 0, None, None, None
    for index, leaf in enumerate(leaves[:4]):
        own = leaf.code.code if leaf.code is not None else ""
        if own in named or (leaf.code is not None and leaf.code.sides):
            break
        lettered = re.fullmatch(r"[A-ZĐ]{1,2}", own) is not None
        texts = [row.texts[index] for row in found.body if row.texts[index]]
        if _ORDINAL.match(leaf.label) and code is None:
            code = index
        elif _ROW_MEASURE.match(leaf.label):
            measure = index
        elif label is None and (
            lettered
            or _NAMES_ROWS.match(leaf.label)
            or (any(re.search(r"[^\W\d_]{2}", text) for text in texts) and not _TEXT.match(leaf.label))
        ):
            label = index
        elif not lettered or label is not None:
            break
        count = index + 1
    return _Stubs(count, code, label, measure)


def _has_codes(found: Found, index: int) -> bool:
    """Whether a first column holds codes of its own and not just 1, 2, 3."""
    codes = [row.texts[index] for row in found.body if re.search(r"\w", row.texts[index])]
    return codes != [str(number) for number in range(1, len(codes) + 1)] and bool(codes)


def _headings(leaf: Leaf) -> tuple[Cell, ...]:
    """The headings over a column, its own left out; one that covers several columns with codes stays their group."""
    path = leaf.path[:-1]
    own = leaf.path[-1:]
    return (*path, *own) if own and own[0].columns > leaf.right - leaf.left + 1 else path


def _type_of(leaf: Leaf, measure: str, computed: bool) -> tuple[str, str, list[Doubt]]:
    """A column's type, its bounds and roll-up as source, and the doubts about both."""
    path = " ".join(cell.text for cell in leaf.path)
    label = leaf.label
    if _TEXT.match(label):
        return "text(500)", "", []
    if _DATE.match(label):
        return "date", "", []
    if computed and leaf.code is not None and any("/" in side for side in leaf.code.sides):
        hundred = _RATIO.search(path) or "%" in leaf.code_text or "100" in leaf.code_text
        return "percent(2)" if hundred else "decimal(2)", "", []
    if _RATIO.search(path):
        doubts = [] if computed else [doubt("ratio", text=label)]
        return "percent(2)", "" if computed else "rollup none", doubts
    if _MEAN.search(path):
        return "decimal(1)", ">= 0 rollup mean", [doubt("mean", text=label)]
    decimals = is_money(measure) or measure.casefold() in {"m2", "m²", "ha", "km", "kg", "tấn"}
    asked = [doubt("decimals", type="decimal(2)")] if decimals and not computed else []
    return "integer", ">= 0", asked

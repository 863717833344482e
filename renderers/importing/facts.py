"""What the lines around a table say: the form's number, its title, legal basis, period, measure, signers, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from renderers.importing.sheets import Cell

_FORM = re.compile(
    r"(?i)(?:biểu|mẫu)(?:\s+mẫu)?(?:\s+số)?\s*:?\s*((?:[IVX]+\.)?\d{1,3}[a-zđ]?(?:[./-][0-9A-ZĐa-zđ]+)*)"
)
_BARE_FORM = re.compile(r"(?:[IVX]+\.)?\d{1,3}[a-zđ]?(?:/[A-ZĐ][A-ZĐa-zđ0-9-]+)+")
_BASIS = re.compile(
    r"(?i)(thông tư(?: liên tịch)?|nghị định|quyết định|nghị quyết|luật)\s+(?:số\s*:?\s*)?"
    r"(\d+[\w]*/[0-9A-ZĐa-zđ/-]+[0-9A-ZĐa-zđ])(,? [Pp]hụ lục (?:số )?[IVX0-9]+)?"
)
_MEASURE = re.compile(r"(?i)(?:đơn vị(?: tính)?|đvt)\s*:\s*(.*)")
_REPORTING = re.compile(r"(?i)^[-\s]*đơn vị (?:báo cáo|nhận|gửi|lập|chủ trì)")
_UNITS_OF_MONEY = re.compile(r"(?i)^(?:đồng|nghìn đồng|1\.?000 ?đ(?:ồng)?|triệu đồng|tỷ đồng|trđ|tr\.?đ)$")
_NOT_A_TITLE = re.compile(
    r"(?i)biểu (mẫu )?số|^mẫu|ban hành|kèm theo|đơn vị|kỳ báo cáo|^\(?\s*(từ ngày|kỳ)|ngày nhận|cộng h[òo]a xã hội|"
    r"độc lập|thông tư|nghị định|quyết định|^ủy ban|^uỷ ban|^ubnd|^sở |^bộ |^tổng cục|^cục|phụ lục|số liệu tính|^\.|"
    r"^[-…_]|tháng .{0,12}năm|^\(.*\)$"
)
_PERIODS = (
    ("week", re.compile(r"(?i)\btuần\b")),
    ("month", re.compile(r"(?i)\btháng\b(?! năm)")),
    ("quarter", re.compile(r"(?i)\bquý\b")),
    ("half_year", re.compile(r"(?i)\b(6|06|sáu) tháng")),
    ("nine_months", re.compile(r"(?i)\b(9|09|chín) tháng")),
    ("year", re.compile(r"(?i)\bnăm\b")),
)
_NOTE = re.compile(r"(?i)^(\*|ghi chú|chú thích|lưu ý|\(\d\)|\d\) )")
_SIGNER = re.compile(
    r"(?i)^(người lập(?: biểu| bảng)?|lập biểu|người kiểm tra|thủ trưởng.*|chủ tịch.*|giám đốc.*|kế toán.*|phụ trách.*|"
    r"(?:tm|kt|tl|tuq)\..*)$"
)


@dataclass(frozen=True)
class Facts:
    """What was found; "" and () where nothing was."""

    form: str = ""
    title: str = ""
    basis: tuple[str, ...] = ()
    measure: str = ""
    periods: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    due: str = ""


def read_facts(above: Sequence[Cell], below: Sequence[Cell]) -> Facts:
    """The facts of a table from the texts above and below it."""
    texts = [cell.text for cell in above]
    return Facts(
        form=_form(texts),
        title=_title(above),
        basis=tuple(dict.fromkeys(_basis(texts))),
        measure=next((measure for text in texts if (measure := measure_of(text))), ""),
        periods=_periods(texts),
        signers=tuple(dict.fromkeys(cell.text for cell in below if _SIGNER.match(cell.text))),
        notes=tuple(cell.text for cell in below if _NOTE.match(cell.text) and len(cell.text) > 9),
        due=next((text for text in texts if re.search(r"(?i)ngày nhận báo cáo", text)), ""),
    )


def measure_of(text: str) -> str:
    """The measures of a line "Đơn vị tính: …", as it writes them."""
    found = _MEASURE.search(text)
    if found is None or _REPORTING.match(text):
        return ""
    words = re.split(r"(?i)\b(?:kỳ báo cáo|từ ngày)\b", found[1])[0]
    words = words.strip(" .…_-")
    return words[:-1] if words.endswith(")") and words.count("(") < words.count(")") else words


def measures_in(words: str) -> tuple[tuple[str, str], ...]:
    """The measures of "Tiền (triệu đồng); đất (m²)": what each is of, "" for anything, and the measure."""
    found = []
    for part in re.split(r"[;,]|\bvà\b", words):
        named = re.fullmatch(r"\s*(.+?)\s*\(([^)]+)\)?\s*", part)
        subject, measure = (named[1], named[2]) if named else ("", part)
        measure = measure.strip(" .")
        if measure:
            found.append((subject.strip().casefold(), measure))
    return tuple(found)


def is_money(measure: str) -> bool:
    """Whether a measure counts money."""
    return _UNITS_OF_MONEY.match(measure.strip()) is not None


def _form(texts: Iterable[str]) -> str:
    bare = ""
    for text in texts:
        found = _FORM.search(text)
        if found is not None and ("/" in found[1] or len(text) < 40):
            number = found[1].strip(" .-/")
            # A bare number is only understood with its word: "Mẫu 03".
            called = re.search(r"(?i)\bmẫu\b", found[0])
            return number if "/" in number or called is None else f"Mẫu {number}"
        alone = _BARE_FORM.fullmatch(text.strip(" ()"))
        if alone is not None and not bare:
            bare = alone[0]
    return bare


def _basis(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for kind, number, annex in _BASIS.findall(text):
            yield f"{kind[:1].upper()}{kind[1:].lower()} {number}{annex}"


def _title(above: Sequence[Cell]) -> str:
    """The most prominent line that is nothing else, with those that go on with it below."""
    candidates = [cell for cell in above if len(cell.text) > 5 and not _NOT_A_TITLE.search(cell.text)]
    candidates = [cell for cell in candidates if not _BARE_FORM.fullmatch(cell.text)]
    if not candidates:
        return ""

    def weight(cell: Cell) -> tuple[bool, bool, float, int]:
        return cell.text.isupper(), cell.bold, cell.size, min(len(cell.text), 60)

    best = max(candidates, key=weight)
    lines = [best.text]
    for cell in candidates:
        same = cell.column == best.column and weight(cell)[:3] == weight(best)[:3]
        if same and cell.row == best.row + len(lines):
            lines.append(cell.text)
    return " ".join(lines)


def _periods(texts: Iterable[str]) -> tuple[str, ...]:
    """The periods that a line about the period, or one in parentheses, names."""
    found: dict[str, None] = {}
    for text in texts:
        if not re.search(
            r"(?i)kỳ báo cáo|^\(.*(?:tuần|tháng|quý|năm).*\)$|^(?:tuần|tháng|quý|năm|6 tháng)", text
        ):
            continue
        said = re.sub(r"(?i)\(?\s*từ ngày.*", "", re.sub(r"(?i)ngày .{0,10}tháng .{0,10}năm.*", "", text))
        named = [name for name, pattern in _PERIODS if pattern.search(said)]
        if {"half_year", "nine_months"} & set(named) and not re.search(
            r"(?i)\btháng\b", re.sub(r"\d+ tháng", "", said)
        ):
            named = [name for name in named if name != "month"]
        # "Quý III năm 2026" names a quarter, "Quý, năm" both.
        if (
            "year" in named
            and len(named) > 1
            and not re.search(r"(?i)[,/;] *năm|và năm|hoặc năm|^\(?năm", said)
        ):
            named.remove("year")
        found.update(dict.fromkeys(named))
    order = [name for name, _ in _PERIODS]
    return tuple(sorted(found, key=order.index))

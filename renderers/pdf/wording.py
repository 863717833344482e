"""What paper says around the author's and the unit's words: dates, periods, header cells, blanks to fill by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from compiler.template import Table, Template
from renderers.filling import Filling, Replaced
from renderers.sentences import printed_date

DOTS = "……………"
SHORT_DOTS = "……"

PERIODS = {
    "week": "tuần",
    "month": "tháng",
    "quarter": "quý",
    "half_year": "6 tháng",
    "nine_months": "9 tháng",
    "year": "năm",
}

# The levels that packages name so far. A level this page does not know is printed as its package names it.
_LEVELS = {
    "village": "thôn, tổ dân phố",
    "school": "trường học",
    "commune": "cấp xã",
    "department": "sở, ban, ngành",
    "province": "cấp tỉnh",
    "ministry": "bộ, ngành",
}

_KIND = "Báo cáo"


@dataclass(frozen=True)
class FormHeader:
    """The three cells above a table: form number and basis, title and period, who reports to whom."""

    left: tuple[str, ...]
    numbered: bool
    """Whether the first line on the left is the form's number."""
    title: str
    period: tuple[str, ...]
    reporting: str
    receiving: str


def long_date(day: date | None) -> str:
    """Such as ngày 05 tháng 02 năm 2026: zeros only before days under 10 and months 1 and 2; dots for no date."""
    if day is None:
        return f"ngày {SHORT_DOTS} tháng {SHORT_DOTS} năm {SHORT_DOTS}"
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def subject(title: str) -> tuple[str, str]:
    """A regime's title as kind and subject: ("BÁO CÁO", "Công tác kiểm soát thủ tục hành chính")."""
    rest = title.strip()
    if rest.casefold().startswith(_KIND.casefold() + " "):
        rest = rest[len(_KIND) :].strip()
    return _KIND.upper(), rest[:1].upper() + rest[1:]


def period_line(template: Template, filling: Filling | None) -> str:
    """The period under the report's subject."""
    if filling is not None:
        return filling.period.words
    names = " / ".join(PERIODS[name] for name in template.period_types)
    return f"Kỳ báo cáo: {names} {DOTS}" if names else ""


def report_words(number: str, version: int, dated: date | None) -> str:
    """A report as it is referred to: by its number, or where it has none, by its version, and its day."""
    return f"{f'số {number}' if number else f'phiên bản {version}'} {long_date(dated)}"


def replaces_line(replaced: Replaced | None) -> tuple[str, str] | None:
    """Which report a corrected one replaces, and what that one's bytes are known by; None for a first report."""
    if replaced is None:
        return None
    told = f"(Thay thế Báo cáo {report_words(replaced.number, replaced.version, replaced.dated)})"
    kept = "tệp" if replaced.file else "số liệu"
    return told, f"SHA-256 của {kept} được thay thế: {replaced.file or replaced.submission}"


def form_header(template: Template, table: Table, filling: Filling | None) -> FormHeader:
    """The three cells for one table."""
    left = [f"Biểu số: {table.form}"] if table.form else []
    left += [f"(Ban hành kèm theo {basis})" for basis in template.basis]
    left += _due(template)
    if filling is None:
        blank = "/".join([SHORT_DOTS] * 3)
        return FormHeader(
            left=tuple(left),
            numbered=bool(table.form),
            title=table.title,
            period=(period_line(template, None), f"(Từ ngày {blank} đến ngày {blank})"),
            reporting=DOTS,
            receiving=DOTS,
        )
    start, end = (printed_date(day.isoformat()) for day in (filling.period.start, filling.period.end))
    return FormHeader(
        left=tuple(left),
        numbered=bool(table.form),
        title=table.title,
        period=(f"Kỳ báo cáo: {filling.period.words}", f"(Từ ngày {start} đến ngày {end})"),
        reporting=filling.unit_name or DOTS,
        receiving=filling.letterhead.receiver or DOTS,
    )


def _due(template: Template) -> list[str]:
    if not template.deadlines:
        return []
    parts = [
        f"{_LEVELS.get(due.level, due.level)} {due.days:02} ngày{' làm việc' if due.working_days else ''}"
        for due in template.deadlines
    ]
    return [f"Ngày nhận báo cáo sau khi hết kỳ số liệu: {'; '.join(parts)}"]


def roman(number: int) -> str:
    """I, II, III, IV …"""
    digits = (
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    )
    text = ""
    for value, letters in digits:
        text += letters * (number // value)
        number %= value
    return text

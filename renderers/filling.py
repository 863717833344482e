"""What a renderer is given beside the template: the values of one report and who sends it, for which period.

A blank form is rendered with no `Filling` at all. Names and dates come ready to print; nothing here is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from compiler.values import Values


@dataclass(frozen=True)
class Letterhead:
    """Who the report is from and to, as printed (Nghị định 30/2020/NĐ-CP, annex I)."""

    superior: str
    issuer: str
    place: str
    receiver: str
    number: str = ""
    signer_authority: str = ""
    """"TM. ỦY BAN NHÂN DÂN" and the like, with the title in `signer_title`."""
    signer_title: str = ""
    signer_name: str = ""
    dated: date | None = None


@dataclass(frozen=True)
class ReportingPeriod:
    """A period as a code ("2026-Q3"), in words ("Quý III năm 2026") and as its first and last day."""

    code: str
    words: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One value of a chart: a scaled integer of its cell's type, None where there is none."""

    label: str
    value: int | None


@dataclass(frozen=True)
class Replaced:
    """The report that this one corrects: as people name it, and the SHA-256 of its file, or "" where it was never
    printed; then the submission's says which it was.
    """

    number: str
    dated: date | None
    version: int
    file: str = ""
    submission: str = ""


@dataclass(frozen=True)
class Filling:
    """One report. `values` are evaluated: computed cells are in. `submission` is the canonical JSON to embed."""

    values: Values
    unit_code: str
    unit_name: str
    period: ReportingPeriod
    letterhead: Letterhead
    submission: bytes = b""
    coverage: str = ""
    """For a rolled-up report: "tổng hợp từ 93/96 đơn vị", printed under its tables."""
    replaces: Replaced | None = None
    """The report that this one corrects."""
    series: Mapping[str, tuple[ChartPoint, ...]] = field(default_factory=dict)
    """Per chart by unit or over periods, by its name: what it draws."""

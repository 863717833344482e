"""A made-up quarter of Quảng Ngãi: what each commune reports in form II.06a, seeded, plausible and in balance.

For the demonstration and the benchmarks only. Every number follows from the seed, the unit and the field, so that two
runs, and two machines, make the same reports. A few are spoilt on purpose, to show how they are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from compiler.cells import Layout
from compiler.values import Address, CaptureKey, Scalar, Values
from runtime.units import Unit

PROVINCE = "51"
_TABLE = "b06a"

Slip = Literal["unbalanced", "negative", "not_a_number", "no_assessment", "wrong_period"]
"""What a spoilt report has wrong."""

SLIPS: Mapping[int, Slip] = {
    7: "unbalanced",
    20: "not_a_number",
    41: "no_assessment",
    66: "wrong_period",
    83: "negative",
}
"""Which communes, counted in the order of their codes, make which slip."""

NOT_SENT = frozenset({12, 58})
"""Communes that send nothing this quarter."""


@dataclass(frozen=True)
class MadeReport:
    """One commune's report as it would send it. `by_workbook`: it fills the workbook, the others send JSON."""

    unit: Unit
    values: Values
    by_workbook: bool
    slip: Slip | None


def made_reports(layout: Layout, communes: tuple[Unit, ...], seed: int) -> Iterator[MadeReport]:
    """The reports of the communes that send one, in the order given, every other one by workbook."""
    for index, unit in enumerate(communes):
        if index in NOT_SENT:
            continue
        slip = SLIPS.get(index)
        # A text where a number belongs, and a wrong period, are the slips of a program that sends JSON.
        by_json = slip in {"not_a_number", "wrong_period"}
        yield MadeReport(
            unit, _spoilt(_values(layout, unit, seed), slip), index % 2 == 1 and not by_json, slip
        )


def _values(layout: Layout, unit: Unit, seed: int) -> Values:
    cells: dict[Address, Scalar] = {}
    captured: dict[CaptureKey, int | None] = {}
    before = 0
    solved = pending = 0
    size = {"Phường": 2.2, "Đặc khu": 0.8}.get(unit.kind, 1.0) * _random(seed, unit.code).uniform(0.6, 1.6)
    table = layout.tables[_TABLE]
    for row in table.rows:
        if row.kind != "listed":
            continue
        made = _row(_random(seed, unit.code, row.name), size, _DEMAND.get(row.name, 3))
        if made is None:
            continue
        for column, value in made.cells.items():
            cells[Address(_TABLE, row.name, column)] = value
        captured[CaptureKey("prior", Address(_TABLE, row.name, "c11"))] = made.prior
        captured[CaptureKey("last_year", Address(_TABLE, row.name, "c3"))] = made.last_year
        before += made.last_year
        solved += made.cells["c8"] + made.cells["c9"] + made.cells["c10"]
        pending += made.cells["c12"] + made.cells["c13"]
    captured[CaptureKey("last_year", Address(_TABLE, "tong", "c3"))] = before
    texts = {
        "danh_gia": f"{unit.name} đã giải quyết {solved} hồ sơ, còn {pending} hồ sơ chuyển sang kỳ sau. "
        "Bộ phận Một cửa hoạt động ổn định, hồ sơ được số hóa khi tiếp nhận."
    }
    if pending > 15:
        texts["kien_nghi"] = "Đề nghị tập huấn thêm cho công chức Bộ phận Một cửa về dịch vụ công trực tuyến."
    return Values(cells=cells, texts=texts, captured=captured)


_DEMAND = {
    "chung_thuc": 420,
    "ho_tich": 160,
    "dat_dai": 90,
    "bao_tro_xa_hoi": 45,
    "cu_tru": 60,
    "ho_kinh_doanh": 25,
    "nguoi_co_cong": 18,
    "xay_dung": 12,
    "tre_em": 8,
}
"""Files a quarter of a commune of usual size; a field that isn't named has few."""


@dataclass(frozen=True)
class _Row:
    cells: Mapping[str, int]
    prior: int
    last_year: int


def _row(random: Random, size: float, demand: int) -> _Row | None:
    """One field's numbers, in balance: received = solved + pending. None: the field has nothing to report."""
    received = round(random.gauss(demand, demand / 4) * size)
    if received <= 0 and random.random() < 0.7:
        return None
    received = max(0, received)
    online = round(received * random.uniform(0.45, 0.9))
    prior = round(received * random.uniform(0, 0.06))
    pending = min(received + prior, round((received + prior) * random.uniform(0, 0.07)))
    late_pending = round(pending * random.uniform(0, 0.2))
    solved = received + prior - pending
    late = round(solved * random.uniform(0, 0.02))
    early = round((solved - late) * random.uniform(0.3, 0.8))
    cells = {
        "c4": online,
        "c5": received - online,
        "c8": early,
        "c9": solved - late - early,
        "c10": late,
        "c12": pending - late_pending,
        "c13": late_pending,
    }
    return _Row(cells, prior, round(received * random.uniform(0.8, 1.15)) + 1)


def _random(seed: int, *parts: str) -> Random:
    """A generator of its own for every unit and field, so that adding one changes no other."""
    digest = hashlib.sha256("/".join((str(seed), *parts)).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))


def _spoilt(values: Values, slip: Slip | None) -> Values:
    """The values with the slips that can be made in values; the others are made in what is sent."""
    busiest = Address(_TABLE, "chung_thuc", "c8")
    match slip:
        case "unbalanced":
            solved = values.cells.get(busiest, 0)
            return replace(values, cells={**values.cells, busiest: int(solved) + 3})
        case "negative":
            return replace(values, cells={**values.cells, Address(_TABLE, "chung_thuc", "c10"): -1})
        case "no_assessment":
            return replace(values, texts={})
        case "not_a_number" | "wrong_period" | None:
            return values


def edited_texts(layout: Layout, values: Values, units: int) -> Mapping[str, str]:
    """What the province writes in the place of its communes' narratives, after reading them."""
    late = {
        row.label: count
        for row in layout.tables[_TABLE].rows
        if row.kind == "listed"
        and isinstance(count := values.cells.get(Address(_TABLE, row.name, "c10")), int)
    }
    most = sorted(late, key=lambda label: (-late[label], label))[:3]
    return {
        "danh_gia": f"Qua báo cáo của {units} đơn vị, hồ sơ được tiếp nhận và giải quyết theo đúng quy trình. "
        f"Hồ sơ giải quyết quá hạn nhiều nhất ở các lĩnh vực: {', '.join(most)}.",
        "kien_nghi": "Đề nghị tiếp tục tập huấn cho công chức Bộ phận Một cửa cấp xã về dịch vụ công trực tuyến.",
    }

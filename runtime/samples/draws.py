"""Numbers, texts and choices out of a seed.

Every draw follows from the seed and the place it is for (unit, period, cell), so that adding a column, a unit or a
period changes no other number. Sizes follow what is counted: a commune has some tens of cases and some tens of millions
of đồng; a form says no more than its measures and limits, so that these are guesses, and their only merit is to look
like a form that somebody filled in.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from compiler.periods import Window
from compiler.template import CodeList, Column, Template, ValueType
from compiler.values import Scalar

COUNTED = 18
"""What a usual unit counts of anything in a period."""

_SIZES: Mapping[str, float] = {
    "đồng": 40_000_000,
    "nghìn đồng": 40_000,
    "triệu đồng": 40,
    "tỷ đồng": 4,
    "m²": 600,
    "ha": 12,
    "người": 30,
    "bản": 900,
}
"""Other usual amounts, by the measure's printed name."""

_SHARE = (0.25, 0.98)
"""Entered ratios lie between these."""

_SEASON = 0.22
"""How much more than usual the busiest period of a year has, and less the quietest."""

_GROWTH = 1.03
"""From one year to the next."""


def generator(seed: int, *place: object) -> Random:
    """A generator of its own for every place."""
    digest = hashlib.sha256("/".join(map(str, (seed, *place))).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))


def season(window: Window) -> float:
    """What the time of year does to all numbers: most in spring and least in autumn, and a little more every year."""
    middle = window.start + (window.end - window.start) / 2
    yearly: float = _GROWTH ** (middle.year - 2025 + middle.timetuple().tm_yday / 366)
    turn = 2 * math.pi * (middle.timetuple().tm_yday - 105) / 366
    span = min(1.0, 90 / max(1, (window.end - window.start).days))  # seasons even out over long periods
    return yearly * (1 + _SEASON * span * math.cos(turn))


class Sizes:
    """How large each entered number of a form usually is: drawn once a form, shared by all units and periods."""

    def __init__(self, template: Template, seed: int) -> None:
        self._template = template
        self._seed = seed
        self._labels = {measure.name: measure.label for measure in template.measures}

    def usual(self, table: str, row: str, column: Column, measure: str | None) -> float:
        """The usual amount in a cell of a unit of usual size."""
        random = generator(self._seed, "size", self._template.regime, table, row, column.name)
        label = self._labels.get(measure or "", "")
        return _SIZES.get(label, COUNTED) * random.lognormvariate(0, 0.7)

    def number(self, random: Random, column: Column, usual: float) -> int:
        """A scaled number for a cell, within the column's limits."""
        type = column.type
        low, high = limits(column)
        unit: int = 10**type.scale
        if type.kind == "percent":
            drawn = random.uniform(*_SHARE)
        elif high is not None and column.over_units.rule in {"mean", "weighted_mean"}:
            # A mean within limits (an age) lies in the first third of them.
            drawn = (low + (high - low) * random.uniform(0.18, 0.25)) / unit
        elif random.random() < 0.12 and usual < COUNTED:
            drawn = 0.0
        else:
            drawn = random.gauss(usual, usual / 4)
        number = max(low, round(drawn * unit))
        return number if high is None else min(number, high)


def limits(column: Column) -> tuple[int, int | None]:
    """The least and the greatest scaled number that a column takes: nothing is negative that isn't said to be."""
    unit = 10**column.type.scale
    low, high = column.minimum, column.maximum
    least = 0 if low is None else math.ceil(low.value * unit) + (not low.inclusive)
    return least, None if high is None else math.floor(high.value * unit) - (not high.inclusive)


_SENTENCES = (
    "Trong kỳ, đơn vị đã triển khai đầy đủ các nội dung được giao.",
    "Công tác phối hợp giữa các bộ phận được duy trì thường xuyên.",
    "Một số nội dung còn chậm do thiếu nhân lực, đơn vị đang khắc phục.",
    "Số liệu đã được rà soát, đối chiếu trước khi gửi.",
    "So với kỳ trước, khối lượng công việc không thay đổi nhiều.",
    "Đề nghị cấp trên tiếp tục hướng dẫn nghiệp vụ cho cán bộ phụ trách.",
)


def other(
    random: Random, type: ValueType, label: str, lists: Sequence[CodeList], window: Window, number: int
) -> Scalar | None:
    """A text, date, truth or choice. number: the row's, so that keys differ."""
    match type.kind:
        case "text":
            return f"{label} {number}"[: type.max_length or None]
        case "date":
            days = (window.end - window.start).days
            day: date = window.start + timedelta(days=random.randint(0, max(0, days)))
            return day.isoformat()
        case "boolean":
            return random.random() < 0.7
        case "choice":
            codes = next((each.codes for each in lists if each.name == type.code_list), ())
            return random.choice(codes).code if codes else None
        case "integer" | "decimal" | "percent" | "money":
            raise ValueError(f"{type.kind} is a number")


def narrative(random: Random, longest: int) -> str:
    """Two or three sentences that would pass for a narrative."""
    words = " ".join(random.sample(_SENTENCES, random.randint(2, 3)))
    return words[:longest]

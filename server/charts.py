"""What the charts of a total draw that its own values don't hold: the units right below, and the periods before."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.cells import Layout, address_of
from compiler.periods import Period
from compiler.template import Chart
from compiler.values import Address, Scalar
from renderers.filling import ChartPoint
from runtime.rollup import Total
from runtime.store import Store


def series(
    layout: Layout, store: Store, regime: str, period: Period, unit: str
) -> Mapping[str, tuple[ChartPoint, ...]]:
    """Per chart by unit or over periods what it draws, the units by name and the periods from the earliest."""
    found: dict[str, tuple[ChartPoint, ...]] = {}
    parts: Mapping[str, Total] | None = None
    for chart in layout.template.charts:
        if chart.rows is not None:
            continue
        address = address_of(chart.value)
        if chart.by_unit:
            if parts is None:
                parts = store.totals.by_child(regime, period, unit)
            tree = store.units.all()
            points = [ChartPoint(tree[code].name, _held(each, address)) for code, each in parts.items()]
            found[chart.name] = tuple(sorted(points, key=lambda point: (-(point.value or 0), point.label)))
        else:
            found[chart.name] = _over_periods(chart, store, regime, period, unit, address)
    return found


def _over_periods(
    chart: Chart, store: Store, regime: str, period: Period, unit: str, address: Address
) -> tuple[ChartPoint, ...]:
    """The total of each period, from the first that was handed out."""
    points: list[ChartPoint] = []
    for _ in range(chart.over_periods or 0):
        total = store.totals.total(regime, period, unit)
        points.append(ChartPoint(period.code, None if total is None else _held(total, address)))
        period = period.previous
    while points and points[-1].value is None:
        points.pop()
    return tuple(reversed(points))


def _held(total: Total, address: Address) -> int | None:
    value: Scalar | None = total.figures.cells.get(address)
    return value if isinstance(value, int) else None

"""Charts as Vega-Lite specifications: one a chart the owner declared, with the values drawn in it.

A specification carries its data, and its locale, and reaches for nothing: whoever draws it (`drawing.py`, or any tool
that reads Vega-Lite) needs no network. Values over the rows of a table come from the report itself; values by unit or
over periods are the runtime's to give (`Filling.series`), and a chart without them is drawn without marks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from compiler.cells import Layout, address_of
from compiler.template import Chart, ValueType
from compiler.values import to_decimal
from renderers.filling import ChartPoint, Filling
from renderers.sentences import measure_label

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

WIDTH = 460
"""Of the plot, in points: with labels it fits between a page's margins."""

_INK, _LINE = "#1f4e79", "#c0c0c0"

_LOCALE = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]}

_CONFIG: Mapping[str, Any] = {
    "font": "Tinos",
    "locale": {"number": _LOCALE},
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 11, "gridColor": _LINE, "labelLimit": 180},
    "title": {"fontSize": 13, "anchor": "start"},
    "legend": {"labelFontSize": 11, "labelLimit": 180, "title": None},
}


def render(layout: Layout, filling: Filling | None = None) -> bytes:
    """All charts as UTF-8 JSON, by name, for data of the same shape. A filling changes nothing."""
    charts = {chart.name: specification_of(chart, layout, ()) for chart in layout.template.charts}
    return (json.dumps({"charts": charts}, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def drawn_charts(layout: Layout, filling: Filling) -> tuple[Chart, ...]:
    """The charts that have anything to draw in a report."""
    return tuple(
        chart
        for chart in layout.template.charts
        if any(point.value is not None for point in points(chart, layout, filling))
    )


def specification(chart: Chart, layout: Layout, filling: Filling | None = None) -> dict[str, Any]:
    """The specification of one chart, with the report's values where there are any."""
    return specification_of(chart, layout, points(chart, layout, filling))


def points(chart: Chart, layout: Layout, filling: Filling | None) -> tuple[ChartPoint, ...]:
    """What a chart draws: given for units and periods, read from the report for rows."""
    if filling is None:
        return ()
    if chart.rows is None:
        return filling.series.get(chart.name, ())
    labels = {row.name: row.label for row in layout.tables[chart.value.table].rows}
    found: list[ChartPoint] = []
    for row in chart.rows:
        cell = layout.by_address[address_of(chart.value.model_copy(update={"row": row}))]
        held = filling.values.cells.get(cell.address)
        found.append(ChartPoint(labels[row], held if isinstance(held, int) else None))
    return tuple(found)


def specification_of(chart: Chart, layout: Layout, drawn: Iterable[ChartPoint]) -> dict[str, Any]:
    """The specification of a chart with these values. A blank is no mark, never a zero."""
    cell = layout.by_address[address_of(_first(chart))]
    format = _format(cell.type)
    values = [
        {"label": point.label, "value": _number(point.value, cell.type), "order": number}
        for number, point in enumerate(drawn)
        if point.value is not None
    ]
    measure = measure_label(layout.template, cell.row.measure or cell.column.measure)
    label = {"field": "label", "type": "nominal", "sort": {"field": "order"}, "title": None}
    value = {"field": "value", "type": "quantitative", "title": measure or None, "axis": {"format": format}}
    text = {"field": "value", "type": "quantitative", "format": format}
    spec: dict[str, Any] = {
        "$schema": SCHEMA,
        "title": chart.title,
        "width": WIDTH,
        "data": {"values": values},
        "config": _CONFIG,
    }
    match chart.mark:
        case "bar":
            spec["encoding"] = {"y": label, "x": value}
            spec["layer"] = [
                {"mark": {"type": "bar", "color": _INK}},
                {"mark": {"type": "text", "align": "left", "dx": 3}, "encoding": {"text": text}},
            ]
        case "line":
            spec["height"] = 200
            spec["encoding"] = {"x": {**label, "axis": {"labelAngle": 0}}, "y": value}
            spec["layer"] = [
                {"mark": {"type": "line", "color": _INK, "point": {"color": _INK}}},
                {"mark": {"type": "text", "dy": -10}, "encoding": {"text": text}},
            ]
        case "pie":
            spec |= {"width": 220, "height": 220}
            spec["encoding"] = {
                "theta": {"field": "value", "type": "quantitative", "stack": True},
                "order": {"field": "order", "type": "quantitative"},
                "color": {**label, "scale": {"scheme": "blues", "reverse": True}},
            }
            spec["layer"] = [
                {"mark": {"type": "arc", "outerRadius": 95, "stroke": "white"}},
                {
                    "mark": {"type": "text", "radius": 108},
                    "encoding": {"text": text, "color": {"value": "black"}},
                },
            ]
    return spec


def _first(chart: Chart) -> Any:
    return chart.value if chart.rows is None else chart.value.model_copy(update={"row": chart.rows[0]})


def _format(type: ValueType) -> str:
    """How numbers are written, in the letters of d3."""
    if type.kind == "percent":
        return f".{type.scale - 2}%"
    return f",.{type.scale}f"


def _number(value: int | None, type: ValueType) -> int | float | None:
    """A drawn value: pictures are measured in doubles."""
    if value is None or type.scale == 0:
        return value
    return float(to_decimal(value, type.scale))

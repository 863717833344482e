"""Charts: a specification with its own data, drawn without network; blanks are no marks; numbers as printed here."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.package import Library
from compiler.template import Chart
from compiler.values import Address, Values
from renderers.charts import drawn_charts, points, render, specification
from renderers.drawing import draw
from renderers.filling import ChartPoint, Filling, Letterhead, ReportingPeriod
from renderers.pdf.report import page

FORM = Path(__file__).parents[1] / "contract" / "forms" / "thu_tuc.bieu"


@cache
def layout() -> Layout:
    return Library().load(FORM).compilation.regimes[0].layout


def chart(name: str) -> Chart:
    return next(each for each in layout().template.charts if each.name == name)


@cache
def filling() -> Filling:
    cells = {Address("b07b", "dat_dai", "c4"): 1200, Address("b07b", "dia_gioi", "c6"): 300}
    return Filling(
        values=evaluate_report(layout(), Values(cells)).values,
        unit_code="51",
        unit_name="Quảng Ngãi",
        period=ReportingPeriod("2026-Q1", "Quý I năm 2026", date(2025, 12, 15), date(2026, 3, 14)),
        letterhead=Letterhead("", "UBND", "Quảng Ngãi", ""),
        series={
            "don_vi": (
                ChartPoint("Xã <Sơn Hà> & Ba Tơ", 1500),
                ChartPoint("Xã chưa gửi", None),
                ChartPoint("Phường Trương Quang Trọng", 0),
            )
        },
    )


def texts_of(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_rows_come_from_the_report_and_units_from_the_runtime() -> None:
    assert points(chart("linh_vuc"), layout(), filling()) == (
        ChartPoint("Đất đai", 1200),
        ChartPoint("Hộ tịch", None),
        ChartPoint("Địa giới", 300),
    )
    assert points(chart("don_vi"), layout(), filling()) == filling().series["don_vi"]
    assert points(chart("xu_huong"), layout(), filling()) == ()
    assert [each.name for each in drawn_charts(layout(), filling())] == ["don_vi", "linh_vuc"]


def test_a_blank_is_no_mark_and_zero_is_one() -> None:
    values = specification(chart("don_vi"), layout(), filling())["data"]["values"]
    assert [(each["label"], each["value"]) for each in values] == [
        ("Xã <Sơn Hà> & Ba Tơ", 1500),
        ("Phường Trương Quang Trọng", 0),
    ]


@pytest.mark.parametrize("name", ["don_vi", "linh_vuc"])
def test_a_picture_has_the_words_and_the_numbers_of_the_form(name: str) -> None:
    picture = draw(specification(chart(name), layout(), filling()))
    words = texts_of(picture)
    assert chart(name).title in words
    assert ("1.500" if name == "don_vi" else "1.200") in words
    assert any("Sơn Hà" in each for each in words) == (name == "don_vi")
    assert "style=" not in picture
    assert "<script" not in picture
    assert re.search(r'font-family="Tinos"', picture)


def test_the_target_is_every_specification_without_data() -> None:
    found: dict[str, Any] = json.loads(render(layout(), filling()))
    assert list(found["charts"]) == ["don_vi", "xu_huong", "linh_vuc"]
    assert all(spec["data"] == {"values": []} for spec in found["charts"].values())
    assert render(layout()) == render(layout(), filling())


def test_a_report_is_printed_with_the_charts_that_have_something_to_show() -> None:
    printed = page(layout(), filling())
    assert re.findall(r'<img src="bieu-chart:(\w+)"', printed) == ["don_vi", "linh_vuc"]
    assert "<img" not in page(layout(), None)
    # Pages with their data inside are compared with it, and it doesn't hold what units gave.
    assert "<img" not in page(layout(), replace(filling(), submission=b"{}"))
    assert "<img" not in page(layout(), replace(filling(), values=Values(), series={}))

"""Workbooks: written against openpyxl's own time for the same cells, read against calamine's, merged against reading.

A site writes many workbooks of one form, and reads as many: both sides are measured warm.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bench import form, workbook_floors
from bench.comparisons import PROVINCE, Comparison, Disagreement
from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.periods import Period
from compiler.pipeline import compile_package
from compiler.values import GroupKey, Values
from dsl.parse import parse
from dsl.source import read_source
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.xlsx.read import read
from renderers.xlsx.write import render
from runtime.bulk import Incoming, Readers, readers
from runtime.intake import CheckedReport, Expected, read_report
from runtime.merging import Merged, appendix, merged
from runtime.units import UnitTree, units_of_vietnam
from server.printing import filling_of

Q3 = Period("quarter", 2026, 3)
ROWS = 10_000

_LONG = """# ngôn ngữ: en
package do.dai 1.0.0 "Đo bảng dài"
regime do_dai "Bảng dài" {
  kind periodic
  period quarter
  filled by commune
  goes to province
  table b "Danh sách" {
    columns {
      c1 "C1" integer >= 0; c2 "C2" integer >= 0; c3 "C3" integer >= 0; c4 "C4" integer >= 0; c5 "C5" integer >= 0
      c6 "C6" integer >= 0; c7 "C7" integer >= 0; c8 "C8" decimal(2) >= 0; c9 "C9" decimal(2) >= 0; c10 "C10" = c1 + c2
    }
    rows {
      many vu "Vụ" max 10000 key ten { ten "Tên" text(100) required; noi "Nơi" text(100) }
      row tong "Cộng" = sum(vu)
    }
    check du: c3 <= c1 + c2 "Không quá"
  }
}
"""


def comparisons() -> Iterator[Comparison]:
    """All of them."""
    yield from _written(form.form_layout())
    yield from _long_table()
    yield from _merged(form.form_layout())


def _written(layout: Layout) -> Iterator[Comparison]:
    blank = render(layout, None)
    floor = workbook_floors.content(blank)
    if workbook_floors.cells_of(workbook_floors.write(floor)) != workbook_floors.cells_of(blank):
        raise Disagreement("the cells of the blank workbook")
    values = evaluate_report(layout, form.reports(1)[0]).values
    filling = _filling(values)
    if read(layout, render(layout, filling)).values.cells.items() - values.cells.items():
        raise Disagreement("the filled workbook reads otherwise")
    yield Comparison(
        "Write the blank workbook of a form of 40×12",
        "openpyxl alone, the same cells",
        lambda: workbook_floors.write(floor),
        lambda: render(layout, None),
        at_most=1.5,
    )
    yield Comparison(
        "Write the workbook of a report filled in",
        "writing the blank one",
        lambda: render(layout, None),
        lambda: render(layout, filling),
        at_most=2,
    )


def _long_table() -> Iterator[Comparison]:
    source, _ = read_source("dai.bieu", _LONG.encode())
    file, problems = parse(source)
    layout = compile_package([file], {}, [], problems).regimes[0].layout
    rows = tuple(
        {
            "ten": f"Vụ {number}",
            "noi": f"Xã {number % 96}",
            **{f"c{column}": number + column for column in (1, 2, 4, 5, 6, 7)},
            "c3": 5 if number > 5 else 1,
            "c8": number * 100 + 25,
            "c9": number + 5,
        }
        for number in range(ROWS)
    )
    values = Values(added={GroupKey("b", "vu"): rows})
    data = render(layout, _filling(evaluate_report(layout, values).values))
    expected = Expected(unit="21025", period=Q3)
    report = read_report(layout, data, "dai.xlsx", expected)
    if not isinstance(report, CheckedReport):
        raise Disagreement(f"the long table is refused: {report.findings[:3]}")
    if report.entered.added != values.added:
        raise Disagreement("the long table reads otherwise")
    found = workbook_floors.read(data)[1]
    if sum(isinstance(line[0], str) and line[0].startswith("Vụ ") for line in found) != ROWS:
        raise Disagreement("calamine's rows")
    yield Comparison(
        f"Read and validate a table of {ROWS:,} rows × 12 from a workbook",
        "calamine alone, all sheets",
        lambda: workbook_floors.read(data),
        lambda: read_report(layout, data, "dai.xlsx", expected),
        at_most=3,
    )


def _merged(layout: Layout) -> Iterator[Comparison]:
    tree = units_of_vietnam()
    communes = tree.children(PROVINCE)
    files = [
        Incoming(f"{unit}.xlsx", _workbook(layout, unit, report))
        for unit, report in zip(communes, form.reports(len(communes)), strict=True)
    ]
    with readers(layout, os.cpu_count() or 1) as ready:
        if not isinstance(_merge(layout, tree, ready, files), bytes):
            raise Disagreement("nothing was merged")
        yield Comparison(
            f"Merge {len(files)} workbooks into the province's, on all cores",
            "reading them on all cores",
            lambda: list(ready.read(files)),
            lambda: _merge(layout, tree, ready, files),
            at_most=1.5,
        )


def _merge(layout: Layout, tree: UnitTree, ready: Readers, files: list[Incoming]) -> bytes | None:
    made = merged(layout, tree, Q3, list(ready.read(files)))
    if not isinstance(made, Merged) or made.total.coverage.included != len(files):
        return None
    filling = filling_of(layout, tree, made.unit, Q3, made.values)
    return render(layout, filling, appendix(made, tree, ""))


def _workbook(layout: Layout, unit: str, report: Values) -> bytes:
    filling = _filling(evaluate_report(layout, report).values)
    return render(layout, replace(filling, unit_code=unit))


def _filling(values: Values) -> Filling:
    return Filling(
        values=values,
        unit_code="21025",
        unit_name="Xã Sơn Hà",
        period=ReportingPeriod("2026-Q3", "Quý III năm 2026", date(2026, 6, 15), date(2026, 9, 14)),
        letterhead=Letterhead("UBND tỉnh", "UBND xã", "Sơn Hà", "UBND tỉnh"),
    )

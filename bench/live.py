"""The live form: one keystroke in a table of 1,000 cells, in Chromium, beside survey-core with the same table.

Both pages hold 100 rows of 10 columns, the last row a total, and two checks a row. Ours reads the control, computes
what depends on it, shows every cell and every finding, and lays the page out; survey-core's model alone is asked for
its values, without any page. Both must hold the same values first.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from bench.comparisons import Comparison, Disagreement, Duration
from compiler.cells import Layout
from compiler.package import Library
from renderers.registry import target

ROWS = 100
KEYS = 20
"""Keystrokes in one piece of work that is timed in the page."""

SURVEY_CORE = Path("node_modules/survey-core/survey.core.min.js")

_COLUMNS = """\
      c1 "Tổng" = c2 + c3
      c2 "Một" integer >= 0
      c3 "Hai" integer >= 0
      c4 "Tổng" = c5 + c6 + c7
      c5 "Ba" integer >= 0
      c6 "Bốn" integer >= 0
      c7 "Năm" integer >= 0
      c8 "Còn lại" = c1 - c4
      c9 "Tỷ lệ" percent(2) = c2 / c1
      c10 "Khác" integer >= 0
"""


def _source() -> str:
    rows = "\n".join(f'      row r{number} "Dòng {number}"' for number in range(ROWS - 1))
    total = " + ".join(f"r{number}" for number in range(ROWS - 1))
    return f"""\
package do.song 1.0.0 "Đo"
regime song "Biểu sống" {{
  period quarter
  filled by commune
  goes to province
  table t "Biểu" {{
    columns {{
{_COLUMNS}    }}
    rows {{
{rows}
      row tong "Tổng số" = {total} last
    }}
    check lon: c1 >= c4 "Tổng thứ nhất không nhỏ hơn"
    check nho: c10 <= c1 "Số khác không lớn hơn"
  }}
}}
"""


def layout() -> Layout:
    """The form of 1,000 cells."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "song.bieu"
        path.write_text(_source(), encoding="utf-8")
        compilation = Library().load(path).compilation
    if compilation.failed:
        raise ValueError(f"the bench's own form has errors: {compilation.diagnostics}")
    return compilation.regimes[0].layout


# What both pages are filled with; row and column count from 0.
_FILL = "const filled = (row, column) => 7 + (row * 31 + column * 17) % 90;"

OURS = """() => {
  FILL
  const form = globalThis.bieu.form, { report } = form;
  const cells = report.cells;
  cells.forEach((cell, slot) => {
    if (cell.enterable) cell.put(BigInt(filled(Math.floor(slot / 10), slot % 10)));
  });
  form.update();
  const field = cells[1].element;
  field.focus();
  globalThis.key = (value) => {
    field.value = String(value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  globalThis.shown = () => [
    cells.map((cell) => cell.value === null ? null : Number(cell.value) / (cell.type.kind === "percent" ? 10000 : 1)),
    report.outcomes,
  ];
}""".replace("FILL", _FILL)

SURVEY = """(rows) => {
  FILL
  Survey.FunctionFactory.Instance.register("ratio", ([part, whole]) => Math.round(part / whole * 10000) / 10000);
  const formulas = {
    c1: "{row.c2} + {row.c3}", c4: "{row.c5} + {row.c6} + {row.c7}", c8: "{row.c1} - {row.c4}",
    c9: "ratio({row.c2}, {row.c1})", k1: "{row.c1} >= {row.c4}", k2: "{row.c10} <= {row.c1}",
  };
  const totals = {
    c9: "ratio({t-total.c2}, {t-total.c1})",
    k1: "{t-total.c1} >= {t-total.c4}", k2: "{t-total.c10} <= {t-total.c1}",
  };
  const names = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "k1", "k2"];
  const columns = names.map((name) => ({
    name,
    ...(name in formulas
      ? { cellType: "expression", expression: formulas[name] }
      : { cellType: "text", inputType: "number" }),
    ...(name in totals ? { totalType: "none", totalExpression: totals[name] } : { totalType: "sum" }),
  }));
  const survey = new Survey.Model({ elements: [{
    type: "matrixdropdown", name: "t", columns, rows: Array.from({ length: rows - 1 }, (_, index) => `r${index}`),
  }] });
  const data = {};
  for (let row = 0; row < rows - 1; row++) {
    data[`r${row}`] = {};
    for (const column of [1, 2, 4, 5, 6, 9]) data[`r${row}`][names[column]] = filled(row, column);
  }
  survey.data = { t: data };
  const matrix = survey.getQuestionByName("t"), lines = matrix.visibleRows, total = matrix.visibleTotalRow;
  const field = lines[0].cells[1].question;
  globalThis.key = (value) => { field.value = value; };
  globalThis.shown = () => {
    const all = [...lines, total];
    const at = (line, column) => line.cells[column].question.value;
    return [
      all.flatMap((line) => names.slice(0, 10).map((_, column) => at(line, column) ?? null)),
      [...all.map((line) => at(line, 10)), ...all.map((line) => at(line, 11))],
    ];
  };
}""".replace("FILL", _FILL)

TIME = """(keys) => {
  // Every keystroke changes the cell, and its layout is asked for: nothing is put off.
  globalThis.turn = (globalThis.turn ?? 0) + 1;
  const start = performance.now();
  for (let number = 0; number < keys; number++) {
    globalThis.key(10 + (number + globalThis.turn) % 80);
    void document.body.offsetHeight;
  }
  return (performance.now() - start) / keys / 1000;
}"""


def comparisons() -> Iterator[Comparison | Duration]:
    """The live form, measured side by side."""
    if not SURVEY_CORE.exists():
        raise FileNotFoundError(f"{SURVEY_CORE} is missing: script/bench fetches it")
    with _pages() as (ours, survey):
        for value in (10, 55):
            for page in (ours, survey):
                page.evaluate("(value) => globalThis.key(value)", value)
            _agree(ours, survey)
        yield Duration(
            f"Live form: one keystroke among {ROWS * 10:,} cells, computed, shown and laid out",
            lambda: float(ours.evaluate(TIME, KEYS)),
            under=0.016,
        )
        yield Comparison(
            f"Live form: one keystroke among {ROWS * 10:,} cells, values equal",
            "survey-core's model alone, without a page",
            lambda: survey.evaluate(TIME, 1),
            lambda: ours.evaluate(TIME, 1),
            at_most=0.2,
        )


def _agree(ours: Page, survey: Page) -> None:
    cells, checks = ours.evaluate("() => globalThis.shown()")
    values, outcomes = survey.evaluate("() => globalThis.shown()")
    wrong = [slot for slot, (left, right) in enumerate(zip(cells, values, strict=True)) if left != right]
    if wrong:
        told = [(slot, cells[slot], values[slot]) for slot in wrong[:3]]
        raise Disagreement(f"live cells (slot, ours, survey-core): {told}")
    if checks != outcomes:
        raise Disagreement("live checks")


@contextmanager
def _pages() -> Iterator[tuple[Page, Page]]:
    executable = os.environ.get("BIEU_CHROMIUM") or shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError("Chromium is missing: apt-get install chromium")
    form = layout()
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        for name in ("html", "javascript", "css"):
            one = target(name)
            (Path(folder) / one.filename).write_bytes(one.render(form))
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        ours, survey = browser.new_page(), browser.new_page()
        ours.goto((Path(folder) / target("html").filename).as_uri())
        ours.evaluate(OURS)
        survey.add_script_tag(path=SURVEY_CORE)
        survey.evaluate(SURVEY, ROWS)
        yield ours, survey
        browser.close()

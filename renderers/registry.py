"""Every output of a compiled template, in one table: command line, server and contract tests walk it.

To add a target, write one module with `render(layout, filling) -> bytes` and add one row here. Modules are
loaded when a target is first rendered: reading this table imports no template engine, workbook or PDF
library.

A renderer is a function of its arguments alone: the same layout and filling give the same bytes, on every
machine, at any time, without network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compiler.cells import Layout
    from renderers.filling import Filling

Render = Callable[["Layout", "Filling | None"], bytes]
"""A form, and the report to fill it with (None: a blank form), to the bytes of a file."""


@dataclass(frozen=True, slots=True)
class Target:
    """One output. `filename` is what the built file is called, `title` what people call it.

    filled: whether a report shows in it; the others say the same of every report.
    load: imports the renderer and returns it.
    """

    name: str
    filename: str
    title: str
    media_type: str
    load: Callable[[], Render]
    filled: bool = False

    def render(self, layout: Layout, filling: Filling | None = None) -> bytes:
        """The bytes of this output."""
        return self.load()(layout, filling)


def _in(module: str) -> Callable[[], Render]:
    """The `render` of a module, imported when it is asked for."""

    def load() -> Render:
        found: Any = import_module(module)
        render: Render = found.render
        return render

    return load


TARGETS: tuple[Target, ...] = (
    Target("html", "form.html", "Biểu nhập trên web", "text/html", _in("renderers.html.form"), filled=True),
    Target(
        "javascript",
        "form.js",
        "Tính và kiểm tra ngay trên web",
        "text/javascript",
        _in("renderers.html.script"),
    ),
    Target("css", "form.css", "Trình bày biểu trên web", "text/css", _in("renderers.html.style")),
    Target(
        "xlsx",
        "form.xlsx",
        "Biểu nhập bằng Excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _in("renderers.xlsx.write"),
        filled=True,
    ),
    Target("pdf", "form.pdf", "Báo cáo in", "application/pdf", _in("renderers.pdf.report"), filled=True),
    Target(
        "json_schema",
        "schema.json",
        "JSON Schema của báo cáo gửi lên",
        "application/schema+json",
        _in("renderers.json_schema"),
    ),
    Target(
        "python",
        "validator.py",
        "Mã Python tính và kiểm tra",
        "text/x-python",
        _in("renderers.python_module"),
    ),
    Target("rollup", "rollup.json", "Cách tổng hợp từng ô", "application/json", _in("renderers.rollup_plan")),
    Target("charts", "charts.json", "Biểu đồ (Vega-Lite)", "application/json", _in("renderers.charts")),
    Target("dictionary", "dictionary.md", "Sổ tay biểu mẫu", "text/markdown", _in("renderers.dictionary")),
)
"""Every target, in the order in which they are built and listed."""


def target(name: str) -> Target:
    """The target of that name; KeyError if there is none."""
    for row in TARGETS:
        if row.name == name:
            return row
    raise KeyError(name)

"""form.css: the look of the page, the same for every template."""

from __future__ import annotations

from importlib import resources

from compiler.cells import Layout
from renderers.filling import Filling


def render(layout: Layout, filling: Filling | None) -> bytes:
    """form.css."""
    return resources.files("renderers.html").joinpath("static", "form.css").read_bytes()

"""form.css: the look of the page, the same for every template."""

from __future__ import annotations

from importlib import resources

from compiler.cells import Layout
from renderers.filling import Filling

PARTS = ("page.css", "findings.css", "table.css", "media.css")
"""In the order of the cascade: media.css changes what the others say."""


def render(layout: Layout, filling: Filling | None) -> bytes:
    """form.css."""
    static = resources.files("renderers.html").joinpath("static")
    return b"\n".join(static.joinpath(name).read_bytes() for name in PARTS)

"""form.js: the program that brings the page to life, with the formulas of one template compiled into it.

First the generated formulas (`globalThis.bieu.program`), then one function around the messages of
`compiler/findings.toml` and the parts in `static/`, in the order in which they build on one another; it leaves
`globalThis.bieu.form` behind. No text of the template is code in it: the page's data carries the author's words.
"""

from __future__ import annotations

import json
from importlib import resources

from compiler.cells import Layout
from compiler.findings import Finding, sentence
from compiler.formula.emit.javascript import program
from renderers.filling import Filling
from renderers.html.live import live

PARTS = (
    "numbers.js",
    "sentences.js",
    "cells.js",
    "report.js",
    "changes.js",
    "grid.js",
    "findings.js",
    "summary.js",
    "document.js",
    "main.js",
)

MESSAGES: dict[str, tuple[str, ...]] = {
    "check_failed": ("message", "left", "right"),
    "required": (),
    "not_a_number": ("found",),
    "unclear_number": ("found", "hint"),
    "too_many_decimals": ("found", "scale"),
    "too_many_digits": ("found",),
    "below_minimum": ("found", "limit"),
    "not_above": ("found", "limit"),
    "above_maximum": ("found", "limit"),
    "not_below": ("found", "limit"),
    "text_too_long": ("length", "limit"),
    "not_a_date": ("found",),
    "not_a_boolean": ("found",),
    "not_in_list": ("found", "list"),
    "duplicate_key": ("found", "first"),
    "overflow": (),
}
"""The findings the page can make, with the placeholders of their messages, which the program fills in."""


def render(layout: Layout, filling: Filling | None) -> bytes:
    """form.js for one template; the same for every report of it."""
    messages = {
        code: sentence(Finding(code=code, severity="error", values={name: f"{{{name}}}" for name in names}))
        for code, names in MESSAGES.items()
    }
    static = resources.files("renderers.html").joinpath("static")
    parts = [static.joinpath(name).read_text(encoding="utf-8") for name in PARTS]
    text = "\n".join(
        (
            program(live(layout).layout),
            '(() => {\n"use strict";',
            f"const MESSAGES = {json.dumps(messages, ensure_ascii=False, sort_keys=True)};",
            *parts,
            "})();\n",
        )
    )
    return text.encode("utf-8")

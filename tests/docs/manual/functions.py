"""The page of functions and signs: the table of operations, with rows that every back end agrees on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from compiler.formula.expressions import CaptureFunction
from compiler.formula.operations import OPERATIONS, Operation
from compiler.passes.resolve import _CAPTURES as CAPTURES
from compiler.passes.resolve import FUNCTIONS
from dsl.diagnostics import Language
from tests.docs.manual.words import ROOT, head, said


def functions_page(language: Language) -> str:
    lines = head("functions", language)
    lines += [f"## {said('label', 'functions', language)}", ""]
    for name in FUNCTIONS:
        lines += _operation(name, f"`{name}(…)`", OPERATIONS[name], language)
    lines += [f"## {said('label', 'captures', language)}", ""]
    for name in get_args(CaptureFunction):
        title = f"`{name}(…)`" if name in CAPTURES else said("label", name, language)
        lines += [f"### {title}", "", said("function", name, language), ""]
    lines += [f"## {said('label', 'signs', language)}", ""]
    for name, operation in OPERATIONS.items():
        if operation.spelling and name not in FUNCTIONS:
            lines += _operation(name, f"`{operation.spelling}`", operation, language)
    return "\n".join(lines)


def _operation(name: str, title: str, operation: Operation, language: Language) -> list[str]:
    takes = ", ".join(said("takes", kind, language) for kind in operation.takes)
    most = operation.most
    count = str(operation.least) if most == operation.least else f"{operation.least} … {most or '∞'}"
    rows = (
        ("takes_label", f"{takes} ({count})"),
        ("gives_label", said("takes", operation.gives, language)),
        ("measure_label", said("measure_rule", operation.measure, language)),
        ("additivity_label", said("additivity_rule", operation.additivity, language)),
    )
    lines = [f"### {title}", "", said("function", name, language), "", "| | |", "| --- | --- |"]
    lines += [f"| {said('label', label, language)} | {value} |" for label, value in rows]
    shown = list(_conformance(name, operation, language))[:4]
    if shown:
        lines += ["", "```text", *shown, "```"]
    return [*lines, ""]


@cache
def _conformance_rows() -> tuple[Mapping[str, Any], ...]:
    rows: list[Mapping[str, Any]] = []
    for path in sorted((ROOT / "tests/formulas").glob("*.toml")):
        rows += tomllib.loads(path.read_text(encoding="utf-8")).get("row", [])
    return tuple(rows)


def _conformance(name: str, operation: Operation, language: Language) -> Iterator[str]:
    """The simple rows that every back end agrees on, as an author would write them."""
    for row in _conformance_rows():
        found = re.fullmatch(rf"\({name} ([^()]*)\)", row["formula"])
        cells = row.get("cells", {})
        if not found or any(str(value).startswith("rows") for value in cells.values()):
            continue
        arguments = [_value(str(cells.get(each, f"literal {each}")), language) for each in found[1].split()]
        if operation.name in FUNCTIONS:
            formula = f"{operation.spelling}({', '.join(arguments)})"
        elif len(arguments) == 1:
            formula = f"{operation.spelling} {arguments[0]}"
        elif operation.name == "if":
            formula = "if {} then {} else {}".format(*arguments)
        else:
            formula = f" {operation.spelling} ".join(arguments)
        yield f"{formula}  →  {_value(str(row['gives']), language)}"


def _value(written: str, language: Language) -> str:
    kind, _, value = written.partition(" ")
    if not value:
        return {"vi": "(trống)", "en": "(blank)"}[language]
    if kind == "truth":
        table = {"true": ("đúng", "true"), "false": ("sai", "false"), "unknown": ("chưa biết", "unknown")}
        return table.get(value, (value, value))[0 if language == "vi" else 1]
    return value

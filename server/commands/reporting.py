"""Findings about submissions and PDFs as lines of text: place first, then what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import click

from compiler.findings import Finding, Place, sentence
from dsl.diagnostics import Language

_MARKS = {"error": ("✗", "red"), "warning": ("!", "yellow"), "notice": ("·", "cyan")}


def print_findings(
    findings: Iterable[Finding], language: Language, *, notices: bool = False, err: bool = False
) -> None:
    """Every finding on a line of its own. Notices only where asked for: a form half filled in has many."""
    for finding in findings:
        if finding.severity == "notice" and not notices:
            continue
        mark, color = _MARKS[finding.severity]
        where = place_in_words(finding.place)
        text = sentence(finding, language)
        click.echo(f"{click.style(mark, fg=color)} {where + ': ' if where else ''}{text}", err=err)


def place_in_words(place: Place) -> str:
    """ "'Biểu II.06a'!F12 (Đất đai › Trực tuyến)", or the address and words where there is no workbook."""
    address = ""
    if place.sheet is not None:
        address = f"'{place.sheet}'!{place.cell}" if place.cell else f"'{place.sheet}'"
    elif place.table is not None:
        row = "" if place.row is None else f"[{place.row}{'' if place.index is None else f' {place.index}'}]"
        address = place.table + row + ("" if place.column is None else f".{place.column}")
    elif place.text is not None:
        address = place.text
    return f"{address} ({place.words})" if address and place.words else address or place.words


def print_outcomes(rows: Sequence[tuple[str, str, str, int, int]], done: int) -> None:
    """Many files as a table: file, unit, what became of it, errors, warnings; then how many of them were done."""
    from rich.console import Console
    from rich.table import Table

    table = Table("Tệp", "Đơn vị", "Kết quả")
    for words in ("Lỗi", "Cảnh báo"):
        table.add_column(words, justify="right")
    for name, unit, words, errors, warnings in rows:
        table.add_row(name, unit, words, str(errors or ""), str(warnings or ""))
    # A file's name is no markup.
    Console(markup=False, highlight=False).print(table)
    click.echo(f"{done}/{len(rows)} tệp.")


def findings_json(findings: Iterable[Finding], language: Language) -> str:
    """The findings for a machine: their data, and the sentence a person would read."""
    rows = [
        {**finding.model_dump(mode="json", exclude_none=True), "message": sentence(finding, language)}
        for finding in findings
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether any finding blocks sending."""
    return any(finding.severity == "error" for finding in findings)

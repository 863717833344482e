"""`bieu agree`: a package tried on boundary reports in every back end, and refused where they differ."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.pipeline import Regime
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, load_regimes

if TYPE_CHECKING:
    from runtime.agreement.agreeing import Agreement
    from runtime.agreement.differences import Difference

SHOWN = 20
"""The most differences of a form that are told one by one; the rest is counted."""

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "vi": {
        "agrees": "✓ {regime}: {reports} báo cáo thử, {values} giá trị mỗi cách tính, {books} sổ Excel; mọi cách tính"
        " cho cùng kết quả.",
        "differs": "✗ {regime}: {count} chỗ khác nhau trong {reports} báo cáo thử.",
        "place": "{engine}, báo cáo «{submission}», {place}",
        "formula": "công thức: {formula}",
        "inputs": "số liệu: {inputs}",
        "values": "phải là {expected}, được {found}",
        "more": "… và {count} chỗ khác nữa.",
        "half": "! {place} (báo cáo «{submission}»): Excel lệch một đơn vị cuối, {found} thay vì {expected}; ô này"
        " đã được liệt kê là gặp đúng nửa.",
        "digits": "· {count} giá trị dài quá 15 chữ số trong sổ Excel, ở các báo cáo: {submissions}.",
        "listed": "· {count} ô trong Excel có thể gặp đúng nửa khi làm tròn; máy chủ tính lại.",
        "alone": "! Excel không chứa được {count} công thức, để trống trong sổ và máy chủ tính: {cells}",
        "unbroken": "! Không tìm được một ô sai nào làm hỏng các phép kiểm tra: {checks}",
        "large": "· {count} báo cáo có số quá lớn cho SQL, máy chủ tính thay.",
        "missing": "Thiếu {engine}: {needs}",
        "blank": "trống",
        "nothing": "(không đọc ô nào)",
    },
    "en": {
        "agrees": "✓ {regime}: {reports} reports tried, {values} values in each back end, {books} workbooks; all back"
        " ends agree.",
        "differs": "✗ {regime}: {count} differences in {reports} reports.",
        "place": "{engine}, report “{submission}”, {place}",
        "formula": "formula: {formula}",
        "inputs": "inputs: {inputs}",
        "values": "must be {expected}, is {found}",
        "more": "… and {count} more.",
        "half": "! {place} (report “{submission}”): Excel is off by one in the last place, {found} for {expected}; the"
        " cell is listed as meeting an exact half.",
        "digits": "· {count} values of more than 15 digits in the workbook, in reports: {submissions}.",
        "listed": "· {count} cells can meet an exact half in Excel; the server computes them again.",
        "alone": "! Excel can't hold {count} formulas; they stay blank there, and the server computes them: {cells}",
        "unbroken": "! No single wrong cell was found that breaks the checks: {checks}",
        "large": "· {count} reports have numbers too large for SQL; the server computes them.",
        "missing": "{engine} is missing: {needs}",
        "blank": "blank",
        "nothing": "(reads no cell)",
    },
}


@click.command()
@PACKAGE
@LANGUAGE
def command(package: Path, language: Language) -> None:
    """Thử một gói qua mọi cách tính: Python, JavaScript, Excel, SQL.

    Lập các báo cáo ở ranh giới từ chính biểu mẫu (trống, số không, lớn nhất, đúng nửa khi làm tròn, một ô sai cho mỗi
    phép kiểm tra) rồi tính bằng cả bốn cách; mọi chỗ khác nhau đều được nêu và lệnh kết thúc với mã 1. Excel được thay
    bằng LibreOffice, vì không chạy Excel được ở đây.

    \b
    Ví dụ:
      bieu agree templates_library/vpcp/kstt
    """
    require(load_regimes(package, language), language)


def require(regimes: Sequence[Regime], language: Language) -> None:
    """Try the regimes and print what came of it; exits with 1 where back ends differ or an engine is missing."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from runtime.agreement.agreeing import agree, integer_engines
    from runtime.agreement.engines import EngineMissing
    from runtime.agreement.office import Office

    words = _WORDS[language]
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    agreed = True
    try:
        engines = integer_engines()
        with (
            Office() as office,
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
        ):
            # Each edition of a form is computed while it is in force.
            for layout in (layout for regime in regimes for layout in regime.layouts):
                name = layout.template.regime
                tasks: dict[str, TaskID] = {}

                def tick(
                    engine: str, done: int, total: int, name: str = name, tasks: dict[str, TaskID] = tasks
                ) -> None:
                    if engine not in tasks:
                        tasks[engine] = progress.add_task(f"{name} · {engine}", total=total)
                    progress.update(tasks[engine], completed=done)

                found = agree(layout, engines, office, tick)
                for task in tasks.values():
                    progress.remove_task(task)
                _print(found, language)
                agreed &= not found.refused
    except EngineMissing as missing:
        click.echo(words["missing"].format(engine=missing.engine, needs=missing.needs), err=True)
        agreed = False
    if not agreed:
        sys.exit(1)


def alone_in_words(places: Sequence[str], language: Language) -> str:
    """What a workbook leaves to the server."""
    return _WORDS[language]["alone"].format(count=len(places), cells=", ".join(places))


def _print(found: Agreement, language: Language) -> None:
    words = _WORDS[language]
    counts = {"regime": found.regime, "reports": found.reports, "values": found.values, "books": found.books}
    if found.refused:
        click.echo(words["differs"].format(count=len(found.refused), **counts))
        for difference in found.refused[:SHOWN]:
            _print_difference(difference, words)
        if len(found.refused) > SHOWN:
            click.echo("    " + words["more"].format(count=len(found.refused) - SHOWN))
    else:
        click.echo(words["agrees"].format(**counts))
    for one in found.differences:
        if one.weight == "half":
            shown = {"place": one.place, "submission": one.submission}
            click.echo("  " + words["half"].format(found=one.found, expected=one.expected, **shown))
    long = Counter(one.submission for one in found.differences if one.weight == "digits")
    if long:
        click.echo("  " + words["digits"].format(count=long.total(), submissions=", ".join(long)))
    if found.listed:
        click.echo("  " + words["listed"].format(count=len(found.listed)))
    if found.alone:
        click.echo("  " + alone_in_words(found.alone, language))
    if found.unbroken:
        click.echo("  " + words["unbroken"].format(checks=", ".join(found.unbroken)))
    if found.large:
        click.echo("  " + words["large"].format(count=found.large))


def _print_difference(difference: Difference, words: Mapping[str, str]) -> None:
    """Where, by which formula, from which values, and both results."""
    blank = words["blank"]
    inputs = ", ".join(f"{name} = {value or blank}" for name, value in difference.inputs.items())
    click.echo(
        "  "
        + words["place"].format(
            engine=difference.engine, submission=difference.submission, place=difference.place
        )
    )
    click.echo("    " + words["formula"].format(formula=difference.formula))
    click.echo("    " + words["inputs"].format(inputs=inputs or words["nothing"]))
    shown = {"expected": difference.expected or blank, "found": difference.found or blank}
    click.echo("    " + words["values"].format(**shown))

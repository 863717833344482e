"""`bieu demo`: a quarter of Quảng Ngãi from sources to a signed report, everything under one folder.

The scenario's figures are made up by `runtime.demonstration`; everything else is what units and the province do with
the product. The quarter is played through the running site (`server.demonstration`); with `--offline` it is played here
on files alone: forms filled as JSON and workbooks, taken in or refused, rolled up, printed, signed and verified.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.loading import load_packages, print_diagnostics

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from compiler.cells import Layout
    from compiler.periods import Period
    from compiler.pipeline import Regime
    from runtime.demonstration import MadeReport
    from runtime.offline import GatheredFiles
    from runtime.rollup import Total
    from runtime.units import UnitTree
    from runtime.verification import Verification

PERIOD = "2026-Q3"
REGIME = "kstt_quy"
SEED = 2026


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="Thư mục ghi kết quả; bị xóa và làm lại.",
)
@click.option(
    "--serve/--no-serve",
    default=True,
    help="Kết thúc bằng việc để trang web chạy tiếp, với tài khoản dùng thử.",
)
@click.option(
    "--offline", is_flag=True, help="Chỉ với tệp JSON và Excel trong một thư mục, không có trang web."
)
@click.option(
    "--port", default=8100, show_default=True, type=click.IntRange(0, 65535), help="Cổng trên máy này."
)
def command(output: Path, serve: bool, offline: bool, port: int) -> None:
    """Chạy trọn một quý của tỉnh Quảng Ngãi với dữ liệu tạo sẵn.

    \b
    Ví dụ:
      bieu demo --no-serve
    """
    from rich.console import Console

    console = Console()
    _make_room(output)
    regimes = _build(console, output / "packages")
    if not offline:
        from server.demonstration.performance import perform

        layout = next(regime.layout for regime in regimes if regime.template.regime == REGIME)
        perform(console, output, layout, port if serve else None)
        return
    demo = _play(console, output, regimes)
    if serve:
        from server.reading import create_reading
        from server.serving import serve as serve_app

        serve_app(create_reading(output, demo), port)


def _make_room(output: Path) -> None:
    """An empty folder. One that holds anything but a demonstration is left alone."""
    if output.exists() and any(output.iterdir()) and not (output / "packages").is_dir():
        raise click.UsageError(f"{output} có dữ liệu khác, không xóa.")
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)


def _build(console: Console, folder: Path) -> list[Regime]:
    """Every shipped package into every target."""
    import templates_library
    from renderers.building import build_regime
    from renderers.registry import TARGETS

    packages = load_packages([Path(place) for place in templates_library.__path__])
    for package in packages:
        print_diagnostics(package, "vi")
    if any(package.compilation.failed for package in packages):
        sys.exit(1)
    regimes = [regime for package in packages for regime in package.compilation.regimes]
    steps = [(regime, folder / regime.template.regime) for regime in regimes]
    with _progress(console) as progress:
        task = progress.add_task("Dịch các gói", total=len(steps) * len(TARGETS))
        for regime, place in steps:
            for _ in build_regime(regime.layout, place):
                progress.advance(task)
    console.print(
        f"[green]✓[/] Dịch {len(regimes)} chế độ báo cáo, mỗi chế độ ra {len(TARGETS)} sản phẩm: {folder}"
    )
    return regimes


@dataclass(frozen=True)
class Demonstration:
    """What was played: for the page that serves it for reading."""

    regimes: tuple[Regime, ...]
    gathered: GatheredFiles
    total: Total
    verification: Verification
    report: Path


def _play(console: Console, output: Path, regimes: Sequence[Regime]) -> Demonstration:
    from compiler.periods import Period, parse_period
    from runtime.demonstration import PROVINCE, made_reports
    from runtime.offline import gather_files, total_bytes
    from runtime.units import units_of_vietnam
    from server.commands.reporting import print_findings
    from server.commands.tables import coverage_in_words, print_total

    layout = next(regime.layout for regime in regimes if regime.template.regime == REGIME)
    tree = units_of_vietnam()
    period = parse_period(PERIOD)
    assert isinstance(period, Period)
    communes = tuple(tree[code] for code in tree.children(PROVINCE))

    made = list(made_reports(layout, communes, SEED))
    folder = output / "reports"
    folder.mkdir()
    with _progress(console) as progress:
        for report in progress.track(made, description="Các xã lập báo cáo"):
            name, data = filled_file(layout, tree, period, report)
            (folder / name).write_bytes(data)
    workbooks = sum(report.by_workbook for report in made)
    console.print(
        f"[green]✓[/] {len(made)}/{len(communes)} đơn vị gửi báo cáo {period.words}: "
        f"{len(made) - workbooks} tệp JSON, {workbooks} tệp Excel: {folder}"
    )

    files = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    with _progress(console) as progress:
        tracked = progress.track(files, description="Tiếp nhận và kiểm tra")
        gathered = gather_files(layout, tree, period, tracked, PROVINCE)
    console.print(f"[green]✓[/] Nhận {len(gathered.received)} báo cáo, không nhận {len(gathered.rejected)}:")
    for name, findings in gathered.rejected:
        console.print(f"  {name}", highlight=False)
        print_findings(findings, "vi")
    assert gathered.rollup is not None

    total = gathered.rollup.total(PROVINCE)
    (output / "total.json").write_bytes(total_bytes(layout, period, gathered, total))
    print_total(console, layout, total, f"{period.words}, {tree[PROVINCE].name}")
    report_path, verification = _print_and_sign(
        console, output, layout, period, total, coverage_in_words(total)
    )
    console.print(f"Mọi kết quả nằm trong [bold]{output}[/].")
    return Demonstration(tuple(regimes), gathered, total, verification, report_path)


def filled_file(layout: Layout, tree: UnitTree, period: Period, report: MadeReport) -> tuple[str, bytes]:
    """The file a commune sends: the workbook it was given, filled in, or JSON from a program of its own."""
    from renderers.document import Submission, submission_bytes
    from renderers.xlsx.write import render
    from runtime.intake import validator_of
    from server.printing import filling_of

    unit, template = report.unit, layout.template
    if report.by_workbook:
        # A workbook is handed out with what it takes over from earlier reports already in its cells.
        values = validator_of(layout).validate(report.values)[0].values
        return f"{unit.code}.xlsx", render(layout, filling_of(layout, tree, unit.code, period, values))
    code = "2026-M09" if report.slip == "wrong_period" else period.code
    head = Submission(regime=template.regime, version=template.version, unit=unit.code, period=code)
    data = submission_bytes(layout, head, report.values)
    if report.slip == "not_a_number":
        document = json.loads(data)
        document["data"]["b06a"]["chung_thuc"]["c4"] = "khoảng bốn trăm"
        data = json.dumps(document, ensure_ascii=False).encode()
    return f"{unit.code}.json", data


def _print_and_sign(
    console: Console, output: Path, layout: Layout, period: Period, total: Total, coverage: str
) -> tuple[Path, Verification]:
    """The province's report as a PDF, signed by a certificate made on the spot, and verified."""
    from compiler.template import template_hash
    from renderers.pdf.report import render
    from runtime.demonstration import edited_texts
    from runtime.signing import make_demo_identity, read_identity, sign_pdf
    from runtime.units import units_of_vietnam
    from runtime.verification import Trust, verify_pdf
    from server.printing import filling_of

    tree = units_of_vietnam()
    published = template_hash(layout.template)
    values = replace(total.values, texts=edited_texts(layout, total.values, total.coverage.included))
    name = tree[total.unit].name
    with console.status("In và ký báo cáo của tỉnh"):
        dated = date(2026, 9, 16)
        filling = filling_of(
            layout, tree, total.unit, period, values, dated=dated, coverage=coverage, embed=True
        )
        pdf = render(layout, filling)
        # A passphrase nobody learns: the key is for this one run.
        passphrase = secrets.token_hex(16).encode()
        identity = make_demo_identity(f"Ủy ban nhân dân {name} (dùng thử)", passphrase=passphrase)
        signed = sign_pdf(pdf, read_identity(identity.pkcs12, passphrase), reason="Ký báo cáo")
        path = output / "report.pdf"
        path.write_bytes(signed)
        (output / "authority.pem").write_bytes(identity.authority)
        trust = Trust(authorities=(identity.authority,), templates=frozenset({published}))
        verification = verify_pdf(signed, trust)
    console.print(f"[green]✓[/] Báo cáo của tỉnh, đã ký: {path}")
    for statement in verification.statements:
        mark = "[green]✓[/]" if statement.severity == "notice" else "[red]✗[/]"
        console.print(f"  {mark} {statement.text('vi')}", highlight=False)
    if not verification.sound:
        sys.exit(1)
    return path, verification


def _progress(console: Console) -> Progress:
    """A bar that disappears when its work is done; none where there is no terminal to draw it on."""
    from rich.progress import Progress

    return Progress(console=console, transient=True, disable=not console.is_terminal)

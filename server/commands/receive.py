"""`bieu receive`: many workbooks into the drafts of one round, with what became of each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE
from server.commands.opening import act_of_shell, opened, settings, with_store
from server.commands.reporting import print_findings, print_outcomes

_FATES = {"saved": "đã lưu nháp", "held_back": "chưa lưu", "refused": "không nhận"}


@click.command()
@click.argument("regime")
@click.argument("period_code", metavar="PERIOD")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--all/--each",
    "all_",
    default=False,
    help="--all: có tệp lỗi thì không lưu tệp nào. --each (mặc định): tệp lỗi không giữ lại tệp khác.",
)
@with_store
@LANGUAGE
def command(
    regime: str,
    period_code: str,
    files: tuple[Path, ...],
    all_: bool,
    database: str | None,
    config_file: Path | None,
    language: Language,
) -> None:
    """Nhận nhiều tệp Excel hoặc JSON một lần vào bản nháp của các đơn vị.

    Nhận tệp, thư mục và tệp ZIP; mỗi tệp vào báo cáo của đơn vị ghi trong tệp. In một bảng kết quả và mọi lỗi.

    \b
    Ví dụ:
      bieu receive kstt_quy 2026-Q3 bao-cao-xa/ --db sqlite:///bieu.db
      bieu receive kstt_quy 2026-Q3 bao-cao-xa.zip --all --db sqlite:///bieu.db
    """
    from rich.console import Console

    from compiler.periods import Period, parse_period
    from runtime.bulk import incoming
    from runtime.taking import take_in

    period = parse_period(period_code)
    if not isinstance(period, Period):
        raise click.UsageError(f"«{period_code}» không phải là mã kỳ.")
    store = opened(settings(config_file, database))
    mode: Literal["all", "each"] = "all" if all_ else "each"
    with Console(stderr=True).status("Đang đọc"):
        taken = take_in(store, regime, period, incoming(files), act_of_shell(), mode)
    if taken is None:
        raise click.UsageError(f"Chưa giao {regime} kỳ {period.code}.")
    saved = sum(each.fate == "saved" for each in taken)
    rows = [
        (each.name, each.unit, _FATES[each.fate], each.count("error"), each.count("warning"))
        for each in taken
    ]
    print_outcomes(rows, saved)
    for each in taken:
        if each.fate == "refused":
            click.echo(f"{each.name}:", err=True)
            print_findings(each.findings, language, err=True)
    sys.exit(0 if saved == len(taken) else 1)

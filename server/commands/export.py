"""`bieu export`: a list or a rolled-up table out of the store, as a workbook or CSV."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from server.commands.opening import opened, settings, with_store

if TYPE_CHECKING:
    from compiler.periods import Period
    from renderers.listing import Listing
    from runtime.store import Store

What = Literal["reports", "coverage", "total", "units", "people", "rounds", "forms", "log"]


@click.command()
@click.argument(
    "what",
    type=click.Choice(["reports", "coverage", "total", "units", "people", "rounds", "forms", "log"]),
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tệp kết quả, .xlsx hoặc .csv.",
)
@click.option("--regime", help="Mã chế độ báo cáo; cần cho coverage và total.")
@click.option("--period", "period_code", help="Mã kỳ, như 2026-Q3; cần cho coverage và total.")
@click.option("--unit", help="Mã đơn vị; cần cho coverage và total.")
@click.option("--by-unit", is_flag=True, help="total: số của từng đơn vị trực thuộc.")
@click.option("--chain", default="", help="log: chỉ các chuỗi có tên bắt đầu như vậy.")
@click.option(
    "--plain", is_flag=True, help="CSV cho máy đọc: phân cách bằng dấu phẩy, số thập phân có dấu chấm."
)
@with_store
def command(
    what: What,
    output: Path,
    regime: str | None,
    period_code: str | None,
    unit: str | None,
    by_unit: bool,
    chain: str,
    plain: bool,
    database: str | None,
    config_file: Path | None,
) -> None:
    """Xuất một danh sách hoặc bảng tổng hợp ra Excel hay CSV.

    CSV mở thẳng được trong Excel tiếng Việt: UTF-8, phân cách bằng dấu chấm phẩy, số thập phân có dấu phẩy.
    Chữ do người dùng nhập không bao giờ thành công thức.

    \b
    Ví dụ:
      bieu export reports -o bao-cao.xlsx --regime kstt_quy --period 2026-Q3
      bieu export total -o tong.csv --regime kstt_quy --period 2026-Q3 --unit 51 --by-unit
      bieu export log -o nhat-ky.csv --chain report/
    """
    from compiler.periods import Period, parse_period
    from server.commands.writing import kind_of, write_listings

    kind_of(output)
    period = parse_period(period_code) if period_code else None
    if period is not None and not isinstance(period, Period):
        raise click.UsageError(f"«{period_code}» không phải là mã kỳ.")
    store = opened(settings(config_file, database))
    if what in {"coverage", "total"}:
        if regime is None or period is None or unit is None:
            raise click.UsageError(f"{what} cần --regime, --period và --unit.")
        made = _of_total(store, what, regime, period, unit, by_unit)
    else:
        made = [_listing(store, what, regime, period, unit, chain)]
    for file in write_listings(made, output, "plain" if plain else "vietnamese"):
        click.echo(file)


def _listing(
    store: Store, what: What, regime: str | None, period: Period | None, unit: str | None, chain: str
) -> Listing:
    from server import listings

    match what:
        case "reports":
            now = datetime.now(UTC)
            return listings.reports(store, None, "readable", now, regime=regime, period=period, unit=unit)
        case "units":
            return listings.units(store.units.all())
        case "people":
            return listings.people(store.people.users(), store.units.all())
        case "rounds":
            return listings.rounds(store)
        case "forms":
            return listings.forms(store)
        case "log":
            return listings.log(store.log.entries(chain))
        case "coverage" | "total":
            raise AssertionError(what)


def _of_total(
    store: Store, what: What, regime: str, period: Period, unit: str, by_unit: bool
) -> list[Listing]:
    from server.listings import coverage
    from server.total_listings import table_of_total

    handed_out = store.rounds.get(regime, period)
    total = None if handed_out is None else store.totals.total(regime, period, unit)
    if handed_out is None or total is None:
        raise click.UsageError("Không có đơn vị nào ở đó được giao báo cáo của kỳ này.")
    if what == "coverage":
        return [coverage(store, None, regime, period, unit, datetime.now(UTC))]
    totals = list(store.totals.by_child(regime, period, unit).values()) if by_unit else [total]
    layout = store.templates.regime(handed_out.template).layout
    tree = store.units.all()
    return [
        table_of_total(layout, table.name, totals, period, tree, top=unit) for table in layout.template.tables
    ]

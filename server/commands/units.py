"""`bieu units`: the units that report and receive."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.commands.opening import act_of_shell, opened, settings, with_store
from server.commands.reporting import print_findings


@click.group()
def command() -> None:
    """Cây đơn vị.

    \b
    Ví dụ:
      bieu units load don-vi.csv
    """


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_store
def load(file: Path, database: str | None, config_file: Path | None) -> None:
    """Nạp đơn vị từ tệp CSV: thêm và sửa, không xóa đơn vị nào."""
    from runtime.storage.records import LoadedUnits

    store = opened(settings(config_file, database))
    loaded = store.units.load(file.read_bytes(), act_of_shell())
    if not isinstance(loaded, LoadedUnits):
        print_findings(loaded, "vi", err=True)
        sys.exit(1)
    click.echo(f"Thêm {loaded.added} đơn vị, sửa {loaded.changed}, giữ nguyên {loaded.unchanged}.")

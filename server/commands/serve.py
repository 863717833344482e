"""`bieu serve`: the site."""

from __future__ import annotations

import gc
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Any

import click

from server.commands.opening import opened, settings, with_store


@click.command()
@with_store
@click.option("--host", help="Địa chỉ lắng nghe.")
@click.option("--port", type=click.IntRange(0, 65535), help="Cổng; 0 là cổng trống bất kỳ.")
@click.option(
    "--insecure-cookies", is_flag=True, help="Gửi cookie cả qua HTTP: chỉ để chạy thử trên máy này."
)
def command(
    database: str | None, config_file: Path | None, host: str | None, port: int | None, insecure_cookies: bool
) -> None:
    """Chạy trang web.

    Đặt sau một máy chuyển tiếp HTTPS; cookie chỉ đi qua HTTPS trừ khi chạy thử.

    \b
    Ví dụ:
      bieu serve --config bieu.toml
    """
    from waitress.server import create_server

    from server.app import create_app
    from server.config import ConfigProblem

    config = settings(
        config_file, database, host=host, port=port, secure_cookies=False if insecure_cookies else None
    )
    try:
        app = create_app(config, opened(config))
    except ConfigProblem as problem:
        raise click.UsageError(f"{problem}.") from problem
    try:
        listener = socket.create_server((config.host, config.port))
    except OSError as problem:
        raise click.UsageError(f"Không mở được {config.host}:{config.port}: {problem.strerror}.") from problem
    proxy: dict[str, Any] = {}
    if config.trusted_proxy:
        proxy = {
            "trusted_proxy": config.trusted_proxy,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    server = create_server(
        app,
        sockets=[listener],
        threads=config.threads,
        max_request_body_size=config.largest_upload + 2**20,
        ident=None,
        **proxy,
    )
    _spare_the_collector()
    signal.signal(signal.SIGTERM, _stop)
    click.echo(f"Đang chạy tại http://{config.host}:{listener.getsockname()[1]}/ (Ctrl+C để dừng)")
    try:
        server.run()
    except KeyboardInterrupt:
        click.echo("Đã dừng.")


def _spare_the_collector() -> None:
    """What stands now stays as long as the server: the collector need not walk over it again and again. A request makes
    thousands of small lists without a circle among them; at Python's own threshold they cost a fifth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _stop(number: int, frame: FrameType | None) -> None:
    """Asked to end: as if somebody had pressed Ctrl+C, so that requests under way are answered."""
    raise KeyboardInterrupt

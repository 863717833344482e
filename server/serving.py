"""Serving an application on loopback, and saying where once it listens."""

from __future__ import annotations

import socket

import click
from flask import Flask
from waitress.server import create_server


def serve(app: Flask, port: int) -> None:
    """Serve on 127.0.0.1 until interrupted; port 0 takes a free one. Exits with 2 where the port is taken."""
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as problem:
        raise click.UsageError(f"Không mở được cổng {port}: {problem.strerror}.") from None
    click.echo(f"Đang chạy tại http://127.0.0.1:{listener.getsockname()[1]}/ (Ctrl+C để dừng)")
    server = create_server(app, sockets=[listener], threads=8)
    try:
        server.run()
    except KeyboardInterrupt:
        click.echo("Đã dừng.")

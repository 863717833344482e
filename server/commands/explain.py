"""`bieu explain`: the long form of an error."""

from __future__ import annotations

import click

from dsl.diagnostics import Language
from dsl.render import explain
from server.commands.loading import LANGUAGE


@click.command()
@click.argument("code")
@LANGUAGE
def command(code: str, language: Language) -> None:
    """Giải thích một mã lỗi, kèm ví dụ sai và đúng.

    \b
    Ví dụ:
      bieu explain BIEU0230
    """
    try:
        click.echo(explain(code.upper(), language), nl=False)
    except KeyError:
        raise click.UsageError(f"Không có mã lỗi {code}.") from None

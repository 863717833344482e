"""The page of commands, as the command line itself has them. In Vietnamese, like their own help."""

from __future__ import annotations

import click

from server.cli import COMMANDS, main
from tests.docs.manual.words import Undocumented, head


def commands_page() -> str:
    lines = head("commands", "vi")
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        lines += _command(command, f"bieu {name}", 2)
    return "\n".join(lines)


def _command(command: click.Command, path: str, level: int) -> list[str]:
    context = click.Context(command, info_name=path)
    usage = command.collect_usage_pieces(context)
    lines = [f"{'#' * level} `{path}`", ""]
    help_text, _, examples = (command.help or "").partition("\b\n")
    if not help_text.strip():
        raise Undocumented(f"{path} has no help")
    lines += [" ".join(help_text.split()), "", "```text", " ".join([path, *usage]), "```", ""]
    options = [
        parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
    ]
    if options:
        lines += ["| Tùy chọn | Nghĩa |", "| --- | --- |"]
        for option in options:
            if not option.help:
                raise Undocumented(f"{path} {option.opts[0]} has no help")
            lines.append(f"| {_option(option)} | {option.help} |")
        lines.append("")
    if examples.strip():
        shown = [line.strip() for line in examples.split("\n") if line.strip() and line.strip() != "Ví dụ:"]
        lines += ["```sh", *shown, "```", ""]
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            lines += _command(child, f"{path} {name}", level + 1)
    return lines


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag and isinstance(option.type, click.Choice):
        names += " " + "\\|".join(str(choice) for choice in option.type.choices)
    if isinstance(option.default, str | int) and not isinstance(option.default, bool) and not option.is_flag:
        names += f" (mặc định {option.default})"
    return names

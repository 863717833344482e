"""`bieu test`: the examples that authors write in their packages."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from compiler.examples import edition_for, run
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, load_packages, print_diagnostics

_WORDS: Mapping[Language, tuple[str, str]] = {
    "vi": ("{place}: chờ {expected}, được {found}", "{passed} ví dụ đạt, {failed} không đạt."),
    "en": ("{place}: expected {expected}, found {found}", "{passed} examples pass, {failed} fail."),
}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@LANGUAGE
def command(paths: tuple[Path, ...], language: Language) -> None:
    """Chạy các ví dụ mà người soạn viết trong gói.

    \b
    Ví dụ:
      bieu test templates_library/vpcp/kstt
    """
    passed = failed = 0
    packages = load_packages(paths)
    for package in packages:
        print_diagnostics(package, language)
        for regime in package.compilation.regimes:
            for example in regime.examples:
                disappointments = run(example, edition_for(example, regime.layouts), language)
                passed, failed = passed + (not disappointments), failed + bool(disappointments)
                if disappointments:
                    click.echo(f"✗ {regime.template.regime}: {example.title}")
                for disappointment in disappointments:
                    line, column = package.sources[disappointment.span.source].position(
                        disappointment.span.start
                    )
                    place = f"{disappointment.span.source}:{line}:{column}"
                    expected, found = disappointment.expected, disappointment.found
                    click.echo(
                        "    " + _WORDS[language][0].format(place=place, expected=expected, found=found)
                    )
    click.echo(_WORDS[language][1].format(passed=passed, failed=failed))
    sys.exit(1 if failed or any(package.compilation.failed for package in packages) else 0)

"""`bieu evaluate`: a submission with its computed cells filled in."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, PACKAGE, REGIME, load_layout
from server.commands.reporting import failed, print_findings


@click.command()
@PACKAGE
@click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@REGIME
@LANGUAGE
def command(package: Path, data: Path, regime: str | None, language: Language) -> None:
    """Tính các ô tự động của một báo cáo JSON và in báo cáo đầy đủ.

    \b
    Ví dụ:
      bieu evaluate templates_library/vpcp/kstt bao-cao.json
    """
    from renderers.document import read_submission, submission_bytes
    from renderers.validators import Validator

    layout = load_layout(package, regime, language)
    head, values, unreadable = read_submission(layout, data.read_bytes())
    print_findings(unreadable, language, err=True)
    if head is None or failed(unreadable):
        sys.exit(1)
    evaluation, findings = Validator(layout).validate(values)
    print_findings(findings, language, err=True)
    document = json.loads(submission_bytes(layout, head, evaluation.values))
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    sys.exit(1 if failed(findings) else 0)

"""`bieu prove`: what each check of a package adds to it, shown by filled forms."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compiler.proofs.limits import ProofLimits, Proofs
from dsl.diagnostics import Language
from server.commands.loading import (
    FORMAT,
    LANGUAGE,
    LIBRARY,
    PROOF_STEPS,
    Output,
    load_packages,
    print_diagnostics,
    print_for_machines,
)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@LIBRARY
@PROOF_STEPS
@FORMAT
@LANGUAGE
def command(paths: tuple[Path, ...], proof_steps: int, output: Output, language: Language) -> None:
    """Cho thấy mỗi kiểm tra nói thêm điều gì, bằng biểu đã điền.

    Kiểm tra nào mâu thuẫn, thừa, hoặc chưa xác định được thì nói rõ vì sao; kiểm tra còn lại có một biểu thỏa mãn mọi
    công thức, giới hạn và kiểm tra khác mà sai ở đó.

    \b
    Ví dụ:
      bieu prove templates_library/vpcp/kstt
    """
    packages = load_packages(paths, proofs=Proofs(limits=ProofLimits(steps=proof_steps), show=True))
    if output == "text":
        for package in packages:
            print_diagnostics(package, language, err=False)
    else:
        print_for_machines(packages, output, language)
    sys.exit(1 if any(package.compilation.failed for package in packages) else 0)

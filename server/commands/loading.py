"""From a path on the command line to compiled regimes, with what is wrong printed as people read it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from compiler.cells import Layout
from compiler.memory import Memory
from compiler.package import Library, LoadedPackage, find_packages
from compiler.passes.context import MAXIMUM_PROOF_STEPS
from compiler.periods import DECREE_09_2019, Period
from compiler.pipeline import Regime
from compiler.proofs.limits import Proofs
from compiler.timeline import holding, timelines
from dsl.diagnostics import Diagnostic, Language
from dsl.render import to_json, to_sarif, to_text
from dsl.span import Source

LANGUAGE = click.option(
    "--language",
    type=click.Choice(["vi", "en"]),
    default="vi",
    envvar="BIEU_LANGUAGE",
    show_default=True,
    help="Ngôn ngữ của thông báo.",
)
"""The option that all commands with messages share."""

_LIBRARY = "bieu.library"


def _keep_library(ctx: click.Context, _: click.Parameter, roots: tuple[Path, ...]) -> None:
    ctx.meta[_LIBRARY] = roots


LIBRARY = click.option(
    "--library",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="BIEU_LIBRARY",
    expose_value=False,
    callback=_keep_library,
    help="Thư mục tìm các gói được dùng (thư mục hoặc tệp nén .zip); có thể nhắc lại.",
)
"""Where used packages are looked for besides the package's own surroundings; `library` reads it."""

_PACKAGE = click.argument("package", type=click.Path(exists=True, path_type=Path))

_Command = TypeVar("_Command", bound=Callable[..., Any])


def PACKAGE(command: _Command) -> _Command:  # noqa: N802 (stands among the decorators that click makes)
    """A package: its folder, its single file or its archive, and where the packages it uses are."""
    return _PACKAGE(LIBRARY(command))


REGIME = click.option("--regime", help="Tên chế độ báo cáo, khi gói có nhiều chế độ.")
"""Which regime of the package, where it has several."""


FORMAT = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="text cho người đọc, json và sarif cho máy.",
)
"""In which form diagnostics are printed."""

Output = Literal["text", "json", "sarif"]
"""What FORMAT gives."""

PROOF_STEPS = click.option(
    "--proof-steps",
    type=click.IntRange(min=1),
    default=MAXIMUM_PROOF_STEPS,
    show_default=True,
    help="Số bước tối đa của một chứng minh; một triệu bước mất không quá một giây.",
)
"""How far a proof goes before it is said to be not decided."""


def library(
    *,
    needs_lock: bool = False,
    reads_lock: bool = True,
    memory: Memory | None = None,
    proofs: Proofs | None = None,
) -> Library:
    """A library that looks where `--library` says."""
    context = click.get_current_context(silent=True)
    roots = () if context is None else context.meta.get(_LIBRARY, ())
    return Library(roots, needs_lock, reads_lock, memory or Memory(), proofs)


def load_packages(
    paths: Sequence[Path],
    memory: Memory | None = None,
    *,
    needs_lock: bool = False,
    proofs: Proofs | None = None,
) -> list[LoadedPackage]:
    """Every package at or below the paths, compiled, each once. Wrong use (exit 2) where there is none.

    memory: what an earlier call kept; only what has changed since is then compiled anew. proofs: what a solver is to
    prove of each; None: nothing.
    """
    loaded = library(needs_lock=needs_lock, memory=memory, proofs=proofs)
    folders = [folder for path in paths for folder in find_packages(path)]
    if not folders:
        raise click.UsageError(f"Không có tệp .bieu nào trong {', '.join(map(str, paths))}.")
    with _uncollected():
        return [loaded.load(folder) for folder in dict.fromkeys(folders)]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for circles of garbage, which walks through every node of a large package again and again
    and finds none: trees and templates have no way back up."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def print_diagnostics(package: LoadedPackage, language: Language, *, err: bool = True) -> None:
    """What was found in a package, with its source lines."""
    if package.diagnostics:
        stream = sys.stderr if err else sys.stdout
        color = stream.isatty()
        text = to_text(package.diagnostics, package.sources, language, color)
        click.echo(text, err=err, color=color, nl=False)


def print_for_machines(
    packages: Iterable[LoadedPackage],
    output: Output,
    language: Language,
    between: Iterable[Diagnostic] = (),
) -> None:
    """What was found in all of them and between them, as one JSON list or SARIF log."""
    found: list[Diagnostic] = []
    sources: dict[str, Source] = {}
    # Two paths may lead to one package.
    for package in {id(package): package for package in packages}.values():
        found += package.diagnostics
        sources |= package.sources
    found += between
    click.echo((to_json if output == "json" else to_sarif)(found, sources, language), nl=False)


def load_regimes(
    package_path: Path, language: Language, *, needs_lock: bool = False, proofs: Proofs | None = None
) -> list[Regime]:
    """The regimes of the packages at a path. Prints what is wrong and exits with 1 where a package has errors.

    `needs_lock`: for what must be made again the same, a package that uses others must have its lock. `proofs`: what
    a solver is to prove.
    """
    packages = load_packages([package_path], needs_lock=needs_lock, proofs=proofs)
    for package in packages:
        print_diagnostics(package, language)
    if any(package.compilation.failed for package in packages):
        sys.exit(1)
    return [regime for package in packages for regime in package.compilation.regimes]


def load_layout(
    package_path: Path, regime_name: str | None, language: Language, period: Period | None = None
) -> Layout:
    """The layout of the one regime meant, in its edition for the period's data, by default its latest. Wrong use
    (exit 2) where the regime isn't clear."""
    regimes = load_regimes(package_path, language)
    names = [regime.template.regime for regime in regimes]
    chosen = [regime for regime in regimes if regime_name in {None, regime.template.regime}]
    if len(chosen) == 1:
        return chosen[0].layout if period is None else chosen[0].on(DECREE_09_2019.window(period).end)
    versions = timelines(chosen)
    if len(versions) == 1 and period is not None:
        # Several versions of one regime: the one for the day on which the period's data closes.
        closes = DECREE_09_2019.window(period).end
        (line,) = versions.values()
        found = holding(line, closes)
        if found is None:
            raise click.UsageError(f"Không phiên bản nào có hiệu lực ngày {closes.isoformat()}.")
        return found.regime.on(closes)
    if not regimes:
        raise click.UsageError(f"{package_path} không có chế độ báo cáo nào.")
    raise click.UsageError(f"Chọn một chế độ báo cáo bằng --regime: {in_words(names)}.")


def in_words(names: Iterable[str]) -> str:
    """Names as a list in a sentence."""
    return ", ".join(sorted(names))

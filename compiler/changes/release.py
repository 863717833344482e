"""An edition: one version of a package as far as others depend on it, from its source or from what was built of it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from compiler.frozen import Frozen, canonical_json
from compiler.pipeline import Compilation, Regime
from compiler.template import CodeList, Indicator, Measure, Template

FILENAME = "package.json"
"""What `bieu build` calls the edition beside the regimes' folders."""


class SharedIndicator(Frozen):
    """An indicator of the catalogue with its rules."""

    entry: Indicator
    over_units: str | None = None
    over_time: str | None = None


class Release(Frozen):
    """A version of a package: what it declares for others, and its regimes."""

    format: int = 1
    package: str
    version: str
    title: str
    measures: tuple[Measure, ...] = ()
    indicators: tuple[SharedIndicator, ...] = ()
    code_lists: tuple[CodeList, ...] = ()
    regimes: tuple[Template, ...] = ()


def release_of(compilation: Compilation) -> Release | None:
    """The edition that a package compiled to; None where it has errors."""
    if compilation.failed or compilation.head is None:
        return None
    shared, own = compilation.shared, compilation.own
    return Release(
        package=compilation.head.name,
        version=compilation.head.version,
        title=compilation.head.title,
        measures=tuple(shared.measures[name] for name in sorted(own.measures)),
        indicators=tuple(
            SharedIndicator(
                entry=declared.entry,
                over_units=None if declared.rollup is None else declared.rollup.rule,
                over_time=None if declared.over_time is None else declared.over_time.rule,
            )
            for declared in (shared.indicators[name] for name in sorted(own.indicators))
        ),
        code_lists=tuple(shared.code_lists[name] for name in sorted(own.code_lists)),
        regimes=tuple(regime.whole for regime in _by_name(compilation)),
    )


def _by_name(compilation: Compilation) -> Iterable[Regime]:
    return sorted(compilation.regimes, key=lambda regime: regime.whole.regime)


def release_bytes(edition: Release) -> bytes:
    """The canonical JSON of an edition."""
    return canonical_json(edition)


def load_release(data: bytes) -> Release | str:
    """The edition that bytes hold, or why they hold none."""
    try:
        return Release.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"

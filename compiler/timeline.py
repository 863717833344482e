"""The editions of regimes in time: which version of a package holds for data that closes on a day, where two of them
claim one day, and where none holds.

Here an edition is a version of a package; what changes inside one on a day is `editions.py`'s matter. One without an
end holds until the next begins, as the store has it when the next is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from compiler.pipeline import Regime
from compiler.template import Template, template_hash
from compiler.versions import Version, parse_version
from dsl.diagnostics import Diagnostic, Label
from dsl.span import Span


@dataclass(frozen=True)
class InForce:
    """One version of a regime. `start` is the first day, `declared_end` what it says itself, `end` the last day on
    which it holds; None is open."""

    regime: Regime
    start: date
    declared_end: date | None
    end: date | None

    @property
    def template(self) -> Template:
        """The form, with everything that comes and goes on a day."""
        return self.regime.whole

    def holds(self, day: date) -> bool:
        """Whether data that closes on that day is reported on it."""
        return self.start <= day and (self.end is None or day <= self.end)


def timelines(regimes: Iterable[Regime]) -> Mapping[str, tuple[InForce, ...]]:
    """Every regime's versions in the order in which they come into force, under the regime's latest name.

    The same form found twice counts once.
    """
    found: dict[str, dict[str, Regime]] = {}
    for regime in regimes:
        found.setdefault(regime.whole.regime, {})[template_hash(regime.whole)] = regime
    for name in list(found):
        for regime in found[name].values():
            former = regime.whole.renamed_from
            if former in found and former != name:
                found[name] = {**found.pop(former), **found[name]}
                break
    return {name: _in_order(tuple(versions.values())) for name, versions in sorted(found.items())}


def _in_order(regimes: Sequence[Regime]) -> tuple[InForce, ...]:
    ordered = sorted(regimes, key=lambda regime: (_start(regime), _version(regime.whole)))
    found: list[InForce] = []
    for place, regime in enumerate(ordered):
        end = regime.whole.effective_until
        following = None if place + 1 == len(ordered) else _start(ordered[place + 1])
        last = end
        if following is not None and following > _start(regime) and (end is None or following <= end):
            last = following - timedelta(days=1)
        found.append(InForce(regime, _start(regime), end, last))
    return tuple(found)


def _start(regime: Regime) -> date:
    return regime.whole.effective_from or date.min


def _version(template: Template) -> Version:
    return parse_version(template.version) or Version(0, 0, 0)


def holding(versions: Sequence[InForce], day: date) -> InForce | None:
    """The version for data that closes on a day: of several that claim it, the one that came last."""
    return next((each for each in reversed(versions) if each.holds(day)), None)


def clashes(found: Mapping[str, Sequence[InForce]]) -> list[Diagnostic]:
    """Two versions that claim one day (an error), and days between two that none holds for (a warning)."""
    diagnostics: list[Diagnostic] = []
    for name, versions in found.items():
        for before, after in pairwise(versions):
            end = before.declared_end
            values = {"name": name, "first": before.template.version, "second": after.template.version}
            values["from"] = after.start.isoformat()
            label = Label(_place(before), "first", {"first": before.template.version})
            if before.start == after.start or (end is not None and after.start <= end):
                diagnostics.append(Diagnostic("BIEU0345", _place(after), values, (label,)))
            elif end is not None and after.start > end + timedelta(days=1):
                values |= {
                    "from": (end + timedelta(days=1)).isoformat(),
                    "until": (after.start - timedelta(days=1)).isoformat(),
                }
                diagnostics.append(
                    Diagnostic("BIEU0346", _place(after), values, (label,), severity="warning")
                )
    return diagnostics


def _place(version: InForce) -> Span:
    return version.regime.place

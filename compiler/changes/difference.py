"""Two editions compared: the changes, the version that is due, and what becomes of what there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.changes.forms import compare_regimes
from compiler.changes.lists import compare_shared
from compiler.changes.matching import match
from compiler.changes.release import Release
from compiler.changes.rules import SUBMISSIONS, WORKBOOKS, Change, Submissions, Workbooks
from compiler.template import Template
from compiler.versions import STEPS, Step, Version, parse_version, step_between


@dataclass(frozen=True)
class Effects:
    """What becomes of a regime's stored submissions, of its workbooks in the field and of its series over time.

    `broken` and `ended`: the places whose series are, in the order they were found.
    """

    regime: str
    submissions: Submissions
    workbooks: Workbooks
    broken: tuple[str, ...]
    ended: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """All that lies between two editions of a package."""

    old: Release
    new: Release
    changes: tuple[Change, ...]

    @property
    def due(self) -> Step:
        """The least step that the version must rise by."""
        return max((change.rule.due for change in self.changes), key=STEPS.index, default="none")

    @property
    def due_version(self) -> Version:
        """The least version that the new edition may have."""
        return _version(self.old).after(self.due)

    @property
    def is_enough(self) -> bool:
        """Whether the new edition's version is at least what is due, and no older than the old one's."""
        step = step_between(_version(self.old), _version(self.new))
        if step is None:
            return False
        # Below 1.0 a breaking change raises the minor number, which counts as a major step.
        return STEPS.index(step) >= STEPS.index(self.due)

    @property
    def problems(self) -> tuple[Change, ...]:
        """Mistakes of the new edition that only the old one shows."""
        return tuple(change for change in self.changes if change.is_problem)

    def effects(self) -> tuple[Effects, ...]:
        """For every regime of the old edition, by its name in the new one where it has one."""
        pairs, removed = _regimes(self.old, self.new)
        found = [_effects(new.regime, self.changes) for _, new in pairs]
        return (*found, *(_effects(template.regime, self.changes) for template in removed))


def compare(old: Release, new: Release) -> Difference:
    """What changed from an old edition to a new one, in the order of the package: what it shares, then its regimes."""
    return Difference(old, new, tuple(_changes(old, new)))


def _changes(old: Release, new: Release) -> Iterator[Change]:
    if old.package != new.package:
        yield Change(kind="package_name", values={"old": old.package, "new": new.package})
    if old.title != new.title:
        yield Change(kind="package_title", values={"old": old.title, "new": new.title})
    yield from compare_shared(old, new)
    own_lists = frozenset(each.name for each in (*old.code_lists, *new.code_lists))
    matched = match(_by_name(old), _by_name(new))
    for template in matched.unknown:
        values = {"name": template.regime, "former": template.renamed_from or ""}
        yield Change(kind="former_name_unknown", regime=template.regime, values=values)
    for template in matched.removed:
        yield _of_regime("regime_removed", template)
    for template in matched.added:
        yield _of_regime("regime_added", template)
    for before, after in matched.pairs:
        yield from compare_regimes(before, after, own_lists)


def _of_regime(kind: str, template: Template) -> Change:
    values = {"name": template.regime, "label": template.title}
    return Change(kind=kind, regime=template.regime, values=values)


def _regimes(
    old: Release, new: Release
) -> tuple[tuple[tuple[Template, Template], ...], tuple[Template, ...]]:
    matched = match(_by_name(old), _by_name(new))
    return matched.pairs, matched.removed


def _by_name(edition: Release) -> dict[str, Template]:
    return {template.regime: template for template in edition.regimes}


def _effects(regime: str, changes: tuple[Change, ...]) -> Effects:
    mine = [change for change in changes if change.regime in {regime, ""} and not _is_only_shared(change)]
    return Effects(
        regime=regime,
        submissions=max((change.rule.submissions for change in mine), key=SUBMISSIONS.index, default="valid"),
        workbooks=max((change.rule.workbooks for change in mine), key=WORKBOOKS.index, default="accepted"),
        broken=_places(mine, "broken"),
        ended=_places(mine, "ended"),
    )


def _is_only_shared(change: Change) -> bool:
    """What a package shares acts on a regime through its cells, where it is told again."""
    return not change.regime


def _places(changes: list[Change], series: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.place for change in changes if change.rule.series == series))


def _version(edition: Release) -> Version:
    return parse_version(edition.version) or Version(0, 0, 0)

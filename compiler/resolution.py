"""Which version of every used package: one of each, the newest that all requirements allow. Pure: no files.

The search tries the newest version first and steps back where a choice leads to a conflict, so it finds an answer
wherever there is one; the order in which packages are found plays no part in it. What it tells of a conflict is the
first one met: the pair of requirements that the newest versions can't meet together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from compiler.versions import Version, VersionRange
from dsl.limits import limit
from dsl.span import Span

MAXIMUM_STEPS = limit("BIEU_MAX_RESOLUTION_STEPS")
"""Choices tried before giving up. A library of real packages needs as many as it has packages."""

MAXIMUM_PACKAGES = limit("BIEU_MAX_PACKAGES")
"""Packages that one package may use, directly and through others."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A `use` line: which package, which versions (as the author wrote them, and as a range), and who asks where."""

    name: str
    versions: str
    range: VersionRange
    requirer: str
    span: Span
    versions_span: Span


class Candidate(Protocol):
    """A version of a package that was found."""

    @property
    def name(self) -> str:
        """The package's name."""
        ...

    @property
    def version(self) -> Version:
        """Its version."""
        ...

    @property
    def requirements(self) -> Sequence[Requirement]:
        """What it uses."""
        ...


Found = TypeVar("Found", bound=Candidate)


@dataclass(frozen=True, slots=True)
class Resolution(Generic[Found]):
    """The chosen packages by name, those first that others use."""

    chosen: Mapping[str, Found]


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing of that name was found."""

    requirement: Requirement


@dataclass(frozen=True, slots=True)
class NoVersion:
    """The package was found, but in none of the versions asked for."""

    requirement: Requirement
    found: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two requirements that no found version meets; `apart`: that no version at all could meet."""

    requirement: Requirement
    other: Requirement
    apart: bool


@dataclass(frozen=True, slots=True)
class Circle:
    """Packages that use each other: each requirement leads to the package of the next, the last to the first."""

    requirements: tuple[Requirement, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The names along the circle, the first one again at the end."""
        return (self.requirements[0].requirer, *(each.name for each in self.requirements))


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The search grew past its limit."""

    requirement: Requirement


Failure = Missing | NoVersion | Conflict | Circle | GivenUp


def resolve(
    requirements: Sequence[Requirement], candidates: Callable[[str], Sequence[Found]]
) -> Resolution[Found] | tuple[Failure, ...]:
    """The packages that these requirements need, or why there is no answer. `candidates`: all versions of a name.

    What the first requirements lack is told for each of them; of the conflicts behind them the first one.
    """
    lacking = [failure for each in requirements if (failure := _lacking(each, candidates(each.name)))]
    if lacking:
        return tuple(lacking)
    search = _Search(candidates)
    chosen = search.run(tuple(requirements))
    if chosen is None:
        assert search.first is not None
        return (search.first,)
    return _ordered(requirements, chosen)


def _lacking(requirement: Requirement, found: Sequence[Candidate]) -> Failure | None:
    if not found:
        return Missing(requirement)
    if all(each.version not in requirement.range for each in found):
        return NoVersion(requirement, tuple(sorted({each.version for each in found})))
    return None


class _Search(Generic[Found]):
    def __init__(self, candidates: Callable[[str], Sequence[Found]]) -> None:
        self._candidates = candidates
        self._steps = 0
        self.first: Failure | None = None

    def run(self, requirements: tuple[Requirement, ...]) -> dict[str, Found] | None:
        """A choice for all requirements and what they lead to; each level of the stack is one open choice."""
        stack = [(requirements, dict[str, tuple[Found, Requirement]](), self._options(requirements, {}))]
        while stack:
            pending, chosen, options = stack[-1]
            if not pending:
                return {name: found for name, (found, _) in chosen.items()}
            self._steps += 1
            if self._steps > MAXIMUM_STEPS or len(chosen) > MAXIMUM_PACKAGES:
                self.first = GivenUp(pending[0])
                return None
            if not options:
                stack.pop()
                continue
            option = options.pop(0)
            if option.name in chosen:
                following = pending[1:]
            else:
                following = (*pending[1:], *option.requirements)
                chosen = {**chosen, option.name: (option, pending[0])}
            stack.append((following, chosen, self._options(following, chosen)))
        return None

    def _options(
        self, pending: tuple[Requirement, ...], chosen: Mapping[str, tuple[Found, Requirement]]
    ) -> list[Found]:
        """What may be chosen for the first requirement, the newest first; one version is kept where one is chosen."""
        if not pending:
            return []
        wanted = pending[0]
        if wanted.name in chosen:
            there, by = chosen[wanted.name]
            if there.version in wanted.range:
                return [there]
            self._note(Conflict(wanted, by, wanted.range.both(by.range).is_empty))
            return []
        found = self._candidates(wanted.name)
        lacking = _lacking(wanted, found)
        if lacking is not None:
            self._note(lacking)
            return []
        fitting = [each for each in found if each.version in wanted.range]
        return sorted(fitting, key=lambda each: each.version, reverse=True)

    def _note(self, failure: Failure) -> None:
        self.first = self.first or failure


def _ordered(
    requirements: Sequence[Requirement], chosen: Mapping[str, Found]
) -> Resolution[Found] | tuple[Failure, ...]:
    """The chosen packages, used ones before their users; or the circle that leaves no such order."""
    ordered: dict[str, Found] = {}
    path: list[Requirement] = []

    def visit(requirement: Requirement) -> Circle | None:
        if requirement.name in ordered:
            return None
        on_path = [each.requirer for each in path] + [requirement.requirer]
        if requirement.name in on_path:
            start = on_path.index(requirement.name)
            return Circle((*path, requirement)[start:])
        path.append(requirement)
        for inner in chosen[requirement.name].requirements:
            circle = visit(inner)
            if circle is not None:
                return circle
        path.pop()
        ordered[requirement.name] = chosen[requirement.name]
        return None

    for requirement in requirements:
        circle = visit(requirement)
        if circle is not None:
            return (circle,)
    return Resolution(ordered)

"""Version numbers and ranges of them, as Semantic Versioning 2.0.0 orders them.

A package's version is three numbers: a form is in force or it is not, so there are no pre-releases and no build tags.
Without those the whole of the order is the order of triples, and a range is one interval of them; that is why this is
written out here and no library of versions is taken in, each of which reads more than the language allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import Literal, NamedTuple

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}")
_TERM = re.compile(rf"(?P<sign>\^|<=|<|>=|>|) ?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?: |$)")

Step = Literal["none", "patch", "minor", "major"]
"""How far one version is from another: which of the numbers went up, or none."""

STEPS: tuple[Step, ...] = ("none", "patch", "minor", "major")
"""From the smallest to the greatest."""


class Version(NamedTuple):
    """MAJOR.MINOR.PATCH, ordered as triples."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, step: Step) -> Version:
        """The next version by such a step. Below 1.0 a breaking change raises the minor number."""
        match step:
            case "none":
                return self
            case "patch":
                return Version(self.major, self.minor, self.patch + 1)
            case "minor":
                return Version(self.major, self.minor + 1, 0)
            case "major":
                if self.major == 0:
                    return Version(0, self.minor + 1, 0)
                return Version(self.major + 1, 0, 0)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions from `lowest` up to, not including, `end`; without an `end` all later ones."""

    lowest: Version
    end: Version | None

    def __contains__(self, version: Version) -> bool:
        return version >= self.lowest and (self.end is None or version < self.end)

    @property
    def is_empty(self) -> bool:
        """Whether no version at all is in it."""
        return self.end is not None and self.end <= self.lowest

    def both(self, other: VersionRange) -> VersionRange:
        """What is in this range and in the other."""
        ends = [end for end in (self.end, other.end) if end is not None]
        return VersionRange(max(self.lowest, other.lowest), min(ends, default=None))


EVERY_VERSION = VersionRange(Version(0, 0, 0), None)


def parse_version(text: str) -> Version | None:
    """The version that a text is, or None: `1.2` and `1.02.0` are none."""
    found = _VERSION.fullmatch(text)
    return None if found is None else Version(*(int(number) for number in found.groups()))


def parse_range(text: str) -> VersionRange | None:
    """The range of `^1.2`, `1.2.3`, `1.2`, or of several limits that must all hold: `>= 1.2 < 3`. None for no range.

    `^1.2` takes 1.2.0 and all later ones that break nothing: those below 2, and below 1.0 those below the next minor
    version. A version with fewer numbers stands for all that begin with it.
    """
    ranges: list[VersionRange] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            return None
        sign, *written = found.groups()
        ranges.append(_limit(sign, tuple(int(number) for number in written if number is not None)))
        position = found.end()
    return reduce(VersionRange.both, ranges, EVERY_VERSION) if ranges else None


def _limit(sign: str, numbers: tuple[int, ...]) -> VersionRange:
    first = _version(numbers)
    # The first version behind all those that begin with these numbers.
    behind = _version((*numbers[:-1], numbers[-1] + 1))
    match sign:
        case "^":
            if first.major or len(numbers) == 1:
                return VersionRange(first, Version(first.major + 1, 0, 0))
            return VersionRange(first, Version(0, first.minor + 1, 0))
        case ">=":
            return VersionRange(first, None)
        case ">":
            return VersionRange(behind, None)
        case "<":
            return VersionRange(EVERY_VERSION.lowest, first)
        case "<=":
            return VersionRange(EVERY_VERSION.lowest, behind)
        case _:
            return VersionRange(first, behind)


def _version(numbers: tuple[int, ...]) -> Version:
    """The version of these numbers, zeros for those that were left out."""
    return Version(*(*numbers, 0, 0)[:3])


def step_between(old: Version, new: Version) -> Step | None:
    """By which step one gets from an old version to a new one; None where the new one is older.

    Below 1.0 a new minor version may break, and counts as a major step.
    """
    if new < old:
        return None
    if new.major != old.major:
        return "major"
    if new.minor != old.minor:
        return "major" if new.major == 0 else "minor"
    return "none" if new == old else "patch"

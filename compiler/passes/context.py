"""What passes share: where diagnostics go, the limits, and how a near miss is guessed. No pass's logic lives here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches

from dsl.diagnostics import Diagnostic, FilledTable, Fix, Label, Severity
from dsl.limits import limit
from dsl.span import Span

MAXIMUM_CELLS = limit("BIEU_MAX_CELLS")
"""Cells of one regime's tables. The largest real form known has some 3,000."""

MAXIMUM_SCALE = limit("BIEU_MAX_SCALE")
"""Decimals of a number: with 15 significant digits, six remain before the point."""

MAXIMUM_TEXT = limit("BIEU_MAX_TEXT")
"""Characters of one text answer."""

MAXIMUM_ADDED_ROWS = limit("BIEU_MAX_ADDED_ROWS")
"""Rows a unit may add to one group."""

MAXIMUM_COMPARISONS = limit("BIEU_MAX_COMPARISONS")
"""Known names that unknown ones of one regime are compared with: a text full of errors must not take its square."""

MAXIMUM_PROOF_STEPS = limit("BIEU_MAX_PROOF_STEPS")
"""Steps of the solver in one proof; a million take between a fifth of a second and one."""

MAXIMUM_PROOFS_STEPS = limit("BIEU_MAX_PROOFS_STEPS")
"""Steps of the solver in all proofs of a package, parted evenly among its regimes."""

MAXIMUM_PROOF_CELLS = limit("BIEU_MAX_PROOF_CELLS")
"""Cells that one proof looks at."""

MAXIMUM_PROOF_MEMORY = limit("BIEU_MAX_PROOF_MEMORY")
"""Megabytes that the solver may take."""


@dataclass
class Diagnostics:
    """Collects what passes find, in the order they find it."""

    found: list[Diagnostic] = field(default_factory=list)
    lost: frozenset[str] = frozenset()
    """Names of items that couldn't be read, which was reported: that they aren't there is no error of its own."""
    comparisons: int = 0
    """How many known names were compared with unknown ones."""

    def add(
        self,
        code: str,
        span: Span,
        values: Mapping[str, str] | None = None,
        *,
        labels: tuple[Label, ...] = (),
        fix: Fix | None = None,
        severity: Severity = "error",
        shown: tuple[FilledTable, ...] = (),
    ) -> None:
        """Note one diagnostic."""
        self.found.append(Diagnostic(code, span, values or {}, labels, fix, severity, shown))

    def unknown(self, diagnostic: str, span: Span, name: str, known: Iterable[str], **values: str) -> None:
        """An unknown name, with the nearest known one as the fix where one alone is nearest."""
        if name in self.lost:
            return
        names = list(known)
        self.comparisons += len(names)
        near: list[str] = []
        if self.comparisons <= MAXIMUM_COMPARISONS:
            near = get_close_matches(name, names, n=2, cutoff=0.6)
        certain = len(near) == 1 or (len(near) == 2 and _likeness(name, near[0]) > _likeness(name, near[1]))
        fix = Fix(span, near[0]) if certain else None
        self.add(diagnostic, span, {"name": name, **values}, fix=fix)

    @property
    def failed(self) -> bool:
        """Whether any error was noted, warnings aside."""
        return any(diagnostic.severity == "error" for diagnostic in self.found)


def _likeness(name: str, known: str) -> float:
    return SequenceMatcher(None, known, name).ratio()

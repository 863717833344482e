"""What passes share: where diagnostics go, the limits, and how a near miss is guessed. No pass's logic lives here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from dsl.diagnostics import Diagnostic, Fix, Label, Severity
from dsl.span import Span

MAXIMUM_CELLS = 100_000
"""Cells of one regime's tables. The largest real form known has some 3,000."""

MAXIMUM_SCALE = 9
"""Decimals of a number: with 15 significant digits, six remain before the point."""

MAXIMUM_TEXT = 100_000
"""Characters of one text answer."""

MAXIMUM_ADDED_ROWS = 10_000
"""Rows a unit may add to one group."""

MAXIMUM_COMPARISONS = 100_000
"""Known names that unknown ones of one regime are compared with: a text full of errors must not take its square."""


@dataclass
class Diagnostics:
    """Collects what passes find, in the order they find it."""

    found: list[Diagnostic] = field(default_factory=list)
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
    ) -> None:
        """Note one diagnostic."""
        self.found.append(Diagnostic(code, span, values or {}, labels, fix, severity))

    def unknown(self, diagnostic: str, span: Span, name: str, known: Iterable[str], **values: str) -> None:
        """An unknown name, with the nearest known one as the fix where one is near."""
        names = list(known)
        self.comparisons += len(names)
        near = (
            get_close_matches(name, names, n=1, cutoff=0.6) if self.comparisons <= MAXIMUM_COMPARISONS else []
        )
        fix = Fix(span, near[0]) if near else None
        self.add(diagnostic, span, {"name": name, **values}, fix=fix)

    @property
    def failed(self) -> bool:
        """Whether any error was noted, warnings aside."""
        return any(diagnostic.severity == "error" for diagnostic in self.found)

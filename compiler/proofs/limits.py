"""How much work a proof may be. Beyond it the compiler says "not decided", and always at the same point.

Work is counted in the solver's own steps, never in seconds: the same package then has the same outcome on every
machine. A million steps take between a fifth of a second and one.
"""

from __future__ import annotations

from pydantic import Field

from compiler.frozen import Frozen
from compiler.passes.context import (
    MAXIMUM_PROOF_CELLS,
    MAXIMUM_PROOF_MEMORY,
    MAXIMUM_PROOF_STEPS,
    MAXIMUM_PROOFS_STEPS,
)


class ProofLimits(Frozen):
    """What proofs may cost."""

    steps: int = Field(MAXIMUM_PROOF_STEPS, ge=1)
    """Solver steps of one proof."""
    package_steps: int = Field(MAXIMUM_PROOFS_STEPS, ge=1)
    """Solver steps of all proofs of a package."""
    cells: int = Field(MAXIMUM_PROOF_CELLS, ge=1)
    """Cells that one proof may look at."""
    memory: int = Field(MAXIMUM_PROOF_MEMORY, ge=64)
    """Megabytes that the solver may take; a question takes 20 to begin with."""


class Budget:
    """What is left of a package's steps."""

    def __init__(self, limits: ProofLimits) -> None:
        self.limits = limits
        self.spent = 0

    @property
    def next(self) -> int:
        """The steps that the next proof may take; 0 where none are left."""
        return max(0, min(self.limits.steps, self.limits.package_steps - self.spent))

    def spend(self, steps: int) -> None:
        """Take what a proof has cost."""
        self.spent += steps


class Proofs(Frozen):
    """What is to be proven of a package. `show`: tell of every check what it adds, with a report."""

    limits: ProofLimits = ProofLimits()
    show: bool = False

"""The append-only log in the database: entries chained by hash (`runtime.audit`), sealed together by checkpoints."""

from __future__ import annotations

from datetime import datetime

from runtime.audit import Checkpoint, Fault


class AuditLog:
    """Seals and verifies the log. Entries are appended by the rooms that do what they tell of."""

    def seal(self, at: datetime) -> Checkpoint | None:
        """Seal the heads of all chains that grew since the last checkpoint; None where none did."""
        raise NotImplementedError

    def verify(self) -> tuple[Fault, ...]:
        """Read every chain and every checkpoint; all that was changed, taken away, put in or reordered."""
        raise NotImplementedError

"""The acts on one report: entering, sending, deciding. Each is one transaction, totals included.

What an act means is `runtime.reports` in memory; who may do it when is `runtime.workflow`. Here is what several people
at once need besides: every act names the revision of the report (or of the draft) that its page was made from, and
is refused when something has happened since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from compiler.findings import Finding
from compiler.formula.evaluate import Evaluation
from compiler.values import Address, CaptureKey, Values
from runtime.reports import Act, Capture, Refusal, ReportKey
from runtime.storage.records import Done, Draft, Sent, StaleDraft

Decision = Literal["recall", "return", "approve", "ask", "refuse", "leave_out", "take_in"]


class Desk:
    """Where reports are filled in, sent and decided on."""

    def draft(self, key: ReportKey) -> Draft | None:
        """What is being entered; None where the unit owes no such report."""
        raise NotImplementedError

    def save_draft(
        self, key: ReportKey, values: Values, revision: int, act: Act
    ) -> Draft | StaleDraft | Refusal:
        """Put entered values in the place of the draft of that revision, and give the draft its next one."""
        raise NotImplementedError

    def live(
        self, key: ReportKey, values: Values | None = None
    ) -> tuple[Evaluation, tuple[Finding, ...]] | None:
        """Values (else the draft) evaluated and checked as they would be if sent now, with live captures."""
        raise NotImplementedError

    def captures(self, key: ReportKey) -> Mapping[CaptureKey, Capture]:
        """What the report would take over now."""
        raise NotImplementedError

    def carried_over(self, key: ReportKey) -> tuple[Finding, ...]:
        """What is to be said of the newest version's captures: provisional ones and stale ones."""
        raise NotImplementedError

    def send(
        self, key: ReportKey, draft_revision: int, act: Act, request: str
    ) -> Sent | StaleDraft | Refusal:
        """Evaluate, check, capture and freeze the draft of that revision.

        `request` is the page's key for this one click (any text of at most 64 characters): sent again with the same
        key, after a double click or a lost answer, nothing is done twice and the first result comes back.
        """
        raise NotImplementedError

    def decide(
        self,
        key: ReportKey,
        action: Decision,
        revision: int,
        act: Act,
        cell_reasons: Mapping[Address, str] | None = None,
        request: str = "",
    ) -> Done | Refusal:
        """Any step that changes no values. `revision` is the report's when its page was made."""
        raise NotImplementedError

    def decide_all(
        self, keys: Sequence[tuple[ReportKey, int]], action: Decision, act: Act
    ) -> tuple[Done | Refusal, ...]:
        """The same step on several reports, each by itself: one that is refused holds up no other."""
        raise NotImplementedError

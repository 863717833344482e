"""Reading reports: lists by right, one report with its history, two versions beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from compiler.periods import Period
from runtime.accounts import User
from runtime.reports import Refusal, ReportKey, Version
from runtime.storage.records import Difference, Page, ReportLine, ReportView
from runtime.workflow import State

Scope = Literal["owed", "received", "readable"]
"""owed: reports the user may fill in or send. received: those they may decide on. readable: all they may see."""


class Reading:
    """What may be read of reports. Lists are filtered by the rights that `accounts.permits` gives."""

    def page(
        self,
        viewer: User,
        scope: Scope,
        *,
        regime: str | None = None,
        period: Period | None = None,
        state: State | None = None,
        unit: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[ReportLine]:
        """Some of the reports in a scope: latest due day first, then regime and unit. `unit`: it and all below."""
        raise NotImplementedError

    def counts(
        self, viewer: User, scope: Scope, *, regime: str | None = None, period: Period | None = None
    ) -> Mapping[State, int]:
        """How many reports of a scope are in each state."""
        raise NotImplementedError

    def line(self, key: ReportKey) -> ReportLine | None:
        """One report as a line."""
        raise NotImplementedError

    def view(self, key: ReportKey) -> ReportView | None:
        """One report with its versions, history and files."""
        raise NotImplementedError

    def version(self, key: ReportKey, number: int) -> Version | None:
        """One version with its values and captures."""
        raise NotImplementedError

    def compare(self, key: ReportKey, before: int, after: int) -> tuple[Difference, ...] | Refusal:
        """What differs between two versions, in the order of the form."""
        raise NotImplementedError

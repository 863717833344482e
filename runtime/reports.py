"""Reports over time, in memory: who owes which, what was sent, and what each took over from earlier ones.

A report is assigned to a unit for a period; entered values are a draft until they are sent. Sending evaluates and
checks the draft, captures what it takes over from earlier reports, and freezes both into a numbered version that
never changes: a correction is a new version. Who may do what when is the table in `workflow.py`.

Captures: what `prior` and `last_year` read is live while a report is a draft and fixed when it is sent, with the
version it was read from. The source is that unit's report of the earlier period in its newest version, approved or
not; until that very version stands approved, the capture is *provisional*. When the source has moved on to another
value since, the capture is *stale*: a finding, never a silent change. An opening value may be entered only where the
earlier report was never assigned.

This is the meaning the database keeps; here it is held in dictionaries, and times are given by the caller. Summing
over units is `rollup.py`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.formula.evaluate import Evaluation
from compiler.frozen import canonical_bytes, sha256
from compiler.periods import Period
from compiler.template import template_hash
from compiler.values import Address, CaptureKey, Scalar, Values
from runtime.captures import (
    Capture,
    ReportKey,
    Source,
    Sources,
    captured_from,
    carried_over,
    entered_cells,
    openings_out_of_place,
    source_keys,
    with_captures,
)
from runtime.states import Contribution, Plan
from runtime.workflow import Action, State, transition

Check = Callable[[Values], tuple[Evaluation, tuple[Finding, ...]]]
"""Evaluates a report and finds what is wrong with it; a finding of severity error keeps it from being sent."""


@dataclass(frozen=True)
class Version:
    """What was sent once, for good. `values` are evaluated, with the captured ones in; `hash` covers them all."""

    number: int
    values: Values
    captures: Mapping[CaptureKey, Capture]
    as_of: date
    sent_at: datetime
    sent_by: str
    late: bool
    template: str
    hash: str


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and why where a reason is asked for."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a report's history. `version` is the newest one after the act; 0 before the first."""

    action: Action | Literal["assign", "attach"]
    act: Act
    state: State
    version: int


@dataclass(frozen=True)
class Report:
    """One assigned report as it stands. `left_out` holds the reason it is kept out of totals, "" when it is in."""

    key: ReportKey
    due: date
    as_of: date
    state: State = "draft"
    draft: Values = field(default_factory=Values)
    versions: tuple[Version, ...] = ()
    left_out: str = ""
    history: tuple[Event, ...] = ()

    @property
    def newest(self) -> Version | None:
        """The version sent last, whatever became of it."""
        return self.versions[-1] if self.versions else None

    @property
    def approved(self) -> Version | None:
        """The version that stands approved now."""
        return self.newest if self.state == "approved" else None

    @property
    def contribution(self) -> Contribution:
        """What the report is to the roll-up."""
        newest = self.newest
        if newest is None:
            return Contribution(self.key.unit, self.state, left_out=bool(self.left_out))
        return Contribution(
            unit=self.key.unit,
            standing=self.state,
            values=newest.values,
            version=newest.number,
            hash=newest.hash,
            as_of=newest.as_of,
            left_out=bool(self.left_out),
        )


@dataclass(frozen=True)
class Refusal:
    """Nothing was done. All reasons at once."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, code: str, **values: str) -> Refusal:
        """Nothing was done for one reason, an error."""
        return Refusal((Finding(code=code, severity="error", values=values),))


@dataclass(frozen=True)
class Regime:
    """A regime in force: its layout, how its reports roll up, and how they are checked when sent."""

    layout: Layout
    plan: Plan
    check: Check

    @classmethod
    def of(cls, layout: Layout, check: Check | None = None) -> Regime:
        """A regime with the checks that every reader of submissions makes."""
        if check is None:
            from renderers.validators import (
                Validator,
            )  # brings generated code: only where reports are checked

            check = Validator(layout).validate
        return cls(layout, Plan(layout), check)


class Reports:
    """All assigned reports of some regimes. Every method that may be refused says so in what it returns."""

    def __init__(self, regimes: Mapping[str, Regime]) -> None:
        self.regimes = regimes
        self._reports: dict[ReportKey, Report] = {}
        self._hashes = {name: template_hash(regime.layout.template) for name, regime in regimes.items()}

    def get(self, key: ReportKey) -> Report | None:
        """The report as it stands; None where none was assigned."""
        return self._reports.get(key)

    def of(self, regime: str, period: Period) -> tuple[Report, ...]:
        """All reports of a regime for a period, by unit code."""
        found = [each for key, each in self._reports.items() if (key.regime, key.period) == (regime, period)]
        return tuple(sorted(found, key=lambda report: report.key.unit))

    # -- acts ------------------------------------------------------------------------------------------------

    def assign(self, key: ReportKey, due: date, as_of: date, act: Act) -> Report | Refusal:
        """Make the unit owe the report by `due`. `as_of` is the day the data is of, the closing day as a rule."""
        if key in self._reports:
            return Refusal.of("already_assigned", unit=key.unit, period=key.period.code)
        types = self.regimes[key.regime].layout.template.period_types
        if key.period.type not in types:
            return Refusal.of("wrong_period", found=key.period.code, expected=", ".join(types))
        report = Report(key, due, as_of, history=(Event("assign", act, "draft", 0),))
        self._reports[key] = report
        return report

    def enter(self, key: ReportKey, values: Values, act: Act) -> Report | Refusal:
        """Put entered values in the place of the draft. Computed and captured ones are not taken from the unit."""
        report = self._step(key, "enter", act)
        if isinstance(report, Refusal):
            return report
        differences = self._openings_out_of_place(key, values)
        if differences:
            return Refusal(differences)
        draft = Values(self._entered(key, values), values.added, values.texts)
        return self._keep(replace(report, draft=draft), "enter", act)

    def send(self, key: ReportKey, act: Act) -> Report | Refusal:
        """Evaluate, check, capture and freeze the draft. Findings of severity error keep it a draft."""
        report = self._step(key, "send", act)
        if isinstance(report, Refusal):
            return report
        differences = self._openings_out_of_place(key, report.draft)
        if differences:
            return Refusal(differences)
        captures = self.captures(key)
        evaluation, findings = self.regimes[key.regime].check(with_captures(report.draft, captures))
        errors = tuple(finding for finding in findings if finding.severity == "error")
        if errors:
            return Refusal(errors)
        number = len(report.versions) + 1
        # Checking may leave out captures that only rolling up needs: they are kept all the same.
        values = with_captures(evaluation.values, captures)
        version = Version(
            number=number,
            values=values,
            captures=captures,
            as_of=report.as_of,
            sent_at=act.at,
            sent_by=act.by,
            late=act.at.date() > report.due,
            template=self._hashes[key.regime],
            hash=version_hash(key, number, report.as_of, self._hashes[key.regime], values),
        )
        return self._keep(replace(report, versions=(*report.versions, version)), "send", act)

    def act(
        self,
        key: ReportKey,
        action: Literal["recall", "return", "approve", "ask", "refuse", "leave_out", "take_in"],
        act: Act,
    ) -> Report | Refusal:
        """Any step that changes no values."""
        report = self._step(key, action, act)
        if isinstance(report, Refusal):
            return report
        match action:
            case "leave_out":
                report = replace(report, left_out=act.reason)
            case "take_in":
                report = replace(report, left_out="")
            case _:
                pass
        return self._keep(report, action, act)

    def _step(self, key: ReportKey, action: Action, act: Act) -> Report | Refusal:
        report = self._reports.get(key)
        if report is None:
            return Refusal.of("not_assigned", unit=key.unit, period=key.period.code)
        row = transition(report.state, action)
        if row is None:
            return Refusal.of("not_allowed_now", action=action, state=report.state)
        if row.needs_reason and not act.reason.strip():
            return Refusal.of("reason_required", action=action)
        return report

    def _keep(self, report: Report, action: Action, act: Act) -> Report:
        row = transition(report.state, action)
        assert row is not None  # `_step` has let it through
        event = Event(action, act, row.target, len(report.versions))
        report = replace(report, state=row.target, history=(*report.history, event))
        self._reports[report.key] = report
        return report

    # -- captures --------------------------------------------------------------------------------------------

    def captures(self, key: ReportKey) -> Mapping[CaptureKey, Capture]:
        """What the report would take over now. Nothing where the earlier report was never assigned."""
        return captured_from(self.regimes[key.regime].plan, self._sources(key))

    def live(self, key: ReportKey) -> tuple[Evaluation, tuple[Finding, ...]]:
        """The draft evaluated and checked as it would be if sent now. KeyError where nothing was assigned."""
        report = self._reports[key]
        return self.regimes[key.regime].check(with_captures(report.draft, self.captures(key)))

    def carried_over(self, key: ReportKey) -> tuple[Finding, ...]:
        """What is to be said of the newest version's captures: provisional ones and stale ones, by cell.

        A capture whose source has sent another version with the same value is neither.
        """
        newest = self._reports[key].newest
        if newest is None:
            return ()
        layout = self.regimes[key.regime].layout
        return carried_over(layout, newest.values, newest.captures, self.captures(key))

    def _sources(self, key: ReportKey) -> Sources:
        found: dict[str, tuple[Source, ...]] = {}
        for origin, keys in source_keys(key, self.regimes[key.regime].plan).items():
            reports = [self._reports[each] for each in keys if each in self._reports]
            if reports:
                found[origin] = tuple(_source(report) for report in reports)
        return Sources(key, found)

    def _openings_out_of_place(self, key: ReportKey, values: Values) -> tuple[Finding, ...]:
        return openings_out_of_place(self.regimes[key.regime].layout, values, self.captures(key))

    def _entered(self, key: ReportKey, values: Values) -> dict[Address, Scalar]:
        return entered_cells(self.regimes[key.regime].layout, values, self.captures(key))


def _source(report: Report) -> Source:
    newest = report.newest
    if newest is None:
        return Source(report.key, report.state)
    return Source(report.key, report.state, newest.number, newest.hash, newest.values.cells)


def version_hash(key: ReportKey, number: int, as_of: date, template: str, values: Values) -> str:
    """SHA-256 over all that a version says, in canonical form: equal versions have equal hashes."""
    return sha256(version_bytes(key, number, as_of, template, values))


def version_bytes(key: ReportKey, number: int, as_of: date, template: str, values: Values) -> bytes:
    """The canonical JSON that `version_hash` is the hash of."""
    before = {
        "added": sorted([*group, [dict(row) for row in rows]] for group, rows in values.added.items()),
        "as_of": as_of.isoformat(),
        "captured": sorted(
            [function, *address, value] for (function, address), value in values.captured.items()
        ),
    }
    after = {
        "number": number,
        "period": key.period.code,
        "regime": key.regime,
        "template": template,
        "texts": dict(values.texts),
        "unit": key.unit,
    }
    # Cells are most of it, under the same addresses in every report: what is sorted by name stands around them.
    cells = ",".join(_cell(address, value) for address, value in sorted(values.cells.items()))
    middle = f',"cells":[{cells}],'.encode()
    return canonical_bytes(before)[:-1] + middle + canonical_bytes(after)[1:]


def _cell(address: Address, value: Scalar) -> str:
    """`[table, row, column, value]` in canonical JSON."""
    written = str(value) if type(value) is int else canonical_bytes(value).decode()
    return f"{_address(address)}{written}]"


@lru_cache(maxsize=100_000)
def _address(address: Address) -> str:
    return canonical_bytes(list(address)).decode()[:-1] + ","


__all__ = [
    "Act",
    "Capture",
    "Check",
    "Event",
    "Refusal",
    "Regime",
    "Report",
    "ReportKey",
    "Reports",
    "Version",
    "version_bytes",
    "version_hash",
]

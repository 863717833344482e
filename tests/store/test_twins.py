"""The store against the reports in memory, step by step: the same acts, the same states, versions, hashes and totals.

The histories are those of `tests/runtime/test_machine.py`, which holds the memory against a naive model of its own.
"""

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.template import Template
from compiler.values import Values
from runtime.accounts import Limits
from runtime.calendar import WorkingDays
from runtime.reports import Act, Refusal, Regime, Report, ReportKey, Reports
from runtime.states import Plan
from runtime.storage.database import Database
from runtime.storage.records import Done, Draft, HandedOut, LoadedUnits, PublishedTemplate, Sent
from runtime.storage.rounds import DataCalendar
from runtime.store import Store
from tests.runtime.conftest import every_rule
from tests.runtime.test_machine import DUE, TREE, Histories
from tests.store.making import SEAL_KEY


class _DueOnOneDay(DataCalendar):
    def due(self, template: Template, level: str, closes: date) -> date:
        return DUE


class Twins(Reports):
    """Reports in memory whose every act is played on a store as well, and must come out alike there."""

    def __init__(self, regime: Regime, store: Store) -> None:
        super().__init__({"thu_nghiem": regime})
        self.store = store
        self.clicks = 0

    def assign(self, key: ReportKey, due: date, as_of: date, act: Act) -> Report | Refusal:
        result = super().assign(key, due, as_of, act)
        handed_out = self.store.rounds.assign(key.regime, key.period, act, only={key.unit})
        assert isinstance(handed_out, HandedOut)
        assert handed_out.new == (not isinstance(result, Refusal))
        return result

    def enter(self, key: ReportKey, values: Values, act: Act) -> Report | Refusal:
        result = super().enter(key, values, act)
        draft = self.store.desk.draft(key)
        kept = self.store.desk.save_draft(key, values, 0 if draft is None else draft.revision, act)
        if isinstance(result, Refusal):
            assert isinstance(kept, Refusal)
            assert kept.findings == result.findings
        else:
            assert isinstance(kept, Draft)
            assert kept.values == result.draft
        return result

    def send(self, key: ReportKey, act: Act) -> Report | Refusal:
        result = super().send(key, act)
        draft = self.store.desk.draft(key)
        self.clicks += 1
        revision, click = 0 if draft is None else draft.revision, str(self.clicks)
        kept = self.store.desk.send(key, revision, act, click)
        if isinstance(result, Refusal):
            assert isinstance(kept, Refusal)
            assert kept.findings == result.findings
        else:
            assert isinstance(kept, Sent)
            assert kept.version == result.newest
            again = self.store.desk.send(key, revision, act, click)
            assert isinstance(again, Sent)
            assert (again.repeated, again.version) == (True, kept.version)
        return result

    def act(self, key: ReportKey, action, act: Act) -> Report | Refusal:
        result = super().act(key, action, act)
        line = self.store.reports.line(key)
        kept = self.store.desk.decide(key, action, 0 if line is None else line.revision, act)
        if isinstance(result, Refusal):
            assert isinstance(kept, Refusal)
            assert kept.findings == result.findings
        else:
            assert isinstance(kept, Done)
            assert kept.line.state == result.state
        return result


class TwinHistories(Histories):
    """The histories, played on both."""

    path: Path
    number = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).number += 1
        layout, plan = self.layout, self.plan

        def check(values: Values) -> tuple[Evaluation, tuple[()]]:
            return evaluate_report(layout, values), ()

        regime = Regime(layout, plan, check)
        database = Database(f"sqlite:///{self.path / f'{type(self).number}.db'}")
        calendar = _DueOnOneDay(WorkingDays(), {})
        self.store = Store(database, SEAL_KEY, Limits(), calendar, lambda _: regime)
        self.store.upgrade()
        units = "".join(f"{u.code},{u.parent or ''},{u.level},,{u.name}\n" for u in TREE.units)
        act = Act("quan.tri", self.clock)
        loaded = self.store.units.load(f"code,parent,level,kind,name\n{units}".encode(), act)
        assert isinstance(loaded, LoadedUnits)
        published = self.store.templates.publish(layout.template, act, date(2025, 1, 1))
        assert isinstance(published, PublishedTemplate)
        self.reports = Twins(regime, self.store)
        self.changed: set[ReportKey] = set()

    def teardown(self) -> None:
        assert self.store.log.seal(self.clock) is not None
        assert self.store.log.verify() == ()
        self.store.close()

    def follow(self, key: ReportKey) -> None:
        super().follow(key)
        self.changed.add(key)

    @invariant()
    def the_store_says_the_same(self) -> None:
        for key in sorted(self.changed, key=lambda key: (key.unit, key.period.code)):
            self.agree_on_report(key)
        for period in sorted({key.period for key in self.changed}, key=lambda period: period.code):
            assert self.store.totals.rebuild("thu_nghiem", period) == ()
            below = {unit for key in self.known if key.period == period for unit in self.upwards(key.unit)}
            for unit in TREE.subtree("T"):
                total = self.store.totals.total("thu_nghiem", period, unit)
                assert (total is None) == (unit not in below)
                if total is not None:
                    assert total == self.rolled[period].total(unit)
        self.changed.clear()

    def upwards(self, unit: str) -> tuple[str, ...]:
        return (unit, *TREE.ancestors(unit))

    def agree_on_report(self, key: ReportKey) -> None:
        report = self.reports.get(key)
        view = self.store.reports.view(key)
        if report is None:
            assert view is None
            return
        assert view is not None
        line = view.line
        assert (line.state, line.left_out) == (report.state, report.left_out)
        assert (line.due, line.as_of, line.version) == (report.due, report.as_of, len(report.versions))
        assert [version.hash for version in view.versions] == [version.hash for version in report.versions]
        for version in report.versions:
            assert self.store.reports.version(key, version.number) == version
        draft = self.store.desk.draft(key)
        assert draft is not None
        assert draft.values == report.draft
        assert self.store.desk.captures(key) == self.reports.captures(key)
        assert self.store.desk.carried_over(key) == self.reports.carried_over(key)
        told = [event for event in report.history if event.action != "enter"]
        entries = [entry for entry in view.history if entry.action != "enter"]
        assert [(e.action, e.act, e.state, e.version) for e in entries] == [
            (e.action, e.act, e.state, e.version) for e in told
        ]
        entered = any(event.action == "enter" for event in report.history)
        assert any(entry.action == "enter" for entry in view.history) == entered


def test_store_and_memory_are_twins(tmp_path: Path) -> None:
    # The model's P1 has a report of its own: provinces fill the form in too.
    template = every_rule().model_copy(update={"filled_by": ("commune", "province"), "goes_to": "country"})
    layout = Layout(template)
    machine = type("Machine", (TwinHistories,), {"layout": layout, "plan": Plan(layout), "path": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.large_base_example,
            ],
        ),
    )

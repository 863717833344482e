"""Many files into the drafts of one round: each into its unit's report, or none of them while any has errors.

What a file must be is `intake.py`'s matter, and what may be done to a report `desk.py`'s. A file is taken where its
unit owes the report, whoever brings it may enter it, and it has no errors. Taken one by one, an act that is refused
after another succeeded would leave half of them: where all are wanted, the drafts that were there are put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from compiler.findings import Finding, Place
from compiler.periods import Period
from compiler.values import CaptureKey, Values
from runtime.bulk import Incoming, Outcome, one_each, readers
from runtime.intake import CheckedReport, Expected, RefusedFile
from runtime.reports import Act, Refusal, ReportKey
from runtime.store import Store
from runtime.workflow import transition

Mode = Literal["all", "each"]
"""all: none is saved while any file has errors. each: a file with errors holds up no other."""

Fate = Literal["saved", "held_back", "refused"]

_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@dataclass(frozen=True)
class TakenFile:
    """What became of one file; `unit` is "" where the file doesn't say. Findings as far as there are any."""

    name: str
    unit: str
    fate: Fate
    findings: tuple[Finding, ...]

    def count(self, severity: str) -> int:
        """How many findings of a severity there are."""
        return sum(finding.severity == severity for finding in self.findings)


def take_in(
    store: Store,
    regime: str,
    period: Period,
    files: Iterable[Incoming],
    act: Act,
    mode: Mode,
    may_enter: Callable[[str], bool] = lambda _: True,
) -> tuple[TakenFile, ...] | None:
    """Read files and keep them as drafts, in the order given. None where no such round was handed out."""
    handed_out = store.rounds.get(regime, period)
    if handed_out is None:
        return None
    layout = store.templates.regime(handed_out.template).layout

    def captured(unit: str) -> Mapping[CaptureKey, int | None]:
        found = store.desk.captures(ReportKey(regime, unit, period))
        return {capture: taken.value for capture, taken in found.items()}

    expected = Expected(
        period=period,
        captured_of=captured,
        editions=lambda earlier: store.templates.lineage(earlier, handed_out.template),
    )
    kept: dict[str, bytes] = {}

    def remembered() -> Iterable[Incoming]:
        for file in files:
            kept[file.name] = file.data
            yield file

    with readers(layout, 1) as ready:
        outcomes = [
            _allowed(store, ReportKey(regime, _unit(each), period), each, may_enter)
            for each in one_each(tuple(ready.read(remembered(), expected)))
        ]
    if mode == "all" and not all(each.taken for each in outcomes):
        return tuple(_told(each, "held_back" if each.taken else "refused") for each in outcomes)
    done: list[tuple[ReportKey, Values]] = []
    told: list[TakenFile] = []
    for each in outcomes:
        if not isinstance(each.result, CheckedReport):
            told.append(_told(each, "refused"))
            continue
        key = ReportKey(regime, each.result.unit, period)
        before = store.desk.draft(key)
        saved = (
            None if before is None else store.desk.save_draft(key, each.result.entered, before.revision, act)
        )
        if before is None or isinstance(saved, Refusal) or saved is None:
            refusal = saved.findings if isinstance(saved, Refusal) else _not_assigned(key)
            told.append(TakenFile(each.name, key.unit, "refused", refusal))
            if mode == "all":
                _put_back(store, done, act)
                return _all_held_back(outcomes, told[-1])
            continue
        done.append((key, before.values))
        store.files.attach(
            key, "workbook", each.name[-200:], _MEDIA[each.result.kind], kept[each.name], 0, act
        )
        told.append(_told(each, "saved"))
    return tuple(told)


def _unit(outcome: Outcome) -> str:
    return outcome.result.unit


def _allowed(store: Store, key: ReportKey, outcome: Outcome, may_enter: Callable[[str], bool]) -> Outcome:
    """The outcome, refused where the report is not to be entered, or not by whoever brings it."""
    if not isinstance(outcome.result, CheckedReport):
        return outcome
    line = store.reports.line(key)
    if line is None or not may_enter(key.unit):
        # Whoever has no right over a unit is not told whether it owes a report.
        problem = (
            _error("unit_not_yours", unit=key.unit[:40]) if not may_enter(key.unit) else _not_assigned(key)[0]
        )
    elif transition(line.state, "enter") is None:
        problem = _error("not_allowed_now", action="enter", state=line.state)
    else:
        return outcome
    return Outcome(outcome.name, RefusedFile((problem,), outcome.result.kind, key.unit, key.period.code))


def _put_back(store: Store, done: list[tuple[ReportKey, Values]], act: Act) -> None:
    for key, values in done:
        draft = store.desk.draft(key)
        if draft is not None:
            store.desk.save_draft(key, values, draft.revision, act)


def _all_held_back(outcomes: list[Outcome], refused: TakenFile) -> tuple[TakenFile, ...]:
    return tuple(refused if each.name == refused.name else _told(each, "held_back") for each in outcomes)


def _told(outcome: Outcome, fate: Fate) -> TakenFile:
    more = (_error("held_back"),) if fate == "held_back" else ()
    return TakenFile(outcome.name, _unit(outcome), fate, (*more, *outcome.result.findings))


def _not_assigned(key: ReportKey) -> tuple[Finding, ...]:
    return (_error("not_assigned", unit=key.unit[:40], period=key.period.code),)


def _error(code: str, **values: str) -> Finding:
    return Finding(code=code, severity="error", place=Place(), values=values)

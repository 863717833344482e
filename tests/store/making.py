"""What the tests of the store are made of: units, a form, reports that can be sent, acts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from compiler.cells import Layout
from compiler.package import Library
from compiler.periods import Period
from compiler.template import Template
from compiler.values import Address, Values
from runtime.demonstration import made_reports
from runtime.reports import Act, ReportKey
from runtime.storage.records import Done, Draft, HandedOut, LoadedUnits, PublishedTemplate, Sent
from runtime.store import Store
from runtime.units import units_of_vietnam

ROOT = Path(__file__).parents[2]
SEAL_KEY = b"a secret of the tests, 32 bytes long"
AT = datetime(2026, 9, 15, 8, tzinfo=UTC)
Q2, Q3 = Period("quarter", 2026, 2), Period("quarter", 2026, 3)
REGIME = "kstt_quy"

UNITS = """code,parent,level,kind,name,valid_from,valid_until
VN,,country,quốc gia,Việt Nam,,
51,VN,province,tỉnh,Quảng Ngãi,,
21025,51,commune,xã,Xã Một,,
21028,51,commune,xã,Xã Hai,,
21034,51,commune,xã,Xã Ba,,
48,VN,province,thành phố,Đà Nẵng,,
20194,48,commune,phường,Phường Bốn,,
""".encode()


@cache
def form() -> Template:
    """Form II.06a as shipped, of more than 200 cells."""
    package = Library().load(ROOT / "templates_library/vpcp/kstt")
    assert not package.compilation.failed
    return next(each.template for each in package.compilation.regimes if each.template.regime == REGIME)


def act(by: str = "can.bo", reason: str = "", at: datetime = AT) -> Act:
    return Act(by, at, reason)


def key(unit: str = "21025", period: Period = Q3) -> ReportKey:
    return ReportKey(REGIME, unit, period)


@cache
def report(seed: int = 1) -> Values:
    """A report in balance of a unit without a past: its opening values are entered."""
    commune = next(unit for unit in units_of_vietnam().of_level("commune") if unit.code == "21025")
    made = next(made_reports(Layout(form()), (commune,), seed))
    openings = {
        Address("b06a", capture.address.row, "c6"): value
        for capture, value in made.values.captured.items()
        if capture.function == "prior" and value is not None
    }
    return Values({**made.values.cells, **openings}, made.values.added, made.values.texts)


def open_round(store: Store, period: Period = Q3, units: bytes = UNITS) -> None:
    """Units loaded, the form in force, the period handed out."""
    assert isinstance(store.units.load(units, act("quan.tri")), LoadedUnits)
    assert isinstance(store.templates.publish(form(), act("quan.tri"), date(2026, 1, 1)), PublishedTemplate)
    assert isinstance(store.rounds.assign(REGIME, period, act("quan.tri")), HandedOut)


def saved(store: Store, which: ReportKey, values: Values, by: str = "can.bo") -> Draft:
    draft = store.desk.draft(which)
    assert draft is not None
    made = store.desk.save_draft(which, values, draft.revision, act(by))
    assert isinstance(made, Draft), made
    return made


def sent(store: Store, which: ReportKey, values: Values | None = None, request: str = "") -> Sent:
    draft = saved(store, which, report() if values is None else values)
    made = store.desk.send(which, draft.revision, act("lanh.dao"), request)
    assert isinstance(made, Sent), made
    return made


def approved(store: Store, which: ReportKey, values: Values | None = None) -> Done:
    revision = sent(store, which, values).line.revision
    made = store.desk.decide(which, "approve", revision, act("tinh"))
    assert isinstance(made, Done), made
    return made

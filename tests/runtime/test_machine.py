"""Reports, captures and totals against a naive model, after every step of random histories.

The model keeps lists and adds them up with loops; it knows the test's one regime by heart and nothing of states, lanes
or layouts. After each step the incremental roll-up must equal the one built from nothing, both must equal the model's
totals at every level of the tree, and captures and what is stale must be the model's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation, evaluate_report
from compiler.periods import Period
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from runtime.reports import Act, Refusal, Regime, Report, ReportKey, Reports, version_hash
from runtime.rollup import RollUp, Total
from runtime.states import Plan
from runtime.units import Unit, UnitTree
from runtime.workflow import Action

TREE = UnitTree(
    Unit(code, parent, level, "", f"Đơn vị {code}")
    for code, parent, level in (
        ("T", None, "country"),
        ("P1", "T", "province"),
        ("P2", "T", "province"),
        ("a", "P1", "commune"),
        ("b", "P1", "commune"),
        ("c", "P1", "commune"),
        ("d", "P2", "commune"),
    )
)
UNITS = ("a", "b", "c", "d", "P1")  # P1 has a report of its own, beside those below it
PERIODS = (Period("quarter", 2025, 2), *(Period("quarter", 2026, number) for number in (1, 2)))
"""2026-Q2 follows 2026-Q1 and comes a year after 2025-Q2."""
DUE = date(2026, 12, 1)
ROWS = ("mot", "hai")
ENTERED = ("vao", "ra", "tuoi", "trung_binh", "nho_nhat", "lon_nhat", "so_don_vi", "moi_nhat", "rieng")
OPENINGS = ("dau", "tuoi_truoc")
LEGAL: Mapping[Action, tuple[set[str], str | None]] = {
    "enter": ({"draft", "returned"}, None),
    "send": ({"draft", "returned"}, "sent"),
    "recall": ({"sent"}, "draft"),
    "return": ({"sent"}, "returned"),
    "approve": ({"sent"}, "approved"),
    "ask": ({"approved"}, None),
    "refuse": ({"approved"}, "returned"),
    "leave_out": ({"draft", "sent", "returned", "approved"}, None),
    "take_in": ({"draft", "sent", "returned", "approved"}, None),
}


def at(row: str, column: str) -> Address:
    return Address("so_lieu", row, column)


NUMBERS = st.integers(-3, 12) | st.sampled_from((10**15 - 1, 1 - 10**15, 10**12, 0))
ADDED = st.fixed_dictionaries(
    {},
    optional={
        "ten": st.sampled_from(("A", "a", "Dự án", "Dự  án ", "Du\u031b\u0323 a\u0301n")),
        "loai": st.sampled_from(("x", "y")),
        "nam": st.integers(0, 5),
        "nu": st.integers(0, 5),
    },
)
ENTRIES = st.dictionaries(
    st.builds(at, st.sampled_from(ROWS), st.sampled_from(ENTERED)), NUMBERS, min_size=4, max_size=18
)
OPENING_ENTRIES = st.dictionaries(
    st.builds(at, st.sampled_from(ROWS), st.sampled_from(OPENINGS)), st.integers(0, 9), max_size=1
)
ROWS_ADDED = st.dictionaries(
    st.sampled_from((GroupKey("danh_sach", "du_an"), GroupKey("danh_sach", "nganh"))),
    st.lists(ADDED, max_size=3).map(tuple),
)


# -- the naive model -----------------------------------------------------------------------------------------


@dataclass
class Sent:
    cells: Mapping[Address, Scalar]
    added: Mapping[GroupKey, Sequence[Mapping[str, Scalar]]]
    texts: Mapping[str, str]
    captured: dict[CaptureKey, int | None]
    versions: dict[CaptureKey, int]


@dataclass
class Known:
    """One assigned report as the model knows it."""

    state: str = "draft"
    draft: Values = field(default_factory=Values)
    sent: list[Sent] = field(default_factory=list)
    left_out: bool = False

    @property
    def summed(self) -> Sent | None:
        return self.sent[-1] if self.state == "approved" and not self.left_out else None


def plus(values: Iterable[Scalar | None]) -> int | None:
    present = [value for value in values if isinstance(value, int)]
    return sum(present) if present else None


def rounded(number: Fraction) -> int:
    whole, rest = divmod(abs(number), 1)
    magnitude = int(whole) + (rest >= Fraction(1, 2))
    return -magnitude if number < 0 else magnitude


def quotient(part: int | None, whole: int | None, scale: int) -> int | None:
    return rounded(Fraction(part, whole) * 10**scale) if part is not None and whole else None


def weighted(pairs: Iterable[tuple[Scalar | None, Scalar | None]]) -> int | None:
    complete = [(x, w) for x, w in pairs if isinstance(x, int) and isinstance(w, int)]
    weight = sum(w for _, w in complete)
    return rounded(Fraction(sum(x * w for x, w in complete), weight)) if weight else None


def taken(
    sent: Sent, row: str, source: str, carried: str | None = None, function: str = "prior"
) -> int | None:
    """What a report took over: captured, else the opening value."""
    key = CaptureKey("prior" if function == "prior" else "last_year", at(row, source))
    if key in sent.captured:
        return sent.captured[key]
    opening = sent.cells.get(at(row, carried)) if carried else None
    return opening if isinstance(opening, int) else None


def expected_cells(reports: Sequence[tuple[str, Sent]]) -> dict[Address, Scalar]:
    """Every static cell of a total, added up by hand."""
    total: dict[Address, Scalar | None] = {}

    def column(row: str, name: str) -> list[Scalar | None]:
        return [sent.cells.get(at(row, name)) for _, sent in reports]

    for row in (*ROWS, "tong"):
        for name in ("vao", "ra", "cong", "cuoi", "tong_tich"):
            total[at(row, name)] = plus(column(row, name))
        vao, ra = plus(column(row, "vao")), plus(column(row, "ra"))
        total[at(row, "ty_le")] = quotient(vao, plus(column(row, "cong")), 4)
        total[at(row, "tich")] = vao * ra if vao is not None and ra is not None else None
        earlier = plus(taken(sent, row, "vao", function="last_year") for _, sent in reports)
        total[at(row, "tang")] = quotient(vao, earlier, 1)
        before = [plus(taken(sent, row, name) for _, sent in reports) for name in ("vao", "cong")]
        total[at(row, "ty_le_truoc")] = quotient(before[0], before[1], 4)
    total[at("tong", "dau")] = plus(column("tong", "dau"))
    for row in ROWS:
        total[at(row, "dau")] = plus(taken(sent, row, "cuoi", "dau") for _, sent in reports)
        total[at(row, "tuoi")] = weighted(zip(column(row, "tuoi"), column(row, "ra"), strict=True))
        total[at(row, "tuoi_truoc")] = weighted(
            (taken(sent, row, "tuoi", "tuoi_truoc"), taken(sent, row, "ra")) for _, sent in reports
        )
        mean = [value for value in column(row, "trung_binh") if isinstance(value, int)]
        total[at(row, "trung_binh")] = rounded(Fraction(sum(mean), len(mean))) if mean else None
        total[at(row, "nho_nhat")] = min(
            (v for v in column(row, "nho_nhat") if isinstance(v, int)), default=None
        )
        total[at(row, "lon_nhat")] = max(
            (v for v in column(row, "lon_nhat") if isinstance(v, int)), default=None
        )
        total[at(row, "so_don_vi")] = sum(value is not None for value in column(row, "so_don_vi"))
        newest = [value for value in column(row, "moi_nhat") if value is not None]
        total[at(row, "moi_nhat")] = newest[-1] if newest else None  # one day for all: the greatest unit code
    for name in ("nam", "nu", "chung"):
        address = Address("danh_sach", "cong_du_an", name)
        total[address] = plus(sent.cells.get(address) for _, sent in reports)
    return {address: value for address, value in total.items() if value is not None}


# -- the machine ---------------------------------------------------------------------------------------------


class Histories(RuleBasedStateMachine):
    """Random acts on reports of five units over three quarters."""

    layout: Layout
    plan: Plan

    def __init__(self) -> None:
        super().__init__()
        layout = self.layout

        def check(values: Values) -> tuple[Evaluation, tuple[()]]:
            return evaluate_report(layout, values), ()

        self.reports = Reports({"thu_nghiem": Regime(layout, self.plan, check)})
        self.rolled = {period: RollUp(self.plan, TREE, "T") for period in PERIODS}
        self.known: dict[ReportKey, Known] = {}
        self.hashes: dict[tuple[ReportKey, int], str] = {}
        self.touched: set[Period] = set()
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)

    def act(self, reason: str = "") -> Act:
        self.clock += timedelta(hours=1)
        return Act("ai đó", self.clock, reason)

    @initialize(missing=st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(PERIODS)), max_size=4))
    def most_are_assigned(self, missing):
        for unit in UNITS:
            for period in PERIODS:
                if (unit, period) not in missing:
                    self.assign(unit, period)

    @rule(
        period=st.sampled_from(PERIODS),
        several=st.lists(st.tuples(st.sampled_from(UNITS), ENTRIES, ROWS_ADDED), min_size=2, max_size=5),
        last=st.sampled_from(("approve", "approve", "ask", "return")),
    )
    def several_units_report(self, period, several, last):
        """Whatever state each is in: refused first where it stands approved, so that this is also how they correct."""
        for unit, entries, added in several:
            self.step(unit, period, "refuse", "sai số", late=False)
            self.enter(unit, period, entries, {}, added, unit, ("send", "approve"))
        self.step(unit, period, last, "xem lại", late=False)

    @rule(unit=st.sampled_from(UNITS), period=st.sampled_from(PERIODS))
    def assign(self, unit, period):
        key = ReportKey("thu_nghiem", unit, period)
        result = self.reports.assign(key, DUE, date(period.year, 3 * period.number, 14), self.act())
        assert isinstance(result, Refusal) == (key in self.known)
        if key not in self.known:
            self.known[key] = Known()
        self.follow(key)

    @rule(
        unit=st.sampled_from(UNITS),
        period=st.sampled_from(PERIODS),
        entries=ENTRIES,
        openings=OPENING_ENTRIES,
        added=ROWS_ADDED,
        text=st.sampled_from(("", "tốt", "khá")),
        further=st.sampled_from((("send", "approve"), ("send",), ())),
    )
    def enter(self, unit, period, entries, openings, added, text, further):
        """Entering, and as a rule what follows it: most histories would otherwise never come to a total."""
        key = ReportKey("thu_nghiem", unit, period)
        captured = self.captured_now(key)
        allowed = {
            address: value
            for address, value in openings.items()
            if captured.get(
                CaptureKey("prior", at(address.row, {"dau": "cuoi"}.get(address.column, "tuoi"))), value
            )
            == value
        }
        report = self.known.get(key)
        values = Values({**entries, **openings}, added, {"nhan_xet": text} if text else {})
        result = self.reports.enter(key, values, self.act())
        legal = report is not None and report.state in LEGAL["enter"][0]
        assert isinstance(result, Report) == (legal and allowed == openings)
        if report is not None and isinstance(result, Report):
            kept = {
                address: value
                for address, value in openings.items()
                if CaptureKey("prior", at(address.row, {"dau": "cuoi"}.get(address.column, "tuoi")))
                not in captured
            }
            report.draft = Values({**entries, **kept}, added, values.texts)
        self.follow(key)
        for action in further:
            self.step(unit, period, action, "được", late=False)

    @rule(data=st.data())
    def a_legal_step(self, data):
        """Any step is tried below, mostly in vain; here only what the state allows, some of it a good while later."""
        keys = sorted(self.known, key=lambda key: (key.unit, key.period.code))
        key = data.draw(st.sampled_from([key for key in keys if self.known[key].state != "draft"] or keys))
        state = self.known[key].state
        steps = sorted(
            action for action, (states, _) in LEGAL.items() if state in states and action != "enter"
        )
        self.step(
            key.unit, key.period, data.draw(st.sampled_from(steps)), "lý do", late=data.draw(st.booleans())
        )

    @rule(
        unit=st.sampled_from(UNITS),
        period=st.sampled_from(PERIODS),
        action=st.sampled_from(sorted(set(LEGAL) - {"enter"})),
        reason=st.sampled_from(("sai số", "sai số", " ")),
        late=st.booleans(),
    )
    def step(self, unit, period, action, reason, late):
        key = ReportKey("thu_nghiem", unit, period)
        report = self.known.get(key)
        if late and self.clock.date() <= DUE:
            self.clock = datetime(DUE.year, DUE.month, DUE.day + 1, tzinfo=UTC)
        legal = report is not None and report.state in LEGAL[action][0]
        reasoned = reason.strip() != "" or action not in {"return", "ask", "refuse", "leave_out"}
        captured = self.captured_now(key)
        act = self.act(reason)
        if action == "send":
            unclear = report is not None and any(
                CaptureKey("prior", at(row, source)) in captured
                and at(row, carried) in report.draft.cells
                and report.draft.cells[at(row, carried)] != captured[CaptureKey("prior", at(row, source))]
                for row in ROWS
                for carried, source in (("dau", "cuoi"), ("tuoi_truoc", "tuoi"))
            )
            result = self.reports.send(key, act)
            assert isinstance(result, Report) == (legal and not unclear)
        else:
            result = self.reports.act(key, action, act)
            assert isinstance(result, Report) == (legal and reasoned)
        if report is not None and isinstance(result, Report):
            report.state = LEGAL[action][1] or report.state
            report.left_out = {"leave_out": True, "take_in": False}.get(action, report.left_out)
            if action == "send":
                assert result.newest is not None
                assert result.newest.late == (act.at.date() > DUE)
                evaluated = evaluate_report(
                    self.layout, Values(report.draft.cells, report.draft.added, report.draft.texts, captured)
                ).values
                versions = {capture: self.version_now(key, capture) for capture in captured}
                report.sent.append(
                    Sent(evaluated.cells, evaluated.added, evaluated.texts, captured, versions)
                )
        self.follow(key)

    def follow(self, key: ReportKey) -> None:
        """Tell the roll-up what has become of the report."""
        report = self.reports.get(key)
        if report is not None:
            self.rolled[key.period].put(report.contribution)
        self.touched.add(key.period)

    def source(self, key: ReportKey, capture: CaptureKey) -> Known | None:
        """The model's own idea of the earlier report."""
        q1, q2 = Period("quarter", 2026, 1), Period("quarter", 2026, 2)
        earlier = {("prior", q2): q1, ("last_year", q2): Period("quarter", 2025, 2)}.get(
            (capture.function, key.period)
        )
        return None if earlier is None else self.known.get(key._replace(period=earlier))

    def captured_now(self, key: ReportKey) -> dict[CaptureKey, int | None]:
        captured: dict[CaptureKey, int | None] = {}
        for capture in self.plan.slots.captures:
            source = self.source(key, capture)
            if source is not None:
                held = source.sent[-1].cells.get(capture.address) if source.sent else None
                captured[capture] = held if isinstance(held, int) else None
        return captured

    def version_now(self, key: ReportKey, capture: CaptureKey) -> int:
        source = self.source(key, capture)
        return len(source.sent) if source is not None else 0

    # -- what must hold after every step -----------------------------------------------------------------------

    @invariant()
    def incremental_equals_rebuilt_equals_the_model(self):
        for period in sorted(self.touched, key=lambda period: period.code):
            rolled = self.rolled[period]
            reports = self.reports.of("thu_nghiem", period)
            rebuilt = RollUp.of(self.plan, TREE, "T", [report.contribution for report in reports])
            for unit in TREE.subtree("T"):
                assert rolled.state(unit) == rebuilt.state(unit)
                total = rolled.total(unit)
                assert total == rebuilt.total(unit)
                self.agree(total, unit, period)
        self.touched.clear()

    def agree(self, total: Total, unit: str, period: Period) -> None:
        below = {code for code in UNITS if code == unit or unit in TREE.ancestors(code)}
        known = {
            key.unit: each for key, each in self.known.items() if key.period == period and key.unit in below
        }
        summed = [(code, sent) for code in sorted(known) if (sent := known[code].summed) is not None]
        assert total.values.cells == expected_cells(summed)
        states = [each.state for each in known.values()]
        coverage = total.coverage
        assert (coverage.due, coverage.approved) == (len(known), states.count("approved"))
        assert coverage.received == states.count("sent") + states.count("approved")
        assert coverage.left_out == sum(each.left_out for each in known.values())
        assert coverage.included == len(summed)
        assert [each.unit for each in total.not_included] == sorted(set(known) - {code for code, _ in summed})
        for address, count in total.counts.items():
            assert count == sum(address in sent.cells for _, sent in summed)
        assert total.gathered.texts["nhan_xet"] == tuple(
            (code, sent.texts["nhan_xet"]) for code, sent in summed if sent.texts.get("nhan_xet")
        )
        self.agree_on_rows(total, summed)
        failed = {
            (each.finding.check, each.finding.place.row) for each in total.findings if each.finding.check
        }
        for row in (*ROWS, "tong"):
            vao, before = (
                total.values.cells.get(at(row, "vao")),
                plus(taken(sent, row, "vao") for _, sent in summed),
            )
            fails = isinstance(vao, int) and before is not None and 2 * vao < before
            assert (("khong_giam", row) in failed) == fails
        light = {
            (each.finding.place.row, each.units[0])
            for each in total.findings
            if each.finding.code == "weight_zero"
        }
        assert light == {
            (row, code)
            for row in ROWS
            for code, sent in summed
            if sent.cells.get(at(row, "ra")) == 0 and at(row, "tuoi") in sent.cells
        }
        uneven = {
            row
            for row in (*ROWS, "tong")
            if any(
                (at(row, "vao") in sent.cells) != (taken(sent, row, "vao", function="last_year") is not None)
                for _, sent in summed
            )
        }
        assert {address.row for address in total.uneven if address.column == "tang"} == uneven

    def agree_on_rows(self, total: Total, summed: Sequence[tuple[str, Sent]]) -> None:
        union, group = GroupKey("danh_sach", "du_an"), GroupKey("danh_sach", "nganh")
        kept = [(row.units, dict(row.values)) for row in total.gathered.rows[union]]
        assert kept == [((code,), dict(row)) for code, sent in summed for row in sent.added.get(union, ())]
        given = [(code, row) for code, sent in summed for row in sent.added.get(group, ())]
        spelled = {"Dự  án ": "Dự án", "Du\u031b\u0323 a\u0301n": "Dự án"}
        names = sorted({spelled.get(str(row["ten"]), str(row["ten"])) for _, row in given if "ten" in row})
        grouped = total.gathered.rows[group]
        assert [row.values["ten"] for row in grouped[: len(names)]] == names
        for name, made in zip(names, grouped, strict=False):
            members = [
                (code, row) for code, row in given if spelled.get(str(row.get("ten")), row.get("ten")) == name
            ]
            assert made.units == tuple(sorted({code for code, _ in members}))
            for column in ("nam", "nu"):
                assert made.values.get(column) == plus(row.get(column) for _, row in members)
            assert made.values.get("chung") == plus([made.values.get("nam"), made.values.get("nu")])
            kinds = {row["loai"] for _, row in members if "loai" in row}
            assert made.values.get("loai") == (kinds.pop() if len(kinds) == 1 else None)
        assert [dict(row.values) for row in grouped[len(names) :]] == [
            dict(row) for _, row in given if "ten" not in row
        ]

    @invariant()
    def versions_never_change_and_captures_are_the_model_s(self):
        for key, known in self.known.items():
            report = self.reports.get(key)
            assert report is not None
            assert (report.state, bool(report.left_out)) == (known.state, known.left_out)
            assert [version.number for version in report.versions] == list(range(1, len(known.sent) + 1))
            for version, sent in zip(report.versions, known.sent, strict=True):
                name = (key, version.number)
                assert self.hashes.setdefault(name, version.hash) == version.hash
                made = version_hash(key, version.number, version.as_of, version.template, version.values)
                assert made == version.hash
                assert dict(version.values.captured) == sent.captured
                assert {k: capture.version for k, capture in version.captures.items()} == sent.versions

    @invariant()
    def what_is_stale_or_provisional_is_told(self):
        for key, known in self.known.items():
            told = {
                (finding.code, finding.place.row, finding.place.column)
                for finding in self.reports.carried_over(key)
            }
            expected: set[tuple[str, str | None, str | None]] = set()
            carried = {"cuoi": "dau", "tuoi": "tuoi_truoc", "ty_le": "ty_le_truoc"}
            for capture, now in self.captured_now(key).items() if known.sent else ():
                source, sent = self.source(key, capture), known.sent[-1]
                assert source is not None
                row, column = capture.address.row, capture.address.column
                if capture in sent.captured:
                    was = sent.captured[capture]
                elif capture.function == "prior" and column in carried:
                    opening = sent.cells.get(at(row, carried[column]))
                    if row == "tong" and column != "ty_le":
                        continue
                    was = opening if isinstance(opening, int) else None
                else:
                    continue
                if source.sent and was != now:
                    expected.add(("carry_over_stale", row, column))
                elif source.state != "approved":
                    expected.add(("carry_over_provisional", row, column))
            assert told == expected


def test_random_histories(layout: Layout, plan: Plan) -> None:
    machine = type("Machine", (Histories,), {"layout": layout, "plan": plan})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.large_base_example,
            ],
        ),
    )

"""Lists by right: what a list shows is what `permits` gives, whatever the grants."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.accounts import RIGHTS, ROLES, Grant, Right, User, permits
from runtime.storage.records import Done
from runtime.store import Store
from runtime.workflow import TRANSITIONS
from tests.store.making import Q2, Q3, REGIME, UNITS, act, form, key, sent

GRANTS = st.builds(
    Grant,
    st.sampled_from(ROLES),
    st.sampled_from(("VN", "51", "48", "21025", "21028", "20194")),
    st.sampled_from((None, REGIME, "khac")),
)


def user(*grants: Grant) -> User:
    return User("ai.do", "Ai đó", active=True, must_change_password=False, grants=grants)


@given(grants=st.lists(GRANTS, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_list_shows_what_the_rights_give(store: Store, grants: list[Grant]) -> None:
    viewer = user(*grants)
    every = ["20194", "21025", "21028", "21034"]
    scopes: tuple[tuple[str, tuple[Right, ...]], ...] = (
        ("owed", ("enter", "send")),
        ("received", ("approve",)),
        ("readable", ("read",)),
    )
    for scope, rights in scopes:
        expected = [
            unit for unit in every if any(store.people.may(viewer, right, unit, REGIME) for right in rights)
        ]
        page = store.reports.page(viewer, scope)  # type: ignore[arg-type]
        assert [line.key.unit for line in page.items] == expected
        assert page.total == len(expected)
        counts = store.reports.counts(viewer, scope)  # type: ignore[arg-type]
        assert counts == {"draft": len(expected), "sent": 0, "returned": 0, "approved": 0}


def test_every_step_of_the_workflow_is_somebody_s_and_no_two_parties() -> None:
    for row in TRANSITIONS:
        holders = {role for role in ROLES if row.action in RIGHTS[role]}
        assert holders
        assert holders <= ({"receiver"} if row.by == "receiver" else {"leader", "officer"})


@pytest.mark.parametrize(
    ("grant", "right", "unit", "regime", "may"),
    [
        (Grant("officer", "21025"), "enter", "21025", REGIME, True),
        (Grant("officer", "21025"), "send", "21025", REGIME, False),
        (Grant("officer", "21025"), "enter", "21028", REGIME, False),
        (Grant("leader", "21025"), "send", "21025", REGIME, True),
        (Grant("leader", "21025", "khac"), "send", "21025", REGIME, False),
        (Grant("leader", "21025"), "approve", "21025", REGIME, False),
        (Grant("receiver", "51"), "approve", "21025", REGIME, True),
        (Grant("receiver", "51"), "approve", "51", REGIME, False),
        (Grant("receiver", "51"), "approve", "20194", REGIME, False),
        (Grant("receiver", "51"), "read", "51", REGIME, True),
        (Grant("receiver", "51"), "enter", "21025", REGIME, False),
        (Grant("reader", "VN"), "read", "20194", REGIME, True),
        (Grant("reader", "VN"), "enter", "20194", REGIME, False),
        (Grant("operator", "VN"), "publish", "VN", None, True),
        (Grant("operator", "VN"), "approve", "51", REGIME, False),
        (Grant("operator", "51"), "administer", "VN", None, False),
        (Grant("reader", "VN"), "read", "99999", REGIME, False),
    ],
)
def test_rights(store: Store, grant: Grant, right: Right, unit: str, regime: str | None, may: bool) -> None:
    assert store.people.may(user(grant), right, unit, regime) == may


def test_a_closed_account_may_nothing(store: Store) -> None:
    grants = (Grant("reader", "VN"),)
    assert not store.people.may(User("a", "A", False, False, grants), "read", "51")
    assert not store.people.may(User("a", "A", True, True, grants), "read", "51")
    assert permits(grants, "read", ("51", "VN"), None)


def test_pages_filters_and_order(store: Store) -> None:
    revision = sent(store, key("21028")).line.revision
    assert isinstance(store.desk.decide(key("21028"), "approve", revision, act()), Done)
    sent(store, key("21025"))
    store.rounds.assign(REGIME, Q2, act())
    viewer = user(Grant("reader", "VN"))
    everything = [line.key for line in store.reports.page(viewer, "readable").items]
    assert everything == [
        key(unit, period)
        for period, unit in itertools.product((Q3, Q2), ("20194", "21025", "21028", "21034"))
    ]
    paged = [
        line.key
        for offset in (0, 3, 6)
        for line in store.reports.page(viewer, "readable", offset=offset, limit=3).items
    ]
    assert paged == everything
    assert store.reports.page(viewer, "readable", offset=8).total == 8
    assert store.reports.page(viewer, "readable", offset=-5, limit=-1).items == ()
    one = store.reports.page(viewer, "readable", regime=REGIME, period=Q3, state="sent", unit="51").items
    assert [line.key.unit for line in one] == ["21025"]
    assert store.reports.page(viewer, "readable", unit="48").total == 2
    assert store.reports.page(viewer, "readable", regime="khac").total == 0
    assert store.reports.page(user(), "readable").total == 0
    assert store.reports.counts(viewer, "readable", regime=REGIME, period=Q3) == {
        "draft": 2,
        "sent": 1,
        "returned": 0,
        "approved": 1,
    }


def test_odd_codes_find_nothing(store: Store) -> None:
    viewer = user(Grant("reader", "VN"), Grant("receiver", "\ud800"), Grant("leader", "5%"))
    for odd in ("5%", "_1", "\0", "\ud800", "' OR 1=1", "21025 ", "２１０２５"):
        assert store.reports.page(viewer, "readable", unit=odd).total == 0
        assert store.reports.line(key(odd)) is None
        assert not store.people.may(viewer, "read", odd)
        assert store.totals.total(REGIME, Q3, odd) is None


def test_codes_that_differ_in_case_are_two_units(empty: Store) -> None:
    rows = UNITS + "h48,51,commune,xã,Xã Năm,,\nH48,48,commune,xã,Xã Sáu,,\n".encode()
    empty.units.load(rows, act())
    empty.templates.publish(form(), act())
    empty.rounds.assign(REGIME, Q3, act())
    below_51 = store_units(empty, "51")
    assert "h48" in below_51
    assert "H48" not in below_51


def store_units(store: Store, unit: str) -> list[str]:
    return [line.key.unit for line in store.reports.page(user(Grant("reader", unit)), "readable").items]

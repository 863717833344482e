"""Accounts: signing in, limits, sessions, passwords, grants."""

import time
from datetime import timedelta

import pytest

from runtime.accounts import Grant, Limits, NewPassword, SignedIn, User
from runtime.reports import Refusal
from runtime.store import Store
from tests.store.making import AT, SEAL_KEY, UNITS, act

ADDRESS = "10.0.0.7"
OFFICER = Grant("officer", "21025")


@pytest.fixture
def made(empty: Store) -> NewPassword:
    empty.units.load(UNITS, act())
    result = empty.people.add_user("can.bo", "Nguyễn Thị Cán Bộ", act("quan.tri"), (OFFICER,))
    assert isinstance(result, NewPassword)
    return result


def signed_in(store: Store, password: str, name: str = "can.bo", at=AT) -> SignedIn:
    result = store.people.sign_in(name, password, ADDRESS, at)
    assert isinstance(result, SignedIn), result
    return result


def refused(result: object) -> list[str]:
    assert isinstance(result, Refusal), result
    return [finding.code for finding in result.findings]


def test_a_new_account_signs_in_and_must_change_its_password(empty: Store, made: NewPassword) -> None:
    user = signed_in(empty, made.password).user
    assert user == User("can.bo", "Nguyễn Thị Cán Bộ", True, True, (OFFICER,))
    assert not empty.people.may(user, "enter", "21025", "kstt_quy")
    changed = empty.people.change_password("can.bo", made.password, "một mật khẩu dài", ADDRESS, AT)
    assert isinstance(changed, User)
    assert not changed.must_change_password
    assert empty.people.may(changed, "enter", "21025", "kstt_quy")
    assert refused(empty.people.sign_in("can.bo", made.password, ADDRESS, AT)) == ["sign_in_refused"]
    signed_in(empty, "một mật khẩu dài")


def test_only_hashes_are_kept(empty: Store, made: NewPassword) -> None:
    from sqlalchemy import select

    from runtime.models import EntryRow, SessionRow, UserRow

    token = signed_in(empty, made.password).token
    with empty._database.read() as connection:
        kept = connection.execute(select(UserRow.password)).scalar_one()
        sessions = connection.execute(select(SessionRow.token)).scalars().all()
        entries = b"".join(connection.execute(select(EntryRow.body)).scalars())
    assert kept.startswith("$argon2id$")
    assert made.password not in kept
    assert token not in sessions
    assert made.password.encode() not in entries
    assert token.encode() not in entries


def test_a_wrong_name_and_a_wrong_password_are_told_alike(empty: Store, made: NewPassword) -> None:
    wrong = empty.people.sign_in("can.bo", "sai mật khẩu", ADDRESS, AT)
    nobody = empty.people.sign_in("khong.co", made.password, ADDRESS, AT)
    assert refused(wrong) == ["sign_in_refused"]
    assert wrong == nobody


@pytest.mark.alone  # it measures time
def test_a_name_that_is_not_there_takes_as_long(empty: Store, made: NewPassword) -> None:
    def seconds(name: str) -> float:
        taken: list[float] = []
        for number in range(5):
            started = time.perf_counter()
            assert refused(empty.people.sign_in(name, "sai", f"10.0.1.{number}", AT)) == ["sign_in_refused"]
            taken.append(time.perf_counter() - started)
        return min(taken)

    # Hashing takes tens of milliseconds, anything else a few: without it the second would be far below.
    there, not_there = seconds("can.bo"), seconds("khong.co")
    assert not_there > there / 2


def test_too_many_tries_are_refused_unlooked_at(empty: Store, made: NewPassword) -> None:
    most = Limits().failures_of_account
    for _ in range(most):
        assert refused(empty.people.sign_in("can.bo", "sai", ADDRESS, AT)) == ["sign_in_refused"]
    result = empty.people.sign_in("can.bo", made.password, "10.9.9.9", AT + timedelta(minutes=5))
    assert refused(result) == ["too_many_attempts"]
    assert isinstance(result, Refusal)
    assert result.findings[0].values == {"minutes": "11"}
    assert refused(
        empty.people.change_password("can.bo", made.password, "một mật khẩu dài", ADDRESS, AT)
    ) == ["too_many_attempts"]
    signed_in(empty, made.password, at=AT + timedelta(minutes=16))


def test_success_does_not_count_as_failure(empty: Store, made: NewPassword) -> None:
    for _ in range(Limits().failures_of_account + 2):
        signed_in(empty, made.password)


def test_one_address_can_t_try_many_names(url: str) -> None:
    store = Store.open(url, seal_key=SEAL_KEY, limits=Limits(failures_from_address=3))
    store.upgrade()
    tries = [store.people.sign_in(f"ten.{number}", "sai", ADDRESS, AT) for number in range(4)]
    assert [refused(each) for each in tries] == [["sign_in_refused"]] * 3 + [["too_many_attempts"]]
    assert refused(store.people.sign_in("ten.9", "sai", "10.1.1.1", AT)) == ["sign_in_refused"]
    store.close()


def test_tries_at_once_are_no_more_than_the_limit(empty: Store, made: NewPassword) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(lambda _: empty.people.sign_in("can.bo", "sai", ADDRESS, AT), range(24)))
    codes = [refused(result)[0] for result in results]
    assert codes.count("sign_in_refused") == Limits().failures_of_account


def test_sessions_end(empty: Store, made: NewPassword) -> None:
    limits = Limits()
    session = signed_in(empty, made.password)
    assert empty.people.session(session.token, AT) == session.user
    assert empty.people.session("khac", AT) is None
    assert empty.people.session(session.token, AT + limits.idle) is None
    # Used now and then it lasts, but not for ever.
    at, step = AT, limits.idle - timedelta(minutes=1)
    while at + step < AT + limits.session:
        at += step
        assert empty.people.session(session.token, at) is not None
    assert empty.people.session(session.token, AT + limits.session) is None

    other = signed_in(empty, made.password)
    empty.people.sign_out(other.token)
    assert empty.people.session(other.token, AT) is None


def test_closing_an_account_ends_its_sessions(empty: Store, made: NewPassword) -> None:
    session = signed_in(empty, made.password)
    assert isinstance(empty.people.set_active("can.bo", False, act("quan.tri")), User)
    assert empty.people.session(session.token, AT) is None
    assert refused(empty.people.sign_in("can.bo", made.password, ADDRESS, AT)) == ["sign_in_refused"]
    assert isinstance(empty.people.set_active("can.bo", True, act("quan.tri")), User)
    assert empty.people.session(session.token, AT) is None
    signed_in(empty, made.password)


def test_a_reset_password_is_a_new_one_to_be_changed(empty: Store, made: NewPassword) -> None:
    session = signed_in(empty, made.password)
    reset = empty.people.reset_password("can.bo", act("quan.tri"))
    assert isinstance(reset, NewPassword)
    assert reset.password != made.password
    assert reset.user.must_change_password
    assert empty.people.session(session.token, AT) is None
    signed_in(empty, reset.password)


@pytest.mark.parametrize(
    ("new", "code"), [("ngan", "password_length"), ("x" * 257, "password_length"), ("", "password_length")]
)
def test_passwords_that_are_refused(empty: Store, made: NewPassword, new: str, code: str) -> None:
    assert refused(empty.people.change_password("can.bo", made.password, new, ADDRESS, AT)) == [code]


def test_the_old_password_must_be_right_and_the_new_one_new(empty: Store, made: NewPassword) -> None:
    change = empty.people.change_password
    assert refused(change("can.bo", "sai mật khẩu", "một mật khẩu dài", ADDRESS, AT)) == ["sign_in_refused"]
    assert refused(change("can.bo", made.password, made.password, ADDRESS, AT)) == ["password_unchanged"]


def test_grants_come_and_go_at_once(empty: Store, made: NewPassword) -> None:
    token = signed_in(empty, made.password).token
    leader = Grant("leader", "21025", "kstt_quy")
    user = empty.people.grant("can.bo", leader, act("quan.tri"))
    assert isinstance(user, User)
    assert set(user.grants) == {OFFICER, leader}
    assert empty.people.session(token, AT) == user
    assert empty.people.grant("can.bo", leader, act("quan.tri")) == user
    user = empty.people.withdraw("can.bo", OFFICER, act("quan.tri"))
    assert isinstance(user, User)
    assert user.grants == (leader,)
    assert empty.people.users() == (user,)
    assert refused(empty.people.grant("can.bo", Grant("reader", "99999"), act())) == ["no_such_unit"]
    assert refused(empty.people.grant("khong.co", leader, act())) == ["no_such_user"]
    assert refused(empty.people.withdraw("khong.co", leader, act())) == ["no_such_user"]


@pytest.mark.parametrize("name", ["", "a", "Can.Bo", "cán.bộ", "a b", "a" * 65, "../a"])
def test_names_that_are_refused(empty: Store, name: str) -> None:
    assert refused(empty.people.add_user(name, " ", act())) == ["user_name_form", "display_name_form"]


def test_a_name_is_given_once(empty: Store, made: NewPassword) -> None:
    assert refused(empty.people.add_user("can.bo", "Khác", act())) == ["user_name_taken"]
    assert refused(empty.people.add_user("moi", "Mới", act(), (Grant("reader", "9"),))) == ["no_such_unit"]
    assert empty.people.user("moi") is None


def test_long_and_odd_input_is_refused_quietly(empty: Store, made: NewPassword) -> None:
    for name, password in (("x" * 10_000, "y"), ("can.bo", "y" * 100_000), ("\ud800", "a"), ("a", "\ud800")):
        assert refused(empty.people.sign_in(name, password, ADDRESS, AT)) == ["sign_in_refused"]
    assert empty.people.session("\ud800", AT) is None

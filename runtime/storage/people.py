"""Accounts in the database: users, grants, sessions, and the count of failed sign-ins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from compiler.findings import Finding
from runtime.accounts import (
    MAXIMUM_PASSWORD,
    MINIMUM_PASSWORD,
    Grant,
    Limits,
    NewPassword,
    Right,
    SignedIn,
    User,
    initial_password,
    needs_new_hash,
    new_token,
    password_hash,
    password_matches,
    permits,
    token_hash,
)
from runtime.models import AttemptRow, GrantRow, SessionRow, UnitRow, UserRow
from runtime.reports import Act, Refusal
from runtime.storage.database import Database, insert_missing, take_turns
from runtime.storage.log import append, moment, open_chain
from runtime.storage.prepared import Prepared
from runtime.storage.units import UnitRegister

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was used last: not every request writes."""

_LONGEST_NAME = 200


class People:
    """Users and their sessions. Times are given by the caller, so that tests need no waiting."""

    def __init__(self, database: Database, units: UnitRegister, limits: Limits) -> None:
        self._database = database
        self._units = units
        self._limits = limits
        self._nobody = password_hash(initial_password())
        """What a password is compared with where there is no such account: that takes as long."""

    # -- accounts --------------------------------------------------------------------------------------------

    def add_user(
        self, name: str, display_name: str, act: Act, grants: tuple[Grant, ...] = ()
    ) -> NewPassword | Refusal:
        """Make an account with an initial password that must be changed at first use."""
        findings: list[Finding] = []
        if not _NAME.fullmatch(name):
            findings.append(Finding(code="user_name_form", severity="error", values={"name": name[:80]}))
        if not 1 <= len(display_name.strip()) <= _LONGEST_NAME:
            findings.append(Finding(code="display_name_form", severity="error"))
        if findings:
            return Refusal(tuple(findings))
        password = initial_password()
        row = {"name": name, "display_name": display_name.strip(), "active": True, "must_change": True}
        hashed = password_hash(password)
        with self._database.write() as connection:
            chain = open_chain(connection, f"user/{name}")
            if _user(connection, name) is not None:
                return Refusal.of("user_name_taken", name=name)
            unknown = self._unknown_unit(connection, grants)
            if unknown is not None:
                return unknown
            connection.execute(insert(UserRow).values(**row, password=hashed))
            if grants:
                insert_missing(connection, GrantRow, [_grant_row(name, grant) for grant in grants])
            body = {**_entry("add", act), "display_name": row["display_name"]}
            append(connection, chain, {**body, "grants": [_plain(grant) for grant in grants]})
            user = _user(connection, name)
            assert user is not None
            return NewPassword(user, password)

    def user(self, name: str) -> User | None:
        """An account by the name it signs in with."""
        with self._database.read() as connection:
            return _user(connection, name)

    def users(self) -> tuple[User, ...]:
        """All accounts, by name."""
        with self._database.read() as connection:
            grants: dict[str, list[Grant]] = {}
            for name, grant in _grants(connection):
                grants.setdefault(name, []).append(grant)
            rows = connection.execute(select(*_USER).order_by(UserRow.name))
            return tuple(User(*row, tuple(grants.get(row[0], ()))) for row in rows)

    def grant(self, name: str, grant: Grant, act: Act) -> User | Refusal:
        """Give a role over a subtree."""
        with self._database.write() as connection:
            chain = open_chain(connection, f"user/{name}")
            if _user(connection, name) is None:
                return Refusal.of("no_such_user", name=name)
            unknown = self._unknown_unit(connection, (grant,))
            if unknown is not None:
                return unknown
            insert_missing(connection, GrantRow, [_grant_row(name, grant)])
            append(connection, chain, {**_entry("grant", act), "grant": _plain(grant)})
            return _known(connection, name)

    def withdraw(self, name: str, grant: Grant, act: Act) -> User | Refusal:
        """Take a role back; it ends with the next request."""
        with self._database.write() as connection:
            chain = open_chain(connection, f"user/{name}")
            if _user(connection, name) is None:
                return Refusal.of("no_such_user", name=name)
            row = _grant_row(name, grant)
            connection.execute(
                delete(GrantRow).where(
                    GrantRow.user == name,
                    GrantRow.role == row["role"],
                    GrantRow.unit == row["unit"],
                    GrantRow.regime == row["regime"],
                )
            )
            append(connection, chain, {**_entry("withdraw", act), "grant": _plain(grant)})
            return _known(connection, name)

    def set_active(self, name: str, active: bool, act: Act) -> User | Refusal:
        """Close an account and end its sessions, or open it again. Nothing is deleted: history keeps the name."""
        return self._change(name, "open" if active else "close", act, {"active": active})

    def reset_password(self, name: str, act: Act) -> NewPassword | Refusal:
        """A new initial password, shown once; ends the sessions."""
        password = initial_password()
        changed = {"password": password_hash(password), "must_change": True}
        user = self._change(name, "reset_password", act, changed)
        return user if isinstance(user, Refusal) else NewPassword(user, password)

    def change_password(self, name: str, old: str, new: str, address: str, at: datetime) -> User | Refusal:
        """Change one's own password; ends all sessions, the one it is done in too: sign in anew.

        Trying the old one counts as trying to sign in.
        """
        if not MINIMUM_PASSWORD <= len(new) <= MAXIMUM_PASSWORD:
            return Refusal.of("password_length", least=str(MINIMUM_PASSWORD), most=str(MAXIMUM_PASSWORD))
        if new in {old, name}:
            return Refusal.of("password_unchanged")
        tried = self._try(name, old, address, at)
        if isinstance(tried, Refusal):
            return tried
        changed = {"password": password_hash(new), "must_change": False}
        return self._change(name, "change_password", Act(name, at), changed)

    def _change(self, name: str, what: str, act: Act, values: Mapping[str, Any]) -> User | Refusal:
        """Change an account and end its sessions."""
        with self._database.write() as connection:
            chain = open_chain(connection, f"user/{name}")
            if _user(connection, name) is None:
                return Refusal.of("no_such_user", name=name)
            connection.execute(update(UserRow).where(UserRow.name == name).values(**values))
            connection.execute(delete(SessionRow).where(SessionRow.user == name))
            append(connection, chain, _entry(what, act))
            return _known(connection, name)

    def _unknown_unit(self, connection: Connection, grants: tuple[Grant, ...]) -> Refusal | None:
        for grant in grants:
            there = connection.execute(select(UnitRow.code).where(UnitRow.code == grant.unit)).one_or_none()
            if there is None:
                return Refusal.of("no_such_unit", unit=grant.unit[:40])
        return None

    # -- signing in ------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, address: str, at: datetime) -> SignedIn | Refusal:
        """Begin a session. A wrong name and a wrong password are told alike and take alike; too many are refused."""
        tried = self._try(name, password, address, at)
        if isinstance(tried, Refusal):
            return tried
        token = new_token()
        expires = at + self._limits.session
        with self._database.write() as connection:
            chain = open_chain(connection, f"user/{name}")
            append(connection, chain, {**_entry("sign_in", Act(name, at)), "address": address})
            connection.execute(
                insert(SessionRow).values(
                    token=token_hash(token), user=name, began=at, seen=at, expires=expires
                )
            )
            connection.execute(
                delete(SessionRow).where(
                    or_(SessionRow.expires <= at, SessionRow.seen <= at - self._limits.idle)
                )
            )
        return SignedIn(token, tried, expires)

    def session(self, token: str, at: datetime) -> User | None:
        """The user of a session that is neither over nor idle, with today's grants."""
        hashed = token_hash(token)
        with self._database.read() as connection:
            wanted = {"token": hashed, "now": at, "idle_since": at - self._limits.idle}
            rows = _SESSION.all(connection, wanted)
        if not rows or not rows[0].active:
            return None
        first = rows[0]
        grants = tuple(Grant(row.role, row.unit, row.regime or None) for row in rows if row.role is not None)
        user = User(first.name, first.display_name, first.active, first.must_change, grants)
        if at - first.seen >= _SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(
                    update(SessionRow)
                    .where(and_(SessionRow.token == hashed, SessionRow.seen < at))
                    .values(seen=at)
                )
        return user

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._database.write() as connection:
            connection.execute(delete(SessionRow).where(SessionRow.token == token_hash(token)))

    def may(self, user: User, right: Right, unit: str, regime: str | None = None) -> bool:
        """Whether a user has a right over a unit (`accounts.permits`, on the units as they stand)."""
        tree = self._units.all()
        if unit not in tree or not user.active or user.must_change_password:
            return False
        return permits(user.grants, right, (unit, *tree.ancestors(unit)), regime)

    def _try(self, name: str, password: str, address: str, at: datetime) -> User | Refusal:
        """The user whose password this is. A try is counted as failed before it is looked at, so that a thousand at
        once are no more than the limit."""
        if len(name) > _LONGEST_NAME or len(password) > MAXIMUM_PASSWORD:
            name, password = name[:_LONGEST_NAME], ""
        since = at - self._limits.window
        with self._database.write() as connection:
            # The tries of one account, and of one address, are counted one after the other.
            take_turns(connection, f"account {name}", f"address {address}")
            oldest = _limit_reached(connection, name, address, since, self._limits)
            if oldest is not None:
                minutes = (oldest + self._limits.window - at) // timedelta(minutes=1) + 1
                return Refusal.of("too_many_attempts", minutes=str(minutes))
            connection.execute(delete(AttemptRow).where(AttemptRow.at <= since))
            attempt = connection.execute(
                insert(AttemptRow)
                .values(account=name, address=address, at=at, failed=True)
                .returning(AttemptRow.id)
            ).scalar_one()
            hashed = connection.execute(
                select(UserRow.password).where(UserRow.name == name, UserRow.active)
            ).scalar_one_or_none()
        # Out of the transaction: hashing takes its time on purpose.
        if not password_matches(hashed or self._nobody, password) or hashed is None:
            return Refusal.of("sign_in_refused")
        with self._database.write() as connection:
            connection.execute(update(AttemptRow).where(AttemptRow.id == attempt).values(failed=False))
            if needs_new_hash(hashed):
                connection.execute(
                    update(UserRow)
                    .where(UserRow.name == name, UserRow.password == hashed)
                    .values(password=password_hash(password))
                )
            user = _user(connection, name)
            assert user is not None  # accounts are never deleted
            return user


_USER = (UserRow.name, UserRow.display_name, UserRow.active, UserRow.must_change)


_ONE_USER = select(*_USER).where(UserRow.name == bindparam("name"))
_ALL_GRANTS = select(GrantRow.user, GrantRow.role, GrantRow.unit, GrantRow.regime).order_by(
    GrantRow.user, GrantRow.role, GrantRow.unit, GrantRow.regime
)
_GRANTS = _ALL_GRANTS.where(GrantRow.user == bindparam("name"))
_SESSION = Prepared(
    select(*_USER, SessionRow.seen, GrantRow.role, GrantRow.unit, GrantRow.regime)
    .join(SessionRow, SessionRow.user == UserRow.name)
    .outerjoin(GrantRow, GrantRow.user == UserRow.name)
    .where(
        SessionRow.token == bindparam("token"),
        SessionRow.expires > bindparam("now"),
        SessionRow.seen > bindparam("idle_since"),
    )
    .order_by(GrantRow.role, GrantRow.unit, GrantRow.regime)
)
"""The user of a session, once for each grant; once with no role where there is none. Every request asks."""


def _user(connection: Connection, name: str) -> User | None:
    row = connection.execute(_ONE_USER, {"name": name}).one_or_none()
    if row is None:
        return None
    return User(*row, tuple(grant for _, grant in _grants(connection, name)))


def _known(connection: Connection, name: str) -> User:
    user = _user(connection, name)
    assert user is not None
    return user


def _grants(connection: Connection, name: str | None = None) -> list[tuple[str, Grant]]:
    found = connection.execute(_ALL_GRANTS) if name is None else connection.execute(_GRANTS, {"name": name})
    rows = found.all()
    return [(row.user, Grant(row.role, row.unit, row.regime or None)) for row in rows]


def _grant_row(name: str, grant: Grant) -> dict[str, str]:
    return {"user": name, "role": grant.role, "unit": grant.unit, "regime": grant.regime or ""}


def _plain(grant: Grant) -> dict[str, str | None]:
    return {"role": grant.role, "unit": grant.unit, "regime": grant.regime}


def _entry(what: str, act: Act) -> dict[str, Any]:
    entry = {"act": what, "by": act.by, "at": moment(act.at)}
    return {**entry, "reason": act.reason} if act.reason else entry


def _limit_reached(
    connection: Connection, name: str, address: str, since: datetime, limits: Limits
) -> datetime | None:
    """The oldest failure that counts, where there are as many as a limit; None where one more try is free."""
    for column, value, most in (
        (AttemptRow.account, name, limits.failures_of_account),
        (AttemptRow.address, address, limits.failures_from_address),
    ):
        count, oldest = connection.execute(
            select(func.count(), func.min(AttemptRow.at)).where(
                column == value, AttemptRow.at > since, AttemptRow.failed
            )
        ).one()
        if count >= most:
            return oldest
    return None

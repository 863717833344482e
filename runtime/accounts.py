"""Who may sign in and what each may do: roles, rights by unit subtree, passwords, limits. No database here.

A grant gives a role over a unit and all below it, for one regime or for all. `permits` is the one place that decides;
lists in the store are filtered by the same `reaching` grants, so that a page never shows what its rights refuse.

The store of accounts is `storage/people.py`; what the web does with a session's token is the server's matter.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from runtime.workflow import TRANSITIONS, Action

Role = Literal["officer", "leader", "receiver", "operator", "reader"]
Right = Action | Literal["read", "assign", "publish", "administer"]
"""What may be done: the steps of the workflow; reading, handing out, publishing forms, keeping units and accounts."""

ROLES: tuple[Role, ...] = ("officer", "leader", "receiver", "operator", "reader")

_RECEIVING: frozenset[Right] = frozenset(row.action for row in TRANSITIONS if row.by == "receiver")
_SENDING: frozenset[Right] = frozenset(row.action for row in TRANSITIONS if row.by == "sender")

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        "officer": frozenset({"read", "enter"}),
        "leader": _SENDING | {"read"},
        "receiver": _RECEIVING | {"read"},
        "operator": frozenset({"read", "assign", "publish", "administer"}),
        "reader": frozenset({"read"}),
    }
)
"""What each role may do within its subtree."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over a unit and all below it. `regime` None: for every regime."""

    role: Role
    unit: str
    regime: str | None = None


@dataclass(frozen=True)
class User:
    """An account. `name` is what one signs in with; a user whose password must change may do nothing else."""

    name: str
    display_name: str
    active: bool
    must_change_password: bool
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPassword:
    """An account just made or reset, with the initial password. It is shown once and kept nowhere."""

    user: User
    password: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session begun. `token` is the only copy: the store keeps its hash."""

    token: str
    user: User
    expires: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits and rate limits of signing in.

    Within `window`, that many failures for one account, or from one address, and further tries are refused unlooked at.
    """

    window: timedelta = timedelta(minutes=15)
    failures_of_account: int = 8
    failures_from_address: int = 60
    session: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(minutes=45)


def reaching(grants: Iterable[Grant], right: Right, regime: str | None) -> tuple[Grant, ...]:
    """The grants that give a right in a regime. `regime` None asks for what concerns no single regime."""
    return tuple(
        grant
        for grant in grants
        if right in RIGHTS[grant.role] and (grant.regime is None or grant.regime == regime)
    )


def permits(grants: Iterable[Grant], right: Right, path: tuple[str, ...], regime: str | None) -> bool:
    """Whether grants give a right over a unit. `path`: the unit's code, then those above it up to the top.

    Nobody decides on the report of the unit they receive for: that is its own superior's. A receiver's right to decide
    therefore starts right below the unit of the grant.
    """
    within = path[1:] if is_receiving(right) else path
    return any(grant.unit in within for grant in reaching(grants, right, regime))


def is_receiving(right: Right) -> bool:
    """Whether a right is the receiver's to decide on a report of a unit below."""
    return right in _RECEIVING


# -- passwords and tokens ------------------------------------------------------------------------------------

MINIMUM_PASSWORD = 10
MAXIMUM_PASSWORD = 256
_INITIAL = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters that are not mistaken for each other when read from paper."""

_HASHER = PasswordHasher()
"""argon2id with the library's parameters, which follow RFC 9106's second recommendation."""


def initial_password() -> str:
    """A password to hand over once: 16 letters in groups of four, 80 bits."""
    return "-".join("".join(secrets.choice(_INITIAL) for _ in range(4)) for _ in range(4))


def password_hash(password: str) -> str:
    """The argon2id hash, with its salt and parameters in it."""
    return _HASHER.hash(_bytes(password))


def password_matches(hashed: str, password: str) -> bool:
    """Whether the password is the one hashed. Takes as long for a wrong one as for a right one."""
    try:
        return _HASHER.verify(hashed, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """Whatever was typed: one password is one text, however its letters were put together."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def needs_new_hash(hashed: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


def new_token() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token: it is random, so one round of SHA-256 tells nothing of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

"""Accounts in the database: users, grants, sessions, and the count of failed sign-ins."""

from __future__ import annotations

from datetime import datetime

from runtime.accounts import Grant, NewPassword, Right, SignedIn, User
from runtime.reports import Act, Refusal


class People:
    """Users and their sessions. Times are given by the caller, so that tests need no waiting."""

    def add_user(
        self, name: str, display_name: str, act: Act, grants: tuple[Grant, ...] = ()
    ) -> NewPassword | Refusal:
        """Make an account with an initial password that must be changed at first use."""
        raise NotImplementedError

    def user(self, name: str) -> User | None:
        """An account by the name it signs in with."""
        raise NotImplementedError

    def users(self) -> tuple[User, ...]:
        """All accounts, by name."""
        raise NotImplementedError

    def grant(self, name: str, grant: Grant, act: Act) -> User | Refusal:
        """Give a role over a subtree."""
        raise NotImplementedError

    def withdraw(self, name: str, grant: Grant, act: Act) -> User | Refusal:
        """Take a role back; it ends with the next request."""
        raise NotImplementedError

    def set_active(self, name: str, active: bool, act: Act) -> User | Refusal:
        """Close an account and end its sessions, or open it again. Nothing is deleted: history keeps the name."""
        raise NotImplementedError

    def reset_password(self, name: str, act: Act) -> NewPassword | Refusal:
        """A new initial password, shown once; ends the sessions."""
        raise NotImplementedError

    def change_password(self, name: str, old: str, new: str, address: str, at: datetime) -> User | Refusal:
        """Change one's own password; ends all sessions, the one it is done in too: sign in anew."""
        raise NotImplementedError

    def sign_in(self, name: str, password: str, address: str, at: datetime) -> SignedIn | Refusal:
        """Begin a session. A wrong name and a wrong password are told alike and take alike; too many are refused."""
        raise NotImplementedError

    def session(self, token: str, at: datetime) -> User | None:
        """The user of a session that is neither over nor idle, with today's grants."""
        raise NotImplementedError

    def sign_out(self, token: str, at: datetime) -> None:
        """End a session."""
        raise NotImplementedError

    def may(self, user: User, right: Right, unit: str, regime: str | None = None) -> bool:
        """Whether a user has a right over a unit (`accounts.permits`, on the units as they stand)."""
        raise NotImplementedError

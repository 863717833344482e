"""The store: everything that must outlive the process, in SQLite or PostgreSQL. The only way to the database.

`Store.open` gives one; its rooms (`storage/`) each keep one kind of thing. Every method opens its own transaction and
answers with frozen records; what a person may not do comes back as a `Refusal`. Which rights a request has is asked of
`store.people.may` by the server before it acts; lists are filtered by the store itself.
"""

from __future__ import annotations

from typing import Self

from runtime.accounts import Limits
from runtime.storage.desk import Desk
from runtime.storage.files import Files
from runtime.storage.log import AuditLog
from runtime.storage.people import People
from runtime.storage.reading import Reading
from runtime.storage.rounds import Rounds
from runtime.storage.templates import TemplateShelf
from runtime.storage.totals import Totals
from runtime.storage.units import UnitRegister


class Store:
    """The database, by what is kept in it."""

    units: UnitRegister
    templates: TemplateShelf
    rounds: Rounds
    desk: Desk
    reports: Reading
    totals: Totals
    people: People
    files: Files
    log: AuditLog

    @classmethod
    def open(cls, url: str, *, seal_key: bytes, limits: Limits | None = None) -> Self:
        """The store at a URL: `sqlite:///path` or `postgresql://…`. Nothing is read yet; `upgrade` makes the tables.

        `seal_key`: the secret that checkpoints are sealed with, at least 32 bytes.
        """
        raise NotImplementedError

    def upgrade(self) -> None:
        """Bring the tables up to this version's. Does nothing where they are."""
        raise NotImplementedError

    def is_current(self) -> bool:
        """Whether the tables are this version's."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back all connections."""
        raise NotImplementedError

"""The store: everything that must outlive the process, in SQLite or PostgreSQL. The only way to the database.

`Store.open` gives one; its rooms (`storage/`) each keep one kind of thing. Every method opens its own transaction and
answers with frozen records; what a person may not do comes back as a `Refusal`. Which rights a request has is asked of
`store.people.may` by the server before it acts; lists are filtered by the store itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from compiler.cells import Layout
from compiler.periods import WindowTable
from runtime.accounts import Limits
from runtime.calendar import WorkingDays, working_days_2026
from runtime.reports import Regime
from runtime.storage import schema
from runtime.storage.database import Database
from runtime.storage.desk import Desk
from runtime.storage.files import Files
from runtime.storage.log import AuditLog
from runtime.storage.people import People
from runtime.storage.reading import Reading
from runtime.storage.rounds import DataCalendar, Rounds
from runtime.storage.templates import TemplateShelf
from runtime.storage.totals import Totals
from runtime.storage.units import UnitRegister

SHORTEST_KEY = 32
"""Bytes of a seal key."""


class Store:
    """The database, by what is kept in it. `regime_of` makes a regime of a form: its checks above all."""

    def __init__(
        self,
        database: Database,
        seal_key: bytes,
        limits: Limits,
        calendar: DataCalendar,
        regime_of: Callable[[Layout], Regime] = Regime.of,
    ) -> None:
        self._database = database
        self.units = UnitRegister(database)
        self.templates = TemplateShelf(database, regime_of)
        self.rounds = Rounds(database, self.templates, self.units, calendar)
        self.desk = Desk(database, self.templates)
        self.reports = Reading(database, self.templates)
        self.totals = Totals(database, self.templates, self.units)
        self.people = People(database, self.units, limits)
        self.files = Files(database)
        self.log = AuditLog(database, seal_key)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        seal_key: bytes,
        limits: Limits | None = None,
        working_days: WorkingDays | None = None,
        windows: Mapping[str, WindowTable] | None = None,
    ) -> Self:
        """The store at a URL: `sqlite:///path` or `postgresql://…`. Nothing is read yet; `upgrade` makes the tables.

        seal_key: the secret that checkpoints are sealed with, at least 32 bytes. windows: by regime, where its data
        closes on other days than the decree's. Raises ValueError for a URL of another kind or a short key.
        """
        if len(seal_key) < SHORTEST_KEY:
            raise ValueError(f"the seal key must have at least {SHORTEST_KEY} bytes")
        calendar = DataCalendar(working_days or working_days_2026(), windows or {})
        return cls(Database(url), seal_key, limits or Limits(), calendar)

    def upgrade(self) -> None:
        """Bring the tables up to this version's. Does nothing where they are."""
        with self._database.write() as connection:
            schema.upgrade(connection)

    def is_current(self) -> bool:
        """Whether the tables are this version's."""
        with self._database.read() as connection:
            return schema.is_current(connection)

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()

"""The tables. What each holds is said here; how they change is `migrations/`, what is done with them `storage/`.

Codes, periods and states are texts, compared byte by byte on both engines. Numbers of reports stand as scaled integers
in packed values (`storage/packing.py`), never in columns of their own: a form's cells are its template's matter. Times
are UTC. Log entries and versions are never changed; triggers of the database see to it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: given with any zone, kept and read in UTC. SQLite keeps no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. ValueError for a time without a zone: nobody knows which moment that is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Code(TypeDecorator[str]):
    """Text compared and ordered by its code points, as Python and SQLite do.

    What no database can hold (NUL, half a surrogate pair) is given to it as �: looked for, it is not found.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Text, in PostgreSQL with the collation of code points."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As it can be held."""
        return value if value is None or (value.isascii() and "\0" not in value) else storable(value)


def storable(text: str) -> str:
    """The text with � in the place of what no database can hold."""
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return paired.replace("\0", "\N{REPLACEMENT CHARACTER}")


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        str: Code,
        bytes: LargeBinary,
        date: Date,
        datetime: UtcDateTime,
    }


# -- units and forms -----------------------------------------------------------------------------------------


class UnitRow(Base):
    """A unit, in force from `valid_from` to `valid_until`, both included."""

    __tablename__ = "units"
    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("units.code"), index=True)
    level: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class UnitAboveRow(Base):
    """Each unit with itself (distance 0) and every unit above it: rights and lists are one join on this."""

    __tablename__ = "units_above"
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    above: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True, index=True)
    distance: Mapped[int]


class TemplateRow(Base):
    """A published template: its canonical JSON under its SHA-256, in force by the day the data closes."""

    __tablename__ = "templates"
    hash: Mapped[str] = mapped_column(primary_key=True)
    regime: Mapped[str]
    package: Mapped[str]
    version: Mapped[str]
    title: Mapped[str]
    body: Mapped[bytes]
    published_by: Mapped[str]
    published_at: Mapped[datetime]
    in_force_from: Mapped[date]
    in_force_until: Mapped[date | None]
    __table_args__ = (UniqueConstraint("regime", "version"),)


# -- reports -------------------------------------------------------------------------------------------------


class RoundRow(Base):
    """A period of a regime as handed out. It pins the template of all its reports."""

    __tablename__ = "rounds"
    id: Mapped[int] = mapped_column(primary_key=True)
    regime: Mapped[str]
    period: Mapped[str]
    template: Mapped[str] = mapped_column(ForeignKey("templates.hash"))
    closes: Mapped[date] = mapped_column(index=True)
    __table_args__ = (UniqueConstraint("regime", "period"),)


class ReportRow(Base):
    """A report that a unit owes. `path` are the units above it on the closing day, nearest first, with slashes.

    `revision` goes up with every act but saving the draft; an act names the one it was decided on.
    """

    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"), index=True)
    path: Mapped[str]
    due: Mapped[date] = mapped_column(index=True)
    as_of: Mapped[date]
    state: Mapped[str]
    left_out: Mapped[str]
    newest: Mapped[int]
    revision: Mapped[int]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"))
    __table_args__ = (UniqueConstraint("round_id", "unit"), Index(None, "round_id", "state"))


class DraftRow(Base):
    """What is being entered, packed. `revision` goes up with every save."""

    __tablename__ = "drafts"
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    revision: Mapped[int]
    content: Mapped[bytes]
    saved_by: Mapped[str]
    saved_at: Mapped[datetime]


class VersionRow(Base):
    """A version as sent. `content` are its evaluated values packed, `sources` where its captures were read, as JSON.

    `part` is the state it adds to totals while it is approved and counts, packed: it follows from the content, and is
    worked out when sent so that many approvals at once need not.
    """

    __tablename__ = "versions"
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(ForeignKey("templates.hash"))
    content: Mapped[bytes]
    sources: Mapped[bytes]
    part: Mapped[bytes]
    hash: Mapped[str]
    as_of: Mapped[date]
    sent_at: Mapped[datetime]
    sent_by: Mapped[str]
    late: Mapped[bool]


class RequestRow(Base):
    """An act done under a key that its page chose, so that a second click finds the first one's result."""

    __tablename__ = "requests"
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    version: Mapped[int]


class RollUpRow(Base):
    """The states of a unit in a round, packed. `own` is that of its own report, `merged` that of all at and below it.

    `parent` is the unit above on the closing day: the tree of a round stays as it was when it was handed out. Rows are
    locked by `depth`, deepest first, then by code.
    """

    __tablename__ = "rollups"
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    parent: Mapped[str | None]
    depth: Mapped[int]
    own: Mapped[bytes | None]
    merged: Mapped[bytes]
    __table_args__ = (Index(None, "round_id", "parent"),)


# -- the log -------------------------------------------------------------------------------------------------


class ChainRow(Base):
    """A chain of log entries: how many, the hash of the last, and how many the last checkpoint had seen."""

    __tablename__ = "chains"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    length: Mapped[int]
    head: Mapped[str]
    sealed: Mapped[int]


class EntryRow(Base):
    """A log entry: canonical JSON, and the hash over the hash before it and this."""

    __tablename__ = "entries"
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes]
    hash: Mapped[str]


class CheckpointRow(Base):
    """A sealed list of the heads of the chains that grew since the one before."""

    __tablename__ = "checkpoints"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes]
    seal: Mapped[str]


# -- files ---------------------------------------------------------------------------------------------------


class FileRow(Base):
    """Bytes under their SHA-256."""

    __tablename__ = "files"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    data: Mapped[bytes]


class AttachmentRow(Base):
    """A file as it belongs to a report: in what role, under what name, with which version (0: none yet)."""

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("files.sha256"))
    role: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    version: Mapped[int]
    stored_by: Mapped[str]
    stored_at: Mapped[datetime]


# -- accounts ------------------------------------------------------------------------------------------------


class UserRow(Base):
    """An account. Never deleted: history keeps its name."""

    __tablename__ = "users"
    name: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    password: Mapped[str]
    active: Mapped[bool]
    must_change: Mapped[bool]


class GrantRow(Base):
    """A role over a subtree; `regime` "" is every regime."""

    __tablename__ = "grants"
    user: Mapped[str] = mapped_column(ForeignKey("users.name"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    regime: Mapped[str] = mapped_column(primary_key=True)


class SessionRow(Base):
    """A session, by the hash of its token."""

    __tablename__ = "sessions"
    token: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.name"), index=True)
    began: Mapped[datetime]
    seen: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)


class AttemptRow(Base):
    """A try to sign in. Kept for as long as it counts."""

    __tablename__ = "attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    failed: Mapped[bool]
    __table_args__ = (Index(None, "account", "at"), Index(None, "address", "at"))


__all__ = [
    "AttachmentRow",
    "AttemptRow",
    "Base",
    "ChainRow",
    "CheckpointRow",
    "DraftRow",
    "EntryRow",
    "FileRow",
    "GrantRow",
    "ReportRow",
    "RequestRow",
    "RollUpRow",
    "RoundRow",
    "SessionRow",
    "TemplateRow",
    "UnitAboveRow",
    "UnitRow",
    "UserRow",
    "UtcDateTime",
    "VersionRow",
]

"""What the store answers: frozen, detached from the database, with nothing to be loaded later.

A thing that a person may not do now is a `Refusal` (`runtime.reports`) that says why in findings; exceptions are left
to what no person did, such as a database that is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from compiler.findings import Finding
from compiler.periods import Period
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from runtime.reports import Event, Refusal, ReportKey, Version
from runtime.workflow import State

Record = TypeVar("Record")


@dataclass(frozen=True)
class Page(Generic[Record]):
    """Some of a long list. `total` counts the whole list, `offset` what comes before these items."""

    items: tuple[Record, ...]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class LoadedUnits:
    """What loading a file of units did. Units that the file leaves out stay as they were."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class PublishedTemplate:
    """A template as published: what it is, who published it, and from which closing day its form is used."""

    hash: str
    package: str
    version: str
    regime: str
    title: str
    published_by: str
    published_at: datetime
    in_force_from: date
    in_force_until: date | None


@dataclass(frozen=True, slots=True)
class Round:
    """One period of a regime as handed out. All its reports use the one template that it pins.

    `closes`: the last day of the data. `units`: how many units owe a report.
    """

    regime: str
    period: Period
    template: str
    closes: date
    units: int


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What handing out did: the round, and how many units owe a report that did not before."""

    round: Round
    new: int


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report as one line of a list.

    `revision` counts what was done with the report: an act gives the one its page was made from, and is refused when
    something has happened since. `version` is the newest one sent, 0 before the first; `sent_at`, `sent_by` and `late`
    are that version's. `left_out` is the reason it is kept out of totals, "" when it is in.
    """

    key: ReportKey
    unit_name: str
    title: str
    template: str
    due: date
    as_of: date
    state: State
    revision: int
    version: int
    left_out: str
    sent_at: datetime | None
    sent_by: str
    late: bool


@dataclass(frozen=True)
class Draft:
    """What is being entered. `revision` is 0 while nothing was saved; a save names the revision it builds on."""

    values: Values
    revision: int
    saved_by: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True)
class StaleDraft(Refusal):
    """Somebody saved meanwhile: nothing was overwritten, and here is what they saved."""

    current: Draft


@dataclass(frozen=True)
class Entry(Event):
    """One line of a report's history, with the reasons given for single cells."""

    cell_reasons: Mapping[Address, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VersionLine:
    """A version without its values."""

    number: int
    hash: str
    template: str
    sent_at: datetime
    sent_by: str
    late: bool


@dataclass(frozen=True)
class ReportView:
    """A report with all that happened to it, oldest first. `files` are what came with it or was made of it."""

    line: ReportLine
    versions: tuple[VersionLine, ...]
    history: tuple[Entry, ...]
    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class Done:
    """An act took place. `repeated`: it had taken place before, under the same key, and nothing was done again."""

    line: ReportLine
    repeated: bool = False


@dataclass(frozen=True)
class Sent(Done):
    """A version was sent. `findings` are the warnings and notices that did not keep it from being sent."""

    version: Version | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One value in two versions of a report: a cell, a narrative (by name), a captured value or a whole row group."""

    place: Address | CaptureKey | GroupKey | str
    before: Scalar | tuple[Mapping[str, Scalar], ...] | None
    after: Scalar | tuple[Mapping[str, Scalar], ...] | None


FileRole = Literal["workbook", "signed_pdf", "attachment"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file kept with a report, without its bytes. `version` is the one it belongs to, 0 for a draft's."""

    sha256: str
    role: FileRole
    name: str
    media_type: str
    size: int
    version: int
    stored_by: str
    stored_at: datetime

"""Published templates: kept for good by their hash, in force by the closing day of the data."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import Connection, insert, or_, select, update

from compiler.cells import Layout
from compiler.editions import Edition, editions
from compiler.findings import Finding
from compiler.template import Template, load_template, template_bytes, template_hash
from runtime.models import TemplateRow
from runtime.reports import Act, Refusal, Regime
from runtime.storage.database import Database
from runtime.storage.log import append, moment, open_chain
from runtime.storage.packing import ValuesPacker
from runtime.storage.records import PublishedTemplate

_COLUMNS = (
    TemplateRow.hash,
    TemplateRow.package,
    TemplateRow.version,
    TemplateRow.regime,
    TemplateRow.title,
    TemplateRow.published_by,
    TemplateRow.published_at,
    TemplateRow.in_force_from,
    TemplateRow.in_force_until,
)


class TemplateShelf:
    """Every template ever published, and the regimes made of them, each compiled to code once a process."""

    def __init__(self, database: Database, regime_of: Callable[[Layout], Regime] = Regime.of) -> None:
        self._database = database
        self._regime_of = regime_of
        self._lock = threading.Lock()
        self._regimes: dict[str, tuple[Regime, ValuesPacker]] = {}

    def publish(
        self, template: Template, act: Act, in_force_from: date | None = None
    ) -> PublishedTemplate | Refusal:
        """Put a template in force for data that closes on or after `in_force_from` (else the template's own day).

        The one before it in force ends the day before. A form whose columns or rows come and go on a day is put in
        force edition by edition (`compiler.editions`); the first one is given back. Publishing the same template again
        changes nothing; a version number is used once.
        """
        starts = in_force_from or template.effective_from or act.at.date()
        parts = [part for part in editions(template) if part.end is None or part.end >= starts]
        hash = template_hash(parts[0].template if parts else template)
        with self._database.write() as connection:
            # The chain's row is this regime's lock: two publications come one after the other.
            chain = open_chain(connection, f"template/{template.regime}")
            entry = {"act": "publish", "by": act.by, "at": moment(act.at), "hash": hash}
            entry |= {"version": template.version, "in_force_from": starts.isoformat()}
            same = connection.execute(select(*_COLUMNS).where(TemplateRow.hash == hash)).one_or_none()
            if same is not None:
                return PublishedTemplate(*same)
            of_regime = select(*_COLUMNS).where(TemplateRow.regime == template.regime)
            there = [PublishedTemplate(*row) for row in connection.execute(of_regime)]
            refused = _refused(template, starts, there)
            if refused is not None:
                return refused
            append(connection, chain, entry)
            connection.execute(
                update(TemplateRow)
                .where(
                    TemplateRow.regime == template.regime,
                    TemplateRow.in_force_from < starts,
                    or_(TemplateRow.in_force_until.is_(None), TemplateRow.in_force_until >= starts),
                )
                .values(in_force_until=starts - timedelta(days=1))
            )
            for part in parts:
                connection.execute(
                    insert(TemplateRow).values(
                        hash=template_hash(part.template),
                        regime=template.regime,
                        package=template.package,
                        version=_version(part, parts[0]),
                        title=template.title,
                        body=template_bytes(part.template),
                        published_by=act.by,
                        published_at=act.at,
                        in_force_from=starts if part is parts[0] or part.start is None else part.start,
                        in_force_until=part.end,
                    )
                )
            row = connection.execute(select(*_COLUMNS).where(TemplateRow.hash == hash)).one()
            return PublishedTemplate(*row)

    def published(self) -> tuple[PublishedTemplate, ...]:
        """All of them, by regime and day of force."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(*_COLUMNS).order_by(TemplateRow.regime, TemplateRow.in_force_from)
            )
            return tuple(PublishedTemplate(*row) for row in rows)

    def in_force(self, regime: str, day: date) -> PublishedTemplate | None:
        """The template for data that closes on a day."""
        with self._database.read() as connection:
            return in_force(connection, regime, day)

    def lineage(self, earlier: str, hash: str) -> tuple[Layout, ...]:
        """The editions from the one of the hash `earlier` up to the one before `hash`, in the order they came into
        force, through a regime's former name too. Empty where `earlier` is not published or not before `hash`."""
        line: list[str] = []
        name, seen = self.regime(hash).layout.template.regime, set[str]()
        while name not in seen:
            seen.add(name)
            of_name = [each.hash for each in self.published() if each.regime == name]
            if not of_name:
                break
            line = of_name + line
            name = self.regime(of_name[0]).layout.template.renamed_from or name
        if earlier not in line or line.index(earlier) >= line.index(hash):
            return ()
        return tuple(self.regime(each).layout for each in line[line.index(earlier) : line.index(hash)])

    def regime(self, hash: str) -> Regime:
        """Layout, plan and checks of a published template. KeyError for a hash that was never published."""
        if hash not in self._regimes:
            with self._database.read() as connection:
                return self.known(connection, hash)[0]
        return self._regimes[hash][0]

    def known(self, connection: Connection, hash: str) -> tuple[Regime, ValuesPacker]:
        """The same within a transaction, with what packs its values. KeyError for a hash never published."""
        found = self._regimes.get(hash)
        if found is not None:
            return found
        body = connection.execute(
            select(TemplateRow.body).where(TemplateRow.hash == hash)
        ).scalar_one_or_none()
        if body is None:
            raise KeyError(hash)
        with self._lock:
            if hash not in self._regimes:
                self._regimes[hash] = _made(body, self._regime_of)
            return self._regimes[hash]


def _version(part: Edition, first: Edition) -> str:
    """The number an edition is kept under, unique in its regime: the later ones of a version tell their first day."""
    if part is first or part.start is None:
        return part.template.version
    return f"{part.template.version}+{part.start.isoformat()}"


@lru_cache(maxsize=64)
def _made(body: bytes, regime_of: Callable[[Layout], Regime]) -> tuple[Regime, ValuesPacker]:
    """Making code of a form takes a good part of a second: once for all stores of a process."""
    layout = Layout(load_template(body))
    return regime_of(layout), ValuesPacker(layout)


def in_force(connection: Connection, regime: str, day: date) -> PublishedTemplate | None:
    """The template of a regime for data that closes on a day."""
    row = connection.execute(
        select(*_COLUMNS).where(
            TemplateRow.regime == regime,
            TemplateRow.in_force_from <= day,
            or_(TemplateRow.in_force_until.is_(None), TemplateRow.in_force_until >= day),
        )
    ).one_or_none()
    return None if row is None else PublishedTemplate(*row)


def _refused(template: Template, starts: date, there: list[PublishedTemplate]) -> Refusal | None:
    """Why a new template may not be published beside those that there are."""
    findings: list[Finding] = []
    if template.effective_until is not None and template.effective_until < starts:
        values = {"day": starts.isoformat(), "version": template.version}
        values["other"] = template.effective_until.isoformat()
        findings.append(Finding(code="ends_before_it_starts", severity="error", values=values))
    if any(each.version == template.version for each in there):
        values = {"regime": template.regime, "version": template.version}
        findings.append(Finding(code="version_used", severity="error", values=values))
    later = [each for each in there if each.in_force_from >= starts]
    if later:
        values = {"day": starts.isoformat(), "version": later[-1].version}
        values["other"] = later[-1].in_force_from.isoformat()
        findings.append(Finding(code="later_in_force", severity="error", values=values))
    return Refusal(tuple(findings)) if findings else None

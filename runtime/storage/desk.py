"""The acts on one report: entering, sending, deciding. Each is one transaction, totals included.

What an act means is `runtime.reports` in memory; who may do it when is `runtime.workflow`. Here is what several people
at once need besides: every act names the revision of the report (or of the draft) that its page was made from, and
is refused when something has happened since.

A draft is saved as one types, so that not every save is an entry of the log: the first of a person after anything else
is, and the version that is sent in the end has all there was. The draft's row has who saved last, and when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from compiler.findings import Finding
from compiler.formula.evaluate import Evaluation
from compiler.frozen import canonical_bytes
from compiler.values import Address, CaptureKey, Values
from runtime.captures import (
    Capture,
    captured_from,
    carried_over,
    entered_cells,
    openings_out_of_place,
    with_captures,
)
from runtime.models import DraftRow, EntryRow, ReportRow, RequestRow, VersionRow
from runtime.reports import Act, Refusal, Regime, ReportKey, Version, version_hash
from runtime.states import Contribution
from runtime.storage import lines
from runtime.storage.database import Database
from runtime.storage.held import Held, draft_of, find, hold, part_of, sources_of, version_of
from runtime.storage.log import append, moment
from runtime.storage.packing import ValuesPacker, pack_sources, pack_state
from runtime.storage.prepared import Prepared
from runtime.storage.records import Done, Draft, ReportLine, Sent, StaleDraft
from runtime.storage.templates import TemplateShelf
from runtime.storage.totals import exchange
from runtime.workflow import Action, Transition, transition

Decision = Literal["recall", "return", "approve", "ask", "refuse", "leave_out", "take_in"]

LONGEST_REQUEST = 64


class Desk:
    """Where reports are filled in, sent and decided on."""

    def __init__(self, database: Database, templates: TemplateShelf) -> None:
        self._database = database
        self._templates = templates

    def draft(self, key: ReportKey) -> Draft | None:
        """What is being entered; None where the unit owes no such report."""
        with self._database.read() as connection:
            held = find(connection, key)
            return None if held is None else draft_of(connection, self._made(connection, held)[1], held.id)

    def save_draft(
        self, key: ReportKey, values: Values, revision: int, act: Act
    ) -> Draft | StaleDraft | Refusal:
        """Put entered values in the place of the draft of that revision, and give the draft its next one."""
        with self._database.write() as connection:
            held = hold(connection, key)
            step = _step(held, key, "enter", act)
            if isinstance(step, Refusal):
                return step
            held, _ = step
            current = draft_of(connection, self._made(connection, held)[1], held.id)
            if current.revision != revision:
                return _stale(current)
            entered = self._entered(connection, held, values)
            if isinstance(entered, Refusal):
                return entered
            if not _was_entering(connection, held, act):
                append(connection, held.chain, _entry("enter", act, held.line.state, held.line.version))
            return self._write_draft(connection, held, current, entered[0], act)

    def live(
        self, key: ReportKey, values: Values | None = None
    ) -> tuple[Evaluation, tuple[Finding, ...]] | None:
        """Values (else the draft) evaluated and checked as they would be if sent now, with live captures."""
        with self._database.read() as connection:
            held = find(connection, key)
            if held is None:
                return None
            made, packer = self._made(connection, held)
            captures = captured_from(made.plan, sources_of(connection, self._templates, held))
            if values is None:
                values = draft_of(connection, packer, held.id).values
        return made.check(with_captures(values, captures))

    def captures(self, key: ReportKey) -> Mapping[CaptureKey, Capture]:
        """What the report would take over now."""
        with self._database.read() as connection:
            held = find(connection, key)
            if held is None:
                return {}
            plan = self._made(connection, held)[0].plan
            return captured_from(plan, sources_of(connection, self._templates, held))

    def carried_over(self, key: ReportKey) -> tuple[Finding, ...]:
        """What is to be said of the newest version's captures: provisional ones and stale ones."""
        with self._database.read() as connection:
            held = find(connection, key)
            if held is None or held.line.version == 0:
                return ()
            newest = version_of(connection, self._templates, held.id, held.line.version)
            assert newest is not None
            made, _ = self._made(connection, held)
            now = captured_from(made.plan, sources_of(connection, self._templates, held))
            return carried_over(made.layout, newest.values, newest.captures, now)

    def send(
        self,
        key: ReportKey,
        draft_revision: int,
        act: Act,
        request: str,
        values: Values | None = None,
    ) -> Sent | StaleDraft | Refusal:
        """Evaluate, check, capture and freeze the draft of that revision.

        values: what stands on the page, put in the draft's place first, all in one; refused, nothing of it is kept.
        `request` is the page's key for this one click (any text of at most 64 characters): sent again with the same
        key, after a double click or a lost answer, nothing is done twice and the first result comes back.
        """
        with self._database.write() as connection:
            held = hold(connection, key)
            if held is not None:
                before = _done_before(connection, held, request, "send")
                if isinstance(before, Refusal):
                    return before
                if before is not None:
                    version = version_of(connection, self._templates, held.id, before)
                    return Sent(held.line, repeated=True, version=version)
            step = _step(held, key, "send", act)
            if isinstance(step, Refusal):
                return step
            held, row = step
            packer = self._made(connection, held)[1]
            draft = draft_of(connection, packer, held.id)
            if draft.revision != draft_revision:
                return _stale(draft)
            frozen = self._freeze(connection, held, draft.values if values is None else values, act)
            if isinstance(frozen, Refusal):
                return frozen
            version, entered, findings = frozen
            if values is not None:
                self._write_draft(connection, held, draft, entered, act)
            sources: dict[str, Any] = pack_sources(version.captures)
            counting = Contribution(key.unit, "approved", version.values, as_of=version.as_of)
            part = self._made(connection, held)[0].plan.pack(counting)
            _NEW_VERSION.run(
                connection,
                {
                    "report_id": held.id,
                    "number": version.number,
                    "template": version.template,
                    "content": packer.pack(version.values),
                    "sources": canonical_bytes(sources),
                    "part": pack_state(part),
                    "hash": version.hash,
                    "as_of": version.as_of,
                    "sent_at": version.sent_at,
                    "sent_by": version.sent_by,
                    "late": version.late,
                },
            )
            details: dict[str, Any] = {
                "hash": version.hash,
                "template": version.template,
                "late": version.late,
            }
            details["sources"] = sources
            line = replace(
                held.line,
                state=row.target,
                revision=held.line.revision + 1,
                version=version.number,
                sent_at=act.at,
                sent_by=act.by,
                late=version.late,
            )
            _keep(connection, held, line, row, act, details, request)
            self._roll_up(connection, held, line)
            return Sent(line, version=version, findings=findings)

    def decide(
        self,
        key: ReportKey,
        action: Decision,
        revision: int,
        act: Act,
        cell_reasons: Mapping[Address, str] | None = None,
        request: str = "",
    ) -> Done | Refusal:
        """Any step that changes no values. `revision` is the report's when its page was made.

        A return or refusal with reasons for single cells needs none for the whole.
        """
        with self._database.write() as connection:
            held = hold(connection, key)
            if held is not None:
                before = _done_before(connection, held, request, action)
                if isinstance(before, Refusal):
                    return before
                if before is not None:
                    return Done(held.line, repeated=True)
                if held.line.revision != revision:
                    return Refusal.of("page_out_of_date", state=held.line.state)
            step = _step(
                held, key, action, act, reasoned=bool(cell_reasons) and action in {"return", "refuse"}
            )
            if isinstance(step, Refusal):
                return step
            held, row = step
            unknown = _unknown_cell(self._made(connection, held)[0], cell_reasons or {})
            if unknown is not None:
                return unknown
            left_out = {"leave_out": act.reason, "take_in": ""}.get(action, held.line.left_out)
            details: dict[str, Any] = {}
            if cell_reasons:
                details["cells"] = sorted([*address, reason] for address, reason in cell_reasons.items())
            line = replace(held.line, state=row.target, revision=held.line.revision + 1, left_out=left_out)
            _keep(connection, held, line, row, act, details, request)
            if (line.state, bool(line.left_out)) != (held.line.state, bool(held.line.left_out)):
                self._roll_up(connection, held, line)
            return Done(line)

    def decide_all(
        self, keys: Sequence[tuple[ReportKey, int]], action: Decision, act: Act
    ) -> tuple[Done | Refusal, ...]:
        """The same step on several reports, each by itself: one that is refused holds up no other."""
        return tuple(self.decide(key, action, revision, act) for key, revision in keys)

    # -- parts of an act -------------------------------------------------------------------------------------

    def _made(self, connection: Connection, held: Held) -> tuple[Regime, ValuesPacker]:
        return self._templates.known(connection, held.line.template)

    def _entered(
        self, connection: Connection, held: Held, values: Values
    ) -> tuple[Values, Mapping[CaptureKey, Capture]] | Refusal:
        """What of the values is the unit's to enter, and what the report takes over today."""
        made, _ = self._made(connection, held)
        captures = captured_from(made.plan, sources_of(connection, self._templates, held))
        differences = openings_out_of_place(made.layout, values, captures)
        if differences:
            return Refusal(differences)
        entered = entered_cells(made.layout, values, captures)
        return Values(entered, values.added, values.texts), captures

    def _write_draft(
        self, connection: Connection, held: Held, current: Draft, entered: Values, act: Act
    ) -> Draft:
        draft = Draft(entered, current.revision + 1, act.by, act.at)
        row = {"revision": draft.revision, "content": self._made(connection, held)[1].pack(entered)}
        row |= {"saved_by": act.by, "saved_at": act.at}
        if current.revision == 0:
            _NEW_DRAFT.run(connection, {"report_id": held.id, **row})
        else:
            _NEXT_DRAFT.run(connection, {"report": held.id, **row})
        return draft

    def _freeze(
        self, connection: Connection, held: Held, values: Values, act: Act
    ) -> tuple[Version, Values, tuple[Finding, ...]] | Refusal:
        """The version that values make now, what of them was entered, and the findings that do not keep it back."""
        made, _ = self._made(connection, held)
        entered = self._entered(connection, held, values)
        if isinstance(entered, Refusal):
            return entered
        draft, captures = entered
        evaluation, findings = made.check(with_captures(draft, captures))
        errors = tuple(finding for finding in findings if finding.severity == "error")
        if errors:
            return Refusal(errors)
        number, line = held.line.version + 1, held.line
        frozen = with_captures(evaluation.values, captures)
        version = Version(
            number=number,
            values=frozen,
            captures=captures,
            as_of=line.as_of,
            sent_at=act.at,
            sent_by=act.by,
            late=act.at.date() > line.due,
            template=line.template,
            hash=version_hash(line.key, number, line.as_of, line.template, frozen),
        )
        return version, draft, findings

    def _roll_up(self, connection: Connection, held: Held, line: ReportLine) -> None:
        """Exchange the report's part in the totals."""
        plan = self._made(connection, held)[0].plan
        if line.state == "approved" and not line.left_out:
            part = part_of(connection, held)
        else:
            # Counted, and not summed: values are of no account.
            part = plan.pack(Contribution(line.key.unit, line.state, left_out=bool(line.left_out)))
        exchange(connection, plan, held.round_id, held.path, part)


def _step(
    held: Held | None, key: ReportKey, action: Action, act: Act, *, reasoned: bool = False
) -> tuple[Held, Transition] | Refusal:
    """The row of the table that lets the act happen."""
    if held is None:
        return lines.not_assigned(key)
    row = transition(held.line.state, action)
    if row is None:
        return Refusal.of("not_allowed_now", action=action, state=held.line.state)
    if row.needs_reason and not act.reason.strip() and not reasoned:
        return Refusal.of("reason_required", action=action)
    return held, row


_NEW_DRAFT = Prepared(insert(DraftRow))
_NEXT_DRAFT = Prepared(
    update(DraftRow).where(DraftRow.report_id == bindparam("report")),
    "revision",
    "content",
    "saved_by",
    "saved_at",
)
_NEW_VERSION = Prepared(insert(VersionRow))
_NEXT_REPORT = Prepared(
    update(ReportRow).where(ReportRow.id == bindparam("report")),
    "state",
    "left_out",
    "newest",
    "revision",
)
_NEW_REQUEST = Prepared(insert(RequestRow))
_REQUEST = Prepared(
    select(RequestRow.action, RequestRow.version).where(
        RequestRow.report_id == bindparam("report"), RequestRow.key == bindparam("asked")
    )
)
_ENTRY = Prepared(
    select(EntryRow.body).where(
        EntryRow.chain_id == bindparam("chain"), EntryRow.number == bindparam("entry")
    )
)


def _keep(
    connection: Connection,
    held: Held,
    line: ReportLine,
    row: Transition,
    act: Act,
    details: Mapping[str, Any],
    request: str,
) -> None:
    """Write what an act made of the report, its entry in the log, and the key it was asked for under."""
    _NEXT_REPORT.run(
        connection,
        {
            "report": held.id,
            "state": line.state,
            "left_out": line.left_out,
            "newest": line.version,
            "revision": line.revision,
        },
    )
    append(connection, held.chain, {**_entry(row.action, act, row.target, line.version), **details})
    if request:
        asked = {"report_id": held.id, "key": request, "action": row.action, "version": line.version}
        _NEW_REQUEST.run(connection, asked)


def _entry(action: Action, act: Act, state: str, version: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"act": action, "by": act.by, "at": moment(act.at)}
    entry |= {"state": state, "version": version}
    if act.reason:
        entry["reason"] = act.reason
    return entry


def _done_before(connection: Connection, held: Held, request: str, action: Action) -> int | Refusal | None:
    """The version that an act left behind when it was done under this key before."""
    if not request:
        return None
    if len(request) > LONGEST_REQUEST:
        return Refusal.of("request_reused")
    row = _REQUEST.one_or_none(connection, {"report": held.id, "asked": request})
    if row is None:
        return None
    return row.version if row.action == action else Refusal.of("request_reused")


def _unknown_cell(made: Regime, cell_reasons: Mapping[Address, str]) -> Refusal | None:
    for address in cell_reasons:
        if address not in made.layout.by_address:
            return Refusal.of("unknown_column", table=address.table, found=str(address), hint="")
    return None


def _was_entering(connection: Connection, held: Held, act: Act) -> bool:
    """Whether the last entry of the log says already that this person is filling the report in."""
    wanted = {"chain": held.chain.id, "entry": held.chain.length}
    body = _ENTRY.scalar(connection, wanted)
    last = json.loads(body)
    return bool(last["act"] == "enter" and last["by"] == act.by)


def _stale(draft: Draft) -> StaleDraft:
    at = "" if draft.saved_at is None else moment(draft.saved_at)
    finding = Finding(code="draft_out_of_date", severity="error", values={"by": draft.saved_by, "at": at})
    return StaleDraft((finding,), draft)

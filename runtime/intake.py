"""A file from a unit to a checked report, or to everything that is wrong with it. Nothing is stored here.

A file is recognised by what it is, not by its name: a workbook is a ZIP archive, anything else is read as JSON. What it
holds is read by the renderer that writes such files, and validated like every report. Findings on a workbook name the
sheet and cell. Whether this unit owes such a report for this period, and whether the captured values it brings are
true, is for `reports.py` and the store to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.frozen import sha256
from compiler.periods import Period, PeriodProblem, parse_period
from compiler.template import template_hash
from compiler.values import Values
from renderers.document import Submission, read_submission, submission_bytes
from renderers.validators import Validator

LARGEST_FILE = 16 * 2**20
"""Bytes of one file. The filled workbook of the largest real form has some 300 kB."""

Medium = Literal["json", "xlsx"]

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
"""How a workbook begins: today's are ZIP archives, those before 2007 (and encrypted ones) OLE files. Both go to the
workbook reader, which says what is wrong with the second."""


@dataclass(frozen=True)
class Received:
    """A report that may be sent: read whole and without an error.

    `values` are evaluated. `findings` are what the unit should explain or know: warnings and notices. `sha256` is of
    the file as it came, `submission` the canonical JSON of what it says.
    """

    head: Submission
    period: Period
    values: Values
    findings: tuple[Finding, ...]
    medium: Medium
    sha256: str
    submission: bytes


@dataclass(frozen=True)
class Rejected:
    """A file that may not be sent, and every reason. `unit` and `period` are what it says of itself, "" if unknown."""

    findings: tuple[Finding, ...]
    medium: Medium
    unit: str = ""
    period: str = ""


class Intake:
    """Takes in files of one form. Made once for a layout: its validator is generated code."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.validator = Validator(layout)
        self._hash = template_hash(layout.template)

    def read(self, data: bytes) -> Received | Rejected:
        """What a file holds. Any bytes will do."""
        if len(data) > LARGEST_FILE:
            values = {"found": str(len(data)), "limit": str(LARGEST_FILE)}
            return Rejected((Finding(code="file_too_large", severity="error", values=values),), "json")
        if data.startswith((_ZIP, _OLE)):
            return self._workbook(data)
        head, values, unreadable = read_submission(self.layout, data)
        return self._checked(head, values, unreadable, "json", data)

    def _workbook(self, data: bytes) -> Received | Rejected:
        # The workbook library is large: whoever takes in JSON alone never loads it.
        from renderers.xlsx.read import read

        reading = read(self.layout, data)
        identity = reading.identity
        if identity is None or identity.template_hash != self._hash:
            return Rejected(
                reading.findings,
                "xlsx",
                "" if identity is None else identity.unit,
                "" if identity is None else identity.period,
            )
        head = Submission(
            regime=identity.regime,
            version=identity.version,
            unit=identity.unit,
            period=identity.period,
            template=identity.template_hash,
        )
        outcome = self._checked(head, reading.values, reading.findings, "xlsx", data)
        if isinstance(outcome, Received):
            return outcome
        located = tuple(reading.located(finding) for finding in outcome.findings)
        return Rejected(located, outcome.medium, outcome.unit, outcome.period)

    def _checked(
        self,
        head: Submission | None,
        values: Values,
        unreadable: tuple[Finding, ...],
        medium: Medium,
        data: bytes,
    ) -> Received | Rejected:
        """Validate what could be read, so that one answer names every problem of both kinds."""
        if head is None:
            return Rejected(unreadable, medium)
        evaluation, found = self.validator.validate(values)
        period = self._period(head.period, unreadable)
        findings = (
            *unreadable,
            *(() if isinstance(period, Period) else period),
            *self._not_read(found, unreadable),
        )
        if not isinstance(period, Period) or any(finding.severity == "error" for finding in findings):
            return Rejected(findings, medium, head.unit, head.period)
        submission = submission_bytes(self.layout, head, evaluation.values)
        return Received(head, period, evaluation.values, findings, medium, sha256(data), submission)

    def _period(self, code: str, already: tuple[Finding, ...]) -> Period | tuple[Finding, ...]:
        """The period of a report; findings that the reader hasn't made yet where it is none of this form."""
        known = {finding.code for finding in already}
        period = parse_period(code)
        if isinstance(period, PeriodProblem):
            found = period.finding(Place())
            return () if found.code in known else (found,)
        types = self.layout.template.period_types
        if types and period.type not in types:
            values = {"found": code, "expected": ", ".join(types)}
            wrong = Finding(code="wrong_period", severity="error", values=values)
            return () if wrong.code in known else (wrong,)
        return period

    def _not_read(self, found: tuple[Finding, ...], unreadable: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Without what follows from an answer that was given but couldn't be read: it is no missing one."""
        places = {
            (
                finding.place.table,
                finding.place.row,
                finding.place.column,
                finding.place.index,
                finding.place.text,
            )
            for finding in unreadable
        }

        def is_new(finding: Finding) -> bool:
            place = finding.place
            return finding.code != "required" or (
                (place.table, place.row, place.column, place.index, place.text) not in places
            )

        return tuple(filter(is_new, found))

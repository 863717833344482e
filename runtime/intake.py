"""A file from a unit to a checked report, or to everything that is wrong with it. Nothing is stored here.

JSON and workbooks are told apart by what the bytes are, never by the name. Either way the same happens: the file is
read as a whole, it must be of this regime, version, unit and period, then the report is computed and every check is
made. What the units' reports of earlier periods hold is known to the caller: captured values that a file brings along
are compared with those, and never believed where they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from compiler.cells import Layout, address_of
from compiler.changes.carrying import carry
from compiler.findings import Finding, Place
from compiler.formula.evaluate import Evaluation
from compiler.formula.expressions import Cell, Expression, leaves
from compiler.frozen import sha256
from compiler.numbers import format_number
from compiler.periods import Period, PeriodProblem, parse_period
from compiler.values import Address, CaptureKey, Values
from runtime.units import UnitTree

if TYPE_CHECKING:  # each brings a library or generated code: imported where a file needs it
    from renderers.validators import Validator

MOST_BYTES = 16 * 2**20
"""The largest file that is looked at."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = b"%PDF-"

Kind = Literal["json", "xlsx"]


@dataclass(frozen=True)
class Expected:
    """What the receiver knows before the file comes. None, or an empty name, leaves open what the file says.

    `captured`: what this report takes over from earlier ones (`Reports.captures`), every key that an earlier report
    was assigned for; None leaves the file's own as they are, for checking a file by itself.
    """

    unit: str = ""
    period: Period | None = None
    captured: Mapping[CaptureKey, int | None] | None = None
    partly: bool = False
    """Whether `captured` is only a part: of the rest, what the file says is taken."""
    editions: Callable[[str], Sequence[Layout]] | None = None
    """Earlier editions of the form by hash: from the one of that hash up to the one before this, in order; none where
    the hash is of no earlier one. A file of such an edition is read by it and carried over."""
    captured_of: Callable[[str], Mapping[CaptureKey, int | None] | None] | None = None
    """In the place of `captured` where the file says which unit it is of."""
    units: UnitTree | None = None
    """The units there are; a report of any other is refused, with the codes its name may mean."""


@dataclass(frozen=True)
class CheckedReport:
    """A report that may be sent. `entered` are the values as given, `evaluation` is the computed and checked report.

    `findings` are warnings to be explained and notices; `sha256` is of the file as it came.
    """

    kind: Kind
    unit: str
    period: Period
    entered: Values
    evaluation: Evaluation
    findings: tuple[Finding, ...]
    sha256: str


@dataclass(frozen=True)
class RefusedFile:
    """A file that is not taken, with all reasons. `unit` and `period` as the file has them, "" where it doesn't say."""

    findings: tuple[Finding, ...]
    kind: Kind | None = None
    unit: str = ""
    period: str = ""


@dataclass(frozen=True)
class _Read:
    """What a file holds, before it is judged. `locate` adds where in the file a finding stands."""

    kind: Kind
    regime: bool
    unit: str
    period: str
    values: Values
    findings: tuple[Finding, ...]
    locate: Callable[[Finding], Finding]
    is_computed_there: Callable[[Place], bool] = lambda _: False


def read_report(
    layout: Layout, data: bytes, filename: str = "", expected: Expected | None = None
) -> CheckedReport | RefusedFile:
    """Read, compute and check a file. `filename` is only used to name the file in messages."""
    expected = expected or Expected()
    if len(data) > MOST_BYTES:
        finding = _error("file_too_large", filename, found=str(len(data)), limit=str(MOST_BYTES))
        return RefusedFile((finding,))
    kind = recognised(data)
    if isinstance(kind, Finding):
        return RefusedFile((kind,))
    read = _read(kind, layout, data)
    if not read.regime:
        read = _carried_over(layout, data, kind, expected) or read
    findings = list(read.findings)
    if not read.regime:
        return RefusedFile(tuple(findings), kind, read.unit, read.period)

    findings += _not_of_unit(read, expected)
    period = _period(layout, read, expected, findings)
    values = read.values
    captured = expected.captured
    if captured is None and expected.captured_of is not None:
        captured = expected.captured_of(read.unit)
    if captured is not None:
        findings += [read.locate(each) for each in _not_captured(layout, values, captured, expected.partly)]
        rest = values.captured if expected.partly else {}
        values = Values(values.cells, values.added, values.texts, {**rest, **captured})
    evaluation, found = validator_of(layout).validate(values)
    unread = _unread(layout, read.findings)
    findings += [read.locate(_weighed(each, read)) for each in found if not _follows_from(each, unread)]
    if period is None or any(each.severity == "error" for each in findings):
        return RefusedFile(tuple(findings), kind, read.unit, read.period)
    return CheckedReport(kind, read.unit, period, values, evaluation, tuple(findings), sha256(data))


def _read(kind: Kind, layout: Layout, data: bytes) -> _Read:
    return _read_json(layout, data) if kind == "json" else _read_workbook(layout, data)


def _carried_over(layout: Layout, data: bytes, kind: Kind, expected: Expected) -> _Read | None:
    """A file of an earlier edition, read by that one and carried through each after it; None for any other file."""
    if expected.editions is None:
        return None
    hash = _template_of(kind, data)
    path = () if hash is None else tuple(expected.editions(hash))
    if not path:
        return None
    read = _read(kind, path[0], data)
    if not read.regime:
        return read
    values, lost = read.values, list[Finding]()
    for before, after in pairwise((*path, layout)):
        carried = carry(values, before, after)
        values = carried.values
        # Places are those of the edition that the file follows only before the first step.
        lost += [_in_words(read.locate(each) if before is path[0] else each) for each in carried.lost]
    versions = {"found": path[0].template.version, "expected": layout.template.version}
    notice = Finding(code="older_edition", severity="notice", values=versions)
    findings = (notice, *read.findings, *lost)
    return replace(read, values=values, findings=findings, locate=lambda finding: finding)


def _in_words(finding: Finding) -> Finding:
    """A finding whose place is of another edition: a name there may be another cell's here."""
    place = finding.place
    kept = Place(words=place.words, sheet=place.sheet, cell=place.cell)
    return finding.model_copy(update={"place": kept})


def _template_of(kind: Kind, data: bytes) -> str | None:
    """The hash of the form that a file says it follows."""
    if kind == "json":
        from renderers.document import template_of

        return template_of(data)
    from renderers.xlsx.read import identify

    identity = identify(data)
    return None if isinstance(identity, Finding) else identity.template_hash


def recognised(data: bytes) -> Kind | Finding:
    """What kind of file the bytes are; a finding that names what was sent instead, where that can be told."""
    if data.startswith(_ZIP):
        return "xlsx"
    if data.startswith(_OLE):
        from renderers.xlsx.gate import old_or_locked

        return old_or_locked(data)
    if data.startswith(_PDF):
        return Finding(code="file_not_recognised", severity="error", values={"found": "PDF"})
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
    if start in (b"{", b"["):
        return "json"
    return Finding(code="file_not_recognised", severity="error", values={"found": _described(data, start)})


def _described(data: bytes, start: bytes) -> str:
    """What a file seems to be that is named as a workbook and is none."""
    if not start:
        return "0 byte"
    if start == b"<":
        return "HTML/XML"
    head = data[:4096]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "CSV/text UTF-16"
    if not any(byte < 32 and byte not in b"\t\r\n" for byte in head):
        return "CSV/text"
    return "–"


@lru_cache(maxsize=64)
def validator_of(layout: Layout) -> Validator:
    """The validator of a layout, made once."""
    from renderers.validators import Validator

    return Validator(layout)


# -- the two kinds -------------------------------------------------------------------------------------------


def _read_json(layout: Layout, data: bytes) -> _Read:
    from renderers.document import read_submission

    head, values, findings = read_submission(layout, data)
    wrong_form = {"wrong_regime", "wrong_version", "wrong_template"} & {each.code for each in findings}
    return _Read(
        kind="json",
        regime=head is not None and not wrong_form,
        unit="" if head is None else head.unit,
        period="" if head is None else head.period,
        values=values,
        findings=findings,
        locate=lambda finding: finding,
    )


def _read_workbook(layout: Layout, data: bytes) -> _Read:
    from compiler.template import template_hash
    from renderers.xlsx.read import read

    reading = read(layout, data)
    identity = reading.identity
    return _Read(
        kind="xlsx",
        regime=identity is not None and identity.template_hash == template_hash(layout.template),
        unit="" if identity is None else identity.unit,
        period="" if identity is None else identity.period,
        values=reading.values,
        findings=reading.findings,
        locate=reading.located,
        is_computed_there=reading.is_computed_there,
    )


# -- what only follows from a value that could not be read ---------------------------------------------------


@dataclass(frozen=True)
class _Unread:
    """Where something was given but not understood; of static cells, also all that depends on them."""

    places: frozenset[tuple[object, ...]]
    tables: frozenset[str]
    cells: frozenset[Address]
    checks: frozenset[tuple[str, str | None, str | None]]


def _unread(layout: Layout, findings: tuple[Finding, ...]) -> _Unread:
    places = frozenset(_spot(each.place) for each in findings)
    tables = frozenset(
        each.place.table
        for each in findings
        if each.place.table is not None and each.code in {"table_missing", "table_moved"}
    )
    cells = {cell.address for cell in layout.cells if cell.address.table in tables}
    for place in (each.place for each in findings):
        if (
            place.table is not None
            and place.row is not None
            and place.column is not None
            and place.index is None
        ):
            cells.add(Address(place.table, place.row, place.column))
    if not cells:
        return _Unread(places, tables, frozenset(), frozenset())
    for cell in layout.order:
        if cell.expression is not None and _reads_any(cell.expression, cells):
            cells.add(cell.address)
    checks = {
        (placed.check.name, placed.row, placed.column)
        for placed in layout.checks
        if placed.group is None and _reads_any(placed.condition, cells)
    }
    return _Unread(places, tables, frozenset(cells), frozenset(checks))


def _reads_any(expression: Expression, cells: set[Address]) -> bool:
    return any(isinstance(leaf, Cell) and address_of(leaf) in cells for leaf in leaves(expression))


def _follows_from(finding: Finding, unread: _Unread) -> bool:
    """Whether a finding would not be there had the unit's value been understood: one slip, one finding."""
    place = finding.place
    if finding.check is not None:
        return place.index is None and (finding.check, place.row, place.column) in unread.checks
    if finding.code == "required":
        return _spot(place) in unread.places or place.table in unread.tables
    computed = (place.table, place.row, place.column) in unread.cells and place.index is None
    return finding.code == "computed_differs" and computed


def _weighed(finding: Finding, read: _Read) -> Finding:
    """A computed cell that says something else than we do holds a report back only where somebody wrote that there."""
    if finding.code == "computed_differs" and read.is_computed_there(finding.place):
        return finding.model_copy(update={"severity": "warning"})
    return finding


def _spot(place: Place) -> tuple[object, ...]:
    return place.table, place.row, place.column, place.index, place.text


# -- whose it is, and of when --------------------------------------------------------------------------------


def _not_of_unit(read: _Read, expected: Expected) -> list[Finding]:
    if not read.unit:
        already = any(each.code == "missing_field" and each.place.words == "unit" for each in read.findings)
        return [] if already else [_error("missing_field", "unit", field="unit")]
    if expected.unit and read.unit != expected.unit:
        return [_error("wrong_unit", "unit", found=read.unit[:40], expected=expected.unit)]
    if expected.units is not None and read.unit not in expected.units:
        # A name only gives candidates: a person chooses.
        meant = [each.unit for each in expected.units.candidates(read.unit)[:3]]
        hint = "".join(f" → {unit.code} {unit.name}" for unit in meant)
        return [_error("unknown_unit", "unit", found=read.unit[:40], hint=hint)]
    return []


def _period(layout: Layout, read: _Read, expected: Expected, findings: list[Finding]) -> Period | None:
    """The period of the file, if it is one and the right one; what is wrong with it is found once."""
    told = {"not_a_period", "wrong_period"} & {each.code for each in read.findings}
    if not read.period:
        if not any(each.code == "missing_field" and each.place.words == "period" for each in read.findings):
            findings.append(_error("missing_field", "period", field="period"))
        return None
    period = parse_period(read.period)
    if isinstance(period, PeriodProblem):
        if not told:
            findings.append(period.finding(Place(words="period")))
        return None
    types = layout.template.period_types
    if types and period.type not in types:
        if not told:
            findings.append(_error("wrong_period", "period", found=period.code, expected=", ".join(types)))
        return None
    if expected.period is not None and period != expected.period:
        findings.append(_error("other_period", "period", found=period.code, expected=expected.period.code))
        return None
    return period


def _not_captured(
    layout: Layout, values: Values, captured: Mapping[CaptureKey, int | None], partly: bool
) -> list[Finding]:
    """Captured values in a file that are not what the earlier report holds. What it leaves out, it doesn't claim."""
    from renderers.places import Places

    findings: list[Finding] = []
    for key, found in values.captured.items():
        expected = captured.get(key)
        if found == expected or (partly and key not in captured):
            continue
        type = layout.source_of(key).type
        shown = ["–" if number is None else format_number(number, type) for number in (found, expected)]
        findings.append(
            Finding(
                code="carried_differs",
                severity="error",
                place=Places(layout).cell(key.address),
                values={"found": shown[0], "expected": shown[1]},
            )
        )
    return findings


def _error(code: str, words: str, **values: str) -> Finding:
    return Finding(code=code, severity="error", place=Place(words=words), values=values)

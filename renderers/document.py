"""A submission's JSON to the values of a report, and back.

`read_submission` takes bytes from outside and names every problem at once, each at its place, with a hint where a
name is almost right. `read_document` does the same for data that is parsed already; `write_document` is its inverse.
Values are read cell by cell in `scalars.py`, JSON text in `json_text.py`. Whether the values are *right* (required,
bounds, formulas, checks) is `validators.py`'s matter, whether the unit may send them the runtime's.

The shape:

    {"regime": …, "version": …, "unit": …, "period": …, "template": … (optional, the hash),
     "data": {table: {row: {column: value}, added group: [{column: value}]}, text: value},
     "captured": {"prior": {table: {row: {column: number or null}}}}}

Blanks may be left out or null. Of captured values null says that the earlier report was blank there, and leaving
out that there was no earlier report.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any, get_args

from compiler.cells import AddedColumn, Layout, PlacedCell
from compiler.findings import Finding, Place
from compiler.formula.expressions import CaptureFunction
from compiler.frozen import Frozen
from compiler.numbers import CAPTURED_DIGITS, COMPUTED_DIGITS, DIGITS, NumberProblem
from compiler.periods import PeriodProblem, parse_period
from compiler.template import TextInput, template_hash
from compiler.values import Address, CaptureKey, GroupKey, Scalar, Values
from renderers.json_text import JsonObject, parse_json
from renderers.places import Places, narratives
from renderers.scalars import (
    PROBLEMS,
    Choices,
    ScalarProblem,
    choices,
    read_scalar,
    read_text,
    shown,
    write_scalar,
)

MAX_FINDINGS = 1_000
"""The most problems of one document that are listed; the rest is counted."""

MAX_ROWS = 10_000
"""The most self-added rows of one group that are read, whatever the form allows."""

_MAX_COMPARED = 20_000
"""The most names that are compared for the hints of one document: comparing costs more than all the rest."""

_HEAD = ("regime", "version", "unit", "period")
_FIELDS = (*_HEAD, "template", "data", "captured")
_FUNCTIONS: tuple[CaptureFunction, ...] = get_args(CaptureFunction)


class Submission(Frozen):
    """The head of a submission: which form, who fills it, for which period. `template` is the form's hash, if given."""

    regime: str
    version: str
    unit: str
    period: str
    template: str | None = None


def template_of(raw: bytes) -> str | None:
    """The hash of the form that a submission in JSON says it follows; None where it says none."""
    parsed = parse_json(raw)
    found = parsed.get("template") if isinstance(parsed, dict) else None
    return found if isinstance(found, str) else None


def read_submission(layout: Layout, raw: bytes) -> tuple[Submission | None, Values, tuple[Finding, ...]]:
    """A submission in JSON.

    The head is None where it is incomplete. The data of another regime or version is not looked at: its problems
    would not be problems of this form.
    """
    parsed = parse_json(raw)
    if isinstance(parsed, Finding):
        return None, Values(), (parsed,)
    found = _Findings()
    if not isinstance(parsed, dict):
        found.add("wrong_shape", Place(), expected="{…}")
        return None, Values(), found.listed()
    fields = found.object(parsed, Place)
    for name in fields:
        if name not in _FIELDS:
            found.unknown("unknown_field", name, _FIELDS, Place())
    head = _read_head(fields, found)
    wrong_form = head is not None and _is_of_another_form(layout, head, found)
    if head is not None:
        _check_period(layout, head, found)
    values = Values()
    if not wrong_form:
        values = _read_values(layout, fields.get("data"), fields.get("captured"), found)
    return head, values, found.listed()


def submission_bytes(layout: Layout, head: Submission, values: Values) -> bytes:
    """The canonical JSON of a submission: sorted names, no spaces, UTF-8; equal reports have equal bytes."""
    document: dict[str, object] = head.model_dump(exclude_none=True)
    document["data"] = write_document(layout, values)
    if captured := write_captured(layout, values):
        document["captured"] = captured
    # A Decimal reaches JSON as a double: with at most 15 significant digits (`write_scalar` turns longer ones into
    # texts) the double's shortest form is the decimal itself, digit for digit.
    text = json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=float
    )
    return text.encode("utf-8")


def read_document(
    layout: Layout, data: object, captured: object = None
) -> tuple[Values, tuple[Finding, ...]]:
    """The values in a submission's `data` and `captured`, parsed with `parse_float=Decimal`, and what is wrong.

    What is wrong is left out of the values. Computed cells that are given are in them: whoever evaluates the report
    compares them with what is right.
    """
    found = _Findings()
    values = _read_values(layout, data, captured, found)
    return values, found.listed()


def write_document(layout: Layout, values: Values) -> dict[str, Any]:
    """The `data` of a submission: ints, Decimals, texts and booleans; blank cells, rows and tables left out."""
    data: dict[str, Any] = {}
    for cell in layout.cells:
        value = values.cells.get(cell.address)
        if value is not None:
            table, row, column = cell.address
            data.setdefault(table, {}).setdefault(row, {})[column] = write_scalar(value, cell.type)
    for group in layout.groups:
        rows = values.added.get(group.key)
        if rows:
            types = {added.column.name: added.type for added in group.columns}
            data.setdefault(group.key.table, {})[group.key.group] = [
                {name: write_scalar(row[name], type) for name, type in types.items() if name in row}
                for row in rows
            ]
    data.update({name: values.texts[name] for name in _form(layout).texts if name in values.texts})
    return data


def write_captured(layout: Layout, values: Values) -> dict[str, Any]:
    """The `captured` of a submission: what earlier reports held; null where one was blank."""
    captured: dict[str, Any] = {}
    for key in layout.captures:
        if key in values.captured:
            value = values.captured[key]
            table, row, column = key.address
            cells = captured.setdefault(key.function, {}).setdefault(table, {}).setdefault(row, {})
            cells[column] = None if value is None else write_scalar(value, layout.source_of(key).type)
    return captured


# -- the form, indexed by names --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Form:
    """What names a document may use."""

    places: Places
    cells: Mapping[str, Mapping[str, Mapping[str, PlacedCell]]]
    """Static cells by table, row and column; of an added group's row there are none."""
    added: Mapping[GroupKey, Mapping[str, AddedColumn]]
    texts: Mapping[str, TextInput]
    lists: Mapping[str, Choices]
    elsewhere: Mapping[str, Mapping[str, Mapping[str, PlacedCell]]]
    """The cells of other regimes' reports that are read, the same way."""
    captures: frozenset[CaptureKey]
    template_hash: str


@lru_cache(maxsize=64)
def _form(layout: Layout) -> _Form:
    template = layout.template
    cells: dict[str, dict[str, dict[str, PlacedCell]]] = {
        table.name: {row.name: {} for row in table.rows} for table in template.tables
    }
    for cell in layout.cells:
        table, row, column = cell.address
        cells[table][row][column] = cell
    elsewhere: dict[str, dict[str, dict[str, PlacedCell]]] = {}
    for cell in layout.elsewhere.values():
        table, row, column = cell.address
        elsewhere.setdefault(table, {}).setdefault(row, {})[column] = cell
    return _Form(
        places=Places(layout),
        cells=cells,
        added={group.key: {added.column.name: added for added in group.columns} for group in layout.groups},
        texts={text.name: text for text in narratives(template)},
        lists=choices(template),
        elsewhere=elsewhere,
        captures=frozenset(layout.captures),
        template_hash=template_hash(template),
    )


# -- what is found ---------------------------------------------------------------------------------------------


class _Findings:
    """Collects what is wrong, up to a limit, and reads what all places share: objects and their names."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._more = 0
        self._compared = 0

    def listed(self) -> tuple[Finding, ...]:
        if not self._more:
            return tuple(self._listed)
        more = Finding(code="too_many_findings", severity="error", values={"count": str(self._more)})
        return (*self._listed, more)

    def add(self, code: str, place: Place, **values: str) -> None:
        if len(self._listed) < MAX_FINDINGS:
            self._listed.append(Finding(code=code, severity="error", place=place, values=values))
        else:
            self._more += 1

    def problem(self, problem: NumberProblem | ScalarProblem, place: Place) -> None:
        self.add(problem.code, place, **problem.values)

    def hint(self, found: str, names: Iterable[str]) -> str:
        """` → name` where a name is almost the one found; an arrow reads the same in every language."""
        names = list(names)
        self._compared += len(names)
        if self._compared > _MAX_COMPARED:
            return ""
        close = get_close_matches(found[:100], names, n=1)
        return f" → {close[0]}" if close else ""

    def unknown(self, code: str, name: str, names: Iterable[str], place: Place, **values: str) -> None:
        """A name that the form does not have, with a hint."""
        self.add(code, place, found=shown(name), hint=self.hint(name, names), **values)

    def object(self, value: object, place: Callable[[], Place]) -> Mapping[str, object]:
        """The object that a value is; an empty one for null, and with a finding for anything else."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.add("wrong_shape", place(), expected="{…}")
            return {}
        if isinstance(value, JsonObject):
            for name in value.repeated:
                self.add("repeated_name", place(), found=shown(name))
        return value


# -- the head --------------------------------------------------------------------------------------------------


def _read_head(fields: Mapping[str, object], found: _Findings) -> Submission | None:
    head: dict[str, str] = {}
    for name in _HEAD:
        text = read_text(fields[name], 100) if fields.get(name) is not None else None
        if text is None:
            found.add("missing_field", Place(words=name), field=name)
        elif isinstance(text, ScalarProblem):
            found.problem(text, Place(words=name))
        else:
            head[name] = text.strip()
    template = fields.get("template")
    pinned = read_text(template, 64) if template is not None else None
    if isinstance(pinned, ScalarProblem):
        found.problem(pinned, Place(words="template"))
        pinned = None
    return Submission(**head, template=pinned) if len(head) == len(_HEAD) else None


def _is_of_another_form(layout: Layout, head: Submission, found: _Findings) -> bool:
    template = layout.template
    if head.regime != template.regime:
        found.add("wrong_regime", Place(words="regime"), found=shown(head.regime), expected=template.regime)
        return True
    if head.version != template.version:
        found.add(
            "wrong_version", Place(words="version"), found=shown(head.version), expected=template.version
        )
        return True
    expected = _form(layout).template_hash
    if head.template is not None and head.template != expected:
        found.add(
            "wrong_template", Place(words="template"), found=shown(head.template[:12]), expected=expected[:12]
        )
        return True
    return False


def _check_period(layout: Layout, head: Submission, found: _Findings) -> None:
    period = parse_period(head.period)
    types = layout.template.period_types
    if isinstance(period, PeriodProblem):
        problem = period.finding()
        found.add(problem.code, Place(words="period"), **{**problem.values, "found": shown(head.period)})
    elif types and period.type not in types:
        found.add("wrong_period", Place(words="period"), found=head.period, expected=", ".join(types))


# -- the values ------------------------------------------------------------------------------------------------

_DATA = partial(Place, words="data")
_CAPTURED = partial(Place, words="captured")


def _read_values(layout: Layout, data: object, captured: object, found: _Findings) -> Values:
    form = _form(layout)
    cells: dict[Address, Scalar] = {}
    added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {}
    texts: dict[str, str] = {}
    for name, value in found.object(data, _DATA).items():
        if name in form.cells:
            _read_table(form, name, value, cells, added, found)
        elif name in form.texts:
            text = read_text(value, form.texts[name].max_length) if value is not None else None
            if isinstance(text, ScalarProblem):
                found.problem(text, form.places.text(name))
            elif text is not None:
                texts[name] = text
        else:
            found.unknown("unknown_table", name, (*form.cells, *form.texts), _DATA())
    return Values(cells, added, texts, _read_captured(form, captured, found))


def _read_table(
    form: _Form,
    table: str,
    value: object,
    cells: dict[Address, Scalar],
    added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]],
    found: _Findings,
) -> None:
    rows = form.cells[table]
    for row, content in found.object(value, partial(form.places.table, table)).items():
        key = GroupKey(table, row)
        if key in form.added:
            if content is not None and (read := _read_added(form, key, content, found)):
                added[key] = read
        elif row in rows:
            for cell, scalar in _read_row(form, table, row, content, found):
                cells[cell.address] = scalar
        else:
            found.unknown("unknown_row", row, rows, form.places.table(table), table=table)


def _read_row(
    form: _Form, table: str, row: str, content: object, found: _Findings
) -> Iterator[tuple[PlacedCell, Scalar]]:
    """The cells of a static row that hold something."""
    columns = form.cells[table][row]
    for name, value in found.object(content, partial(form.places.row, table, row)).items():
        cell = columns.get(name)
        if cell is None:
            found.unknown("unknown_column", name, columns, form.places.row(table, row), table=table)
        elif value is None:
            continue
        elif cell.kind == "not_applicable":
            found.add("not_applicable", form.places.cell(cell.address), found=shown(value))
        else:
            digits = COMPUTED_DIGITS if cell.kind == "computed" else DIGITS
            scalar = read_scalar(value, cell.column.type, form.lists, digits)
            if isinstance(scalar, PROBLEMS):
                found.problem(scalar, form.places.cell(cell.address))
            elif scalar is not None:
                yield cell, scalar


def _read_added(
    form: _Form, key: GroupKey, content: object, found: _Findings
) -> tuple[Mapping[str, Scalar], ...]:
    """The rows of an added group, as many as there are: what is wrong in one leaves the others in their places."""
    if not isinstance(content, list):
        found.add("wrong_shape", form.places.row(key.table, key.group), expected="[…]")
        return ()
    if len(content) > MAX_ROWS:
        place = form.places.row(key.table, key.group)
        found.add("too_many_rows", place, found=str(len(content)), limit=str(MAX_ROWS))
    columns = form.added[key]
    rows: list[Mapping[str, Scalar]] = []
    for index, item in enumerate(content[:MAX_ROWS], start=1):
        row: dict[str, Scalar] = {}
        for name, value in found.object(item, partial(form.places.added, key, index)).items():
            added = columns.get(name)
            if added is None:
                found.unknown("unknown_column", name, columns, form.places.added(key, index), table=key.table)
                continue
            digits = COMPUTED_DIGITS if added.kind == "computed" else DIGITS
            scalar = read_scalar(value, added.type, form.lists, digits)
            if isinstance(scalar, PROBLEMS):
                found.problem(scalar, form.places.added(key, index, name))
            elif scalar is not None:
                row[name] = scalar
        rows.append(row)
    return tuple(rows)


def _read_captured(form: _Form, captured: object, found: _Findings) -> dict[CaptureKey, int | None]:
    values: dict[CaptureKey, int | None] = {}
    for name, tables in found.object(captured, _CAPTURED).items():
        function = next((known for known in _FUNCTIONS if known == name), None)
        if function is None:
            found.unknown("unknown_field", name, _FUNCTIONS, _CAPTURED())
            continue
        cells = form.elsewhere if function == "report" else form.cells
        for cell, value in _captured_cells(form, cells, tables, found):
            key = CaptureKey(function, cell.address)
            if key not in form.captures:
                found.add("not_captured", form.places.cell(cell.address))
            elif value is None:
                values[key] = None
            else:
                scalar = read_scalar(value, cell.column.type, form.lists, CAPTURED_DIGITS)
                if isinstance(scalar, PROBLEMS):
                    found.problem(scalar, form.places.cell(cell.address))
                elif isinstance(scalar, int):
                    values[key] = scalar
    return values


def _captured_cells(
    form: _Form,
    cells: Mapping[str, Mapping[str, Mapping[str, PlacedCell]]],
    tables: object,
    found: _Findings,
) -> Iterator[tuple[PlacedCell, object]]:
    """Every known static cell that captured data speaks of, with what it says."""
    for table, rows in found.object(tables, _CAPTURED).items():
        if table not in cells:
            found.unknown("unknown_table", table, cells, _CAPTURED())
            continue
        for row, columns in found.object(rows, partial(form.places.table, table)).items():
            known = cells[table].get(row)
            if not known:
                found.unknown("unknown_row", row, cells[table], form.places.table(table), table=table)
                continue
            for column, value in found.object(columns, partial(form.places.row, table, row)).items():
                cell = known.get(column)
                if cell is not None:
                    yield cell, value
                else:
                    found.unknown("unknown_column", column, known, form.places.row(table, row), table=table)


__all__ = [
    "Submission",
    "read_document",
    "read_submission",
    "submission_bytes",
    "write_captured",
    "write_document",
]

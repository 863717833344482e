"""A report against its form: computed, compared with what was given, every rule and check looked at, all at once.

The work is done by generated straight-line code: the formulas and checks of
`compiler/formula/emit/python.py` and the rules of entries of `entries.py`. What they find is put in words
here, and only then costs anything: a right report makes no finding. The same code as a module of its own is
`python_module.py`.

The findings come in the order of the form: static cells, self-added rows, narratives, checks. Severities: a
check has its own; one that could not be evaluated is a notice; all else is an error.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.formula.emit.python import program
from compiler.formula.evaluate import (
    CheckOutcome,
    Evaluation,
    ReportReader,
    assign,
    carried_key,
    evaluate,
    report_reader,
)
from compiler.formula.expressions import Call, Captured, Cell, Expression
from compiler.formula.grain import grain
from compiler.formula.operations import OPERATIONS, Value
from compiler.formula.rounding import Grain, Overflow, coarser, round_half_away
from compiler.numbers import format_number
from compiler.template import Bound, Template, ValueType
from compiler.values import Scalar, Values
from renderers import entries
from renderers.entries import Broken
from renderers.places import Places, narratives
from renderers.sentences import BLANK, shown

_EXTRA_DECIMALS = 6
"""How many more decimals than its scale a number may show in a message before it is rounded."""


class Validator:
    """Validates reports of one form. Made once for a layout: it generates and loads code."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.program = program(layout)
        self.entries = entries.load(entries.source(layout))
        self._places = Places(layout)
        self._texts = tuple(
            text for text in narratives(layout.template) if text.required or text.required_when is not None
        )
        self._keyed = tuple(group for group in layout.groups if group.row.key is not None)
        self._carried = tuple(
            (cell.slot, key)
            for cell in entries.bound_carried(layout)
            if (key := carried_key(cell)) is not None
        )
        self._not_evaluated: dict[int, Finding] = {}

    def validate(self, values: Values) -> tuple[Evaluation, tuple[Finding, ...]]:
        """The evaluated report and all that is wrong with it.

        Where a result is too large to be computed, that is the one finding, and the values come back as
        they were.
        """
        try:
            frame, rows = self.program.load(values)
            taken = frozenset(slot for slot, key in self._carried if key in values.captured)
            broken = self.entries(frame, rows, taken)
            self.program.compute(frame, rows)
        except (Overflow, OverflowError):
            return Evaluation(values, ()), (_error("overflow", self._overflowing(values)),)
        outcomes = self.program.outcomes(self.program.checks(frame, rows))
        evaluated = self.program.unload(frame, rows, values)
        findings = [
            *self._of_cells(values, evaluated, [Broken(*fields) for fields in broken]),
            *self._of_texts(evaluated),
            *self._of_checks(evaluated, outcomes),
        ]
        return Evaluation(evaluated, outcomes), tuple(findings)

    def _overflowing(self, values: Values) -> Place:
        """The first cell that grows too large, found by going the slow way; no place where an input is itself."""
        layout = self.layout
        try:
            frame, _ = self.program.load(values)
        except Overflow:
            return Place()
        cells = {cell.address: held for cell, held in zip(layout.cells, frame, strict=False)}
        added = {group.key: [dict(row) for row in values.added.get(group.key, ())] for group in layout.groups}
        reader = ReportReader(layout, cells, added, values.captured)
        for group in layout.groups:
            for index, row in enumerate(added[group.key], start=1):
                for column in group.order:
                    assert column.expression is not None  # a computed column has a formula
                    try:
                        value = assign(evaluate(column.expression, reader.in_row(group, row)), column.type)
                    except Overflow:
                        return self._places.added(group.key, index, column.column.name)
                    row.pop(column.column.name, None)
                    if value is not None:
                        row[column.column.name] = value
        for cell in layout.order:
            assert cell.expression is not None  # a computed cell has a formula
            try:
                cells[cell.address] = assign(evaluate(cell.expression, reader), cell.type)
            except Overflow:
                return self._places.cell(cell.address)
        return Place()

    # -- entries, and given results ------------------------------------------------------------------

    def _of_cells(self, given: Values, evaluated: Values, broken: list[Broken]) -> Iterator[Finding]:
        """Of static cells in their order, then of self-added rows in theirs."""
        static = [(one.slot, self._broken_cell(one, evaluated)) for one in broken if one.slot >= 0]
        static += self._differing_cells(given, evaluated)
        yield from (finding for _, finding in sorted(static, key=lambda found: found[0]))

        added = [
            ((one.group, one.row, one.column), self._broken_row(one, evaluated))
            for one in broken
            if one.slot < 0
        ]
        added += self._differing_rows(given, evaluated)
        added += self._repeated_keys(evaluated)
        yield from (finding for _, finding in sorted(added, key=lambda found: found[0]))

    def _broken_cell(self, broken: Broken, evaluated: Values) -> Finding:
        cell = self.layout.cells[broken.slot]
        value = evaluated.cells.get(cell.address)
        return _broken(
            broken,
            cell.column.minimum,
            cell.column.maximum,
            value,
            cell.type,
            self._places.cell(cell.address),
        )

    def _broken_row(self, broken: Broken, evaluated: Values) -> Finding:
        group = self.layout.groups[broken.group]
        rows = evaluated.added[group.key]
        if broken.rule == "rows":
            counts = {"found": str(len(rows)), "limit": str(group.row.max_rows)}
            return _error("too_many_rows", self._places.row(*group.key), **counts)
        column = group.columns[broken.column].column
        place = self._places.added(group.key, broken.row + 1, column.name)
        value = rows[broken.row].get(column.name)
        return _broken(broken, column.minimum, column.maximum, value, column.type, place)

    def _differing_cells(self, given: Values, evaluated: Values) -> Iterator[tuple[int, Finding]]:
        """Computed and carried cells that were given and say something else."""
        if given.cells.items() <= evaluated.cells.items():
            return  # the usual case, at the speed of C
        for cell in self.layout.cells:
            found = given.cells.get(cell.address)
            right = evaluated.cells.get(cell.address)
            if found is not None and found != right and cell.kind in {"computed", "carried"}:
                place = self._places.cell(cell.address)
                code = "computed_differs" if cell.kind == "computed" else "carried_differs"
                yield cell.slot, self._differing(code, found, right, cell.type, place)

    def _differing_rows(
        self, given: Values, evaluated: Values
    ) -> Iterator[tuple[tuple[int, int, int], Finding]]:
        for number, group in enumerate(self.layout.groups):
            pairs = zip(given.added.get(group.key, ()), evaluated.added.get(group.key, ()), strict=True)
            for index, (row, right) in enumerate(pairs):
                for added in group.order:
                    found = row.get(added.column.name)
                    if found is not None and found != right.get(added.column.name):
                        place = self._places.added(group.key, index + 1, added.column.name)
                        expected = right.get(added.column.name)
                        finding = self._differing("computed_differs", found, expected, added.type, place)
                        yield (number, index, added.index), finding

    def _differing(
        self, code: str, found: Scalar, right: Scalar | None, type: ValueType, place: Place
    ) -> Finding:
        template = self.layout.template
        return _error(code, place, found=shown(found, type, template), expected=shown(right, type, template))

    def _repeated_keys(self, evaluated: Values) -> Iterator[tuple[tuple[int, int, int], Finding]]:
        for group in self._keyed:
            number = self.layout.groups.index(group)
            key = next(added for added in group.columns if added.column.name == group.row.key)
            first: dict[Scalar, int] = {}
            for index, row in enumerate(evaluated.added.get(group.key, ()), start=1):
                value = row.get(key.column.name)
                if value is None:
                    continue
                earlier = first.setdefault(folded(value), index)
                if earlier != index:
                    place = self._places.added(group.key, index, key.column.name)
                    found = shown(value, key.type, self.layout.template)
                    yield (
                        (number, index - 1, key.index),
                        _error("duplicate_key", place, found=found, first=str(earlier)),
                    )

    def _of_texts(self, values: Values) -> Iterator[Finding]:
        for text in self._texts:
            if not values.texts.get(text.name) and (
                text.required_when is None or holds(text.required_when, self.layout, values)
            ):
                yield _error("required", self._places.text(text.name))

    # -- checks --------------------------------------------------------------------------------------

    def _of_checks(self, evaluated: Values, outcomes: tuple[CheckOutcome, ...]) -> Iterator[Finding]:
        reader: ReportReader | None = None
        for outcome in outcomes:
            if outcome.holds is None:
                yield self._unknown(outcome)
            elif not outcome.holds:
                reader = reader or report_reader(self.layout, evaluated)
                yield self._failed(outcome, self._reader_of(outcome, reader, evaluated))

    def _unknown(self, outcome: CheckOutcome) -> Finding:
        """Blank rows are common, and the notice of a check at a static place is always the same one."""
        # By identity: the layout holds its checks, and comparing them by content would cost more than a new
        # notice.
        known = self._not_evaluated.get(id(outcome.placed))
        if known is not None and outcome.index is None:
            return known
        finding = Finding(
            code="check_not_evaluated",
            severity="notice",
            place=self._places.check(outcome.placed, outcome.index),
            check=outcome.placed.check.name,
            values={"message": outcome.placed.check.message},
        )
        if outcome.index is None:
            self._not_evaluated[id(outcome.placed)] = finding
        return finding

    def _reader_of(self, outcome: CheckOutcome, reader: ReportReader, evaluated: Values) -> ReportReader:
        key = outcome.placed.group
        if key is None or outcome.index is None:
            return reader
        return reader.in_row(self.layout.group_of[key], evaluated.added[key][outcome.index - 1])

    def _failed(self, outcome: CheckOutcome, reader: ReportReader) -> Finding:
        check = outcome.placed.check
        values = {"message": check.message}
        sides = _sides(outcome.placed.condition, reader, self.layout.template)
        if sides is not None:
            values["left"], values["right"] = sides
        return Finding(
            code="check_not_met" if sides is None else "check_failed",
            severity=check.severity,
            place=self._places.check(outcome.placed, outcome.index),
            check=check.name,
            values=values,
        )


def holds(condition: Expression, layout: Layout, values: Values) -> bool:
    """Whether a condition of the outline is known and holds in an evaluated report."""
    return evaluate(condition, report_reader(layout, values)) is True


def folded(value: Scalar) -> Scalar:
    """A key as keys are compared: NFC, trimmed, white space folded, case kept."""
    return " ".join(unicodedata.normalize("NFC", value).split()) if isinstance(value, str) else value


def _error(code: str, place: Place, **values: str) -> Finding:
    return Finding(code=code, severity="error", place=place, values=values)


def _broken(
    broken: Broken,
    minimum: Bound | None,
    maximum: Bound | None,
    value: Scalar | None,
    type: ValueType,
    place: Place,
) -> Finding:
    """A broken rule of one entry in words."""
    if broken.rule == "required":
        return _error("required", place)
    bound = minimum if broken.rule == "minimum" else maximum
    assert bound is not None  # the rule is the column's
    assert isinstance(value, int)  # only numbers have bounds
    codes = {"minimum": ("below_minimum", "not_above"), "maximum": ("above_maximum", "not_below")}
    code = codes[broken.rule][0 if bound.inclusive else 1]
    limit = printed(Fraction(bound.value), type.scale, type.kind == "percent")
    return _error(code, place, found=format_number(value, type), limit=limit)


def _sides(condition: Expression, reader: ReportReader, template: Template) -> tuple[str, str] | None:
    """The two sides of a comparison as printed, at the scale they are compared at; None for any other condition."""
    if not isinstance(condition, Call) or not OPERATIONS[condition.operation].compares:
        return None
    left, right = condition.arguments
    types = [reader.type(side) for side in (left, right) if isinstance(side, Cell | Captured)]
    type = types[0] if types else ValueType(kind="decimal")
    percent = any(found.kind == "percent" for found in types)
    grains = grain(left, reader.type), grain(right, reader.type)
    printed = [
        _side(evaluate(side, reader), fine, scale, percent, type, template)
        for side, fine, scale in zip((left, right), grains, coarser(*grains), strict=True)
    ]
    return printed[0], printed[1]


def _side(
    value: Value, fine: Grain, scale: int | None, percent: bool, type: ValueType, template: Template
) -> str:
    if value is None:
        return BLANK
    if not isinstance(value, Fraction):
        return shown(value, type, template)
    if scale is not None:
        value = Fraction(round_half_away(value, scale)) / Fraction(10) ** scale
    finest = scale if scale is not None else fine
    return printed(value, int(finest) if isinstance(finest, int) else 0, percent)


def printed(value: Fraction, scale: int, percent: bool) -> str:
    """An exact number with `scale` decimals, or as many more as it needs, up to a limit."""
    least = max(scale, 2 if percent else 0)
    for decimals in range(least, least + _EXTRA_DECIMALS):
        if (value * 10**decimals).denominator == 1:
            break
    else:
        decimals = least + _EXTRA_DECIMALS
    type = ValueType(kind="percent" if percent else "decimal", scale=decimals)
    return format_number(round_half_away(value, decimals), type)

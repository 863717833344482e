"""The workbook against the definition: the one that is sent out, filled in, and computed by LibreOffice.

Each computed cell is judged by its own formula on what the workbook itself shows in the cells it reads, so that a last
place that a double rounded the other way is told once, where it happened. Three things are told apart: what refuses a
package, a cell listed as meeting an exact half that is off by one in the last place, and numbers of more digits than a
spreadsheet has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from compiler.cells import AddedGroup, Layout, PlacedCheck
from compiler.formula.doubles import meets_exact_half, outgrows_doubles
from compiler.formula.evaluate import Evaluation, ReportReader, assign, evaluate
from compiler.formula.expressions import Captured, Cell, Expression, calls
from compiler.formula.grain import cell_types, grain, literal
from compiler.formula.kernel import Overall, Source
from compiler.formula.operations import OPERATIONS
from compiler.formula.rounding import Overflow, coarser
from compiler.template import ValueType
from compiler.values import Address, CaptureKey, Scalar, to_decimal
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.xlsx.results import Beyond, Raw, Results
from renderers.xlsx.write import render
from runtime.agreement.differences import Difference, Site, Weight, shown_scalar, shown_truth
from runtime.agreement.office import NAME

TRUTH = ValueType(kind="boolean")

_DOUBLE_ERROR = Fraction(1, 2**48)
"""How far a double can be from what a few operations on doubles mean, of its size."""


def workbook(layout: Layout, evaluation: Evaluation) -> bytes:
    """The workbook of an evaluated report, not computed yet."""
    nobody = Letterhead(superior="", issuer="", place="", receiver="")
    period = ReportingPeriod("2026", "Năm 2026", date(2026, 1, 1), date(2026, 12, 31))
    return render(layout, Filling(evaluation.values, "", "", period, nobody))


def compared(
    layout: Layout,
    submission: str,
    right: Evaluation,
    results: Results,
    alone: Beyond,
) -> Iterator[Difference]:
    """Where the computed workbook differs, but for what it leaves to the server (`alone`)."""
    judge = _Judge(layout, submission, right, results, alone)
    yield from judge.rows()
    yield from judge.cells()
    yield from judge.checks()


class _Judge:
    def __init__(
        self, layout: Layout, submission: str, right: Evaluation, results: Results, alone: Beyond
    ) -> None:
        self._layout, self._submission, self._right = layout, submission, right
        self._results, self._alone = results, alone
        # The report as the workbook shows it: what is computed is put in as it is judged.
        self._cells: dict[Address, Scalar] = {
            address: held
            for address, held in right.values.cells.items()
            if layout.by_address[address].kind != "computed"
        }
        self._values = replace(right.values, cells=self._cells)

    def cells(self) -> Iterator[Difference]:
        """Computed static cells, each after those it reads."""
        layout = self._layout
        for cell in layout.order:
            assert cell.expression is not None  # computed cells have one
            wanted = self._right.values.cells.get(cell.address)
            raw = self._results.cells[cell.address]
            held: Scalar | None = wanted
            if cell.address not in self._alone.cells:
                site = Site(layout, str(cell.address), cell.expression)
                wanted = self._expected(site, cell.type)
                held, weight = self._judged(site, cell.type, wanted, raw, self._reader(site))
                if weight is not None:
                    yield self._difference(site, cell.type, wanted, raw, weight)
            if held is not None:
                self._cells[cell.address] = held

    def rows(self) -> Iterator[Difference]:
        """Computed columns of self-added rows; static cells read them, so they come first."""
        added = dict(self._values.added)
        for group in self._layout.groups:
            rows = []
            for index, row in enumerate(self._values.added.get(group.key, ())):
                computed = {column.column.name for column in group.order}
                own: dict[str, Scalar] = {name: held for name, held in row.items() if name not in computed}
                for column in group.order:
                    assert column.expression is not None  # computed columns have one
                    name = column.column.name
                    if (group.key, name) in self._alone.columns:
                        right = self._right.values.added[group.key][index].get(name)
                        own |= {} if right is None else {name: right}
                        continue
                    place = f"{group.key.table}[{group.key.group}][{index + 1}].{name}"
                    site = Site(self._layout, place, column.expression, group, own)
                    raw = self._results.added[group.key][index][name]
                    wanted = self._expected(site, column.type)
                    held, weight = self._judged(site, column.type, wanted, raw, self._reader(site))
                    if weight is not None:
                        yield self._difference(site, column.type, wanted, raw, weight)
                    if held is not None:
                        own[name] = held
                rows.append(own)
            added[group.key] = tuple(rows)
        self._values = replace(self._values, added=added)

    def checks(self) -> Iterator[Difference]:
        """Every check; over self-added rows all of them together."""
        for number, placed in enumerate(self._layout.checks):
            if number in self._alone.checks:
                continue
            sites = list(self._sites(placed))
            truths = [evaluate(site.expression, self._reader(site)) for site in sites]
            wanted = False if False in truths else True if True in truths else None
            if placed.group is None:
                wanted = truths[0] if isinstance(truths[0], bool) else None
            elif not self._values.added.get(placed.group):
                wanted = None  # no row, nothing to check; some conditions are known even of a blank one
            found = self._results.checks[number]
            if found is wanted:
                continue
            site = next((one for one, truth in zip(sites, truths, strict=True) if truth is wanted), sites[0])
            weight: Weight = "refused"
            if any(self._outgrows(one, TRUTH) for one in sites):
                weight = "digits"
            elif any(self._at_half(one, TRUTH) for one in sites):
                weight = "half"
            yield Difference(
                NAME,
                self._submission,
                site.place,
                site.formula,
                site.inputs(self._evaluation),
                shown_truth(wanted),
                shown_truth(found),
                weight,
            )

    def _sites(self, placed: PlacedCheck) -> Iterator[Site]:
        place = " ".join(filter(None, (placed.check.name, placed.place)))
        if placed.group is None:
            yield Site(self._layout, place, placed.condition)
            return
        group: AddedGroup = self._layout.group_of[placed.group]
        rows = self._values.added.get(group.key, ()) or ({},)
        for index, row in enumerate(rows, start=1):
            yield Site(self._layout, f"{place} {index}", placed.condition, group, row)

    @property
    def _evaluation(self) -> Evaluation:
        return Evaluation(self._values, ())

    def _reader(self, site: Site) -> ReportReader:
        return site.reader(self._evaluation)

    def _expected(self, site: Site, type: ValueType) -> Scalar | None:
        try:
            return assign(evaluate(site.expression, self._reader(site)), type)
        except Overflow:
            return None

    def _judged(
        self, site: Site, type: ValueType, wanted: Scalar | None, raw: Raw, reader: ReportReader
    ) -> tuple[Scalar | None, Weight | None]:
        """What the cell holds for those that read it, and how heavy the difference is; None: there is none."""
        if not isinstance(wanted, int) or isinstance(wanted, bool):
            same = raw == wanted and isinstance(raw, bool) == isinstance(wanted, bool)
            weight: Weight = "digits" if not same and self._outgrows(site, type) else "refused"
            return wanted, None if same else weight
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            return wanted, "digits" if self._outgrows(site, type) else "refused"
        # The double nearest to the decimal that is meant, to the last bit.
        if float(raw) == float(to_decimal(wanted, type.scale)):
            return wanted, None
        if self._outgrows(site, type):
            return wanted, "digits"
        held = int(Decimal(format(raw, ".15g")).scaleb(type.scale).to_integral_value())
        exact = float(raw) == float(to_decimal(held, type.scale))
        half = self._at_half(site, type)
        return held, "half" if exact and half and abs(held - wanted) == 1 else "refused"

    def _at_half(self, site: Site, type: ValueType) -> bool:
        """Whether the compiler lists the formula, and these values bring some rounding in it to a half."""
        listed = meets_exact_half(site.expression, type, cell_types(self._layout, site.group))
        return listed and any(map(near_half, roundings(site.expression, type, self._reader(site))))

    def _outgrows(self, site: Site, type: ValueType) -> bool:
        values, own = self._values, site.row

        def value(source: Source) -> Scalar | None:
            match source:
                case Captured(cell=Cell(row=None)):
                    return None
                case Captured():
                    return values.captured.get(CaptureKey(source.function, _address(source.cell)))
                case Cell(row=None):
                    return own.get(source.column or "")
                case Cell():
                    return values.cells.get(_address(source))

        def overall(node: Overall) -> int:
            rows = values.added
            found = [
                held
                for key, members in rows.items()
                if tuple(key) == (node.rows.table, node.rows.group)
                for row in members
                if (held := row.get(node.rows.column or "")) is not None
            ]
            if node.how == "count":
                return len(found)
            numbers = [held for held in found if isinstance(held, int)]
            if node.how == "sum":
                return sum(numbers)
            return (min if node.how == "min" else max)(numbers, default=0)

        types = cell_types(self._layout, site.group)
        return outgrows_doubles(site.expression, type, types, value, overall)

    def _difference(
        self, site: Site, type: ValueType, wanted: Scalar | None, raw: Raw, weight: Weight
    ) -> Difference:
        found = "" if raw is None else shown_truth(raw) if isinstance(raw, bool) else str(raw)
        expected = shown_scalar(wanted, type.scale)
        inputs = site.inputs(self._evaluation)
        return Difference(NAME, self._submission, site.place, site.formula, inputs, expected, found, weight)


def roundings(expression: Expression, type: ValueType, reader: ReportReader) -> Iterator[Fraction]:
    """The exact numbers that a formula rounds to whole ones: each is multiplied by 10**scale already."""

    def scaled(rounded: Expression, scale: int) -> Iterator[Fraction]:
        value = evaluate(rounded, reader)
        if isinstance(value, Fraction):
            yield value * Fraction(10) ** scale

    for call in calls(expression):
        if call.operation == "round":
            yield from scaled(call.arguments[0], int(literal(call.arguments[1])))
        elif OPERATIONS[call.operation].compares:
            scales = coarser(*(grain(argument, reader.type) for argument in call.arguments))
            for argument, scale in zip(call.arguments, scales, strict=True):
                if scale is not None:
                    yield from scaled(argument, scale)
    if type.is_number:
        yield from scaled(expression, type.scale)


def near_half(value: Fraction) -> bool:
    """Whether the double nearest to the number may lie on the other side of a half."""
    distance: Fraction = abs(value % 1 - Fraction(1, 2))
    size: Fraction = abs(value) + 1
    return distance <= size * _DOUBLE_ERROR


def _address(cell: Cell) -> Address:
    return Address(cell.table, cell.row or "", cell.column or "")

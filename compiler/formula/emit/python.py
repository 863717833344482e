"""Generated Python: a report as straight-line code over a frame, many times faster than walking its formulas.

A frame is a list with one place per static cell and capture (`layout.cells`, then `layout.captures`): scaled integers,
texts and booleans, None where blank. The self-added rows are a list per group of `layout.groups`, each row a list with
one place per column. `compute(frame, rows)` fills in computed cells in place; `checks(frame, rows)` gives what each
check comes to: True, False or None, and a list of them for a check over self-added rows.

The frame path takes numbers as they are: who fills a frame by other means than `Program.load` keeps entered and
captured ones within `INPUT_LIMIT`. Equal to `evaluate_report` on every report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from compiler.cells import AddedGroup, Layout, PlacedCheck
from compiler.formula.emit.spelling import Names, Spelling, overalls, shared
from compiler.formula.evaluate import CheckOutcome, Evaluation
from compiler.formula.expressions import Cell
from compiler.formula.kernel import Comparison, Extreme, Node, Overall, Source, Truth, nonzero_source
from compiler.formula.lowering import Textual
from compiler.formula.program import Assigned, Carried, GroupProgram, ReportProgram
from compiler.formula.rounding import INPUT_LIMIT, Overflow, round_half_away, within
from compiler.values import Address, GroupKey, Scalar, Values

Frame = list[Scalar | None]
"""One place per static cell, then one per capture."""

GroupRows = list[list[Frame]]
"""Per group, per row, one place per column."""

_NOWHERE = Address("", "", "")
"""Where nothing is given: computed and inapplicable cells start blank."""

_HEADER = '''"""Generated from a compiled template. See compiler/formula/emit/python.py."""

LIMIT = 2**127 - 1


def half_away(numerator, denominator):
    """The nearest integer to the quotient, an exact half away from zero."""
    magnitude = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return magnitude if (numerator < 0) == (denominator < 0) else -magnitude


def within(value):
    """The value, if 128 bits hold it."""
    if -LIMIT <= value <= LIMIT:
        return value
    raise OverflowError("beyond 128 bits")
'''


class Program:
    """The generated code of one layout, ready to run."""

    def __init__(self, layout: Layout, source: str, carried: tuple[Carried, ...]) -> None:
        self.layout = layout
        self.source = source
        """The code, the same bytes for the same template."""
        namespace: dict[str, Any] = {}
        # The code is made by this module from slots and escaped literals; no text of the template is code in it.
        exec(compile(source, "<bieu>", "exec"), namespace)  # noqa: S102
        self.compute: Callable[[Frame, GroupRows], None] = namespace["compute"]
        """Fills the computed cells of a frame, and of its rows, in place."""
        self.checks: Callable[[Frame, GroupRows], list[Any]] = namespace["checks"]
        """What each check of a computed frame comes to."""

        self._carried = carried
        entered = {"entered", "carried"}
        self._given = [cell.address if cell.kind in entered else _NOWHERE for cell in layout.cells]
        self._addresses = [cell.address for cell in layout.cells]
        first = len(layout.cells)
        numbers = [cell.slot for cell in layout.cells if cell.kind in entered and cell.type.is_number]
        self._numbers = numbers + list(range(first, first + len(layout.captures)))

        # A static check comes to one of three outcomes, made once.
        self._possible: list[tuple[PlacedCheck, dict[bool | None, CheckOutcome]]] = [
            (placed, {holds: CheckOutcome(placed, holds) for holds in (True, False, None)})
            for placed in layout.checks
        ]

    def load(self, values: Values) -> tuple[Frame, GroupRows]:
        """A report as a frame and its rows, computed cells blank. Raises Overflow for an input beyond the limit."""
        cell, captured = values.cells.get, values.captured.get
        frame: Frame = [cell(address) for address in self._given]
        frame += [captured(key) for key in self.layout.captures]
        for carried in self._carried:
            if carried.key in values.captured:
                frame[carried.cell.slot] = self._taken_over(carried, values.captured[carried.key])
        _check_inputs(frame[slot] for slot in self._numbers)
        rows = [self._load_rows(group, values) for group in self.layout.groups]
        return frame, rows

    def evaluate(self, values: Values) -> Evaluation:
        """The evaluated report, equal to `evaluate_report(layout, values)`. Raises Overflow."""
        frame, rows = self.load(values)
        try:
            self.compute(frame, rows)
        except OverflowError as problem:
            raise Overflow(str(problem)) from problem
        return Evaluation(self.unload(frame, rows, values), self.outcomes(self.checks(frame, rows)))

    def unload(self, frame: Frame, rows: GroupRows, values: Values) -> Values:
        """A computed frame as values; texts and captures are those of `values`."""
        cells = {
            address: held for address, held in zip(self._addresses, frame, strict=False) if held is not None
        }
        added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {}
        for group, members in zip(self.layout.groups, rows, strict=True):
            names = [column.column.name for column in group.columns]
            added[group.key] = tuple(
                {name: held for name, held in zip(names, row, strict=True) if held is not None}
                for row in members
            )
        return Values(cells=cells, added=added, texts=values.texts, captured=values.captured)

    def outcomes(self, found: list[Any]) -> tuple[CheckOutcome, ...]:
        """What `checks` gave, as outcomes."""
        outcomes: list[CheckOutcome] = []
        for (placed, possible), holds in zip(self._possible, found, strict=True):
            if placed.group is None:
                outcomes.append(possible[holds])
            else:
                outcomes += [CheckOutcome(placed, one, index) for index, one in enumerate(holds, start=1)]
        return tuple(outcomes)

    @staticmethod
    def _taken_over(carried: Carried, held: int | None) -> int | None:
        if held is None or carried.source.scale == carried.cell.type.scale:
            return held
        exact = Fraction(held, 10**carried.source.scale)
        return within(round_half_away(exact, carried.cell.type.scale))

    @staticmethod
    def _load_rows(group: AddedGroup, values: Values) -> list[Frame]:
        given = ["" if column.kind == "computed" else column.column.name for column in group.columns]
        numbers = [column.index for column in group.columns if column.type.is_number]
        rows: list[Frame] = [[row.get(name) for name in given] for row in values.added.get(group.key, ())]
        _check_inputs(row[index] for row in rows for index in numbers)
        return rows


def program(layout: Layout) -> Program:
    """Generate and load the code of a layout."""
    report = ReportProgram(layout)
    return Program(layout, "\n".join(_source(report)), report.carried)


def _check_inputs(numbers: Iterable[Any]) -> None:
    present = list(filter(None, numbers))
    if present and (max(present) > INPUT_LIMIT or min(present) < -INPUT_LIMIT):
        raise Overflow(f"an input is beyond {INPUT_LIMIT}")


class PythonSpelling(Spelling):
    """Kernel nodes as Python expressions."""

    conjunction, disjunction, negation = " and ", " or ", "not "
    _strict = True

    def constant(self, value: int) -> str:
        """An integer."""
        return str(value)

    def or_zero(self, name: str) -> str:
        """`None or 0` is 0."""
        return f"({name} or 0)"

    def select(self, condition: str, then: str, otherwise: str) -> str:
        """A conditional expression."""
        return f"({then} if {condition} else {otherwise})"

    def extreme(self, node: Extreme) -> str:
        """The built-in over what there is."""
        items = [
            self.select(self.truth(condition), self.quantity(item), "None") for condition, item in node.items
        ]
        return f"{node.how}([v for v in ({', '.join(items)}) if v is not None], default=0)"

    def rounded(self, numerator: str, denominator: str, positive: bool) -> str:
        """Floor division, told apart by sign; only the usual case is written out."""
        if positive:
            whole, half = int(denominator), int(denominator) // 2
            up = f"({numerator} + {half}) // {whole}"
            down = f"-(({half} - {numerator}) // {whole})"
            if whole % 2:
                # Never an exact half: rounding to the nearest is the same for either sign.
                return f"(({numerator} + {half}) // {whole})"
            return f"({up} if {numerator} >= 0 else {down})"
        usual = f"(2 * {numerator} + {denominator}) // (2 * {denominator})"
        return f"({usual} if {numerator} >= 0 < {denominator} else half_away({numerator}, {denominator}))"

    def present(self, name: str, holds: bool) -> str:
        """Identity with None."""
        return f"{name} is not None" if holds else f"{name} is None"

    def ticked(self, name: str) -> str:
        """Identity with True."""
        return f"{name} is True"

    def same_text(self, left: str, right: str) -> str:
        """Equality, of None too."""
        return f"{left} == {right}"

    def text(self, value: str) -> str:
        """Every character but ASCII letters and digits is escaped."""
        return f'"{escaped(value)}"'

    def comparison(self, sign: Comparison) -> str:
        """Python's operator."""
        return {"=": "==", "<>": "!=", "<": "<", "<=": "<="}[sign]

    def known(self, holds: bool) -> str:
        """True or False."""
        return str(holds)

    def condition(self, node: Truth) -> str:
        """A part of a condition, where only truthiness counts: neither blank nor 0 is just the variable."""
        source = None if node in self.bound or self._strict else nonzero_source(node)
        return super().condition(node) if source is None else self.names(source)

    def when(self, node: Truth) -> str:
        """A truth to decide by, which need not be a bool."""
        source = None if node in self.bound else nonzero_source(node)
        if source is not None:
            return self.names(source)
        self._strict = False
        text = self.truth(node)
        self._strict = True
        return text


def escaped(value: str) -> str:
    """A text with every character but ASCII letters and digits written as a Unicode escape."""
    return "".join(
        letter if letter.isascii() and letter.isalnum() else f"\\U{ord(letter):08x}" for letter in value
    )


def _source(report: ReportProgram) -> Iterator[str]:
    width = len(report.layout.cells) + len(report.layout.captures)
    unpack = f"    {', '.join(f'c{slot}' for slot in range(width))}, = frame" if width else "    pass"
    yield _HEADER
    yield ""
    yield "def compute(frame, rows):"
    yield '    """Fill in the computed cells of the rows, then of the frame."""'
    for group in report.groups:
        yield from _group_lines(group, report)
    yield unpack
    yield from _overall_lines([assigned for _, assigned in report.cells], report)
    spelling = _Lines(_names(report, None), "    ")
    for cell, assigned in report.cells:
        yield from spelling.assignment(f"c{cell.slot}", assigned)
    for cell, _ in report.cells:
        yield f"    frame[{cell.slot}] = c{cell.slot}"
    yield ""
    yield ""
    yield "def checks(frame, rows):"
    yield '    """What each check comes to, in order; a list for a check over self-added rows."""'
    yield unpack
    yield from _overall_lines([check.outcome for check in report.checks], report)
    for number, check in enumerate(report.checks):
        if check.group is None:
            yield from spelling.assignment(f"o{number}", check.outcome)
        else:
            yield f"    o{number} = []"
            yield f"    for {_row_names(check.group)} in rows[{check.group.number}]:"
            inner = _Lines(_names(report, check.group), "        ")
            yield from inner.assignment("o", check.outcome)
            yield f"        o{number}.append(o)"
    yield f"    return [{', '.join(f'o{number}' for number in range(len(report.checks)))}]"
    yield ""


class _Lines:
    """Assignments as lines of Python at one indentation."""

    def __init__(self, names: Names, indent: str) -> None:
        self._spelling = PythonSpelling(names)
        self._indent = indent

    def assignment(self, name: str, assigned: Assigned) -> Iterator[str]:
        """`name` gets what is assigned, or None."""
        indent, spelling = self._indent, self._spelling
        bound = shared([assigned.present])
        yield from self._bind(bound, "p", indent)
        condition = spelling.when(assigned.present)
        if isinstance(assigned.value, Textual):
            yield f"{indent}{name} = {spelling.textual(assigned.value.text)}"
            return
        bound = shared([assigned.value])
        if not bound:
            value = self._value(assigned)
            if condition == "True":
                yield f"{indent}{name} = {value}"
            else:
                yield f"{indent}{name} = {value} if {condition} else None"
        else:
            yield f"{indent}if {condition}:"
            yield from self._bind(bound, "t", indent + "    ")
            yield f"{indent}    {name} = {self._value(assigned)}"
            yield f"{indent}else:"
            yield f"{indent}    {name} = None"
        spelling.bound.clear()

    def _bind(self, bound: list[Node], letter: str, indent: str) -> Iterator[str]:
        for number, node in enumerate(bound):
            text = self._spelling.node(node)
            self._spelling.bound[node] = f"{letter}{number}"
            yield f"{indent}{letter}{number} = {text}"

    def _value(self, assigned: Assigned) -> str:
        assert not isinstance(assigned.value, Textual)
        text = self._spelling.node(assigned.value)
        return f"within({text})" if assigned.checked else text


def _group_lines(group: GroupProgram, report: ReportProgram) -> Iterator[str]:
    if not group.columns:
        return
    yield f"    for row in rows[{group.number}]:"
    yield f"        {_row_names(group)} = row"
    lines = _Lines(_names(report, group), "        ")
    for added, assigned in group.columns:
        yield from lines.assignment(f"r{added.index}", assigned)
    for added, _ in group.columns:
        yield f"        row[{added.index}] = r{added.index}"


def _row_names(group: GroupProgram) -> str:
    return ", ".join(f"r{column.index}" for column in group.group.columns) + ","


def _overall_lines(assigned: Iterable[Assigned], report: ReportProgram) -> Iterator[str]:
    """A variable for every aggregate of self-added rows that is read, and for the values it is made from."""
    gathered: set[tuple[int, int]] = set()
    for node in overalls(node for one in assigned for node in one.nodes):
        group, column = report.column_of(node.rows)
        if (group, column) not in gathered:
            gathered.add((group, column))
            yield f"    g{group}_{column} = [row[{column}] for row in rows[{group}] if row[{column}] is not None]"
        values = f"g{group}_{column}"
        written = {
            "sum": f"sum({values})",
            "count": f"len({values})",
            "min": f"min({values}, default=0)",
            "max": f"max({values}, default=0)",
        }[node.how]
        yield f"    {node.how}{group}_{column} = {written}"


def _names(report: ReportProgram, group: GroupProgram | None) -> Names:
    own = {} if group is None else {column.column.name: column.index for column in group.group.columns}

    def name(read: Source | Overall) -> str:
        if isinstance(read, Overall):
            number, column = report.column_of(read.rows)
            return f"{read.how}{number}_{column}"
        if isinstance(read, Cell) and read.row is None:
            return f"r{own[read.column or '']}"
        return f"c{report.slots[read]}"

    return name

"""Lint on sums: what a total takes, held against how the form divides its other totals.

Every place where the form says that a total is a plain sum (a formula, a further side of a chain, a written equality,
`of which exhaustive`) is a *division* of that total, and every `a <= w` or `of which` without `exhaustive` states a
*subset* of w. From these alone three slips of printed forms are found, as warnings:

- a sum takes a part of another total but not its rest (the printed 04/XLD: 15+18 beside 16=17+18). A table that
  crosses two divisions (nam and Kinh share "nam, Kinh") does so everywhere and rightly: there every term is a part of
  some other total. Of two totals that share a part, the one whose parts stand beside it is taken to be right;
- a sum takes a total and a part of it, so that the part is counted twice;
- a sum adds subsets of one whole, which may overlap (13a: 8≤7 and 9≤7, so 7=8+9 is wrong on honest data).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.formula.expressions import Call, Cell, Expression, leaves
from compiler.formula.wording import name_of
from compiler.passes.checks import Checks
from compiler.passes.context import Diagnostics
from compiler.passes.resolve import Facts, Resolver
from compiler.template import Check
from dsl import tree
from dsl.diagnostics import Fix, Label
from dsl.span import Span


@dataclass(frozen=True, eq=False)
class StatedSum:
    """One plain sum of cells that the form states. `total`: what it is the sum of, None where that is no single cell.

    source: the sum as written, to find a term's place in; None for `of which`. formula: it computes the total.
    """

    total: Cell | None
    terms: tuple[Cell, ...]
    span: Span
    source: tree.Expression | None
    formula: bool = False


@dataclass(frozen=True)
class Subset:
    """A stated `part <= whole`."""

    part: Cell
    whole: Cell
    span: Span


def lint_sums(
    resolver: Resolver,
    row_facts: Mapping[str, Mapping[str, Facts]],
    checks: Checks,
    compiled: Iterable[Check],
    diagnostics: Diagnostics,
) -> None:
    """Warn of every sum of the regime that takes too little, takes twice, or adds what overlaps."""
    sums = [*_defining(resolver, row_facts), *_of_which(resolver)]
    subsets = list(_stated_parts(resolver))
    for check in compiled:
        node = checks.nodes.get(check.name)
        if node is not None:
            sums += _equalities(check.condition, node)
            subsets += _subsets(check.condition, node.span)
    _Lint(resolver, sums, subsets, diagnostics).run()


class _Lint:
    def __init__(
        self, resolver: Resolver, sums: list[StatedSum], subsets: list[Subset], diagnostics: Diagnostics
    ) -> None:
        self.resolver = resolver
        self.sums = sums
        self.diagnostics = diagnostics
        self.divisions: dict[Cell, list[StatedSum]] = {}
        self.wholes: dict[Cell, list[StatedSum]] = {}
        """By a part: the divisions that it is a part in."""
        for stated in sums:
            if stated.total is not None and len(stated.terms) > 1:
                self._known(stated)
        self.subsets: dict[Cell, list[Subset]] = {}
        """By a part: what states it."""
        for subset in subsets:
            self.subsets.setdefault(subset.part, []).append(subset)

    def _known(self, division: StatedSum) -> None:
        assert division.total is not None  # asked by the callers
        self.divisions.setdefault(division.total, []).append(division)
        for part in dict.fromkeys(division.terms):
            self.wholes.setdefault(part, []).append(division)

    def run(self) -> None:
        written = [stated for stated in self.sums if stated.source is not None and len(stated.terms) > 1]
        wrong = [stated for stated in written if self._twice(stated)]
        # A sum that is wrong by itself is no measure for others.
        for stated in wrong:
            self._forget(stated)
        for stated in written:
            if stated not in wrong:
                self._incomplete(stated)
                self._overlapping(stated)

    def _forget(self, division: StatedSum) -> None:
        if division.total is not None:
            self.divisions[division.total].remove(division)
            for part in dict.fromkeys(division.terms):
                self.wholes[part].remove(division)

    def _twice(self, stated: StatedSum) -> bool:
        taken = frozenset(stated.terms)
        for whole in stated.terms:
            for division in self.divisions.get(whole, ()):
                part = next((each for each in division.terms if each in taken and each != whole), None)
                if part is not None:
                    values = {"part": name_of(part), "whole": name_of(whole)}
                    labels = (Label(division.span, "division"),)
                    place = _place(part, stated)
                    self.diagnostics.add("BIEU0301", place, values, labels=labels, severity="warning")
                    return True
        return False

    def _incomplete(self, stated: StatedSum) -> None:
        """A part of another total without the rest of it, beside terms that are no parts of it."""
        taken = frozenset(stated.terms)
        near = (division for term in stated.terms for division in self.wholes.get(term, ()))
        for division in dict.fromkeys(near):
            whole, parts = division.total, frozenset(division.terms)
            # A sum of parts alone is a subtotal of its own.
            if whole is None or whole == stated.total or whole in taken or taken <= parts:
                continue
            rest = [part for part in division.terms if part not in taken and not self._covers(taken, part)]
            if not rest or stated.total in parts or not self._is_doubtful(stated, division):
                continue
            inside = [term for term in stated.terms if term in parts]
            values = {
                "part": name_of(inside[0]),
                "whole": name_of(whole),
                "rest": ", ".join(f"`{name_of(each)}`" for each in rest),
            }
            span = _place(inside[0], stated)
            self.diagnostics.add(
                "BIEU0300",
                span,
                values,
                labels=(Label(division.span, "division"),),
                fix=self._whole_instead(stated, whole, inside, span),
                severity="warning",
            )
            return

    def _overlapping(self, stated: StatedSum) -> None:
        """Two terms that are only said to lie within one whole."""
        by_whole: dict[Cell, dict[Cell, Subset]] = {}
        for term in stated.terms:
            for subset in self.subsets.get(term, ()):
                by_whole.setdefault(subset.whole, {}).setdefault(term, subset)
        for whole, added in by_whole.items():
            if len(added) < 2 or whole in stated.terms:
                continue
            apart = any(added.keys() <= set(division.terms) for division in self.divisions.get(whole, ()))
            # Where the whole itself is divided by them, that division is where it is said.
            if apart and stated.total != whole:
                continue
            first, second = list(added.values())[:2]
            values = {
                "first": name_of(first.part),
                "second": name_of(second.part),
                "whole": name_of(whole),
                "sum": " + ".join(name_of(term) for term in stated.terms),
            }
            labels: tuple[Label, ...] = (
                Label(first.span, "subset", {"part": name_of(first.part)}),
                Label(second.span, "subset", {"part": name_of(second.part)}),
            )
            # Parts of one `of which` are stated in one place.
            if first.span == second.span:
                labels = (Label(first.span, "parts"),)
            self.diagnostics.add("BIEU0302", stated.span, values, labels=labels, severity="warning")
            return

    def _is_doubtful(self, stated: StatedSum, division: StatedSum) -> bool:
        """Whether of two sums that share a part it is the first that looks wrong."""
        crosses = all(
            any(other.total != stated.total for other in self.wholes.get(term, ())) for term in stated.terms
        )
        together = self._stands_together(division)
        if together != self._stands_together(stated):
            return together and not crosses
        return division.formula and not stated.formula and not crosses

    def _stands_together(self, division: StatedSum) -> bool:
        """Whether a total and its parts, or the parts' own parts, are neighbours in the printed order."""
        total = division.total
        table = None if total is None else self.resolver.tables.get(total.table)
        if total is None or table is None:
            return False
        order = table.columns if total.row is None else table.rows
        places = {name: index for index, name in enumerate(order)}
        members = {total}
        waiting = list(division.terms)
        while waiting:
            cell = waiting.pop()
            if cell not in members:
                members.add(cell)
                waiting += (term for other in self.divisions.get(cell, ()) for term in other.terms)
        names = {cell.column if total.row is None else cell.row for cell in members}
        if not names <= places.keys():
            return False
        found = [places[name] for name in names if name is not None]
        return max(found) - min(found) < len(found)

    def _whole_instead(self, stated: StatedSum, whole: Cell, inside: list[Cell], span: Span) -> Fix | None:
        """The whole in the part's place, where that stands alone in the source and closes no circle of formulas."""
        bare = whole.column is None or whole.row is None
        if len(inside) > 1 or span == stated.span or not bare:
            return None
        if stated.formula and stated.total is not None and stated.total in self._reached(whole):
            return None
        return Fix(span, name_of(whole))

    def _covers(self, taken: frozenset[Cell], part: Cell) -> bool:
        """Whether the parts of a part are taken in its place."""
        # Walked without recursion: formulas may be long chains, and still stand in a circle here.
        below: dict[Cell, None] = {}
        waiting = [part]
        while waiting:
            cell = waiting.pop()
            if cell not in below and cell not in taken:
                below[cell] = None
                waiting += (term for division in self.divisions.get(cell, ()) for term in division.terms)
        covered = set(taken)
        before = -1
        while before != len(covered):
            before = len(covered)
            for cell in reversed(below):
                if any(covered.issuperset(division.terms) for division in self.divisions.get(cell, ())):
                    covered.add(cell)
        return part in covered

    def _reached(self, start: Cell) -> set[Cell]:
        """All cells that the formula of a cell reads, directly or not."""
        reached: set[Cell] = set()
        waiting = [start]
        while waiting:
            cell = waiting.pop()
            if cell in reached:
                continue
            reached.add(cell)
            table = self.resolver.tables.get(cell.table)
            if table is not None and cell.row is None and cell.column in table.columns:
                formula = self.resolver.column(table, cell.column).formula
                if formula is not None:
                    waiting += [leaf for leaf in leaves(formula.expression) if isinstance(leaf, Cell)]
            elif cell.column is None:
                for stated in self.divisions.get(cell, ()):
                    waiting += stated.terms if stated.formula else ()
        return reached


# What the form states


def _defining(resolver: Resolver, row_facts: Mapping[str, Mapping[str, Facts]]) -> Iterator[StatedSum]:
    """The sides of every column's and row's definition that are sums."""
    for table in resolver.tables.values():
        for name, column in table.columns.items():
            definition = column.attributes.definition
            if definition is not None:
                total = Cell(table=table.name, column=name)
                yield from _sides(total, resolver.column(table, name), definition)
        for name, facts in row_facts[table.name].items():
            definition = table.rows[name].attributes.definition
            if definition is not None:
                yield from _sides(Cell(table=table.name, row=name), facts, definition)


def _sides(total: Cell, facts: Facts, definition: tree.Definition) -> Iterator[StatedSum]:
    for index, (side, source) in enumerate(zip(facts.sides, definition.sides, strict=True)):
        terms = _terms(side.expression)
        if terms is not None:
            yield StatedSum(total, terms, side.span, source, formula=index == 0)


def _of_which(resolver: Resolver) -> Iterator[StatedSum]:
    for table in resolver.tables.values():
        for parts in table.parts:
            if parts.mode == "exhaustive":
                terms = tuple(Cell(table=table.name, row=name) for name in parts.parts)
                yield StatedSum(Cell(table=table.name, row=parts.whole), terms, parts.span, None)


def _stated_parts(resolver: Resolver) -> Iterator[Subset]:
    for table in resolver.tables.values():
        for parts in table.parts:
            if parts.mode in {"overlapping", None}:
                whole = Cell(table=table.name, row=parts.whole)
                for name in parts.parts:
                    yield Subset(Cell(table=table.name, row=name), whole, parts.span)


def _equalities(condition: Expression, node: tree.Check) -> Iterator[StatedSum]:
    """The sums that a check equates with a cell or with another sum."""
    match condition:
        case Call(operation="and", arguments=arguments):
            for argument in arguments:
                yield from _equalities(argument, node)
        case Call(operation="equal", arguments=(left, right)):
            for total, side in ((left, right), (right, left)):
                terms = _terms(side)
                if terms is not None and len(terms) > 1:
                    cell = total if isinstance(total, Cell) else None
                    yield StatedSum(cell, terms, node.condition.span, node.condition)
        case _:
            return


def _subsets(condition: Expression, span: Span) -> Iterator[Subset]:
    match condition:
        case Call(operation="and", arguments=arguments):
            for argument in arguments:
                yield from _subsets(argument, span)
        case Call(operation="less_equal", arguments=(Cell() as part, Cell() as whole)):
            yield Subset(part, whole, span)
        case Call(operation="greater_equal", arguments=(Cell() as whole, Cell() as part)):
            yield Subset(part, whole, span)
        case _:
            return


def _terms(expression: Expression) -> tuple[Cell, ...] | None:
    """The cells of a plain sum without a subtraction; None where the expression is anything else."""
    match expression:
        case Cell():
            return (expression,)
        case Call(operation="convert", arguments=(inner, _)):
            return _terms(inner)
        case Call(operation="add" | "sum", arguments=arguments):
            found: list[Cell] = []
            # A sum of thousands of terms leans left: its spine is walked, not descended.
            waiting = list(reversed(arguments))
            while waiting:
                argument = waiting.pop()
                if isinstance(argument, Call) and argument.operation in {"add", "sum"}:
                    waiting += reversed(argument.arguments)
                    continue
                terms = _terms(argument)
                if terms is None:
                    return None
                found += terms
            return tuple(found)
        case _:
            return None


def _place(term: Cell, stated: StatedSum) -> Span:
    """Where a term stands in the sum as written; the whole sum where it is meant by a range or a list."""
    name = term.column if term.row is None else term.row
    if stated.source is not None:
        for reference in _references(stated.source):
            if reference.name.text == name and not reference.row and reference.table is None:
                return reference.span
    return stated.span


def _references(source: tree.Expression) -> Iterator[tree.Reference]:
    waiting = [source]
    while waiting:
        match waiting.pop():
            case tree.Reference() as reference:
                yield reference
            case tree.Group(inner=inner):
                waiting.append(inner)
            case tree.Binary(left=left, right=right):
                waiting += [right, left]
            case tree.Comparison(operands=operands):
                waiting += reversed(operands)
            case tree.Apply(arguments=arguments):
                waiting += reversed(arguments)
            case _:
                continue

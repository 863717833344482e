"""Checks: those the author wrote, and those that a chain `a = b = c` and an `of which` state.

A check's scope follows from its names: a bare column name means each row, a bare row name each column, full addresses
once. Names of checks are written or made from what they say, never from their position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from compiler.formula.expressions import AddedRows, Captured, Cell, Expression, call, leaves, number
from compiler.formula.wording import name_of, written
from compiler.passes import types
from compiler.passes.context import Diagnostics
from compiler.passes.drafts import ColumnDraft, PartsDraft, RowDraft, TableDraft
from compiler.passes.measures import assigned
from compiler.passes.names import Where
from compiler.passes.operand import Operand
from compiler.passes.resolve import Facts, Resolver, open_axes
from compiler.template import Check
from dsl import tree
from dsl.diagnostics import Label
from dsl.span import Span


class Checks:
    """Gathers the checks of one regime; `blocked` holds the cells, by table, that are not applicable, `formulas` those
    that have a formula of their own."""

    def __init__(
        self,
        resolver: Resolver,
        row_facts: Mapping[str, Mapping[str, Facts]],
        blocked: Mapping[str, frozenset[tuple[str, str]]],
        formulas: Mapping[str, frozenset[tuple[str, str]]],
        diagnostics: Diagnostics,
    ) -> None:
        self.resolver = resolver
        self.row_facts = row_facts
        self.blocked = blocked
        self.formulas = formulas
        self.diagnostics = diagnostics
        self.spans: dict[str, Span] = {}
        self.nodes: dict[str, tree.Check] = {}
        """Those that the author wrote, by name."""
        self._checks: list[Check] = []

    def all(self, regime: tree.Regime) -> tuple[Check, ...]:
        """Every check: of each table in its order (of which, chains, written), then those of the regime."""
        for table in self.resolver.tables.values():
            for parts in table.parts:
                self._parts(table, parts)
            self._chains(table)
            self._conditions(table)
            for item in table.node.items:
                if isinstance(item, tree.Check):
                    self._written(item, table)
        for once in regime.items:
            if isinstance(once, tree.Check):
                self._written(once, None)
        return tuple(self._checks)

    def _add(self, check: Check, span: Span, node: tree.Check | None = None) -> None:
        before = self.spans.get(check.name)
        if before is not None:
            if check.origin == "written":
                values = {"name": check.name, "what": "check"}
                self.diagnostics.add("BIEU0201", span, values, labels=(Label(before, "first"),))
            return
        self.spans[check.name] = span
        if node is not None:
            self.nodes[check.name] = node
        self._checks.append(check)

    def _written(self, node: tree.Check, table: TableDraft | None) -> None:
        group = None
        if table is not None:
            groups = [row for row in table.rows.values() if row.kind == "added"]
            group = groups[0] if len(groups) == 1 else None
        operand = self.resolver.expression(node.condition, Where(table, group))
        if not types.expect(operand, "truth", self.diagnostics):
            return
        condition = operand.expression
        row, column = open_axes(condition)
        scope: Literal["row", "column", "once"] = "row" if row else "column" if column else "once"
        if row and column:
            self.diagnostics.add("BIEU0225", operand.span)
            return
        if node.once and (row or column):
            self.diagnostics.add("BIEU0226", operand.span)
            return
        text = self._wording(condition, table)
        name = node.name.text if node.name is not None else self._content_name(condition, table)
        check = Check(
            name=name,
            message=node.message.text if node.message is not None else text,
            condition=condition,
            severity="error" if node.severity == "check" else "warning",
            explain=node.explain,
            at_entry=node.at_entry,
            scope=scope,
            table=None if table is None else table.name,
            rows=tuple(self._rows(table, condition)) if table is not None and scope == "row" else (),
            columns=tuple(self._columns(table, condition)) if table is not None and scope == "column" else (),
        )
        self._add(check, node.name.span if node.name is not None else node.span, node)

    def _chains(self, table: TableDraft) -> None:
        for name, column in table.columns.items():
            facts = self.resolver.column(table, name)
            left = Cell(table=table.name, column=name)
            for side in facts.sides[1:]:
                condition = call("agrees", left, self._measured(side, facts).expression)
                self._generated("chain", table, condition, column.node.name.span)
        for name, facts in self.row_facts[table.name].items():
            for side in facts.sides[1:]:
                condition = call("agrees", Cell(table=table.name, row=name), side.expression)
                self._generated("chain", table, condition, table.rows[name].span)

    # Conditions that ask and that hide

    def _conditions(self, table: TableDraft) -> None:
        """What `required when` and `shown when` of columns and rows state."""
        for name, column in {**table.columns, **table.own_columns}.items():
            group = next((row for row in table.rows.values() if column in row.columns), None)
            for node in (column.attributes.shown_when, column.attributes.required_when):
                if node is None:
                    continue
                if column.attributes.definition is not None:
                    self.diagnostics.add("BIEU0357", node.span, {"name": name})
                    continue
                condition = self._asked(node, Where(table, group))
                if condition is not None:
                    self._per_row(table, column, condition, _origin(node), node.span)
        for row in table.rows.values():
            for node in (row.attributes.shown_when, row.attributes.required_when):
                if node is None:
                    continue
                if row.attributes.definition is not None:
                    self.diagnostics.add("BIEU0357", node.span, {"name": row.name})
                    continue
                condition = self._asked(node, Where(table))
                if condition is not None:
                    self._per_column(table, row, condition, _origin(node), node.span)

    def _asked(self, node: tree.RequiredWhen | tree.ShownWhen, where: Where) -> Expression | None:
        operand = self.resolver.expression(node.condition, where)
        if not types.expect(operand, "truth", self.diagnostics):
            return None
        return operand.expression

    def _per_row(
        self,
        table: TableDraft,
        column: ColumnDraft,
        condition: Expression,
        origin: Literal["required", "shown"],
        span: Span,
    ) -> None:
        """A column's condition, in every row where the column is entered."""
        cell = Cell(table=table.name, column=column.name)
        stated = _stated(condition, cell, origin)
        if open_axes(condition)[1]:
            self.diagnostics.add("BIEU0225", span)
            return
        rows = (name for name in self._rows(table, stated) if self._is_entered(table, name, column.name))
        label = column.node.label.text
        self._state(table, label, column.name, condition, stated, origin, span, rows=tuple(rows))

    def _per_column(
        self,
        table: TableDraft,
        row: RowDraft,
        condition: Expression,
        origin: Literal["required", "shown"],
        span: Span,
    ) -> None:
        """A row's condition, in every column that is entered there."""
        stated = _stated(condition, Cell(table=table.name, row=row.name), origin)
        if open_axes(condition)[0]:
            self.diagnostics.add("BIEU0225", span)
            return
        # A bare row name in the condition is the number of that row in the column at hand.
        numbers = open_axes(condition)[1]
        columns = (
            name
            for name in table.columns
            if self._is_entered(table, row.name, name)
            and (not numbers or self.resolver.column(table, name).type.is_number)
        )
        self._state(table, row.label, row.name, condition, stated, origin, span, columns=tuple(columns))

    def of_section(
        self, condition: Expression, table: str, column: str, required: bool, span: Span
    ) -> tuple[Check, ...]:
        """What a section that is shown when `condition` holds states of a column that it asks for."""
        before = len(self._checks)
        self._of_section(condition, table, column, required, span)
        return tuple(self._checks[before:])

    def _of_section(self, condition: Expression, table: str, column: str, required: bool, span: Span) -> None:
        draft = self.resolver.tables[table]
        own = draft.own_columns.get(column)
        asked = draft.columns.get(column) or own
        if asked is None or asked.attributes.definition is not None:
            return
        if required:
            self._per_row(draft, asked, condition, "required", span)
        leaves_asked: list[Expression] = [
            AddedRows(table=table, group=row.name, column=column)
            if row.kind == "added"
            else Cell(table=table, row=row.name, column=column)
            for row in draft.rows.values()
            if self._is_entered(draft, row.name, column) and (own is None or asked in row.columns)
        ]
        if not leaves_asked:
            return
        filled = call("count", *leaves_asked)
        stated = call("or", _holds(condition), call("equal", filled, number(0)))
        self._state(draft, asked.node.label.text, column, condition, stated, "shown", span)

    def _is_entered(self, table: TableDraft, row: str, column: str) -> bool:
        """Whether the unit fills a cell in: no formula claims it, and there is one."""
        draft = table.rows[row]
        if self._is_blocked(table, draft, column) or (row, column) in self.formulas[table.name]:
            return False
        facts = self.resolver.column(table, column)
        summed = row in self.row_facts[table.name] and facts.type.is_number
        return facts.formula is None and not summed

    def _state(
        self,
        table: TableDraft,
        label: str,
        name: str,
        condition: Expression,
        stated: Expression,
        origin: Literal["required", "shown"],
        span: Span,
        rows: tuple[str, ...] = (),
        columns: tuple[str, ...] = (),
    ) -> None:
        row, column = open_axes(stated)
        if (row and not rows) or (column and not columns):
            return
        words = "phải nhập khi" if origin == "required" else "chỉ nhập khi"
        says = f"{origin} when {written(condition, name_of, spaced=False)}"
        check = Check(
            name=f"{table.name}.{name} {says}",
            message=f"«{label}» {words} {self._wording(condition, table)}",
            condition=stated,
            severity="error",
            scope="row" if row else "column" if column else "once",
            table=table.name,
            rows=rows,
            columns=columns,
            origin=origin,
        )
        self._add(check, span)

    def _measured(self, side: Operand, facts: Facts) -> Operand:
        return assigned(side, facts.dimension, side.span, self.resolver.shared.measures, self.diagnostics)

    def _parts(self, table: TableDraft, parts: PartsDraft) -> None:
        whole = Cell(table=table.name, row=parts.whole)
        cells = [Cell(table=table.name, row=name) for name in parts.parts if name in table.rows]
        if not cells:
            return
        added = cells[0] if len(cells) == 1 else call("sum", *cells)
        match parts.mode:
            case "exhaustive":
                self._generated("exhaustive", table, call("agrees", whole, added), parts.span)
            case "disjoint":
                self._generated("disjoint", table, call("less_equal", added, whole), parts.span)
            case "overlapping" | None:
                for cell in cells:
                    self._generated("part", table, call("less_equal", cell, whole), parts.span)

    def _generated(
        self,
        origin: Literal["chain", "part", "disjoint", "exhaustive"],
        table: TableDraft,
        condition: Expression,
        span: Span,
    ) -> None:
        row, _ = open_axes(condition)
        check = Check(
            name=self._content_name(condition, table),
            message=self._wording(condition, table),
            condition=condition,
            severity="error",
            scope="row" if row else "column",
            table=table.name,
            rows=tuple(self._rows(table, condition)) if row else (),
            columns=() if row else tuple(self._columns(table, condition)),
            origin=origin,
        )
        self._add(check, span)

    # Where a check applies

    def _rows(self, table: TableDraft, condition: Expression) -> Iterator[str]:
        """The rows in which every cell the condition leaves open exists and can hold a value."""
        open_columns = _open_columns(condition)
        captured = any(isinstance(leaf, Captured) and leaf.cell.row is None for leaf in leaves(condition))
        for row in table.rows.values():
            own = {column.name for column in row.columns}
            if not open_columns <= {*table.columns, *own}:
                continue
            # A row the unit adds has no fixed counterpart in an earlier report.
            if row.kind == "added" and captured:
                continue
            if any(self._is_blocked(table, row, column) for column in open_columns):
                continue
            yield row.name

    def _is_blocked(self, table: TableDraft, row: RowDraft, column: str) -> bool:
        if row.kind == "heading" or (row.name, column) in self.blocked[table.name]:
            return True
        is_total = row.name in self.row_facts[table.name]
        return is_total and column in table.columns and not self.resolver.column(table, column).type.is_number

    def _columns(self, table: TableDraft, condition: Expression) -> Iterator[str]:
        """The columns of numbers that add up: a part of a mean or a ratio is not bounded by its whole."""
        rows = {leaf.row for leaf in leaves(condition) if isinstance(leaf, Cell) and leaf.column is None}
        for name in table.columns:
            facts = self.resolver.column(table, name)
            if not facts.type.is_number or facts.additivity != "additive":
                continue
            if any((row, name) in self.blocked[table.name] for row in rows):
                continue
            yield name

    # Words

    def _content_name(self, condition: Expression, table: TableDraft | None) -> str:
        text = written(condition, name_of, spaced=False)
        return text if table is None else f"{table.name}.{text}"

    def _wording(self, condition: Expression, table: TableDraft | None) -> str:
        """The condition as the form's reader would say it: "(3) = (7) + (11)", or with row labels."""

        def name(cell: Cell | AddedRows) -> str:
            draft = self.resolver.tables.get(cell.table)
            if draft is None or isinstance(cell, AddedRows):
                return name_of(cell)
            if draft.fields and cell.column in draft.columns:
                return f"«{draft.columns[cell.column].node.label.text}»"
            if cell.row is None and cell.column in draft.columns:
                column = draft.columns[cell.column]
                return f"({column.code})" if column.code else f"«{column.node.label.text}»"
            if cell.column is None and cell.row in draft.rows:
                return f"«{draft.rows[cell.row].label}»"
            return name_of(cell)

        return written(condition, name)


def _origin(node: tree.RequiredWhen | tree.ShownWhen) -> Literal["required", "shown"]:
    return "required" if isinstance(node, tree.RequiredWhen) else "shown"


def _holds(condition: Expression) -> Expression:
    """Whether a condition is known and holds: an unknown one asks for nothing and shows nothing."""
    return call("and", call("not", call("blank", condition)), condition)


def _stated(condition: Expression, cell: Cell, origin: Literal["required", "shown"]) -> Expression:
    """An answer where the condition holds, or none where it doesn't. Both are always known."""
    if origin == "required":
        return call("or", call("not", _holds(condition)), call("not", call("blank", cell)))
    return call("or", _holds(condition), call("blank", cell))


def _open_columns(condition: Expression) -> frozenset[str]:
    return frozenset(_columns_left_open(leaves(condition)))


def _columns_left_open(found: Iterable[object]) -> Iterator[str]:
    for leaf in found:
        cell = leaf.cell if isinstance(leaf, Captured) else leaf
        if isinstance(cell, Cell) and cell.row is None and cell.column is not None:
            yield cell.column

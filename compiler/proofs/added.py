"""Self-added rows in a scene: one by one in a scene that leaves others blank, else by their aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import z3

from compiler.cells import AddedColumn, AddedGroup
from compiler.formula.emit.smt import SmtEmitter, Term
from compiler.formula.expressions import AddedRows
from compiler.formula.kernel import OverallKind
from compiler.proofs.facts import Fact
from compiler.proofs.readers import AddedReader
from compiler.proofs.terms import Held, within
from compiler.values import GroupKey

if TYPE_CHECKING:
    from compiler.proofs.scene import Scene


class AddedTerms:
    """The self-added rows of one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.rows: dict[tuple[GroupKey, int], dict[str, Held]] = {}
        """By group and number: the cells that were met."""
        self.there: dict[tuple[GroupKey, int], Term] = {}
        self._overall: dict[tuple[GroupKey, str | None], Mapping[OverallKind, Term]] = {}
        self._emitters: dict[tuple[GroupKey, int], SmtEmitter] = {}

    def exists(self, group: AddedGroup, number: int) -> Term:
        """Whether there is such a row, counted from 0; none is without the one before it."""
        place = (group.key, number)
        if place not in self.there:
            exists = self.there[place] = z3.Bool(f"{group.key} row {number}", self._scene.context)
            if number:
                self._scene.solver.add(z3.Implies(exists, self.exists(group, number - 1)))
            if group.row.max_rows is not None and number >= group.row.max_rows:
                self._scene.solver.add(z3.Not(exists))
        return self.there[place]

    def emitter(self, group: AddedGroup, number: int) -> SmtEmitter:
        """What writes formulas of the row."""
        place = (group.key, number)
        if place not in self._emitters:
            reader = AddedReader(self._scene, group, number)
            self._emitters[place] = SmtEmitter(self._scene.context, reader, self._scene.solver.add)
        return self._emitters[place]

    def cell(self, group: AddedGroup, number: int, name: str) -> Held:
        """The terms of one cell of a self-added row."""
        if self._scene.size.others == "blank":
            self._scene.complete = False
        else:
            self._scene.exact = False
        row = self.rows.setdefault((group.key, number), {})
        if name not in row:
            added = next(each for each in group.columns if each.column.name == name)
            held = row[name] = self._scene.variable(f"{group.key} {number} {name}", added.type)
            exists = self.exists(group, number)
            self._scene.solver.add(z3.Implies(held.present, exists))
            if added.kind == "computed":
                self._scene.later(lambda: self._compute_added(group, number, added, held))
            else:
                self._scene.bound(held, added.column, group.key.table)
                if added.column.required:
                    fact = self._scene.fact(Fact("required", group.key.table, column=name))
                    self._scene.solver.add(z3.Implies(z3.And(fact, exists), held.present))
        return row[name]

    def _compute_added(self, group: AddedGroup, number: int, added: AddedColumn, held: Held) -> None:
        assigned = self._scene.reading.formulas.added(group, added)
        fact = Fact("formula", group.key.table, column=added.column.name)
        exists = self.exists(group, number)
        self._scene.assign(
            z3.And(self._scene.fact(fact), exists), held, assigned, self.emitter(group, number)
        )

    def overall(self, how: OverallKind, rows: AddedRows) -> Term:
        """An aggregate over one column of a group's rows."""
        key = GroupKey(rows.table, rows.group)
        group = self._scene.layout.group_of[key]
        if self._scene.size.others == "blank":
            return self._overall_of_rows(how, group, rows.column or "")
        self._scene.exact = False
        place = (key, rows.column)
        if place not in self._overall:
            self._overall[place] = self._unknown_overalls(group, rows)
        return self._overall[place][how]

    def _overall_of_rows(self, how: OverallKind, group: AddedGroup, name: str) -> Term:
        cells = [self.cell(group, number, name) for number in range(self._scene.size.rows)]
        one, none = z3.IntVal(1, self._scene.context), z3.IntVal(0, self._scene.context)
        match how:
            case "sum":
                return z3.Sum([cell.value for cell in cells])
            case "count":
                return z3.Sum([z3.If(cell.present, one, none, self._scene.context) for cell in cells])
            case "min" | "max":
                return self._scene.emitter.extreme(
                    how == "min", [(cell.present, cell.value) for cell in cells]
                )

    def _unknown_overalls(self, group: AddedGroup, rows: AddedRows) -> Mapping[OverallKind, Term]:
        """All that is known of a column of rows without looking at them."""
        name = f"{rows.table}[{rows.group}].{rows.column}"
        count, total, least, most = (
            z3.Int(f"{how} {name}", self._scene.context) for how in ("count", "sum", "min", "max")
        )
        add = self._scene.solver.add
        add(count >= 0, least <= most)
        add(z3.Implies(least >= 0, total >= most), z3.Implies(most <= 0, total <= least))
        add(z3.Implies(count == 1, z3.And(total == least, total == most)))
        if group.row.max_rows is not None:
            add(count <= group.row.max_rows)
        add(z3.Implies(count == 0, z3.And(total == 0, least == 0, most == 0)))
        added = next(each for each in group.columns if each.column.name == rows.column)
        if added.kind != "computed" and added.type.is_number:
            for bound, least_one in ((added.column.minimum, True), (added.column.maximum, False)):
                if bound is not None:
                    kind = "minimum" if least_one else "maximum"
                    fact = self._scene.fact(Fact(kind, rows.table, column=added.column.name))  # type: ignore[arg-type]
                    known = z3.And(fact, count > 0)
                    for term in (least, most):
                        held = Held(known, term, added.type)
                        add(z3.Implies(known, within(held, bound, least_one)))
        return {"count": count, "sum": total, "min": least, "max": most}

"""Proof 4, checks that can hold: what the solver found of a regime, said in the author's terms and places.

`compiler.proofs` asks and answers; here a verdict becomes a diagnostic, with the facts it rests on as further places
and a filled form that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.formula.wording import name_of, written
from compiler.memory import Memory
from compiler.passes.attributes import Attributes
from compiler.passes.context import Diagnostics
from compiler.passes.drafts import ColumnDraft, TableDraft
from compiler.passes.regimes import CompiledRegime
from compiler.proofs.facts import ColumnKey, Fact, Reading
from compiler.proofs.goals import Answered
from compiler.proofs.limits import Budget, ProofLimits, Proofs
from compiler.proofs.questions import Verdict, VerdictKind, prove
from compiler.proofs.showing import filled_tables
from dsl import tree
from dsl.diagnostics import FilledTable, Label, Severity
from dsl.span import Span


def prove_regimes(
    regimes: Sequence[tuple[CompiledRegime, Sequence[Layout]]],
    proofs: Proofs,
    memory: Memory,
    diagnostics: Diagnostics,
) -> None:
    """Prove what can be proven of each regime of a package in each of its editions, but for those that an earlier check
    has proven.

    The steps are parted evenly, so that what is found of one regime depends on no other.
    """
    editions = sum(len(layouts) for _, layouts in regimes)
    steps = proofs.limits.package_steps // max(1, editions)
    limits = proofs.limits.model_copy(update={"package_steps": steps})
    for regime, layouts in regimes:
        found = Diagnostics()
        for layout in layouts:
            _proven(memory, regime, layout, limits, proofs.show, found)
        # What holds of several editions is said once.
        told = {(each.code, each.span, *each.values.items()): each for each in reversed(found.found)}
        diagnostics.found += reversed(told.values())


def _proven(
    memory: Memory,
    regime: CompiledRegime,
    layout: Layout,
    limits: ProofLimits,
    show: bool,
    diagnostics: Diagnostics,
) -> None:
    def work(_: None, own: Diagnostics) -> None:
        budget = Budget(limits)
        told = _Told(regime, layout, budget, own)
        for verdict in prove(layout, budget, show=show):
            if not told.is_known(verdict):
                told.tell(verdict)

    memory.recall(work, layout, (limits, show), None, diagnostics)


_CODES: dict[VerdictKind, tuple[str, Severity]] = {
    "contradiction": ("BIEU0304", "error"),
    "always_holds": ("BIEU0306", "warning"),
    "implied": ("BIEU0307", "note"),
    "independent": ("BIEU0308", "note"),
    "never_filled": ("BIEU0309", "error"),
    "not_decided": ("BIEU0310", "note"),
}


@dataclass
class _Told:
    regime: CompiledRegime
    layout: Layout
    budget: Budget
    diagnostics: Diagnostics

    def __post_init__(self) -> None:
        self.reading = Reading(self.layout)
        self.checks = {check.name: check for check in self.layout.template.checks}

    def is_known(self, verdict: Verdict) -> bool:
        """Whether the lint on sums has told already why a check says nothing: a sum makes of its subset a part."""
        if verdict.kind not in {"always_holds", "implied"}:
            return False
        place = self._place(verdict)
        return any(
            span.source == place.source and span.start <= place.start and place.end <= span.end
            for span in self.regime.subset_spans
        )

    def tell(self, verdict: Verdict) -> None:
        """Note a verdict."""
        code, severity = self._code(verdict)
        checks = list(dict.fromkeys((*_names(verdict.facts), *([verdict.check] if verdict.check else []))))
        values = {
            "name": verdict.check or _named(verdict.place),
            "others": _list(name for name in checks if name != verdict.check),
            "names": _list(checks),
            "steps": str(self.budget.limits.steps),
        }
        if verdict.check:
            check = self.checks[verdict.check]
            values["what"] = written(check.condition, name_of)
        labels = tuple(
            Label(span, fact.kind, {"fact": self._words(fact)})
            for fact in verdict.facts
            if (fact.kind != "check" or fact.check != verdict.check)
            and (span := self._span(fact)) is not None
        )
        shown: tuple[FilledTable, ...] = ()
        if verdict.witness is not None:
            shown = filled_tables(self.layout, verdict.witness, self._columns(checks), verdict.check)
        self.diagnostics.add(
            code, self._place(verdict), values, labels=labels, severity=severity, shown=shown
        )

    def _code(self, verdict: Verdict) -> tuple[str, Severity]:
        if verdict.kind == "never_holds":
            warns = self.checks[verdict.check].severity == "warning"
            return ("BIEU0305", "warning") if warns else ("BIEU0303", "error")
        if verdict.place is not None and verdict.kind == "not_decided":
            return "BIEU0312", "note"
        if verdict.place is not None and verdict.place.row is not None:
            return "BIEU0311", "error"
        return _CODES[verdict.kind]

    def _columns(self, checks: Iterable[str]) -> dict[ColumnKey, None]:
        found: dict[ColumnKey, None] = {}
        for name in checks:
            found |= self.reading.all_below(self.reading.of_check(self.checks[name]))
        return found

    # Places

    def _place(self, verdict: Verdict) -> Span:
        place = verdict.place
        if place is not None and place.column is not None:
            return self._table(place.table).columns[place.column].node.name.span
        if place is not None:
            return self._table(place.table).rows[place.row or ""].span
        return self.regime.check_spans[verdict.check]

    def _table(self, name: str) -> TableDraft:
        return self.regime.resolver.tables[name]

    def _span(self, fact: Fact) -> Span | None:
        if fact.kind == "check":
            return self.regime.check_spans[fact.check]
        table = self._table(fact.table)
        if fact.kind == "formula":
            return self._formula(fact, table)
        attributes = self._column(fact, table)
        if attributes is None:
            return None
        match fact.kind:
            case "minimum":
                return attributes.minimum.span if attributes.minimum is not None else None
            case "maximum":
                return attributes.maximum.span if attributes.maximum is not None else None
            case "required":
                return attributes.required.span if attributes.required is not None else None

    def _column(self, fact: Fact, table: TableDraft) -> Attributes | None:
        drafts: dict[str, ColumnDraft] = {**table.columns, **table.own_columns}
        draft = drafts.get(fact.column or "")
        return None if draft is None else draft.attributes

    def _formula(self, fact: Fact, table: TableDraft) -> Span | None:
        if fact.row is not None and fact.column is not None:
            return next((rule.span for rule in _rules(table) if _is_rule_of(rule, fact, table)), None)
        if fact.row is not None:
            definition = table.rows[fact.row].attributes.definition
        else:
            attributes = self._column(fact, table)
            definition = None if attributes is None else attributes.definition
        return None if definition is None else definition.sides[0].span

    def _words(self, fact: Fact) -> str:
        """What a fact is about: a check's name, or the row or column."""
        if fact.kind == "check":
            return fact.check
        if fact.row is not None and fact.column is not None:
            return f"{fact.table}[{fact.row}].{fact.column}"
        return fact.row or fact.column or ""


def _rules(table: TableDraft) -> Iterator[tree.CellRule]:
    for item in table.node.items:
        if isinstance(item, tree.CellRule):
            yield item


def _is_rule_of(rule: tree.CellRule, fact: Fact, table: TableDraft) -> bool:
    row = table.rows.get(fact.row or "")
    names = {fact.row, row.code if row is not None else None}
    return rule.column.text == fact.column and rule.row[-1].text in names


def _names(facts: Iterable[Fact]) -> list[str]:
    return [fact.check for fact in facts if fact.kind == "check"]


def _named(place: Answered | None) -> str:
    return "" if place is None else place.column or place.row or ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

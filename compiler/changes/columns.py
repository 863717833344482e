"""What changed in a column: its type, measure, limits, formula and rules; and what a row has of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from compiler.changes.fields import other_fields
from compiler.changes.matching import TableMatch, TemplateMatch
from compiler.changes.rules import Change
from compiler.formula.expressions import AddedRows, Call, Captured, Cell, Expression, call
from compiler.formula.wording import name_of, written
from compiler.frozen import plain
from compiler.template import (
    Bound,
    Column,
    Formula,
    IndicatorUse,
    Measure,
    OverUnits,
    Row,
    Template,
    ValueType,
)

_NUMBERS = ("integer", "decimal", "money")
_TAKING_ROWS = frozenset({"sum", "add", "count", "min", "max", "mean"})


@dataclass(frozen=True)
class Here:
    """Where changes are found: what they say of their place, and the editions around it."""

    match: TemplateMatch
    table: TableMatch
    row: str = ""
    column: str = ""

    def change(self, kind: str, **values: str) -> Change:
        """A change at this place."""
        return Change(
            kind=kind,
            regime=self.match.new.regime,
            table=self.table.new.name,
            row=self.row,
            column=self.column,
            values=values,
        )


def compare_columns(old: Column, new: Column, here: Here) -> Iterator[Change]:
    """All that changed in one column."""
    if old.name != new.name:
        yield here.change("column_renamed", old=old.name, new=new.name)
    yield from compare_words(old, new, here)
    types = list(_types(old.type, new.type, here))
    yield from types
    if any(change.kind == "type_changed" for change in types):
        # Another kind of value has other rules: there is nothing left to compare.
        return
    yield from compare_measures(old.measure, new.measure, here)
    yield from _bounds(old, new, here)
    if new.formula is None and old.required != new.required:
        yield here.change("now_required" if new.required else "no_longer_required")
    yield from compare_formulas(old.formula, new.formula, here)
    if (old.formula is None) != (new.formula is None):
        return
    columns = here.match.column_names(here.table)
    if _in_new_names(old.over_units, columns) != new.over_units:
        yield here.change("rollup_changed", old=_rule(old.over_units), new=_rule(new.over_units))
    if old.over_time != new.over_time:
        yield here.change("over_time_changed", old=old.over_time, new=new.over_time)
    yield from compare_indicators(old.indicator, new.indicator, here)
    yield from compare_days(old, new, here)
    for name in other_fields(old, new):
        yield here.change("something_else", what=name)


def compare_days(old: Column | Row, new: Column | Row, here: Here) -> Iterator[Change]:
    """From when until when a column or row is on the form."""
    before, after = old.valid_until, new.valid_until
    if after is not None and (before is None or after < before):
        yield here.change("retired", day=after.isoformat())
        return
    force = [days(each.valid_from, each.valid_until) for each in (old, new)]
    if force[0] != force[1]:
        yield here.change("days_changed", old=force[0], new=force[1])


def days(start: date | None, until: date | None) -> str:
    """A time in force: "2026-01-01 … 2026-12-31", either end open."""
    ends = ["" if day is None else day.isoformat() for day in (start, until)]
    return " … ".join(ends).strip() if any(ends) else ":nothing"


def compare_words(old: Column, new: Column, here: Here) -> Iterator[Change]:
    """Label, printed code and note."""
    for what, before, after in (
        (":label", old.label, new.label),
        # A printed code that goes with the name has been told with it.
        (":code", old.code if old.name == new.name else new.code, new.code),
        (":note", old.note, new.note),
    ):
        if before != after:
            yield here.change("words_changed", what=what, old=before or ":nothing", new=after or ":nothing")


def type_words(type: ValueType) -> str:
    """A type as an author writes it."""
    match type.kind:
        case "decimal" | "money":
            return f"{type.kind}({type.scale})"
        case "percent":
            return f"percent({type.scale - 2})"
        case "text":
            return f"text({type.max_length})"
        case "choice":
            return f"choice({type.code_list})"
        case _:
            return type.kind


def _types(old: ValueType, new: ValueType, here: Here) -> Iterator[Change]:
    if old == new:
        return
    values = {"old": type_words(old), "new": type_words(new)}
    if (old.kind in _NUMBERS and new.kind in _NUMBERS) or old.kind == new.kind == "percent":
        yield here.change("type_narrower" if new.scale < old.scale else "type_wider", **values)
    elif old.kind == new.kind == "text" and old.code_list == new.code_list:
        shorter = (new.max_length or 0) < (old.max_length or 0)
        yield here.change("type_narrower" if shorter else "type_wider", **values)
    else:
        yield here.change("type_changed", **values)


def compare_measures(old: str | None, new: str | None, here: Here) -> Iterator[Change]:
    """The measure of a column or a row. One that has only another name or label is the same."""
    before, after = measure_of(here.match.old, old), measure_of(here.match.new, new)
    if before is None or after is None:
        if before is None and after is not None:
            yield here.change("unit_stated", new=after.label)
        elif before is not None:
            yield here.change("unit_changed", old=before.label, new=":nothing")
        return
    same_base = _base_label(here.match.old, before) == _base_label(here.match.new, after)
    if not (same_base or before.base == after.base):
        yield here.change("unit_changed", old=before.label, new=after.label)
    elif before.factor != after.factor:
        yield here.change("unit_converts", old=before.label, new=after.label)


def measure_of(template: Template, name: str | None) -> Measure | None:
    """The measure of that name in a template."""
    return next((measure for measure in template.measures if measure.name == name), None)


def _base_label(template: Template, measure: Measure) -> str:
    base = measure_of(template, measure.base)
    return measure.base if base is None else base.label


def _bounds(old: Column, new: Column, here: Here) -> Iterator[Change]:
    if new.formula is not None:
        return
    for before, after, sign in ((old.minimum, new.minimum, 1), (old.maximum, new.maximum, -1)):
        if before != after:
            words = {"old": _bound(before, sign), "new": _bound(after, sign)}
            yield here.change(
                "bound_tighter" if _is_tighter(before, after, sign) else "bound_looser", **words
            )


def _is_tighter(old: Bound | None, new: Bound | None, sign: int) -> bool:
    if old is None or new is None:
        return new is not None
    if old.value != new.value:
        return (new.value - old.value) * sign > 0
    return old.inclusive and not new.inclusive


def _bound(bound: Bound | None, sign: int) -> str:
    if bound is None:
        return ":nothing"
    operator = (">" if sign == 1 else "<") + ("=" if bound.inclusive else "")
    return f"{operator} {plain(bound.value)}"


def compare_formulas(old: Formula | None, new: Formula | None, here: Here) -> Iterator[Change]:
    """Entered or computed, and how. The further sides of a chain are checks, and compared as such."""
    if old is None and new is None:
        return
    if old is None or new is None:
        yield here.change("now_computed" if old is None else "now_entered")
        return
    before = here.match.translated(old.expression)
    if before == new.expression:
        return
    gone, come = changed_rows(here.match)
    if without(before, gone) == without(new.expression, come):
        yield here.change("formula_members")
    else:
        yield here.change(
            "formula_changed", old=written(before, name_of), new=written(new.expression, name_of)
        )


def changed_rows(match: TemplateMatch) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """The rows that were removed and those that were added, each with its table's new name."""
    gone = {(table.new.name, row.name) for table in match.matches.values() for row in table.rows.removed}
    come = {(table.new.name, row.name) for table in match.matches.values() for row in table.rows.added}
    return frozenset(gone), frozenset(come)


def without(expression: Expression, rows: frozenset[tuple[str, str]]) -> Expression:
    """The expression with every sum and every other aggregate leaving out the cells of these rows."""
    if not isinstance(expression, Call):
        return expression
    arguments = [without(argument, rows) for argument in expression.arguments]
    if expression.operation in _TAKING_ROWS:
        arguments = [argument for argument in arguments if not _is_of(argument, rows)]
        if expression.operation == "add" and len(arguments) == 1:
            return arguments[0]
    return call(expression.operation, *arguments)


def _is_of(expression: Expression, rows: frozenset[tuple[str, str]]) -> bool:
    match expression:
        case Cell(table=table, row=str(row)):
            return (table, row) in rows
        case Captured(cell=Cell(table=table, row=str(row))):
            return (table, row) in rows
        case AddedRows(table=table, group=group):
            return (table, group) in rows
        case _:
            return False


def _in_new_names(rule: OverUnits, columns: Mapping[str, str]) -> OverUnits:
    weight = None if rule.weight is None else columns.get(rule.weight, rule.weight)
    key = None if rule.key is None else columns.get(rule.key, rule.key)
    return OverUnits(rule=rule.rule, weight=weight, key=key)


def compare_rules(old: OverUnits | None, new: OverUnits | None, here: Here) -> Iterator[Change]:
    """A row's own rule over units."""
    before = None if old is None else _in_new_names(old, here.match.column_names(here.table))
    if before != new:
        words = [":nothing" if rule is None else _rule(rule) for rule in (old, new)]
        yield here.change("rollup_changed", old=words[0], new=words[1])


def _rule(rule: OverUnits) -> str:
    by = rule.weight or rule.key
    return rule.rule if by is None else f"{rule.rule} ({by})"


def compare_indicators(old: IndicatorUse | None, new: IndicatorUse | None, here: Here) -> Iterator[Change]:
    """What a column or row is in the catalogue."""
    before = None if old is None else (old.package, old.name)
    after = None if new is None else (new.package, new.name)
    if before == after:
        return
    if old is None and new is not None:
        yield here.change("indicator_stated", new=new.name)
    elif old is not None:
        yield here.change("indicator_other", old=old.name, new=":nothing" if new is None else f"`{new.name}`")

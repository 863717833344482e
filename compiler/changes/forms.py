"""What changed in a regime: what it says of itself, its texts, outline, charts and checks. Tables: `tables.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compiler.changes.columns import changed_rows, days, without
from compiler.changes.fields import other_fields
from compiler.changes.lists import compare_lists
from compiler.changes.matching import TemplateMatch, match, match_templates
from compiler.changes.rules import Change
from compiler.changes.tables import compare_tables
from compiler.formula.expressions import Expression
from compiler.template import (
    Chart,
    Check,
    Deadline,
    Inserted,
    OutlineItem,
    Section,
    Sentence,
    Template,
    TextInput,
)


def compare_regimes(old: Template, new: Template, own_lists: frozenset[str]) -> Iterator[Change]:
    """All that changed in one regime. `own_lists`: the package's own code lists, which are compared apart."""
    matched = match_templates(old, new)
    if old.regime != new.regime:
        yield _change(new, "regime_renamed", old=old.regime, new=new.regime)
    yield from _head(old, new)
    lists = [each for each in old.code_lists if each.name not in own_lists]
    yield from compare_lists(
        lists, [each for each in new.code_lists if each.name not in own_lists], new.regime
    )
    yield from compare_tables(matched)
    yield from _texts(old, new)
    if _outline(old.outline, matched) != _outline(new.outline, None):
        yield _change(new, "outline_changed")
    yield from _charts(matched)
    yield from _checks(matched)
    for name in other_fields(old, new):
        yield _change(new, "something_else", what=name)


def _change(template: Template, kind: str, **values: str) -> Change:
    return Change(kind=kind, regime=template.regime, values=values)


def _head(old: Template, new: Template) -> Iterator[Change]:
    for what, before, after in (
        (":title", old.title, new.title),
        (":basis", old.basis, new.basis),
        (":signed_by", old.signed_by, new.signed_by),
        (":notes", old.notes, new.notes),
        (":owner", old.owner, new.owner),
        (":licence", old.licence, new.licence),
    ):
        if before != after:
            yield _change(new, "regime_words", what=what)
    if old.kind != new.kind:
        yield _change(new, "regime_kind", old=old.kind, new=new.kind)
    for kind, levels, others in (
        ("level_removed", old.filled_by, new.filled_by),
        ("level_added", new.filled_by, old.filled_by),
        ("period_removed", old.period_types, new.period_types),
        ("period_added", new.period_types, old.period_types),
    ):
        for name in levels:
            if name not in others:
                yield _change(new, kind, name=name)
    if old.goes_to != new.goes_to:
        yield _change(new, "regime_receiver", old=old.goes_to, new=new.goes_to)
    if sorted(old.deadlines, key=_level) != sorted(new.deadlines, key=_level):
        yield _change(new, "regime_due", old=_due(old.deadlines), new=_due(new.deadlines))
    force = [(each.effective_from, each.effective_until) for each in (old, new)]
    if force[0] != force[1]:
        yield _change(new, "regime_effective", old=days(*force[0]), new=days(*force[1]))


def _level(deadline: Deadline) -> str:
    return deadline.level


def _due(deadlines: Sequence[Deadline]) -> str:
    words = [
        f"{each.level} {each.days:+d} {'working days' if each.working_days else 'days'}" for each in deadlines
    ]
    return ", ".join(words) or ":nothing"


def texts_of(items: Iterable[OutlineItem]) -> Iterator[TextInput]:
    """Every narrative of an outline."""
    for item in items:
        if isinstance(item, TextInput):
            yield item
        elif isinstance(item, Section):
            yield from texts_of(item.items)


def _texts(old: Template, new: Template) -> Iterator[Change]:
    matched = match(
        {each.name: each for each in texts_of(old.outline)},
        {each.name: each for each in texts_of(new.outline)},
    )
    for text in matched.unknown:
        yield _change(new, "former_name_unknown", name=text.name, former=text.renamed_from or "")
    for text in matched.removed:
        yield _change(new, "text_removed", name=text.name, label=text.label)
    for text in matched.added:
        kind = "text_added_required" if text.required else "text_added"
        yield _change(new, kind, name=text.name, label=text.label)
    for before, after in matched.pairs:
        if before.name != after.name:
            yield _change(new, "text_renamed", old=before.name, new=after.name)
        if before.label != after.label:
            yield _change(new, "text_words", name=after.name, old=before.label, new=after.label)
        if before.max_length != after.max_length:
            kind = "text_shorter" if after.max_length < before.max_length else "text_longer"
            yield _change(new, kind, name=after.name, old=str(before.max_length), new=str(after.max_length))
        if before.required != after.required:
            yield _change(new, "text_required" if after.required else "text_optional", name=after.name)
        if before.over_units != after.over_units:
            rules = (before.over_units.rule, after.over_units.rule)
            yield _change(new, "text_rollup", name=after.name, old=rules[0], new=rules[1])
        for name in other_fields(before, after):
            yield _change(new, "something_else", what=f"{after.name}.{name}")


def _outline(items: Sequence[OutlineItem], matched: TemplateMatch | None) -> object:
    """What an outline looks like apart from its texts and from what tables there are; the old one in new names."""
    if matched is None:
        kept = None
        names: dict[str, str] = {}
    else:
        names = {old.name: new.name for old, new in matched.tables.pairs}
        kept = set(names)

    def expression(found: Expression | None) -> Expression | None:
        return found if found is None or matched is None else matched.translated(found)

    def part(found: str | Inserted) -> object:
        if isinstance(found, str):
            return found
        return (
            expression(found.expression),
            found.type,
            found.measure,
            found.versus,
            expression(found.captured),
        )

    def shape(found: Sequence[OutlineItem]) -> list[object]:
        shapes: list[object] = []
        for item in found:
            match item:
                case Section():
                    shapes.append((item.title, shape(item.items)))
                case Sentence():
                    shapes.append([part(each) for each in item.parts])
                case TextInput():
                    pass
                case _ if item.item == "table":
                    if kept is None or item.table in kept:
                        shapes.append(("table", names.get(item.table, item.table)))
                case _:
                    shapes.append(item)
        return shapes

    return shape(items)


def _charts(matched: TemplateMatch) -> Iterator[Change]:
    def shape(chart: Chart, is_old: bool) -> object:
        value = matched.translated(chart.value) if is_old else chart.value
        return chart.model_copy(update={"value": value})

    old = {chart.name: shape(chart, True) for chart in matched.old.charts}
    new = {chart.name: shape(chart, False) for chart in matched.new.charts}
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield _change(matched.new, "chart_changed", name=name)


def _checks(matched: TemplateMatch) -> Iterator[Change]:
    """Checks are the same where they state the same, whatever they are called; else where they have one name."""
    gone, come = changed_rows(matched)
    names = {old.name: new.name for old, new in matched.tables.pairs}

    def stated(check: Check, is_old: bool) -> object:
        condition = matched.translated(check.condition) if is_old else check.condition
        table = names.get(check.table, check.table) if is_old and check.table is not None else check.table
        return (
            table,
            check.scope,
            without(condition, gone if is_old else come),
            _scope(check, matched, is_old),
        )

    left = list(matched.old.checks)
    meanings = [stated(check, True) for check in left]
    pairs: list[tuple[Check, Check, bool]] = []
    added: list[Check] = []
    for check in matched.new.checks:
        meaning = stated(check, False)
        if meaning in meanings:
            place = meanings.index(meaning)
            meanings.pop(place)
            pairs.append((left.pop(place), check, True))
        else:
            added.append(check)
    for check in list(added):
        before = next((each for each in left if each.name == check.name), None)
        if before is not None:
            added.remove(check)
            left.remove(before)
            pairs.append((before, check, False))
    for check in left:
        yield _of_check(matched, check, "check_removed" if check.severity == "error" else "warning_removed")
    for check in added:
        yield _of_check(matched, check, "check_added" if check.severity == "error" else "warning_added")
    for before, check, same in pairs:
        yield from _check(matched, before, check, same)


def _scope(check: Check, matched: TemplateMatch, is_old: bool) -> object:
    """The rows and columns that both editions have and that the check speaks of, in the new edition's names."""
    found = next(
        (each for each in matched.matches.values() if (each.old if is_old else each.new).name == check.table),
        None,
    )
    if found is None:
        return check.rows, check.columns
    rows, columns = matched.row_names(found), matched.column_names(found)
    if is_old:
        return (
            frozenset(rows[name] for name in check.rows if name in rows),
            frozenset(columns[name] for name in check.columns if name in columns),
        )
    kept_rows, kept_columns = set(rows.values()), set(columns.values())
    return (
        frozenset(name for name in check.rows if name in kept_rows),
        frozenset(name for name in check.columns if name in kept_columns),
    )


def _check(matched: TemplateMatch, old: Check, new: Check, same: bool) -> Iterator[Change]:
    if not same:
        yield _of_check(matched, new, "check_changed" if new.severity == "error" else "warning_changed")
    if old.severity != new.severity:
        yield _of_check(matched, new, "check_harder" if new.severity == "error" else "check_softer")
    if old.message != new.message and new.origin == "written":
        values = {"name": new.name, "old": old.message, "new": new.message}
        yield Change(kind="check_words", regime=matched.new.regime, table=new.table or "", values=values)
    if (old.at_entry, old.explain) != (new.at_entry, new.explain):
        yield _of_check(matched, new, "check_when")
    for name in other_fields(old, new):
        values = {"what": f"{new.name}.{name}"}
        yield Change(kind="something_else", regime=matched.new.regime, table=new.table or "", values=values)


def _of_check(matched: TemplateMatch, check: Check, kind: str) -> Change:
    values = {"name": check.name, "message": check.message}
    return Change(kind=kind, regime=matched.new.regime, table=check.table or "", values=values)

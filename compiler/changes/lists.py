"""What changed in what a package shares: measures, indicators and code lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.changes.columns import days
from compiler.changes.matching import match
from compiler.changes.release import Release, SharedIndicator
from compiler.changes.rules import Change
from compiler.frozen import plain
from compiler.template import CodeList, Measure


def compare_shared(old: Release, new: Release) -> Iterator[Change]:
    """All that changed in what other packages may use."""
    yield from _measures(old.measures, new.measures)
    yield from _indicators(old.indicators, new.indicators)
    yield from compare_lists(old.code_lists, new.code_lists)


def _measures(old: Sequence[Measure], new: Sequence[Measure]) -> Iterator[Change]:
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Change(kind="measure_added", values={"name": name, "label": now.label})
        elif was is not None and now is None:
            yield Change(kind="measure_removed", values={"name": name, "label": was.label})
        elif was is not None and now is not None:
            if was.label != now.label:
                values = {"name": name, "old": was.label, "new": now.label}
                yield Change(kind="measure_label", values=values)
            if (was.base, was.factor) != (now.base, now.factor):
                values = {"name": name, "old": _scaled(was), "new": _scaled(now)}
                yield Change(kind="measure_factor", values=values)


def _scaled(measure: Measure) -> str:
    return f"{plain(measure.factor)} {measure.base}"


def _indicators(old: Sequence[SharedIndicator], new: Sequence[SharedIndicator]) -> Iterator[Change]:
    before = {each.entry.name: each for each in old}
    after = {each.entry.name: each for each in new}
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Change(kind="indicator_added", values={"name": name, "label": now.entry.label})
        elif was is not None and now is None:
            yield Change(kind="indicator_removed", values={"name": name, "label": was.entry.label})
        elif was is not None and now is not None:
            yield from _indicator(name, was, now)


def _indicator(name: str, old: SharedIndicator, new: SharedIndicator) -> Iterator[Change]:
    meanings = (
        (":concept", old.entry.concept, new.entry.concept),
        (":method", old.entry.method, new.entry.method),
        (":measure", old.entry.measure, new.entry.measure),
        (":rollup", old.over_units, new.over_units),
        (":over_time", old.over_time, new.over_time),
    )
    for what, before, after in meanings:
        if before != after:
            words = {"old": before or ":nothing", "new": after or ":nothing"}
            # What was left open and is now stated was not another thing before.
            kind = "indicator_meaning" if before else "indicator_words"
            yield Change(kind=kind, values={"name": name, "what": what, **words})
    words_of = (
        (":label", old.entry.label, new.entry.label),
        (":code", old.entry.code, new.entry.code),
        (":source", old.entry.source, new.entry.source),
        (":note", old.entry.note, new.entry.note),
    )
    for what, before, after in words_of:
        if before != after:
            yield Change(kind="indicator_words", values={"name": name, "what": what})


def compare_lists(old: Sequence[CodeList], new: Sequence[CodeList], regime: str = "") -> Iterator[Change]:
    """All that changed in code lists; `regime` where they are those that one chooses from."""
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            values = {"name": name, "label": now.title}
            yield Change(kind="list_added", regime=regime, values=values)
        elif was is not None and now is None:
            values = {"name": name, "label": was.title}
            yield Change(kind="list_removed", regime=regime, values=values)
        elif was is not None and now is not None:
            yield from _list(was, now, regime)


def _list(old: CodeList, new: CodeList, regime: str) -> Iterator[Change]:
    def change(kind: str, **values: str) -> Change:
        return Change(kind=kind, regime=regime, values={"list": new.name, "name": new.name, **values})

    if old.title != new.title:
        yield change("list_title", old=old.title, new=new.title)
    matched = match({code.code: code for code in old.codes}, {code.code: code for code in new.codes})
    for code in matched.unknown:
        yield change("former_name_unknown", name=code.code, former=code.renamed_from or "")
    for code in matched.removed:
        yield change("code_removed", name=code.code, label=code.label)
    for code in matched.added:
        yield change("code_added", name=code.code, label=code.label)
    names = {before.code: after.code for before, after in matched.pairs}
    for before, after in matched.pairs:
        if before.code != after.code:
            yield change("code_renamed", name=after.code, old=before.code, new=after.code)
        if before.label != after.label:
            yield change("code_label", name=after.code, old=before.label, new=after.label)
        parent = None if before.parent is None else names.get(before.parent, before.parent)
        if parent != after.parent:
            values = {"old": before.parent or ":nothing", "new": after.parent or ":nothing"}
            yield change("code_parent", name=after.code, **values)
        force = [days(each.valid_from, each.valid_until) for each in (before, after)]
        if force[0] != force[1]:
            yield change("code_dates", name=after.code, old=force[0], new=force[1])
    kept = [id(before) for before, _ in matched.pairs]
    if kept != [id(code) for code in old.codes if id(code) in set(kept)]:
        yield change("code_order")

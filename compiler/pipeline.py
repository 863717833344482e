"""compile_package(): the syntax trees of one package to its templates. Pure: no files, clock or network.

Every pass reports all it can; a package with an error has no template that may be used, but its other parts are still
looked at, so that one run says everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from compiler.cells import Layout
from compiler.editions import MAXIMUM_EDITIONS, Edition, boundaries, editions
from compiler.examples import Example
from compiler.memory import Memory
from compiler.passes.context import Diagnostics
from compiler.passes.declarations import Shared, declare
from compiler.passes.examples import compile_examples
from compiler.passes.indicators import Asked, asked_twice, lost_references
from compiler.passes.regimes import CompiledRegime, PackageHead, compile_regime, days_of
from compiler.passes.renaming import check_renamed
from compiler.proofs.limits import Proofs
from compiler.template import Template
from compiler.versions import parse_range, parse_version
from dsl import tree
from dsl.diagnostics import Diagnostic, Label
from dsl.span import Span


@dataclass(frozen=True)
class Regime:
    """A compiled regime that holds: its template, the template's layout, and the author's examples.

    `whole` is the form with all its dated columns and rows, `template` its latest edition (the same where nothing is
    dated); `editions` are all of them, the earliest first, each with its layout in `layouts`.
    """

    template: Template
    layout: Layout
    examples: tuple[Example, ...]
    whole: Template
    editions: tuple[Edition, ...]
    layouts: tuple[Layout, ...]
    place: Span
    """Where the source says since when it is in force, or else names it."""

    def on(self, day: date) -> Layout:
        """The layout of the edition for data that closes on a day; the latest where none holds it."""
        found = (
            layout for edition, layout in zip(self.editions, self.layouts, strict=True) if edition.holds(day)
        )
        return next(found, self.layout)


@dataclass(frozen=True)
class OwnNames:
    """What a package declares itself, apart from what it uses."""

    measures: frozenset[str] = frozenset()
    indicators: frozenset[str] = frozenset()
    code_lists: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Compilation:
    """What became of a package. `regimes` holds those without errors of their own, and none if the package has any."""

    head: PackageHead | None
    shared: Shared
    regimes: tuple[Regime, ...]
    diagnostics: tuple[Diagnostic, ...]
    asked: tuple[Asked, ...] = ()
    """The places that ask for an indicator: with those of other packages they show what is asked twice."""
    own: OwnNames = OwnNames()

    @property
    def failed(self) -> bool:
        """Whether there is any error, warnings aside."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def compile_package(
    files: Sequence[tree.File],
    csv_texts: Mapping[Span, str],
    used: Sequence[Shared],
    found_before: Sequence[Diagnostic] = (),
    memory: Memory | None = None,
    proofs: Proofs | None = None,
) -> Compilation:
    """The package that these files make together.

    csv_texts: the text behind each CSV path, by the path's span. used: what the used packages share. found_before: the
    diagnostics of reading and parsing, which the result carries on. memory: what earlier checks made; the result is the
    same with and without. proofs: what a solver is to prove of a package without errors; None: nothing, which spares
    its work and even its import.
    """
    memory = memory or Memory()
    lost = frozenset(name for file in files for name in file.lost)
    diagnostics = Diagnostics(list(found_before), lost)
    head = _head(files, diagnostics)
    _refuse_ranges(files, diagnostics)
    shared = declare(files, csv_texts, used, diagnostics, memory)
    regimes: list[Regime] = []
    places: list[Asked] = []
    sound: list[tuple[CompiledRegime, tuple[Layout, ...]]] = []
    names: dict[str, Span] = {}
    nodes: list[tree.Regime] = []
    for node in (regime for file in files for regime in file.regimes):
        if node.name.text in names:
            values = {"name": node.name.text, "what": "regime"}
            first = Label(names[node.name.text], "first")
            diagnostics.add("BIEU0201", node.name.span, values, labels=(first,))
            continue
        names[node.name.text] = node.name.span
        nodes.append(node)
    shared = replace(shared, regimes={node.name.text: node for node in nodes})
    for node in nodes:
        compiled, regime = _regime(memory, node, head or PackageHead("?", "0.0.0", "?"), shared, diagnostics)
        places += compiled.asked
        if regime is not None:
            sound.append((compiled, regime.layouts))
            regimes.append(regime)
    nowhere = lost_references(places)
    diagnostics.found += [*nowhere, *asked_twice(places, nowhere)]
    check_renamed(_former_names(files), diagnostics)
    if proofs is not None and not diagnostics.failed:
        # Imported here, for the solver is as large as all the rest.
        from compiler.passes.proofs import prove_regimes

        prove_regimes(sound, proofs, memory, diagnostics)
    found = tuple(sorted(_without_echoes(_each_once(diagnostics.found)), key=_place))
    holds = head is not None and not diagnostics.failed
    return Compilation(head, shared, tuple(regimes) if holds else (), found, tuple(places), _own(files))


def _own(files: Sequence[tree.File]) -> OwnNames:
    return OwnNames(
        frozenset(item.name.text for file in files for item in file.measures),
        frozenset(item.name.text for file in files for item in file.indicators),
        frozenset(item.name.text for file in files for item in file.code_lists),
    )


def _regime(
    memory: Memory, node: tree.Regime, head: PackageHead, shared: Shared, diagnostics: Diagnostics
) -> tuple[CompiledRegime, Regime | None]:
    """A regime, and itself with its editions and examples; None where it can't be laid out. Whatever it depends on must
    be among what the memory is told."""

    def regime(names: Shared, own: Diagnostics) -> tuple[CompiledRegime, Regime | None]:
        compiled = compile_regime(node, head, names, own)
        examples = compile_examples(node, compiled, own)
        if compiled.layout is None:
            return compiled, None
        found = _editions(node, compiled.template, own)
        layouts = tuple(
            compiled.layout if each.template is compiled.template else Layout(each.template) for each in found
        )
        if not layouts:
            return compiled, None
        whole = compiled.template
        return compiled, Regime(
            layouts[-1].template, layouts[-1], examples, whole, found, layouts, _in_force_span(node)
        )

    return memory.recall(regime, node, (head,), shared, diagnostics)


def _in_force_span(node: tree.Regime) -> Span:
    return next((item.span for item in node.items if isinstance(item, tree.Effective)), node.name.span)


def _editions(node: tree.Regime, template: Template, diagnostics: Diagnostics) -> tuple[Edition, ...]:
    """The editions of a form. Notes BIEU0290 for more of them than a form can have."""
    count = len(boundaries(template)) + 1
    if count > MAXIMUM_EDITIONS:
        values = {"found": str(count), "limit": str(MAXIMUM_EDITIONS), "what": "edition"}
        diagnostics.add("BIEU0290", node.name.span, values)
        return ()
    return editions(template)


def _each_once(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """A column read by two formulas is looked at once, but a name may be met on two ways."""
    by_place: dict[tuple[str, Span], list[Diagnostic]] = {}
    unique: list[Diagnostic] = []
    for diagnostic in found:
        alike = by_place.setdefault((diagnostic.code, diagnostic.span), [])
        if diagnostic not in alike:
            alike.append(diagnostic)
            unique.append(diagnostic)
    return unique


def _without_echoes(found: list[Diagnostic]) -> list[Diagnostic]:
    """A column that is cut off by what can't be read has no type: that is no second error."""
    unread = [one.span for one in found if one.code < "BIEU0200" and one.fix is None]
    return [
        one
        for one in found
        if one.code != "BIEU0218"
        or one.fix is None
        or not any(
            span.source == one.span.source and one.span.start <= span.start <= one.fix.span.end
            for span in unread
        )
    ]


def _place(diagnostic: Diagnostic) -> tuple[str, int, str]:
    return diagnostic.span.source, diagnostic.span.start, diagnostic.code


def _head(files: Sequence[tree.File], diagnostics: Diagnostics) -> PackageHead | None:
    """The package line: exactly one among the files."""
    lines = [file.package for file in files if file.package is not None]
    if not lines:
        if files and "package" not in diagnostics.lost:
            start = Span(files[0].span.source, files[0].span.start, files[0].span.start)
            diagnostics.add("BIEU0200", start)
        return None
    for further in lines[1:]:
        diagnostics.add("BIEU0263", further.span, labels=(Label(lines[0].span, "first"),))
    line = lines[0]
    if parse_version(line.version.text) is None:
        diagnostics.add("BIEU0330", line.version.span, {"found": line.version.text})
    owner = _once([item for file in files for item in file.owners], diagnostics)
    licence = _once([item for file in files for item in file.licences], diagnostics)
    effective = _once([item for file in files for item in file.effective], diagnostics)
    days = (None, None) if effective is None else days_of(effective, diagnostics)
    return PackageHead(
        name=line.name.text,
        version=line.version.text,
        title=line.title.text,
        owner=None if owner is None else owner.text.text,
        licence=None if licence is None else licence.text.text,
        effective_from=days[0],
        effective_until=days[1],
    )


_Line = TypeVar("_Line", tree.Owner, tree.Licence, tree.Effective)


def _once(lines: Sequence[_Line], diagnostics: Diagnostics) -> _Line | None:
    """What a package says once among its files."""
    for further in lines[1:]:
        diagnostics.add("BIEU0263", further.span, labels=(Label(lines[0].span, "first"),))
    return lines[0] if lines else None


def _former_names(files: Sequence[tree.File]) -> Iterator[tuple[str, tree.RenamedFrom | None]]:
    for node in (regime for file in files for regime in file.regimes):
        for item in node.items:
            if isinstance(item, tree.RenamedFrom):
                yield node.name.text, item


def _refuse_ranges(files: Sequence[tree.File], diagnostics: Diagnostics) -> None:
    """Version ranges that say nothing, or that no version can be in."""
    for use in (use for file in files for use in file.uses):
        wanted = parse_range(use.versions.text)
        if wanted is None or wanted.is_empty:
            diagnostics.add("BIEU0329", use.versions.span, {"wanted": use.versions.text})

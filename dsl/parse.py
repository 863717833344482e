"""Text to syntax tree, with every error it can find: the way into this room.

The order of things: source.py takes bytes, scan.py makes tokens, blocks.py puts braces in balance, recover.py drives
the parser over them and goes on after an error, build.py makes nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from dsl import tree
from dsl.blocks import balance
from dsl.diagnostics import Diagnostic, Label
from dsl.recover import Reader
from dsl.scan import scan
from dsl.source import read_source
from dsl.span import Source, Span
from dsl.tokens import MAX_ERRORS

__all__ = ["parse", "read_source"]

_T = TypeVar("_T")


def parse(source: Source) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """The file's tree and what is wrong with its text, in the order of the text.

    With an error among the diagnostics the tree lacks the items that couldn't be read, and may hold empty names and
    texts where some were missing: good for an outline, not for compiling.
    """
    scanned = scan(source)
    items: Sequence[Any] = ()
    if scanned.refused:
        scanned.origin.lost.append("package")
    else:
        balanced = balance(source, scanned)
        items = Reader(source, balanced).read()
    packages = _of(items, tree.Package)
    for again in packages[1:]:
        scanned.origin.report(Diagnostic("BIEU0036", again.span, labels=(Label(packages[0].span, "first"),)))
    file = tree.File(
        language=scanned.origin.language,
        package=packages[0] if packages else None,
        uses=_of(items, tree.Use),
        owners=_of(items, tree.Owner),
        licences=_of(items, tree.Licence),
        effective=_of(items, tree.Effective),
        measures=_of(items, tree.Measure),
        indicators=_of(items, tree.Indicator),
        code_lists=_of(items, tree.CodeList),
        regimes=_of(items, tree.Regime),
        lost=tuple(dict.fromkeys(scanned.origin.lost)),
        span=Span(source.name, 0, len(source.text)),
    )
    return file, _in_order(scanned.origin.problems)


def _of(items: Iterable[Any], kind: type[_T]) -> tuple[_T, ...]:
    return tuple(item for item in items if isinstance(item, kind))


def _in_order(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, each once: an item that was read a second time after a repair may have been reported twice."""
    unique = {_key(problem): problem for problem in problems}
    ordered = tuple(unique[key] for key in sorted(unique))
    if len(ordered) <= MAX_ERRORS:
        return ordered
    rest = Diagnostic("BIEU0008", ordered[MAX_ERRORS].span, {"limit": str(MAX_ERRORS)})
    return (*ordered[:MAX_ERRORS], rest)


def _key(problem: Diagnostic) -> tuple[int, int, str, tuple[int, ...]]:
    # Of blocks that miss their braces at one place, the innermost comes first.
    return (
        problem.span.start,
        problem.span.end,
        problem.code,
        tuple(-each.span.start for each in problem.labels),
    )

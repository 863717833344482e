"""What one check keeps for the next, so that after an edit only what the edit touches is looked at again.

A file's tree is kept while its bytes stay; a regime, or a code list, while its tree stays and all that it read of the
package's shared names. What was read is put down while it is read, never guessed: a kept result with its diagnostics
is exactly what compiling anew would give. A memory lives in one process and nothing of it touches the disk.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from compiler.passes.context import Diagnostics
from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.parse import parse
from dsl.source import read_source
from dsl.span import Source

Value = TypeVar("Value")
Result = TypeVar("Result")
Names = TypeVar("Names")

_MISSING = object()


class Watched(Mapping[str, Value], Generic[Value]):
    """A mapping that remembers what was asked of it."""

    def __init__(self, content: Mapping[str, Value]) -> None:
        self._content = content
        self._read: dict[str, object] = {}
        self._listed: tuple[str, ...] | None = None

    def __getitem__(self, key: str) -> Value:
        self._read[key] = self._content.get(key, _MISSING)
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        self._listed = tuple(self._content)
        return iter(self._content)

    def __len__(self) -> int:
        self._listed = tuple(self._content)
        return len(self._content)

    def would_tell_the_same(self, content: Mapping[str, Value]) -> bool:
        """Would another mapping have answered all that was asked as this one did?"""
        if self._listed is not None and self._listed != tuple(content):
            return False
        return all(_same(content.get(key, _MISSING), value) for key, value in self._read.items())


def _same(one: object, other: object) -> bool:
    return one is other or one == other


@dataclass(frozen=True)
class ReadFile:
    """A file of a package, read and parsed. `tree` is None where its bytes can't be a source."""

    data: bytes
    source: Source
    tree: tree.File | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Kept:
    """A result and all it was made of. `node` is held, so that no other may take its place in memory."""

    node: object
    inputs: tuple[object, ...]
    names: object
    watched: object
    result: object
    diagnostics: tuple[Diagnostic, ...]


@dataclass
class Memory:
    """Kept results. `begin` starts a check: what neither it nor the one before asked for is then forgotten."""

    _files: dict[str, ReadFile] = field(default_factory=dict)
    _kept: dict[tuple[str, int], _Kept] = field(default_factory=dict)
    _used: set[object] = field(default_factory=set)

    def begin(self) -> None:
        """Forgets what has not been asked for since the last call."""
        self._files = {name: file for name, file in self._files.items() if name in self._used}
        self._kept = {key: kept for key, kept in self._kept.items() if key in self._used}
        self._used = set()

    def read(self, name: str, data: bytes) -> ReadFile:
        """The file of that name with those bytes: its source, its tree and what is wrong with either."""
        self._used.add(name)
        before = self._files.get(name)
        if before is not None and before.data == data:
            return before
        source, unreadable = read_source(name, data)
        if unreadable:
            file = ReadFile(data, source, None, unreadable)
        else:
            parsed, wrong = parse(source)
            file = ReadFile(data, source, parsed, wrong)
        self._files[name] = file
        return file

    def recall(
        self,
        work: Callable[[Names, Diagnostics], Result],
        node: object,
        inputs: Sequence[object],
        names: Names,
        diagnostics: Diagnostics,
    ) -> Result:
        """What `work` makes of `node`, kept or made now; what it finds is noted either way.

        `work` may read the node, the inputs (compared as values) and the names it is handed: a dataclass whose mappings
        are watched. It must not read anything else, and not what was found before it: its diagnostics are its own.
        """
        inputs = (*inputs, diagnostics.lost)
        key = (f"{work.__module__}.{work.__qualname__}", id(node))
        self._used.add(key)
        kept = self._kept.get(key)
        if kept is None or kept.inputs != inputs or not _told_the_same(kept, names):
            watched = _watch(names)
            own = Diagnostics(lost=diagnostics.lost)
            result = work(watched, own)
            kept = _Kept(node, inputs, names, watched, result, tuple(own.found))
            self._kept[key] = kept
        diagnostics.found += kept.diagnostics
        return cast("Result", kept.result)


def _watch(names: Names) -> Names:
    """The same names, with every mapping among its fields watched."""
    if not dataclasses.is_dataclass(names) or isinstance(names, type):
        return names
    mappings: dict[str, Any] = {
        item.name: Watched(value)
        for item in dataclasses.fields(names)
        if isinstance(value := getattr(names, item.name), Mapping)
    }
    return dataclasses.replace(names, **mappings)


def _told_the_same(kept: _Kept, names: object) -> bool:
    if kept.names is names:
        return True
    if type(kept.names) is not type(names) or not dataclasses.is_dataclass(names):
        return kept.names == names
    for item in dataclasses.fields(names):
        value = getattr(names, item.name)
        before = getattr(kept.watched, item.name)
        if isinstance(before, Watched):
            if not (isinstance(value, Mapping) and before.would_tell_the_same(value)):
                return False
        elif not _same(before, value):
            return False
    return True

"""Reads packages, chooses the versions of those they use, and compiles them in order.

Files and where they lie are `shelf.py`'s matter, the choice `resolution.py`'s, the lock file's text `lock.py`'s. Where
a lock lies beside a package, it is built from what the lock names and from nothing else: a used package that changed is
refused, not quietly taken. Packages are never fetched over a network.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from compiler.frozen import canonical_bytes, sha256
from compiler.lock import Lock, LockedPackage, content_hash, lock_of, read_lock
from compiler.memory import Memory
from compiler.passes.context import Diagnostics
from compiler.passes.declarations import Shared
from compiler.passes.indicators import Asked, asked_twice
from compiler.pipeline import Compilation, compile_package
from compiler.proofs.limits import Proofs
from compiler.resolution import (
    Circle,
    Conflict,
    Failure,
    GivenUp,
    Missing,
    NoVersion,
    Requirement,
    Resolution,
    resolve,
)
from compiler.shelf import (
    LOCK_NAME,
    MAXIMUM_CSV_BYTES,
    Broken,
    PackageFiles,
    TooLarge,
    find_packages,
    open_package,
    places,
    roots_of,
)
from compiler.timeline import clashes, timelines
from compiler.versions import Version, parse_range, parse_version
from dsl import tree
from dsl.diagnostics import Diagnostic, Label
from dsl.span import Source, Span

__all__ = ["Library", "LoadedPackage", "asked_between", "find_packages", "in_force_between"]


@dataclass(frozen=True)
class LoadedPackage:
    """A package compiled from its folder, with the sources that its diagnostics point into.

    `used`: every package it was made with, directly or through others, by name. `lock`: where its lock file belongs.
    """

    path: Path
    compilation: Compilation
    sources: dict[str, Source]
    used: tuple[LockedPackage, ...] = ()
    lock: Path | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Its files by their names inside: sources, the code lists they name, and the lock."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, in the order of the sources."""
        return self.compilation.diagnostics


@dataclass(frozen=True)
class _Parsed:
    """A package that was read: a candidate for those that use it."""

    files: PackageFiles
    trees: tuple[tree.File, ...]
    csv_texts: Mapping[Span, str]
    found: tuple[Diagnostic, ...]
    contents: Mapping[str, bytes]
    name: str
    version: Version
    requirements: tuple[Requirement, ...]

    @cached_property
    def hash(self) -> str:
        """The hash of what the package says; its own lock isn't part of that."""
        return content_hash(self.contents)

    @property
    def locked(self) -> LockedPackage:
        """What a lock says of it."""
        return LockedPackage(name=self.name, version=str(self.version), sha256=self.hash)


@dataclass
class Library:
    """Packages by folder, each read once and compiled once for each choice of the packages it uses.

    `roots`: where used packages are looked for after the user's own surroundings. `needs_lock`: whether a package that
    uses others must have a lock. `reads_lock`: whether a lock that is there counts. `memory`: what libraries before
    this one kept, for a check after an edit. `proofs`: what a solver is to prove of each that is asked for.
    """

    roots: tuple[Path, ...] = ()
    needs_lock: bool = False
    reads_lock: bool = True
    memory: Memory = field(default_factory=Memory)
    proofs: Proofs | None = None
    _parsed: dict[Path, _Parsed | Broken] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)
    _compiled: dict[str, Compilation] = field(default_factory=dict)
    _loaded: dict[Path, LoadedPackage] = field(default_factory=dict)

    def load(self, path: Path) -> LoadedPackage:
        """The package at `path`: a folder, a single file or an archive. OSError where it can't be read."""
        key = path.resolve()
        if key not in self._loaded:
            self._loaded[key] = self._load(path)
        return self._loaded[key]

    def _load(self, path: Path) -> LoadedPackage:
        package = self._read(path)
        if isinstance(package, Broken):
            diagnostics = Diagnostics()
            values = {"path": str(path), "reason": package.reason}
            diagnostics.add("BIEU0326", Span(str(path), 0, 0), values)
            nothing = compile_package((), {}, (), diagnostics.found)
            return LoadedPackage(path, nothing, {})
        diagnostics = Diagnostics(list(package.found))
        chosen = self._choose(package, diagnostics)
        shared = self._compile_used(chosen)
        used: list[Shared] = []
        for requirement in package.requirements:
            if requirement.name not in chosen:
                continue
            compilation = shared[requirement.name]
            if compilation.failed or compilation.head is None:
                diagnostics.add("BIEU0278", requirement.span, {"name": requirement.name})
            else:
                used.append(compilation.shared)
        compilation = compile_package(
            package.trees, package.csv_texts, used, diagnostics.found, self.memory, self.proofs
        )
        sources = {name: self._sources[name] for name in map(package.files.shown, package.files.sources)}
        for name in _mentioned(compilation.diagnostics):
            if name in self._sources:
                sources[name] = self._sources[name]
        locked = lock_of(each.locked for each in chosen.values())
        lock = package.files.lock()
        contents = {**package.contents, **({} if lock is None else {LOCK_NAME: lock})}
        return LoadedPackage(path, compilation, sources, locked.package, package.files.lock_path, contents)

    # Reading

    def _read(self, path: Path) -> _Parsed | Broken:
        key = path.resolve()
        if key not in self._parsed:
            files = open_package(path)
            self._parsed[key] = files if isinstance(files, Broken) else self._parse(files)
        return self._parsed[key]

    def _parse(self, files: PackageFiles) -> _Parsed:
        trees: list[tree.File] = []
        found: list[Diagnostic] = []
        for name, data in files.sources.items():
            read = self.memory.read(files.shown(name), data)
            self._sources[read.source.name] = read.source
            found += read.diagnostics
            if read.tree is not None:
                trees.append(read.tree)
        diagnostics = Diagnostics(found)
        contents = dict(files.sources)
        csv_texts = _csv_texts(trees, files, contents, diagnostics)
        head = next((file.package for file in trees if file.package is not None), None)
        name = "?" if head is None else head.name.text
        version = None if head is None else parse_version(head.version.text)
        return _Parsed(
            files=files,
            trees=tuple(trees),
            csv_texts=csv_texts,
            found=tuple(found),
            contents=contents,
            name=name,
            version=version or Version(0, 0, 0),
            requirements=tuple(_requirements(name, trees)),
        )

    # Choosing

    def _choose(self, package: _Parsed, diagnostics: Diagnostics) -> Mapping[str, _Parsed]:
        """The packages to compile it with, used ones before their users. Notes why one could not be chosen."""
        roots = (*roots_of(None if package.name == "?" else package.name, package.files.path), *self.roots)
        wanted: list[Requirement] = []
        for requirement in package.requirements:
            if requirement.name == package.name:
                self._note(Circle((requirement,)), diagnostics)
            else:
                wanted.append(requirement)
        candidates = _Candidates(self, roots)
        lock = self._lock(package, wanted, diagnostics)
        kept = _Kept(candidates, lock, str(package.files.path), diagnostics)
        # What a lock refuses is an error already; the names it would have given shouldn't be a hundred more.
        found = resolve(wanted, kept.of if kept.meets(wanted) else candidates.of)
        for broken in candidates.broken:
            asking = next(each for each in wanted if each.name == broken[0])
            values = {"path": broken[1].path.name, "reason": broken[1].reason}
            diagnostics.add("BIEU0326", asking.span, values)
        if isinstance(found, Resolution):
            return found.chosen
        if not kept.refused:
            for failure in found:
                self._note(failure, diagnostics)
        # What can be chosen alone still gives its names, so that one missing package isn't told a hundred times.
        chosen: dict[str, _Parsed] = {}
        for requirement in wanted:
            alone = resolve([requirement], candidates.of)
            if isinstance(alone, Resolution):
                chosen = {**alone.chosen, **chosen}
        return chosen if all(_fits(each, chosen) for each in chosen.values()) else {}

    def _lock(self, package: _Parsed, wanted: Sequence[Requirement], diagnostics: Diagnostics) -> Lock | None:
        """The lock beside a package. Notes where one is missing and must not be, or can't be read."""
        if not wanted or not self.reads_lock:
            return None
        command = str(package.files.path)
        data = package.files.lock()
        if data is None:
            if self.needs_lock:
                diagnostics.add("BIEU0321", wanted[0].span, {"path": command})
            return None
        lock = read_lock(data)
        if isinstance(lock, str):
            diagnostics.add("BIEU0325", wanted[0].span, {"reason": lock, "path": command})
            return None
        return lock

    def _note(self, failure: Failure, diagnostics: Diagnostics) -> None:
        match failure:
            case Missing(requirement):
                diagnostics.add("BIEU0207", requirement.span, {"name": requirement.name})
            case NoVersion(requirement, found):
                values = {"name": requirement.name, "wanted": requirement.versions}
                values["found"] = ", ".join(map(str, found))
                diagnostics.add("BIEU0279", requirement.versions_span, values)
            case Conflict(requirement, other, apart):
                values = {"name": requirement.name, "wanted": requirement.versions}
                values |= {"requirer": requirement.requirer, "other": other.versions, "by": other.requirer}
                label = Label(other.versions_span, "other")
                code = "BIEU0320" if apart else "BIEU0327"
                diagnostics.add(code, requirement.versions_span, values, labels=(label,))
            case Circle(requirements):
                labels = tuple(
                    Label(each.span, "next", {"requirer": each.requirer, "used": each.name})
                    for each in requirements[1:]
                )
                values = {"path": " → ".join(failure.path)}
                diagnostics.add("BIEU0208", requirements[0].span, values, labels=labels)
            case GivenUp(requirement):
                values = {"found": "?", "limit": "500", "what": "package"}
                diagnostics.add("BIEU0290", requirement.span, values)

    # Compiling

    def _compile_used(self, chosen: Mapping[str, _Parsed]) -> Mapping[str, Compilation]:
        """The chosen packages compiled, each with those it uses."""
        compiled: dict[str, Compilation] = {}
        keys: dict[str, str] = {}
        for name, package in chosen.items():
            diagnostics = Diagnostics(list(package.found))
            used: list[Shared] = []
            for requirement in package.requirements:
                compilation = compiled[requirement.name]
                if compilation.failed or compilation.head is None:
                    diagnostics.add("BIEU0278", requirement.span, {"name": requirement.name})
                else:
                    used.append(compilation.shared)
            made_of = [keys[requirement.name] for requirement in package.requirements]
            keys[name] = sha256(canonical_bytes([str(package.files.path.resolve()), *made_of]))
            if keys[name] not in self._compiled:
                self._compiled[keys[name]] = compile_package(
                    package.trees, package.csv_texts, used, diagnostics.found, self.memory
                )
            compiled[name] = self._compiled[keys[name]]
        return compiled


@dataclass
class _Candidates:
    """All versions of a package below some roots."""

    library: Library
    roots: tuple[Path, ...]
    broken: list[tuple[str, Broken]] = field(default_factory=list)
    _known: dict[str, list[_Parsed]] = field(default_factory=dict)

    def of(self, name: str) -> list[_Parsed]:
        """The versions of that name, each once: the nearest root's counts."""
        if name not in self._known:
            found: dict[Version, _Parsed] = {each.version: each for each in reversed(self.all(name))}
            self._known[name] = [found[version] for version in sorted(found)]
        return self._known[name]

    def all(self, name: str) -> list[_Parsed]:
        """Every package of that name, also where two have one version."""
        found: list[_Parsed] = []
        for place in places(name, self.roots):
            package = self.library._read(place)
            if isinstance(package, Broken):
                if (name, package) not in self.broken:
                    self.broken.append((name, package))
            elif package.name == name:
                found.append(package)
        return found


@dataclass
class _Kept:
    """The candidates that a lock allows."""

    candidates: _Candidates
    lock: Lock | None
    path: str
    diagnostics: Diagnostics
    refused: bool = False
    _kept: dict[str, list[_Parsed]] = field(default_factory=dict)

    def of(self, name: str) -> list[_Parsed]:
        """The one package that is locked under that name, if it is there unchanged."""
        return self._kept.get(name, [])

    def meets(self, requirements: Sequence[Requirement]) -> bool:
        """Whether there is a lock and it meets the requirements and all that they lead to. Notes each it doesn't."""
        if self.lock is None:
            return False
        waiting = list(reversed(requirements))
        while waiting:
            requirement = waiting.pop()
            known = requirement.name in self._kept
            package = self._package(requirement, self.lock)
            if package is None:
                self.refused = True
            elif not known:
                self._kept[requirement.name] = [package]
                waiting += package.requirements
        return not self.refused

    def _package(self, requirement: Requirement, lock: Lock) -> _Parsed | None:
        name = requirement.name
        locked = lock.get(name)
        version = None if locked is None else parse_version(locked.version)
        if locked is None or version is None or version not in requirement.range:
            values = {"name": name, "wanted": requirement.versions, "path": self.path}
            code = "BIEU0323" if locked is None else "BIEU0322"
            values["locked"] = "" if locked is None else locked.version
            self.diagnostics.add(code, requirement.versions_span, values)
            return None
        there = [each for each in self.candidates.all(name) if each.version == version]
        values = {"name": name, "version": locked.version, "path": self.path}
        if not there:
            self.diagnostics.add("BIEU0324", requirement.span, values)
            return None
        same = next((each for each in there if each.hash == locked.sha256), None)
        if same is None:
            values |= {"locked": locked.sha256[:12], "found": there[0].hash[:12]}
            self.diagnostics.add("BIEU0328", requirement.span, values)
        return same


def asked_between(packages: Iterable[LoadedPackage]) -> list[Diagnostic]:
    """What several packages ask one unit for, each of them without knowing of the others."""
    places: list[Asked] = []
    told: list[Diagnostic] = []
    for package in packages:
        places += package.compilation.asked
        told += [each for each in package.diagnostics if each.code == "BIEU0334"]
    return asked_twice(places, told)


def in_force_between(packages: Iterable[LoadedPackage]) -> list[Diagnostic]:
    """Versions of one regime in several packages that claim the same days, or leave days to none."""
    return clashes(timelines(regime for package in packages for regime in package.compilation.regimes))


def _fits(package: _Parsed, chosen: Mapping[str, _Parsed]) -> bool:
    """Whether all that a package uses is among the chosen in the right version."""
    return all(
        each.name in chosen and chosen[each.name].version in each.range for each in package.requirements
    )


def _requirements(requirer: str, trees: Iterable[tree.File]) -> Iterable[Requirement]:
    """The `use` lines that name a range; what is wrong with the others is the pipeline's to say."""
    for use in (use for file in trees for use in file.uses):
        found = parse_range(use.versions.text)
        if found is not None and not found.is_empty:
            yield Requirement(
                name=use.name.text,
                versions=use.versions.text,
                range=found,
                requirer=requirer,
                span=use.name.span,
                versions_span=use.versions.span,
            )


def _mentioned(diagnostics: Iterable[Diagnostic]) -> Iterable[str]:
    for diagnostic in diagnostics:
        yield diagnostic.span.source
        for label in diagnostic.labels:
            yield label.span.source


def _csv_texts(
    files: Iterable[tree.File], package: PackageFiles, contents: dict[str, bytes], diagnostics: Diagnostics
) -> dict[Span, str]:
    """The text of each CSV beside the sources; its bytes go into `contents`. Paths out of the folder are refused: a
    package is untrusted input."""
    texts: dict[Span, str] = {}
    for path in (item.csv for file in files for item in file.code_lists if item.csv is not None):
        data = package.read(path.text)
        if data is None:
            diagnostics.add("BIEU0277", path.span, {"path": path.text})
        elif isinstance(data, TooLarge):
            values = {"found": str(data.size), "limit": str(MAXIMUM_CSV_BYTES), "what": "byte"}
            diagnostics.add("BIEU0290", path.span, values)
        else:
            contents[path.text] = data
            try:
                texts[path.span] = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
            except UnicodeDecodeError:
                diagnostics.add("BIEU0276", path.span, {"path": path.text, "line": "?", "reason": "UTF-8"})
    return texts

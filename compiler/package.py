"""Reads packages: finds their files, their code lists and the packages they use, and compiles them in order.

The only file of the compiler that touches the disk. A package is a folder with `*.bieu` files, or a single such file;
package `a.b` that another uses is looked for as folder `a/b` under the roots of the library.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compiler.memory import Memory
from compiler.passes.context import Diagnostics
from compiler.passes.declarations import Shared
from compiler.pipeline import Compilation, compile_package
from dsl import tree
from dsl.diagnostics import Diagnostic
from dsl.limits import limit
from dsl.span import Source, Span

MAXIMUM_CSV_BYTES = limit("BIEU_MAX_CSV_BYTES")
"""Size of one CSV code list."""

_VERSION = re.compile(r"(\^?)(\d+)(?:\.(\d+))?(?:\.(\d+))?$")


@dataclass(frozen=True)
class LoadedPackage:
    """A package compiled from its folder, with the sources that its diagnostics point into."""

    path: Path
    compilation: Compilation
    sources: dict[str, Source]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, in the order of the sources."""
        return self.compilation.diagnostics


@dataclass
class Library:
    """Packages by folder, each compiled once. `roots`: where used packages are looked for after the user's own.
    `memory`: what libraries before this one kept, for a check after an edit."""

    roots: tuple[Path, ...] = ()
    memory: Memory = field(default_factory=Memory)
    _loaded: dict[Path, LoadedPackage] = field(default_factory=dict)
    _loading: list[Path] = field(default_factory=list)

    def load(self, path: Path) -> LoadedPackage:
        """The package at `path`, a folder or a single file. OSError where it can't be read."""
        key = path.resolve()
        if key in self._loaded:
            return self._loaded[key]
        self._loading.append(key)
        try:
            package = self._load(path)
        finally:
            self._loading.pop()
        self._loaded[key] = package
        return package

    def _load(self, path: Path) -> LoadedPackage:
        folder = path if path.is_dir() else path.parent
        paths = sorted(path.glob("*.bieu")) if path.is_dir() else [path]
        sources: dict[str, Source] = {}
        files: list[tree.File] = []
        found: list[Diagnostic] = []
        for file_path in paths:
            read = self.memory.read(str(file_path), file_path.read_bytes())
            sources[read.source.name] = read.source
            found += read.diagnostics
            if read.tree is not None:
                files.append(read.tree)
        diagnostics = Diagnostics(found)
        csv_texts = _csv_texts(files, folder, diagnostics)
        used: list[Shared] = []
        for file in files:
            for use in file.uses:
                shared = self._use(use, files, path, sources, diagnostics)
                if shared is not None:
                    used.append(shared)
        compilation = compile_package(files, csv_texts, used, diagnostics.found, self.memory)
        return LoadedPackage(path, compilation, sources)

    def _use(
        self,
        use: tree.Use,
        files: Sequence[tree.File],
        path: Path,
        sources: dict[str, Source],
        diagnostics: Diagnostics,
    ) -> Shared | None:
        own = next((file.package.name.text for file in files if file.package is not None), None)
        if use.name.text == own:
            diagnostics.add("BIEU0208", use.span, {"path": f"{own} → {own}"})
            return None
        folder = self._find(use.name.text, own, path)
        if folder is None:
            diagnostics.add("BIEU0207", use.name.span, {"name": use.name.text})
            return None
        if folder.resolve() in self._loading:
            start = self._loading.index(folder.resolve())
            circle = [each.name for each in self._loading[start:]] + [folder.name]
            diagnostics.add("BIEU0208", use.span, {"path": " → ".join(circle)})
            return None
        package = self.load(folder)
        head = package.compilation.head
        if package.compilation.failed or head is None:
            diagnostics.add("BIEU0278", use.name.span, {"name": use.name.text})
            return None
        if not satisfies(head.version, use.versions.text):
            values = {"name": use.name.text, "wanted": use.versions.text, "found": head.version}
            diagnostics.add("BIEU0279", use.versions.span, values)
            return None
        sources.update(package.sources)
        return package.compilation.shared

    def _find(self, name: str, own: str | None, path: Path) -> Path | None:
        """The folder of a used package: beside the user's own first, then under the library's roots."""
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        folder = (path if path.is_dir() else path.parent).resolve()
        depth = len(own.split(".")) if own is not None else 1
        beside = folder.parents[min(depth, len(folder.parents)) - 1]
        for root in (beside, folder.parent, *self.roots):
            candidate = root.joinpath(*parts)
            if any(candidate.glob("*.bieu")):
                return candidate
        return None


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version is in a range: `^1.2` takes 1.2 and later ones below 2, `1.2` only what it names."""
    asked, has = _VERSION.match(wanted), _VERSION.match(version)
    if asked is None or has is None:
        return False
    numbers = [int(part) for part in asked.groups()[1:] if part is not None]
    own = [int(part or 0) for part in has.groups()[1:]]
    if not asked.group(1):
        return own[: len(numbers)] == numbers
    # Below 1.0 every minor version may break, as semantic versioning says.
    fixed = 1 if numbers[0] else 2
    padded = numbers + [0] * (3 - len(numbers))
    return own[:fixed] == padded[:fixed] and own >= padded


def _csv_texts(files: Iterable[tree.File], folder: Path, diagnostics: Diagnostics) -> dict[Span, str]:
    """The text of each CSV beside the sources. Paths out of the folder are refused: a package is untrusted input."""
    texts: dict[Span, str] = {}
    for path in (item.csv for file in files for item in file.code_lists if item.csv is not None):
        wanted = folder / path.text
        inside = folder.resolve() in wanted.resolve().parents
        if not inside or not wanted.is_file():
            diagnostics.add("BIEU0277", path.span, {"path": path.text})
            continue
        data = wanted.read_bytes()
        if len(data) > MAXIMUM_CSV_BYTES:
            values = {"found": str(len(data)), "limit": str(MAXIMUM_CSV_BYTES), "what": "byte"}
            diagnostics.add("BIEU0290", path.span, values)
            continue
        try:
            texts[path.span] = unicodedata.normalize("NFC", data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            diagnostics.add("BIEU0276", path.span, {"path": path.text, "line": "?", "reason": "UTF-8"})
    return texts


def find_packages(path: Path) -> list[Path]:
    """The packages at a path: itself if it is one or a file, else every folder below that holds `*.bieu`, in order."""
    if path.is_file() or any(path.glob("*.bieu")):
        return [path]
    return sorted({file.parent for file in path.rglob("*.bieu")})

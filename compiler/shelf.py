"""The files of packages, in folders and archives, and where used packages are found. With `package.py` the only part
of the compiler that touches the disk; it never looks further than the folders it is given.

A package is a folder with `*.bieu` files, a single such file, or a zip archive of such a folder's files. Package `a.b`
that another uses is looked for in each root as folder `a/b`, and as folder or archive `a.b-…` (`a.b-1.2.0.zip`), where
several versions may stand side by side. Which version it is, the package itself says, not its name on the disk.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from compiler.lock import MAXIMUM_BYTES as MAXIMUM_LOCK_BYTES
from dsl.limits import limit
from dsl.source import MAX_BYTES

MAXIMUM_CSV_BYTES = limit("BIEU_MAX_CSV_BYTES")
"""Size of one CSV code list."""

MAXIMUM_ARCHIVE_FILES = limit("BIEU_MAX_ARCHIVE_FILES")
"""Files in one archive."""

MAXIMUM_ARCHIVE_BYTES = limit("BIEU_MAX_ARCHIVE_BYTES")
"""What the files of one archive may come to, unpacked."""

ARCHIVE = ".zip"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip can name: an archive says nothing of when it was made."""

LOCK_NAME = "bieu.lock"
"""The lock file of a package that is a folder."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An archive that can't be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A file that is larger than what it may be, in bytes."""

    size: int


@dataclass(frozen=True)
class PackageFiles:
    """The files of one package. `sources`: its `*.bieu` files by name, in order; `path` is what the user calls it."""

    path: Path
    sources: Mapping[str, bytes]
    _packed: Mapping[str, bytes] | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        """The folder that paths in the package start from; of an archive, the archive."""
        return self.path.parent if self.path.suffix == ".bieu" and self.path.is_file() else self.path

    def shown(self, name: str) -> str:
        """A file of the package as messages name it."""
        return str(self.folder / name)

    @property
    def lock_path(self) -> Path | None:
        """Where its lock file belongs: beside the sources. An archive's lies in it and is never written."""
        if self._packed is not None:
            return None
        return self.path / LOCK_NAME if self.folder == self.path else self.path.with_suffix(".lock")

    def lock(self) -> bytes | None:
        """The lock file's bytes; None where there is none."""
        if self._packed is not None:
            return self._packed.get(LOCK_NAME)
        path = self.lock_path
        if path is None or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAXIMUM_LOCK_BYTES + 1)

    def read(self, name: str) -> bytes | TooLarge | None:
        """A code list that the sources name; None where there is none inside the package."""
        if self._packed is not None:
            data = self._packed.get(str(PurePosixPath(name)))
            return TooLarge(len(data)) if data is not None and len(data) > MAXIMUM_CSV_BYTES else data
        try:
            wanted = (self.folder / name).resolve()
            if self.folder.resolve() not in wanted.parents or not wanted.is_file():
                return None
            size = wanted.stat().st_size
            return TooLarge(size) if size > MAXIMUM_CSV_BYTES else wanted.read_bytes()
        except (ValueError, RuntimeError):
            # A NUL in the name, or links that go round.
            return None


def open_package(path: Path) -> PackageFiles | Broken:
    """The files of the package at a path. OSError where the disk doesn't give them."""
    if path.is_dir():
        found = sorted(path.glob("*.bieu"))
        return PackageFiles(path, {each.name: _source(each) for each in found})
    if path.suffix == ARCHIVE:
        return _open_archive(path)
    return PackageFiles(path, {path.name: _source(path)})


def _source(path: Path) -> bytes:
    """The bytes of a source; of one too large only as many as show that it is."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _open_archive(path: Path) -> PackageFiles | Broken:
    with path.open("rb") as file:
        return _read_archive(path, file)


def _read_archive(path: Path, file: BinaryIO) -> PackageFiles | Broken:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAXIMUM_ARCHIVE_FILES:
                return Broken(path, f"{len(entries)} > {MAXIMUM_ARCHIVE_FILES}")
            if len({entry.filename for entry in entries}) < len(entries):
                return Broken(path, "×2")
            files: dict[str, bytes] = {}
            left = MAXIMUM_ARCHIVE_BYTES
            for entry in entries:
                # What an entry says of its own size need not be true.
                with archive.open(entry) as stream:
                    files[entry.filename] = stream.read(left + 1)
                left -= len(files[entry.filename])
                if left < 0:
                    return Broken(path, f"> {MAXIMUM_ARCHIVE_BYTES} byte")
    except Exception as error:  # noqa: BLE001 hostile bytes: whatever zipfile makes of them, they are no archive
        return Broken(path, str(error) or type(error).__name__)
    sources = {name: files[name] for name in sorted(files) if name.endswith(".bieu") and "/" not in name}
    return PackageFiles(path, sources, files)


def roots_of(name: str | None, path: Path) -> tuple[Path, ...]:
    """Where packages used by the package `name` at `path` are looked for first: beside it."""
    folder = (path if path.is_dir() else path.parent).resolve()
    depth = len(name.split(".")) if name is not None else 1
    beside = folder.parents[min(depth, len(folder.parents)) - 1] if folder.parents else folder
    return tuple(dict.fromkeys((beside, folder.parent, folder)))


def places(name: str, roots: Sequence[Path]) -> Iterator[Path]:
    """The folders and archives that may hold a package, the nearest root's first, each once."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return
    seen: set[Path] = set()
    for root in roots:
        versions = sorted(root.glob(f"{name}-*"))
        for place in (root.joinpath(*parts), *versions):
            archive = place.suffix == ARCHIVE and place.is_file()
            if (archive or any(place.glob("*.bieu"))) and place.resolve() not in seen:
                seen.add(place.resolve())
                yield place


def find_packages(path: Path) -> list[Path]:
    """The packages at a path: itself if it is one or a file, else every folder below that holds `*.bieu`, in order."""
    if path.is_file() or any(path.glob("*.bieu")):
        return [path]
    return sorted({file.parent for file in path.rglob("*.bieu")})


def archive_name(package: str, version: str) -> str:
    """What a package's archive is called."""
    return f"{package}-{version}{ARCHIVE}"


def archive_bytes(contents: Mapping[str, bytes]) -> bytes:
    """An archive of these files; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(str(PurePosixPath(name)), _EARLIEST)
            entry.compress_type = zipfile.ZIP_STORED  # what deflate makes of it depends on the zlib at hand
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents[name])
    return packed.getvalue()

"""The lock file of a package: which versions of the used packages it was made with, and the hash of their contents.

It names no place, so the same packages give the same bytes on any machine. A hash covers the sources and the code
lists that they name, by their names inside the package; a folder and an archive of the same files have one hash.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from compiler.frozen import Frozen, canonical_bytes, sha256
from dsl.limits import limit

MAXIMUM_BYTES = limit("BIEU_MAX_LOCK_BYTES")
"""Size of one lock file: some 8,000 packages."""

_HEAD = "# Do `bieu lock` viết ra; đừng sửa tay. Written by `bieu lock`; don't edit.\n"


class LockedPackage(Frozen):
    """One used package as it was when it was locked."""

    name: str
    version: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Lock(Frozen):
    """All that a package uses, directly or through others, by name."""

    format: Literal[1] = 1
    package: tuple[LockedPackage, ...] = ()

    def get(self, name: str) -> LockedPackage | None:
        """What is locked under that name."""
        return next((each for each in self.package if each.name == name), None)


def lock_of(packages: Iterable[LockedPackage]) -> Lock:
    """A lock of these packages, in their one order."""
    return Lock(package=tuple(sorted(packages, key=lambda each: each.name)))


def lock_text(lock: Lock) -> str:
    """The lock file."""
    blocks = [f"format = {lock.format}\n"]
    for each in lock.package:
        # What JSON writes as a text is one in TOML too, but for U+007F, which no source may hold.
        fields = {"name": each.name, "version": each.version, "sha256": each.sha256}
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items()]
        blocks.append("[[package]]\n" + "".join(lines))
    return _HEAD + "\n".join(blocks)


def read_lock(data: bytes) -> Lock | str:
    """The lock that a file holds, or why it is none."""
    if len(data) > MAXIMUM_BYTES:
        return f"{len(data)} > {MAXIMUM_BYTES} byte"
    try:
        lock = Lock.model_validate(tomllib.loads(data.decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return str(error)
    names = [each.name for each in lock.package]
    twice = sorted({name for name in names if names.count(name) > 1})
    return f"package: {', '.join(twice)} × 2" if twice else lock


def content_hash(contents: Mapping[str, bytes]) -> str:
    """The SHA-256 of a package's files: of their names, in order, each with its own hash."""
    return sha256(canonical_bytes({name: sha256(data) for name, data in contents.items()}))

"""What is watched on an author's disk: whether any source, code list or lock below some paths has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_KINDS = ("*.bieu", "*.csv", "*.lock")


def fingerprint(paths: Iterable[Path]) -> str:
    """Changes when any source, code list or lock below the paths does."""
    digest = hashlib.sha256()
    for path in paths:
        files = [path] if path.is_file() else sorted([*path.rglob("*.bieu"), *path.rglob("*.csv")])
        for file in files:
            try:
                digest.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
            except OSError:
                # Editors replace a file by removing it first: the next look sees the new one.
                continue
    return digest.hexdigest()[:16]

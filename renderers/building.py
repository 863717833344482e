"""A regime built: every target's file in one folder, with the compiled template and a manifest of hashes.

The same template gives the same bytes, so the manifest tells whether anything changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compiler.cells import Layout
from compiler.frozen import canonical_bytes, sha256
from compiler.template import template_bytes, template_hash
from renderers.filling import Filling
from renderers.registry import TARGETS


def build_regime(layout: Layout, folder: Path, filling: Filling | None = None) -> Iterator[str]:
    """Write every target into `folder`, yielding each file's name once it stands, the manifest last.

    Files are written whole under a name of their own and then moved, so that a reader never sees half of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    hashes: dict[str, str] = {}

    def write(name: str, data: bytes) -> None:
        hashes[name] = sha256(data)
        unfinished = folder / f".{name}.unfinished"
        unfinished.write_bytes(data)
        unfinished.replace(folder / name)

    write("template.json", template_bytes(layout.template))
    for target in TARGETS:
        write(target.filename, target.render(layout, filling if target.filled else None))
        yield target.filename
    template = layout.template
    manifest = {
        "package": template.package,
        "version": template.version,
        "regime": template.regime,
        "template": template_hash(template),
        "files": dict(hashes),
    }
    write("manifest.json", canonical_bytes(manifest) + b"\n")

"""The content of a PDF's streams, unpacked no further than a limit: for files from anywhere."""

from __future__ import annotations

import zlib
from typing import Any

import pikepdf


class PaperUnreadable(ValueError):
    """A file's pages, or what is attached to them, can't be read."""


def unpacked(stream: Any, limit: int) -> bytes:
    """A stream's content. Raises PaperUnreadable where it is longer than the limit or packed in a strange way."""
    raw = bytes(stream.read_raw_bytes())
    filters = stream.get("/Filter")
    if filters is None:
        content = raw
    elif filters == pikepdf.Name.FlateDecode and "/DecodeParms" not in stream:
        # Unpacked here, not by the library, so that a small file can't fill the memory.
        content = zlib.decompressobj().decompress(raw, limit + 1)
    else:
        raise PaperUnreadable("a stream is packed in a strange way")
    if len(content) > limit:
        raise PaperUnreadable("a stream is too long")
    return content

"""From bytes to a Source: what a file may be, before a word of it is read.

Any bytes are taken; what can't be a source is a diagnostic. The text is brought into one shape here (NFC, no byte
order mark, newlines only), so that offsets mean the same to everyone after.
"""

from __future__ import annotations

import re
import unicodedata

from dsl.diagnostics import Diagnostic
from dsl.limits import limit
from dsl.span import Source, Span

# The largest source, in bytes. A form of 60 columns takes some 10 KB.
MAX_BYTES = limit("BIEU_MAX_SOURCE_BYTES")

# Control characters have no place in a text, and some of them hide what is written from whoever reads it: those that
# turn the direction of writing are refused with them. Tab and newline stay.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def read_source(name: str, data: bytes) -> tuple[Source, tuple[Diagnostic, ...]]:
    """The source `data` holds, under the name its user knows it by, and why it can't be one.

    With a diagnostic the source is only good for showing it: bytes that are no text stand in it as U+FFFD.
    """
    if len(data) > MAX_BYTES:
        values = {"size": f"{len(data):_}", "limit": f"{MAX_BYTES:_}"}
        return Source(name, ""), (Diagnostic("BIEU0003", Span(name, 0, 0), values),)
    try:
        text = _normal(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte order mark.
        body = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
        start = len(_normal(body[: error.start].decode("utf-8")))
        source = Source(name, _normal(body.decode("utf-8", errors="replace")))
        values = {"byte": f"0x{body[error.start]:02X}"}
        return source, (Diagnostic("BIEU0001", Span(name, start, start + 1), values),)
    source = Source(name, text)
    found = _FORBIDDEN.search(text)
    if found:
        values = {"character": f"U+{ord(found.group()):04X}"}
        return source, (Diagnostic("BIEU0002", Span(name, found.start(), found.end()), values),)
    return source, ()


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))

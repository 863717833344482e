"""From bytes to a Source: what a file may be, before a word of it is read.

Any bytes are taken; what can't be a source is a diagnostic. The text is brought into one shape here (NFC, no byte
order mark, newlines only), so that offsets mean the same to everyone after.
"""

from __future__ import annotations

import re
import unicodedata

from dsl.diagnostics import Diagnostic
from dsl.span import Source, Span

# The largest source, in bytes. A form of 60 columns takes some 10 KB.
MAX_BYTES = 2_000_000

# Control characters have no place in a text, and some of them hide what is written from whoever reads it: those that
# turn the direction of writing are refused with them. Tab and newline stay.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def read_source(name: str, data: bytes) -> Source | Diagnostic:
    """The source `data` holds, under the name its user knows it by; or why it can't be one.

    The diagnostic's span counts in the text as far as it could be read; where none could, it is empty at 0.
    """
    if len(data) > MAX_BYTES:
        values = {"size": _grouped(len(data)), "limit": _grouped(MAX_BYTES)}
        return Diagnostic("BIEU0003", Span(name, 0, 0), values)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        values = {"byte": f"0x{data[error.start]:02X}", "line": str(line), "column": str(column)}
        return Diagnostic("BIEU0001", Span(name, 0, 0), values)
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    found = _FORBIDDEN.search(text)
    if found:
        source = Source(name, text)
        line, column = source.position(found.start())
        values = {"character": f"U+{ord(found.group()):04X}", "line": str(line), "column": str(column)}
        return Diagnostic("BIEU0002", Span(name, found.start(), found.end()), values)
    return Source(name, text)


def _grouped(number: int) -> str:
    return f"{number:_}"

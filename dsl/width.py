"""How texts stand on a terminal: how wide they are, and what of them may reach it."""

from __future__ import annotations

import unicodedata

TAB = "    "
"""What a tab is shown as."""


def printable(text: str) -> str:
    """Control characters as a replacement sign of their width in `width`: they must not reach a terminal."""
    return "".join(
        "\ufffd" if unicodedata.category(character) in ("Cc", "Cf") else character for character in text
    )


def width(text: str) -> int:
    """How many columns of a terminal a text takes: none for a combining mark, two for a wide character."""
    width = 0
    for character in text:
        if character == "\t":
            width += len(TAB)
        elif unicodedata.category(character) in ("Mn", "Me"):
            continue
        else:
            width += 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
    return width

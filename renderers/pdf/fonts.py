"""The face of print: where the four Tinos fonts lie, how wide their letters are and which letters they have.

Set-up puts the fonts into `renderers/fonts` (they travel inside the wheel). Pages are set in them alone, under a
family name of our own, so that a page comes out the same whatever fonts the machine has. `FontFetcher` is all that
WeasyPrint may load from: these four files, no other file, no network.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from fontTools.ttLib import TTFont
from weasyprint.urls import URLFetcher, URLFetcherResponse

FAMILY = "Bieu Tinos"
SCHEME = "bieu-font:"
CHART_SCHEME = "bieu-chart:"
FILES = ("Tinos-Regular.ttf", "Tinos-Bold.ttf", "Tinos-Italic.ttf", "Tinos-BoldItalic.ttf")

MM_PER_POINT = 25.4 / 72

# Breaks a line or asks for a place to break one; the shaper takes them out, so no font needs them.
_LAYOUT = frozenset("\t\n\u200b")
_MISSING = "\ufffd"
_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})


class FontsMissing(RuntimeError):
    """The fonts were not set up on this machine."""


class ResourceRefused(ValueError):
    """A page asked for something that is not one of its fonts."""


def folder() -> Path:
    """Where the fonts lie. Raises FontsMissing, which says how to get them, when one is not there."""
    place = Path(str(resources.files("renderers"))) / "fonts"
    for name in FILES:
        if not (place / name).is_file():
            raise FontsMissing(f"renderers/fonts/{name} is missing: run script/demo, which sets the fonts up")
    return place


class FontFetcher(URLFetcher):  # type: ignore[misc]
    """Serves `bieu-font:Tinos-….ttf` from the fonts' folder and refuses every other address."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The font of that address. Raises ResourceRefused for any other address, whatever its scheme."""
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or name not in FILES:
            raise ResourceRefused(f"a page may load its fonts only, not {url!r}")
        return URLFetcherResponse(url, (folder() / name).read_bytes(), {"Content-Type": "font/ttf"})


class PageFetcher(FontFetcher):
    """Serves the pictures that were drawn for the page too, at addresses such as `bieu-chart:dung_han`."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__()
        self._pictures = pictures

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The font or picture of that address. Raises ResourceRefused for any other."""
        picture = self._pictures.get(url)
        if picture is not None:
            return URLFetcherResponse(url, picture, {"Content-Type": "image/svg+xml"})
        return super().fetch(url, headers)


@dataclass(frozen=True)
class Face:
    """Letter widths of one font, as fractions of its size, by code point."""

    widths: dict[int, float]

    def width(self, text: str, size: float) -> float:
        """How wide the text is in mm at `size` points, without kerning."""
        unknown = self.widths[ord("M")]
        return sum(self.widths.get(ord(letter), unknown) for letter in text) * size * MM_PER_POINT


@cache
def face(bold: bool) -> Face:
    """The upright regular or bold face."""
    with TTFont(folder() / ("Tinos-Bold.ttf" if bold else "Tinos-Regular.ttf"), lazy=True) as font:
        unit = font["head"].unitsPerEm
        advances = font["hmtx"].metrics
        return Face({code: advances[glyph][0] / unit for code, glyph in font.getBestCmap().items()})


@cache
def _letters() -> frozenset[str]:
    """Every character that all four fonts have."""
    common: set[int] | None = None
    for name in FILES:
        with TTFont(folder() / name, lazy=True) as font:
            codes = set(font.getBestCmap())
        common = codes if common is None else common & codes
    return frozenset(chr(code) for code in common or ())


def printable(text: str) -> str:
    """The text in NFC, each character that the fonts lack (and control characters) replaced by U+FFFD.

    Otherwise WeasyPrint would take such a letter from whatever font the machine has, and the same report would come
    out differently elsewhere. Letters written from right to left are replaced too, and signs without a look of their
    own (a soft hyphen, a mark that turns the direction of what follows) are left out: a page shows what stands in
    the text, in its order, and nothing else. What the person wrote stays whole in the embedded submission.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    letters = _letters()
    return "".join(
        letter
        if letter in _LAYOUT
        or (
            letter in letters
            and unicodedata.category(letter) not in {"Cc", "Cs"}
            and unicodedata.bidirectional(letter) not in _FROM_THE_RIGHT
        )
        else _MISSING
        for letter in text
        if letter in _LAYOUT or unicodedata.category(letter) != "Cf"
    )

"""Lines that serve as examples: of sources that compile, found by the keywords that they use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from compiler.package import Library
from dsl.catalogue import catalogue
from dsl.diagnostics import Language
from dsl.format import format_file
from dsl.keywords import LANGUAGES
from dsl.scan import scan
from dsl.span import Source
from tests.docs.manual.words import BOTH, ROOT, Undocumented


@dataclass(frozen=True)
class Compiled:
    """A source that compiles, laid out in either language; lines are the same ones in both."""

    name: str
    lines: Mapping[Language, tuple[str, ...]]


@cache
def _compiled() -> tuple[Compiled, ...]:
    """Sources that compile: the shipped forms, the tests' good ones, the right examples of the catalogue."""
    texts: dict[str, str] = {}
    library = Library()
    for folder in ("templates_library", "tests/good/compiled", "docs/reference"):
        for path in sorted((ROOT / folder).rglob("*.bieu")):
            loaded = library.load(path.parent if folder == "templates_library" else path)
            assert not loaded.compilation.failed, path
            texts[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
    for code, entry in catalogue().items():
        if entry.right is not None and code >= "BIEU0200":
            texts[code] = entry.right
    return tuple(Compiled(name, lines) for name, text in texts.items() if (lines := _both(text)))


def _both(text: str) -> dict[Language, tuple[str, ...]]:
    lines: dict[Language, tuple[str, ...]] = {}
    for language in BOTH:
        laid_out = format_file(Source("x.bieu", text), language)
        if not isinstance(laid_out, str):
            return {}
        lines[language] = tuple(laid_out.split("\n"))
    # The line that chooses the language stands in one of them only.
    if len(lines["vi"]) != len(lines["en"]):
        lines["en"] = ("",) * (len(lines["vi"]) - len(lines["en"])) + lines["en"]
    return lines if len(lines["vi"]) == len(lines["en"]) else {}


@cache
def _uses() -> Mapping[tuple[str, str | None], tuple[str, int]]:
    """For every keyword and word of a vocabulary: a source and a line that use it, the shortest of the first source."""
    found: dict[tuple[str, str | None], tuple[str, int]] = {}
    vocabularies = {terminal for terminal, word in LANGUAGES["vi"].spelled if word is not None}
    for source in _compiled():
        here: dict[tuple[str, str | None], int] = {}
        text = "\n".join(source.lines["vi"])
        place = Source("x.bieu", text)
        for token in scan(place).tokens:
            key = (token.type, token.text if token.type in vocabularies else None)
            line = place.position(token.start)[0] - 1
            length = len(source.lines["vi"][line])
            if key not in here or length < len(source.lines["vi"][here[key]]):
                here[key] = line
        for key, line in here.items():
            found.setdefault(key, (source.name, line))
    return found


def example_of(key: tuple[str, str | None], language: Language) -> str:
    """A line that uses a keyword, or a word of a vocabulary, as the language writes it."""
    use = _uses().get(key)
    if use is None:
        raise Undocumented(f"no source that compiles uses {key}: add it to docs/reference/every_word.bieu")
    source = next(each for each in _compiled() if each.name == use[0])
    return source.lines[language][use[1]].strip()

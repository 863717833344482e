"""Nothing a user gives makes the parser raise, and what it says always stands inside the source."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.format import format_file
from dsl.keywords import LANGUAGES
from dsl.parse import parse, read_source
from dsl.render import to_json, to_sarif, to_text
from dsl.span import Span

_GOOD = [
    path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[1] / "good").glob("*.fmt"))
]
_WORDS = sorted({text for table in LANGUAGES.values() for texts in table.spelled.values() for text in texts})
_PIECES = st.sampled_from(
    [*_WORDS, *'{}()[]"`#;,:.=<>+-*/|%^@\\', "\n", " ", "\n  ", "1.5", "..", "ổ", "\u0323", "😀"]
)


def check(data: bytes) -> None:
    """Whatever the bytes: diagnostics that can be shown in every form, or a source that can be laid out."""
    source, diagnostics = read_source("x.bieu", data)
    if not diagnostics:
        _, diagnostics = parse(source)
        laid_out = format_file(source)
        assert isinstance(laid_out, tuple) == bool(diagnostics)
    sources = {source.name: source}
    for diagnostic in diagnostics:
        spans: list[Span] = [diagnostic.span, *(each.span for each in diagnostic.labels)]
        if diagnostic.fix:
            spans.append(diagnostic.fix.span)
        for span in spans:
            assert 0 <= span.start <= span.end <= len(source.text)
    for language in LANGUAGES:
        to_text(diagnostics, sources, language, color=True)
        to_json(diagnostics, sources, language)
        to_sarif(diagnostics, sources, language)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.lists(_PIECES, max_size=60).map("".join))
@settings(max_examples=300)
def test_any_tokens(text: str) -> None:
    check(text.encode())


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good source with some stretches cut out, doubled, moved or replaced."""
    text = draw(st.sampled_from(_GOOD))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 2, 5, 20, 100))))
        match draw(st.integers(0, 3)):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:end] + text[end:]
            case 2:
                text = text[:start] + draw(_PIECES) + text[end:]
            case _:
                to = draw(st.integers(0, len(text)))
                text = text[:to] + text[start:end] + text[to:]
    return text


@given(mutated())
@settings(max_examples=300)
def test_mutations_of_good_sources(text: str) -> None:
    check(text.encode())

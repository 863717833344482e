"""What is fuzzed: functions that take any bytes and raise where a law is broken; and the seeds to start from.

A fuzzer (campaign.py) looks for bytes that make one raise or hang; what it finds is kept under found/ and run
again by test_fuzzing.py for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from compiler.cells import CircularCells, Layout
from compiler.lock import lock_text, read_lock
from compiler.package import Library
from compiler.pipeline import compile_package
from compiler.proofs.limits import ProofLimits, Proofs
from compiler.shelf import archive_bytes
from compiler.template import load_template, template_bytes
from dsl import tree
from dsl.catalogue import catalogue
from dsl.diagnostics import Diagnostic, Language
from dsl.format import format_file
from dsl.keywords import LANGUAGES
from dsl.parse import parse, read_source
from dsl.render import to_json, to_sarif, to_text
from dsl.span import Source, Span

_ROOT = Path(__file__).parents[2]
_PROOFS = Proofs(limits=ProofLimits(steps=20_000, package_steps=100_000), show=True)


def parser(data: bytes) -> None:
    """Any bytes are read; what is said of them stands inside the source and can be shown in every form."""
    source, diagnostics = read_source("x.bieu", data)
    if not diagnostics:
        _, diagnostics = parse(source)
    _shown(source, diagnostics)


def _shown(source: Source, diagnostics: tuple[Diagnostic, ...]) -> None:
    for one in diagnostics:
        spans: list[Span] = [one.span, *(label.span for label in one.labels)]
        if one.fix:
            spans.append(one.fix.span)
        assert all(0 <= span.start <= span.end <= len(source.text) for span in spans), one
    sources = {source.name: source}
    for language in LANGUAGES:
        to_text(diagnostics, sources, language, color=True)
        to_json(diagnostics, sources, language)
        to_sarif(diagnostics, sources, language)


def compiler(data: bytes) -> None:
    """Any source is compiled; what holds has a template that is read back as it is, and a layout."""
    source, problems = read_source("x.bieu", data)
    if problems:
        return
    file, found = parse(source)
    compilation = compile_package([file], {}, [], found)
    _shown(source, compilation.diagnostics)
    assert len(compilation.diagnostics) == len({repr(one) for one in compilation.diagnostics})
    for regime in compilation.regimes:
        again = load_template(template_bytes(regime.template))
        assert again == regime.template
        assert [cell.address for cell in Layout(again).order] == [
            cell.address for cell in regime.layout.order
        ]


def prover(data: bytes) -> None:
    """What compiles is proven within few steps, or said to be undecided; whatever is found can be shown."""
    source, problems = read_source("x.bieu", data)
    if problems:
        return
    file, found = parse(source)
    if found:
        return
    compilation = compile_package([file], {}, [], found, proofs=_PROOFS)
    _shown(source, compilation.diagnostics)


def formatter(data: bytes) -> None:
    """A source that can be read keeps its tree and comments, is laid out once for all, and comes back from the other
    language."""
    source, problems = read_source("x.bieu", data)
    if problems:
        return
    file, found = parse(source)
    laid_out = format_file(source)
    if found:
        assert laid_out == found
        return
    assert isinstance(laid_out, str)
    assert _plain(laid_out) == _plain_tree(file)
    assert _comments(laid_out) == _comments(source.text)
    assert _format(laid_out) == laid_out
    other: Language = "en" if file.language == "vi" else "vi"
    converted = _format(laid_out, other)
    assert _plain(converted) == _plain_tree(file)
    assert _format(converted) == converted
    assert _format(converted, file.language) == _format(laid_out, file.language)


def _format(text: str, language: Language | None = None) -> str:
    laid_out = format_file(Source("x.bieu", text), language)
    assert isinstance(laid_out, str), laid_out
    return laid_out


def _plain(text: str) -> str:
    file, found = parse(Source("x.bieu", text))
    assert found == ()
    return _plain_tree(file)


def _plain_tree(file: tree.File) -> str:
    """A tree without its places and its language."""
    text = re.sub(r"Span\(source='x.bieu', start=\d+, end=\d+\)", "·", repr(file))
    return text.replace(f"language='{file.language}'", "", 1)


def _comments(text: str) -> list[str]:
    """The comments of a source, without blanks at their ends; the line that chooses the language is none."""
    without_texts = re.sub(r'"(?:[^"\\\n]|\\[^\n])*"|`[^`\n]*`', "·", text)
    found = re.findall(r"#[^\n]*", without_texts)
    return [comment.rstrip() for comment in found if not re.match(r"#[ \t]*ngôn ngữ[ \t]*:", comment)]


def package(data: bytes) -> None:
    """A built template may come from anybody, inside a signed PDF: it is refused as a value error, can be laid out, or
    is refused as a circle."""
    try:
        template = load_template(data)
    except ValueError:
        return
    assert load_template(template_bytes(template)) == template
    try:
        layout = Layout(template)
        assert len(layout.order) + len(layout.checks) + len(layout.captures) >= 0
    except (CircularCells, ValueError):
        return


def archive(data: bytes) -> None:
    """An archive of a package and a lock come from elsewhere: each is read, or is refused with a reason."""
    lock = read_lock(data)
    assert lock if isinstance(lock, str) else read_lock(lock_text(lock).encode()) == lock
    with TemporaryDirectory() as folder:
        path = Path(folder) / "goi.zip"
        path.write_bytes(data)
        loaded = Library().load(path)
    for one in loaded.diagnostics:
        source = loaded.sources.get(one.span.source)
        assert source is None or one.span.end <= max(len(source.text), 0), one
    to_text(loaded.diagnostics, loaded.sources)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "parser": parser,
    "compiler": compiler,
    "formatter": formatter,
    "prover": prover,
    "package": package,
    "archive": archive,
}


def seeds(target: str) -> Iterator[bytes]:
    """Where the search begins: every good and bad source of the tests, the shipped forms, the catalogue's examples."""
    if target == "package":
        for path in sorted((_ROOT / "tests/good").rglob("*.template.json")):
            yield path.read_bytes()
        return
    if target == "archive":
        for path in sorted((_ROOT / "templates_library").rglob("*.bieu")):
            files = [each for each in sorted(path.parent.iterdir()) if each.suffix in (".bieu", ".csv")]
            yield archive_bytes({each.name: each.read_bytes() for each in files})
        for path in sorted((_ROOT / "templates_library").rglob("*.lock")):
            yield path.read_bytes()
        return
    for folder in ("tests/good", "tests/bad", "templates_library"):
        for path in sorted((_ROOT / folder).rglob("*.bieu")):
            yield path.read_bytes()
    for path in sorted((_ROOT / "tests/good").rglob("*.fmt")):
        yield path.read_bytes()
    for entry in catalogue().values():
        for example in (entry.wrong, entry.right):
            if example:
                yield example.encode()


def words() -> Iterator[bytes]:
    """What a mutation may put in: every keyword of every language, and every sign."""
    for table in LANGUAGES.values():
        for spellings in table.spelled.values():
            yield from (spelling.encode() for spelling in spellings)
    yield from (
        b'"A"',
        b"{\n",
        b"}\n",
        b"..",
        b"<=",
        b">=",
        b"<>",
        "# ngôn ngữ: vi\n".encode(),
        b"2026-01-01",
        b"1.0.0",
    )

"""The page of proofs: what each finds, in the exact words of the goldens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from compiler.pipeline import compile_package
from compiler.proofs.limits import Proofs
from dsl.catalogue import Entry, catalogue
from dsl.diagnostics import Language
from dsl.parse import parse
from dsl.render import _SEVERITIES as SEVERITIES
from dsl.render import to_text
from dsl.span import Source
from tests.docs.manual.errors import message
from tests.docs.manual.words import BOTH, ROOT, head, words
from tests.docs.test_readme import _steps as console_steps


def told() -> Mapping[Language, Mapping[str, str]]:
    """For every code that a golden of the tests shows: the words of the compiler, from the smallest such golden."""
    found: dict[Language, dict[str, str]] = {"vi": {}, "en": {}}
    for language in BOTH:
        begins = "|".join(SEVERITIES[language].values())
        goldens = [
            path
            for folder in ("bad", "good")
            for path in (ROOT / "tests" / folder).rglob(f"*.{language}.txt")
        ]
        for path in sorted(goldens, key=lambda path: (path.stat().st_size, str(path))):
            text = path.read_text(encoding="utf-8")
            for paragraph in re.split(rf"^(?=(?:{begins})\[)", text, flags=re.MULTILINE)[1:]:
                code = paragraph[paragraph.index("[") + 1 : paragraph.index("]")]
                # The last line of a golden counts what was found.
                body = re.split(rf"^\d+ (?:{begins})", paragraph, maxsplit=1, flags=re.MULTILINE)[0]
                found[language].setdefault(code, body.rstrip())
    return found


def proofs_page(language: Language) -> str:
    lines = head("proofs", language)
    shown = told()[language]
    for proof in words()["proof"]:
        lines += [f"## {proof[language]['title']}", "", proof[language]["text"], ""]
        for code in _codes(proof["codes"]):
            text = shown.get(code) or _example_message(catalogue()[code], language)
            lines += [f"### [{code}](errors.md#{code.lower()})", ""]
            lines += ["```text", text, "```", ""] if text else [message(catalogue()[code], language), ""]
        for command in proof.get("commands", ()):
            lines += _shown_elsewhere(command)
    return "\n".join(lines)


def _shown_elsewhere(command: str) -> list[str]:
    """What a command prints on the other pages of the documentation, where a test runs it."""
    lines: list[str] = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for step in console_steps(page.read_text(encoding="utf-8")):
            if step.command.startswith(command):
                lines += ["```console", f"$ {step.command}", *step.output, "```", ""]
    return lines


def _codes(ranges: Iterable[str]) -> list[str]:
    """The catalogue's codes in ranges such as "0230-0236" or "0250"."""
    codes: list[str] = []
    for each in ranges:
        first, _, last = each.partition("-")
        codes += [code for code in catalogue() if first <= code.removeprefix("BIEU") <= (last or first)]
    return codes


def _example_message(entry: Entry, language: Language) -> str:
    """What the compiler says of the catalogue's own wrong example; empty where it needs files beside it."""
    if entry.wrong is None:
        return ""
    source = Source("vi_du.bieu", entry.wrong)
    file, found = parse(source)
    diagnostics = [
        one
        for one in compile_package([file], {}, [], found, proofs=Proofs()).diagnostics
        if one.code == entry.code
    ]
    text = to_text(diagnostics[:1], {source.name: source}, language)
    return "\n".join(text.rstrip("\n").split("\n")[:-1]).rstrip()

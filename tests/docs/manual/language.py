"""The page of the language: grammar.lark section by section, with the meaning of every keyword."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compiler.passes.regimes import PERIOD_NAMES
from dsl.diagnostics import Language
from dsl.expected import SIGNS
from dsl.keywords import LANGUAGES
from tests.docs.manual.sources import example_of
from tests.docs.manual.words import ROOT, Undocumented, head, said


@dataclass(frozen=True)
class Section:
    """A section of the grammar: its title there, and its rules as written."""

    title: str
    rules: tuple[tuple[str, str], ...]

    @property
    def terminals(self) -> tuple[str, ...]:
        """The terminals of the rules, in order, each once."""
        found = re.findall(r"\b_?[A-Z][A-Z_]+\b", "\n".join(body for _, body in self.rules))
        return tuple(dict.fromkeys(found))


def sections() -> Iterator[Section]:
    """The sections of grammar.lark, up to its terminals."""
    text = (ROOT / "dsl/grammar.lark").read_text(encoding="utf-8")
    text = text[: text.index("// Terminals of every language")]
    title = ""
    rules: list[tuple[str, str]] = []
    paragraph_begins = True
    for line in text.split("\n"):
        if line.startswith("//"):
            if paragraph_begins:
                if rules:
                    yield Section(title, tuple(rules))
                title, rules = line.removeprefix("// ").split(".")[0], []
            paragraph_begins = False
        elif line.startswith((" ", "\t")) and rules:
            name, body = rules[-1]
            rules[-1] = (name, f"{body}\n{line}")
        elif line:
            name, _, body = line.partition(":")
            rules.append((name.lstrip("?"), body.strip()))
            paragraph_begins = False
        else:
            paragraph_begins = True
    yield Section(title, tuple(rules))


_SIGNS = {**SIGNS, "INSERT_START": "{"}


def _spelled(terminal: str, language: Language) -> str:
    """A terminal as a reader knows it: a keyword or sign in quotes, a vocabulary by its name, else a token."""
    table = LANGUAGES[language]
    if terminal == "_END":
        return "⏎"
    if terminal in _SIGNS:
        return f'"{_SIGNS[terminal]}"'
    spellings = table.spelled.get((terminal, None))
    if spellings:
        return " | ".join(f'"{each}"' for each in spellings)
    return terminal.lower()


def _rule(name: str, body: str, language: Language) -> str:
    body = re.sub(r"\s*->\s*\w+", "", body)
    body = re.sub(r"\s*\|\s*ERROR\b", "", body)

    def spell(match: re.Match[str]) -> str:
        text = _spelled(match.group(), language)
        return f"({text})" if " | " in text else text

    return f"{name}: " + re.sub(r"\b_?[A-Z][A-Z_]+\b", spell, body)


def language_page(language: Language) -> str:
    lines = head("language", language)
    known: set[str] = set()
    for section in sections():
        title = said("section", section.title, language)
        lines += [f"## {title}", "", said("section_intro", section.title, language), ""]
        lines += ["```ebnf", *(_rule(name, body, language) for name, body in section.rules), "```", ""]
        rows = list(_keyword_rows(section, known, language))
        if rows:
            other: Language = "en" if language == "vi" else "vi"
            heads = {
                "vi": ("Từ khóa", "Tiếng Anh", "Nghĩa", "Ví dụ"),
                "en": ("Keyword", "Vietnamese", "Meaning", "Example"),
            }[language]
            lines += [f"| {' | '.join(heads)} |", "| --- | --- | --- | --- |"]
            lines += [
                f"| {_code(own)} | {_code(LANGUAGES[other].spelled[key])} | {meaning} | {example} |"
                for key, own, meaning, example in rows
            ]
            lines.append("")
        if section.title == "Regime":
            lines += _periods(language)
    missing = {terminal for terminal, _ in LANGUAGES[language].spelled} - known
    if missing:
        raise Undocumented(f"keywords that no rule of a section of dsl/grammar.lark uses: {sorted(missing)}")
    return "\n".join(lines)


def _periods(language: Language) -> list[str]:
    """The kinds of period, each with all its names."""
    names: dict[str, list[str]] = {}
    for name, kind in PERIOD_NAMES.items():
        names.setdefault(kind, []).append(name)
    lines = [said("label", "periods", language), ""]
    return [*lines, *(f"- {_code(each)}" for each in names.values()), ""]


def _code(spellings: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in dict.fromkeys(spellings))


def _keyword_rows(
    section: Section, known: set[str], language: Language
) -> Iterator[tuple[tuple[str, str | None], tuple[str, ...], str, str]]:
    """What the section's keywords and words of vocabularies mean, each where it is met first."""
    for terminal in section.terminals:
        keys = [key for key in LANGUAGES[language].spelled if key[0] == terminal]
        if terminal in known or not keys:
            continue
        known.add(terminal)
        for key in keys:
            name = terminal if key[1] is None else f"{terminal}.{key[1]}"
            meaning = said("keyword", name, language)
            yield (
                key,
                LANGUAGES[language].spelled[key],
                meaning,
                f"`{example_of(key, language)}`".replace("|", "\\|"),
            )

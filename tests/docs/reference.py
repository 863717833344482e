"""The reference manual, made from what the language is: grammar, keywords, operations, messages, limits, commands.

`pages()` gives every page by its path under docs/reference. Words that no table holds stand in words.toml there, one
line a keyword or function in both languages; where one is missing, `Undocumented` says which line to add. Examples are
lines of sources that compile, found by what they use, never written here.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import click

from compiler.formula.expressions import CaptureFunction
from compiler.formula.operations import OPERATIONS, Operation
from compiler.package import Library
from compiler.passes.regimes import PERIOD_NAMES
from compiler.passes.resolve import _CAPTURES as CAPTURES
from compiler.passes.resolve import FUNCTIONS
from compiler.pipeline import compile_package
from compiler.proofs.limits import Proofs
from dsl.catalogue import Entry, catalogue, explanation
from dsl.diagnostics import Language
from dsl.format import format_file
from dsl.keywords import LANGUAGES
from dsl.limits import LIMITS
from dsl.parse import parse
from dsl.render import to_text
from dsl.scan import scan
from dsl.span import Source
from server.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/reference"
BOTH: tuple[Language, ...] = ("vi", "en")


class Undocumented(AssertionError):
    """Something of the language has no words in words.toml; the message is what to add."""


@cache
def words() -> Mapping[str, Any]:
    """docs/reference/words.toml."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


def said(table: str, key: str, language: Language) -> str:
    """The words for one thing in one language."""
    found = words().get(table, {}).get(key)
    if found is None or not found.get(language):
        raise Undocumented(
            f'docs/reference/words.toml, [{table}]: add a line {key} = {{ vi = "…", en = "…" }}'
        )
    return str(found[language])


def pages() -> dict[str, str]:
    """Every page, by its path under docs/reference."""
    made: dict[str, str] = {}
    for language in BOTH:
        made[f"{language}/language.md"] = _language_page(language)
        made[f"{language}/functions.md"] = _functions_page(language)
        made[f"{language}/proofs.md"] = _proofs_page(language)
        made[f"{language}/errors.md"] = _errors_page(language)
        made[f"{language}/limits.md"] = _limits_page(language)
    made["vi/commands.md"] = _commands_page()
    return made


def _head(page: str, language: Language) -> list[str]:
    other: Language = "en" if language == "vi" else "vi"
    link = f"[{'English' if other == 'en' else 'Tiếng Việt'}](../{other}/{page}.md)"
    if page == "commands":
        link = ""
    title, intro = said("page", page, language), said("intro", page, language)
    made = {
        "vi": "Trang này được tạo ra từ mã nguồn: `script/manual`.",
        "en": "Made from the sources by `script/manual`.",
    }
    return [f"# {title}", "", f"<!-- {made[language]} -->", *([link, ""] if link else []), intro, ""]


# The language: grammar.lark section by section


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


_SIGNS = {
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "COLON": ":",
    "DOT": ".",
    "DOTDOT": "..",
    "PIPE": "|",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "EQ": "=",
    "NE": "<>",
    "LT": "<",
    "LE": "<=",
    "GT": ">",
    "GE": ">=",
    "INSERT_START": "{",
    "INSERT_END": "}",
}


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


def _language_page(language: Language) -> str:
    lines = _head("language", language)
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


# Examples: lines of sources that compile


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


# Functions: the table of operations and its conformance rows


def _functions_page(language: Language) -> str:
    lines = _head("functions", language)
    lines += [f"## {said('label', 'functions', language)}", ""]
    for name in FUNCTIONS:
        lines += _operation(name, f"`{name}(…)`", OPERATIONS[name], language)
    lines += [f"## {said('label', 'captures', language)}", ""]
    for name in get_args(CaptureFunction):
        title = f"`{name}(…)`" if name in CAPTURES else said("label", name, language)
        lines += [f"### {title}", "", said("function", name, language), ""]
    lines += [f"## {said('label', 'signs', language)}", ""]
    for name, operation in OPERATIONS.items():
        if operation.spelling and name not in FUNCTIONS:
            lines += _operation(name, f"`{operation.spelling}`", operation, language)
    return "\n".join(lines)


def _operation(name: str, title: str, operation: Operation, language: Language) -> list[str]:
    takes = ", ".join(said("takes", kind, language) for kind in operation.takes)
    most = operation.most
    count = str(operation.least) if most == operation.least else f"{operation.least} … {most or '∞'}"
    rows = (
        ("takes_label", f"{takes} ({count})"),
        ("gives_label", said("takes", operation.gives, language)),
        ("measure_label", said("measure_rule", operation.measure, language)),
        ("additivity_label", said("additivity_rule", operation.additivity, language)),
    )
    lines = [f"### {title}", "", said("function", name, language), "", "| | |", "| --- | --- |"]
    lines += [f"| {said('label', label, language)} | {value} |" for label, value in rows]
    shown = list(_conformance(name, operation, language))[:4]
    if shown:
        lines += ["", "```text", *shown, "```"]
    return [*lines, ""]


@cache
def _conformance_rows() -> tuple[Mapping[str, Any], ...]:
    rows: list[Mapping[str, Any]] = []
    for path in sorted((ROOT / "tests/formulas").glob("*.toml")):
        rows += tomllib.loads(path.read_text(encoding="utf-8")).get("row", [])
    return tuple(rows)


def _conformance(name: str, operation: Operation, language: Language) -> Iterator[str]:
    """The simple rows that every back end agrees on, as an author would write them."""
    for row in _conformance_rows():
        found = re.fullmatch(rf"\({name} ([^()]*)\)", row["formula"])
        cells = row.get("cells", {})
        if not found or any(str(value).startswith("rows") for value in cells.values()):
            continue
        arguments = [_value(str(cells.get(each, f"literal {each}")), language) for each in found[1].split()]
        if operation.name in FUNCTIONS:
            formula = f"{operation.spelling}({', '.join(arguments)})"
        elif len(arguments) == 1:
            formula = f"{operation.spelling} {arguments[0]}"
        elif operation.name == "if":
            formula = "if {} then {} else {}".format(*arguments)
        else:
            formula = f" {operation.spelling} ".join(arguments)
        yield f"{formula}  →  {_value(str(row['gives']), language)}"


def _value(written: str, language: Language) -> str:
    kind, _, value = written.partition(" ")
    if not value:
        return {"vi": "(trống)", "en": "(blank)"}[language]
    if kind == "truth":
        table = {"true": ("đúng", "true"), "false": ("sai", "false"), "unknown": ("chưa biết", "unknown")}
        return table.get(value, (value, value))[0 if language == "vi" else 1]
    return value


# Messages


def _errors_page(language: Language) -> str:
    lines = _head("errors", language)
    severities = {
        "vi": {"error": "lỗi", "warning": "cảnh báo", "note": "ghi chú"},
        "en": {"error": "error", "warning": "warning", "note": "note"},
    }
    for code, entry in catalogue().items():
        lines += [
            f"## {code}",
            "",
            f"*{severities[language][entry.severity]}*: {_message(entry, language)}",
            "",
        ]
        lines += [explanation(entry, language), ""]
        if entry.shown:
            wrong, right = entry.shown
            labels = {"vi": ("Sai:", "Đúng:"), "en": ("Wrong:", "Right:")}[language]
            for label, example in zip(labels, (wrong, right), strict=True):
                lines += [label, "", "```text", example, "```", ""]
    return "\n".join(lines)


def _message(entry: Entry, language: Language) -> str:
    """A message with its placeholders as names."""
    pieces = string.Formatter().parse(entry.message[language])
    return "".join(text + (f"‹{name}›" if name else "") for text, name, _, _ in pieces)


# Proofs: what each says, from the goldens


def told() -> Mapping[Language, Mapping[str, str]]:
    """For every code that a golden of the tests shows: the words of the compiler, from the smallest such golden."""
    found: dict[Language, dict[str, str]] = {"vi": {}, "en": {}}
    begins = {"vi": r"(?:lỗi|cảnh báo|ghi chú)\[", "en": r"(?:error|warning|note)\["}
    for language in BOTH:
        goldens = [
            path
            for folder in ("bad", "good")
            for path in (ROOT / "tests" / folder).rglob(f"*.{language}.txt")
        ]
        for path in sorted(goldens, key=lambda path: (path.stat().st_size, str(path))):
            text = path.read_text(encoding="utf-8")
            for paragraph in re.split(rf"^(?={begins[language]})", text, flags=re.MULTILINE)[1:]:
                code = paragraph[paragraph.index("[") + 1 : paragraph.index("]")]
                # The last line of a golden counts what was found.
                body = re.split(
                    r"^\d+ (?:lỗi|cảnh|ghi|error|warning|note)", paragraph, maxsplit=1, flags=re.MULTILINE
                )[0]
                found[language].setdefault(code, body.rstrip())
    return found


def _proofs_page(language: Language) -> str:
    lines = _head("proofs", language)
    shown = told()[language]
    for proof in words()["proof"]:
        lines += [f"## {proof[language]['title']}", "", proof[language]["text"], ""]
        for code in _codes(proof["codes"]):
            text = shown.get(code) or _example_message(catalogue()[code], language)
            lines += [f"### [{code}](errors.md#{code.lower()})", ""]
            lines += ["```text", text, "```", ""] if text else [_message(catalogue()[code], language), ""]
        for pattern in proof.get("outputs", ()):
            for path in sorted(ROOT.glob(pattern.replace("LANGUAGE", language))):
                lines += ["```text", path.read_text(encoding="utf-8").rstrip(), "```", ""]
    return "\n".join(lines)


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


# Limits and commands


def _limits_page(language: Language) -> str:
    lines = _head("limits", language)
    heads = {
        "vi": ("Biến môi trường", "Giới hạn", "Mặc định", "Đặt được từ … đến"),
        "en": ("Variable", "Limits", "Default", "May be set from … to"),
    }
    lines += [f"| {' | '.join(heads[language])} |", "| --- | --- | ---: | ---: |"]
    for limit in LIMITS.values():
        counted = limit.vi if language == "vi" else limit.en
        lines.append(
            f"| `{limit.variable}` | {counted} | {limit.default:_} | {limit.least:_} … {limit.most:_} |"
        )
    return "\n".join([*lines, ""])


def _commands_page() -> str:
    lines = _head("commands", "vi")
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        lines += _command(command, f"bieu {name}", 2)
    return "\n".join(lines)


def _command(command: click.Command, path: str, level: int) -> list[str]:
    context = click.Context(command, info_name=path)
    usage = command.collect_usage_pieces(context)
    lines = [f"{'#' * level} `{path}`", ""]
    help_text, _, examples = (command.help or "").partition("\b\n")
    if not help_text.strip():
        raise Undocumented(f"{path} has no help")
    lines += [" ".join(help_text.split()), "", "```text", " ".join([path, *usage]), "```", ""]
    options = [
        parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
    ]
    if options:
        lines += ["| Tùy chọn | Nghĩa |", "| --- | --- |"]
        for option in options:
            if not option.help:
                raise Undocumented(f"{path} {option.opts[0]} has no help")
            lines.append(f"| {_option(option)} | {option.help} |")
        lines.append("")
    if examples.strip():
        shown = [line.strip() for line in examples.split("\n") if line.strip() and line.strip() != "Ví dụ:"]
        lines += ["```sh", *shown, "```", ""]
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            lines += _command(child, f"{path} {name}", level + 1)
    return lines


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag and isinstance(option.type, click.Choice):
        names += " " + "\\|".join(str(choice) for choice in option.type.choices)
    if isinstance(option.default, str | int) and not isinstance(option.default, bool) and not option.is_flag:
        names += f" (mặc định {option.default})"
    return names

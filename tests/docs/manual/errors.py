"""The page of error codes: the whole catalogue of messages."""

from __future__ import annotations

import string

from dsl.catalogue import Entry, catalogue, explanation
from dsl.diagnostics import Language
from dsl.render import _SEVERITIES as SEVERITIES
from tests.docs.manual.words import head


def errors_page(language: Language) -> str:
    lines = head("errors", language)
    for code, entry in catalogue().items():
        lines += [
            f"## {code}",
            "",
            f"*{SEVERITIES[language][entry.severity]}*: {message(entry, language)}",
            "",
        ]
        lines += [explanation(entry, language), ""]
        if entry.shown:
            wrong, right = entry.shown
            labels = {"vi": ("Sai:", "Đúng:"), "en": ("Wrong:", "Right:")}[language]
            for label, example in zip(labels, (wrong, right), strict=True):
                lines += [label, "", "```text", example, "```", ""]
    return "\n".join(lines)


def message(entry: Entry, language: Language) -> str:
    """A message with its placeholders as names."""
    pieces = string.Formatter().parse(entry.message[language])
    return "".join(text + (f"‹{name}›" if name else "") for text, name, _, _ in pieces)

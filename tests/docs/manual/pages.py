"""The reference manual, made from what the language is: grammar, keywords, operations, messages, limits, commands.

Words that no table holds stand in docs/reference/words.toml, a line a keyword or function in both languages; where one
is missing, `Undocumented` says which line to add. Examples are lines of sources that compile, never written here.
"""

from __future__ import annotations

from tests.docs.manual.commands import commands_page
from tests.docs.manual.errors import errors_page
from tests.docs.manual.functions import functions_page
from tests.docs.manual.language import language_page
from tests.docs.manual.limits import limits_page
from tests.docs.manual.proofs import proofs_page
from tests.docs.manual.words import BOTH

_PAGES = {
    "language": language_page,
    "functions": functions_page,
    "proofs": proofs_page,
    "errors": errors_page,
    "limits": limits_page,
}


def pages() -> dict[str, str]:
    """Every page, by its path under docs/reference."""
    made = {f"{language}/{name}.md": page(language) for language in BOTH for name, page in _PAGES.items()}
    return {**made, "vi/commands.md": commands_page()}

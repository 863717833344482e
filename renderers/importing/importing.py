"""A file to a draft that compiles, held against the file: the whole way in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compiler.findings import Finding
from compiler.pipeline import Compilation
from compiler.template import Template
from dsl.diagnostics import Language
from dsl.span import Source
from renderers.importing.anatomy import find_tables
from renderers.importing.comparison import Compared, compare, compare_questions
from renderers.importing.doubts import Doubt
from renderers.importing.draft import Draft, all_doubts
from renderers.importing.drafting import draft_form
from renderers.importing.reading import read_form
from renderers.importing.settling import settled
from renderers.importing.sheets import as_rows
from renderers.importing.xlsform import draft_xlsform, is_xlsform


@dataclass(frozen=True)
class Imported:
    """A draft with its source, what it compiled to, what it asks, and how it compares with the original."""

    draft: Draft
    source: Source
    compilation: Compilation
    doubts: tuple[Doubt, ...]
    compared: tuple[Compared, ...]

    @property
    def differences(self) -> tuple[Compared, ...]:
        """What is not as in the original."""
        return tuple(each for each in self.compared if not each.same)


def import_form(data: bytes, name: str, language: Language) -> Imported | Finding:
    """The draft of a form in a workbook or document; `name` is the file's, for the reader. Or why there is none."""
    sheets = read_form(data)
    if isinstance(sheets, Finding):
        return sheets
    lists = as_rows(sheets)
    if is_xlsform(lists):
        drafted = draft_xlsform(lists, name, language)
        if not drafted.tables and not drafted.outline:
            return Finding(code="no_table_found", severity="error")
        return finished(drafted, language, lambda done: compare_questions(done, drafted))
    tables = find_tables(sheets)
    if not tables:
        return Finding(code="no_table_found", severity="error")
    return finished(draft_form(sheets, tables, name), language, lambda done: compare(done, tables))


def finished(
    draft: Draft, language: Language, comparing: Callable[[Template], Sequence[Compared]]
) -> Imported:
    """A draft settled and compared by `comparing`, a function of its template."""
    done = settled(draft, f"{draft.regime}.bieu", language)
    compared: Sequence[Compared] = ()
    if done.compilation.regimes:
        compared = comparing(done.compilation.regimes[0].template)
    return Imported(done.draft, done.source, done.compilation, tuple(all_doubts(done.draft)), tuple(compared))


def comparison_json(imported: Imported, language: Language) -> Mapping[str, Any]:
    """The comparison and the questions as plain data, for other programs."""
    return {
        "file": imported.draft.file,
        "source": imported.source.name,
        "same": not imported.differences,
        "compared": [
            {
                "what": each.what,
                "place": each.place,
                "original": each.original,
                "draft": each.draft,
                "same": each.same,
            }
            for each in imported.compared
        ],
        "questions": [
            {"code": each.code, "words": each.words(language), "suggestion": each.suggestion}
            for each in imported.doubts
        ],
    }

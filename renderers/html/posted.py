"""Reads what the page posts, the inverse of its field names: texts as typed to the values of a report.

For those who fill the form without JavaScript this is where their numbers are read, by the same rule as everywhere
(`compiler/numbers.py`). Every problem is named at its place. Whether the values are right is `validators.py`'s matter;
what was taken over from earlier reports is not posted, the receiver has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.numbers import NumberProblem, parse_number
from compiler.template import ValueType
from compiler.values import Address, GroupKey, Scalar, Values
from renderers.html.live import text_inputs
from renderers.html.names import field_name
from renderers.places import Places
from renderers.scalars import ScalarProblem, choices, read_scalar, read_text, shown

HEAD = ("regime", "version", "template", "unit", "period")

LONGEST_EXPLANATION = 2_000
"""Characters of an explanation, as the page limits it."""

_ADDED = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]\[([1-9][0-9]{0,5})\]\.(\w+)")
_EXPLANATION = re.compile(r"@explain\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Posted:
    """A posted report. `explanations` are of warnings, by check and place: `tang:b06a[dat_dai]`.

    numbered: self-added rows by the numbers they were posted under, blank ones too, for a page that shows them again.
    """

    values: Values = field(default_factory=Values)
    head: Mapping[str, str] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)
    numbered: Mapping[GroupKey, Mapping[int, Mapping[str, Scalar]]] = field(default_factory=dict)


def read_posted(layout: Layout, fields: Iterable[tuple[str, str]]) -> tuple[Posted, tuple[Finding, ...]]:
    """The report in some posted fields, in any order, and what is wrong with them. Blank rows are left out."""
    return _Reader(_fields_of(layout)).read(fields)


class _Fields:
    """What may be posted of a layout's reports, by the names of the fields."""

    def __init__(self, layout: Layout) -> None:
        self.places = Places(layout)
        self.cells = {
            field_name(cell.address): cell for cell in layout.cells if cell.kind in {"entered", "carried"}
        }
        self.columns = {
            group.key: {added.column.name: added for added in group.columns if added.kind != "computed"}
            for group in layout.groups
        }
        self.texts = {text.name: text for text in text_inputs(layout.template.outline)}
        self.code_lists = choices(layout.template)


_fields_of = lru_cache(maxsize=64)(_Fields)


class _Reader:
    """Reads one report. Places are put in words only where something is wrong."""

    def __init__(self, fields: _Fields) -> None:
        self._fields = fields
        self._findings: list[Finding] = []

    def read(self, fields: Iterable[tuple[str, str]]) -> tuple[Posted, tuple[Finding, ...]]:
        cells: dict[Address, Scalar] = {}
        rows: dict[GroupKey, dict[int, dict[str, Scalar]]] = {}
        texts: dict[str, str] = {}
        head: dict[str, str] = {}
        explanations: dict[str, str] = {}
        seen: set[str] = set()
        known = self._fields
        for name, text in fields:
            if name in seen:
                self._add("repeated_name", Place(), found=shown(name))
            elif (cell := known.cells.get(name)) is not None:
                value = self._scalar(text, cell.type)
                if isinstance(value, NumberProblem | ScalarProblem):
                    self._findings.append(value.finding(known.places.cell(cell.address)))
                elif value is not None:
                    cells[cell.address] = value
            elif name in known.texts:
                narrative = self._text(text, known.texts[name].max_length, known.places.text(name))
                if narrative is not None:
                    texts[name] = narrative
            elif name.removeprefix("@") in HEAD and name.startswith("@"):
                head[name.removeprefix("@")] = text
            elif (explained := _EXPLANATION.fullmatch(name)) is not None:
                explanation = self._text(text, LONGEST_EXPLANATION, Place(words=shown(explained[1])))
                if explanation is not None:
                    explanations[explained[1]] = explanation
            elif not self._added(name, text, rows):
                self._add("unknown_field", Place(), found=shown(name), hint="")
            seen.add(name)
        added = {
            key: held
            for key, numbered in rows.items()
            if (held := tuple(numbered[index] for index in sorted(numbered) if numbered[index]))
        }
        posted = Posted(Values(cells, added, texts), head, explanations, rows)
        return posted, tuple(self._findings)

    def _added(self, name: str, text: str, rows: dict[GroupKey, dict[int, dict[str, Scalar]]]) -> bool:
        """Take a cell of a self-added row; False where there is none of that name."""
        match = _ADDED.fullmatch(name)
        if match is None:
            return False
        key, index = GroupKey(match[1], match[2]), int(match[3])
        column = self._fields.columns.get(key, {}).get(match[4])
        if column is None:
            return False
        value = self._scalar(text, column.type)
        row = rows.setdefault(key, {}).setdefault(index, {})
        if isinstance(value, NumberProblem | ScalarProblem):
            self._findings.append(value.finding(self._fields.places.added(key, index, match[4])))
        elif value is not None:
            row[match[4]] = value
        return True

    def _scalar(self, text: str, type: ValueType) -> Scalar | NumberProblem | ScalarProblem | None:
        if not text.strip():
            return None
        if type.is_number:
            return parse_number(text, type)
        if type.kind == "boolean":
            return read_scalar({"true": True, "false": False}.get(text, text), type, self._fields.code_lists)
        return read_scalar(text, type, self._fields.code_lists)

    def _text(self, text: str, limit: int, place: Place) -> str | None:
        found = read_text(text, limit)
        if isinstance(found, ScalarProblem):
            self._findings.append(found.finding(place))
            return None
        return found

    def _add(self, code: str, place: Place, **values: str) -> None:
        self._findings.append(Finding(code=code, severity="error", place=place, values=values))

"""XLSForm, the survey workbooks of ODK, KoBo and their like, as a draft: as far as the language can say it.

Questions outside of groups and those of each outer group become a table of one row; groups inside it headings; a repeat
a table of rows that the unit adds. `calculate` becomes a formula, `constraint` limits or a check, `select_one` a choice
from a code list, long texts and notes the outline. Whatever can't be said is told with its sheet, row and reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dsl.diagnostics import Language
from renderers.importing.doubts import Doubt, doubt, words
from renderers.importing.draft import (
    Draft,
    DraftAdded,
    DraftColumn,
    DraftGroup,
    DraftList,
    DraftRow,
    DraftTable,
)
from renderers.importing.naming import Names
from renderers.importing.writing import quoted
from renderers.importing.xpath import References, Said, Unsaid, bounds, translate

Rows = Sequence[Sequence[str]]
MOST_QUESTIONS = 1_000

_TYPES = {
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal(2)",
    "range": "decimal(2)",
    "text": "text(255)",
    "string": "text(255)",
    "date": "date",
    "acknowledge": "boolean",
    "trigger": "boolean",
}
_SILENT = frozenset(
    [
        "start",
        "end",
        "today",
        "deviceid",
        "username",
        "phonenumber",
        "email",
        "audit",
        "simserial",
        "subscriberid",
    ]
)
"""What a device notes by itself: a report has it from its sender and its log."""
_YES = frozenset(["yes", "true", "true()", "1"])
_ROW = "so_lieu"
_NO_TYPE = {"select_multiple": "because_several", "time": "because_time", "datetime": "because_datetime"}
"""Types that have a reason of their own for not being said."""

_UNSAID = ("default", "choice_filter", "repeat_count")
"""What a line may say and the language has no place for."""


@dataclass(frozen=True)
class Question:
    """A line of the survey."""

    number: int
    kind: str
    argument: str
    name: str
    label: str
    facts: Mapping[str, str]


@dataclass
class _Block:
    """A group or repeat being read, or the whole survey."""

    question: Question | None
    repeat: bool = False
    parts: list[_Block | Question] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """Where a question's value stands: its table, its column, and its rows where a unit adds them."""

    table: str
    column: str
    many: str = ""


def is_xlsform(sheets: Mapping[str, Rows]) -> bool:
    """Whether a workbook's sheets, by lower-case name, are an XLSForm."""
    head = [text.strip().lower() for text in next(iter(sheets.get("survey", ())), ())]
    return "type" in head and "name" in head


def draft_xlsform(sheets: Mapping[str, Rows], file: str, language: Language) -> Draft:
    """The draft of an XLSForm."""
    return _Maker(sheets, file, language).draft()


class _Maker:
    def __init__(self, sheets: Mapping[str, Rows], file: str, language: Language) -> None:
        self._file = file
        self._language = language
        self._unsaid: list[Doubt] = []
        self._settings = next(iter(_records(sheets.get("settings", ()))), (0, {}))[1]
        self._lists, self._list_names = self._choices(sheets.get("choices", sheets.get("list", ())))
        self._survey = _Block(None)
        self._read(sheets.get("survey", ()))
        self._tables = Names()
        self._places: dict[str, _Place] = {}
        """By the name that expressions use: of two questions the first."""
        self._own: dict[int, _Place] = {}
        """By the question's row."""
        self._columns: dict[str, Names] = {}
        self._blocks: list[tuple[str, str, _Block]] = []
        self._texts: dict[str, str] = {}
        self._text_names = Names()

    def draft(self) -> Draft:
        title = self._settings.get("form_title", "") or self._file.rsplit(".", 1)[0]
        self._place(title)
        tables = [self._table(name, heading, block) for name, heading, block in self._blocks]
        tables = [table for table in tables if table is not None]
        used = {
            question.argument
            for _, _, block in self._blocks
            for question in _questions(block)
            if question.kind == "select_one"
        }
        form = self._settings.get("form_id", "")
        regime = Names().of_name(form, "b") if form else Names().of_words(title, "b")
        asked = {"basis": doubt("no_basis"), "period": doubt("no_period"), "filled": doubt("who")}
        asked |= {"due": doubt("no_due"), "effective": doubt("effective")}
        outline = tuple(self._outline({table.name for table in tables if table is not None}))
        return Draft(
            package=f"nhap.{regime}",
            regime=regime,
            title=title,
            file=self._file,
            periods=("quarter", "year"),
            lists=tuple(codes for name, codes in self._lists.items() if name in used),
            tables=tuple(table for table in tables if table is not None),
            outline=outline,
            doubts=tuple(self._unsaid),
            regime_doubts=asked,
        )

    # -- reading ---------------------------------------------------------------------------------------------

    def _read(self, rows: Rows) -> None:
        """The survey as blocks in blocks."""
        path = [self._survey]
        for count, (number, facts) in enumerate(_records(rows)):
            if count >= MOST_QUESTIONS:
                self._cannot("survey", number, "because_many")
                break
            kind, _, argument = re.sub(r"\s+", " ", facts.get("type", "")).strip().partition(" ")
            kind = kind.lower()
            both = f"{kind} {argument}".lower()
            if not kind:
                continue
            if re.match(r"end[ _](group|repeat)", both):
                if len(path) > 1:
                    path.pop()
                else:
                    self._cannot("survey", number, "because_closes_nothing", text=both)
                continue
            label = _label(facts, self._language) or facts.get("name", "")
            if re.match(r"begin[ _](group|repeat)", both):
                question = Question(number, both, "", facts.get("name", ""), label, facts)
                block = _Block(question, "repeat" in both)
                path[-1].parts.append(block)
                path.append(block)
                continue
            path[-1].parts.append(
                Question(number, kind, argument.strip(), facts.get("name", ""), label, facts)
            )
        for block in path[1:]:
            assert block.question is not None
            self._cannot("survey", block.question.number, "because_not_closed")

    def _choices(self, rows: Rows) -> tuple[dict[str, DraftList], dict[str, str]]:
        names, lists, called = Names(), {}, {}
        codes: dict[str, dict[str, str]] = {}
        for number, facts in _records(rows):
            of, code = facts.get("list_name", facts.get("list name", "")), facts.get("name", "")
            if not of or not code:
                continue
            inside = codes.setdefault(of, {})
            if code in inside:
                self._cannot("choices", number, "because_twice", text=code)
                continue
            inside[code] = _label(facts, self._language) or code
        for of, inside in codes.items():
            called[of] = names.of_name(of, "dm")
            lists[of] = DraftList(called[of], of, tuple(inside.items()))
        return lists, called

    # -- where things stand ----------------------------------------------------------------------------------

    def _place(self, title: str) -> None:
        """Give every question its table and column."""
        loose = _Block(None, parts=[part for part in self._survey.parts if isinstance(part, Question)])
        if loose.parts:
            self._open(title, loose, "chung")
        for part in self._survey.parts:
            if isinstance(part, _Block):
                assert part.question is not None
                self._open(part.question.label, part, part.question.name)

    def _open(self, heading: str, block: _Block, wanted: str) -> None:
        name = self._tables.of_name(wanted, "b") if wanted else self._tables.of_words(heading, "b")
        self._blocks.append((name, heading, block))
        names = self._columns[name] = Names()
        many = names.of_name(wanted or name, "d") if block.repeat else ""
        if not block.repeat:
            names.of_words("số liệu", "d")
        for part in block.parts:
            self._inside(part, name, names, many)

    def _inside(self, part: _Block | Question, table: str, names: Names, many: str) -> None:
        if isinstance(part, Question):
            if part.name and not self._is_prose(part, many):
                place = self._own[part.number] = _Place(table, names.of_name(part.name, "c"), many)
                if self._places.setdefault(part.name, place) is not place:
                    self._cannot("survey", part.number, "because_name_twice", text=part.name)
            return
        assert part.question is not None
        if part.repeat and many:
            number = part.question.number
            self._cannot("survey", number, "because_repeat_in_repeat")
        elif part.repeat:
            self._open(part.question.label, part, part.question.name)
        else:
            for inner in part.parts:
                self._inside(inner, table, names, many)

    def _is_prose(self, question: Question, many: str) -> bool:
        """Whether a question is part of the outline: a long text, or a note."""
        long = question.kind in {"text", "string"} and "multiline" in question.facts.get("appearance", "")
        return question.kind == "note" or (long and not many)

    # -- tables ----------------------------------------------------------------------------------------------

    def _table(self, name: str, heading: str, block: _Block) -> DraftTable | None:
        checks: list[tuple[str, tuple[Doubt, ...]]] = []
        members = self._members(block.parts, name, checks)
        if not members:
            return None
        if block.question is not None:
            self._conditions(block.question)
        if block.repeat:
            many = next(place.many for place in self._own.values() if place.table == name)
            columns = tuple(each for each in members if isinstance(each, DraftColumn))
            added = DraftAdded(many, heading, "", columns, 0)
            return DraftTable(name, heading, rows=(added,), checks=tuple(checks))
        row = DraftRow(_ROW, "Số liệu trong kỳ" if self._language == "vi" else "Figures of the period")
        return DraftTable(name, heading, members=members, rows=(row,), checks=tuple(checks))

    def _members(
        self,
        parts: Sequence[_Block | Question],
        table: str,
        checks: list[tuple[str, tuple[Doubt, ...]]],
        shown: tuple[str, ...] = (),
    ) -> tuple[DraftGroup | DraftColumn, ...]:
        """shown: the conditions of the groups around; a heading has none of its own, so its columns have them."""
        made: list[DraftGroup | DraftColumn] = []
        for part in parts:
            if isinstance(part, Question):
                column = self._column(part, table, checks, shown)
                made += [column] if column is not None else []
            elif not part.repeat:
                assert part.question is not None
                self._conditions(part.question)
                many = next((place.many for place in self._own.values() if place.table == table), "")
                condition = self._shown(part.question, _Place(table, "", many))
                inside = self._members(part.parts, table, checks, (*shown, *condition))
                in_rows = bool(many)
                # Rows that a unit adds have columns without headings over them.
                made += inside if in_rows else ([DraftGroup(part.question.label, inside)] if inside else [])
        return tuple(made)

    def _column(
        self,
        question: Question,
        table: str,
        checks: list[tuple[str, tuple[Doubt, ...]]],
        shown: tuple[str, ...],
    ) -> DraftColumn | None:
        place = self._own.get(question.number)
        if place is None or place.table != table:
            self._nothing(question)
            return None
        doubts: list[Doubt] = []
        sides: tuple[str, ...] = ()
        attributes: list[str] = []
        if question.kind == "calculate":
            said = self._said(question, "calculation", place, formula=True)
            if said is None:
                return None
            sides = (said.text,)
            type = "" if said.linear else "decimal(2)"
            if not said.linear and not said.ratio and not place.many:
                attributes.append("rollup none")
        elif question.kind == "select_one":
            codes = question.argument.split(" ")[0]
            if codes not in self._list_names:
                self._cannot("survey", question.number, "because_no_list", text=codes)
                return None
            if "or_other" in question.argument:
                self._cannot("survey", question.number, "because_or_other")
            type = f"choice({self._list_names[codes]})"
        elif question.kind in _TYPES:
            type = _TYPES[question.kind]
            if type.startswith("decimal"):
                doubts.append(doubt("decimals", type="decimal(0…6)"))
        else:
            self._nothing(question)
            return None
        self._conditions(question)
        required = question.facts.get("required", "").strip().lower()
        if required in _YES and not sides:
            attributes.append("required")
        elif required not in {"", "no", "false", "false()", "0"} | _YES:
            self._cannot("survey", question.number, "because_required")
        attributes += self._constraint(question, place, type, checks)
        conditions = (*shown, *self._shown(question, place))
        if conditions:
            both = " and ".join(f"({each})" for each in conditions) if len(conditions) > 1 else conditions[0]
            attributes.append(f"shown when ({both})")
        hint = _label(question.facts, self._language, "hint")
        if hint:
            attributes.append(f"note {quoted(hint)}")
        label = re.sub(r"\$\{[^}]*\}", "…", question.label)
        if label != question.label:
            self._cannot("survey", question.number, "because_label")
        return DraftColumn(
            name=place.column,
            label=label or question.name,
            type=type,
            sides=sides,
            printed=question.facts.get("calculation", ""),
            attributes=" ".join(attributes),
            doubts=tuple(doubts),
        )

    def _nothing(self, question: Question) -> None:
        """Say why a question is no column; some need no saying."""
        if question.kind in _SILENT or self._is_prose(question, ""):
            return
        if not question.name:
            self._cannot("survey", question.number, "because_no_name")
            return
        self._cannot(
            "survey", question.number, _NO_TYPE.get(question.kind, "because_type"), text=question.kind
        )

    def _constraint(
        self, question: Question, place: _Place, type: str, checks: list[tuple[str, tuple[Doubt, ...]]]
    ) -> list[str]:
        """Limits as attributes; anything more becomes a check."""
        text = question.facts.get("constraint", "").strip()
        if not text:
            return []
        limits = bounds(text) if type.startswith(("integer", "decimal")) else None
        if limits is not None:
            return [limits]
        said = self._said(question, "constraint", place)
        if said is None:
            return []
        if said.kind != "truth":
            self._cannot("survey", question.number, "because_no_condition")
            return []
        message = _label(question.facts, self._language, "constraint_message")
        checks.append((f"check: {said.text}" + (f" {quoted(message)}" if message else ""), ()))
        return []

    def _shown(self, question: Question, place: _Place) -> tuple[str, ...]:
        """When a line is shown, where it says so and the language can."""
        if not question.facts.get("relevant", "").strip():
            return ()
        said = self._said(question, "relevant", place)
        if said is None:
            return ()
        if said.kind != "truth":
            self._cannot("survey", question.number, "because_no_condition")
            return ()
        return (said.text,)

    def _conditions(self, question: Question) -> None:
        """What has no place in the language, of any line."""
        for name in _UNSAID:
            said = question.facts.get(name, "")
            if said:
                self._cannot("survey", question.number, f"because_{name}", text=said)

    # -- expressions -----------------------------------------------------------------------------------------

    def _said(self, question: Question, of: str, place: _Place, *, formula: bool = False) -> Said | None:
        def value(name: str) -> str:
            other = self._places.get(name)
            if other is None:
                raise Unsaid("because_no_question", text=name)
            if other.table == place.table:
                return other.column
            if other.many or place.many:
                raise Unsaid("because_other_repeat", text=name)
            return f"{other.table}[{_ROW}].{other.column}"

        def in_rows(name: str) -> str:
            other = self._places.get(name)
            if other is None or not other.many or other.table == place.table:
                raise Unsaid("because_no_repeat", text=name)
            return f"{other.table}[{other.many}].{other.column}"

        try:
            own = "" if formula else place.column
            said = translate(question.facts.get(of, ""), References(value, in_rows, own))
            if formula and said.kind == "truth":
                raise Unsaid("because_truth")
        except Unsaid as unsaid:
            reason = words(unsaid.code, self._language, unsaid.values)
            written = question.facts.get(of, "")
            self._cannot("survey", question.number, "because_expression", reason=reason, text=written)
            return None
        return said

    # -- outline ---------------------------------------------------------------------------------------------

    def _outline(self, made: set[str]) -> Iterator[tuple[str, tuple[Doubt, ...]]]:
        """A section for each table, with its notes and long texts."""
        for name, heading, block in self._blocks:
            prose = [part for part in _questions(block) if self._is_prose(part, "")]
            if not prose and name not in made:
                continue
            condition = "" if block.question is None else "".join(self._shown(block.question, _Place("", "")))
            shown = f" shown when ({condition})" if condition else ""
            yield f"section {quoted(heading)}{shown} {{", ()
            for question in prose:
                if question.kind == "note":
                    yield f"prompt {quoted(question.label)}", ()
                elif not block.repeat:
                    written = self._text_names.of_name(question.name, "v")
                    required = " required" if question.facts.get("required", "").lower() in _YES else ""
                    yield f"text {written} {quoted(question.label)} max 5000{required} rollup concat", ()
            if name in made:
                yield f"table {name}", ()
            yield "}", ()

    def _cannot(self, sheet: str, row: int, code: str, **values: str) -> None:
        reason = words(code, self._language, values)
        self._unsaid.append(doubt("xls_unsaid", sheet=sheet, row=str(row), reason=reason))


def _questions(block: _Block) -> Iterator[Question]:
    """The questions of a block, those of its repeats left out."""
    for part in block.parts:
        if isinstance(part, Question):
            yield part
        elif not part.repeat:
            yield from _questions(part)


def _records(rows: Rows) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows under the headings by heading in lower case, with their number on the sheet."""
    if not rows:
        return
    head = [re.sub(r"\s*::?\s*", "::", text.strip().lower()) for text in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        facts = {name: text.strip() for name, text in zip(head, row, strict=False) if name and text.strip()}
        if facts:
            yield number, facts


def _label(facts: Mapping[str, str], language: Language, of: str = "label") -> str:
    """A label in the language asked for, else without language, else in any."""
    wanted = ("vi", "tiếng việt", "viet") if language == "vi" else ("en",)
    for name, text in facts.items():
        if name.startswith(f"{of}::") and any(word in name for word in wanted):
            return text
    if of in facts:
        return facts[of]
    return next((text for name, text in facts.items() if name.startswith(f"{of}::")), "")

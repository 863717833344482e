"""The outline: sections, prompts, texts, sentences with numbers in them and tables in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from compiler.formula.expressions import Cell, Expression, bind, call
from compiler.measures import dimension
from compiler.passes import types
from compiler.passes.attributes import gather
from compiler.passes.context import MAXIMUM_TEXT, Diagnostics
from compiler.passes.drafts import FIELDS, FIELDS_ROW
from compiler.passes.names import Where
from compiler.passes.renaming import Renamed, check_renamed, renamed_from
from compiler.passes.resolve import Resolver, captured_version, open_axes
from compiler.template import (
    FieldPlace,
    Inserted,
    OutlineItem,
    OverUnits,
    Prompt,
    Section,
    Sentence,
    TablePlace,
    TextInput,
)
from dsl import tree
from dsl.diagnostics import Label
from dsl.span import Span

_DEFAULT_TEXT = 5000


@dataclass(frozen=True)
class AskedHere:
    """A column of a table, or a field, that is asked for only when `condition` holds, as its section says at `span`."""

    condition: Expression
    table: str
    column: str
    span: Span


class OutlinePass:
    """Compiles the outline of one regime. A regime without one is its tables in order."""

    def __init__(self, resolver: Resolver, diagnostics: Diagnostics) -> None:
        self.resolver = resolver
        self.diagnostics = diagnostics
        self._texts: dict[str, Span] = {}
        self._former: list[Renamed] = []
        self._placed: dict[str, Span] = {}
        self._shown: list[tuple[Expression, Span]] = []
        self.asked: list[AskedHere] = []
        """What sections that are not always shown ask for."""

    def compile(self, outlines: list[tree.Outline]) -> tuple[OutlineItem, ...]:
        """The items of the outline. Notes BIEU0281 (a warning) for a table that it doesn't place."""
        if not outlines:
            return tuple(TablePlace(table=name) for name in self.resolver.tables)
        for further in outlines[1:]:
            self.diagnostics.add("BIEU0263", further.span, labels=(Label(outlines[0].span, "first"),))
        items = self._items(outlines[0].items)
        check_renamed(self._former, self.diagnostics)
        for name, table in self.resolver.tables.items():
            if name not in self._placed and not table.fields:
                self.diagnostics.add("BIEU0281", table.node.name.span, {"name": name}, severity="warning")
        return items

    def _items(self, items: tuple[tree.OutlineItem, ...]) -> tuple[OutlineItem, ...]:
        compiled: list[OutlineItem] = []
        for item in items:
            match item:
                case tree.Section():
                    compiled.append(self._section(item))
                case tree.Field():
                    compiled.append(self._field(item))
                case tree.Prompt():
                    compiled.append(Prompt(text=item.text.text))
                case tree.TextField():
                    compiled.append(self._text(item))
                case tree.Say():
                    compiled.append(Sentence(parts=tuple(self._part(part) for part in item.parts)))
                case tree.TablePlace():
                    name = item.name.text
                    if name not in self.resolver.tables:
                        self.diagnostics.unknown("BIEU0203", item.name.span, name, self.resolver.tables)
                    elif name in self._placed:
                        first = Label(self._placed[name], "first")
                        self.diagnostics.add("BIEU0282", item.span, {"name": name}, labels=(first,))
                    else:
                        self._placed[name] = item.span
                        compiled.append(TablePlace(table=name))
                        table = self.resolver.tables[name]
                        self._asks(name, (*table.columns, *table.own_columns))
        return tuple(compiled)

    def _section(self, node: tree.Section) -> Section:
        condition = None if node.shown_when is None else self._condition(node.shown_when)
        if condition is None:
            return Section(title=node.title.text, items=self._items(node.items))
        assert node.shown_when is not None
        self._shown.append((condition, node.shown_when.span))
        items = self._items(node.items)
        self._shown.pop()
        return Section(title=node.title.text, items=items, shown_when=condition)

    def _condition(self, node: tree.ShownWhen | tree.RequiredWhen) -> Expression | None:
        """A condition outside of tables: fully addressed."""
        operand = self.resolver.expression(node.condition, Where(None))
        if not types.expect(operand, "truth", self.diagnostics):
            return None
        if any(open_axes(operand.expression)):
            self.diagnostics.add("BIEU0226", operand.span)
            return None
        return operand.expression

    def _asks(self, table: str, columns: Iterable[str]) -> None:
        """Note that the sections around ask for columns only when they are shown."""
        condition = self._around()
        if condition is not None:
            span = self._shown[-1][1]
            self.asked += [AskedHere(condition, table, column, span) for column in columns]

    def _around(self) -> Expression | None:
        """When all the sections around are shown; None where they always are."""
        conditions = [condition for condition, _ in self._shown]
        if len(conditions) < 2:
            return conditions[0] if conditions else None
        return call("and", *conditions)

    def _field(self, node: tree.Field) -> FieldPlace:
        name = node.name.text
        self._asks(FIELDS, (name,))
        table = self.resolver.tables[FIELDS]
        draft = table.columns.get(name)
        written = None if draft is None else draft.attributes.shown_when
        condition = None
        if written is not None:
            operand = self.resolver.expression(written.condition, Where(table))
            condition = bind(operand.expression, FIELDS_ROW, None)
        return FieldPlace(cell=Cell(table=FIELDS, row=FIELDS_ROW, column=name), shown_when=condition)

    def _text(self, node: tree.TextField) -> TextInput:
        attributes = gather(node.attributes, "text", self.diagnostics)
        name = node.name.text
        before = self._texts.get(name)
        fields = self.resolver.tables.get(FIELDS)
        field = None if fields is None else fields.columns.get(name)
        if before is not None or name in self.resolver.tables or field is not None:
            clash = before or (field or self.resolver.tables[name]).node.name.span
            values = {"name": name, "what": "text"}
            self.diagnostics.add("BIEU0201", node.name.span, values, labels=(Label(clash, "first"),))
        self._texts[name] = node.name.span
        self._former.append((name, attributes.renamed_from))
        length = attributes.max_length.value if attributes.max_length is not None else _DEFAULT_TEXT
        if attributes.max_length is not None and not 1 <= length <= MAXIMUM_TEXT:
            values = {"found": str(length), "limit": str(MAXIMUM_TEXT)}
            self.diagnostics.add("BIEU0243", attributes.max_length.span, values)
            length = MAXIMUM_TEXT
        rule = OverUnits(rule="concat")
        if attributes.rollup is not None:
            if attributes.rollup.rule in {"concat", "none"}:
                rule = OverUnits(rule=attributes.rollup.rule)
            else:
                values = {"rule": attributes.rollup.rule}
                self.diagnostics.add("BIEU0231", attributes.rollup.span, values)
        required = attributes.required is not None
        when = None if attributes.required_when is None else self._condition(attributes.required_when)
        around = self._around()
        if around is not None and (required or when is not None):
            # What isn't shown isn't asked for.
            when, required = around if when is None else call("and", around, when), False
        return TextInput(
            name=name,
            label=node.label.text,
            max_length=length,
            required=required,
            required_when=None if required else when,
            over_units=rule,
            renamed_from=renamed_from(attributes),
        )

    def _part(self, part: tree.String | tree.Insert) -> str | Inserted:
        if isinstance(part, tree.String):
            return part.text
        operand = self.resolver.expression(part.expression, Where(None))
        row, column = open_axes(operand.expression)
        if row or column:
            self.diagnostics.add("BIEU0226", operand.span)
        cell = operand.expression
        if isinstance(cell, Cell) and cell.column is not None:
            known = self.resolver.column(self.resolver.tables[cell.table], cell.column).type
        else:
            known = types.inferred(operand, operand.span, self.diagnostics)
        measure = next(
            (
                name
                for name, declared in self.resolver.shared.measures.items()
                if operand.dimension is not None and dimension(declared) == operand.dimension
            ),
            None,
        )
        if part.filter is None:
            return Inserted(expression=cell, type=known, measure=measure)
        versus = part.argument.text if part.argument is not None else ""
        if part.filter.text != "versus":
            self.diagnostics.unknown("BIEU0283", part.filter.span, part.filter.text, ("versus",))
            return Inserted(expression=cell, type=known, measure=measure)
        if versus not in {"prior", "last_year"}:
            span = part.argument.span if part.argument is not None else part.filter.span
            self.diagnostics.unknown("BIEU0284", span, versus, ("prior", "last_year"))
            return Inserted(expression=cell, type=known, measure=measure)
        if not known.is_number:
            types.expect(operand, "number", self.diagnostics)
        return Inserted(
            expression=cell,
            type=known,
            measure=measure,
            versus="prior" if versus == "prior" else "last_year",
            captured=captured_version(cell, versus),
        )

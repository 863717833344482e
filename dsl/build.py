"""Reductions of grammar.lark to nodes of tree.py, called by the parser as it goes.

One method a rule. Its argument is the rule's symbols in order: tokens, nodes, None for an option not taken. Items that
couldn't be read are left out. The builder keeps nothing between calls; what is wrong with an item that did parse goes
to its tokens' origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from dsl import tree
from dsl.diagnostics import Diagnostic, Label
from dsl.limits import limit
from dsl.span import Span
from dsl.tokens import Origin, Token

# How deep a formula's tree may be: everything after the parser may then walk it by recursion. A sum written with plus
# signs is as deep as it has terms; `sum(a, b, …)` is not.
MAX_DEPTH = limit("BIEU_MAX_DEPTH")

# Attributes that may be said more than once: a lower and an upper bound, and each side of a chain.
_REPEATABLE = (tree.Bound,)


class _Node(Protocol):
    @property
    def span(self) -> Span: ...


_T = TypeVar("_T")


def _over(first: Token | _Node, last: Token | _Node) -> Span:
    """From the start of the first to the end of the last."""
    if type(first) is Token:
        source, start = first.origin.name, first.start
    else:
        source, start = first.span.source, first.span.start
    return Span(source, start, last.end if type(last) is Token else last.span.end)


def _name(token: Token) -> tree.Name:
    return tree.Name(token.text, Span(token.origin.name, token.start, token.end))


def _names(children: Iterable[Token]) -> tuple[tree.Name, ...]:
    return tuple(_name(token) for token in children if token.type == "NAME")


def _string(token: Token) -> tree.String:
    return tree.String(_unquoted(token.text), Span(token.origin.name, token.start, token.end))


def _unquoted(written: str) -> str:
    inner = written[1:-1]
    return _unescaped(inner) if "\\" in inner else inner


def _unescaped(text: str) -> str:
    return text.replace("\\\\", "\x00").replace('\\"', '"').replace("\x00", "\\")


def _strings(children: Iterable[Token]) -> tuple[tree.String, ...]:
    return tuple(_string(token) for token in children if token.type == "STRING")


def _date(token: Token) -> tree.Date:
    return tree.Date(token.text, token.span)


def _read(children: Iterable[Any]) -> tuple[Any, ...]:
    """The items of a block that could be read."""
    return tuple(child for child in children if type(child) is not Token)


def _whole(token: Token) -> int:
    """A number that must be whole."""
    digits = token.text.replace("_", "")
    if digits.isdecimal():
        return int(digits)
    token.origin.report(Diagnostic("BIEU0035", token.span, {"found": token.text}))
    return int(Decimal(digits))


def _attributes(children: Sequence[Any], origin: Origin) -> tuple[Any, ...]:
    """Attributes in the author's order; neighbouring sides `= a = b` make one definition."""
    found: list[Any] = []
    for child in children:
        if type(child) is tree.Definition and found and type(found[-1]) is tree.Definition:
            chain = found[-1]
            found[-1] = tree.Definition(chain.sides + child.sides, _over(chain, child))
        else:
            found.append(child)
    if len(found) > 1:
        _once_each(found, origin)
    return tuple(found)


def _once_each(attributes: list[Any], origin: Origin) -> None:
    seen: dict[type, Any] = {}
    for attribute in attributes:
        before = seen.setdefault(type(attribute), attribute)
        if before is not attribute and not isinstance(attribute, _REPEATABLE):
            origin.report(Diagnostic("BIEU0037", attribute.span, labels=(Label(before.span, "first"),)))


def _shallow(expression: Any, origin: Origin) -> Any:
    """The expression, or a number in its place where its tree is deeper than MAX_DEPTH."""
    span = expression.span
    if span.end - span.start <= MAX_DEPTH:  # every level costs a character
        return expression
    level: list[Any] = [expression]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            origin.report(Diagnostic("BIEU0005", span, {"limit": str(MAX_DEPTH)}))
            return tree.NumberLiteral(Decimal(0), False, span)
        level = [part for node in level for part in _operands(node)]
    return expression


def _operands(node: Any) -> tuple[Any, ...]:
    match node:
        case tree.Binary():
            return (node.left, node.right)
        case tree.Unary():
            return (node.operand,)
        case tree.Group():
            return (node.inner,)
        case tree.Apply():
            return node.arguments
        case tree.Comparison():
            return node.operands
        case tree.Conditional():
            return (node.condition, node.positive, node.negative)
        case _:
            return ()


def _number(token: Token) -> tree.NumberLiteral:
    if token.type == "PERCENTAGE":
        value = Decimal(token.text[:-1].replace("_", "")).scaleb(-2)
        return tree.NumberLiteral(value, True, token.span)
    return tree.NumberLiteral(Decimal(token.text.replace("_", "")), False, token.span)


class Builder:
    """The methods are named after the rules of grammar.lark; tree.py says what each node holds."""

    # ruff: noqa: D102 (each method is its rule)

    # File

    def file(self, items: list[Any]) -> tuple[Any, ...]:
        return _read(items)

    def dotted_name(self, c: list[Any]) -> tree.Name:
        return tree.Name(".".join(token.text for token in c if token.type == "NAME"), _over(c[0], c[-1]))

    def package(self, c: list[Any]) -> tree.Package:
        return tree.Package(c[1], _name(c[2]), _string(c[3]), _over(c[0], c[3]))

    def use(self, c: list[Any]) -> tree.Use:
        limits = c[2:]
        text = " ".join(limit.text for limit in limits)
        return tree.Use(c[1], tree.Name(text, _over(limits[0], limits[-1])), _over(c[0], c[-1]))

    def owner(self, c: list[Any]) -> tree.Owner:
        return tree.Owner(_string(c[1]), _over(c[0], c[1]))

    def licence(self, c: list[Any]) -> tree.Licence:
        return tree.Licence(_string(c[1]), _over(c[0], c[1]))

    def version_limit(self, c: list[Any]) -> tree.Name:
        sign, version = c
        text = f"{sign.text} {version.text}" if sign else version.text
        return tree.Name(text, _over(sign or version, version))

    def measure(self, c: list[Any]) -> tree.Measure:
        keyword, name, label, _, factor, base = c
        return tree.Measure(
            _name(name),
            _string(label),
            _number(factor) if factor else None,
            _name(base) if base else None,
            _over(keyword, base or label),
        )

    def code_list(self, c: list[Any]) -> tree.CodeList:
        return tree.CodeList(_name(c[1]), _string(c[2]), _read(c[4:-1]), None, _over(c[0], c[-1]))

    def code_list_from_csv(self, c: list[Any]) -> tree.CodeList:
        return tree.CodeList(_name(c[1]), _string(c[2]), (), _string(c[4]), _over(c[0], c[4]))

    def code_entry(self, c: list[Any]) -> tree.CodeEntry:
        code, label, _, parent, _, start, _, until, renamed = c
        return tree.CodeEntry(
            code,
            _string(label),
            parent,
            _date(start) if start else None,
            _date(until) if until else None,
            renamed,
            _over(code, renamed or until or start or parent or label),
        )

    def indicator(self, c: list[Any]) -> tree.Indicator:
        items = _read(c[4:-1])
        _once_each(list(items), c[0].origin)
        return tree.Indicator(_name(c[1]), _string(c[2]), items, _over(c[0], c[-1]))

    def concept(self, c: list[Any]) -> tree.Concept:
        return tree.Concept(_string(c[1]), _over(c[0], c[1]))

    def method(self, c: list[Any]) -> tree.Method:
        return tree.Method(_string(c[1]), _over(c[0], c[1]))

    def data_source(self, c: list[Any]) -> tree.DataSource:
        return tree.DataSource(_string(c[1]), _over(c[0], c[1]))

    def indicator_rollup(self, c: list[Any]) -> tree.Rollup:
        return tree.Rollup(c[1].text, None, _over(c[0], c[1]))

    def name(self, c: list[Any]) -> tree.Name:
        return _name(c[0])

    def string(self, c: list[Any]) -> tree.String:
        return _string(c[0])

    # Regime

    def regime(self, c: list[Any]) -> tree.Regime:
        return tree.Regime(_name(c[1]), _string(c[2]), _read(c[4:-1]), _over(c[0], c[-1]))

    def basis(self, c: list[Any]) -> tree.Basis:
        return tree.Basis(_strings(c), _over(c[0], c[-1]))

    def kind(self, c: list[Any]) -> tree.Kind:
        return tree.Kind(c[1].text, _over(c[0], c[1]))

    def periods(self, c: list[Any]) -> tree.Periods:
        return tree.Periods(_names(c), _over(c[0], c[-1]))

    def filled_by(self, c: list[Any]) -> tree.FilledBy:
        return tree.FilledBy(_names(c), _over(c[0], c[-1]))

    def goes_to(self, c: list[Any]) -> tree.GoesTo:
        return tree.GoesTo(_name(c[1]), _over(c[0], c[1]))

    def due(self, c: list[Any]) -> tree.Due:
        return tree.Due(_read(c), _over(c[0], c[-1]))

    def due_entry(self, c: list[Any]) -> tree.DueEntry:
        level, sign, days, unit = c
        count = _whole(days)
        return tree.DueEntry(
            _name(level),
            -count if sign.type == "MINUS" else count,
            unit.type == "WORKING_DAYS",
            _over(level, unit),
        )

    def sign(self, c: list[Any]) -> tree.Sign:
        return tree.Sign(_names(c), _over(c[0], c[-1]))

    def effective(self, c: list[Any]) -> tree.Effective:
        keyword, _, start, _, until = c
        return tree.Effective(_date(start), _date(until) if until else None, _over(keyword, until or start))

    def unverified(self, c: list[Any]) -> tree.Unverified:
        return tree.Unverified(_string(c[1]), _over(c[0], c[1]))

    # Table

    def table(self, c: list[Any]) -> tree.Table:
        return tree.Table(_name(c[1]), _string(c[2]), _read(c[4:-1]), _over(c[0], c[-1]))

    def form_number(self, c: list[Any]) -> tree.FormNumber:
        return tree.FormNumber(_string(c[1]), _over(c[0], c[1]))

    def orientation(self, c: list[Any]) -> tree.Orientation:
        return tree.Orientation("landscape" if c[0].type == "LANDSCAPE" else "portrait", c[0].span)

    def footnote(self, c: list[Any]) -> tree.Footnote:
        return tree.Footnote(_string(c[1]), _over(c[0], c[1]))

    def columns(self, c: list[Any]) -> tree.Columns:
        return tree.Columns(_read(c[2:-1]), _over(c[0], c[-1]))

    def column_group(self, c: list[Any]) -> tree.ColumnGroup:
        return tree.ColumnGroup(_string(c[1]), _read(c[3:-1]), _over(c[0], c[-1]))

    def column(self, c: list[Any]) -> tree.Column:
        return tree.Column(_name(c[0]), _string(c[1]), _attributes(c[2:], c[0].origin), _over(c[0], c[-1]))

    def rows(self, c: list[Any]) -> tree.Rows:
        return tree.Rows(_read(c[2:-1]), _over(c[0], c[-1]))

    def stub(self, c: list[Any]) -> tree.Stub:
        return tree.Stub(c[1].text, _string(c[2]), _attributes(c[3:], c[0].origin), _over(c[0], c[-1]))

    def row(self, c: list[Any]) -> tree.Row:
        while c[-1] is None:  # no braces
            c = c[:-1]
        attributes, parts = _header_and_block(c[3:])
        return tree.Row(
            _name(c[1]), _string(c[2]), _attributes(attributes, c[0].origin), parts, _over(c[0], c[-1])
        )

    def row_section(self, c: list[Any]) -> tree.RowSection:
        attributes, items = _header_and_block(c[3:])
        return tree.RowSection(
            _name(c[1]), _string(c[2]), _attributes(attributes, c[0].origin), items, _over(c[0], c[-1])
        )

    def of_which(self, c: list[Any]) -> tree.OfWhich:
        return tree.OfWhich(c[1].text if c[1] else None, _read(c[3:-1]), _over(c[0], c[-1]))

    def each(self, c: list[Any]) -> tree.Each:
        return tree.Each(_name(c[1]), _name(c[3]), _attributes(c[4:], c[0].origin), _over(c[0], c[-1]))

    def many(self, c: list[Any]) -> tree.Many:
        header, columns = _header_and_block(c[3:])
        keys = [child for child in header if type(child) is tree.Name]
        for again in keys[1:]:
            c[0].origin.report(Diagnostic("BIEU0037", again.span, labels=(Label(keys[0].span, "first"),)))
        attributes = [child for child in header if type(child) is not tree.Name]
        return tree.Many(
            _name(c[1]),
            _string(c[2]),
            _attributes(attributes, c[0].origin),
            keys[0] if keys else None,
            columns,
            _over(c[0], c[-1]),
        )

    def row_key(self, c: list[Any]) -> tree.Name:
        return _name(c[1])

    def cell_rule(self, c: list[Any]) -> tree.CellRule:
        keyword, row, _, column, *rest = c
        inapplicable = type(rest[0]) is Token
        definition = None if inapplicable else _attributes(rest, keyword.origin)[0]
        return tree.CellRule(row, _name(column), inapplicable, definition, _over(keyword, rest[-1]))

    def check(self, c: list[Any]) -> tree.Check:
        keyword, name, once, at_entry, _, condition, message, explain = c
        return tree.Check(
            "check" if keyword.type == "CHECK" else "warn",
            _name(name) if name else None,
            once is not None,
            at_entry is not None,
            _shallow(condition, keyword.origin),
            _string(message) if message else None,
            explain is not None,
            _over(keyword, explain or message or condition),
        )

    # Attributes

    def type_use(self, c: list[Any]) -> tree.TypeUse:
        keyword, opening, argument, closing = c
        value: int | tree.Name | None = None
        if argument:
            value = _name(argument) if argument.type == "NAME" else _whole(argument)
        kind: Any = keyword.type.lower()
        return tree.TypeUse(kind, value, _over(keyword, closing if opening else keyword))

    def bound(self, c: list[Any]) -> tree.Bound:
        sign, minus, number = c
        operator: Any = _COMPARISONS[sign.type]
        return tree.Bound(operator, _number(number), minus is not None, _over(sign, number))

    def equation(self, c: list[Any]) -> tree.Definition:
        return tree.Definition((_shallow(c[1], c[0].origin),), _over(c[0], c[1]))

    def rollup(self, c: list[Any]) -> tree.Rollup:
        keyword, rule, _, by = c
        return tree.Rollup(rule.text, _name(by) if by else None, _over(keyword, by or rule))

    def over_time(self, c: list[Any]) -> tree.OverTime:
        return tree.OverTime(c[1].text, _over(c[0], c[1]))

    def printed_code(self, c: list[Any]) -> tree.PrintedCode:
        return tree.PrintedCode(_string(c[1]), _over(c[0], c[1]))

    def required(self, c: list[Any]) -> tree.Required:
        return tree.Required(c[0].span)

    def required_when(self, c: list[Any]) -> tree.RequiredWhen:
        return tree.RequiredWhen(_shallow(c[2], c[0].origin), _over(c[0], c[3]))

    def shown_when(self, c: list[Any]) -> tree.ShownWhen:
        return tree.ShownWhen(_shallow(c[2], c[0].origin), _over(c[0], c[3]))

    def max_length(self, c: list[Any]) -> tree.MaxLength:
        return tree.MaxLength(_whole(c[1]), _over(c[0], c[1]))

    def measure_use(self, c: list[Any]) -> tree.MeasureUse:
        return tree.MeasureUse(_name(c[1]), _over(c[0], c[1]))

    def note(self, c: list[Any]) -> tree.Note:
        return tree.Note(_string(c[1]), _over(c[0], c[1]))

    def last(self, c: list[Any]) -> tree.Last:
        return tree.Last("first" if c[0].type == "FIRST" else "last", c[0].span)

    def from_date(self, c: list[Any]) -> tree.FromDate:
        return tree.FromDate(_date(c[1]), _over(c[0], c[1]))

    def until_date(self, c: list[Any]) -> tree.UntilDate:
        return tree.UntilDate(_date(c[1]), _over(c[0], c[1]))

    def indicator_use(self, c: list[Any]) -> tree.IndicatorUse:
        keyword, name, _, same_as = c
        return tree.IndicatorUse(_name(name), same_as, _over(keyword, same_as or name))

    def renamed_from(self, c: list[Any]) -> tree.RenamedFrom:
        return tree.RenamedFrom(c[1], _over(c[0], c[1]))

    # Outline

    def outline(self, c: list[Any]) -> tree.Outline:
        return tree.Outline(_read(c[2:-1]), _over(c[0], c[-1]))

    def section(self, c: list[Any]) -> tree.Section:
        return tree.Section(_string(c[1]), _read(c[4:-1]), _over(c[0], c[-1]), c[2])

    def prompt(self, c: list[Any]) -> tree.Prompt:
        return tree.Prompt(_string(c[1]), _over(c[0], c[1]))

    def text_field(self, c: list[Any]) -> tree.TextField:
        return tree.TextField(_name(c[1]), _string(c[2]), _attributes(c[3:], c[0].origin), _over(c[0], c[-1]))

    def field(self, c: list[Any]) -> tree.Field:
        return tree.Field(_name(c[1]), _string(c[2]), _attributes(c[3:], c[0].origin), _over(c[0], c[-1]))

    def say(self, c: list[Any]) -> tree.Say:
        parts: list[tree.String | tree.Insert] = []
        for child in c[1:]:
            if type(child) is not Token:
                parts.append(child)
            elif child.text:
                parts.append(
                    tree.String(_unescaped(child.text.replace("{{", "{").replace("}}", "}")), child.span)
                )
        return tree.Say(tuple(parts), _over(c[0], c[-1]))

    def insert(self, c: list[Any]) -> tree.Insert:
        opening, expression, _, word, argument, closing = c
        return tree.Insert(
            _shallow(expression, opening.origin),
            _name(word) if word else None,
            _name(argument) if argument else None,
            _over(opening, closing),
        )

    def table_place(self, c: list[Any]) -> tree.TablePlace:
        return tree.TablePlace(_name(c[1]), _over(c[0], c[1]))

    # Charts and examples

    def chart(self, c: list[Any]) -> tree.Chart:
        keyword, name, title, mark, value, by_unit, _, count, periods = c
        return tree.Chart(
            _name(name),
            _string(title),
            mark.text,
            value,
            by_unit is not None,
            _whole(count) if count else None,
            _over(keyword, periods or by_unit or value),
        )

    def example(self, c: list[Any]) -> tree.Example:
        blocks = c[3:-1]
        given = tuple(item for kind, items in _blocks(blocks) if kind == "GIVEN" for item in items)
        expect = tuple(item for kind, items in _blocks(blocks) if kind == "EXPECT" for item in items)
        return tree.Example(_string(c[1]), given, expect, _over(c[0], c[-1]))

    def given(self, c: list[Any]) -> tuple[str, tuple[Any, ...]]:
        return c[0].type, _read(c[2:-1])

    def expect(self, c: list[Any]) -> tuple[str, tuple[Any, ...]]:
        return c[0].type, _read(c[2:-1])

    def assignment(self, c: list[Any]) -> tree.Given:
        return tree.Given(c[0], None, _shallow(c[2], c[1].origin), _over(c[0], c[2]))

    def assignment_of_function(self, c: list[Any]) -> tree.Given:
        return tree.Given(c[2], _name(c[0]), _shallow(c[5], c[0].origin), _over(c[0], c[5]))

    def verdict(self, c: list[Any]) -> tree.Fails:
        check = _string(c[1]) if c[1].type == "STRING" else _name(c[1])
        return tree.Fails(check, c[0].type == "HOLDS", _over(c[0], c[1]))

    # Formulas

    def binary(self, c: list[Any]) -> tree.Binary:
        left, sign, right = c
        operator: Any = _OPERATORS[sign.type]
        return tree.Binary(operator, left, right, sign.span, _over(left, right))

    def unary(self, c: list[Any]) -> tree.Unary:
        return tree.Unary("-" if c[0].type == "MINUS" else "not", c[1], _over(c[0], c[1]))

    def comparison(self, c: list[Any]) -> tree.Comparison:
        operators: tuple[Any, ...] = tuple(_COMPARISONS[sign.type] for sign in c[1::2])
        return tree.Comparison(tuple(c[::2]), operators, _over(c[0], c[-1]))

    def conditional(self, c: list[Any]) -> tree.Conditional:
        return tree.Conditional(c[1], c[3], c[5], _over(c[0], c[5]))

    def number(self, c: list[Any]) -> tree.NumberLiteral:
        return _number(c[0])

    def percentage(self, c: list[Any]) -> tree.NumberLiteral:
        return _number(c[0])

    def text_literal(self, c: list[Any]) -> tree.TextLiteral:
        return tree.TextLiteral(_unquoted(c[0].text), c[0].span)

    def truth(self, c: list[Any]) -> tree.Truth:
        return tree.Truth(c[0].type == "TRUE", c[0].span)

    def group(self, c: list[Any]) -> tree.Group:
        return tree.Group(c[1], _over(c[0], c[2]))

    def apply(self, c: list[Any]) -> tree.Apply:
        arguments = tuple(child for child in c[2:-1] if child is not None and type(child) is not Token)
        return tree.Apply(_name(c[0]), arguments, _over(c[0], c[-1]))

    def range(self, c: list[Any]) -> tree.Range:
        return tree.Range(_name(c[0]), _name(c[2]), _over(c[0], c[2]))

    def reference(self, c: list[Any]) -> tree.Reference:
        name = _name(c[0])
        return tree.Reference(None, (), name, name.span)

    def cell(self, c: list[Any]) -> tree.Reference:
        table, row, _, column = c
        return tree.Reference(_name(table), row, _name(column), _over(table, column))

    def cell_of_regime(self, c: list[Any]) -> tree.Reference:
        regime, _, table, row, _, column = c
        return tree.Reference(_name(table), row, _name(column), _over(regime, column), _name(regime))

    def row_path(self, c: list[Any]) -> tuple[tree.Name | tree.String, ...]:
        return _read(c)


_COMPARISONS = {"EQ": "=", "NE": "<>", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_OPERATORS = {"PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/", "AND": "and", "OR": "or"}


def _header_and_block(children: Sequence[Any]) -> tuple[Sequence[Any], tuple[Any, ...]]:
    """What stands before an opening brace and what stands between the braces; no brace, no block."""
    for position, child in enumerate(children):
        if type(child) is Token and child.type == "LBRACE":
            return children[:position], _read(children[position + 1 : -1])
    return children, ()


def _blocks(children: Iterable[Any]) -> Iterable[tuple[str, tuple[Any, ...]]]:
    """The `given` and `expect` blocks of an example that could be read. Tokens are tuples too."""
    return (child for child in children if type(child) is not Token)

"""Laws of the layout on generated sources: same tree, laid out once for all, and there and back between languages.

The strategy writes a source token by token from a random shape of the grammar, with blanks, comments, line breaks and
backticks wherever the language lets them stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.diagnostics import Language
from dsl.format import format_file
from dsl.keywords import LANGUAGES, RESERVED, en
from dsl.parse import parse
from dsl.span import Source

Dump = Callable[..., str]

_BARE = ("a", "c3", "tong", "lĩnh_vực", "đó", "working", "sum", "số")
# Words that are a part of keywords: bare they may complete one, as `unit` does behind `by`.
_PARTS = ("unit", "time", "applicable", "entry", "dụng", "đơn")
_RESERVED = tuple(sorted(word for word in RESERVED if " " not in word))

names = st.sampled_from(_BARE) | st.sampled_from([f"`{word}`" for word in (*_RESERVED, *_PARTS, *_BARE)])
texts = st.text(st.sampled_from("abcđ ự{}#;()'“\\\""), max_size=8).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
numbers = st.sampled_from(("0", "1", "12", "1_000", "2.5"))
wholes = st.sampled_from(("1", "2", "1_000"))
dates = st.sampled_from(("2026-01-01", "1999-12-31"))


def keyword(terminal: str) -> str:
    return LANGUAGES["en"].spell(terminal)


def word(terminal: str) -> st.SearchStrategy[str]:
    return st.sampled_from(list(en.WORDS[terminal]))


def seq(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Parts with blanks between them."""
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    blanks = st.sampled_from((" ", "  ", "\t"))

    @st.composite
    def joined(draw: st.DrawFn) -> str:
        pieces = [draw(each) for each in strategies]
        out = ""
        for piece in pieces:
            if piece:
                out += (draw(blanks) if out else "") + piece
        return out

    return joined()


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | strategy


def listed(strategy: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    separators = st.sampled_from((", ", ",", ",\n   ", ", # rồi\n "))
    return st.tuples(st.lists(strategy, min_size=1, max_size=most), separators).map(
        lambda both: both[1].join(both[0])
    )


_codes = names | texts
paths = st.lists(_codes, min_size=1, max_size=2).map(lambda codes: "[" + ".".join(codes) + "]")
cells = st.tuples(names, paths, names).map(lambda cell: f"{cell[0]}{cell[1]}.{cell[2]}")
references = names | cells
_signs = st.sampled_from(("+", "-", "*", "/", " + ", " -\n  ", "*  ", "/ # chia\n "))
_comparisons = st.sampled_from((" = ", "<>", " < ", "<=", " >", ">= "))


def _formulas(sides: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    comparisons = st.tuples(sides, _comparisons, sides).map("".join)
    conditions = comparisons | st.tuples(comparisons, st.sampled_from((" and ", " or\n ")), comparisons).map(
        "".join
    )
    negations = conditions.map(lambda condition: f"not {condition}")
    arguments = listed(sides | st.tuples(names, names).map(" .. ".join) | conditions)
    return (
        st.tuples(sides, _signs, sides).map("".join)
        | (sides | conditions | negations).map(lambda inner: f"({inner})")
        | (sides | conditions).map(lambda inner: f"(\n  {inner} # trong ngoặc\n)")
        | arguments.map(lambda inner: f"max({inner})")
        | arguments.map(lambda inner: f"last_year( {inner} )")
        | sides.filter(lambda side: not side.startswith("if")).map(lambda side: f"(-{side})")
        | st.tuples(conditions, sides, sides).map(lambda c: f"(if {c[0]} then {c[1]} else {c[2]})")
    )


truths = st.sampled_from(("true", "false"))
sides = st.recursive(
    references | numbers | numbers.map(lambda n: n + "%") | texts | truths, _formulas, max_leaves=6
)
conditions = st.tuples(sides, _comparisons, sides).map("".join)
equations = st.lists(sides, min_size=1, max_size=2).map(lambda found: " ".join(f"= {side}" for side in found))

dotted = st.lists(names, min_size=1, max_size=3).map(".".join)
renamed = seq("renamed from", _codes)
attribute_kinds: list[st.SearchStrategy[str]] = [
    st.sampled_from(
        ("integer", "date", "boolean", "money", "percent(2)", "decimal( 1 )", "text(20)", "choice(a)")
    ),
    st.tuples(st.sampled_from((">=", "<", ">= -", "<=-")), numbers).map("".join),
    equations,
    seq("rollup", word("ROLLUP_RULE"), maybe(seq(st.sampled_from(("by", "weighted by")), names))),
    seq("over time", word("TIME_RULE")),
    seq("code", texts),
    st.just("required"),
    seq("max", wholes),
    seq("measure", names),
    seq("note", texts),
    st.sampled_from(("first", "last")),
    seq("indicator", names, maybe(seq("same as", dotted))),
    renamed,
    conditions.map(lambda condition: f"required when ({condition})"),
    conditions.map(lambda condition: f"shown when ({condition})"),
    seq("from", dates),
    seq("until", dates),
]


@st.composite
def attributes(draw: st.DrawFn) -> str:
    kinds = draw(st.lists(st.sampled_from(range(len(attribute_kinds))), max_size=3, unique=True))
    return " ".join(draw(attribute_kinds[kind]) for kind in kinds)


@st.composite
def block(draw: st.DrawFn, items: st.SearchStrategy[str], most: int = 3) -> str:
    """A block on one line or many, with comments and blank lines at random."""
    found = draw(st.lists(items, max_size=most))
    flat = not any("\n" in item or "#" in item for item in found) and draw(st.booleans())
    if flat:
        return "{" + draw(st.sampled_from((" ; ", ";"))).join(found) + draw(st.sampled_from(("}", "; }")))
    ends = st.sampled_from(("\n", "  # sau\n", "\n\n\n", "\n# dưới\n", ";\n"))
    out = "{" + draw(st.sampled_from(("\n", " # mở\n", "\n\n", "")))
    for item in found:
        out += draw(st.sampled_from(("", "   ", "\t"))) + item + draw(ends)
    return out + draw(st.sampled_from(("}", "  }", "# cuối\n}", "\n}")))


columns = seq(names, texts, attributes())
groups = st.recursive(columns, lambda inner: seq("group", texts, block(inner | columns)), max_leaves=4)
rows = st.recursive(
    seq("row", names, texts, attributes()),
    lambda inner: seq(
        "row", names, texts, attributes(), block(inner | seq("of which", maybe(word("MODE")), block(inner)))
    ),
    max_leaves=4,
)
checks = seq(
    st.sampled_from(("check", "warn")),
    maybe(names),
    maybe(st.just("once")),
    maybe(st.just("at entry")),
    ":",
    conditions,
    maybe(texts),
    maybe(st.just("explain")),
)
rows_items = (
    rows
    | seq("stub", word("STUB_WORD"), texts, attributes())
    | seq("each", names, "from", names, attributes())
    | seq("many", names, texts, maybe(seq("max", wholes)), maybe(seq("key", names)), block(columns))
)
table_items = (
    renamed
    | seq("form", texts)
    | seq("measure", names)
    | st.sampled_from(("landscape", "portrait"))
    | seq("footnote", texts)
    | seq("columns", block(groups))
    | seq("rows", block(rows_items))
    | checks
    | st.tuples(paths, names, equations | st.just("not applicable")).map(
        lambda c: f"cell {c[0]}.{c[1]} {c[2]}"
    )
)
inserts = st.tuples(
    (names | st.tuples(names, names, names).map(lambda c: f"{c[0]}[{c[1]}].{c[2]} * 2")),
    maybe(st.just(" | versus last_year") | names.map(lambda name: f"| {name}")),
).map(lambda both: "{" + "".join(both) + "}")
sentences = st.lists(inserts | st.sampled_from(("chữ ", "{{", "}}", '\\"')), max_size=4).map(
    lambda parts: '"' + "".join(parts) + '"'
)
outline_items = st.recursive(
    seq("prompt", texts)
    | seq("text", names, texts, attributes())
    | seq("field", names, texts, attributes())
    | seq("say", sentences)
    | seq("table", names),
    lambda inner: seq(
        "section", texts, maybe(conditions.map(lambda condition: f"shown when ({condition})")), block(inner)
    ),
    max_leaves=4,
)
assignments = st.tuples(cells | cells.map(lambda cell: f"prior( {cell})"), sides).map(" = ".join)
regime_items = (
    renamed
    | seq("basis", listed(texts))
    | seq("kind", word("KIND_WORD"))
    | seq("period", listed(names))
    | seq("filled by", listed(names))
    | seq("goes to", names)
    | seq(
        "due",
        listed(seq(names, st.sampled_from(("+1", "+ 3", "-1")), st.sampled_from(("days", "working day")))),
    )
    | seq("sign", listed(names))
    | seq("effective", "from", dates, maybe(seq("until", dates)))
    | seq("unverified", texts)
    | seq("table", names, texts, block(table_items))
    | seq("outline", block(outline_items))
    | checks
    | seq(
        "chart",
        names,
        texts,
        word("MARK"),
        references,
        maybe(st.just("by unit")),
        maybe(st.just("over 8 periods")),
    )
    | seq(
        "example",
        texts,
        block(
            seq("given", block(assignments))
            | seq("expect", block(assignments | seq(st.sampled_from(("fails", "holds")), names | texts)))
        ),
    )
)
indicator_items = [
    *(seq(kind, texts) for kind in ("code", "concept", "method", "source", "note")),
    seq("measure", names),
    seq("rollup", word("ROLLUP_RULE")),
    seq("over time", word("TIME_RULE")),
]


@st.composite
def indicator_block(draw: st.DrawFn) -> str:
    """Each kind at most once, in any order, with comments between."""
    kinds = draw(st.lists(st.sampled_from(range(len(indicator_items))), max_size=4, unique=True))
    ends = st.sampled_from(("\n", "  # sau\n", "\n\n", ";"))
    return "{" + "".join(draw(indicator_items[kind]) + draw(ends) for kind in kinds) + "}"


file_items = (
    seq("use", dotted, st.sampled_from(("^1.0", "1.2.3", "1.0", ">= 1.2 <3", "> 1.0.0 <= 2")))
    | seq("indicator", names, texts, indicator_block())
    | seq("measure", names, texts, maybe(seq("=", numbers, names)))
    | seq("list", names, texts, "from", texts)
    | seq(
        "list",
        names,
        texts,
        block(
            seq(
                _codes,
                texts,
                maybe(seq("under", _codes)),
                maybe(seq("from", dates)),
                maybe(seq("until", dates)),
            )
        ),
    )
    | seq("regime", names, texts, block(regime_items))
    | seq("owner", texts)
    | seq("licence", texts)
)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    head = draw(st.sampled_from(("", "# ngôn ngữ: en\n", "# ngôn ngữ: en # rồi\n\n", "\n\n", "# gì đó\n")))
    items = draw(st.lists(file_items, max_size=3))
    if draw(st.booleans()):
        items.insert(draw(st.integers(0, len(items))), draw(seq("package", dotted, "1.0.0", texts)))
    return Source(
        "x.bieu",
        head + "".join(item + draw(st.sampled_from(("\n", "\n\n\n", "; ", " # sau\n"))) for item in items),
    )


def laid_out(source: Source, language: Language | None = None) -> str:
    text = format_file(source, language)
    assert isinstance(text, str), (source.text, text)
    return text


def tree_of(text: str, dump: Dump) -> str:
    """The tree without its spans and its language."""
    file, diagnostics = parse(Source("x.bieu", text))
    assert diagnostics == (), text
    return dump(file).partition("\n")[2]


def comments_of(text: str) -> list[str]:
    without_texts = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    return [found.rstrip() for found in re.findall(r"#[^\n]*", without_texts) if "ngôn ngữ" not in found]


@given(source=sources())
@settings(max_examples=300)
def test_laws(source: Source, dump: Dump) -> None:
    english = laid_out(source)
    assert tree_of(english, dump) == tree_of(source.text, dump)
    assert laid_out(Source("x.bieu", english)) == english
    assert comments_of(english) == comments_of(source.text)
    vietnamese = laid_out(Source("x.bieu", english), "vi")
    assert tree_of(vietnamese, dump) == tree_of(english, dump)
    assert laid_out(Source("x.bieu", vietnamese)) == vietnamese
    assert laid_out(Source("x.bieu", vietnamese), "en") == english
    for line in english.split("\n"):
        assert line == line.rstrip()
    assert "\n\n\n" not in english


def test_every_keyword_is_among_what_is_generated() -> None:
    """A new keyword needs its place in the strategies above."""
    written = Path(__file__).read_text(encoding="utf-8")
    for spellings in en.KEYWORDS.values():
        for spelling in (spellings,) if isinstance(spellings, str) else spellings[:1]:
            assert re.search(rf"[\"( ]{re.escape(spelling)}\b", written), f"no strategy writes `{spelling}`"


def test_a_source_with_errors_is_not_touched() -> None:
    source = Source("x.bieu", 'measure a "A"\nmeasure\n')
    assert format_file(source) == parse(source)[1] != ()

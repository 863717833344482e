"""Numbers and sentences: Python and the page say the same, row by row, and on generated numbers."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from compiler.cells import Layout
from compiler.numbers import LIMIT, NumberProblem, format_number, parse_number
from compiler.template import ValueType
from renderers.sentences import change, shown

HERE = Path(__file__).parent
TYPED = json.loads((HERE.parent / "documents" / "typed_numbers.json").read_text(encoding="utf-8"))
SAID = json.loads((HERE / "sentences.json").read_text(encoding="utf-8"))
SOURCE = "\n".join(
    resources.files("renderers.html").joinpath("static", name).read_text(encoding="utf-8")
    for name in ("numbers.js", "sentences.js")
)
PARSE = """(rows) => rows.map(([text, kind, scale]) => {
  const found = parseNumber(text, { kind, scale });
  if (found.problem !== undefined) return [found.problem, found.values];
  const type = { kind, scale };
  return [found.value.toString(), formatNumber(found.value, type)];
})"""


@pytest.fixture(scope="module")
def script(browser: Any) -> Any:
    """A page with the number and sentence parts alone."""
    page: Page = browser.new_page()
    page.add_script_tag(content=SOURCE)
    yield page
    page.close()


def parsed(text: str, kind: Any, scale: int) -> list[Any]:
    """What Python makes of a text, as the page tells it."""
    type = ValueType(kind=kind, scale=scale)
    found = parse_number(text, type)
    if isinstance(found, NumberProblem):
        return [found.code, dict(found.values)]
    return [str(found), format_number(found, type)]


def test_every_typed_number_is_read_alike(script: Page) -> None:
    rows = [[row["text"], row["kind"], row["scale"]] for row in TYPED]
    for row, got in zip(rows, script.evaluate(PARSE, rows), strict=True):
        assert got == parsed(*row), row
    assert len(rows) > 30


TYPES = st.one_of(
    st.just(("integer", 0)),
    st.tuples(st.just("decimal"), st.integers(0, 6)),
    st.tuples(st.just("money"), st.integers(0, 2)),
    st.tuples(st.just("percent"), st.integers(2, 6)),
)
LETTERS = st.text(alphabet="0123456789.,,..-−% \u00a0\u202f\u0085\x1f\ufeff０５．，％x", max_size=14)
fixture_is_shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@fixture_is_shared
@given(rows=st.lists(st.tuples(LETTERS, TYPES), min_size=20, max_size=40))
def test_whatever_is_typed_is_read_alike(script: Page, rows: list[Any]) -> None:
    given_rows = [[text, kind, scale] for text, (kind, scale) in rows]
    for row, got in zip(given_rows, script.evaluate(PARSE, given_rows), strict=True):
        assert got == parsed(*row), row


@fixture_is_shared
@given(rows=st.lists(st.tuples(st.integers(-LIMIT + 1, LIMIT - 1), TYPES), min_size=20, max_size=40))
def test_numbers_survive_editing_and_json(script: Page, rows: list[Any]) -> None:
    code = """(rows) => rows.map(([value, kind, scale]) => {
      const type = { kind, scale };
      const whole = BigInt(value);
      const json = jsonNumber(whole, type);
      return [
        formatNumber(whole, type),
        parseNumber(rawNumber(whole, type), type).value.toString(),
        scaledNumber(JSON.parse(json), type).toString(),
        json,
      ];
    })"""
    given_rows = [[str(value), kind, scale] for value, (kind, scale) in rows]
    for (value, (kind, scale)), got in zip(rows, script.evaluate(code, given_rows), strict=True):
        type = ValueType(kind=kind, scale=scale)
        assert got[:3] == [format_number(value, type), str(value), str(value)]
        assert json.loads(got[3]) == value / 10**scale


@pytest.mark.parametrize("row", SAID, ids=lambda row: row["says"])
def test_sentences_say_the_same(script: Page, layout: Layout, row: dict[str, Any]) -> None:
    type = ValueType(kind=row["kind"], scale=row["scale"], code_list=row.get("code_list"))
    lists = {
        codes.name: {code.code: code.label for code in codes.codes} for codes in layout.template.code_lists
    }
    if "versus" in row:
        assert change(row["now"], row["then"], type, row["versus"], row["measure"]) == row["says"]
    else:
        assert shown(row["value"], type, layout.template) == row["says"]
    code = """([row, lists]) => {
      const exact = (value) => (typeof value === "number" ? BigInt(value) : value);
      const type = { kind: row.kind, scale: row.scale, list: row.code_list };
      if (row.versus) return changeWords(exact(row.now), exact(row.then), type, row.versus, row.measure);
      const maps = new Map(Object.entries(lists).map(([name, labels]) => [name, new Map(Object.entries(labels))]));
      return shownValue(exact(row.value), type, maps);
    }"""
    assert script.evaluate(code, [row, lists]) == row["says"]

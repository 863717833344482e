"""The module another system may run says the same as the server."""

from __future__ import annotations

import ast
import builtins
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.template import template_hash
from compiler.values import Values
from renderers.python_module import render
from renderers.validators import Validator

CODES = {
    "below_minimum": "minimum",
    "not_above": "minimum",
    "above_maximum": "maximum",
    "not_below": "maximum",
}
NOT_SAID = {"computed_differs", "carried_differs", "duplicate_key"}


@pytest.fixture(scope="module")
def module(layout: Layout) -> dict[str, Any]:
    def no_import(name: str, *rest: object) -> None:
        raise AssertionError(f"the module imports {name}")

    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": no_import}}
    exec(compile(render(layout), "validator.py", "exec"), names)
    return names


@pytest.fixture(scope="module")
def validator(layout: Layout) -> Validator:
    return Validator(layout)


@given(data=st.data())
def test_it_says_what_the_server_says(
    module: dict[str, Any], validator: Validator, reports: st.SearchStrategy[Values], data: st.DataObject
) -> None:
    values = data.draw(reports)
    cells, added, problems = module["validate"](
        {tuple(address): value for address, value in values.cells.items()},
        {tuple(key): rows for key, rows in values.added.items()},
        {(key.function, *key.address): value for key, value in values.captured.items()},
    )
    evaluation, findings = validator.validate(values)
    assert cells == {tuple(address): value for address, value in evaluation.values.cells.items()}
    assert added == {tuple(key): list(rows) for key, rows in evaluation.values.added.items() if rows}
    expected = [
        "rows" if finding.code == "too_many_rows" else CODES.get(finding.code, finding.code)
        for finding in findings
        if finding.code not in NOT_SAID and finding.place.text is None and finding.check is None
    ]
    rules = {"required", "minimum", "maximum", "rows"}
    # The module takes static cells first and then added rows group by group, as the server does.
    assert sorted(code for code, _, _, _ in problems if code in rules) == sorted(expected)
    made = [
        (finding.check if finding.severity != "notice" else finding.code, finding.severity)
        for finding in findings
        if finding.check is not None
    ]
    assert [(code, severity) for code, severity, _, _ in problems if code not in rules] == made


def test_it_names_the_form_and_the_places(module: dict[str, Any], layout: Layout) -> None:
    assert module["FORM"] == ("thu_quy", "1.2.0", template_hash(layout.template))
    _, _, problems = module["validate"]({}, {("da", "du_an"): [{"ten": "A", "von": 1, "chi": 2}]})
    assert ("required", "error", "hs[dat_dai].moi", "") in problems
    assert ("chi_du", "error", "da[du_an] 1", "Đã chi không quá vốn") in problems


def test_texts_of_a_template_are_never_code(layout: Layout) -> None:
    evil = "\"\"\"\n'''\nraise SystemExit  # \\"
    template = layout.template.model_copy(
        update={
            "checks": tuple(
                c.model_copy(update={"message": evil, "name": evil}) for c in layout.template.checks
            )
        }
    )
    text = render(Layout(template)).decode()
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert "SystemExit" in text
    assert "SystemExit" not in names

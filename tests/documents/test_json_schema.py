"""The JSON Schema of a submission says exactly what reading and validating it say of single values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from compiler.cells import Layout
from compiler.template import Column, Row, Table
from compiler.values import Values
from renderers.document import Submission, read_document, read_submission, submission_bytes
from renderers.json_schema import render
from renderers.validators import Validator

HEAD = Submission(regime="thu_quy", version="1.2.0", unit="21025", period="2026-Q3")
OF_VALUES = {
    "required", "below_minimum", "above_maximum", "not_above", "not_below", "too_many_rows"
}  # fmt: skip


def exactly(raw: bytes) -> Any:
    return json.loads(raw, parse_float=Decimal)


@pytest.fixture(scope="module")
def contents(layout: Layout) -> dict[str, Any]:
    schema: dict[str, Any] = exactly(render(layout))
    Draft202012Validator.check_schema(schema)
    return schema


@pytest.fixture(scope="module")
def schema(contents: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(contents)


@pytest.fixture(scope="module")
def validator(layout: Layout) -> Validator:
    return Validator(layout)


def submission(**data: Any) -> dict[str, Any]:
    right: dict[str, Any] = {
        "hs": {"dat_dai": {"moi": 1}, "ho_tich": {"moi": 2}},
        "da": {"chung": {"von": 3}, "rieng": {"von": 1}},
        "danh_gia": "Tốt",
    }
    return {**HEAD.model_dump(exclude_none=True), "data": {**right, **data}}


def wrong(schema: Draft202012Validator, value: Any) -> list[str]:
    return sorted("/".join(str(step) for step in error.absolute_path) for error in schema.iter_errors(value))


def test_decimals_are_exact(schema: Draft202012Validator) -> None:
    def le_phi(text: str) -> list[str]:
        cells = {"dat_dai": {"moi": 1, "le_phi": exactly(text.encode())}, "ho_tich": {"moi": 2}}
        return wrong(schema, submission(hs=cells))

    place = ["data/hs/dat_dai/le_phi"]
    assert le_phi("19.99") == []
    assert le_phi("19.999") == place
    assert le_phi("19.990") == []
    assert le_phi("1.1") == []
    assert le_phi("0.5") == place
    assert le_phi("9999999999999.99") == []
    assert le_phi("10000000000000.00") == place
    assert le_phi('"19.99"') == []
    assert le_phi('"19.999"') == place
    assert le_phi('"1.234,5"') == place
    assert le_phi("true") == place
    assert le_phi("null") == []


def test_what_is_wrong_is_placed(schema: Draft202012Validator) -> None:
    assert wrong(schema, submission()) == []
    assert wrong(schema, submission(danh_gia=" ", khac=1)) == ["data", "data/danh_gia"]
    rows = [{"ten": "A", "von": 1, "loai": "khac", "ngay": "1/3/2026", "moi": 1}]
    assert wrong(schema, submission(da={"chung": {"von": 1}, "rieng": {"von": 1}, "du_an": rows})) == [
        "data/da/du_an/0/loai",
        "data/da/du_an/0/moi",
        "data/da/du_an/0/ngay",
    ]
    head = {**submission(), "version": "1.0.0", "period": "2026-M03", "regime": "thu"}
    assert wrong(schema, head) == ["period", "regime", "version"]
    cells = {"dat_dai": {"moi": -1, "xong": 1000, "ghi_chu": "d" * 21}, "ho_tich": {"moi": None, "le_phi": 1}}
    assert wrong(schema, submission(hs=cells)) == [
        "data/hs/dat_dai/ghi_chu",
        "data/hs/dat_dai/moi",
        "data/hs/dat_dai/xong",
        "data/hs/ho_tich",
        "data/hs/ho_tich/moi",
    ]


@given(data=st.data())
def test_a_report_that_can_be_written_fits_unless_its_values_are_wrong(
    layout: Layout,
    schema: Draft202012Validator,
    validator: Validator,
    reports: st.SearchStrategy[Values],
    right_report: Values,
    data: st.DataObject,
) -> None:
    values = data.draw(reports)
    keep = data.draw(st.sets(st.sampled_from([cell.address for cell in layout.cells]), max_size=2))
    if data.draw(st.booleans()):
        # Only a little wrong, perhaps not at all.
        some = {address: value for address, value in values.cells.items() if address in keep}
        values = Values(
            {**right_report.cells, **some}, right_report.added, right_report.texts, values.captured
        )
    _, findings = validator.validate(values)
    fits = schema.is_valid(exactly(submission_bytes(layout, HEAD, values)))
    # A carried cell that is an opening value has bounds too, but whether it is one no schema can say.
    of_values = [
        finding for finding in findings if finding.code in OF_VALUES and finding.place.column != "cu"
    ]
    event(f"fits: {fits}")
    assert fits == (of_values == [])


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        0,
        -1,
        1,
        5.5,
        10**15,
        10**16,
        "x",
        "",
        "5",
        "5.25",
        "5.255",
        "-0",
        "01",
        "1e3",
        "cong",
        "2026-02-28",
        True,
        [],
    ]
)
REQUIRED = {
    "hs": {"dat_dai": {"moi": 1}, "ho_tich": {"moi": 1}},
    "da": {"chung": {"von": 1}, "rieng": {"von": 1}},
}


@given(data=st.data())
def test_what_fits_can_be_read(layout: Layout, schema: Draft202012Validator, data: st.DataObject) -> None:
    def row(columns: tuple[Column, ...], given: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        names = [column.name for column in columns]
        return st.dictionaries(st.sampled_from(names), VALUES, max_size=2).map(lambda drawn: given | drawn)

    def content(table: Table, form_row: Row) -> st.SearchStrategy[Any]:
        if form_row.kind == "added":
            columns = (*form_row.columns, *table.columns)
            return st.lists(row(columns, {"ten": "A", "von": 1}), max_size=2)
        return row(table.columns, REQUIRED[table.name].get(form_row.name, {}))

    tables = {
        table.name: st.fixed_dictionaries(
            {form_row.name: content(table, form_row) for form_row in table.rows}
        )
        for table in layout.template.tables
    }
    drawn = exactly(json.dumps(data.draw(st.fixed_dictionaries(tables))).encode())
    event(f"fits: {schema.is_valid(submission(**drawn))}")
    if schema.is_valid(submission(**drawn)):
        assert read_document(layout, drawn)[1] == ()


def test_titles_are_the_form_s_words(contents: dict[str, Any]) -> None:
    definitions = contents["$defs"]
    assert definitions["hs.moi"]["title"] == "Mới"
    assert definitions["hs.moi"]["description"] == "Tiếp nhận › Trong đó › Mới · cột 2 · hồ sơ"
    assert definitions["hs.tong.computed"]["readOnly"] is True
    assert contents["properties"]["data"]["properties"]["hs"]["title"] == "01/HS. Hồ sơ"
    assert definitions["list.loai"]["enum"] == ["cong", "tu", None]


def test_forty_rows_stay_small(layout: Layout) -> None:
    table = layout.template.tables[0]
    rows = tuple(Row(name=f"r{number}", label=f"Lĩnh vực {number}", kind="listed") for number in range(40))
    wide = table.model_copy(update={"rows": rows, "exceptions": ()})
    template = layout.template.model_copy(update={"tables": (wide,), "checks": (), "outline": ()})
    schema = render(Layout(template))
    assert len(schema) < 15_000
    assert schema.count(b'"#/$defs/hs.row.1"') == 40


def test_a_right_report_fits(layout: Layout, schema: Draft202012Validator, right_report: Values) -> None:
    evaluation, _ = Validator(layout).validate(right_report)
    raw = submission_bytes(layout, HEAD, evaluation.values)
    assert wrong(schema, exactly(raw)) == []
    assert read_submission(layout, raw)[2] == ()

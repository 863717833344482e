"""Files from units: JSON and workbooks of a shipped form, right ones and wrong ones, and bytes of any kind."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.findings import sentence
from compiler.package import Library
from compiler.periods import Period
from compiler.template import load_template, template_bytes, template_hash
from compiler.values import Address, CaptureKey, Values
from renderers.document import Submission, submission_bytes
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.xlsx.write import render
from runtime.demonstration import made_reports
from runtime.intake import CheckedReport, Expected, RefusedFile, read_report, validator_of
from runtime.units import units_of_vietnam

PACKAGES = Path(__file__).parents[2] / "templates_library"
Q3 = Period("quarter", 2026, 3)
UNIT = "21025"


@pytest.fixture(scope="module")
def kstt() -> Layout:
    compilation = Library((PACKAGES,)).load(PACKAGES / "vpcp" / "kstt").compilation
    assert not compilation.failed
    return next(each.layout for each in compilation.regimes if each.template.regime == "kstt_quy")


@pytest.fixture(scope="module")
def values(kstt: Layout) -> Values:
    """A report without a slip."""
    communes = tuple(units_of_vietnam()[code] for code in units_of_vietnam().children("51"))
    return next(made.values for made in made_reports(kstt, communes, seed=1) if made.slip is None)


def as_json(layout: Layout, values: Values, **head: str) -> bytes:
    fields = {
        "regime": "kstt_quy",
        "version": layout.template.version,
        "unit": UNIT,
        "period": "2026-Q3",
        **head,
    }
    return submission_bytes(layout, Submission(**fields), values)


def as_workbook(layout: Layout, values: Values) -> bytes:
    evaluated = validator_of(layout).validate(values)[0].values
    period = ReportingPeriod("2026-Q3", Q3.words, date(2026, 6, 15), date(2026, 9, 14))
    letterhead = Letterhead(superior="", issuer="UBND XÃ", place="", receiver="")
    return render(layout, Filling(evaluated, UNIT, "Xã", period, letterhead))


def changed(data: bytes, change: Any) -> bytes:
    document = json.loads(data, parse_float=Decimal)
    change(document)
    return json.dumps(document, default=float).encode()


def taken(result: CheckedReport | RefusedFile) -> CheckedReport:
    assert isinstance(result, CheckedReport), [sentence(each) for each in result.findings]
    return result


def refused(result: CheckedReport | RefusedFile) -> list[str]:
    assert isinstance(result, RefusedFile)
    assert result.findings
    for finding in result.findings:
        assert sentence(finding, "vi")
        assert sentence(finding, "en")
    return [finding.code for finding in result.findings if finding.severity != "notice"]


def test_json_and_workbook_of_one_report_give_the_same(kstt, values):
    by_json = taken(read_report(kstt, as_json(kstt, values), "báo cáo.json"))
    by_workbook = taken(read_report(kstt, as_workbook(kstt, values), "báo cáo.xlsx"))
    assert (by_json.kind, by_workbook.kind) == ("json", "xlsx")
    assert by_json.unit == by_workbook.unit == UNIT
    assert by_json.period == by_workbook.period == Q3
    assert by_json.evaluation.values.cells == by_workbook.evaluation.values.cells
    assert by_json.evaluation.values.texts == by_workbook.evaluation.values.texts
    assert by_json.evaluation.values.captured == by_workbook.evaluation.values.captured
    assert by_json.sha256 != by_workbook.sha256


def test_the_name_of_a_file_does_not_matter(kstt, values):
    assert taken(read_report(kstt, as_json(kstt, values), "báo cáo.xlsx")).kind == "json"


def test_what_is_expected_is_held_against_the_file(kstt, values):
    data = as_json(kstt, values)
    assert refused(read_report(kstt, data, expected=Expected(unit="21031"))) == ["wrong_unit"]
    assert refused(read_report(kstt, data, expected=Expected(period=Q3.previous))) == ["other_period"]
    both = Expected(unit="21031", period=Q3.previous)
    assert refused(read_report(kstt, data, expected=both)) == ["wrong_unit", "other_period"]
    taken(read_report(kstt, data, expected=Expected(UNIT, Q3, units=units_of_vietnam())))


def test_a_unit_s_name_is_answered_with_codes(kstt, values):
    result = read_report(
        kstt, as_json(kstt, values, unit="Xã Sơn Hà"), expected=Expected(units=units_of_vietnam())
    )
    assert refused(result) == ["unknown_unit"]
    assert "→ 21289 Xã Sơn Hà" in sentence(result.findings[-1])


def test_captured_values_are_the_receiver_s(kstt, values):
    key = next(key for key, value in values.captured.items() if key.function == "prior" and value is not None)
    true = dict(values.captured)
    taken(read_report(kstt, as_json(kstt, values), expected=Expected(captured=true)))
    other = {**true, key: (true[key] or 0) + 1}
    result = read_report(kstt, as_json(kstt, values), expected=Expected(captured=other))
    codes = refused(result)
    assert "carried_differs" in codes
    assert any(
        each.place.row == key.address.row for each in result.findings if each.code == "carried_differs"
    )
    claimed_opening = read_report(kstt, as_json(kstt, values), expected=Expected(captured={}))
    assert set(refused(claimed_opening)) >= {"carried_differs"}


def test_one_slip_is_one_finding(kstt, values):
    """A cell that is no number is not also missing, nor are the totals and checks above it wrong."""
    evaluated = validator_of(kstt).validate(values)[0].values
    data = as_json(kstt, evaluated)
    row = next(address.row for address in values.cells if address.column == "c4")

    def spoil(document):
        document["data"]["b06a"][row]["c4"] = "năm"

    codes = refused(read_report(kstt, changed(data, spoil)))
    assert codes == ["not_a_number"]


def test_a_text_too_long_is_not_also_missing(kstt, values):
    assert "danh_gia" in values.texts

    def lengthen(document):
        document["data"]["danh_gia"] = "a" * 100_000

    def remove(document):
        del document["data"]["danh_gia"]

    assert refused(read_report(kstt, changed(as_json(kstt, values), lengthen))) == ["text_too_long"]
    assert refused(read_report(kstt, changed(as_json(kstt, values), remove))) == ["required"]


def test_all_slips_are_told_at_once(kstt, values):
    row, other = sorted({address.row for address in values.cells if address.column == "c4"})[:2]

    def spoil(document):
        document["period"] = "2026-M09"
        document["data"]["b06a"][row]["c4"] = "năm"
        document["data"]["b06a"][other]["c8"] = -1
        document["data"]["b06a"][other]["c99"] = 1

    codes = refused(read_report(kstt, changed(as_json(kstt, values), spoil)))
    assert {"wrong_period", "not_a_number", "below_minimum", "unknown_column"} <= set(codes)
    assert codes.count("wrong_period") == 1


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"regime": "khac"}, "wrong_regime"),
        ({"version": "0.0.9"}, "wrong_version"),
        ({"template": "0" * 64}, "wrong_template"),
        ({"period": "quý 3"}, "not_a_period"),
    ],
)
def test_a_file_of_something_else_says_so_once(kstt, values, head, code):
    assert refused(read_report(kstt, as_json(kstt, values, **head))) == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_not_recognised"),
        (b"%PDF-1.7\n", "file_not_recognised"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook_old"),
        (b"c4;c5\n1;2\n", "file_not_recognised"),
        (b"PK\x03\x04 not really", "workbook_broken"),
        (b"{", "json_syntax"),
        (b'{"regime": NaN}', "json_number"),
        (b"[" * 100_000, "too_deep"),
        (b"[]", "wrong_shape"),
        (b'{"regime": "\xff"}', "not_utf8"),
    ],
)
def test_what_is_no_report_is_refused_in_words(kstt, data, code):
    assert refused(read_report(kstt, data)) == [code]


def test_a_file_too_large_is_not_looked_at(kstt, monkeypatch):
    monkeypatch.setattr("runtime.intake.MOST_BYTES", 4)
    assert refused(read_report(kstt, b"{    }")) == ["file_too_large"]


@given(st.binary(max_size=80) | st.text(max_size=60).map(lambda text: ("{" + text).encode()))
def test_any_bytes_are_refused_without_a_traceback(kstt, data):
    assert refused(read_report(kstt, data))


def test_a_workbook_s_problems_have_sheet_and_cell(kstt, values):
    cells = {address: value for address, value in values.cells.items() if address.column != "c8"}
    result = read_report(kstt, as_workbook(kstt, Values(cells, values.added, values.texts, values.captured)))
    assert isinstance(result, RefusedFile)
    failed = [each for each in result.findings if each.check == "can_doi" and each.severity == "error"]
    assert failed
    assert all(each.place.sheet and each.place.cell for each in failed)


def test_captured_keys_that_the_form_lacks_are_never_believed(kstt, values):
    captured: dict[CaptureKey, int | None] = dict(values.captured)
    report = taken(read_report(kstt, as_json(kstt, values), expected=Expected(captured=captured)))
    assert report.entered.captured == captured
    assert Address("b06a", "tong", "c3") in report.evaluation.values.cells


# -- files of an earlier edition ----------------------------------------------------------------------------


def _renamed(layout: Layout, column: str, new: str) -> Layout:
    """The next edition of a form, in which a column has another name."""
    text = template_bytes(layout.template).decode()
    for before, after in ((f'"{column}"', f'"{new}"'), ('"version":"1.0.0"', '"version":"1.1.0"')):
        text = text.replace(before, after)
    template = load_template(text.encode())
    (table,) = template.tables
    columns = tuple(
        each.model_copy(update={"renamed_from": column}) if each.name == new else each
        for each in table.columns
    )
    return Layout(template.model_copy(update={"tables": (table.model_copy(update={"columns": columns}),)}))


def test_file_of_an_earlier_edition_is_carried_over(kstt: Layout, values: Values) -> None:
    second = _renamed(kstt, "c8", "som")
    third = _renamed(second, "som", "truoc_han")
    lineage = {template_hash(kstt.template): (kstt, second), template_hash(second.template): (second,)}
    expected = Expected(unit=UNIT, period=Q3, editions=lambda hash: lineage.get(hash, ()))
    hash = template_hash(kstt.template)
    for data in (as_workbook(kstt, values), as_json(kstt, values, template=hash)):
        here = taken(read_report(kstt, data))
        report = taken(read_report(third, data, expected=expected))
        assert report.findings[0].code == "older_edition"
        moved = {
            Address(table, row, "truoc_han" if column == "c8" else column): value
            for (table, row, column), value in here.entered.cells.items()
            if kstt.by_address[Address(table, row, column)].kind in {"entered", "carried"}
        }
        found = {
            address: value
            for address, value in report.entered.cells.items()
            if third.by_address[address].kind in {"entered", "carried"}
        }
        assert found == moved


def test_file_of_an_edition_that_nobody_published_is_refused(kstt: Layout, values: Values) -> None:
    second = _renamed(kstt, "c8", "som")
    nothing = Expected(unit=UNIT, period=Q3, editions=lambda hash: ())
    assert "wrong_version" in refused(read_report(second, as_workbook(kstt, values), expected=nothing))
    assert "wrong_version" in refused(read_report(second, as_workbook(kstt, values)))
    for junk in (b"PK\x03\x04 junk", b"{", b'{"template": 5}'):
        assert isinstance(read_report(second, junk, expected=nothing), RefusedFile)

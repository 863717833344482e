"""Submissions in JSON: read back as written, and every problem named at its place, all at once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.findings import Finding, sentence
from compiler.template import template_hash
from compiler.values import Address, CaptureKey, GroupKey, Values
from renderers.document import (
    MAX_ROWS,
    Submission,
    read_document,
    read_submission,
    submission_bytes,
    write_captured,
    write_document,
)
from renderers.json_text import MAX_BYTES

HEAD = Submission(regime="thu_quy", version="1.2.0", unit="21025", period="2026-Q3")


def codes(findings: tuple[Finding, ...]) -> list[str]:
    for finding in findings:
        assert sentence(finding, "vi") != sentence(finding, "en")
    return [finding.code for finding in findings]


def raw(**changes: Any) -> bytes:
    submission: dict[str, Any] = {**HEAD.model_dump(exclude_none=True), "data": {}}
    submission.update(changes)
    return json.dumps({name: value for name, value in submission.items() if value is not ...}).encode()


@given(data=st.data())
def test_what_is_written_reads_back(
    layout: Layout, reports: st.SearchStrategy[Values], data: st.DataObject
) -> None:
    values = data.draw(reports)
    written = submission_bytes(layout, HEAD, values)
    head, read, findings = read_submission(layout, written)
    assert findings == ()
    assert head == HEAD
    assert read == values
    assert submission_bytes(layout, HEAD, read) == written
    assert read_document(layout, write_document(layout, values), write_captured(layout, values)) == (
        values,
        (),
    )


def test_written_submission_is_canonical(layout: Layout, right_report: Values) -> None:
    written = submission_bytes(layout, HEAD, right_report).decode()
    assert '"le_phi":19.99' in written
    assert '"von":5000' in written
    assert "Đường 24" in written
    assert written == json.dumps(
        json.loads(written), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def test_every_problem_is_named_at_once(layout: Layout) -> None:
    values, findings = read_document(
        layout,
        {
            "hs": {
                "dat_dai": {
                    "moi": "x",
                    "xong": Decimal("1.5"),
                    "ghi_chu": "d" * 21,
                    "moj": 1,
                    "le_phi": True,
                },
                "ho_tich": {"le_phi": 5, "moi": 3},
                "dat_da": {},
                "tong_so": [],
            },
            "da": {
                "du_an": [
                    {"ngay": "2026-02-30", "loai": "khac", "moi": "có", "ten": "A"},
                    7,
                    {"teen": "B", "ten": "a\x00b", "von": Decimal("1e17")},
                ]
            },
            "danh_gia": 5,
            "danh_gja": "",
        },
        {"prior": {"hs": {"dat_dai": {"con": "b", "tong": 1}}}, "priar": {}, "last_year": {"hx": {}}},
    )
    assert [(finding.code, finding.place.words) for finding in findings] == [
        ("not_a_number", "Đất đai › Tiếp nhận › Trong đó › Mới"),
        ("too_many_decimals", "Đất đai › Đã giải quyết"),
        ("text_too_long", "Đất đai › Ghi chú"),
        ("unknown_column", "Đất đai"),
        ("not_a_number", "Đất đai › Lệ phí"),
        ("not_applicable", "Hộ tịch › Lệ phí"),
        ("unknown_row", "Hồ sơ"),
        ("wrong_shape", "Tổng số"),
        ("not_a_date", "Dự án 1 › Khởi công"),
        ("not_in_list", "Dự án 1 › Loại"),
        ("not_a_boolean", "Dự án 1 › Mới"),
        ("wrong_shape", "Dự án 2"),
        ("unknown_column", "Dự án 3"),
        ("unprintable_text", "Dự án 3 › Tên dự án"),
        ("too_many_digits", "Dự án 3 › Vốn"),
        ("not_a_text", "Đánh giá chung"),
        ("unknown_table", "data"),
        ("not_a_number", "Đất đai › Chuyển kỳ sau"),
        ("not_captured", "Đất đai › Tiếp nhận › Tổng số"),
        ("unknown_field", "captured"),
        ("unknown_table", "captured"),
    ]
    assert "moj" in sentence(findings[3], "vi")
    assert "→ moi" in sentence(findings[3], "vi")
    assert "→ dat_dai" in sentence(findings[6], "vi")
    assert codes(findings)
    # What is right is kept, and rows keep their places.
    assert values.cells == {Address("hs", "ho_tich", "moi"): 3}
    assert values.added == {GroupKey("da", "du_an"): ({"ten": "A"}, {}, {})}


def test_blank_is_not_zero(layout: Layout) -> None:
    values, findings = read_document(
        layout,
        {
            "hs": {"dat_dai": {"moi": None, "xong": 0, "ghi_chu": "  "}, "ho_tich": None},
            "da": None,
            "danh_gia": "",
        },
        {"prior": {"hs": {"dat_dai": {"con": None}, "ho_tich": {"con": 0}}}},
    )
    assert findings == ()
    assert values.cells == {Address("hs", "dat_dai", "xong"): 0}
    assert values.texts == {}
    assert values.captured == {
        CaptureKey("prior", Address("hs", "dat_dai", "con")): None,
        CaptureKey("prior", Address("hs", "ho_tich", "con")): 0,
    }


def test_numbers_may_come_as_plain_decimal_texts(layout: Layout) -> None:
    def le_phi(value: object) -> object:
        values, findings = read_document(layout, {"hs": {"dat_dai": {"le_phi": value}}})
        return codes(findings) or values.cells[Address("hs", "dat_dai", "le_phi")]

    assert le_phi("19.99") == 1999
    assert le_phi("9999999999999.99") == 999999999999999
    assert le_phi("10000000000000.00") == ["too_many_digits"]
    assert le_phi("1.234,5") == ["not_a_number"]
    assert le_phi("1e3") == ["not_a_number"]
    assert le_phi("٥") == ["not_a_number"]
    assert le_phi(Decimal("1e3")) == 100000
    with pytest.raises(TypeError, match="parse_float=Decimal"):
        le_phi(19.99)


def test_computed_numbers_keep_more_digits_than_can_be_entered(layout: Layout) -> None:
    address = Address("da", "chung", "con_lai")
    values = Values(cells={address: 10**36 + 1})
    written = submission_bytes(layout, HEAD, values)
    assert b'"con_lai":"10000000000000000000000000000000000.01"' in written
    assert read_submission(layout, written)[1] == values


def test_the_head_is_checked_against_the_form(layout: Layout) -> None:
    def found(raw: bytes) -> list[tuple[str, str]]:
        _, _, findings = read_submission(layout, raw)
        codes(findings)
        return [(finding.code, finding.place.words) for finding in findings]

    assert found(raw()) == []
    assert found(raw(template=template_hash(layout.template))) == []
    assert found(raw(template="0" * 64)) == [("wrong_template", "template")]
    assert found(raw(regime="thu_nam", data={"khac": 1})) == [("wrong_regime", "regime")]
    assert found(raw(version="1.1.0", data={"khac": 1})) == [("wrong_version", "version")]
    assert found(raw(period="2026-M03")) == [("wrong_period", "period")]
    assert found(raw(period="2026-Q5")) == [("not_a_period", "period")]
    assert found(raw(unit=..., period=3, dat={})) == [
        ("unknown_field", ""),
        ("missing_field", "unit"),
        ("not_a_text", "period"),
    ]


@pytest.mark.parametrize(
    ("raw", "code", "values"),
    [
        (b"", "json_syntax", {"line": "1", "column": "1"}),
        (b'{"a":\n 1,}', "json_syntax", {"line": "2", "column": "4"}),
        (b'{"a": "\xff"}', "not_utf8", {"found": "8"}),
        (b'{"a": NaN}', "json_number", {"found": "NaN"}),
        (b'{"a": 1e99999999999999999999}', "json_number", {"found": "1e99999999999999999999"}),
        (b'{"a": ' + b"9" * 5000 + b"}", "json_number", {"found": "9" * 60 + "…"}),
        (b"[" * 200_000, "too_deep", {}),
        (b" " * (MAX_BYTES + 1), "file_too_large", {"found": str(MAX_BYTES + 1), "limit": str(MAX_BYTES)}),
        (b"[]", "wrong_shape", {"expected": "{…}"}),
        (b"5", "wrong_shape", {"expected": "{…}"}),
    ],
    ids=["empty", "comma", "bytes", "NaN", "exponent", "digits", "deep", "large", "list", "number"],
)
def test_what_is_no_submission_is_one_finding(
    layout: Layout, raw: bytes, code: str, values: dict[str, str]
) -> None:
    head, read, findings = read_submission(layout, raw)
    assert (head, read) == (None, Values())
    assert codes(findings) == [code]
    assert dict(findings[0].values) == values


def test_a_name_given_twice_is_found(layout: Layout) -> None:
    twice = raw().replace(b'"data": {}', b'"data": {"hs": {"dat_dai": {"moi": 1, "moi": 2}}, "hs": {}}')
    _, _, findings = read_submission(layout, twice)
    assert codes(findings) == ["repeated_name"]
    twice = raw().replace(b'"data": {}', b'"data": {"hs": {"dat_dai": {"moi": 1, "moi": 2}}}')
    _, values, findings = read_submission(layout, twice)
    assert [(finding.code, finding.place.words) for finding in findings] == [("repeated_name", "Đất đai")]
    assert values.cells == {Address("hs", "dat_dai", "moi"): 2}


def test_a_flood_of_problems_is_counted(layout: Layout) -> None:
    _, findings = read_document(layout, {f"bieu_{number}": 1 for number in range(50_000)})
    assert len(findings) == 1001
    assert sentence(findings[-1], "vi") == "Còn 49000 lỗi nữa không liệt kê"


def test_rows_beyond_all_measure_are_not_read(layout: Layout) -> None:
    values, findings = read_document(layout, {"da": {"du_an": [{}] * (MAX_ROWS + 5)}})
    assert [(finding.code, dict(finding.values)) for finding in findings] == [
        ("too_many_rows", {"found": str(MAX_ROWS + 5), "limit": str(MAX_ROWS)})
    ]
    assert len(values.added[GroupKey("da", "du_an")]) == MAX_ROWS


def test_texts_are_composed_and_have_one_line_end(layout: Layout) -> None:
    values, _ = read_document(layout, {"danh_gia": "Thu\u0309y\r\nSơn"})
    assert values.texts == {"danh_gia": "Thủy\nSơn"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["hs", "da", "dat_dai", "du_an", "moi", "von", "ten", "danh_gia", "?"]), inner
        )
    ),
    max_leaves=12,
)


@given(data=JSON, captured=JSON)
def test_any_data_gives_values_that_write_back(layout: Layout, data: object, captured: object) -> None:
    values, findings = read_document(layout, data, captured)
    codes(findings)
    written = submission_bytes(layout, HEAD, values)
    assert read_submission(layout, written) == (HEAD, values, ())


@given(st.binary(max_size=200))
def test_any_bytes_give_findings(layout: Layout, data: bytes) -> None:
    head, _, findings = read_submission(layout, data)
    assert head is None
    assert findings != ()
    codes(findings)

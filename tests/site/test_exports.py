"""Lists taken away from the site: what the page shows and nothing more, as a workbook and as CSV."""

from __future__ import annotations

import csv
import io
import re

import pytest
from openpyxl import load_workbook

from tests.site.conftest import HOME, PERIOD, PLACE, REGIME, RIGHT_FORM, Site, fields

TOTAL = f"/tong-hop/{REGIME}/{PERIOD.code}/51"


@pytest.fixture
def approved(served: Site) -> Site:
    """One commune's report, sent and approved."""
    leader, receiver = served.browser("leader"), served.browser("receiver")
    assert leader.post(leader.get(f"{PLACE}/nhap"), "/gui", fields(RIGHT_FORM)).status == 200
    assert receiver.post(receiver.get(PLACE), "/duyet", {}).status == 200
    return served


def rows(site: Site, account: str, address: str) -> list[dict[str, str]]:
    answer = site.client(account).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def sheets(site: Site, account: str, address: str) -> dict[str, list[tuple[object, ...]]]:
    answer = site.client(account).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    book = load_workbook(io.BytesIO(answer.get_data()))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_lists_of_reports_follow_the_rights_and_the_filters(approved: Site) -> None:
    mine = rows(approved, "leader", "/bao-cao/danh-sach.csv")
    assert [row["Mã đơn vị"] for row in mine] == [HOME]
    assert mine[0]["Trạng thái"] == "Đã duyệt"
    received = rows(approved, "receiver", "/tiep-nhan/danh-sach.csv")
    assert [row["Mã đơn vị"] for row in received] == ["21025", "21034", "21040"]
    drafts = rows(approved, "receiver", "/tiep-nhan/danh-sach.csv?trang_thai=draft&don_vi=21034")
    assert [row["Đơn vị"] for row in drafts] == ["Xã An Phú"]
    assert [row["Mã đơn vị"] for row in rows(approved, "other_receiver", "/tiep-nhan/danh-sach.csv")] == [
        "20194"
    ]


def test_a_total_with_its_coverage(approved: Site) -> None:
    found = sheets(approved, "reader", f"{TOTAL}/so-lieu.xlsx")
    assert list(found) == ["01 XLD", "Tình hình các đơn vị", "Thông tin"]
    heading, row = found["01 XLD"]
    number = heading.index(next(each for each in heading if str(each).startswith("(3)")))
    assert row[:2] == ("51", "Tỉnh Quảng Ngãi")
    assert row[number] == 20
    standing = found["Tình hình các đơn vị"]
    assert [(line[0], line[12]) for line in standing[1:]] == [
        ("21025", "Có"),
        ("21034", "Không"),
        ("21040", "Không"),
    ]
    assert ("Tỉnh Quảng Ngãi", "tổng hợp từ 1/3 đơn vị") in found["Thông tin"]


def test_a_total_by_unit_and_the_sources_of_a_cell(approved: Site) -> None:
    by_unit = rows(approved, "reader", f"{TOTAL}/so-lieu/b01xld.csv?theo=don-vi")
    assert [row["Mã đơn vị"] for row in by_unit] == ["21025", "21034", "21040"]
    (third,) = [name for name in by_unit[0] if name.startswith("(3)")]
    assert [row[third] for row in by_unit] == ["20", "", ""]
    sources = rows(approved, "reader", f"{TOTAL}/o/b01xld/so_lieu/c3/nguon.csv")
    assert [(row["Mã đơn vị"], row["Giá trị"], row["Ghi chú"]) for row in sources] == [
        ("21025", "20", ""),
        ("21034", "", "chưa duyệt"),
        ("21040", "", "chưa duyệt"),
    ]
    machine = (
        approved.client("reader").get(f"{TOTAL}/so-lieu/b01xld.csv?kieu=may").get_data().decode("utf-8-sig")
    )
    assert machine.splitlines()[0].startswith('"Mã đơn vị","Đơn vị"')


def test_what_users_typed_is_never_a_formula(approved: Site) -> None:
    leader = approved.browser("leader")
    refusal = '=HYPERLINK("http://x")'
    assert leader.post(leader.get(PLACE), "/xin-sua", {"ly_do": refusal}).status == 200
    history = rows(approved, "reader", f"{PLACE}/lich-su.csv")
    assert f"'{refusal}" in {row["Lý do"] for row in history}
    found = sheets(approved, "reader", f"{PLACE}/lich-su.xlsx")["Lịch sử"]
    assert refusal in {row[5] for row in found}
    answer = approved.client("reader").get(f"{PLACE}/lich-su.xlsx")
    book = load_workbook(io.BytesIO(answer.get_data()))
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value} <= {
        "s",
        "d",
        "n",
    }


def test_lists_of_the_operator(site: Site) -> None:
    accounts = rows(site, "operator", "/quan-tri/tai-khoan/danh-sach.csv?tim=leader")
    assert [row["Tên đăng nhập"] for row in accounts] == ["leader", "other_leader"]
    assert not rows(site, "other_operator", "/quan-tri/tai-khoan/danh-sach.csv?tim=leader")
    assert [row["Mã chế độ"] for row in rows(site, "operator", "/quan-tri/bieu-mau/danh-sach.csv")] == [
        REGIME
    ]
    assert [row["Mã kỳ"] for row in rows(site, "reader", "/tong-hop/danh-sach.csv")] == [PERIOD.code]
    assert len(rows(site, "officer", "/don-vi/danh-sach.csv")) == 7


def test_pages_lead_to_their_lists(approved: Site) -> None:
    client = approved.client("receiver")
    for page in ("/tiep-nhan?trang_thai=approved", TOTAL, f"{TOTAL}/o/b01xld/so_lieu/c3", PLACE, "/tong-hop"):
        text = client.get(page).get_data(as_text=True)
        links = re.findall(r'href="([^"]+\.(?:xlsx|csv)[^"]*)"', text)
        assert links, page
        for link in links:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link


@pytest.mark.parametrize("ending", ["pdf", "xlsx.exe", "XLSX"])
def test_no_other_kind_of_file(site: Site, ending: str) -> None:
    assert site.client("reader").get(f"/don-vi/danh-sach.{ending}").status_code == 404

"""Reports on the site: filling, drafts, workbooks, sending, deciding, totals; and what happens when it goes wrong."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from werkzeug.test import TestResponse

from compiler.values import Address, Values
from renderers.xlsx.mark import LIST
from renderers.xlsx.sheets import Book
from renderers.xlsx.write import render
from runtime.reports import ReportKey
from runtime.signing import make_demo_identity, read_identity, sign_pdf
from server.demonstration.browser import Browser, Page
from server.preview import Watched
from tests.site.conftest import HOME, PASSWORD, PERIOD, PLACE, REGIME, RIGHT_FORM, Site, fields

KEY = ReportKey(REGIME, HOME, PERIOD)
_RIGHT = {name: int(text) for name, text in RIGHT_FORM.items()}


def send(browser: Browser, values: dict[str, str] = RIGHT_FORM) -> Page:
    """Fill the form in and send it."""
    return browser.post(browser.get(f"{PLACE}/nhap"), "/gui", fields(values))


def state(site: Site) -> str:
    """Where the home commune's report stands."""
    line = site.store.reports.line(KEY)
    assert line is not None
    return line.state


# -- signing in --------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_told_and_many_are_refused(site: Site) -> None:
    client = site.client()
    page = client.get("/dang-nhap").get_data(as_text=True)
    token = page.split('name="@token" value="')[1].split('"')[0]
    for _ in range(8):
        answer = client.post("/dang-nhap", data={"@token": token, "ten": "leader", "mat_khau": "sai"})
        assert answer.status_code == 401
    refused = client.post("/dang-nhap", data={"@token": token, "ten": "leader", "mat_khau": PASSWORD})
    assert refused.status_code != 303
    site.clock.pass_by(minutes=16)
    assert (
        client.post("/dang-nhap", data={"@token": token, "ten": "leader", "mat_khau": PASSWORD}).status_code
        == 303
    )


def test_the_way_on_after_signing_in_stays_on_the_site(site: Site) -> None:
    client = site.client()
    page = client.get("/dang-nhap").get_data(as_text=True)
    token = page.split('name="@token" value="')[1].split('"')[0]
    for target, goes in (("/bao-cao", "/bao-cao"), ("//evil.example", "/"), ("https://evil.example", "/")):
        data = {"@token": token, "ten": "leader", "mat_khau": PASSWORD, "tiep": target}
        assert client.post("/dang-nhap", data=data).headers["Location"] == goes


def test_a_session_ends_when_idle(site: Site) -> None:
    client = site.client("leader")
    assert client.get("/bao-cao").status_code == 200
    site.clock.pass_by(minutes=50)
    assert client.get("/bao-cao").status_code == 303


# -- headers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/dang-nhap", "/bao-cao", f"{PLACE}/nhap", "/khong-co", "/static/site.css"]
)
def test_every_answer_is_protected(site: Site, address: str) -> None:
    with site.client("leader").get(address) as answer:
        headers = answer.headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_cookies_are_out_of_scripts_reach(site: Site) -> None:
    client = site.client()
    page = client.get("/dang-nhap")
    token = page.get_data(as_text=True).split('name="@token" value="')[1].split('"')[0]
    answer = client.post("/dang-nhap", data={"@token": token, "ten": "leader", "mat_khau": PASSWORD})
    for line in (*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")):
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line


# -- filling and sending -----------------------------------------------------------------------------------------------


def test_a_report_in_order_is_sent_once_however_often_one_clicks(served: Site) -> None:
    browser = served.browser("leader")
    page = browser.get(f"{PLACE}/nhap")
    assert browser.post(page, "/gui", fields(RIGHT_FORM)).status == 200
    assert state(served) == "sent"
    again = browser.post(page, "/gui", fields(RIGHT_FORM))
    assert again.status == 200
    view = served.store.reports.view(KEY)
    assert view is not None
    assert [entry.action for entry in view.history].count("send") == 1


def test_a_wrong_report_comes_back_as_it_was_typed_with_every_reason(served: Site) -> None:
    browser = served.browser("leader")
    page = send(browser, {**RIGHT_FORM, "c13": "3", "c15": "-5", "c7": "mười"})
    assert page.status == 422
    assert "«mười» không phải là số" in page.text
    standing = dict(page.form("/gui").fields)
    assert (standing["b01xld[so_lieu].c7"], standing["b01xld[so_lieu].c15"]) == ("mười", "-5")
    page = browser.post(page, "/gui", fields({"c7": "18"}))
    assert page.status == 422
    assert "(6) = (11) + (12) + (13)" in page.text
    assert "nhỏ hơn mức thấp nhất" in page.text
    page = browser.post(page, "/gui", fields({"c13": "1", "c15": "5"}))
    assert state(served) == "sent"


def test_a_draft_is_kept_and_a_stale_one_is_told(served: Site) -> None:
    first, second = served.browser("officer"), served.browser("leader")
    early, late = first.get(f"{PLACE}/nhap"), second.get(f"{PLACE}/nhap")
    assert first.post(early, "/nhap", fields({"c3": "11"})).status == 200
    answer = second.post(late, "/nhap", fields({"c3": "12"}))
    assert answer.status == 409
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert draft.values.cells[Address("b01xld", "so_lieu", "c3")] == 11
    assert dict(answer.form("/gui").fields)["b01xld[so_lieu].c3"] == "12"


def test_the_pages_program_saves_drafts_as_json(site: Site) -> None:
    client = site.client("officer")
    headers = {"X-Form-Token": site.token(client), "X-Revision": "0"}
    document = {
        "regime": REGIME,
        "version": "1.0.0",
        "unit": HOME,
        "period": PERIOD.code,
        "data": {"b01xld": {"so_lieu": {"c3": 5}}},
    }
    saved = client.post(f"{PLACE}/ban-nhap", data=json.dumps(document), headers=headers)
    assert saved.status_code == 200
    assert saved.get_json()["revision"] == 1
    stale = client.post(f"{PLACE}/ban-nhap", data=json.dumps(document), headers=headers)
    assert stale.status_code == 409
    assert stale.get_json()["revision"] == 1
    for body in (b"", b"{", b"[]", json.dumps({**document, "unit": "21034"}).encode(), b"\xff"):
        assert client.post(f"{PLACE}/ban-nhap", data=body, headers=headers).status_code == 422


def test_a_session_that_ended_loses_nothing(served: Site) -> None:
    browser = served.browser("leader")
    page = browser.get(f"{PLACE}/nhap")
    served.clock.now += timedelta(hours=1)
    late = browser.post(page, "/gui", fields(RIGHT_FORM))
    assert late.status in {401, 403}
    assert state(served) == "draft"
    # The same person signs in in another tab: the page that stayed open goes on.
    browser.post(browser.get("/dang-nhap"), "/dang-nhap", {"ten": "leader", "mat_khau": PASSWORD})
    assert browser.post(page, "/gui", fields(RIGHT_FORM)).status == 200
    assert state(served) == "sent"


def test_too_large_a_body_is_refused(site: Site) -> None:
    client = site.client("leader")
    headers = {"X-Form-Token": site.token(client)}
    body, kind = b"x" * (2**20 + 1), "multipart/form-data; boundary=x"
    assert client.post(f"{PLACE}/tep", data=body, content_type=kind, headers=headers).status_code == 413


# -- workbooks ---------------------------------------------------------------------------------------------------------


def _workbook(served: Site, cells: dict[str, int], unit: str = HOME) -> bytes:
    from server.printing import filling_of

    values = Values(cells={Address("b01xld", "so_lieu", name): number for name, number in cells.items()})
    return render(served.layout, filling_of(served.layout, served.store.units.all(), unit, PERIOD, values))


def test_a_workbook_goes_out_and_comes_back(served: Site) -> None:
    browser = served.browser("leader")
    handed_out = browser.get(f"{PLACE}/mau.xlsx")
    assert handed_out.data.startswith(b"PK")
    filled = _workbook(served, _RIGHT)
    page = browser.post(browser.get(f"{PLACE}/nhap"), "/tep", {}, ("tep", "bao-cao.xlsx", filled))
    assert page.status == 200, page.notices()
    assert browser.post(page, "/gui", {}).status == 200
    assert state(served) == "sent"


def test_a_workbook_with_errors_changes_nothing_until_asked(served: Site) -> None:
    browser = served.browser("leader")
    wrong = _workbook(served, {**_RIGHT, "c13": 9})
    page = browser.post(browser.get(f"{PLACE}/nhap"), "/tep", {}, ("tep", "bao-cao.xlsx", wrong))
    assert page.status == 422
    assert "(6) = (11) + (12) + (13)" in page.text
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert not draft.values.cells
    kept = browser.post(page, "/tep/giu", {})
    assert kept.status == 200
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert draft.values.cells[Address("b01xld", "so_lieu", "c13")] == 9


def test_a_refused_workbook_comes_back_marked(served: Site) -> None:
    browser = served.browser("leader")
    wrong = _workbook(served, {**_RIGHT, "c13": 9})
    page = browser.post(browser.get(f"{PLACE}/nhap"), "/tep", {}, ("tep", "bao cao.xlsx", wrong))
    answer = browser.post(page, "/tep/danh-dau", {})
    assert answer.status == 200
    book = openpyxl.load_workbook(BytesIO(answer.data))
    assert book.sheetnames[0] == LIST
    said = [str(row[5]) for row in book[LIST].iter_rows(min_row=4, values_only=True)]
    assert any("(6) = (11) + (12) + (13)" in text for text in said)
    commented = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert commented
    # The copy is the same report: corrected, it is taken.
    plan = Book(served.layout)
    spot = plan.cells[Address("b01xld", "so_lieu", "c13")]
    book[spot.sheet].cell(spot.row, spot.column).value = _RIGHT["c13"]
    corrected = BytesIO()
    book.save(corrected)
    taken = browser.post(page, "/tep", {}, ("tep", "sua.xlsx", corrected.getvalue()))
    assert taken.status == 200, taken.notices()
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert draft.values.cells[Address("b01xld", "so_lieu", "c13")] == _RIGHT["c13"]


def test_what_only_the_file_shows_is_said_when_it_is_taken(served: Site) -> None:
    browser = served.browser("leader")
    book = openpyxl.load_workbook(BytesIO(_workbook(served, _RIGHT)))
    plan = Book(served.layout)
    spot = plan.cells[Address("b01xld", "so_lieu", "c13")]
    book[spot.sheet].cell(spot.row + 3, spot.column).value = 4321
    data = BytesIO()
    book.save(data)
    page = browser.post(browser.get(f"{PLACE}/nhap"), "/tep", {}, ("tep", "a.xlsx", data.getvalue()))
    assert page.status == 200
    assert "Số 4321 nằm ở dòng hoặc cột không thuộc biểu" in page.text
    assert "Đã đọc tệp vào bản nháp" in page.text


def test_many_workbooks_are_taken_at_once(served: Site) -> None:
    browser = served.browser("leader")
    address = f"/bao-cao/{REGIME}/{PERIOD.code}/nhieu-tep"
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("xa/nha.xlsx", _workbook(served, _RIGHT))
        target.writestr("xa/<b>la.xlsx", _workbook(served, _RIGHT, unit="21034"))
    all_ = browser.post(
        browser.get(address), "/nhieu-tep", {"cach": "tat-ca"}, ("tep", "xa.zip", archive.getvalue())
    )
    assert all_.status == 422
    assert "Chưa lưu" in all_.text
    assert "Tài khoản này không nhập báo cáo của đơn vị 21034" in all_.text
    assert "<b>la" not in all_.text
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert not draft.values.cells
    each = browser.post(
        browser.get(address), "/nhieu-tep", {"cach": "tung-tep"}, ("tep", "xa.zip", archive.getvalue())
    )
    assert each.status == 422  # one of them was not taken
    assert "Đã lưu 1/2 tệp" in each.text
    draft = served.store.desk.draft(KEY)
    assert draft is not None
    assert draft.values.cells[Address("b01xld", "so_lieu", "c3")] == _RIGHT["c3"]
    alone = browser.post(
        browser.get(address), "/nhieu-tep", {"cach": "tat-ca"}, ("tep", "a.xlsx", _workbook(served, _RIGHT))
    )
    assert alone.status == 200
    nothing = browser.post(
        browser.get(address), "/nhieu-tep", {}, ("tep", "a.zip", b"PK\x05\x06" + bytes(18))
    )
    assert nothing.status == 422
    assert browser.get(f"/bao-cao/{REGIME}/2020-Q1/nhieu-tep").status == 404


def test_marking_what_is_no_workbook_is_a_clear_answer(served: Site) -> None:
    browser = served.browser("leader")
    wrong = _workbook(served, {**_RIGHT, "c13": 9})
    page = browser.post(browser.get(f"{PLACE}/nhap"), "/tep", {}, ("tep", "a.xlsx", wrong))
    for original in ("", "không phải base64", "UEsDBA=="):
        assert browser.post(page, "/tep/danh-dau", {"tep_goc": original}).status == 422


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7", b"{}", b"<html>"]
)
def test_any_other_file_is_a_clear_answer(served: Site, data: bytes) -> None:
    browser = served.browser("leader")
    page = browser.post(browser.get(f"{PLACE}/nhap"), "/tep", {}, ("tep", "=1+1<b>.xlsx", data))
    assert page.status == 422
    assert "=1+1<b>" not in page.text


def test_another_units_workbook_is_refused(served: Site) -> None:
    browser = served.browser("leader")
    page = browser.post(
        browser.get(f"{PLACE}/nhap"),
        "/tep",
        {},
        ("tep", "a.xlsx", _workbook(served, {"c3": 5}, unit="21034")),
    )
    assert page.status == 422
    assert "21034" in page.text


# -- deciding ----------------------------------------------------------------------------------------------------------


def test_return_with_reasons_then_correct_then_approve_then_total(served: Site) -> None:
    leader, receiver = served.browser("leader"), served.browser("receiver")
    send(leader)
    page = receiver.get(f"{PLACE}/tra-lai")
    assert receiver.post(page, "/tra-lai", {}).status == 422
    returned = receiver.post(
        page,
        "/tra-lai",
        {"ly_do": "Rà soát cột 22", "o": "b01xld[so_lieu].c22", "ly_do_o": "Thiếu 2 văn bản"},
    )
    assert returned.status == 200
    assert state(served) == "returned"
    form = leader.get(f"{PLACE}/nhap")
    assert "Thiếu 2 văn bản" in form.text
    leader.post(form, "/gui", fields({"c22": "3"}))
    again = receiver.post(page, "/tra-lai", {"ly_do": "Bấm lần nữa"})
    assert "da=lam-roi" in again.address
    stale = receiver.post(page, "/tra-lai", {"ly_do": "Trang cũ", "@request": "mot-lan-bam-khac"})
    assert stale.status == 409
    assert state(served) == "sent"
    approved = receiver.post(receiver.get(PLACE), "/duyet", {})
    assert approved.status == 200
    assert state(served) == "approved"
    total = served.browser("reader").get(f"/tong-hop/{REGIME}/{PERIOD.code}/51")
    assert "1/3" in total.text
    cell = served.browser("reader").get(f"/tong-hop/{REGIME}/{PERIOD.code}/51/o/b01xld/so_lieu/c22")
    assert "Phường Cẩm Thành" in cell.text
    assert leader.get(f"{PLACE}/so-sanh?truoc=1&sau=2").status == 200


def test_only_one_of_two_decisions_wins(served: Site) -> None:
    send(served.browser("leader"))
    first, second = served.browser("receiver"), served.browser("receiver")
    one, other = first.get(PLACE), second.get(f"{PLACE}/tra-lai")
    assert first.post(one, "/duyet", {}).status == 200
    assert second.post(other, "/tra-lai", {"ly_do": "Sai"}).status == 409
    assert state(served) == "approved"


def test_a_signed_report_is_verified_on_its_page(served: Site) -> None:
    # The demonstration's certificate is valid from when it was made, by the machine's clock.
    served.clock.now = datetime.now(UTC) + timedelta(minutes=1)
    leader = served.browser("leader")
    send(leader)
    page = leader.post(leader.get(PLACE), "/ky", {"khoa": "may_chu"})
    assert page.status == 200
    assert "Nội dung nguyên vẹn" in page.text
    assert "Báo cáo đáng tin cậy" in page.text


def test_a_pdf_signed_elsewhere_is_kept_only_if_it_is_this_report_s(served: Site, tmp_path: Path) -> None:
    served.clock.now = now = datetime.now(UTC) + timedelta(minutes=1)
    send(served.browser("leader"))
    keys = tmp_path / "keys"
    own = read_identity((keys / "khoa.p12").read_bytes(), (keys / "mat-khau.txt").read_bytes().strip())
    client = served.client("leader")
    printed = client.get(f"{PLACE}/bao-cao.pdf").data
    with pikepdf.open(BytesIO(printed)) as pdf:
        other = pdf.attachments["submission.json"].get_file().read_bytes().replace(b'"c4":', b'"c5":', 1)
        del pdf.attachments["submission.json"]
        pdf.attachments["submission.json"] = pikepdf.AttachedFileSpec(pdf, other, filename="submission.json")
        out = BytesIO()
        pdf.save(out)
    stranger = make_demo_identity("Người lạ", passphrase=b"x")
    by_stranger = sign_pdf(printed, read_identity(stranger.pkcs12, b"x"), signed_at=now)

    def send_file(data: bytes) -> TestResponse:
        form = {"@token": served.token(client), "phien_ban": "1", "tep": (BytesIO(data), "da-ky.pdf")}
        return client.post(f"{PLACE}/tep-da-ky", data=form, follow_redirects=True)

    for wrong, words in (
        (sign_pdf(out.getvalue(), own, signed_at=now), "không phải của phiên bản đang có"),
        (b"rac", "không phải của phiên bản đang có"),
        (printed, "Tệp chưa được ký số"),
        (by_stranger, "Không biết nơi cấp"),
    ):
        answer = send_file(wrong)
        assert answer.status_code == 422
        assert words in answer.text
    assert not [file for file in served.store.files.of(KEY) if file.role == "signed_pdf"]
    kept = send_file(sign_pdf(printed, own, signed_at=now))
    assert kept.status_code == 200
    assert "Báo cáo đáng tin cậy" in kept.text


def test_hostile_reasons_are_shown_as_text(served: Site) -> None:
    send(served.browser("leader"))
    receiver = served.browser("receiver")
    receiver.post(receiver.get(f"{PLACE}/tra-lai"), "/tra-lai", {"ly_do": "<script>alert(1)</script>"})
    page = served.browser("leader").get(PLACE)
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


# -- keeping the site --------------------------------------------------------------------------------------------------


def test_an_operator_previews_then_publishes(served: Site) -> None:
    operator = served.browser("operator")
    page = operator.get("/quan-tri/bieu-mau")
    assert "kstt_quy" in page.text
    for name in ("form.html", "form.xlsx", "form.pdf", "schema.json"):
        assert operator.get(f"/quan-tri/bieu-mau/kstt_quy/{name}").status == 200
    answer = operator.post(page, "/kstt_quy/ban-hanh", {})
    assert answer.status == 200, answer.notices()
    assert "kstt_quy" in {each.regime for each in served.store.templates.published()}


def test_a_form_that_nobody_can_fill_is_not_published(served: Site, tmp_path: Path) -> None:
    source = (
        'package a 1.0.0 "A"\nregime trai_nhau "R" {\n period quarter\n filled by commune\n goes to province\n'
        ' table t "T" {\n columns {\n c1 "A" integer\n c2 "B" integer\n }\n rows {\n row x "X"\n }\n'
        " check it_hon: c1 < c2\n check nhieu_hon: c2 < c1\n }\n}\n"
    )
    (tmp_path / "goi").mkdir()
    (tmp_path / "goi" / "goi.bieu").write_text(source, encoding="utf-8")
    served.app.extensions["bieu-packages"] = Watched(tmp_path / "goi", "vi", needs_lock=True)
    operator = served.browser("operator")
    answer = operator.post(operator.get("/quan-tri/bieu-mau"), "/trai_nhau/ban-hanh", {})
    assert answer.status == 422
    assert "Không báo cáo nào thỏa mãn được kiểm tra `nhieu_hon`." in answer.text
    assert "trai_nhau" not in {each.regime for each in served.store.templates.published()}


def test_an_account_is_made_and_its_initial_password_must_be_changed(served: Site) -> None:
    operator = served.browser("operator")
    page = operator.get("/quan-tri/tai-khoan")
    made = operator.post(
        page,
        "/quan-tri/tai-khoan",
        {"ten": "moi.den", "ho_ten": "Người mới", "vai_tro": "officer", "don_vi": "21040"},
    )
    assert made.status == 200, made.notices()
    user = served.store.people.user("moi.den")
    assert user is not None
    assert user.must_change_password


def test_an_operator_gives_no_rights_beyond_its_own_reach(served: Site) -> None:
    operator = served.browser("other_operator")
    page = operator.get("/quan-tri/tai-khoan")
    operator.post(
        page,
        "/quan-tri/tai-khoan",
        {"ten": "ke.gian", "ho_ten": "Người khác", "vai_tro": "leader", "don_vi": HOME},
    )
    assert served.store.people.user("ke.gian") is None

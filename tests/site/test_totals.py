"""The total of a province: signed with the unit's own key or the site's, verified on the page, carried by it."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from runtime.accounts import Grant
from runtime.reports import Act
from runtime.signatures import SignatureFacts, read_signatures
from runtime.signing import make_demo_identity
from tests.site.conftest import PERIOD, PLACE, REGIME, RIGHT_FORM, Site, fields

TOTAL = f"/tong-hop/{REGIME}/{PERIOD.code}/51"


@pytest.fixture
def approved(served: Site) -> Site:
    """One commune's report, sent and approved, and somebody who may sign for the province."""
    # The demonstration's certificate is valid from when it was made, by the machine's clock.
    served.clock.now = datetime.now(UTC) + timedelta(minutes=1)
    served.store.people.grant("receiver", Grant("leader", "51"), Act("thử", served.clock()))
    leader, receiver = served.browser("leader"), served.browser("receiver")
    assert leader.post(leader.get(f"{PLACE}/nhap"), "/gui", fields(RIGHT_FORM)).status == 200
    assert receiver.post(receiver.get(PLACE), "/duyet", {}).status == 200
    return served


def carried(page: str) -> bytes:
    """The file that a page carries."""
    found = re.search(r'href="data:application/pdf;base64,([^"]+)"', page)
    assert found is not None
    return base64.b64decode(found.group(1))


def sign(site: Site, client: FlaskClient, **more: object) -> str:
    answer = client.post(f"{TOTAL}/ky", data={"@token": site.token(client), **more})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_charts_are_drawn_by_the_site_and_printed(approved: Site) -> None:
    client = approved.client("receiver")
    page = client.get(TOTAL).get_data(as_text=True)
    pictures = re.findall(r'<img src="([^"]+/bieu-do/[^"]+)" alt="Biểu đồ: ([^"]+)"', page)
    assert [title for _, title in pictures] == ["Số đơn chưa xử lý theo đơn vị", "Tổng số đơn qua các kỳ"]
    for address, title in pictures:
        answer = client.get(address)
        assert answer.mimetype == "image/svg+xml"
        picture = answer.get_data(as_text=True)
        assert title in picture
        assert "<script" not in picture
    assert "Phường Cẩm Thành" in client.get(pictures[0][0]).get_data(as_text=True)
    assert client.get(f"{TOTAL}/bieu-do/khong_co.svg").status_code == 404
    assert approved.client("officer").get(pictures[0][0]).status_code in {403, 404}


def test_signed_by_the_site_and_verified(approved: Site) -> None:
    page = sign(approved, approved.client("receiver"), khoa="may_chu")
    assert "Báo cáo đáng tin cậy" in page
    assert "1/3" in page
    facts = read_signatures(carried(page), (), now=approved.clock())
    assert isinstance(facts, tuple)
    assert len(facts) == 1


def test_signed_with_the_units_own_key_which_nobody_here_trusts(approved: Site) -> None:
    made = make_demo_identity("Ủy ban nhân dân tỉnh", passphrase=b"mot hai ba")
    key = {"tep_khoa": (BytesIO(made.pkcs12), "tinh.p12"), "mat_khau_khoa": "mot hai ba"}
    page = sign(approved, approved.client("receiver"), khoa="tep", **key)
    (facts,) = read_signatures(carried(page), (made.authority,), now=approved.clock())  # type: ignore[misc]
    assert isinstance(facts, SignatureFacts)
    assert (facts.signer, facts.trust) == ("Ủy ban nhân dân tỉnh", "trusted")
    assert "Báo cáo đáng tin cậy" not in page


@pytest.mark.parametrize(("archive", "passphrase"), [(b"", "x"), (b"no archive", "x"), (None, "sai")])
def test_a_key_that_cannot_be_used_is_told(approved: Site, archive: bytes | None, passphrase: str) -> None:
    data = archive
    if data is None:
        data = make_demo_identity("Ủy ban", passphrase=b"dung").pkcs12
    client = approved.client("receiver")
    form = {"khoa": "tep", "tep_khoa": (BytesIO(data), "a.p12"), "mat_khau_khoa": passphrase}
    answer = client.post(f"{TOTAL}/ky", data={"@token": approved.token(client), **form})
    assert answer.status_code == 422


def test_a_changed_file_is_found_out_on_the_page_for_checking(approved: Site) -> None:
    client = approved.client("receiver")
    data = carried(sign(approved, client, khoa="may_chu"))
    changed = data.replace(b"/Title", b"/Titel", 1)
    for file, words in (
        (data, "Báo cáo đáng tin cậy"),
        (changed, "Không nên tin"),
        (b"%PDF-", "Không nên tin"),
    ):
        form = {"@token": approved.token(client), "tep": (BytesIO(file), "bao-cao.pdf")}
        page = client.post("/kiem-tra-chu-ky", data=form).get_data(as_text=True)
        assert words in page


def test_every_number_of_a_total_leads_to_what_it_is_made_of(approved: Site) -> None:
    client = approved.client("reader")
    page = client.get(TOTAL).get_data(as_text=True)
    links = set(re.findall(rf'href="({TOTAL}/o/[^"]+)"', page))
    assert len(links) > len(RIGHT_FORM)
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "Phường Cẩm Thành" in answer.get_data(as_text=True), link
    assert client.get(f"{TOTAL}/o/b01xld/so_lieu/khong_co").status_code == 404

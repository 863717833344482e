"""Every endpoint × every account: who gets in, at home and elsewhere. A new route without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.access import ACCESS
from tests.site.conftest import ACCOUNTS, HOME, PERIOD, REGIME, Clock, Site, make_site

EVERYBODY = frozenset(ACCOUNTS)
ENTERING = frozenset({"officer", "leader"})
SENDING = frozenset({"leader"})
READING = frozenset({"officer", "leader", "receiver", "operator", "reader"})
DECIDING = frozenset({"receiver"})

ALLOWED: dict[str, frozenset[str]] = {
    "sign_in.sign_out": EVERYBODY,
    "sign_in.password": EVERYBODY,
    "sign_in.change_password": EVERYBODY,
    "my_reports.home": EVERYBODY,
    "my_reports.owed": EVERYBODY,
    "forms.part": EVERYBODY,
    "filling.form": ENTERING,
    "filling.save": ENTERING,
    "filling.save_draft": ENTERING,
    "filling.send": SENDING,
    "workbooks.download": ENTERING,
    "workbooks.upload": ENTERING,
    "workbooks.mark": ENTERING,
    "workbooks.keep": ENTERING,
    "report.show": READING,
    "report.compare": READING,
    "report.pdf": READING,
    "report.file": READING,
    "report.verify": READING,
    "report.sign": SENDING,
    "report.upload_signed": SENDING,
    "deciding.recall": SENDING,
    "deciding.ask": SENDING,
    "deciding.return_form": DECIDING,
    "deciding.return": DECIDING,
    "deciding.approve": DECIDING,
    "deciding.refuse": DECIDING,
    "deciding.leave_out": DECIDING,
    "deciding.take_in": DECIDING,
    "totals.total": READING,
    "totals.cell": READING,
    "totals.chart": READING,
    "totals.pdf": READING,
    "totals.sign": SENDING,
    # These name no unit: the right somewhere opens them, and they show only what is one's own.
    "many_files.ask": ENTERING | {"other_leader"},
    "many_files.take": ENTERING | {"other_leader"},
    "receiving.received": frozenset({"receiver", "other_receiver"}),
    "receiving.approve_all": frozenset({"receiver", "other_receiver"}),
    "totals.rounds": EVERYBODY,
    "signatures.check": EVERYBODY,
    "signatures.checked": EVERYBODY,
    "publishing.packages": frozenset({"operator", "other_operator"}),
    "publishing.target": frozenset({"operator", "other_operator"}),
    "publishing.publish": frozenset({"operator", "other_operator"}),
    "rounds.rounds": frozenset({"operator", "other_operator"}),
    "rounds.assign": frozenset({"operator", "other_operator"}),
    "people.people": frozenset({"operator", "other_operator"}),
    "people.add": frozenset({"operator", "other_operator"}),
    "people.grant": frozenset({"operator", "other_operator"}),
    "people.withdraw": frozenset({"operator", "other_operator"}),
    "people.set_active": frozenset({"operator", "other_operator"}),
    "people.reset_password": frozenset({"operator", "other_operator"}),
    "exports.owed": EVERYBODY,
    "exports.received": frozenset({"receiver", "other_receiver"}),
    "exports.history": READING,
    "exports.rounds": EVERYBODY,
    "exports.total": READING,
    "exports.table": READING,
    "exports.coverage": READING,
    "exports.sources": READING,
    "exports.forms": frozenset({"operator", "other_operator"}),
    "exports.people": frozenset({"operator", "other_operator"}),
    "exports.units": EVERYBODY,
}
"""Who may call each endpoint about the home commune's report."""

OPEN = frozenset({"static", "sign_in.sign_in"})
"""What anybody may call."""

_ARGUMENTS: dict[str, Any] = {
    "regime": REGIME,
    "period": PERIOD,
    "unit": HOME,
    "sha256": "0" * 64,
    "hash": "0" * 64,
    "table": "b01xld",
    "row": "so_lieu",
    "column": "c1",
    "ending": "xlsx",
}
_NAMES = {"forms.part": "form.js", "totals.chart": "don_vi", "people": "khong_co"}


@pytest.fixture(scope="module")
def rights_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for the whole table: no request here has a body that could change anything."""
    folder: Path = tmp_path_factory.mktemp("rights")
    made = make_site(folder, Clock())
    yield made
    made.store.close()


def test_every_endpoint_has_a_row(rights_site: Site) -> None:
    endpoints = {rule.endpoint for rule in rights_site.app.url_map.iter_rules()}
    assert endpoints == ALLOWED.keys() | OPEN
    assert set(ACCESS) == endpoints


@pytest.mark.parametrize("account", [None, *ACCOUNTS])
@pytest.mark.parametrize("endpoint", ALLOWED)
def test_who_gets_in(rights_site: Site, endpoint: str, account: str | None) -> None:
    app = rights_site.app
    for rule in app.url_map.iter_rules(endpoint):
        arguments = {name: _ARGUMENTS.get(name) for name in rule.arguments}
        if "name" in arguments:
            arguments["name"] = _NAMES.get(endpoint, _NAMES["people"])
        if "filename" in arguments:
            arguments["filename"] = "schema.json"
        with app.test_request_context():
            address = app.url_for(endpoint, **arguments)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            client = rights_site.client(account)
            if method == "GET":
                status = client.get(address).status_code
            else:
                token = "" if account is None else rights_site.token(client)
                status = client.post(address, data={"@token": token}).status_code
            if account is None:
                assert status in ({303} if method == "GET" else {401, 403}), (method, address, status)
            elif account in ALLOWED[endpoint]:
                assert status in {200, 303, 404, 409, 422}, (method, address, status)
            else:
                assert status == 403, (method, address, status)


@pytest.mark.parametrize("endpoint", [name for name in ALLOWED if name not in OPEN])
def test_no_post_without_a_form_token(rights_site: Site, endpoint: str) -> None:
    app = rights_site.app
    for rule in app.url_map.iter_rules(endpoint):
        if "POST" not in (rule.methods or set()):
            continue
        named = rule.arguments - (rule.defaults or {}).keys()
        arguments = {name: _ARGUMENTS.get(name, "khong_co") for name in named}
        with app.test_request_context():
            address = app.url_for(endpoint, **arguments)
        for account in sorted(ALLOWED[endpoint]):
            client = rights_site.client(account)
            for token in ("", "AAAA", rights_site.token(rights_site.client("reader"))):
                assert client.post(address, data={"@token": token}).status_code == 403


def test_lists_show_only_ones_own_units(rights_site: Site) -> None:
    def sees(account: str, address: str) -> str:
        return rights_site.client(account).get(address).get_data(as_text=True)

    assert "Phường Cẩm Thành" in sees("receiver", "/tiep-nhan")
    assert "Phường Hải Châu" not in sees("receiver", "/tiep-nhan")
    assert "Phường Cẩm Thành" not in sees("other_receiver", "/tiep-nhan")
    assert "Phường Cẩm Thành" in sees("leader", "/bao-cao")
    assert "Xã An Phú" not in sees("leader", "/bao-cao")
    assert "Tài khoản leader" not in sees("other_operator", "/quan-tri/tai-khoan")

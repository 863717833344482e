"""A site on a store of its own: two provinces, four communes, one regime handed out, and an account for every role."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

import templates_library
from compiler.cells import Layout
from compiler.package import Library
from compiler.periods import Period
from runtime.accounts import Grant, Role, SignedIn
from runtime.reports import Act, Refusal
from runtime.store import Store
from server.app import create_app, open_store
from server.config import Config, make_secret
from server.demonstration.browser import Browser

UNITS = """code,parent,level,kind,name
VN,,country,quốc gia,Việt Nam
51,VN,province,Tỉnh,Tỉnh Quảng Ngãi
48,VN,province,Thành phố,Thành phố Đà Nẵng
21025,51,commune,Phường,Phường Cẩm Thành
21034,51,commune,Xã,Xã An Phú
21040,51,commune,Xã,Xã Bình Sơn
20194,48,commune,Phường,Phường Hải Châu
"""
REGIME, PERIOD = "xld_01", Period("quarter", 2026, 3)
HOME, OTHER = "21025", "21034"
PLACE = f"/bao-cao/{REGIME}/{PERIOD.code}/{HOME}"
PASSWORD = "mật khẩu dùng thử"

ACCOUNTS: dict[str, tuple[Role, str]] = {
    "officer": ("officer", HOME),
    "leader": ("leader", HOME),
    "receiver": ("receiver", "51"),
    "operator": ("operator", "51"),
    "reader": ("reader", "51"),
    "other_leader": ("leader", OTHER),
    "other_receiver": ("receiver", "48"),
    "other_operator": ("operator", "48"),
}
"""Each role at home, and those that could do harm elsewhere."""

RIGHT_FORM = {
    "c3": "20",
    "c2": "7",
    "c4": "25",
    "c5": "2",
    "c7": "18",
    "c8": "6",
    "c9": "2",
    "c10": "12",
    "c11": "15",
    "c12": "4",
    "c13": "1",
    "c15": "5",
    "c16": "2",
    "c17": "9",
    "c19": "2",
    "c20": "2",
    "c21": "0",
    "c22": "1",
}
"""A report in order, as typed; c2 is an opening value, for there was no earlier report."""


def fields(values: dict[str, str]) -> dict[str, str]:
    """Columns as the form's fields."""
    return {f"b01xld[so_lieu].{name}": text for name, text in values.items()}


@dataclass
class Clock:
    """The time, moved by the tests."""

    now: datetime = field(default_factory=lambda: datetime(2026, 9, 15, 2, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: int) -> None:
        self.now += timedelta(**time)


@dataclass
class Site:
    """A site to be tested: `client` speaks to it in this process, `browser` over loopback."""

    app: Flask
    store: Store
    layout: Layout
    clock: Clock
    base: str = ""

    def client(self, account: str | None = None) -> FlaskClient:
        """A client in which somebody is signed in."""
        client = self.app.test_client()
        if account is not None:
            signed_in = self.store.people.sign_in(account, PASSWORD, "127.0.0.1", self.clock())
            assert isinstance(signed_in, SignedIn)
            client.set_cookie("bieu", signed_in.token)
        return client

    def token(self, client: FlaskClient) -> str:
        """A form token for whoever the client's user is."""
        page = client.get("/mat-khau").get_data(as_text=True) or client.get("/dang-nhap").get_data(
            as_text=True
        )
        found = re.search(r'name="@token" value="([^"]+)"', page)
        assert found is not None
        return found.group(1)

    def browser(self, account: str) -> Browser:
        """A browser in which somebody has signed in through the page."""
        browser = Browser(self.base)
        page = browser.post(browser.get("/dang-nhap"), "/dang-nhap", {"ten": account, "mat_khau": PASSWORD})
        assert page.status == 200, page.notices()
        return browser


def make_site(folder: Path, clock: Clock) -> Site:
    """A site with everything in place: a copy of one that is made once a process, for hashing passwords takes long."""
    for name, data in _seed().items():
        (folder / name).write_bytes(data)
    config = Config(
        database=f"sqlite:///{folder / 'site.db'}",
        secret_file=folder / "bieu.key",
        secure_cookies=False,
        demonstration_keys=folder / "keys",
        largest_upload=2**20,
    )
    store = open_store(config)
    return Site(create_app(config, store, clock), store, _layout(), clock)


@cache
def _seed() -> Mapping[str, bytes]:
    """The files of a site with its units, one form handed out, and the accounts."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        make_secret(folder / "bieu.key")
        config = Config(database=f"sqlite:///{folder / 'site.db'}", secret_file=folder / "bieu.key")
        store = open_store(config)
        store.upgrade()
        now = Clock()()
        act = Act("thử", now)
        store.units.load(UNITS.encode(), act)
        assert not isinstance(store.templates.publish(_layout().template, act, None), Refusal)
        assert not isinstance(store.rounds.assign(REGIME, PERIOD, act), Refusal)
        for name, (role, unit) in ACCOUNTS.items():
            made = store.people.add_user(name, f"Tài khoản {name}", act, (Grant(role, unit),))
            assert not isinstance(made, Refusal)
            changed = store.people.change_password(name, made.password, PASSWORD, "127.0.0.1", now)
            assert not isinstance(changed, Refusal)
        store.close()  # what is in the write-ahead log goes to the database's own file
        return {path.name: path.read_bytes() for path in folder.iterdir()}


@cache
def _layout() -> Layout:
    package = Path(templates_library.__path__[0]) / "thanh_tra" / "xu_ly_don"
    return Library().load(package).compilation.regimes[0].layout


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A fresh site, in this process only."""
    made = make_site(tmp_path, Clock())
    yield made
    made.store.close()


@pytest.fixture
def served(site: Site) -> Iterator[Site]:
    """A fresh site that listens on loopback."""
    # Waitress can't be stopped from another thread without a broken pipe of its own; test_killed.py runs it for real.
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    thread.join(timeout=20)
    server.server_close()

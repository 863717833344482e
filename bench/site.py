"""The site and the store against their floors: a report sent over HTTP, an approval with its roll-up, a page's size.

A country's units with one form handed out to them for two quarters. Each unit has sent its first report; the second
ones are what is measured, opening numbers carried over and all. They are sent over HTTP, by the same few connections
that post the same bytes to the bare route; each server is a process of its own. The reports that then lie there are
what is approved, on one copy of the database by the store and on another by the floor, until both are compared row by
row. Everything lies under `build/`, on a disk as a real database would.
"""

from __future__ import annotations

import gzip
import html
import http.client
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, event

from bench import floors, form, site_floors
from bench.comparisons import Comparison, Disagreement, Size
from bench.measure import calls
from bench.site_floors import Approval
from compiler.numbers import format_number
from compiler.periods import Period
from compiler.values import Values
from renderers.html.names import field_name
from runtime.accounts import Grant
from runtime.reports import Act, Refusal, ReportKey
from runtime.storage.records import Done, Draft, HandedOut, LoadedUnits, PublishedTemplate, Sent
from runtime.store import Store
from runtime.units import units_of_vietnam
from server.app import open_store
from server.config import Config, make_secret
from server.demonstration.browser import Browser

BATCH = 32
"""Reports sent or approved by one call."""

CONNECTIONS = 4
"""Kept open by the client, each asking one thing at a time."""

LARGEST_PAGE = 100_000

_ROWS = 16
"""With the total row and 12 columns: 204 cells."""

_REGIME, _LARGE_REGIME = "che_do_1", "che_do_0"
_BEFORE, _NOW = Period("quarter", 2026, 2), Period("quarter", 2026, 3)
_AT = datetime(2026, 9, 15, 2, tzinfo=UTC)
_WHO, _PASSWORD = "lanh.dao", "mật khẩu để đo"

Item = TypeVar("Item")


def comparisons(batch: int = BATCH) -> Iterator[Comparison | Size]:
    """All of them; that both sides did the work is looked at after each was measured."""
    Path("build").mkdir(exist_ok=True)
    with TemporaryDirectory(dir="build", prefix="bench-") as folder:
        country = _Country(Path(folder).resolve(), batch * calls())
        with _served(country.command()) as address:
            yield _page_size(address, country)
            yield from _sending(address, country, batch)
        yield from _approving(country, batch)


class _Country:
    """A store in which every unit owes its second report, and what stands in it."""

    def __init__(self, folder: Path, reports: int) -> None:
        self.folder = folder
        self.database = folder / "site.db"
        self.layout = form.form_layout(_ROWS, 1)
        communes = sorted(unit.code for unit in units_of_vietnam().of_level("commune"))[: reports + 1]
        if len(communes) <= reports:
            raise ValueError(f"{reports} reports, of {len(communes)} communes")
        self.unit, *self.units = communes
        """The unit of the large form, and those that send."""
        make_secret(folder / "bieu.key")
        store = open_store(self._config())
        store.upgrade()
        self._found(store)
        quarters = form.two_quarters(reports, _ROWS)
        for unit, (before, _) in zip(self.units, quarters, strict=True):
            _made(store.desk.send(ReportKey(_REGIME, unit, _BEFORE), 0, _act(), "", before), Sent)
        self.reports: Mapping[str, Values] = {
            unit: now for unit, (_, now) in zip(self.units, quarters, strict=True)
        }
        store.close()

    def command(self) -> list[str]:
        """What serves the site."""
        settings = self.folder / "bieu.toml"
        settings.write_text(
            f'database = "sqlite:///{self.database}"\nsecret_file = "bieu.key"\nport = 0\nsecure_cookies = false\n'
            f"threads = {site_floors.THREADS}\n",
            encoding="utf-8",
        )
        program = "from server.cli import main; main()"
        return [sys.executable, "-c", program, "serve", "--config", str(settings)]

    def store_at(self, database: Path) -> Store:
        """The store of a copy."""
        return open_store(self._config(database))

    def _config(self, database: Path | None = None) -> Config:
        url = f"sqlite:///{database or self.database}"
        return Config(database=url, secret_file=self.folder / "bieu.key")

    def _found(self, store: Store) -> None:
        """Units, both forms, the quarters, and a leader of all units."""
        act = _act()
        units = resources.files("runtime").joinpath("data/units-vn-2025.csv").read_bytes()
        _made(store.units.load(units, act), LoadedUnits)
        for layout in (self.layout, form.form_layout(number=0)):
            _made(store.templates.publish(layout.template, act, date(2026, 1, 1)), PublishedTemplate)
        for period in (_BEFORE, _NOW):
            _made(store.rounds.assign(_REGIME, period, act, self.units), HandedOut)
        _made(store.rounds.assign(_LARGE_REGIME, _NOW, act, [self.unit]), HandedOut)
        large = form.two_quarters(1, floors.ROWS)[0][0]
        _made(store.desk.save_draft(ReportKey(_LARGE_REGIME, self.unit, _NOW), large, 0, act), Draft)
        made = store.people.add_user(_WHO, "Lãnh đạo", act, (Grant("leader", "VN"),))
        if isinstance(made, Refusal):
            raise Disagreement(str(made))
        changed = store.people.change_password(_WHO, made.password, _PASSWORD, "127.0.0.1", _AT)
        if isinstance(changed, Refusal):
            raise Disagreement(str(changed))


def _act() -> Act:
    return Act(_WHO, _AT)


def _made(result: object, kind: type) -> None:
    if not isinstance(result, kind):
        raise Disagreement(f"{kind.__name__} expected: {result}")


# -- servers and the client --------------------------------------------------------------------------


@contextmanager
def _served(command: Sequence[str]) -> Iterator[str]:
    """A server in its own process; the address that it says it listens at."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        found = re.search(r"http://[\d.]+:\d+", said)
        if found is None:
            raise Disagreement(f"no server: {said!r}")
        yield found.group()
    finally:
        server.terminate()
        server.wait(timeout=20)
        if server.stdout is not None:
            server.stdout.close()


@dataclass(frozen=True)
class _Post:
    """A form to be posted."""

    path: str
    body: bytes


class _Client:
    """A few connections that are kept open, each with a thread of its own."""

    def __init__(self, address: str, cookies: Mapping[str, str]) -> None:
        where = urlsplit(address)
        self._connections = [
            http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
            for _ in range(CONNECTIONS)
        ]
        self._threads = ThreadPoolExecutor(CONNECTIONS)
        self._headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept-Encoding": "gzip",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()

    def post(self, posts: Sequence[_Post]) -> list[str]:
        """Post all; of each its status, and where it leads."""
        lanes = [posts[number::CONNECTIONS] for number in range(CONNECTIONS)]
        return [said for lane in self._threads.map(self._lane, self._connections, lanes) for said in lane]

    def _lane(self, connection: http.client.HTTPConnection, posts: Sequence[_Post]) -> list[str]:
        said: list[str] = []
        for post in posts:
            connection.request("POST", post.path, post.body, self._headers)
            answer = connection.getresponse()
            answer.read()
            said.append(f"{answer.status} {answer.headers.get('Location', '')}")
        return said


def _signed_in(address: str) -> Browser:
    browser = Browser(address)
    page = browser.post(browser.get("/dang-nhap"), "/dang-nhap", {"ten": _WHO, "mat_khau": _PASSWORD})
    if page.status != 200 or "/dang-nhap" in page.address:
        raise Disagreement(f"not signed in: {page.notices()}")
    return browser


# -- a report sent over HTTP -------------------------------------------------------------------------


def _sending(address: str, country: _Country, batch: int) -> Iterator[Comparison]:
    browser = _signed_in(address)
    posts = _posts(browser, country)
    bare_database = country.folder / "bare.db"
    with ExitStack() as stack:
        bare_address = stack.enter_context(
            _served([sys.executable, "-m", "bench.site_floors", str(bare_database)])
        )
        bare = stack.enter_context(_Client(bare_address, browser.cookies))
        site = stack.enter_context(_Client(address, browser.cookies))
        floor = _Batches([_Post("/reports", post.body) for post in posts], batch, bare.post)
        subject = _Batches(posts, batch, site.post)
        yield Comparison(
            f"Send a report of {len(country.layout.cells)} cells over HTTP: checked, logged, stored",
            "a bare Flask route that inserts the same bytes",
            floor,
            subject,
            at_most=4,
            batch=batch,
        )
    done = len(floor.done)
    others = [each for each in floor.done if each != "204 "]
    others += [each for each in subject.done if not re.fullmatch(r"303 \S+da=gui", each)]
    if others or len(subject.done) != done:
        raise Disagreement(f"answers: {others[:3]}, {done} and {len(subject.done)}")
    counts = [
        _count(bare_database, "reports"),
        _count(country.database, "requests WHERE action = 'send'"),
        _count(country.database, "versions") - len(country.units),
        _count(country.database, 'entries WHERE CAST(body AS TEXT) LIKE \'%"act":"send"%\'')
        - len(country.units),
    ]
    if counts != [done] * len(counts):
        raise Disagreement(f"{done} reports sent; rows, requests, versions, entries: {counts}")


def _posts(browser: Browser, country: _Country) -> list[_Post]:
    """What a browser posts of each report: all fields of the page, filled in."""
    fields = dict(browser.get(f"{_place(country.units[0])}/nhap").form("/gui").fields)
    posts: list[_Post] = []
    for number, (unit, values) in enumerate(country.reports.items()):
        filled = {**fields, "@unit": unit, "@request": f"{fields['@request'][:20]}{number}"}
        for address, value in values.cells.items():
            name = field_name(address)
            if name not in fields or not isinstance(value, int):
                raise Disagreement(f"the page has no field {name}")
            filled[name] = format_number(value, country.layout.by_address[address].type)
        posts.append(_Post(f"{_place(unit)}/gui", urlencode(filled).encode()))
    return posts


def _place(unit: str, regime: str = _REGIME) -> str:
    return f"/bao-cao/{regime}/{_NOW.code}/{unit}"


class _Batches(Generic[Item]):
    """Work that takes the next items at every call. `done`: what came of all so far."""

    def __init__(self, items: Sequence[Item], size: int, run: Callable[[Sequence[Item]], list[str]]) -> None:
        self._items = items
        self._size = size
        self._run = run
        self.done: list[str] = []

    def __call__(self) -> object:
        start = len(self.done)
        if start + self._size > len(self._items):
            raise LookupError("nothing is left to be done")
        self.done += self._run(self._items[start : start + self._size])
        return self.done[-1]


# -- an approval with its roll-up --------------------------------------------------------------------


def _approving(country: _Country, batch: int) -> Iterator[Comparison]:
    by_store, by_floor = country.folder / "approved.db", country.folder / "approved-bare.db"
    for database in (by_store, by_floor):
        _copy(country.database, database)
    approvals = _approvals(country)
    store = country.store_at(by_store)
    connection = site_floors.durable(by_floor)

    def approve(some: Sequence[Approval]) -> list[str]:
        return [_approve(store, approval) for approval in some]

    def approve_bare(some: Sequence[Approval]) -> list[str]:
        for approval in some:
            site_floors.approve(connection, approval)
        return ["Done"] * len(some)

    floor, subject = _Batches(approvals, batch, approve_bare), _Batches(approvals, batch, approve)
    try:
        yield Comparison(
            "Approve a report, rolled up over two ancestors",
            "the same statements and bytes by sqlite3",
            floor,
            subject,
            at_most=4,
            batch=batch,
        )
    finally:
        store.close()
        connection.close()
    if set(subject.done) != {"Done"} or len(subject.done) != len(floor.done):
        raise Disagreement(f"approvals: {subject.done[:3]}, {len(subject.done)} and {len(floor.done)}")
    if _count(by_store, "reports WHERE state = 'approved'") != len(subject.done):
        raise Disagreement("not all were approved")
    for table in ("reports", "entries", "chains", "requests", "rollups"):
        if _rows(by_store, table) != _rows(by_floor, table):
            raise Disagreement(f"the databases differ in {table}")


def _approve(store: Store, approval: Approval) -> str:
    key = ReportKey(approval.regime, approval.unit, _NOW)
    done = store.desk.decide(key, "approve", approval.revision - 1, _act(), request=approval.request[0])
    return "Done" if isinstance(done, Done) and not done.repeated else str(done)


def _approvals(country: _Country) -> list[Approval]:
    """What approving all that were sent writes, found by doing it once on a copy."""
    twin = country.folder / "twin.db"
    _copy(country.database, twin)
    found: list[Approval] = []
    with ExitStack() as stack:
        statements = stack.enter_context(_traced())
        store = country.store_at(twin)
        stack.callback(store.close)
        with closing(sqlite3.connect(twin)) as connection:
            sent = connection.execute(
                "SELECT reports.id, unit, revision, newest, chain_id, round_id, reports.path FROM reports "
                "JOIN rounds ON rounds.id = round_id WHERE regime = ? AND period = ? AND state = 'sent' ORDER BY unit",
                (_REGIME, _NOW.code),
            ).fetchall()
            for report, unit, revision, version, chain, round_id, path in sent:
                known = Approval(
                    regime=_REGIME,
                    period=_NOW.code,
                    unit=unit,
                    report=report,
                    revision=revision + 1,
                    entry=(chain, 0, b"", ""),
                    request=(f"approve-{unit}", version),
                    states=(),
                )
                statements.clear()
                said = _approve(store, known)
                if said != "Done":
                    raise Disagreement(f"an approval: {said}")
                entry = connection.execute(
                    "SELECT * FROM entries WHERE chain_id = ? ORDER BY number DESC LIMIT 1", (chain,)
                ).fetchone()
                above = (unit, *path.split("/"))
                states = connection.execute(
                    "SELECT round_id, unit, own, merged FROM rollups WHERE round_id = ? AND unit IN (?, ?, ?) "
                    "ORDER BY depth DESC",
                    (round_id, *above),
                ).fetchall()
                found.append(known._replace(entry=entry, states=states))
                if len(found) == 2:  # the first reads the form too, once for all
                    _agree_on_statements(country, found[1], statements)
    return found


def _agree_on_statements(country: _Country, approval: Approval, statements: Sequence[str]) -> None:
    """Raises Disagreement where the floor runs more or fewer statements than the store."""
    copy = country.folder / "statements.db"
    _copy(country.database, copy)
    bare: list[str] = []
    with closing(site_floors.durable(copy)) as connection:
        connection.set_trace_callback(bare.append)
        site_floors.approve(connection, approval)
    if _kinds(statements) != _kinds(bare):
        raise Disagreement(f"statements of an approval: {_kinds(statements)} and {_kinds(bare)}")


@contextmanager
def _traced() -> Iterator[list[str]]:
    """What SQLite is asked meanwhile on every connection that is opened meanwhile, transactions left out."""
    ran: list[str] = []

    def listen(connection: Any, record: object) -> None:
        connection.set_trace_callback(ran.append)

    event.listen(Engine, "connect", listen)
    try:
        yield ran
    finally:
        event.remove(Engine, "connect", listen)


def _kinds(statements: Sequence[str]) -> list[str]:
    """SELECT, INSERT and so on, one for each row that a statement was run for."""
    kinds = [text.split()[0] for text in statements]
    return [kind for kind in kinds if kind not in {"BEGIN", "COMMIT", "PRAGMA"}]


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)


def _count(database: Path, what: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def _rows(database: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


# -- the size of a page ------------------------------------------------------------------------------


def _page_size(address: str, country: _Country) -> Size:
    """The form of 40×12 with a draft in it, and all that its page loads, as they come over the line."""
    browser = _signed_in(address)
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def fetched(path: str) -> tuple[int, bytes]:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Cookie": cookie})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise Disagreement(f"{path}: {answer.status}")
        packed = answer.headers.get("Content-Encoding") == "gzip"
        return len(data), gzip.decompress(data) if packed else data

    with closing(connection):
        size, page = fetched(f"{_place(country.unit, _LARGE_REGIME)}/nhap")
        inputs = page.count(b"<input")
        if inputs < floors.ROWS * 7:
            raise Disagreement(f"a page with {inputs} inputs")
        parts = re.findall(r'(?:href|src)="([^"]+\.(?:css|js)\b[^"]*)"', page.decode())
        if not {"form.js", "form.css"} <= {urlsplit(part).path.rsplit("/", 1)[1] for part in parts}:
            raise Disagreement(f"a page with the parts {parts}")
        size += sum(fetched(html.unescape(part))[0] for part in parts)
    return Size(
        f"The form page of 40×12 with its {len(parts)} scripts and styles, as served", size, LARGEST_PAGE
    )

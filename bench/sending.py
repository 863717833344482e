"""A report of some 200 cells sent to the real site, and an approval with its roll-up, against the least that can do it.

The site and the bare route (`bare.py`) are served alike, each in a process of its own, on SQLite with the same
journal; one connection of this process speaks to both in turns. A report can be sent once: the pool of assigned ones is
larger than a measurement needs, and afterwards both databases are counted.
"""

from __future__ import annotations

import http.client
import itertools
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import templates_library
from bench.measure import Work
from compiler.cells import Layout
from compiler.package import Library
from compiler.periods import Period
from compiler.values import Address, Values
from renderers.html.names import field_name
from runtime.accounts import Grant
from runtime.demonstration import PROVINCE
from runtime.reports import Act, Refusal, ReportKey
from runtime.store import Store
from server.demonstration.browser import Browser
from server.demonstration.performance import filled_store, settings

REGIME = "kstt_quy"
_ROWS = 20
"""Rows that are filled: 7 entered and 4 computed cells each, with ratios 200 and more."""

_ROW = {"c4": 10, "c5": 5, "c8": 11, "c9": 3, "c10": 1, "c12": 0, "c13": 0}
"""Nothing pending, so that a quarter carries nothing into the next, whichever is sent first."""
_PERIODS = tuple(Period("quarter", year, number) for year in (2026, 2027) for number in (1, 2, 3, 4))
_PASSWORD = "mật khẩu để đo"


@contextmanager
def sending() -> Iterator[tuple[Work, Work]]:
    """The bare route and the site, ready to be sent to. Raises AssertionError where either did not store what it was
    sent."""
    with TemporaryDirectory() as folder:
        store, layout = _site(Path(folder))
        keys = [
            ReportKey(REGIME, unit, period)
            for period in _PERIODS
            for unit in store.units.all().children(PROVINCE)
        ]
        config, bare_path = Path(folder) / "site" / "bieu.toml", Path(folder) / "bare.db"
        database = f"sqlite:///{Path(folder) / 'site' / 'site.db'}"
        command = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port", "0"]
        site = _started([*command, "--config", str(config), "--db", database])
        bare = _started([sys.executable, "-m", "bench.bare", str(bare_path)])
        try:
            to_site, headers, hidden = _signed_in(site[1], keys[0])
            to_bare = http.client.HTTPConnection("127.0.0.1", bare[1])
            waiting, sent = iter(keys), itertools.count(1)
            done = {"site": 0, "bare": 0}

            def body(key: ReportKey, number: int) -> bytes:
                mine = {"@unit": key.unit, "@period": key.period.code, "@request": f"do-{number}"}
                return urlencode({**hidden, **_fields(layout), **mine}).encode()

            def send_bare() -> None:
                to_bare.request("POST", "/", body(keys[0], next(sent)), headers)
                answer = to_bare.getresponse()
                answer.read()
                assert answer.status == 200
                done["bare"] += 1

            def send_site() -> None:
                key = next(waiting)
                place = f"/bao-cao/{key.regime}/{key.period.code}/{key.unit}/gui"
                to_site.request("POST", place, body(key, next(sent)), headers)
                answer = to_site.getresponse()
                page = answer.read()
                assert answer.status == 303, page.decode(errors="replace")[:2000]
                done["site"] += 1

            yield send_bare, send_site
            to_site.close()
            to_bare.close()
        finally:
            for process, _ in (site, bare):
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()
        lines = [store.reports.line(key) for key in keys]
        stored = sum(line is not None and line.state == "sent" for line in lines)
        store.close()
        kept = sqlite3.connect(bare_path)
        assert kept.execute("SELECT count(*) FROM kept").fetchone()[0] == done["bare"]
        assert stored == done["site"], (stored, done)
        kept.close()


@contextmanager
def approving() -> Iterator[tuple[Work, Work]]:
    """The bare transaction and the store's approval, over a commune's two ancestors."""
    with TemporaryDirectory() as folder:
        store, layout = _site(Path(folder))
        act = Act("do", datetime.now(UTC))
        keys = [
            ReportKey(REGIME, unit, period)
            for period in _PERIODS
            for unit in store.units.all().children(PROVINCE)
        ]
        values = _values(layout)
        revisions: dict[ReportKey, int] = {}
        for number, key in enumerate(keys):
            done = store.desk.send(key, 0, act, f"do-{number}", values)
            assert not isinstance(done, Refusal), done
            line = store.reports.line(key)
            assert line is not None
            revisions[key] = line.revision
        waiting = iter(keys)

        def approve() -> None:
            key = next(waiting)
            done = store.desk.decide(key, "approve", revisions[key], act)
            assert not isinstance(done, Refusal), done

        yield _bare_approval(Path(folder)), approve
        store.close()


def _bare_approval(folder: Path) -> Work:
    """What an approval can't do without, by the raw driver: the report's state, a line of its log, and the states of
    the unit and two above it read and written."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE report (id INTEGER PRIMARY KEY, state TEXT, revision INTEGER, head TEXT)")
    database.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, report INTEGER, body TEXT, hash TEXT)")
    database.execute("CREATE TABLE state (unit INTEGER PRIMARY KEY, packed BLOB)")
    packed = bytes(12_000)
    database.executemany("INSERT INTO state VALUES (?, ?)", [(unit, packed) for unit in range(3)])
    database.execute("INSERT INTO report VALUES (1, 'sent', 1, '')")
    line = '{"action":"approve","at":"2026-09-16T08:00:00+07:00","by":"tinh.nhan","reason":""}'

    def approve() -> None:
        database.execute("BEGIN IMMEDIATE")
        database.execute("SELECT state, revision, head FROM report WHERE id = 1").fetchone()
        database.execute(
            "UPDATE report SET state = 'approved', revision = revision + 1, head = ? WHERE id = 1", (line,)
        )
        database.execute("INSERT INTO entry (report, body, hash) VALUES (1, ?, ?)", (line, "0" * 64))
        for unit in range(3):
            database.execute("SELECT packed FROM state WHERE unit = ?", (unit,)).fetchone()
            database.execute("UPDATE state SET packed = ? WHERE unit = ?", (packed, unit))
        database.execute("COMMIT")

    return approve


def _site(folder: Path) -> tuple[Store, Layout]:
    """A site's store with eight quarters handed out to 96 communes."""
    layout = (
        Library().load(Path(templates_library.__path__[0]) / "vpcp" / "kstt").compilation.regimes[0].layout
    )
    store = filled_store(settings(folder / "site"), layout)
    act = Act("do", datetime.now(UTC))
    for period in _PERIODS:
        assert not isinstance(store.rounds.assign(REGIME, period, act), Refusal)
    made = store.people.add_user("do", "Người đo", act, (Grant("leader", PROVINCE),))
    assert not isinstance(made, Refusal)
    changed = store.people.change_password("do", made.password, _PASSWORD, "127.0.0.1", act.at)
    assert not isinstance(changed, Refusal)
    return store, layout


def _values(layout: Layout) -> Values:
    rows = [row.name for row in layout.tables["b06a"].rows if row.kind == "listed"][:_ROWS]
    cells = {Address("b06a", row, column): number for row in rows for column, number in _ROW.items()}
    return Values(cells=cells, texts={"danh_gia": "Giải quyết kịp thời."})


def _fields(layout: Layout) -> dict[str, str]:
    values = _values(layout)
    return {field_name(address): str(number) for address, number in values.cells.items()} | dict(values.texts)


def _started(command: list[str]) -> tuple[subprocess.Popen[str], int]:
    """A server and the port that it says it took."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = re.search(r"(\d+)/? ?(?:\(|$)", process.stdout.readline().strip())
    assert port is not None, "the server did not start"
    return process, int(port.group(1))


def _signed_in(
    port: int, key: ReportKey
) -> tuple[http.client.HTTPConnection, dict[str, str], dict[str, str]]:
    """A connection, its headers, and the hidden fields of the form."""
    browser = Browser(f"http://127.0.0.1:{port}")
    browser.post(browser.get("/dang-nhap"), "/dang-nhap", {"ten": "do", "mat_khau": _PASSWORD})
    page = browser.get(f"/bao-cao/{key.regime}/{key.period.code}/{key.unit}/nhap")
    hidden = {name: text for name, text in page.form("/gui").fields if name.startswith("@")}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
    }
    return http.client.HTTPConnection("127.0.0.1", port), headers, hidden

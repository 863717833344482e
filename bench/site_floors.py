"""The floors of the site and its store: the least that could be done to keep the same bytes, by raw `sqlite3`.

`python -m bench.site_floors FILE` serves one Flask route that inserts what is posted to it into an SQLite file and
commits, and prints where it listens: Flask, waitress and a durable commit, and nothing else. `approve` runs the
statements of one approval whose values are all known beforehand: a locked read, the row, the log, the chain, the key
of the request, and the totals of the unit and all above it. Both write as durably as the store does (WAL,
synchronous FULL), and let writers of one process queue for the one place there is instead of trying again and again.
"""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, request
from waitress.server import create_server

THREADS = 8
"""As many as the site has by default."""


def durable(path: Path) -> sqlite3.Connection:
    """A connection that begins no transactions by itself."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def bare_app(path: Path) -> Flask:
    """The route `POST /reports`: what is posted becomes a row."""
    app = Flask(__name__)
    connection = durable(path)
    connection.execute("CREATE TABLE reports (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    turn = threading.Lock()

    @app.post("/reports")
    def insert() -> Response:
        body = request.get_data()
        with turn:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO reports (body) VALUES (?)", (body,))
            connection.execute("COMMIT")
        return Response(status=204)

    return app


class Approval(NamedTuple):
    """One approval, worked out beforehand.

    report: its id. entry: chain id, number, body and hash of the log's new entry. request: the key it was asked under,
    and the version. states: per unit from the report's own to the top, round id, unit, own state and merged state.
    """

    regime: str
    period: str
    unit: str
    report: int
    revision: int
    entry: tuple[int, int, bytes, str]
    request: tuple[str, int]
    states: Sequence[tuple[int, str, bytes | None, bytes]]


_REPORT = """
SELECT reports.id, rounds.template, units.name, templates.title, reports.due, reports.as_of, reports.state,
    reports.revision, reports.newest, reports.left_out, reports.path, reports.chain_id, chains.length, chains.head,
    versions.sent_at, versions.sent_by, versions.late
FROM reports
JOIN rounds ON rounds.id = reports.round_id
JOIN units ON units.code = reports.unit
JOIN templates ON templates.hash = rounds.template
JOIN chains ON chains.id = reports.chain_id
LEFT JOIN versions ON versions.report_id = reports.id AND versions.number = reports.newest
WHERE rounds.regime = ? AND rounds.period = ? AND reports.unit = ?
"""
_REQUEST = "SELECT action, version FROM requests WHERE report_id = ? AND key = ?"
_APPROVED = "UPDATE reports SET state = 'approved', left_out = '', newest = ?, revision = ? WHERE id = ?"
_ENTRY = "INSERT INTO entries (chain_id, number, body, hash) VALUES (?, ?, ?, ?)"
_CHAIN = "UPDATE chains SET length = ?, head = ? WHERE id = ?"
_ASKED = "INSERT INTO requests (report_id, key, action, version) VALUES (?, ?, 'approve', ?)"
_PART = "SELECT part FROM versions WHERE report_id = ? AND number = ?"
_PATH = """
SELECT unit, depth, own, merged FROM rollups WHERE round_id = ? AND unit IN (?, ?, ?) ORDER BY depth DESC, unit
"""
_STATE = "UPDATE rollups SET own = ?, merged = ? WHERE round_id = ? AND unit = ?"


def approve(connection: sqlite3.Connection, approval: Approval) -> None:
    """Run the transaction of an approval under two ancestors."""
    chain, number, body, hash = approval.entry
    key, version = approval.request
    states = approval.states
    execute = connection.execute
    execute("BEGIN IMMEDIATE")
    execute(_REPORT, (approval.regime, approval.period, approval.unit)).fetchone()
    execute(_REQUEST, (approval.report, key)).fetchone()
    execute(_APPROVED, (version, approval.revision, approval.report))
    execute(_ENTRY, (chain, number, body, hash))
    execute(_CHAIN, (number, hash, chain))
    execute(_ASKED, (approval.report, key, version))
    execute(_PART, (approval.report, version)).fetchone()
    execute(_PATH, (states[0][0], *(state[1] for state in states))).fetchall()
    connection.executemany(_STATE, [(own, merged, round, unit) for round, unit, own, merged in states])
    execute("COMMIT")


def main() -> None:
    """Serve the bare route on a free port of loopback until killed."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = create_server(bare_app(Path(sys.argv[1])), sockets=[listener], threads=THREADS, ident=None)
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/\n")
    sys.stdout.flush()
    server.run()


if __name__ == "__main__":
    main()

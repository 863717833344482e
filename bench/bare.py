"""The floor of a submission over HTTP: a bare Flask route that inserts the bytes it is sent, and commits.

Served like the site, by waitress with as many threads, in a process of its own: `python -m bench.bare DATABASE` says
which port it took.
"""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading

from flask import Flask, request
from waitress import serve


def create_bare(path: str) -> Flask:
    """The application. Every thread has a connection of its own, in the journal mode the site's store uses."""
    app = Flask(__name__)
    own = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(own, "connection"):
            own.connection = sqlite3.connect(path, isolation_level=None)
            own.connection.execute("PRAGMA journal_mode = WAL")
            own.connection.execute("PRAGMA synchronous = FULL")
        found: sqlite3.Connection = own.connection
        return found

    @app.post("/")
    def keep() -> str:
        database = connection()
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO kept (body) VALUES (?)", (request.get_data(),))
        database.execute("COMMIT")
        return "kept"

    database = connection()
    database.execute("CREATE TABLE IF NOT EXISTS kept (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    return app


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    serve(create_bare(sys.argv[1]), sockets=[listener], threads=8, ident=None)

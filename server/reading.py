"""A demonstration's results, served for reading: the forms that were built, the files that came in, the report.

Reads one folder and changes nothing. The site with accounts and a database is another application.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, render_template, send_from_directory

from compiler.findings import sentence
from renderers.registry import TARGETS
from server.preview import CONTENT_POLICY

if TYPE_CHECKING:
    from server.commands.demo import Demonstration


def create_reading(folder: Path, demo: Demonstration) -> Flask:
    """The application that shows what `bieu demo` left in `folder`."""
    app = Flask(__name__)
    root = folder.resolve()

    @app.get("/")
    def index() -> str:
        return render_template(
            "reading.html",
            regimes=[regime.template for regime in demo.regimes],
            targets=TARGETS,
            demo=demo,
            sentence=sentence,
            report=demo.report.name,
        )

    @app.get("/<path:name>")
    def file(name: str) -> Response:
        if any(part.startswith(".") for part in Path(name).parts):
            abort(404)
        return send_from_directory(root, name)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app

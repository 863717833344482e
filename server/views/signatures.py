"""Checking the signatures of any PDF: what they say, and whether the figures inside hold. Nothing is kept."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from server.telling import finding_rows
from server.views.report import verified

blueprint = Blueprint("signatures", __name__)


@blueprint.get("/kiem-tra-chu-ky")
def check() -> ResponseReturnValue:
    """The page to choose a file on."""
    return render_template("check_signature.html", name="", verification=None, rows=finding_rows, words=())


@blueprint.post("/kiem-tra-chu-ky")
def checked() -> ResponseReturnValue:
    """What there is to say about the file."""
    file = request.files.get("tep")
    data = b"" if file is None else file.read()
    if not data:
        words = ("Chưa chọn tệp, hoặc tệp rỗng.",)
        page = render_template(
            "check_signature.html", name="", verification=None, rows=finding_rows, words=words
        )
        return page, 422
    name = "" if file is None else (file.filename or "")[:120]
    return render_template(
        "check_signature.html", name=name, verification=verified(data), rows=finding_rows, words=()
    )

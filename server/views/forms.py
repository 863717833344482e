"""What a form's page brings along: its program and its look, the same for every report of a published template.

The address carries the template's hash and a digest of the content, so browsers keep it for good: a unit on a bad line
fetches a form's program once.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from compiler.cells import Layout
from renderers.registry import target
from server.errors import NotHere
from server.site import this_site

blueprint = Blueprint("forms", __name__)

_PARTS = {"form.js": "javascript", "form.css": "css"}


@blueprint.get("/forms/<hash>/<name>")
def part(hash: str, name: str) -> ResponseReturnValue:
    """form.js or form.css of a published template."""
    if name not in _PARTS:
        raise NotHere
    try:
        layout = this_site().store.templates.regime(hash).layout
    except KeyError:
        raise NotHere from None
    answer = Response(_content(layout, name), mimetype=target(_PARTS[name]).media_type)
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def part_address(layout: Layout, hash: str, name: str) -> str:
    """Where a part of a form is fetched: another address whenever its content is another."""
    digest = hashlib.sha256(_content(layout, name)).hexdigest()[:12]
    return url_for("forms.part", hash=hash, name=name, v=digest)


@lru_cache(maxsize=64)
def _content(layout: Layout, name: str) -> bytes:
    return target(_PARTS[name]).render(layout, None)

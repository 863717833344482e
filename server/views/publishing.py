"""Packages of forms: every target to look at before publishing, publishing, and what is in force.

What is published is what was looked at: the button carries the form's hash, and a package changed meanwhile is refused.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import templates_library
from compiler.pipeline import Regime
from compiler.template import template_hash
from renderers.registry import TARGETS
from runtime.reports import Refusal
from server.errors import NotHere, Problem, refusal_status
from server.preview import Watched
from server.site import act, this_site
from server.words import told

blueprint = Blueprint("publishing", __name__)


@blueprint.get("/quan-tri/bieu-mau")
def packages() -> ResponseReturnValue:
    """The packages on the server, what the compiler says of them, and what was published."""
    return _page("", (), 200)


@blueprint.get("/quan-tri/bieu-mau/<regime>/<filename>")
def target(regime: str, filename: str) -> ResponseReturnValue:
    """One target of a regime as its package is now."""
    layout = _regime(regime).layout
    wanted = next((each for each in TARGETS if each.filename == filename), None)
    if wanted is None:
        raise NotHere("Không có sản phẩm này.")
    charset = "; charset=utf-8" if wanted.media_type.startswith("text/") else ""
    return Response(wanted.render(layout, None), content_type=wanted.media_type + charset)


@blueprint.post("/quan-tri/bieu-mau/<regime>/ban-hanh")
def publish(regime: str) -> ResponseReturnValue:
    """Put a form in force from a day on."""
    found = _regime(regime)
    template = found.template
    if request.form.get("hash", "") != template_hash(template):
        raise Problem(409, "Gói đã đổi từ khi mở trang", "Hãy mở lại trang, xem lại biểu mẫu rồi ban hành.")
    text = request.form.get("tu_ngay", "").strip()
    starts = None
    if text:
        try:
            starts = date.fromisoformat(text)
        except ValueError:
            return _page(regime, ("Ngày áp dụng không đúng dạng.",), 422)
    # Proven only when it matters: it takes longer than showing the page.
    against = _watched().proven_against(regime)
    if against:
        return _page(regime, tuple(f"{reason[:1].upper()}{reason[1:]}." for reason in against), 422)
    published = this_site().store.templates.publish(found.whole, act(), starts)
    if isinstance(published, Refusal):
        return _page(regime, tuple(told(each) for each in published.findings), refusal_status(published))
    return redirect(url_for("publishing.packages", da="ban-hanh"), 303)


def _watched() -> Watched:
    """The packages of this site's folder, compiled again only when a file changes."""
    watched = current_app.extensions.get("bieu-packages")
    if not isinstance(watched, Watched):
        folder = this_site().config.packages or Path(next(iter(templates_library.__path__)))
        watched = current_app.extensions.setdefault("bieu-packages", Watched(folder, "vi", needs_lock=True))
    assert isinstance(watched, Watched)
    return watched


def _regime(name: str) -> Regime:
    found = _watched().regime(name)
    if found is None:
        raise NotHere("Không có chế độ báo cáo này trong các gói, hoặc gói đang có lỗi.")
    return found


def _page(tried: str, words: tuple[str, ...], status: int) -> ResponseReturnValue:
    watched = _watched()
    watched.refresh()
    regimes = [regime for package in watched.packages for regime in package.compilation.regimes]
    published = this_site().store.templates.published()
    page = render_template(
        "packages.html",
        regimes=[(regime.template, template_hash(regime.template)) for regime in regimes],
        published=published,
        hashes={each.hash for each in published},
        targets=TARGETS,
        messages=watched.messages(),
        tried=tried,
        words=words,
    )
    return page, status

"""Handing a period out: every unit that a regime names, within the operator's units, owes a report from then on."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from compiler.periods import Period, PeriodProblem, parse_period
from runtime.reports import Refusal
from runtime.storage.records import HandedOut
from server.access import within
from server.errors import refusal_status
from server.site import act, this_site, this_user
from server.words import told

blueprint = Blueprint("rounds", __name__)


@blueprint.get("/quan-tri/giao-ky")
def rounds() -> ResponseReturnValue:
    """What was handed out, and the form to hand out more."""
    return _page("", "", (), None, 200)


@blueprint.post("/quan-tri/giao-ky")
def assign() -> ResponseReturnValue:
    """Hand a period out. Doing it again reaches only units that owe nothing yet."""
    regime, code = request.form.get("che_do", ""), request.form.get("ky", "").strip()
    known = {each.regime for each in this_site().store.templates.published()}
    period = parse_period(code)
    words = []
    if regime not in known:
        words.append("Hãy chọn một chế độ báo cáo đã ban hành.")
    if isinstance(period, PeriodProblem):
        words.append(told(period.finding()))
    if words or not isinstance(period, Period):
        return _page(regime, code, tuple(words), None, 422)
    done = this_site().store.rounds.assign(regime, period, act(), within(this_user(), "assign", regime))
    if isinstance(done, Refusal):
        return _page(regime, code, tuple(told(each) for each in done.findings), None, refusal_status(done))
    return _page(regime, "", (), done, 200)


def _page(
    regime: str, code: str, words: tuple[str, ...], done: HandedOut | None, status: int
) -> ResponseReturnValue:
    store = this_site().store
    published = store.templates.published()
    page = render_template(
        "assign.html",
        opened=store.rounds.opened(),
        titles={each.regime: each.title for each in published},
        regime=regime,
        code=code,
        words=words,
        done=done,
    )
    return page, status

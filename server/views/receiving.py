"""What comes in: the reports a user decides on, by regime, period and state."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from compiler.periods import Period, parse_period
from runtime.reports import Refusal, ReportKey
from runtime.storage.records import Page, ReportLine
from server.access import may
from server.errors import NotYours, Problem
from server.site import act, this_site, this_user
from server.views.my_reports import PAGE, asked_page, asked_state, standing
from server.words import told

blueprint = Blueprint("receiving", __name__)

_MOST_AT_ONCE = 200
_FILTERS = ("che_do", "ky", "trang_thai", "don_vi")


@blueprint.get("/tiep-nhan")
def received() -> ResponseReturnValue:
    """The list, filtered."""
    return _page((), 200)


@blueprint.post("/tiep-nhan/duyet")
def approve_all() -> ResponseReturnValue:
    """Approve the reports that were ticked, each by itself: one that can't be holds up no other."""
    chosen = [_chosen(text) for text in request.form.getlist("chon")]
    if not chosen or len(chosen) > _MOST_AT_ONCE:
        return _page((f"Hãy chọn từ 1 đến {_MOST_AT_ONCE} báo cáo để duyệt.",), 422)
    if not all(may("approve", key.unit, key.regime) for key, _ in chosen):
        raise NotYours
    done = this_site().store.desk.decide_all(chosen, "approve", act())
    refused = [
        f"{key.unit}: {'; '.join(told(each) for each in result.findings)}"
        for (key, _), result in zip(chosen, done, strict=True)
        if isinstance(result, Refusal)
    ]
    if refused:
        return _page((f"Đã duyệt {len(done) - len(refused)} báo cáo. Chưa duyệt được:", *refused), 409)
    filters: dict[str, Any] = {name: request.form.get(name) or None for name in _FILTERS}
    return redirect(url_for("receiving.received", **filters, da="lam"), 303)


def _page(words: tuple[str, ...], status: int) -> ResponseReturnValue:
    site, user = this_site(), this_user()
    regime, unit = request.values.get("che_do") or None, request.values.get("don_vi") or None
    period, state, number = asked_period(), asked_state(), asked_page()
    page: Page[ReportLine] = site.store.reports.page(
        user,
        "received",
        regime=regime,
        period=period,
        state=state,
        unit=unit,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    rounds = site.store.rounds.opened()
    html = render_template(
        "received.html",
        page=page,
        rounds=rounds,
        regimes=dict.fromkeys(each.regime for each in rounds),
        periods=dict.fromkeys(each.period for each in rounds),
        regime=regime,
        period=period,
        state=state,
        unit=unit,
        number=number,
        pages=(page.total + PAGE - 1) // PAGE,
        counts=site.store.reports.counts(user, "received", regime=regime, period=period),
        standing=standing,
        words=words,
        titles=_titles(),
    )
    return html, status


def _titles() -> dict[str, str]:
    """What regimes are called, by their newest form."""
    return {each.regime: each.title for each in this_site().store.templates.published()}


def asked_period() -> Period | None:
    """The period to filter by, where the address names one."""
    text = request.values.get("ky", "")
    period = parse_period(text) if text else None
    return period if isinstance(period, Period) else None


def _chosen(text: str) -> tuple[ReportKey, int]:
    """A ticked report: regime, period, unit and the revision its line was made from."""
    parts = text.split("|")
    period = parse_period(parts[1]) if len(parts) == 4 else None
    if not isinstance(period, Period) or not parts[3].isdecimal() or len(parts[3]) > 9:
        raise Problem(400, "Yêu cầu không đọc được", "Hãy tải lại danh sách rồi chọn lại.")
    return ReportKey(parts[0], parts[2], period), int(parts[3])

"""Filling a report in: the form in the site's page, drafts saved as one types, sending.

Without JavaScript the form's two buttons do the same in whole pages. Nothing that was typed is lost: what can't be
read, isn't allowed or comes too late is shown again as it was typed, with what is the matter beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from compiler.findings import Finding
from compiler.periods import Period
from compiler.values import Address, GroupKey, Scalar, Values
from renderers.document import read_submission
from renderers.html.controls import Note
from renderers.html.form import fragment
from renderers.html.hosting import Action, Hosting
from renderers.html.names import field_name
from renderers.html.posted import Posted, read_posted
from runtime.reports import Refusal, Regime, ReportKey
from runtime.storage.records import Draft, Entry, ReportLine, Sent, StaleDraft
from runtime.workflow import transition
from server.access import may
from server.errors import NotHere, Problem, Refused, refusal_status
from server.printing import filling_of
from server.protection import TOKEN_FIELD, form_token, once
from server.site import act, this_site
from server.telling import (
    asks_for_explanations,
    explanation_name,
    explanations_of,
    kept_explanations,
    notes_in_form,
    told_in_form,
    unexplained,
)
from server.views.forms import part_address
from server.words import clock, told

blueprint = Blueprint("filling", __name__)

PLACE = "/bao-cao/<regime>/<period:period>/<unit>"
"""Where a report is found."""

REVISION_FIELD, REQUEST_FIELD = "@revision", "@request"
_OWN = frozenset({TOKEN_FIELD, REVISION_FIELD, REQUEST_FIELD})


@dataclass(frozen=True)
class Shown:
    """What the page shows beside the draft: what was typed instead, what is said of it."""

    values: Values | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    words: tuple[str, ...] = ()
    status: int = 200


@blueprint.get(f"{PLACE}/nhap")
def form(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The form, filled with the draft and with what is taken over from earlier reports."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    if transition(line.state, "enter") is None:
        return redirect(report_address(key, da="khoa-nhap"), 303)
    return _page(key, line, Shown())


@blueprint.post(f"{PLACE}/nhap")
def save(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Keep what stands in the form as the draft."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    typed, posted, findings = _read(key, line)
    shown = Shown(_as_posted(posted), typed, posted.explanations, findings)
    if findings:
        return _page(key, line, replace(shown, status=422, words=("Chưa lưu: có ô không đọc được.",)))
    saved = this_site().store.desk.save_draft(key, posted.values, _revision(), act())
    if isinstance(saved, Refusal):
        return _refused(key, line, shown, saved)
    return redirect(url_for("filling.form", **address(key), da="luu"), 303)


@blueprint.post(f"{PLACE}/ban-nhap")
def save_draft(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Keep a draft that the page's program posts as JSON; the answer is for the program."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    regime_now = this_site().store.templates.regime(line.template)
    head, values, findings = read_submission(regime_now.layout, request.get_data())
    if head is None or findings or (head.unit, head.period) != (unit, period.code):
        words = [told(each) for each in findings] or ["Số liệu không phải của báo cáo này."]
        return jsonify(title="Chưa lưu được", words=words), 422
    saved = this_site().store.desk.save_draft(key, values, _revision(), act())
    match saved:
        case StaleDraft():
            words = [told(each) for each in saved.findings]
            return jsonify(title="Có người đã lưu", words=words, revision=saved.current.revision), 409
        case Refusal():
            words = [told(each) for each in saved.findings]
            return jsonify(title="Chưa lưu được", words=words), refusal_status(saved)
        case Draft():
            return jsonify(revision=saved.revision, saved=clock(saved.saved_at or this_site().now()))


@blueprint.post(f"{PLACE}/gui")
def send(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Send what stands in the form."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    typed, posted, findings = _read(key, line)
    shown = Shown(_as_posted(posted), typed, posted.explanations, findings)
    if findings:
        return _page(key, line, replace(shown, status=422, words=("Chưa gửi được: có ô không đọc được.",)))
    site = this_site()
    layout = site.store.templates.regime(line.template).layout
    reason = ""
    if asks_for_explanations(layout) and transition(line.state, "send") is not None:
        live = site.store.desk.live(key, posted.values)
        found = () if live is None else live[1]
        waiting = unexplained(layout, found, posted.explanations)
        if waiting and all(each.severity != "error" for each in found):
            words = ("Chưa gửi được: hãy giải trình các cảnh báo dưới đây.",)
            return _page(key, line, replace(shown, findings=found, words=words, status=422))
        reason = kept_explanations(layout, found, posted.explanations)
    request_key = request.form.get(REQUEST_FIELD, "")
    sent = site.store.desk.send(key, _revision(), act(reason), request_key, posted.values)
    if isinstance(sent, Sent):
        return redirect(report_address(key, da="gui-roi" if sent.repeated else "gui"), 303)
    return _refused(key, line, shown, sent)


# -- parts of the page ---------------------------------------------------------------------------------------


def line_of(key: ReportKey) -> ReportLine:
    """The report; NotHere where the unit owes none."""
    line = this_site().store.reports.line(key)
    if line is None:
        raise NotHere("Đơn vị này không được giao báo cáo này.")
    return line


def address(key: ReportKey) -> dict[str, Any]:
    """A report in the terms of an address."""
    return {"regime": key.regime, "period": key.period, "unit": key.unit}


def report_address(key: ReportKey, **more: Any) -> str:
    """Where a report is shown."""
    return url_for("report.show", **address(key), **more)


def _read(key: ReportKey, line: ReportLine) -> tuple[dict[str, str], Posted, tuple[Finding, ...]]:
    """What was posted: as typed, as read, and what could not be read. Raises Problem for another report's page."""
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in _OWN]
    layout = this_site().store.templates.regime(line.template).layout
    posted, findings = read_posted(layout, fields)
    expected = {"template": line.template, "unit": key.unit, "period": key.period.code}
    if any(posted.head.get(name) != value for name, value in expected.items()):
        raise Problem(
            409, "Trang của báo cáo khác", "Biểu mẫu đã đổi từ khi mở trang. Hãy mở lại trang nhập."
        )
    return dict(fields), posted, findings


def _as_posted(posted: Posted) -> Values:
    """The values with self-added rows under the numbers they were posted by, for showing them again."""
    added: dict[GroupKey, tuple[Mapping[str, Scalar], ...]] = {
        group: tuple(rows.get(number, {}) for number in range(1, max(rows) + 1))
        for group, rows in posted.numbered.items()
        if rows
    }
    return replace(posted.values, added=added)


def _revision() -> int:
    """The revision of the draft that the page was made from; one that is no number was never given out."""
    text = request.headers.get("X-Revision") or request.form.get(REVISION_FIELD, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _refused(key: ReportKey, line: ReportLine, shown: Shown, refusal: Refusal) -> ResponseReturnValue:
    """The page again, with why. A draft saved meanwhile stays as it is, until it is replaced knowingly."""
    if isinstance(refusal, StaleDraft):
        words = (
            *(told(each) for each in refusal.findings),
            "Số trên trang này là của bạn. Lưu hoặc gửi lần nữa sẽ thay bản kia; "
            "mở trang nhập ở thẻ khác để xem bản kia trước.",
        )
        return _page(key, line, replace(shown, words=words, status=409))
    placed = tuple(each for each in refusal.findings if each.place.table or each.place.text)
    if not placed:
        raise Refused(refusal)
    words = ("Chưa gửi được: còn lỗi hoặc còn thiếu.",)
    return _page(key, line, replace(shown, findings=placed, words=words, status=refusal_status(refusal)))


def _page(key: ReportKey, line: ReportLine, shown: Shown) -> ResponseReturnValue:
    store = this_site().store
    regime = store.templates.regime(line.template)
    draft = store.desk.draft(key)
    if draft is None:
        raise NotHere
    values = draft.values if shown.values is None else shown.values
    live = store.desk.live(key, values)
    assert live is not None  # the report is there
    evaluation, found = live
    view = store.reports.view(key)
    history = () if view is None else view.history
    wish = _wish(history) if line.state == "returned" else None
    sent = next((entry for entry in reversed(history) if entry.action == "send"), None)
    explanations = {**({} if sent is None else explanations_of(sent.act)), **shown.explanations}
    findings: Sequence[Finding] = shown.findings
    if not findings and not shown.typed:
        # On a page just opened only what was explained before stands above the form.
        findings = [each for each in found if explanation_name(regime.layout, each) in explanations]
    notes = {**_reasons(wish), **notes_in_form(shown.findings)}
    hosting = Hosting(
        actions=_actions(key),
        hidden=(
            (TOKEN_FIELD, form_token()),
            (REVISION_FIELD, str(draft.revision)),
            (REQUEST_FIELD, once()),
        ),
        draft=url_for("filling.save_draft", **address(key)),
        typed=shown.typed,
        notes=notes,
        told=told_in_form(regime.layout, findings, explanations),
    )
    page = render_template(
        "filling.html",
        key=key,
        line=line,
        form=_fragment(regime, key, evaluation.values, hosting),
        script=part_address(regime.layout, line.template, "form.js"),
        style=part_address(regime.layout, line.template, "form.css"),
        draft=draft,
        words=shown.words,
        wish=wish,
        address=address(key),
    )
    return page, shown.status


def _fragment(regime: Regime, key: ReportKey, values: Values, hosting: Hosting) -> str:
    tree = this_site().store.units.all()
    return fragment(regime.layout, filling_of(regime.layout, tree, key.unit, key.period, values), hosting)


def _actions(key: ReportKey) -> tuple[Action, ...]:
    """Saving stands first: it is what Enter in a field does where no program runs."""
    keep = Action("Lưu bản nháp", url_for("filling.save", **address(key)), unchecked=True)
    if not may("send", key.unit, key.regime):
        return (keep,)
    return (keep, Action("Gửi báo cáo", url_for("filling.send", **address(key)), primary=True))


def _wish(history: Sequence[Entry]) -> Entry | None:
    """The last return or refusal: what the receiver wants corrected."""
    return next((entry for entry in reversed(history) if entry.action in {"return", "refuse"}), None)


def _reasons(wish: Entry | None) -> dict[str, Note]:
    if wish is None:
        return {}
    return {
        field_name(Address(*cell)): Note(f"Nơi nhận: {words}") for cell, words in wish.cell_reasons.items()
    }

"""Filling a report in with Excel: the workbook with the draft in it, and the file that comes back.

A file is read as a whole. One without errors becomes the draft, to be looked at and sent on the page. Of one with
errors nothing is kept unless the unit asks for it: then what could be read becomes the draft.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from pathlib import PurePath
from unicodedata import normalize
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.periods import Period
from compiler.template import template_hash
from compiler.values import Values
from renderers.document import Submission, read_submission, submission_bytes
from renderers.registry import target
from renderers.xlsx.mark import marked
from renderers.xlsx.read import read_workbook
from runtime.intake import CheckedReport, Expected, RefusedFile, read_report
from runtime.reports import Refusal, ReportKey
from runtime.storage.records import ReportLine, StaleDraft
from runtime.workflow import transition
from server.errors import Problem, Refused
from server.printing import filling_of
from server.site import act, this_site
from server.telling import finding_rows
from server.views.filling import PLACE, REVISION_FIELD, address, line_of
from server.words import told

blueprint = Blueprint("workbooks", __name__)

_LONGEST_NAME = 120
_ORIGINAL = "tep_goc"
_ROOM = 4_096
"""Bytes of a posted page beside the workbook in it."""

_OTHER_REPORT = frozenset({"wrong_unit", "other_period", "unknown_unit", "not_a_period", "wrong_period"})


@blueprint.get(f"{PLACE}/mau.xlsx")
def download(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The workbook, filled with the draft and with what is taken over from earlier reports."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    store = this_site().store
    made = store.templates.regime(line.template)
    live = store.desk.live(key)
    assert live is not None  # the report is there
    filling = filling_of(made.layout, store.units.all(), unit, period, live[0].values)
    kind = target("xlsx")
    return attachment(kind.render(made.layout, filling), f"{file_stem(key)}.xlsx", kind.media_type)


@blueprint.post(f"{PLACE}/tep")
def upload(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Read a workbook, or a JSON file, into the draft; or say everything that is wrong with it."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    if transition(line.state, "enter") is None:
        raise Problem(409, "Không còn nhập được", "Báo cáo không còn ở trạng thái nhập số liệu.")
    file = request.files.get("tep")
    data = b"" if file is None else file.read()
    name = _file_name("" if file is None else file.filename or "")
    store = this_site().store
    layout = store.templates.regime(line.template).layout
    if not data:
        return _page(key, line, name, ("Chưa chọn tệp, hoặc tệp rỗng.",), ()), 422
    report = read_report(layout, data, name, _expected(key, line))
    if isinstance(report, RefusedFile):
        words = ("Chưa nhận tệp: có lỗi phải sửa. Chưa có gì được lưu.",)
        keep = _readable(layout, data, report, key)
        original = _original(data, report)
        return _page(key, line, name, words, report.findings, keep, original=original), 422
    saved = store.desk.save_draft(key, report.entered, _revision(), act())
    if isinstance(saved, StaleDraft):
        stale = tuple(told(each) for each in saved.findings)
        keep = _document(layout, key, report.entered)
        return _page(key, line, name, stale, (), keep, saved.current.revision), 409
    if isinstance(saved, Refusal):
        return _page(key, line, name, ("Chưa nhận tệp.",), saved.findings), 422
    store.files.attach(key, "workbook", name, _media_type(report), data, 0, act())
    noted = [finding for finding in report.findings if finding.severity == "warning" and not finding.check]
    if noted:
        # What checks warn of is said on the form's own page; what only the file shows is said here or never.
        return _page(key, line, name, (), tuple(noted), taken=True)
    return redirect(url_for("filling.form", **address(key), da="tep"), 303)


@blueprint.post(f"{PLACE}/tep/danh-dau")
def mark(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The refused workbook with all that is wrong marked in it. Nothing of it was kept: the page brings it back."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    layout = this_site().store.templates.regime(line.template).layout
    try:
        data = b64decode(request.form.get(_ORIGINAL, ""), altchars=b"-_", validate=True)
    except ValueError:
        data = b""
    name = _file_name(request.form.get("ten", ""))
    findings = read_report(layout, data, name, _expected(key, line)).findings
    copy = marked(data, findings)
    if copy is None:
        raise Problem(422, "Không đánh dấu được tệp", "Hãy xem danh sách lỗi và sửa trong tệp của bạn.")
    return attachment(copy, f"{PurePath(name).stem}-danh-dau.xlsx", target("xlsx").media_type)


@blueprint.post(f"{PLACE}/tep/giu")
def keep(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Make what could be read of a file the draft, as the unit asked."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    layout = this_site().store.templates.regime(line.template).layout
    head, values, findings = read_submission(layout, request.form.get("tai_lieu", "").encode())
    if head is None or findings or (head.unit, head.period) != (unit, period.code):
        raise Problem(422, "Không đọc lại được số liệu", "Hãy gửi lại tệp.")
    saved = this_site().store.desk.save_draft(key, values, _revision(), act())
    if isinstance(saved, Refusal):
        raise Refused(saved)
    return redirect(url_for("filling.form", **address(key), da="giu"), 303)


# -- files as they go out ------------------------------------------------------------------------------------


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """Bytes as a file to keep."""
    answer = Response(data, content_type=media_type)
    plain = normalize("NFD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    # A header holds no letters of Vietnamese but in this form (RFC 5987); what can't read it gets them bare.
    full = {} if plain == name else {"filename*": f"UTF-8''{quote(name, safe='')}"}
    answer.headers.set("Content-Disposition", "attachment", filename=plain, **full)
    return answer


def file_stem(key: ReportKey) -> str:
    """The name of a report's files, without an ending."""
    return f"{key.regime}-{key.unit}-{key.period.code}"


def _expected(key: ReportKey, line: ReportLine) -> Expected:
    store = this_site().store
    captured = {capture: taken.value for capture, taken in store.desk.captures(key).items()}
    return Expected(
        unit=key.unit,
        period=key.period,
        captured=captured,
        editions=lambda earlier: store.templates.lineage(earlier, line.template),
    )


def _original(data: bytes, report: RefusedFile) -> str:
    """A workbook with something to mark, as text that the page brings back when the marked copy is asked for."""
    placed = any(finding.place.cell is not None for finding in report.findings)
    fits = len(data) * 4 // 3 + _ROOM < this_site().config.largest_upload
    return urlsafe_b64encode(data).decode() if report.kind == "xlsx" and placed and fits else ""


def _page(
    key: ReportKey,
    line: ReportLine,
    name: str,
    words: tuple[str, ...],
    findings: tuple[Finding, ...],
    document: str = "",
    revision: int | None = None,
    original: str = "",
    taken: bool = False,
) -> str:
    return render_template(
        "upload.html",
        key=key,
        line=line,
        name=name,
        words=words,
        rows=finding_rows(findings),
        document=document,
        original=original,
        taken=taken,
        revision=_revision() if revision is None else revision,
        address=address(key),
    )


def _readable(layout: Layout, data: bytes, report: RefusedFile, key: ReportKey) -> str:
    """What could be read of a file with errors, as a document to keep; "" where it is no file of this report."""
    codes = {finding.code for finding in report.findings}
    mine = (report.unit, report.period) == (key.unit, key.period.code)
    if report.kind is None or not mine or codes & _OTHER_REPORT:
        return ""
    if report.kind == "xlsx":
        values, identity, _ = read_workbook(layout, data)
        if identity is None or identity.template_hash != template_hash(layout.template):
            return ""
    else:
        head, values, _ = read_submission(layout, data)
        if head is None:
            return ""
    return _document(layout, key, values)


def _document(layout: Layout, key: ReportKey, values: Values) -> str:
    template = layout.template
    head = Submission(regime=template.regime, version=template.version, unit=key.unit, period=key.period.code)
    entered = {
        address: value
        for address, value in values.cells.items()
        if layout.by_address[address].kind in {"entered", "carried"}
    }
    return submission_bytes(layout, head, Values(entered, values.added, values.texts)).decode()


def _revision() -> int:
    text = request.form.get(REVISION_FIELD, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _file_name(name: str) -> str:
    """The last part of what a browser calls a file, short enough to keep."""
    return PurePath(name.replace("\\", "/")).name.strip()[:_LONGEST_NAME] or "tep"


def _media_type(report: CheckedReport) -> str:
    return target("xlsx").media_type if report.kind == "xlsx" else "application/json"

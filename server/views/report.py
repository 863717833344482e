"""One report: its values in any version, what was found, all that happened to it, its files; printing and signing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.frozen import sha256
from compiler.periods import Period
from compiler.template import ValueType, template_hash
from compiler.values import Address, CaptureKey, GroupKey
from renderers.filling import Filling, Replaced
from renderers.html.controls import printed
from renderers.pdf.report import render as render_pdf
from renderers.places import Places, report_words
from runtime.reports import Refusal, Regime, ReportKey, Version
from runtime.signing import Identity, SigningFailed, read_identity, sign_pdf
from runtime.storage.records import Difference, ReportView, StoredFile
from runtime.verification import Trust, Verification, verify_pdf
from runtime.workflow import Action, allowed
from server.access import may
from server.errors import NotHere, Problem, Refused
from server.printing import embedded, filling_of
from server.site import act, this_site
from server.telling import FindingRow, explained_findings, explanations_of, finding_rows
from server.views.filling import PLACE, address
from server.views.my_reports import standing
from server.views.sheets import CellLook, Look, sheet, shown
from server.views.workbooks import attachment, file_stem

blueprint = Blueprint("report", __name__)

LARGEST_KEY = 2**20
"""Bytes of a PKCS#12 archive."""


@dataclass(frozen=True)
class DifferenceRow:
    """A difference in words."""

    where: str
    before: str
    after: str


@blueprint.get(PLACE)
def show(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The report as it stands, or in the version asked for."""
    key = ReportKey(regime, unit, period)
    view = view_of(key)
    store = this_site().store
    made = store.templates.regime(view.line.template)
    number = _asked_version(view)
    version = None if number == 0 else store.reports.version(key, number)
    findings: tuple[tuple[FindingRow, str], ...] = ()
    carried: tuple[Finding, ...] = ()
    page = None
    if version is not None:
        sent = next(each for each in view.history if each.action == "send" and each.version == number)
        findings = explained_findings(made.layout, made.check(version.values)[1], explanations_of(sent.act))
        if number == view.line.version:
            carried = store.desk.carried_over(key)
        page = sheet(
            made.layout,
            filling_of(made.layout, store.units.all(), unit, period, version.values),
            _changed_look(key, number, view),
        )
    return render_template(
        "report.html",
        key=key,
        view=view,
        line=view.line,
        number=number,
        version=version,
        sheet=page,
        shown=shown,
        findings=findings,
        carried=finding_rows(carried, notices=True),
        acts=_acts(view),
        standing=standing(view.line),
        explanations=explanations_of,
        places=Places(made.layout),
        wish=next(
            (each for each in reversed(view.history) if each.action in {"return", "refuse", "ask"}), None
        ),
        signing=this_site().signing,
        can_sign=version is not None and number == view.line.version and may("send", unit, regime),
        base=_base_of_signing(view, number),
        address=address(key),
    )


@blueprint.get(f"{PLACE}/so-sanh")
def compare(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """What differs between two versions."""
    key = ReportKey(regime, unit, period)
    view = view_of(key)
    store = this_site().store
    numbers = [_number(request.args.get(name, "")) for name in ("truoc", "sau")]
    found = store.reports.compare(key, *numbers)
    if isinstance(found, Refusal):
        raise Refused(found)
    layout = store.templates.regime(view.line.template).layout
    rows = [_row(layout, each) for each in found]
    return render_template(
        "compare.html",
        key=key,
        line=view.line,
        before=numbers[0],
        after=numbers[1],
        rows=rows,
        address=address(key),
    )


@blueprint.get(f"{PLACE}/bao-cao.pdf")
def pdf(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """A version as PDF, not signed."""
    key = ReportKey(regime, unit, period)
    view = view_of(key)
    number = _asked_version(view)
    return attachment(_printed(key, view, number), f"{file_stem(key)}-v{number}.pdf", "application/pdf")


@blueprint.post(f"{PLACE}/ky")
def sign(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Sign the newest version's PDF, or add a signature to the one signed before, and keep it with the version."""
    key = ReportKey(regime, unit, period)
    view = view_of(key)
    number = view.line.version
    if number == 0 or _number(request.form.get("phien_ban", "")) != number:
        raise Problem(409, "Báo cáo đã có phiên bản khác", "Hãy mở lại trang báo cáo rồi ký.")
    base = _base_of_signing(view, number)
    if request.form.get("nen", "") != base:
        raise Problem(
            409, "Báo cáo vừa được ký", "Đã có chữ ký mới từ khi mở trang. Hãy mở lại trang để xem."
        )
    store = this_site().store
    data = store.files.data(key, base) if base else None
    signed = signed_pdf(data or _printed(key, view, number))
    name = f"{file_stem(key)}-v{number}-da-ky.pdf"
    kept = store.files.attach(key, "signed_pdf", name, "application/pdf", signed, number, act())
    if isinstance(kept, Refusal):
        raise Refused(kept)
    return redirect(url_for("report.verify", **address(key), sha256=kept.sha256), 303)


@blueprint.post(f"{PLACE}/tep-da-ky")
def upload_signed(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """Keep a PDF signed with another program, if it is this version's: its form, its data, sound signatures."""
    key = ReportKey(regime, unit, period)
    view = view_of(key)
    number = view.line.version
    store = this_site().store
    version = None if number == 0 else store.reports.version(key, number)
    if version is None or _number(request.form.get("phien_ban", "")) != number:
        raise Problem(409, "Báo cáo đã có phiên bản khác", "Hãy mở lại trang báo cáo rồi gửi tệp đã ký.")
    given = request.files.get("tep")
    data = b"" if given is None else given.read()
    found = verified(data, _others(key, ""))
    layout = store.templates.regime(version.template).layout
    expected = embedded(layout, key.unit, key.period, version.values)
    if (
        found.submission != expected
        or found.template is None
        or template_hash(found.template) != version.template
    ):
        raise Problem(
            422, "Không nhận tệp này", "Số liệu hoặc biểu mẫu trong tệp không phải của phiên bản đang có."
        )
    if not found.sound:
        wrong = [each.text("vi") for each in found.statements if each.severity == "error"]
        raise Problem(422, "Không nhận tệp này", "; ".join(wrong) + ".")
    name = f"{file_stem(key)}-v{number}-da-ky.pdf"
    kept = store.files.attach(key, "signed_pdf", name, "application/pdf", data, number, act())
    if isinstance(kept, Refusal):
        raise Refused(kept)
    return redirect(url_for("report.verify", **address(key), sha256=kept.sha256), 303)


@blueprint.get(f"{PLACE}/tep/<sha256>")
def file(regime: str, period: Period, unit: str, sha256: str) -> ResponseReturnValue:
    """A file that came with the report or was made of it."""
    key = ReportKey(regime, unit, period)
    stored, data = _file(key, sha256)
    return attachment(data, stored.name, stored.media_type)


@blueprint.get(f"{PLACE}/tep/<sha256>/kiem-tra")
def verify(regime: str, period: Period, unit: str, sha256: str) -> ResponseReturnValue:
    """Whether a kept PDF can be relied on, in words."""
    key = ReportKey(regime, unit, period)
    view = view_of(key)
    stored, data = _file(key, sha256)
    return render_template(
        "verified.html",
        key=key,
        line=view.line,
        name=stored.name,
        verification=verified(data, _others(key, sha256)),
        rows=finding_rows,
        address=address(key),
        sha256=sha256,
    )


# -- signing and verifying, for totals too -------------------------------------------------------------------


def signed_pdf(data: bytes) -> bytes:
    """The PDF with the signature that the form asks for: the site's key, or an archive that lives for this request.

    Raises Problem where the key can't be used.
    """
    try:
        return sign_pdf(
            data, _identity(), signed_at=this_site().now(), reason=request.form.get("ly_do", "")[:200]
        )
    except SigningFailed as problem:
        raise Problem(
            422, "Không ký được", "Khóa hoặc mật khẩu của khóa không đúng; chưa có gì được lưu."
        ) from problem


def _identity() -> Identity:
    own = this_site().signing.identity
    if request.form.get("khoa", "") == "may_chu" and own is not None:
        return own
    archive = request.files.get("tep_khoa")
    data = b"" if archive is None else archive.read(LARGEST_KEY + 1)
    if not 0 < len(data) <= LARGEST_KEY:
        raise Problem(422, "Chưa có khóa ký", "Hãy chọn tệp khóa PKCS#12 (.p12, .pfx) của đơn vị.")
    return read_identity(data, request.form.get("mat_khau_khoa", "").encode())


def verified(data: bytes, others: Sequence[bytes] = ()) -> Verification:
    """What there is to say about a PDF, by the authorities and forms that this site knows.

    others: files among which what it replaces, and what replaces it, are looked for.
    """
    site = this_site()
    published = frozenset(each.hash for each in site.store.templates.published())
    return verify_pdf(data, Trust(site.signing.authorities, published), now=site.now(), others=others)


# -- parts ---------------------------------------------------------------------------------------------------


def view_of(key: ReportKey) -> ReportView:
    """The report with its past; NotHere where the unit owes none."""
    view = this_site().store.reports.view(key)
    if view is None:
        raise NotHere("Đơn vị này không được giao báo cáo này.")
    return view


def _asked_version(view: ReportView) -> int:
    """The version the address asks for, else the newest; 0 where nothing was sent."""
    text = request.args.get("phien_ban", "")
    if not text:
        return view.line.version
    number = _number(text)
    if not 1 <= number <= view.line.version:
        raise NotHere("Báo cáo không có phiên bản này.")
    return number


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _acts(view: ReportView) -> tuple[Action, ...]:
    """What who asks may do now, by the workflow and by rights."""
    key, state = view.line.key, view.line.state
    found = (*allowed(state, "sender"), *allowed(state, "receiver"))
    left_out = bool(view.line.left_out)
    return tuple(
        action
        for action in found
        if may(action, key.unit, key.regime)
        and not (action == "take_in" and not left_out)
        and not (action == "leave_out" and left_out)
    )


def _base_of_signing(view: ReportView, number: int) -> str:
    """The PDF of this version that was signed last: the next signature is added to it. "" where there is none."""
    signed = [file for file in view.files if file.role == "signed_pdf" and file.version == number]
    return signed[-1].sha256 if signed else ""


def _printed(key: ReportKey, view: ReportView, number: int) -> bytes:
    store = this_site().store
    version = None if number == 0 else store.reports.version(key, number)
    if version is None:
        raise NotHere("Báo cáo chưa được gửi nên chưa có bản in.")
    made = store.templates.regime(version.template)
    return render_pdf(made.layout, _to_print(made, key, version))


def _to_print(made: Regime, key: ReportKey, version: Version) -> Filling:
    store = this_site().store
    return filling_of(
        made.layout,
        store.units.all(),
        key.unit,
        key.period,
        version.values,
        dated=version.sent_at.date(),
        embed=True,
        replaces=_replaced(key, version.number),
    )


def _replaced(key: ReportKey, number: int) -> Replaced | None:
    """The version before, by the file that was signed last of it, else by its data."""
    store = this_site().store
    before = None if number < 2 else store.reports.version(key, number - 1)
    if before is None:
        return None
    signed = [
        file for file in store.files.of(key) if file.role == "signed_pdf" and file.version == number - 1
    ]
    if signed:
        return Replaced("", before.sent_at.date(), number - 1, file=signed[-1].sha256)
    layout = store.templates.regime(before.template).layout
    data = embedded(layout, key.unit, key.period, before.values)
    return Replaced("", before.sent_at.date(), number - 1, submission=sha256(data))


def _file(key: ReportKey, sha256: str) -> tuple[StoredFile, bytes]:
    store = this_site().store
    stored = next((each for each in store.files.of(key) if each.sha256 == sha256), None)
    data = None if stored is None else store.files.data(key, sha256)
    if stored is None or data is None:
        raise NotHere("Báo cáo không có tệp này.")
    return stored, data


def _others(key: ReportKey, sha256: str) -> list[bytes]:
    """The signed PDFs of the other versions."""
    files = this_site().store.files
    own = next((each.version for each in files.of(key) if each.sha256 == sha256), 0)
    found = [
        files.data(key, each.sha256)
        for each in files.of(key)
        if each.role == "signed_pdf" and each.version != own
    ]
    return [data for data in found if data is not None]


def _changed_look(key: ReportKey, number: int, view: ReportView) -> Look:
    """Cells that the receiver wants corrected, and those that differ from the version before, with what stood there."""
    wish = next(
        (
            each
            for each in reversed(view.history)
            if each.action in {"return", "refuse"} and each.version == number
        ),
        None,
    )
    reasons = {} if wish is None else wish.cell_reasons
    before: dict[Address, str] = {}
    found = () if number < 2 else this_site().store.reports.compare(key, number - 1, number)
    if not isinstance(found, Refusal):
        layout = this_site().store.templates.regime(view.line.template).layout
        before = {each.place: _row(layout, each).before for each in found if isinstance(each.place, Address)}

    def look(address: Address) -> CellLook:
        remarks = []
        if address in reasons:
            remarks.append(f"Nơi nhận: {reasons[address]}")
        if address in before:
            remarks.append(f"phiên bản trước: {before[address]}")
        look = "wished" if address in reasons else "changed" if address in before else ""
        return CellLook(look=look, remark="; ".join(remarks))

    return look


def _row(layout: Layout, difference: Difference) -> DifferenceRow:
    places, place = Places(layout), difference.place
    held = (difference.before, difference.after)
    match place:
        case Address():
            return DifferenceRow(places.cell(place).words, *_in_words(held, layout.by_address[place].type))
        case CaptureKey():
            where = f"{places.cell(place.address).words} ({report_words(layout.template, place)})"
            return DifferenceRow(where, *_in_words(held, layout.source_of(place).type))
        case GroupKey():
            words = (_rows_in_words(layout, place, each) for each in held)
            return DifferenceRow(places.row(place.table, place.group).words, *words)
        case str():
            texts = ("(trống)" if each is None else str(each) for each in held)
            return DifferenceRow(places.text(place).words, *texts)


def _in_words(held: tuple[object, object], type: ValueType) -> Iterator[str]:
    for value in held:
        yield (printed(value, type) if isinstance(value, int | str) else "") or "(trống)"


def _rows_in_words(layout: Layout, key: GroupKey, rows: object) -> str:
    if not isinstance(rows, tuple) or not rows:
        return "(không có dòng nào)"
    columns = [(added.column.name, added.type) for added in layout.group_of[key].columns]
    lines = []
    for row in rows:
        lines.append(" · ".join(printed(row[name], type) for name, type in columns if name in row))
    return "\n".join(lines)

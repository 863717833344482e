"""The steps of the workflow that change no values: recalling, returning, approving and so on. One page posts one step.

Each names the revision its page was made from, and carries a key of its own: a stale page is told, and a double click
does nothing twice.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.periods import Period
from compiler.values import Address
from renderers.html.names import field_name
from renderers.places import Places
from runtime.reports import Refusal, ReportKey
from runtime.storage.desk import Decision
from runtime.storage.records import ReportLine
from runtime.workflow import transition
from server.errors import Refused, refusal_status
from server.printing import filling_of
from server.site import act, this_site
from server.views.filling import PLACE, address, line_of, report_address
from server.views.sheets import CellLook, Sheet, sheet, shown
from server.words import told

blueprint = Blueprint("deciding", __name__)

LONGEST_REASON = 2_000
LINES = 6
"""How many cells a page has room to name, at first."""

_SLUGS: tuple[tuple[Decision, str], ...] = (
    ("recall", "thu-hoi"),
    ("ask", "xin-sua"),
    ("return", "tra-lai"),
    ("approve", "duyet"),
    ("refuse", "tu-choi"),
    ("leave_out", "de-ngoai"),
    ("take_in", "dua-vao"),
)


class CellLine(NamedTuple):
    """One cell that is named in a return, as typed, and what is the matter with it."""

    cell: str
    words: str
    problem: str = ""


@blueprint.get(f"{PLACE}/tra-lai")
def return_form(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The page to return a report, or to refuse an approved one, with reasons."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    wanted = request.args.get("o", "")
    return _reason_page(key, line, _returning(line), "", [CellLine(wanted, "")] if wanted else [], ())


def decide(regime: str, period: Period, unit: str, action: Decision) -> ResponseReturnValue:
    """Do one step."""
    key = ReportKey(regime, unit, period)
    line = line_of(key)
    reason = request.form.get("ly_do", "").replace("\r\n", "\n").strip()
    layout = this_site().store.templates.regime(line.template).layout
    cells = _cell_lines(layout) if action in {"return", "refuse"} else []
    problems = [told(_too_long(reason))] if len(reason) > LONGEST_REASON else []
    if problems or any(each.problem for each in cells):
        return _reason_page(key, line, action, reason, cells, tuple(problems)), 422
    reasons = {_address_of(layout, each.cell): each.words for each in cells}
    done = this_site().store.desk.decide(
        key, action, _revision(), act(reason), reasons or None, request.form.get("@request", "")
    )
    if isinstance(done, Refusal):
        if action in {"return", "refuse"} and refusal_status(done) == 422:
            words = tuple(told(each) for each in done.findings)
            return _reason_page(key, line, action, reason, cells, words), 422
        raise Refused(done)
    return redirect(report_address(key, da="lam-roi" if done.repeated else "lam"), 303)


for _action, _slug in _SLUGS:
    blueprint.add_url_rule(
        f"{PLACE}/{_slug}",
        endpoint=_action,
        view_func=decide,
        defaults={"action": _action},
        methods=["POST"],
    )


def _reason_page(
    key: ReportKey,
    line: ReportLine,
    action: Decision,
    reason: str,
    cells: list[CellLine],
    words: tuple[str, ...],
) -> str:
    layout = this_site().store.templates.regime(line.template).layout
    places = Places(layout)
    blank = [CellLine("", "")] * max(1, LINES - len(cells))
    choices = [
        (field_name(cell.address), places.cell(cell.address).words)
        for cell in layout.cells
        if cell.kind != "not_applicable"
    ]
    return render_template(
        "return.html",
        key=key,
        line=line,
        action=action,
        target=url_for(f"deciding.{action}", **address(key)),
        reason=reason,
        cells=[*cells, *blank],
        choices=choices,
        words=words,
        sheet=_sheet(key, line),
        shown=shown,
        longest=LONGEST_REASON,
        address=address(key),
    )


def _sheet(key: ReportKey, line: ReportLine) -> Sheet | None:
    """What was sent last, each cell a link that puts it on the list of cells to correct."""
    store = this_site().store
    version = store.reports.version(key, line.version)
    if version is None:
        return None
    made = store.templates.regime(version.template)

    def look(cell: Address) -> CellLook:
        return CellLook(url_for("deciding.return_form", o=field_name(cell), **address(key)))

    filling = filling_of(made.layout, store.units.all(), key.unit, key.period, version.values)
    return sheet(made.layout, filling, look)


def _returning(line: ReportLine) -> Decision:
    """Which step gives a report back in its state: what is approved is refused."""
    return "return" if transition(line.state, "return") is not None else "refuse"


def _cell_lines(layout: Layout) -> list[CellLine]:
    """The cells that were named, with what is the matter with each."""
    lines: list[CellLine] = []
    named: set[Address] = set()
    for cell, words in zip(request.form.getlist("o"), request.form.getlist("ly_do_o"), strict=False):
        cell, words = cell.strip(), words.replace("\r\n", "\n").strip()
        if not cell and not words:
            continue
        found = _find(layout, cell)
        problem = ""
        if found is None:
            problem = "Không có ô này trong biểu: hãy chọn trong danh sách"
        elif found in named:
            problem = "Ô này đã nêu ở trên"
        elif not words:
            problem = "Chưa nêu cần sửa gì ở ô này"
        elif len(words) > LONGEST_REASON:
            problem = told(_too_long(words))
        if found is not None:
            named.add(found)
        lines.append(CellLine(cell, words, problem))
    return lines


def _find(layout: Layout, name: str) -> Address | None:
    return next((cell.address for cell in layout.cells if field_name(cell.address) == name), None)


def _address_of(layout: Layout, name: str) -> Address:
    found = _find(layout, name)
    assert found is not None  # lines with problems were shown again
    return found


def _revision() -> int:
    text = request.form.get("@revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _too_long(text: str) -> Finding:
    values = {"length": str(len(text)), "limit": str(LONGEST_REASON)}
    return Finding(code="text_too_long", severity="error", values=values)

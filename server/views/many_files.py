"""Many workbooks at once: several files or a ZIP archive into the drafts of one round, with a table of outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from compiler.periods import Period
from runtime.bulk import MOST_FILES, Incoming, files_of_archive
from runtime.taking import Mode, take_in
from server.access import may
from server.errors import NotHere
from server.site import act, this_site
from server.telling import finding_rows

blueprint = Blueprint("many_files", __name__)

_FATES = {"saved": "Đã lưu nháp", "held_back": "Chưa lưu", "refused": "Không nhận"}
_BADGES = {"saved": "approved", "held_back": "returned", "refused": "error"}
_LONGEST_NAME = 200


@blueprint.get("/bao-cao/<regime>/<period:period>/nhieu-tep")
def ask(regime: str, period: Period) -> ResponseReturnValue:
    """Where the files are chosen."""
    return _page(regime, period)


@blueprint.post("/bao-cao/<regime>/<period:period>/nhieu-tep")
def take(regime: str, period: Period) -> ResponseReturnValue:
    """Read the files into the drafts of their units, and say what became of each."""
    mode: Mode = "all" if request.form.get("cach") == "tat-ca" else "each"
    taken = take_in(
        this_site().store,
        regime,
        period,
        _files(),
        act(),
        mode,
        lambda unit: may("enter", unit, regime),
    )
    if taken is None:
        raise NotHere("Chưa giao kỳ báo cáo này.")
    words = () if taken else ("Chưa chọn tệp, hoặc không có tệp .xlsx nào trong tệp ZIP.",)
    rows = [
        {
            "name": each.name,
            "unit": each.unit,
            "fate": _FATES[each.fate],
            "badge": _BADGES[each.fate],
            "errors": each.count("error"),
            "warnings": each.count("warning"),
            "findings": finding_rows(each.findings),
        }
        for each in taken
    ]
    saved = sum(each.fate == "saved" for each in taken)
    return _page(regime, period, rows, saved, words), 200 if saved == len(taken) and taken else 422


def _files() -> Iterator[Incoming]:
    """The files posted, those in archives one by one; two of one name are told apart."""
    seen: dict[str, int] = {}
    count = 0
    for posted in request.files.getlist("tep"):
        data = posted.read()
        name = (posted.filename or "tep").replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
        archived = files_of_archive(data) if data else iter(())
        for each in [Incoming(name, data)] if archived is None else archived:
            count += 1
            if count > MOST_FILES:
                return
            seen[each.name] = seen.get(each.name, 0) + 1
            again = seen[each.name]
            yield each if again == 1 else Incoming(f"{each.name} ({again})", each.data, each.problem)


def _page(
    regime: str,
    period: Period,
    rows: list[dict[str, object]] | None = None,
    saved: int = 0,
    words: tuple[str, ...] = (),
) -> str:
    handed_out = this_site().store.rounds.get(regime, period)
    if handed_out is None:
        raise NotHere("Chưa giao kỳ báo cáo này.")
    template = this_site().store.templates.regime(handed_out.template).layout.template
    return render_template(
        "many_files.html",
        regime=regime,
        period=period,
        title=template.title,
        rows=rows or [],
        saved=saved,
        words=words,
    )

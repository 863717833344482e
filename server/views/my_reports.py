"""What one has to do: the reports a user owes, and the menu of what else their rights open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from runtime.accounts import RIGHTS, Right
from runtime.storage.records import ReportLine
from runtime.workflow import State
from server.site import this_site, this_user
from server.words import lateness

blueprint = Blueprint("my_reports", __name__)

PAGE = 50
_MOST_PAGES = 100_000

_MENU: tuple[tuple[Right, str, str], ...] = (
    ("enter", "my_reports.owed", "Báo cáo của tôi"),
    ("approve", "receiving.received", "Tiếp nhận"),
    ("read", "totals.rounds", "Tổng hợp"),
    ("assign", "rounds.rounds", "Giao kỳ báo cáo"),
    ("publish", "publishing.packages", "Biểu mẫu"),
    ("administer", "people.people", "Tài khoản"),
)

_NOTICES = {
    "luu": "Đã lưu bản nháp.",
    "gui": "Đã gửi báo cáo.",
    "gui-roi": "Báo cáo đã được gửi từ lần bấm trước; không gửi lại lần nữa.",
    "tep": "Đã đọc tệp vào bản nháp. Hãy xem lại rồi gửi.",
    "giu": "Đã giữ số liệu của tệp làm bản nháp. Hãy sửa các chỗ còn lỗi.",
    "lam": "Đã thực hiện.",
    "lam-roi": "Việc này đã được làm từ lần bấm trước.",
    "mat-khau": "Đã đổi mật khẩu. Hãy đăng nhập bằng mật khẩu mới.",
    "khoa-nhap": "Báo cáo không còn ở trạng thái nhập số liệu.",
    "ban-hanh": "Đã ban hành biểu mẫu.",
}
"""What is said once after something was done, by the code in the address."""


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The first page that the user's rights open."""
    items = menu()
    return redirect(items[0][0] if items else url_for("my_reports.owed"), 303)


@blueprint.get("/bao-cao")
def owed() -> ResponseReturnValue:
    """The reports to be filled in and sent, the latest due first."""
    site, user = this_site(), this_user()
    state, number = asked_state(), asked_page()
    page = site.store.reports.page(user, "owed", state=state, offset=(number - 1) * PAGE, limit=PAGE)
    return render_template(
        "my_reports.html",
        page=page,
        state=state,
        counts=site.store.reports.counts(user, "owed"),
        standing=standing,
        rounds=_of_many_units(page.items),
        pages=(page.total + PAGE - 1) // PAGE,
        number=number,
    )


def _of_many_units(items: Sequence[ReportLine]) -> list[ReportLine]:
    """One report of each round that several units listed still fill in: their files may come at once."""
    units: dict[tuple[str, str], list[ReportLine]] = {}
    for line in items:
        if line.state in {"draft", "returned"}:
            units.setdefault((line.key.regime, line.key.period.code), []).append(line)
    return [found[0] for found in units.values() if len(found) > 1]


def menu() -> list[tuple[str, str]]:
    """Addresses and titles of what the user's rights open."""
    user = g.get("user")
    if user is None or user.must_change_password:
        return []
    rights = {right for grant in user.grants for right in RIGHTS[grant.role]}
    return [(url_for(endpoint), title) for right, endpoint, title in _MENU if right in rights]


def notice() -> str:
    """What to say once, after something was done."""
    return _NOTICES.get(request.args.get("da", ""), "")


def standing(line: ReportLine) -> dict[str, Any]:
    """How a report stands with its deadline: words, and whether they are an alarm."""
    today = this_site().now().date()
    if line.state in {"sent", "approved"}:
        return {"words": "gửi muộn" if line.late else "gửi đúng hạn", "late": line.late}
    return {"words": lateness(line.due, today), "late": line.due < today}


def asked_state() -> State | None:
    """The state to filter by, where the address names one."""
    wanted = request.args.get("trang_thai", "")
    return next((state for state in get_args(State) if state == wanted), None)


def asked_page() -> int:
    """The page of a list to show, from 1."""
    text = request.args.get("trang", "")
    return min(max(int(text), 1), _MOST_PAGES) if text.isdecimal() and text.isascii() and len(text) < 9 else 1


def page_address(number: int) -> str:
    """The same list, its page of that number."""
    filters: dict[str, Any] = {
        name: value for name, value in request.args.items() if name not in {"trang", "da"}
    }
    return url_for(request.endpoint or "my_reports.owed", **filters, trang=number)

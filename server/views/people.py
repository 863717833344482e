"""Accounts and rights: an operator keeps those of their own units. An initial password is shown once, on the answer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from runtime.accounts import ROLES, Grant, NewPassword, User
from runtime.reports import Refusal
from runtime.units import UnitTree
from server.access import administers, may
from server.errors import NotHere, NotYours, Problem, Refused, refusal_status
from server.site import act, this_site, this_user
from server.words import told

blueprint = Blueprint("people", __name__)

MOST_SHOWN = 50
"""Accounts on one page; to see others one searches."""

_PLACE = "/quan-tri/tai-khoan"


@blueprint.get(_PLACE)
def people() -> ResponseReturnValue:
    """The accounts."""
    return _page()


@blueprint.post(_PLACE)
def add() -> ResponseReturnValue:
    """Make an account with its first right."""
    name, display = request.form.get("ten", "").strip(), request.form.get("ho_ten", "").strip()
    grant, problems = _grant()
    typed = {"ten": name, "ho_ten": display}
    if grant is None:
        return _page(problems, typed, status=422)
    made = this_site().store.people.add_user(name, display, act(), (grant,))
    if isinstance(made, Refusal):
        return _page(tuple(told(each) for each in made.findings), typed, status=refusal_status(made))
    return _page(new=made)


@blueprint.post(f"{_PLACE}/<name>/quyen")
def grant(name: str) -> ResponseReturnValue:
    """Give a further right."""
    account = _account(name)
    given, problems = _grant()
    if given is None:
        return _page(problems, status=422)
    return _done(this_site().store.people.grant(account.name, given, act()))


@blueprint.post(f"{_PLACE}/<name>/thu-quyen")
def withdraw(name: str) -> ResponseReturnValue:
    """Take a right back. The last one stays: an account that is not used any more is closed."""
    account = _account(name)
    given, problems = _grant()
    if given is None:
        return _page(problems, status=422)
    if account.grants == (given,):
        return _page(("Không thu quyền cuối cùng: hãy đóng tài khoản.",), status=422)
    return _done(this_site().store.people.withdraw(account.name, given, act()))


@blueprint.post(f"{_PLACE}/<name>/trang-thai")
def set_active(name: str) -> ResponseReturnValue:
    """Close an account, or open it again."""
    account = _account(name)
    if account.name == this_user().name:
        raise Problem(422, "Không đóng được", "Không ai tự đóng tài khoản của mình.")
    active = request.form.get("mo", "") == "1"
    return _done(this_site().store.people.set_active(account.name, active, act()))


@blueprint.post(f"{_PLACE}/<name>/mat-khau-moi")
def reset_password(name: str) -> ResponseReturnValue:
    """A new initial password."""
    made = this_site().store.people.reset_password(_account(name).name, act())
    if isinstance(made, Refusal):
        raise Refused(made)
    return _page(new=made)


def _account(name: str) -> User:
    """The account meant, if it is the operator's to keep."""
    account = this_site().store.people.user(name)
    if account is None:
        raise NotHere("Không có tài khoản này.")
    if not administers(this_user(), account):
        raise NotYours
    return account


def _grant() -> tuple[Grant | None, tuple[str, ...]]:
    """The right in the form, if the operator may give it, else what is wrong with it."""
    role = next((each for each in ROLES if each == request.form.get("vai_tro", "")), None)
    unit, regime = request.form.get("don_vi", "").strip(), request.form.get("che_do", "") or None
    problems = []
    if role is None:
        problems.append("Hãy chọn vai trò.")
    if unit not in this_site().store.units.all():
        problems.append(f"Không có đơn vị mang mã «{unit[:40]}».")
    elif not may("administer", unit, regime):
        problems.append(f"Đơn vị «{unit}» ngoài phạm vi quản trị của bạn.")
    if regime is not None and regime not in _regimes():
        problems.append("Không có chế độ báo cáo này.")
    if role is None or problems:
        return None, tuple(problems)
    return Grant(role, unit, regime), ()


def _regimes() -> dict[str, str]:
    return {each.regime: each.title for each in this_site().store.templates.published()}


def searched(account: User, tree: UnitTree) -> str:
    """What a search looks through: names, and the units that the account has rights over."""
    units = (
        f"{grant.unit} {tree[grant.unit].name if grant.unit in tree else ''}" for grant in account.grants
    )
    return " ".join((account.name, account.display_name, *units)).casefold()


def _done(result: User | Refusal) -> ResponseReturnValue:
    if isinstance(result, Refusal):
        raise Refused(result)
    return redirect(url_for("people.people", da="lam"), 303)


def _page(
    words: tuple[str, ...] = (),
    typed: dict[str, str] | None = None,
    new: NewPassword | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    store, operator = this_site().store, this_user()
    tree = store.units.all()
    wanted = request.args.get("tim", "").strip().casefold()
    kept = [
        account
        for account in store.people.users()
        if administers(operator, account) and wanted in searched(account, tree)
    ]
    page = render_template(
        "people.html",
        accounts=kept[:MOST_SHOWN],
        found=len(kept),
        wanted=request.args.get("tim", ""),
        tree=tree,
        regimes=_regimes(),
        words=words,
        typed=typed or {"ten": "", "ho_ten": ""},
        new=new,
        roles=ROLES,
        operator=operator,
    )
    return page, status

"""Who may call what: one table of all endpoints, looked at before any view runs.

A right over a unit is asked of the store (`people.may`) with the unit and regime in the address. What has no unit in
its address (lists, publishing) needs the right somewhere; such views reach no further than the user's own units, by
the store's own filters, or by `within` and `administers` below. Tests hold every row against every role, at home and
elsewhere; an application with a route that has no row doesn't start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from runtime.accounts import RIGHTS, Right, User, permits, reaching
from runtime.units import UnitTree
from server.errors import NotSignedIn, NotYours
from server.site import this_site


@dataclass(frozen=True)
class Access:
    """Who may call an endpoint. `right` None: any user. over: the unit in the address, or anywhere at all.

    initial: also while the initial password has not been changed.
    """

    who: Literal["anyone", "users"] = "users"
    right: Right | None = None
    over: Literal["unit", "anywhere"] = "unit"
    initial: bool = False


_ANYONE = Access("anyone", initial=True)
_USERS = Access()


def _over_unit(right: Right) -> Access:
    return Access(right=right)


def _anywhere(right: Right) -> Access:
    return Access(right=right, over="anywhere")


ACCESS: Mapping[str, Access] = MappingProxyType(
    {
        "static": _ANYONE,
        "sign_in.sign_in": _ANYONE,
        "sign_in.sign_out": Access(initial=True),
        "sign_in.password": Access(initial=True),
        "sign_in.change_password": Access(initial=True),
        "my_reports.home": _USERS,
        "my_reports.owed": _USERS,
        "forms.part": _USERS,
        "filling.form": _over_unit("enter"),
        "filling.save": _over_unit("enter"),
        "filling.save_draft": _over_unit("enter"),
        "filling.send": _over_unit("send"),
        "workbooks.download": _over_unit("enter"),
        "workbooks.upload": _over_unit("enter"),
        "workbooks.mark": _over_unit("enter"),
        "workbooks.keep": _over_unit("enter"),
        "many_files.ask": _anywhere("enter"),
        "many_files.take": _anywhere("enter"),
        "report.show": _over_unit("read"),
        "report.compare": _over_unit("read"),
        "report.pdf": _over_unit("read"),
        "report.file": _over_unit("read"),
        "report.verify": _over_unit("read"),
        "report.sign": _over_unit("send"),
        "report.upload_signed": _over_unit("send"),
        "deciding.recall": _over_unit("recall"),
        "deciding.ask": _over_unit("ask"),
        "deciding.return_form": _over_unit("return"),
        "deciding.return": _over_unit("return"),
        "deciding.approve": _over_unit("approve"),
        "deciding.refuse": _over_unit("refuse"),
        "deciding.leave_out": _over_unit("leave_out"),
        "deciding.take_in": _over_unit("take_in"),
        "receiving.received": _anywhere("approve"),
        "receiving.approve_all": _anywhere("approve"),
        "totals.rounds": _anywhere("read"),
        "totals.total": _over_unit("read"),
        "totals.cell": _over_unit("read"),
        "totals.chart": _over_unit("read"),
        "totals.pdf": _over_unit("read"),
        "totals.sign": _over_unit("send"),
        "signatures.check": _USERS,
        "signatures.checked": _USERS,
        "publishing.packages": _anywhere("publish"),
        "publishing.target": _anywhere("publish"),
        "publishing.publish": _anywhere("publish"),
        "rounds.rounds": _anywhere("assign"),
        "rounds.assign": _anywhere("assign"),
        "people.people": _anywhere("administer"),
        "people.add": _anywhere("administer"),
        "people.grant": _anywhere("administer"),
        "people.withdraw": _anywhere("administer"),
        "people.set_active": _anywhere("administer"),
        "people.reset_password": _anywhere("administer"),
        "exports.owed": _USERS,
        "exports.received": _anywhere("approve"),
        "exports.history": _over_unit("read"),
        "exports.rounds": _anywhere("read"),
        "exports.total": _over_unit("read"),
        "exports.table": _over_unit("read"),
        "exports.coverage": _over_unit("read"),
        "exports.sources": _over_unit("read"),
        "exports.forms": _anywhere("publish"),
        "exports.people": _anywhere("administer"),
        "exports.units": _USERS,
    }
)
"""Every endpoint of the site."""


def install(app: Flask) -> None:
    """Look at the table before every request. Raises LookupError where an endpoint has no row."""
    missing = {rule.endpoint for rule in app.url_map.iter_rules()} - ACCESS.keys()
    if missing:
        raise LookupError(f"no row in ACCESS for {', '.join(sorted(missing))}")

    @app.before_request
    def look_up() -> ResponseReturnValue | None:
        g.user = None
        if request.endpoint == "static":
            return None  # says nothing of anybody
        token = request.cookies.get(session_cookie())
        if token:
            g.user = this_site().store.people.session(token, this_site().now())
        if request.endpoint is None:
            return None  # no such address: the page that says so is dressed as ever
        access = ACCESS[request.endpoint]
        if access.who == "anyone":
            return None
        if g.user is None:
            return _sign_in_first()
        if g.user.must_change_password and not access.initial:
            return redirect(url_for("sign_in.password"), 303) if request.method == "GET" else _refuse()
        if not _allowed(g.user, access):
            raise NotYours
        return None


def session_cookie() -> str:
    """What the session's cookie is called; the prefix makes browsers hold it to this host and to HTTPS."""
    return "__Host-bieu" if this_site().config.secure_cookies else "bieu"


def _allowed(user: User, access: Access) -> bool:
    if access.right is None:
        return True
    where = request.view_args or {}
    regime: str | None = where.get("regime")
    if access.over == "unit":
        return this_site().store.people.may(user, access.right, where["unit"], regime)
    if regime is not None:
        return bool(reaching(user.grants, access.right, regime))
    return any(access.right in RIGHTS[grant.role] for grant in user.grants)


def may(right: Right, unit: str, regime: str | None) -> bool:
    """Whether who asks has a right over a unit: for showing only such buttons as the table lets through."""
    user: User | None = g.user
    return user is not None and this_site().store.people.may(user, right, unit, regime)


def within(user: User, right: Right, regime: str | None) -> frozenset[str]:
    """The units over which a user has a right: for acts that name no unit in their address."""
    tree = this_site().store.units.all()
    grants = [grant for grant in user.grants if grant.unit in tree]
    reached = dict.fromkeys(code for grant in grants for code in tree.subtree(grant.unit))
    return frozenset(code for code in reached if _permits(user, right, code, regime, tree))


def administers(operator: User, account: User) -> bool:
    """Whether an operator keeps an account: every right it has lies in the operator's own reach.

    Otherwise a new password for a superior's account would be a way to the superior's rights. An account without
    rights is kept by whoever keeps the top of the tree.
    """
    tree = this_site().store.units.all()
    if not account.grants:
        return any(_permits(operator, "administer", top, None, tree) for top in tree.roots)
    return all(_permits(operator, "administer", grant.unit, grant.regime, tree) for grant in account.grants)


def _permits(user: User, right: Right, unit: str, regime: str | None, tree: UnitTree) -> bool:
    path = (unit, *tree.ancestors(unit)) if unit in tree else (unit,)
    return permits(user.grants, right, path, regime)


def _sign_in_first() -> ResponseReturnValue:
    if request.method != "GET":
        raise NotSignedIn
    return redirect(url_for("sign_in.sign_in", tiep=request.full_path.rstrip("?")), 303)


def _refuse() -> Response:
    raise NotYours

"""Signing in and out, and changing one's password. Passwords, sessions and rate limits are the store's."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from runtime.reports import Refusal
from server.access import session_cookie
from server.errors import refusal_status
from server.protection import drop_cookie, set_cookie
from server.site import this_site, this_user
from server.words import told

blueprint = Blueprint("sign_in", __name__)


@blueprint.route("/dang-nhap", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The page, and the try."""
    target = request.values.get("tiep", "")
    if request.method == "GET":
        return render_template("sign_in.html", target=target, name="", errors=())
    name, password = request.form.get("ten", "").strip(), request.form.get("mat_khau", "")
    site = this_site()
    signed_in = site.store.people.sign_in(name, password, request.remote_addr or "", site.now())
    if isinstance(signed_in, Refusal):
        status = refusal_status(signed_in)
        errors = tuple(told(each) for each in signed_in.findings)
        page = render_template("sign_in.html", target=target, name=name, errors=errors)
        return page, 401 if status == 422 else status
    must_change = signed_in.user.must_change_password
    answer = _go(url_for("sign_in.password") if must_change else _within_site(target))
    set_cookie(answer, session_cookie(), signed_in.token)
    return answer


@blueprint.post("/dang-xuat")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    this_site().store.people.sign_out(request.cookies.get(session_cookie(), ""))
    answer = _go(url_for("sign_in.sign_in"))
    drop_cookie(answer, session_cookie())
    return answer


@blueprint.get("/mat-khau")
def password() -> ResponseReturnValue:
    """The page to change one's password."""
    return render_template("password.html", errors=(), initial=this_user().must_change_password)


@blueprint.post("/mat-khau")
def change_password() -> ResponseReturnValue:
    """Change it; all sessions end, so that one signs in with the new one."""
    user, site = this_user(), this_site()
    old, new, again = (request.form.get(name, "") for name in ("cu", "moi", "nhap_lai"))
    errors: tuple[str, ...] = ()
    status = 422
    if new != again:
        errors = ("Hai lần nhập mật khẩu mới không giống nhau",)
    else:
        changed = site.store.people.change_password(
            user.name, old, new, request.remote_addr or "", site.now()
        )
        if isinstance(changed, Refusal):
            status = refusal_status(changed)
            errors = tuple(
                "Mật khẩu hiện tại không đúng" if each.code == "sign_in_refused" else told(each)
                for each in changed.findings
            )
    if errors:
        page = render_template("password.html", errors=errors, initial=user.must_change_password)
        return page, status
    answer = _go(url_for("sign_in.sign_in", da="mat-khau"))
    drop_cookie(answer, session_cookie())
    return answer


def _within_site(target: str) -> str:
    """Where to go on: an address of this site, else the home page."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_path and target.isprintable() else url_for("my_reports.home")


def _go(target: str) -> Response:
    return make_response(redirect(target, 303))

"""What goes wrong on the way to an answer, each with its status; and the pages and JSON that say so.

A person is told what happened and what to do next. What the program did wrong is logged and told without details.
"""

from __future__ import annotations

from typing import TypeAlias

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from runtime.reports import Refusal
from server.words import told

_CONFLICTS = frozenset({"page_out_of_date", "draft_out_of_date", "not_allowed_now", "request_reused"})

Answer: TypeAlias = "Response | str | tuple[str, int]"
"""What views give back."""


class Problem(Exception):
    """A request that is not answered as asked. `title` and `words` are shown; `status` is the HTTP one."""

    def __init__(self, status: int, title: str, *words: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.words = words


class NotHere(Problem):
    """There is no such thing."""

    def __init__(self, words: str = "Địa chỉ này không có, hoặc đã đổi.") -> None:
        super().__init__(404, "Không tìm thấy", words)


class NotYours(Problem):
    """The user's rights do not reach there."""

    def __init__(self) -> None:
        super().__init__(403, "Không có quyền", "Tài khoản này không có quyền xem hoặc làm việc này.")


class NotSignedIn(Problem):
    """Nobody is signed in, or no longer."""

    def __init__(self) -> None:
        super().__init__(401, "Phiên làm việc đã hết", "Hãy đăng nhập lại rồi gửi tiếp.")


class Refused(Problem):
    """The store refused, with reasons."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal_status(refusal), "Chưa làm được", *(told(each) for each in refusal.findings))


def refusal_status(refusal: Refusal) -> int:
    """409 where something happened meanwhile, 404 where there is no such thing, 422 for all else."""
    codes = {finding.code for finding in refusal.findings}
    if codes & _CONFLICTS:
        return 409
    if codes & {"not_assigned", "no_such_version", "no_such_user"}:
        return 404
    return 429 if "too_many_attempts" in codes else 422


def install(app: Flask) -> None:
    """Answer errors in the site's words."""

    @app.errorhandler(NotSignedIn)
    def not_signed_in(error: NotSignedIn) -> Response:
        # What was posted is in the page that says so: nobody types it twice. A file is to be chosen again.
        if wants_json() or request.files or not request.form:
            return _answer(error.status, error.title, error.words)
        fields = list(request.form.items(multi=True))
        return make_response(render_template("resume.html", fields=fields), error.status)

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return _answer(error.status, error.title, error.words)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        title, words = _WORDS.get(status, ("Không xử lý được yêu cầu", "Hãy thử lại."))
        answer = _answer(status, title, (words,))
        if status == 405:
            answer.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        return answer

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        app.logger.exception("a fault at %s", request.path, exc_info=error)
        return _answer(500, *_FAULT)


_FAULT = (
    "Máy chủ gặp lỗi",
    ("Không có gì bị thay đổi dở dang. Hãy thử lại; nếu vẫn lỗi, báo người quản trị.",),
)
_WORDS = {
    400: ("Yêu cầu không đọc được", "Dữ liệu gửi lên không đúng dạng. Hãy tải lại trang rồi thử lại."),
    404: ("Không tìm thấy", "Địa chỉ này không có, hoặc đã đổi."),
    405: ("Không làm được ở địa chỉ này", "Hãy quay lại trang trước và dùng nút trên trang."),
    413: (
        "Dữ liệu gửi lên quá lớn",
        "Tệp lớn hơn mức cho phép. Hãy kiểm tra lại tệp, hoặc bỏ bớt hình ảnh trong tệp.",
    ),
    415: ("Loại dữ liệu không nhận", "Hãy tải lại trang rồi thử lại."),
}


def wants_json() -> bool:
    """Whether a program of the page asks, not a person."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _answer(status: int, title: str, words: tuple[str, ...]) -> Response:
    if wants_json():
        answer = jsonify(title=title, words=list(words))
        answer.status_code = status
        return answer
    return make_response(render_template("problem.html", title=title, words=words, status=status), status)

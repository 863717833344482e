"""What every answer and every form carries for protection: form tokens, headers, and answers made small.

A form token is sealed with the site's key over a random cookie and the name of who is signed in, so that a page that
was open when its session ended goes on once the same person has signed in again in another tab. Each page gets the
token under another mask: pages are compressed, and a secret that looks the same each time could be guessed by length.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import secrets

from flask import Flask, Response, g, request

from server.errors import Problem
from server.site import this_site

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""No inline script or style, and nothing from elsewhere."""

TOKEN_FIELD, TOKEN_HEADER = "@token", "X-Form-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WORTH_PACKING = 1_000
_PACKED_TYPES = ("text/", "application/json", "application/schema+json")


def install(app: Flask) -> None:
    """Check the token of every request that may change something; dress every answer."""

    @app.before_request
    def check() -> None:
        if request.method in _SAFE:
            return
        given = request.headers.get(TOKEN_HEADER) or request.form.get(TOKEN_FIELD, "")
        # Browsers that say where a request comes from are believed when it is from elsewhere.
        if request.headers.get("Sec-Fetch-Site") == "cross-site" or not _token_is_good(given):
            raise Problem(
                403,
                "Trang này không còn hiệu lực",
                "Trang được mở bằng tài khoản khác, hoặc đã mở quá lâu. Hãy mở lại trang rồi làm lại.",
            )

    @app.after_request
    def dress(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if this_site().config.secure_cookies:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint not in {"static", "forms.part"}:
            headers["Cache-Control"] = "no-store"
        if g.get("new_nonce"):
            set_cookie(response, _nonce_cookie(), g.nonce)
        return _packed(response)


def form_token() -> str:
    """The token for the forms of this page."""
    sealed = _seal(_nonce())
    mask = secrets.token_bytes(len(sealed))
    return base64.urlsafe_b64encode(mask + _xor(mask, sealed)).decode()


def once() -> str:
    """A key for one click of one form: the store does nothing twice under it."""
    return secrets.token_urlsafe(18)


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie that no script reads and no other site sends along, gone with the browser's session."""
    secure = this_site().config.secure_cookies
    response.set_cookie(name, value, httponly=True, secure=secure, samesite="Lax", path="/")


def drop_cookie(response: Response, name: str) -> None:
    """Take a cookie back."""
    secure = this_site().config.secure_cookies
    response.delete_cookie(name, httponly=True, secure=secure, samesite="Lax", path="/")


def _nonce_cookie() -> str:
    return "__Host-bieu-form" if this_site().config.secure_cookies else "bieu-form"


def _nonce() -> str:
    """The random cookie of this browser; a new one is sent with the answer."""
    if "nonce" not in g:
        g.nonce = request.cookies.get(_nonce_cookie(), "")
        if not g.nonce:
            g.nonce, g.new_nonce = secrets.token_urlsafe(24), True
    nonce: str = g.nonce
    return nonce


def _seal(nonce: str) -> bytes:
    # The page to sign in is nobody's, also for who has signed in meanwhile in another tab.
    nobody = g.get("user") is None or request.endpoint == "sign_in.sign_in"
    user = "" if nobody else g.user.name
    return hmac.new(this_site().token_key, f"{nonce}\0{user}".encode(), hashlib.sha256).digest()


def _token_is_good(given: str) -> bool:
    nonce = request.cookies.get(_nonce_cookie(), "")
    try:
        data = base64.urlsafe_b64decode(given)
    except ValueError:
        return False
    half = len(data) // 2
    return bool(nonce) and hmac.compare_digest(_xor(data[:half], data[half:]), _seal(nonce))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


def _packed(response: Response) -> Response:
    """The answer compressed, where the browser can read that and it is text."""
    if (
        response.direct_passthrough
        or response.status_code < 200
        or "Content-Encoding" in response.headers
        or not response.content_type
        or not response.content_type.startswith(_PACKED_TYPES)
    ):
        return response
    response.vary.add("Accept-Encoding")
    data = response.get_data()
    if len(data) < _WORTH_PACKING or not request.accept_encodings.quality("gzip"):
        return response
    response.set_data(gzip.compress(data, compresslevel=6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response

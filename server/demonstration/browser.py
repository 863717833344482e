"""A browser without a screen: it keeps cookies, follows redirects, reads the forms of a page and posts them.

Only what the demonstration needs, on loopback. It knows nothing of the site but HTML, so that what it can do a person
without JavaScript can do too.
"""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_FORM = "application/x-www-form-urlencoded"


@dataclass
class Form:
    """A form of a page: its own target, the targets of its buttons by their words, and its fields as they stand."""

    action: str = ""
    buttons: dict[str, str] = field(default_factory=dict)
    fields: list[tuple[str, str]] = field(default_factory=list)

    def target(self, ending: str) -> str | None:
        """The whole target that ends so, the form's own or a button's."""
        targets = (self.action, *self.buttons.values())
        return next((each for each in targets if each.split("?")[0].endswith(ending)), None)


@dataclass(frozen=True)
class Page:
    """An answer: where it was found in the end, and what it holds."""

    address: str
    status: int
    data: bytes

    @property
    def text(self) -> str:
        """The answer as text."""
        return self.data.decode("utf-8", errors="replace")

    def form(self, target: str) -> Form:
        """The form that posts to an address ending with `target`, itself or by a button; LookupError if none does."""
        reader = _Forms()
        reader.feed(self.text)
        for found in reader.forms:
            # A form that names no target posts to its own page.
            found.action = found.action or self.address
            if found.target(target) is not None:
                return found
        raise LookupError(f"no form to {target} on {self.address} ({self.status})")

    def notices(self) -> list[str]:
        """What the page says to the person: its notices and lists of problems, in order."""
        reader = _Notices()
        reader.feed(self.text)
        return [text for text in (" ".join(each.split()) for each in reader.found) if text]


@dataclass
class Browser:
    """One person's browser on the site at `base`, such as "http://127.0.0.1:8200"."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str) -> Page:
        """Open an address."""
        return self._ask("GET", address, None, "")

    def post(
        self,
        page: Page,
        target: str,
        changes: Mapping[str, str],
        file: tuple[str, str, bytes] | None = None,
    ) -> Page:
        """Post the page's form for `target` with some fields changed or added; `file`: field, file name, bytes."""
        form = page.form(target)
        # Of several fields of one name a person fills in the first.
        waiting = dict(changes)
        fields = [(name, waiting.pop(name, text)) for name, text in form.fields]
        fields += waiting.items()
        action = form.target(target) or form.action
        body, kind = _multipart(fields, file) if file is not None else (urlencode(fields).encode(), _FORM)
        return self._ask("POST", urljoin(page.address, action), body, kind)

    def _ask(self, method: str, address: str, body: bytes | None, kind: str) -> Page:
        site = urlsplit(self.base)
        for _ in range(_MOST_REDIRECTS):
            where = urlsplit(urljoin(self.base, address))
            path = where.path + (f"?{where.query}" if where.query else "")
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if kind:
                headers["Content-Type"] = kind
            connection = http.client.HTTPConnection(site.hostname or "", site.port, timeout=120)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                data = answer.read()
            finally:
                connection.close()
            self._keep(answer.headers.get_all("Set-Cookie") or [])
            if answer.status not in _REDIRECTS:
                return Page(path, answer.status, data)
            address, method, body, kind = urljoin(path, answer.headers["Location"]), "GET", None, ""
        raise RuntimeError(f"{address} redirects without end")

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


class _Forms(HTMLParser):
    """Reads forms as a browser would submit them: every field with the value it stands at."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open = False
        self._area: str | None = None
        self._select: str | None = None
        self._button: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
            self._open = True
        elif not self._open:
            return
        elif tag == "input" and name and given.get("type") not in {"file", "submit", "button"}:
            checkable = given.get("type") in {"checkbox", "radio"}
            if not checkable or "checked" in given:
                self.forms[-1].fields.append((name, given.get("value", "on" if checkable else "")))
        elif tag == "textarea":
            self._area, self._text = name, []
        elif tag == "select":
            self._select = name
            self.forms[-1].fields.append((name, ""))
        elif tag == "option" and self._select is not None and "selected" in given:
            self.forms[-1].fields[-1] = (self._select, given.get("value", ""))
        elif tag == "button" and "formaction" in given:
            self._button, self._text = given["formaction"], []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "textarea" and self._area is not None:
            # The first newline after <textarea> is markup, not text.
            self.forms[-1].fields.append((self._area, "".join(self._text).removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "button" and self._button is not None:
            self.forms[-1].buttons[" ".join("".join(self._text).split())] = self._button
            self._button = None


class _Notices(HTMLParser):
    """Reads what stands in elements with a class of messages, each as one text."""

    _CLASSES = frozenset({"notice", "note-of", "told", "problem", "error"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"br", "input", "img", "meta", "link"}:
            return
        classes = set((dict(attrs).get("class") or "").split())
        if self._depth:
            self._depth += 1
            self.found[-1] += " "
        elif classes & self._CLASSES:
            self._depth = 1
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._depth -= 1


def _multipart(fields: list[tuple[str, str]], file: tuple[str, str, bytes]) -> tuple[bytes, str]:
    """Fields and one file as a browser sends them."""
    boundary = f"bieu-{secrets.token_hex(12)}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields
    ]
    name, filename, data = file
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    parts += [head.encode(), data, f"\r\n--{boundary}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"

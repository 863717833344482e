"""Posted forms are decoded as Werkzeug decodes them, whatever is posted."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.formparser import FormDataParser

from server.posting import PostedFormParser, fields

_FORM = "application/x-www-form-urlencoded"
_PIECES = st.sampled_from(
    [b"a", b"b06a[r].c4", b"%5B", b"%", b"%C4", b"%C4%91", b"+", b"=", b"&", b"\xc4\x91", b"\xff"]
)


def _both(data: bytes, silent: bool = True) -> list[list[tuple[str, str]]]:
    return [
        list(parser(silent=silent).parse(io.BytesIO(data), _FORM, len(data))[1].items(multi=True))
        for parser in (FormDataParser, PostedFormParser)
    ]


@given(st.lists(_PIECES, max_size=12).map(b"".join))
def test_any_bytes_are_the_same_form(data: bytes) -> None:
    wanted, found = _both(data)
    assert found == wanted


@given(st.lists(st.tuples(st.text(max_size=300), st.text()), max_size=8))
def test_what_a_browser_encodes_comes_back(pairs: list[tuple[str, str]]) -> None:
    encoded = urlencode(pairs, errors="replace").encode()
    readable = [tuple(text.encode("utf-8", "replace").decode() for text in pair) for pair in pairs]
    assert fields(encoded) == readable


def test_bytes_that_are_no_text_are_an_empty_form_or_an_error() -> None:
    assert _both(b"a=\xff") == [[], []]
    with pytest.raises(ValueError, match="utf-8"):
        PostedFormParser(silent=False).parse(io.BytesIO(b"a=\xff"), _FORM, 3)


def test_other_forms_are_left_to_werkzeug() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    _, form, _ = PostedFormParser().parse(
        io.BytesIO(body), "multipart/form-data", len(body), {"boundary": "x"}
    )
    assert form["a"] == "1"

"""The preview serves every target, shows what is wrong, and follows the sources."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import templates_library
from renderers.registry import TARGETS
from server.preview import create_preview

_LIBRARY = Path(templates_library.__path__[0])


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of a real package that may be changed."""
    shutil.copytree(_LIBRARY, tmp_path / "library")
    return tmp_path / "library" / "btp" / "ho_tich"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_target_is_served_with_its_type(package: Path, target: object) -> None:
    from renderers.registry import Target

    assert isinstance(target, Target)
    answer = create_preview(package).test_client().get(f"/ho_tich_13a/{target.filename}")
    assert answer.status_code == 200
    assert answer.mimetype == target.media_type
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_page_follows_a_saved_source(package: Path) -> None:
    client = create_preview(package).test_client()
    before = client.get("/version").get_json()["version"]
    assert client.get("/version").get_json()["version"] == before
    source = package / "ho_tich.bieu"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace('c10 "Đăng ký lại"', 'c10 "Đăng ký lại, sửa"'), encoding="utf-8")
    assert client.get("/version").get_json()["version"] != before
    assert "Đăng ký lại, sửa" in client.get("/ho_tich_13a/form.html").get_data(as_text=True)


def test_a_broken_source_shows_its_errors_and_no_form(package: Path) -> None:
    client = create_preview(package).test_client()
    source = package / "ho_tich.bieu"
    source.write_text(source.read_text(encoding="utf-8").replace("c2 + c3", "c2 + c333", 1), encoding="utf-8")
    page = client.get("/").get_data(as_text=True)
    assert "BIEU0202" in page
    assert "<iframe" not in page
    assert client.get("/ho_tich_13a/form.html").status_code == 404


def test_pages_have_no_inline_script(package: Path) -> None:
    client = create_preview(package).test_client()
    for path in ("/", "/ho_tich_13a/form.html"):
        page = client.get(path).get_data(as_text=True)
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
            assert not body.strip() or 'type="application/json"' in attributes
        assert not re.search(r"\son[a-z]+=", page)


def test_nothing_else_is_served(package: Path) -> None:
    client = create_preview(package).test_client()
    for path in ("/ho_tich_13a/ho_tich.bieu", "/khong_co/form.html", "/ho_tich_13a/..%2f..%2fpyproject.toml"):
        assert client.get(path).status_code == 404

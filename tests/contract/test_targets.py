"""What every target promises: bytes from the layout and the filling alone, the same everywhere and always."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compiler.cells import Layout
from renderers.filling import Filling
from renderers.registry import TARGETS, Target, target

ROOT = Path(__file__).parents[2]
_BEGINS = {
    "html": b"<!doctype html>",
    "xlsx": b"PK\x03\x04",
    "pdf": b"%PDF-1.7",
    "json_schema": b"{",
    "rollup": b"{",
    "python": b'"""',
    "dictionary": b"# ",
}

each_target = pytest.mark.parametrize("row", TARGETS, ids=lambda row: row.name)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a renderer reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@each_target
@pytest.mark.usefixtures("no_network")
def test_blank_and_filled(row: Target, layout: Layout, filling: Filling) -> None:
    blank = row.render(layout)
    assert blank
    filled = row.render(layout, filling)
    assert (filled != blank) == row.filled
    for data in (blank, filled):
        assert data[:20].lower().startswith(_BEGINS.get(row.name, b"").lower())
        if "json" in row.media_type:
            json.loads(data)


@each_target
def test_no_path_of_this_machine_is_in_it(row: Target, layout: Layout, filling: Filling) -> None:
    assert str(ROOT).encode() not in row.render(layout, filling)


def test_the_schema_of_every_shipped_form_is_one(layout: Layout, filling: Filling) -> None:
    schema = json.loads(target("json_schema").render(layout), parse_float=Decimal)
    Draft202012Validator.check_schema(schema)
    submission = json.loads(filling.submission, parse_float=Decimal)
    wrong = {tuple(error.absolute_path)[:2] for error in Draft202012Validator(schema).iter_errors(submission)}
    # The filling leaves every other cell blank, and so some that are required.
    assert wrong <= {("data", table.name) for table in layout.template.tables} | {("data",)}


def test_the_module_of_every_shipped_form_runs_alone(layout: Layout, filling: Filling) -> None:
    names: dict[str, Any] = {}
    exec(target("python").render(layout), names)
    values = filling.values
    cells, _, _ = names["validate"](
        {tuple(address): value for address, value in values.cells.items()},
        None,
        {(key.function, *key.address): value for key, value in values.captured.items()},
    )
    assert cells == {tuple(address): value for address, value in values.cells.items()}


_HASHES = """
import hashlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("contract_forms", sys.argv[1])
forms = importlib.util.module_from_spec(spec)
spec.loader.exec_module(forms)
from renderers.registry import TARGETS
layout = forms.layout_of(sys.argv[2])
filling = forms.filling_of(layout)
for target in TARGETS:
    for filled in (None, filling):
        print(target.name, filled is not None, hashlib.sha256(target.render(layout, filled)).hexdigest())
"""


def _hashes_elsewhere(package: str, folder: Path, seed: str, zone: str) -> list[str]:
    """The hashes of every target, made in another process, folder and time zone, a moment later."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    command = [sys.executable, "-c", _HASHES, str(Path(__file__).with_name("conftest.py")), package]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_same_bytes_in_every_process_folder_and_time_zone(tmp_path: Path) -> None:
    package = "vpcp/kstt"
    here = _hashes_elsewhere(package, ROOT, "1", "Asia/Ho_Chi_Minh")
    there = _hashes_elsewhere(package, tmp_path, "2", "America/New_York")
    assert len(here) == 2 * len(TARGETS)
    assert here == there


def test_rendering_twice_gives_the_same_bytes(layout: Layout, filling: Filling) -> None:
    def once() -> dict[str, str]:
        return {row.name: hashlib.sha256(row.render(layout, filling)).hexdigest() for row in TARGETS}

    assert once() == once()


def test_the_table_itself() -> None:
    assert len({row.name for row in TARGETS}) == len(TARGETS)
    assert len({row.filename for row in TARGETS}) == len(TARGETS)
    assert all(row.title and row.media_type for row in TARGETS)
    assert target("pdf").filename == "form.pdf"
    with pytest.raises(KeyError):
        target("docx")


def test_reading_the_table_imports_nothing_heavy() -> None:
    code = "import sys, renderers.registry; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "renderers.registry" in loaded
    heavy = {"pydantic", "jinja2", "openpyxl", "weasyprint", "compiler.cells", "lark"}
    assert not loaded & heavy


@each_target
def test_a_renderer_is_where_the_table_says(row: Target) -> None:
    render: Callable[..., bytes] = row.load()
    assert render.__name__ == "render"
    assert render.__doc__

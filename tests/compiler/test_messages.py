"""Every code of meaning.toml: its wrong example gives exactly that code, its right one none, its fix mends it."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import compiler
from compiler.package import Library
from compiler.pipeline import Compilation, compile_package
from compiler.proofs.limits import Proofs
from dsl.parse import parse
from dsl.span import Source

_CATALOGUE: dict[str, Any] = tomllib.loads(
    resources.files("dsl").joinpath("messages/meaning.toml").read_text(encoding="utf-8")
)
_FRAMES: dict[str, str] = _CATALOGUE["frames"]
_CODES: dict[str, dict[str, Any]] = {
    key: value for key, value in _CATALOGUE.items() if key.startswith("BIEU")
}

# These need files beside the source: test_packages.py.
_BY_FILES = {"BIEU0207", "BIEU0208"}


def whole_source(entry: dict[str, Any], kind: str) -> str:
    """The source that an example stands for: the fragment in its frame."""
    fragment = entry[kind].strip()
    if "frame" not in entry:
        return str(entry[kind])
    frame = _FRAMES[entry["frame"]]
    indent = re.search(r"^( *)@", frame, re.MULTILINE)
    assert indent is not None
    return frame.replace("@", fragment.replace("\n", "\n" + indent.group(1)))


def compiled(text: str) -> Compilation:
    """A package of one file, without the disk."""
    file, found = parse(Source("vi_du.bieu", text))
    return compile_package([file], {}, [], found, proofs=Proofs())


_EXAMPLES = [code for code, entry in _CODES.items() if "wrong" in entry and code not in _BY_FILES]


@pytest.mark.parametrize("code", _EXAMPLES)
def test_wrong_example_gives_its_code_alone_and_right_gives_none(code: str) -> None:
    entry = _CODES[code]
    assert [found.code for found in compiled(whole_source(entry, "wrong")).diagnostics] == [code]
    assert [found.code for found in compiled(whole_source(entry, "right")).diagnostics] == []


@pytest.mark.parametrize("code", [code for code in _EXAMPLES if "fix" in _CODES[code]])
def test_offered_fix_mends_the_example(code: str) -> None:
    text = whole_source(_CODES[code], "wrong")
    (found,) = compiled(text).diagnostics
    assert found.fix is not None
    span = found.fix.span
    mended = text[: span.start] + found.fix.replacement + text[span.end :]
    assert compiled(mended).diagnostics == ()


@pytest.mark.parametrize("code", sorted(_CODES))
def test_severity_is_the_catalogues(code: str) -> None:
    if code in _EXAMPLES:
        (found,) = compiled(whole_source(_CODES[code], "wrong")).diagnostics
        assert found.severity == _CODES[code]["severity"]


def test_every_code_that_the_compiler_gives_is_in_the_catalogue_and_the_other_way_round() -> None:
    folder = Path(compiler.__file__).parent
    given = {
        code
        for file in folder.rglob("*.py")
        for code in re.findall(r"\bBIEU0[2-9]\d\d\b", file.read_text(encoding="utf-8"))
    }
    assert given == set(_CODES)


def _package(folder: Path, name: str, lines: str, version: str = "1.0.0") -> Path:
    place = folder.joinpath(*name.split("."))
    place.mkdir(parents=True)
    (place / "goi.bieu").write_text(f'package {name} {version} "{name}"\n{lines}\n', encoding="utf-8")
    return place


def _codes(path: Path) -> list[str]:
    return [found.code for found in Library().load(path).diagnostics]


def test_used_package_is_found_beside_and_shares_its_names(tmp_path: Path) -> None:
    _package(tmp_path, "chung.don_vi", 'measure ho_so "hồ sơ"', version="1.4.2")
    user = _package(tmp_path, "a", 'use chung.don_vi ^1.2\nmeasure tap "tập" = 100 ho_so')
    assert _codes(user) == []
    assert Library().load(user).compilation.shared.measures["tap"].base == "ho_so"


def test_package_that_is_not_there_or_of_another_version(tmp_path: Path) -> None:
    _package(tmp_path, "chung", 'measure ho_so "hồ sơ"', version="2.0.0")
    user = _package(tmp_path, "a", "use chung ^1.0\nuse khong_co ^1.0")
    assert _codes(user) == ["BIEU0279", "BIEU0207"]


def test_package_that_uses_itself_or_goes_round(tmp_path: Path) -> None:
    alone = _package(tmp_path / "mot", "a", "use a ^1.0")
    assert _codes(alone) == ["BIEU0208"]
    folder = tmp_path / "hai"
    first = _package(folder, "b", "use c ^1.0")
    _package(folder, "c", "use b ^1.0")
    loaded = Library()
    assert [found.code for found in loaded.load(first).diagnostics] == ["BIEU0208"]
    assert [found.code for found in loaded.load(folder / "c").diagnostics] == ["BIEU0208"]


def test_used_package_with_errors_is_named(tmp_path: Path) -> None:
    _package(tmp_path, "chung", 'measure tap "tập" = 100 ho_so')
    user = _package(tmp_path, "a", "use chung ^1.0")
    assert _codes(user) == ["BIEU0278"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("code,label\nx,X\ny,Y\n", []),
        ("\ufeffcode,label,parent\nx,X,\ny,Y,x\n", []),
        ("ma,ten\nx,X\n", ["BIEU0273"]),
        ("code,label\nx,\n", ["BIEU0274"]),
        ("code,label\nx,X\nx,Y\n", ["BIEU0275"]),
        ("code,label,valid_from\nx,X,2026-02-30\n", ["BIEU0276"]),
        ('code,label\n"x,X\n', ["BIEU0276"]),
        ("code,label,parent\nx,X,z\n", ["BIEU0271"]),
    ],
)
def test_code_list_from_a_csv(tmp_path: Path, text: str, codes: list[str]) -> None:
    place = _package(tmp_path, "a", 'list l "L" from "l.csv"')
    (place / "l.csv").write_text(text, encoding="utf-8")
    assert _codes(place) == codes


def test_code_list_in_another_encoding_is_refused(tmp_path: Path) -> None:
    place = _package(tmp_path, "a", 'list l "L" from "l.csv"')
    (place / "l.csv").write_bytes("code,label\nx,Đất\n".encode("utf-16"))
    assert _codes(place) == ["BIEU0276"]


@pytest.mark.parametrize("path", ["../ngoai.csv", "khong_co.csv", "/etc/hostname", "."])
def test_code_list_outside_the_package_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "ngoai.csv").write_text("code,label\nx,X\n", encoding="utf-8")
    place = _package(tmp_path, "a", f'list l "L" from "{path}"')
    assert _codes(place) == ["BIEU0277"]


def test_table_of_a_million_cells_is_refused_with_its_limit() -> None:
    columns = "\n".join(f'c{number} "C" integer' for number in range(1000))
    rows = "\n".join(f'row r{number} "R"' for number in range(1000))
    text = (
        'package a 1.0.0 "A"\nregime r "R" {\n  period quarter\n  filled by commune\n  goes to province\n'
        f'  table t "T" {{\n columns {{\n{columns}\n}}\n rows {{\n{rows}\n}}\n }}\n}}\n'
    )
    (found,) = compiled(text).diagnostics
    assert found.code == "BIEU0290"
    assert dict(found.values) == {"found": "1000000", "limit": "100000", "what": "cell"}


def test_a_text_full_of_unknown_names_is_told_in_full_and_suggests_only_as_long_as_it_may() -> None:
    columns = "\n".join(f'c{number} "C" = ten_khac_{number}' for number in range(2000))
    text = (
        'package a 1.0.0 "A"\nregime r "R" {\n  period quarter\n  filled by commune\n  goes to province\n'
        f'  table t "T" {{\n columns {{\n{columns}\n}}\n rows {{\nrow x "X"\n}}\n }}\n}}\n'
    )
    found = compiled(text).diagnostics
    assert [one.code for one in found] == ["BIEU0202"] * 2000

"""A check that remembers the one before says exactly what a check from nothing says, whatever was edited in between."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.memory import Memory, Watched
from compiler.package import Library, LoadedPackage
from compiler.template import template_bytes

_SHARED = """package a 1.0.0 "A"
measure dong "đồng"
measure trieu_dong "triệu đồng" = 1_000_000 dong
measure ho_so "hồ sơ"
"""
_LISTS = """list linh_vuc "Lĩnh vực" {
  dat_dai "Đất đai"
  ho_tich "Hộ tịch"
}
list huyen "Huyện" from "huyen.csv"
"""
_CSV = "code,label\nson_ha,Sơn Hà\nba_to,Ba Tơ\n"


def _regime(name: str, measure: str, rows: str) -> str:
    return f"""regime {name} "R" {{
  period quarter
  filled by commune
  goes to province
  table t "T" {{
    measure {measure}
    columns {{
      c1 "Tổng" = c2 + c3 = c4
      c2 "Hai" integer >= 0
      c3 "Ba" integer = prior(c2)
      c4 "Bốn" integer
      c5 "Tiền" money measure trieu_dong = c6 + c6 rollup recompute
      c6 "Tiền" money measure dong
    }}
    rows {{
      each z from {rows}
      row tong "Tổng số" = sum(z) last
    }}
    check can_doi: c2 <= c4 "Sai"
  }}
  example "E" {{
    given {{ t[tong].c2 = 1 }}
    expect {{ t[tong].c3 = 1 }}
  }}
}}
"""


_FILES = {
    "chung.bieu": _SHARED,
    "danh_muc.bieu": _LISTS,
    "huyen.csv": _CSV,
    "mot.bieu": _regime("mot", "ho_so", "linh_vuc"),
    "hai.bieu": _regime("hai", "dong", "huyen") + _regime("ba", "dong", "linh_vuc"),
}

# What is put in the place of what: names, labels and factors that others read, and errors.
_REPLACEMENTS = (
    ("1_000_000", "1_000"),
    ("1.0.0", "1.1.0"),
    ('measure ho_so "hồ sơ"', 'measure ho_so "tập"'),
    ("measure dong", "measure vnd"),
    ("measure ho_so", "measure dong"),
    ('dat_dai "Đất đai"', 'dat "Đất"'),
    ('ho_tich "Hộ tịch"', 'ho_tich "Hộ tịch"; cu_tru "Cư trú"'),
    ("list linh_vuc", "list nganh"),
    ("son_ha,Sơn Hà\n", ""),
    ("code,label", "ma,ten"),
    ("c2 + c3", "c2 + c33"),
    ("c2 + c3", "c2 + c3 + 0"),
    ("integer >= 0", "intger"),
    ("check can_doi", "check"),
    ("regime ba", "regime mot"),
    ("each z from linh_vuc", "each z from huyen"),
    ("}", ""),
    ("money", "integer"),
)
edits = st.tuples(st.sampled_from(sorted(_FILES)), st.sampled_from(_REPLACEMENTS), st.booleans()) | st.tuples(
    st.sampled_from(sorted(_FILES)), st.just("remove") | st.just("restore") | st.just("newline")
)


def _edited(files: dict[str, str], edit: tuple[object, ...]) -> None:
    name = str(edit[0])
    match edit[1]:
        case "remove":
            files.pop(name, None)
        case "restore":
            files[name] = _FILES[name]
        case "newline":
            files[name] = "\n" + files.get(name, "")
        case (str(old), str(new)):
            old, new = (old, new) if edit[2] else (new, old)
            if old:
                files[name] = files.get(name, "").replace(old, new, 1)
        case other:
            raise AssertionError(other)


def _told(package: LoadedPackage) -> tuple[object, ...]:
    compilation = package.compilation
    regimes = [
        (template_bytes(regime.template), regime.examples, [cell.address for cell in regime.layout.order])
        for regime in compilation.regimes
    ]
    measures, lists = dict(compilation.shared.measures), dict(compilation.shared.code_lists)
    return package.diagnostics, regimes, measures, lists, compilation.head, package.sources


@given(st.lists(edits, min_size=1, max_size=6))
@settings(max_examples=120)
def test_a_check_after_edits_says_what_a_check_from_nothing_says(
    changes: list[tuple[object, ...]],
) -> None:
    memory = Memory()
    files = dict(_FILES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for change in (None, *changes):
            if change is not None:
                _edited(files, change)
            _write(folder, files)
            memory.begin()
            assert _told(Library(memory=memory).load(folder)) == _told(Library().load(folder))


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name in _FILES:
        path = folder / name
        if name in files:
            path.write_text(files[name], encoding="utf-8")
        else:
            path.unlink(missing_ok=True)


def _kept_templates(folder: Path, memory: Memory) -> dict[str, int]:
    memory.begin()
    regimes = Library(memory=memory).load(folder).compilation.regimes
    return {regime.template.regime: id(regime.template) for regime in regimes}


def test_the_package_that_is_edited_holds(tmp_path: Path) -> None:
    _write(tmp_path, _FILES)
    loaded = Library().load(tmp_path)
    assert loaded.diagnostics == ()
    assert len(loaded.compilation.regimes) == 3


def test_what_an_edit_does_not_touch_is_kept(tmp_path: Path) -> None:
    memory = Memory()
    _write(tmp_path, _FILES)
    before = _kept_templates(tmp_path, memory)
    _write(tmp_path, {**_FILES, "mot.bieu": _FILES["mot.bieu"].replace("Bốn", "Cột bốn")})
    after = _kept_templates(tmp_path, memory)
    assert {name for name, kept in before.items() if after[name] == kept} == {"hai", "ba"}
    # A label of a list that only `hai` reads, in a file that holds neither.
    _write(tmp_path, {**_FILES, "huyen.csv": _CSV.replace("Ba Tơ", "Ba Tô")})
    again = _kept_templates(tmp_path, memory)
    assert {name for name, kept in after.items() if again[name] == kept} == {"ba"}


def test_what_no_check_asks_for_any_more_is_forgotten(tmp_path: Path) -> None:
    memory = Memory()
    _write(tmp_path, _FILES)
    for number in range(5):
        text = _FILES["mot.bieu"].replace("Bốn", f"Bốn {number}")
        _write(tmp_path, {**_FILES, "mot.bieu": text})
        _kept_templates(tmp_path, memory)
    kept = len(memory._kept)
    assert kept <= 2 * 5  # three regimes and two lists, of this check and the one before


def test_a_watched_mapping_tells_what_was_asked() -> None:
    watched = Watched({"a": 1, "b": 2})
    assert watched.would_tell_the_same({})
    assert watched["a"] == 1
    assert watched.get("c") is None
    assert watched.would_tell_the_same({"a": 1})
    assert not watched.would_tell_the_same({"a": 2, "b": 2})
    assert not watched.would_tell_the_same({"a": 1, "c": 3})
    assert list(watched) == ["a", "b"]
    assert watched.would_tell_the_same({"a": 1, "b": 3})
    assert not watched.would_tell_the_same({"b": 2, "a": 1})

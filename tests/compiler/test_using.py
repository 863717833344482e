"""Packages that use others: which versions are chosen, what is said where none can be, and what a lock holds fast."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.lock import Lock, LockedPackage, content_hash, lock_of, lock_text, read_lock
from compiler.package import Library, LoadedPackage
from compiler.resolution import Resolution, resolve
from compiler.shelf import archive_bytes
from compiler.versions import Version
from dsl.render import to_text


def package(folder: Path, name: str, lines: str = "", version: str = "1.0.0", at: str | None = None) -> Path:
    place = folder.joinpath(*name.split(".")) if at is None else folder / at
    place.mkdir(parents=True)
    (place / "goi.bieu").write_text(f'package {name} {version} "{name}"\n{lines}\n', encoding="utf-8")
    return place


def archive(folder: Path, name: str, version: str, lines: str = "") -> Path:
    path = folder / f"{name}-{version}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    text = f'package {name} {version} "{name}"\n{lines}\n'
    path.write_bytes(archive_bytes({"goi.bieu": text.encode()}))
    return path


def lock(path: Path, *roots: Path) -> str:
    loaded = Library(roots, reads_lock=False).load(path)
    assert loaded.lock is not None
    text = lock_text(lock_of(loaded.used))
    loaded.lock.write_text(text, encoding="utf-8")
    return text


def codes(loaded: LoadedPackage) -> list[str]:
    return [found.code for found in loaded.diagnostics]


def words(loaded: LoadedPackage, folder: Path, language: str = "en") -> str:
    text = to_text(loaded.diagnostics, loaded.sources, "en" if language == "en" else "vi")
    return text.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")


def versions(loaded: LoadedPackage) -> dict[str, str]:
    return {each.name: each.version for each in loaded.used}


def test_newest_version_that_all_allow_is_taken_from_folders_and_archives(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.4.0", "2.0.0"):
        archive(tmp_path / "kho", "chung", version, 'measure ho_so "hồ sơ"')
    package(tmp_path / "kho", "chung", 'measure ho_so "hồ sơ"', "1.6.0", at="chung-moi")
    package(tmp_path / "kho", "khac", "use chung ^1.0 < 1.5")
    user = package(tmp_path / "goi", "a", 'use chung ^1.0\nuse khac ^1\nmeasure tap "tập" = 10 ho_so')
    loaded = Library((tmp_path / "kho",)).load(user)
    assert codes(loaded) == []
    assert versions(loaded) == {"chung": "1.4.0", "khac": "1.0.0"}


def test_an_older_version_is_taken_where_the_newest_leads_nowhere(tmp_path: Path) -> None:
    archive(tmp_path, "goc", "1.0.0")
    archive(tmp_path, "chung", "1.0.0", "use goc ^1.0")
    archive(tmp_path, "chung", "1.1.0", "use goc ^2.0")
    loaded = Library((tmp_path,)).load(package(tmp_path / "goi", "a", "use chung ^1.0"))
    assert codes(loaded) == []
    assert versions(loaded) == {"chung": "1.0.0", "goc": "1.0.0"}


def test_two_requirers_no_version_can_please(tmp_path: Path) -> None:
    for version in ("1.2.0", "2.1.0"):
        archive(tmp_path, "chung", version)
    package(tmp_path, "khac", "use chung ^2.0")
    loaded = Library().load(package(tmp_path, "a", "use chung ^1.0\nuse khac ^1.0"))
    assert words(loaded, tmp_path) == APART
    assert "không phiên bản nào hợp cả hai" in words(loaded, tmp_path, "vi")


APART = """error[BIEU0320]: `khac` wants `chung` ^2.0 and `a` wants ^1.0: no version can be both
 --> khac/goi.bieu:2:11
  |
2 | use chung ^2.0
  |           ^^^^
  = a/goi.bieu:2:11: `a` wants ^1.0

1 error
"""


def test_requirements_that_only_a_version_elsewhere_meets(tmp_path: Path) -> None:
    for version in ("1.2.0", "1.4.0"):
        archive(tmp_path, "chung", version)
    package(tmp_path, "khac", "use chung < 1.3")
    package(tmp_path, "b", "use chung > 1.2.0")
    assert codes(Library().load(package(tmp_path, "a", "use b ^1.0\nuse khac ^1.0"))) == ["BIEU0327"]


def test_circle_is_told_as_a_path_with_every_use(tmp_path: Path) -> None:
    package(tmp_path, "b", "use c ^1.0")
    package(tmp_path, "c", "use d ^1.0")
    package(tmp_path, "d", "use b ^1.0")
    loaded = Library().load(package(tmp_path, "a", "use b ^1.0"))
    assert words(loaded, tmp_path) == CIRCLE


CIRCLE = """error[BIEU0208]: packages use each other in a circle: b → c → d → b
 --> b/goi.bieu:2:5
  |
2 | use c ^1.0
  |     ^
  = c/goi.bieu:2:5: `c` uses `d`
  = d/goi.bieu:2:5: `d` uses `b`

1 error
"""


def test_lock_keeps_a_version_that_newer_ones_would_replace(tmp_path: Path) -> None:
    archive(tmp_path, "chung", "1.0.0")
    user = package(tmp_path, "a", "use chung ^1.0")
    lock(user)
    archive(tmp_path, "chung", "1.1.0")
    assert versions(Library().load(user)) == {"chung": "1.0.0"}
    assert versions(Library(reads_lock=False).load(user)) == {"chung": "1.1.0"}


def test_changed_package_is_refused_and_says_how_to_lock_again(tmp_path: Path) -> None:
    chung = package(tmp_path, "chung", 'measure ho_so "hồ sơ"')
    user = package(tmp_path, "a", 'use chung ^1.0\nmeasure tap "tập" = 10 ho_so')
    lock(user)
    assert codes(Library(needs_lock=True).load(user)) == []
    source = chung / "goi.bieu"
    source.write_text(source.read_text().replace("hồ sơ", "bộ hồ sơ"))
    loaded = Library().load(user)
    assert loaded.compilation.failed
    text = words(loaded, tmp_path)
    assert text.startswith("error[BIEU0328]: package `chung` 1.0.0 changed after it was locked")
    assert "run `bieu lock a`" in text
    lock(user)
    assert codes(Library().load(user)) == []


def test_locked_list_that_changed_beside_its_package_is_seen(tmp_path: Path) -> None:
    chung = package(tmp_path, "chung", 'list l "L" from "l.csv"')
    (chung / "l.csv").write_text("code,label\nx,X\n", encoding="utf-8")
    user = package(tmp_path, "a", "use chung ^1.0")
    lock(user)
    (chung / "l.csv").write_text("code,label\nx,Y\n", encoding="utf-8")
    assert codes(Library().load(user)) == ["BIEU0328"]
    (chung / "l.csv").write_text("code,label\nx,X\n", encoding="utf-8")
    (chung / "ghi_chu.txt").write_text("not of the package", encoding="utf-8")
    assert codes(Library().load(user)) == []


@pytest.mark.parametrize(
    ("lines", "version", "expected"),
    [
        ("use chung ^1.2", "1.0.0", ["BIEU0322"]),
        ("use chung ^1.0\nuse khac ^1.0", "1.0.0", ["BIEU0323"]),
        ("use chung ^1.0", "1.3.0", ["BIEU0324"]),
    ],
)
def test_lock_that_no_longer_fits(tmp_path: Path, lines: str, version: str, expected: list[str]) -> None:
    kho = package(tmp_path / "kho", "chung")
    package(tmp_path / "kho", "khac")
    user = package(tmp_path, "a", "use chung ^1.0")
    lock(user, tmp_path / "kho")
    source = kho / "goi.bieu"
    source.write_text(source.read_text().replace("1.0.0", version))
    (user / "goi.bieu").write_text(f'package a 1.0.0 "a"\n{lines}\n')
    assert codes(Library((tmp_path / "kho",)).load(user)) == expected


def test_lock_is_missing_where_it_is_needed(tmp_path: Path) -> None:
    package(tmp_path, "chung")
    user = package(tmp_path, "a", "use chung ^1.0")
    assert codes(Library().load(user)) == []
    assert codes(Library(needs_lock=True).load(user)) == ["BIEU0321"]
    assert codes(Library(needs_lock=True).load(tmp_path / "chung")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"format = 1\n[[package]",
        b"format = 2\n",
        b'format = 1\n[[package]]\nname = "chung"\nversion = "1.0.0"\nsha256 = "ab"\n',
        b"format = 1\n" + b"a." * 5000 + b"b = 1\n",
        lock_text(Lock(package=(LockedPackage(name="b", version="1.0.0", sha256="0" * 64),) * 2)).encode(),
        b" " * 1_000_001,
    ],
)
def test_lock_that_cannot_be_read(tmp_path: Path, data: bytes) -> None:
    package(tmp_path, "chung")
    user = package(tmp_path, "a", "use chung ^1.0")
    (user / "bieu.lock").write_bytes(data)
    assert codes(Library().load(user)) == ["BIEU0325"]


def test_lock_says_the_same_of_a_folder_and_of_its_archive_wherever_they_lie(tmp_path: Path) -> None:
    text = 'package chung 1.0.0 "chung"\nlist l "L" from "l.csv"\n'
    lists = "code,label\nx,X\n"
    folder = tmp_path / "mot" / "chung"
    folder.mkdir(parents=True)
    (folder / "goi.bieu").write_text(text, encoding="utf-8")
    (folder / "l.csv").write_text(lists, encoding="utf-8")
    (tmp_path / "hai").mkdir()
    packed = archive_bytes({"l.csv": lists.encode(), "goi.bieu": text.encode()})
    (tmp_path / "hai" / "chung-1.zip").write_bytes(packed)
    first = lock(package(tmp_path / "mot", "a", "use chung ^1.0"))
    second = lock(package(tmp_path / "hai", "a", "use chung ^1.0"))
    assert first == second
    assert str(tmp_path) not in first


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 nonsense", b"PK\x05\x06" + b"\0" * 18 + b"x", b"\0" * 100],
    ids=["empty", "cut", "tail", "zeros"],
)
def test_archive_that_cannot_be_read_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "chung-1.0.0.zip").write_bytes(data)
    user = package(tmp_path, "a", "use chung ^1.0")
    found = codes(Library().load(user))
    assert set(found) <= {"BIEU0326", "BIEU0207"}
    assert "BIEU0207" in found


def test_archive_that_unpacks_to_too_much_or_leads_outside(tmp_path: Path) -> None:
    path = tmp_path / "chung-1.0.0.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("goi.bieu", b" " * 60_000_000)
    user = package(tmp_path, "a", "use chung ^1.0")
    assert codes(Library().load(user)) == ["BIEU0207", "BIEU0326"]
    assert codes(Library().load(path)) == ["BIEU0326"]
    (tmp_path / "l.csv").write_text("code,label\nx,X\n")
    path.write_bytes(
        archive_bytes({"goi.bieu": b'package chung 1.0.0 "c"\nlist l "L" from "../l.csv"', "../l.csv": b"x"})
    )
    # Nothing is ever unpacked: a name that climbs out is only a name.
    assert codes(Library().load(path)) == ["BIEU0273"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "chung-1.0.0.zip", "l.csv"]


def test_folder_that_holds_another_package_is_not_the_one_asked_for(tmp_path: Path) -> None:
    package(tmp_path, "khac", at="chung")
    assert codes(Library().load(package(tmp_path, "a", "use chung ^1.0"))) == ["BIEU0207"]


def test_one_name_for_two_things_of_used_packages_or_ones_own(tmp_path: Path) -> None:
    package(tmp_path, "goc", 'measure m "m"')
    package(tmp_path, "b", 'use goc ^1.0\nlist l "L" {\n  x "X"\n}')
    package(tmp_path, "c", 'use goc ^1.0\nlist l "L" {\n  y "Y"\n}')
    # What both pass on from a third is one thing, the two lists are not.
    assert codes(Library().load(package(tmp_path, "a", "use b ^1.0\nuse c ^1.0"))) == ["BIEU0336"]
    own = package(tmp_path, "d", 'use b ^1.0\nmeasure m "khác"\nlist l "L" {\n  x "X"\n}\nindicator m "M" {}')
    assert codes(Library().load(own)) == ["BIEU0337", "BIEU0337"]


# Laws

_NAMES = st.sampled_from(["a", "b", "c", "danh_muc.chung"])
_LOCKED = st.builds(
    LockedPackage,
    name=st.one_of(_NAMES, st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)),
    version=st.sampled_from(["1.0.0", "0.3.1"]),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)


@given(
    st.lists(_LOCKED, unique_by=lambda each: each.name, max_size=5).flatmap(lambda all: st.permutations(all))
)
def test_lock_is_read_back_and_knows_no_order(packages: list[LockedPackage]) -> None:
    written = lock_text(lock_of(packages))
    assert read_lock(written.encode()) == lock_of(packages)
    assert lock_text(lock_of(reversed(packages))) == written


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.binary(max_size=6), max_size=4))
def test_hash_is_of_the_contents_alone(contents: dict[str, bytes]) -> None:
    assert content_hash(contents) == content_hash(dict(reversed(contents.items())))
    assert content_hash(contents) != content_hash({**contents, "thêm.bieu": b""})


@given(st.data())
def test_resolution_meets_every_requirement_whatever_the_order_of_the_shelf(data: st.DataObject) -> None:
    """On random shelves without circles: what is chosen fits, and does not depend on what is found first."""
    from dataclasses import dataclass

    from compiler.resolution import Requirement
    from compiler.versions import parse_range
    from dsl.span import Span

    @dataclass(frozen=True)
    class Candidate:
        name: str
        version: Version
        requirements: tuple[Requirement, ...]

    names = ["d", "c", "b"]
    nowhere = Span("x", 0, 0)

    def requirement(requirer: str, name: str) -> Requirement:
        text = data.draw(st.sampled_from(["^1", "^2", "1.0", ">= 1.1", "< 2", "> 0"]))
        found = parse_range(text)
        assert found is not None
        return Requirement(name, text, found, requirer, nowhere, nowhere)

    shelf: dict[str, list[Candidate]] = {}
    for position, name in enumerate(names):
        known = data.draw(st.sets(st.sampled_from([(1, 0), (1, 1), (2, 0)]), min_size=1))
        shelf[name] = [
            Candidate(
                name,
                Version(major, minor, 0),
                tuple(requirement(name, each) for each in names[:position] if data.draw(st.booleans())),
            )
            for major, minor in sorted(known)
        ]
    wanted = [requirement("a", name) for name in names if data.draw(st.booleans())]
    one = resolve(wanted, lambda name: shelf[name])
    other = resolve(wanted, lambda name: list(reversed(shelf[name])))
    assert one == other
    if isinstance(one, Resolution):
        asked = [*wanted, *(each for chosen in one.chosen.values() for each in chosen.requirements)]
        assert {each.name for each in asked} == set(one.chosen)
        assert all(one.chosen[each.name].version in each.range for each in asked)
        places = list(one.chosen)
        for chosen in one.chosen.values():
            assert all(places.index(each.name) < places.index(chosen.name) for each in chosen.requirements)
    else:
        # There is truly none: every combination of versions misses something.
        from itertools import product

        for combination in product(*shelf.values()):
            there = {each.name: each for each in combination}
            open_ones, seen, holds = list(wanted), set(), True
            while open_ones:
                each = open_ones.pop()
                holds = holds and there[each.name].version in each.range
                if each.name not in seen:
                    seen.add(each.name)
                    open_ones += there[each.name].requirements
            assert not holds

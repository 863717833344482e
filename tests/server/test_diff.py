"""`bieu diff` on pairs of editions: every kind of change in words and as data, the verdict, and what a CI sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import templates_library
from compiler.changes.rules import SUBMISSIONS, TERMS, WORKBOOKS, rules
from server.cli import main

_PAIRS = Path(__file__).parents[1] / "changes"
_NAMES = sorted(path.name.removesuffix(".old.bieu") for path in _PAIRS.glob("*.old.bieu"))
_LIBRARY = Path(templates_library.__path__[0])
_ENOUGH = {"form": 1, "shared": 1, "renumbered": 0, "small": 0, "words": 0}

_PAGE = """# What can change between two editions

The rules of `bieu diff` (`compiler/changes/changes.toml`): the version number that each change makes due, and what
becomes of stored submissions, of workbooks in the field and of series over time. [packages.md](packages.md) says what
the words mean. This page is written by `pytest --update-goldens`.

| change | due | submissions | workbooks | series |
| --- | --- | --- | --- | --- |
"""

Golden = Callable[[Path, str], None]


def run(*arguments: str | Path) -> Result:
    """`bieu diff` with these arguments."""
    return CliRunner().invoke(main, ["diff", *(str(argument) for argument in arguments)])


def pair(name: str) -> tuple[Path, Path]:
    """The two editions of a case."""
    return _PAIRS / f"{name}.old.bieu", _PAIRS / f"{name}.new.bieu"


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_changes_are_told_in_these_words(name: str, language: str, golden: Golden) -> None:
    result = run(*pair(name), "--language", language)
    assert result.exit_code == _ENOUGH[name]
    golden(_PAIRS / f"{name}.{language}.txt", result.output)


def test_every_kind_of_change_has_a_case_and_every_word_is_said() -> None:
    found: set[str] = set()
    said = ""
    for name in _NAMES:
        result = run(*pair(name), "--format", "json")
        found |= {change["kind"] for change in json.loads(result.output)["changes"]}
        said += result.output
    # What no field of today's templates can be: the answer to a part of the language that has no rule yet.
    assert set(rules()) - found == {"something_else"}
    assert [words for words in TERMS.values() if words[0] not in said or words[1] not in said] == []


@pytest.mark.parametrize("name", _NAMES)
def test_an_edition_beside_itself_has_no_change(name: str) -> None:
    for path in pair(name):
        result = run(path, path, "--language", "en")
        assert result.exit_code == 0
        assert "Nothing changed." in result.output


def test_json_says_what_the_text_says() -> None:
    result = run(*pair("renumbered"), "--format", "json")
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert (found["due"], found["due_version"], found["enough"]) == ("minor", "1.3.0", True)
    assert found["effects"] == [
        {"regime": "r", "submissions": "mapped", "workbooks": "mapped", "broken": [], "ended": []}
    ]
    assert found["changes"][1] == {
        "kind": "column_renamed",
        "regime": "r",
        "place": "t.c5",
        "due": "minor",
        "submissions": "mapped",
        "workbooks": "mapped",
        "series": "unbroken",
        "problem": False,
        "vi": "cột `c4` đổi tên thành `c5`",
        "en": "column `c4` was renamed to `c5`",
    }


def test_built_package_is_compared_like_its_source(tmp_path: Path) -> None:
    source = shutil.copytree(_LIBRARY / "vpcp" / "kstt", tmp_path / "goi" / "vpcp" / "kstt")
    shutil.copytree(_LIBRARY / "danh_muc", tmp_path / "goi" / "danh_muc")
    built = CliRunner().invoke(main, ["build", str(source), "-o", str(tmp_path / "cu")])
    assert built.exit_code == 0, built.output
    assert run(tmp_path / "cu", source).exit_code == 0
    file = source / "kstt.bieu"
    file.write_text(
        file.read_text(encoding="utf-8").replace('c13 "Quá hạn" integer >= 0', 'c13 "Quá" integer')
    )
    result = run(tmp_path / "cu", source)
    assert result.exit_code == 1
    assert "b06a.c13: giới hạn rộng hơn: >= 0 thành không có" in result.output
    assert "chưa đủ: ít nhất phải là 1.1.0" in result.output


def test_one_without_a_package_several_or_a_broken_build_is_wrong_use(tmp_path: Path) -> None:
    old, _ = pair("words")
    assert run(old, tmp_path).exit_code == 2
    assert run(old, _LIBRARY).exit_code == 2
    (tmp_path / "package.json").write_text('{"format": 1}')
    assert run(old, tmp_path).exit_code == 2


def test_source_with_errors_is_told_as_check_tells_it(tmp_path: Path) -> None:
    old, _ = pair("words")
    broken = tmp_path / "a.bieu"
    broken.write_text(old.read_text(encoding="utf-8").replace("c1 >= 0", "c9 >= 0"), encoding="utf-8")
    result = run(old, broken)
    assert result.exit_code == 1
    assert "BIEU0202" in result.output


def test_older_version_is_never_enough() -> None:
    old, new = pair("words")
    result = run(new, old)
    assert result.exit_code == 1
    assert "chưa đủ" in result.output


def test_rules_are_on_a_page(golden: Golden) -> None:
    lines = _PAGE.splitlines()
    for rule in rules().values():
        words = rule.en.replace("|", "\\|")
        lines.append(f"| {words} | {rule.due} | {rule.submissions} | {rule.workbooks} | {rule.series} |")
    golden(_PAIRS.parents[1] / "docs" / "changes.md", "\n".join(lines) + "\n")


def test_rules_are_ordered_sensibly() -> None:
    """A change that costs someone something is never a mere change of wording; what refuses a workbook is breaking."""
    for kind, rule in rules().items():
        if rule.due == "patch":
            assert (rule.submissions, rule.workbooks, rule.series) == ("valid", "accepted", "unbroken"), kind
        if rule.due == "minor":
            assert SUBMISSIONS.index(rule.submissions) <= SUBMISSIONS.index("mapped"), kind
            assert WORKBOOKS.index(rule.workbooks) <= WORKBOOKS.index("mapped"), kind
            assert rule.series in {"unbroken", "new"}, kind

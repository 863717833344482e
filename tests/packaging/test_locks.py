"""The lock files: every entry has a hash, none an address; they agree with each other and with what is asked for."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-npm.lock"]
NPM_FILES = ["package.json", "package-lock.json"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def entries(lock: str) -> dict[str, str]:
    """Each pinned requirement with all its lines: `name==version` to the text up to the next one."""
    found: dict[str, str] = {}
    current = ""
    for line in read(lock).splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            current = line.removesuffix("\\").split(";")[0].strip()
            found[current] = ""
        found[current] += line + "\n"
    return found


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s<>=!~;\[]", text)[0].lower() for text in requirements}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_every_python_library_is_pinned_with_a_hash(lock: str) -> None:
    locked = entries(lock)
    assert locked
    for requirement, text in locked.items():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", requirement), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", text), f"{requirement} has no hash"


@pytest.mark.parametrize("name", PYTHON_LOCKS + NPM_FILES)
def test_no_lock_names_an_address_or_a_place_on_a_machine(name: str) -> None:
    found = re.findall(
        r".*(?:://|--index|--extra-index|--find-links|(?:^|[\s\"'=])(?:/|~|\.\.?/)\w).*", read(name)
    )
    assert not found


def _front_end_parts() -> dict[str, str]:
    """What is asked for, to run and to measure."""
    package = json.loads(read("package.json"))
    return {**package["dependencies"], **package["devDependencies"]}


def test_every_front_end_part_is_pinned_with_a_hash() -> None:
    """`npm ci` refuses a wrong hash, but lets a missing one pass in silence."""
    packages = json.loads(read("package-lock.json"))["packages"]
    asked = _front_end_parts()
    own = packages.pop("")
    assert own["dependencies"] | own["devDependencies"] == asked
    for version in asked.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), "a front-end part is pinned, not ranged"
    assert {f"node_modules/{name}" for name in asked} <= set(packages)
    for place, entry in packages.items():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", entry.get("integrity", "")), f"{place} has no hash"
        assert not {"resolved", "funding"} & set(entry), place


def test_what_bieu_runs_on_is_what_it_is_tested_with() -> None:
    run, dev = entries("requirements.lock"), entries("requirements-dev.lock")
    assert set(run) <= set(dev), "run script/lock"
    for requirement in run:
        hashes = re.compile(r"sha256:[0-9a-f]{64}")
        assert set(hashes.findall(run[requirement])) == set(hashes.findall(dev[requirement])), requirement


def test_locks_hold_all_that_the_project_asks_for(project: dict[str, Any]) -> None:
    groups = project["dependency-groups"]
    asked = {
        "requirements.lock": project["project"]["dependencies"] + groups["setup"],
        "requirements-dev.lock": project["project"]["dependencies"] + groups["setup"] + groups["test"],
        "requirements-npm.lock": groups["npm"],
    }
    assert set(asked) == set(PYTHON_LOCKS)
    for lock, requirements in asked.items():
        locked = {requirement.split("==")[0] for requirement in entries(lock)}
        assert names(requirements) <= locked, f"{lock} is old: run script/lock"


def test_every_library_that_is_asked_for_is_explained(project: dict[str, Any]) -> None:
    groups = project["dependency-groups"]
    asked = names(
        [*project["project"]["dependencies"], *(text for group in groups.values() for text in group)]
    )
    asked |= set(_front_end_parts())
    rows = [line.lower() for line in read("docs/dependencies.md").splitlines() if line.startswith("|")]
    unexplained = {name for name in asked if not any(name in row.split("|")[1] for row in rows)}
    assert not unexplained, "add a row to docs/dependencies.md"

"""What the code imports is asked for by name, not left to come along with something else."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ["dsl", "compiler", "renderers", "runtime", "server"]
OURS = {*PACKAGES, "templates_library", "bench", "tests"}


def imported(folders: list[str]) -> Iterator[tuple[str, str]]:
    """Each import of another's package, as the name of the package and the file that imports it."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                for name in names:
                    top = name.split(".")[0]
                    if top not in sys.stdlib_module_names and top not in OURS:
                        yield top, str(path.relative_to(ROOT))


def asked_for(*, tests: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = list(project["project"]["dependencies"])
    if tests:
        requirements += project["dependency-groups"]["test"] + project["dependency-groups"]["setup"]
    return {normal(re.split(r"[\s<>=!~;\[]", text)[0]) for text in requirements}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def not_asked_for(folders: list[str], asked: set[str]) -> set[tuple[str, str]]:
    distributions = packages_distributions()
    return {
        (package, file)
        for package, file in imported(folders)
        if not {normal(name) for name in distributions.get(package, [package])} & asked
    }


def test_what_the_packages_import_is_a_dependency() -> None:
    assert not not_asked_for(PACKAGES, asked_for(tests=False))


def test_what_tests_and_benchmarks_import_is_in_the_group_for_tests() -> None:
    assert not not_asked_for(["tests", "bench"], asked_for(tests=True))

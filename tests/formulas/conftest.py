"""The rows, and the engines that run them, each started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from compiler.cells import Layout
from compiler.formula.evaluate import Evaluation
from compiler.values import Values
from runtime.agreement.engines import EmbeddedV8, Engine
from tests.formulas import engines as all_engines
from tests.formulas.rows import ROWS, Results, Suite


@pytest.fixture(scope="session")
def suite() -> Suite:
    return Suite(tuple(ROWS))


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    with all_engines.engines() as found:
        yield found


@pytest.fixture(scope="session")
def results(suite: Suite, engines: dict[str, Engine]) -> Callable[[str], Results]:
    """What an engine gives for all rows, run once."""
    return cache(lambda name: all_engines.results(engines[name], suite))


@pytest.fixture(scope="session")
def v8() -> Callable[[Layout, Values], Evaluation | None]:
    """A whole report evaluated by the generated script, opening values and captures as a form holds them."""
    engine = EmbeddedV8()
    return lambda layout, values: engine.evaluate(layout, [values])[0]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        metafunc.parametrize("engine_name", all_engines.ENGINES)
    if "spreadsheet" in metafunc.fixturenames:
        metafunc.parametrize("spreadsheet", all_engines.SPREADSHEETS)

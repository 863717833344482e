"""What all tests share: Hypothesis without a clock, and goldens.

What takes long on a busy machine isn't wrong; time is measured by script/bench. A golden is a file beside its source
that holds the exact text a stage makes of it; `pytest --update-goldens` writes them anew, and the diff is then read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("bieu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bieu")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="write every golden anew instead of comparing"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with the golden at a path, byte for byte; under --update-goldens writes it there."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_bytes(text.encode())
            return
        assert path.exists(), f"{path.name} is missing: run pytest --update-goldens and read it"
        assert text == path.read_bytes().decode()

    return compare

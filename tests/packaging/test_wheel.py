"""The wheel: code, and all the data that lies beside it, the ignored fonts included; and the same bytes each time."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["dsl", "compiler", "renderers", "runtime", "server", "templates_library"]


def build(directory: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = directory.glob("bieu-*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def test_it_carries_every_file_of_the_packages(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *PACKAGES], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    tracked = {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    fonts = {f"renderers/fonts/{name}" for name in ("OFL.txt", "Tinos-Regular.ttf", "Tinos-Bold.ttf",
                                                    "Tinos-Italic.ttf", "Tinos-BoldItalic.ttf")}  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    assert tracked
    assert tracked | fonts <= carried


def test_it_carries_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        assert tops <= {*PACKAGES, *(top for top in tops if top.startswith("bieu-"))}
        assert not [name for name in archive.namelist() if "__pycache__" in name or "/." in name]


def test_it_is_the_same_each_time(wheel: Path, tmp_path: Path) -> None:
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (wheel, build(tmp_path))}
    assert len(digests) == 1

"""A headless LibreOffice that computes workbooks: the spreadsheet program that can be run anywhere.

Excel itself can't be run here. What its formulas may use is held by `compiler/formula/emit/excel.py`.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from runtime.agreement.engines import EngineMissing

NAME = "LibreOffice"
_SECONDS = 600
_FILTER = "xlsx:Calc MS Excel 2007 XML"

# LibreOffice recalculates what it loads only when told to.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


class Office:
    """LibreOffice with a profile of its own, for as long as the `with` lasts. Raises EngineMissing."""

    def __init__(self) -> None:
        program = shutil.which("soffice")
        if program is None:
            raise EngineMissing(NAME, "apt-get install libreoffice-calc")
        self._program = program
        self._folder = TemporaryDirectory(prefix="bieu-office-")
        self._count = 0
        profile = Path(self._folder.name) / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        self._profile = profile.as_uri()

    def __enter__(self) -> Office:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def computed(self, books: Sequence[bytes]) -> list[bytes]:
        """The workbooks as LibreOffice saves them again, every formula computed; all in one start."""
        self._count += 1
        source, target = (Path(self._folder.name) / f"{name}{self._count}" for name in ("in", "out"))
        source.mkdir()
        paths = [source / f"{number}.xlsx" for number in range(len(books))]
        for path, data in zip(paths, books, strict=True):
            path.write_bytes(data)
        command = [self._program, f"-env:UserInstallation={self._profile}", "--headless"]
        command += ["--convert-to", _FILTER, "--outdir", str(target), *map(str, paths)]
        done = subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)
        found = [target / path.name for path in paths]
        if done.returncode or not all(path.exists() for path in found):
            raise EngineMissing(NAME, done.stderr.decode(errors="replace").strip() or "soffice --convert-to")
        return [path.read_bytes() for path in found]

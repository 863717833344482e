"""Many files at once: out of folders and ZIP archives, read on all cores, with one outcome a file.

The rules are `intake.py`'s, file by file. Here is what several need besides: which files there are, within limits; two
reports of one unit and period; and the work shared among processes, each of which makes the form's checks once.
"""

from __future__ import annotations

import multiprocessing
import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.formula.evaluate import Evaluation
from compiler.template import Template
from runtime.intake import MOST_BYTES, CheckedReport, Expected, RefusedFile, read_report

MOST_FILES = 5_000
"""The most files taken in one go: a report of every commune of the country, and more."""

MOST_UNPACKED = 2**30
"""Bytes of all files of one archive."""

_SUFFIXES = frozenset({".xlsx", ".json"})
_IGNORED = ("~$", ".")
"""How files begin that spreadsheet programs and systems leave beside the ones meant."""


@dataclass(frozen=True)
class Incoming:
    """A file by name. `problem` in the place of bytes that could not be had."""

    name: str
    data: bytes = b""
    problem: Finding | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    name: str
    result: CheckedReport | RefusedFile

    @property
    def taken(self) -> bool:
        """Whether the report may be kept."""
        return isinstance(self.result, CheckedReport)

    @property
    def period(self) -> str:
        """The code of the period the file says it is of, "" where it doesn't."""
        return self.result.period.code if isinstance(self.result, CheckedReport) else self.result.period

    def count(self, severity: str) -> int:
        """How many findings of a severity there are."""
        return sum(finding.severity == severity for finding in self.result.findings)


# -- which files there are ---------------------------------------------------------------------------------------


def incoming(paths: Iterable[Path]) -> Iterator[Incoming]:
    """The files meant by paths: a file itself, all reports below a folder, all reports in a ZIP archive.

    A workbook is an archive too, and is told apart by what is in it. In order of names; raises OSError for what can't
    be read.
    """
    count = 0
    for path in paths:
        for each in _of_path(path):
            count += 1
            if count > MOST_FILES:
                yield Incoming(each.name, problem=_error("too_many_files", limit=str(MOST_FILES)))
                return
            yield each


def _of_path(path: Path) -> Iterator[Incoming]:
    if path.is_dir():
        for below in sorted(path.rglob("*")):
            if below.is_file() and _is_meant(below.name):
                yield _file(below, below.relative_to(path.parent).as_posix())
    elif path.stat().st_size > MOST_BYTES and path.suffix.lower() != ".zip":
        yield _file(path, path.name)
    else:
        data = path.read_bytes()
        archived = files_of_archive(data) if path.suffix.lower() != ".xlsx" else None
        if archived is None:
            yield Incoming(path.name, data)
        else:
            for each in archived:
                yield replace(each, name=f"{path.name}/{each.name}")


def _file(path: Path, name: str) -> Incoming:
    size = path.stat().st_size
    if size > MOST_BYTES:
        # Not even opened: what is refused for its length needs no reading.
        problem = _error("file_too_large", found=str(size), limit=str(MOST_BYTES))
        return Incoming(name, problem=problem)
    return Incoming(name, path.read_bytes())


def files_of_archive(data: bytes) -> Iterator[Incoming] | None:
    """The reports in a ZIP archive; None where it is none, or is a workbook itself."""
    try:
        archive = ZipFile(BytesIO(data))
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" in archive.namelist():
        return None
    return _unpacked(archive)


def _unpacked(archive: ZipFile) -> Iterator[Incoming]:
    budget = MOST_UNPACKED
    with archive:
        for part in sorted(archive.infolist(), key=lambda part: part.filename):
            name = PurePosixPath(part.filename.replace("\\", "/"))
            if part.is_dir() or not _is_meant(name.name) or "__MACOSX" in name.parts:
                continue
            each = _member(archive, part, str(name), min(MOST_BYTES, budget))
            budget -= len(each.data)
            yield each


def _member(archive: ZipFile, part: ZipInfo, name: str, most: int) -> Incoming:
    if part.flag_bits & 1:
        return Incoming(name, problem=_error("workbook_locked"))
    try:
        with archive.open(part) as stream:
            data = stream.read(most + 1)
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        return Incoming(name, problem=_error("workbook_broken"))
    if len(data) > most:
        return Incoming(name, problem=_error("file_too_large", found=f"> {most}", limit=str(most)))
    return Incoming(name, data)


def _is_meant(name: str) -> bool:
    return not name.startswith(_IGNORED) and PurePosixPath(name).suffix.lower() in _SUFFIXES


# -- what they hold ----------------------------------------------------------------------------------------------


class Readers:
    """Processes that read files of one form, each ready before the first file comes."""

    def __init__(self, layout: Layout, pool: ProcessPoolExecutor | None) -> None:
        self._layout = layout
        self._pool = pool

    def read(self, files: Iterable[Incoming], expected: Expected | None = None) -> Iterator[Outcome]:
        """One outcome a file, in the order of the files, as they are done."""
        given = expected or Expected()
        if self._pool is None:
            for file in files:
                yield _outcome(self._layout, file, given)
        else:
            # Not all at once: only a few files wait in memory.
            yield from self._pool.map(_read_one, ((file, given) for file in files), chunksize=1)


@contextmanager
def readers(layout: Layout, processes: int) -> Iterator[Readers]:
    """Readers on so many processes; with one, in this process."""
    if processes <= 1:
        yield Readers(layout, None)
        return
    # A copy of this process starts at once, but must not be made while threads run in it.
    alone = threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if alone else "spawn")
    template = layout.template.model_dump_json()
    with ProcessPoolExecutor(processes, context, _get_ready, (template,)) as pool:
        # Every process is made now, while it is known that no thread runs.
        list(pool.map(_warm_up, range(processes)))
        yield Readers(layout, pool)


_READY: list[Layout] = []


def _get_ready(template: str) -> None:
    _READY[:] = [Layout(Template.model_validate_json(template))]


def _warm_up(_: int) -> None:
    read_report(_READY[0], b"PK\x03\x04")


def _read_one(task: tuple[Incoming, Expected]) -> Outcome:
    file, expected = task
    found = _outcome(_READY[0], file, expected)
    if isinstance(found.result, CheckedReport):
        # The checks' outcomes belong to this process's own copy of the form.
        evaluation = Evaluation(found.result.evaluation.values, ())
        found = replace(found, result=replace(found.result, evaluation=evaluation))
    return found


def _outcome(layout: Layout, file: Incoming, expected: Expected) -> Outcome:
    if file.problem is not None:
        return Outcome(file.name, RefusedFile((file.problem,)))
    return Outcome(file.name, read_report(layout, file.data, file.name, expected))


def one_each(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The same outcomes, with reports refused that two files hold: which of them is meant is for a person to say."""
    reports = [(each.result.unit, each.period) for each in outcomes if each.taken]
    many = {which for which, count in Counter(reports).items() if count > 1}
    told = []
    for each in outcomes:
        if each.taken and (each.result.unit, each.period) in many:
            other = next(
                one.name
                for one in outcomes
                if one is not each
                and one.taken
                and (one.result.unit, one.period) == (each.result.unit, each.period)
            )
            problem = _error("report_twice", unit=each.result.unit, other=other)
            refused = RefusedFile((problem, *each.result.findings), None, each.result.unit, each.period)
            each = Outcome(each.name, refused)
        told.append(each)
    return tuple(told)


def _error(code: str, **values: str) -> Finding:
    return Finding(code=code, severity="error", place=Place(), values=values)

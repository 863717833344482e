"""A filled workbook read back: the report it holds, what it was made from, and everything that is wrong with it.

The inverse of `write.py`. Bytes first pass the gate (`gate.py`); the workbook must then say which template it was made
from, or nothing in it is looked at. Cells are found by their names, wherever the sheets were moved or however they
were renamed, also after another program saved the file (`positions.py`). All problems are named at once, each with
sheet, cell and the words of the form.

Numbers of computed cells are taken where a spreadsheet program left its results, so that whoever evaluates the report
can compare: a formula that someone wrote a number over shows up as a difference. A workbook that was never opened has
no results, and that is no error. What a value must be (required, bounds, checks) is `validators.py`'s matter, which of
the captured values are true the runtime's.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.values import Values
from renderers.xlsx.contents import Contents
from renderers.xlsx.gate import Examined, examine
from renderers.xlsx.harvest import Harvest
from renderers.xlsx.identity import WorkbookIdentity
from renderers.xlsx.parts import read_parts
from renderers.xlsx.positions import Positions, by_names, by_places, form_positions, has_names
from renderers.xlsx.reading import Reading, nothing
from renderers.xlsx.recognising import identity_reach, mismatches, recognised


def read_workbook(layout: Layout, data: bytes) -> tuple[Values, WorkbookIdentity | None, tuple[Finding, ...]]:
    """The values a workbook holds, which template, unit and period it says it is of, and what is wrong with it.

    What is wrong is left out of the values. The identity is None for what is no workbook of ours; for one of another
    template nothing but the identity is read.
    """
    reading = read(layout, data)
    return reading.values, reading.identity, reading.findings


def read(layout: Layout, data: bytes) -> Reading:
    """As `read_workbook`, and where everything stood."""
    return _guarded(data, lambda examined: _read(layout, data, examined))


def identify(data: bytes) -> WorkbookIdentity | Finding:
    """Which form a workbook was made from, without the form at hand."""
    reading = _guarded(data, lambda examined: _identified(data, examined))
    return reading.findings[0] if reading.identity is None else reading.identity


def _guarded(data: bytes, work: Callable[[Examined], Reading]) -> Reading:
    examined = examine(data)
    if isinstance(examined, Finding):
        return nothing(None, examined)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of everything it doesn't know; whatever matters here is looked at anyway.
            warnings.simplefilter("ignore")
            return work(examined)
    except BaseException as error:
        # Well-formed XML can still be nonsense, and the libraries then fail with whatever they stumble over: a
        # KeyError for a style that is not there, a panic of calamine's, which is no Exception … None is our own.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return nothing(None, Finding(code="workbook_broken", severity="error"))


def _identified(data: bytes, examined: Examined) -> Reading:
    parts = read_parts(examined.small)
    contents = Contents(data, examined, parts, identity_reach())
    try:
        identity = recognised(parts, contents)
        return nothing(None, identity) if isinstance(identity, Finding) else nothing(identity)
    finally:
        contents.close()


def _read(layout: Layout, data: bytes, examined: Examined) -> Reading:
    parts = read_parts(examined.small)
    named = has_names(layout, parts)
    positions = by_names(layout, parts.names) if named else form_positions(layout)
    contents = Contents(data, examined, parts, {**positions.reach(), **identity_reach()})
    try:
        identity = recognised(parts, contents)
        if isinstance(identity, Finding):
            return nothing(None, identity)
        wrong = mismatches(layout, identity, parts)
        if not named and not wrong:
            positions = by_places(layout, contents)
        identity = _with_entered(identity, contents, positions)
        if wrong:
            return nothing(identity, *wrong)
        return Harvest(layout, contents, positions, examined.links).reading(identity)
    finally:
        contents.close()


def _with_entered(identity: WorkbookIdentity, contents: Contents, positions: Positions) -> WorkbookIdentity:
    """The identity with what the unit entered on the cover of a blank workbook."""
    entered = {}
    for field, spot in positions.identity.items():
        if not getattr(identity, field):
            text = contents.at(spot).as_text()
            entered[field] = text.strip() if text is not None else ""
    return replace(identity, **entered)


__all__ = ["Reading", "WorkbookIdentity", "identify", "read", "read_workbook"]

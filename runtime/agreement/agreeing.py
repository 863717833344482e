"""A form held to its definition: boundary reports through every back end, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.values import Address
from renderers.xlsx.results import Beyond, results, server_alone
from runtime.agreement import differences, workbooks
from runtime.agreement.columns import Columns, duckdb_columns
from runtime.agreement.differences import Difference
from runtime.agreement.engines import EmbeddedV8, Engine, GeneratedPython, Reference, Result
from runtime.agreement.office import NAME, Office
from runtime.agreement.submissions import Submission, half_cells, submissions

BOOKS = 8
"""Workbooks that one start of LibreOffice computes: between the cost of a start and signs of progress."""

Tick = Callable[[str, int, int], None]
"""Called with the engine, and how many of its reports are done of how many."""


@dataclass(frozen=True)
class Agreement:
    """What came of one form.

    listed: cells that the compiler lists as meeting an exact half in doubles. alone: cells and checks that a workbook
    leaves to the server. unbroken: checks, by name and place, for which no single wrong cell was found. large: how many
    reports columns refused for their size and left to the reference.
    """

    regime: str
    reports: int
    books: int
    values: int
    differences: tuple[Difference, ...]
    listed: tuple[Address, ...]
    alone: tuple[str, ...]
    unbroken: tuple[str, ...]
    large: int

    @property
    def refused(self) -> tuple[Difference, ...]:
        """The differences that refuse the package."""
        return tuple(one for one in self.differences if one.weight == "refused")


def integer_engines() -> list[Engine]:
    """The engines whose answers are exact. Raises EngineMissing."""
    return [GeneratedPython(), EmbeddedV8(), duckdb_columns()]


def agree(
    layout: Layout, engines: Sequence[Engine], office: Office, tick: Tick = lambda *_: None
) -> Agreement:
    """Run the boundary reports of a form through the engines and its workbook. Raises EngineMissing."""
    tried = list(submissions(layout))
    right = Reference().evaluate(layout, [one.values for one in tried])
    found: list[Difference] = []
    large = 0
    for engine in engines:
        tick(engine.name, 0, len(tried))
        for one, wanted, got in zip(
            tried, right, engine.evaluate(layout, [one.values for one in tried]), strict=True
        ):
            if got is None and wanted is not None and isinstance(engine, Columns):
                # Columns refuse what outgrows them on the way: such reports are the reference's.
                large += 1
                continue
            found += differences.compared(layout, engine.name, one.name, wanted, got)
        tick(engine.name, len(tried), len(tried))
    alone = server_alone(layout)
    books = [(one, wanted) for one, wanted in for_workbooks(layout, tried, right) if wanted is not None]
    found += _workbooks(layout, books, alone, office, tick)
    broken = {one.check for one in tried}
    return Agreement(
        regime=layout.template.regime,
        reports=len(tried),
        books=len(books),
        values=len(tried) * (len(layout.order) + len(layout.checks)),
        differences=tuple(found),
        listed=tuple(cell.address for cell in half_cells(layout)),
        alone=alone.places(layout),
        unbroken=tuple(
            f"{placed.check.name} {placed.place}".rstrip()
            for number, placed in enumerate(layout.checks)
            if number not in broken
        ),
        large=large,
    )


def for_workbooks(
    layout: Layout, tried: Sequence[Submission], right: Sequence[Result]
) -> Iterator[tuple[Submission, Result]]:
    """The reports that are tried in workbooks: of a check made at many places, the first and the last of them.

    The formulas of all places are in every workbook; integers have been through each of them.
    """
    places: dict[str, list[int]] = {}
    for number, placed in enumerate(layout.checks):
        places.setdefault(placed.check.name, []).append(number)
    chosen = {number for numbers in places.values() for number in (numbers[0], numbers[-1])}
    for one, wanted in zip(tried, right, strict=True):
        if one.check is None or one.check in chosen:
            yield one, wanted


def _workbooks(
    layout: Layout,
    books: Sequence[tuple[Submission, Result]],
    alone: Beyond,
    office: Office,
    tick: Tick,
) -> Iterator[Difference]:
    tick(NAME, 0, len(books))
    for start in range(0, len(books), BOOKS):
        part = [(one, wanted) for one, wanted in books[start : start + BOOKS] if wanted is not None]
        computed = office.computed([workbooks.workbook(layout, wanted) for _, wanted in part])
        for (one, wanted), data in zip(part, computed, strict=True):
            rows = {key: len(found) for key, found in wanted.values.added.items()}
            read = results(layout, data, rows)
            yield from workbooks.compared(layout, one.name, wanted, read, alone)
        tick(NAME, start + len(part), len(books))

"""What was read out of a workbook: the report, where each of its cells stands, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from compiler.findings import Finding, Place
from compiler.values import Address, GroupKey, Values
from renderers.xlsx.identity import WorkbookIdentity
from renderers.xlsx.names import Block, Spot


class AddedSpots(Sequence[Mapping[str, Spot]]):
    """Where the cells of a group's rows stand, row by row: worked out when asked for, for there may be thousands."""

    def __init__(self, blocks: Mapping[str, Block], rows: Sequence[int]) -> None:
        self._blocks = blocks
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, Spot]: ...
    @overload
    def __getitem__(self, index: slice) -> AddedSpots: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, Spot] | AddedSpots:
        if isinstance(index, slice):
            return AddedSpots(self._blocks, self._rows[index])
        row = self._rows[index]
        return {
            name: Spot(block.sheet, row, block.column)
            for name, block in self._blocks.items()
            if block.first <= row <= block.last
        }


@dataclass(frozen=True)
class Reading:
    """A workbook that was read. `spots` tell where each cell stands in it, `rows` where each self-added row does."""

    values: Values
    identity: WorkbookIdentity | None
    findings: tuple[Finding, ...]
    spots: Mapping[Address, Spot] = field(default_factory=dict)
    rows: Mapping[GroupKey, AddedSpots] = field(default_factory=dict)
    texts: Mapping[str, Spot] = field(default_factory=dict)
    has_formula: Callable[[Spot], bool] = field(default=lambda _: False, compare=False)

    def is_computed_there(self, place: Place) -> bool:
        """Whether a formula of the workbook gave what stands at a place, and nobody wrote it there.

        A result can still be another one than ours: a row was inserted without the formulas of its neighbours, or the
        program that saved the file did not compute it again.
        """
        spot = self._spot(place)
        return spot is not None and self.has_formula(spot)

    def located(self, finding: Finding) -> Finding:
        """A finding on the report, with the sheet and cell it stands at in this workbook."""
        place = finding.place
        spot = self._spot(place)
        if spot is None or place.cell is not None:
            return finding
        return finding.model_copy(
            update={"place": place.model_copy(update={"sheet": spot.sheet, "cell": spot.cell})}
        )

    def _spot(self, place: Place) -> Spot | None:
        if place.text is not None:
            return self.texts.get(place.text)
        if place.table is None:
            return None
        if place.row is not None and place.index is not None:
            rows = self.rows.get(GroupKey(place.table, place.row), ())
            if not 0 < place.index <= len(rows):
                return None
            row = rows[place.index - 1]
            return row.get(place.column) if place.column is not None else next(iter(row.values()), None)
        if place.row is not None and place.column is not None:
            return self.spots.get(Address(place.table, place.row, place.column))
        wanted = (place.table, place.row, place.column)
        return next(
            (
                spot
                for address, spot in self.spots.items()
                if all(part in {None, own} for part, own in zip(wanted, address, strict=True))
            ),
            None,
        )


def nothing(identity: WorkbookIdentity | None, *findings: Finding) -> Reading:
    """A workbook out of which nothing was read, and why."""
    return Reading(Values(), identity, findings)

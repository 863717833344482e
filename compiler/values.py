"""The values of one report, and what is found wrong with them. No meaning here: that is `formula/` and `cells.py`.

A number is a scaled integer (value × 10**scale, the scale in its cell's type), a text, a date (ISO 8601) or a code is
a str, a boolean a bool. A blank cell is absent: blank is not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import NamedTuple

from compiler.formula.expressions import CaptureFunction

Scalar = int | str | bool

_WIDE = Context(prec=64)
"""More digits than any computed number has: the default context would round the 29th away."""


class Address(NamedTuple):
    """A cell of a report. `str()` gives the form used in messages, names and anchors: `b06a[dat_dai].c4`."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}[{self.row}].{self.column}"


class GroupKey(NamedTuple):
    """The self-added rows of one table and group."""

    table: str
    group: str


class CaptureKey(NamedTuple):
    """A value taken over from another report: an earlier one, or one of another regime."""

    function: CaptureFunction
    address: Address

    @property
    def origin(self) -> str:
        """Which reports it is read from: its function, and of `report` the regime too (`report:xld_02`)."""
        return f"report:{self.regime}" if self.function == "report" else self.function

    @property
    def regime(self) -> str | None:
        """The other regime whose report it is read from; None where it is of the report's own regime."""
        return self.address.table.partition(".")[0] if self.function == "report" else None

    @property
    def there(self) -> Address:
        """The address as the report it is read from has it."""
        if self.function != "report":
            return self.address
        return self.address._replace(table=self.address.table.partition(".")[2])


@dataclass(frozen=True)
class Values:
    """What one report holds.

    cells: static cells that are not blank. Before evaluation the entered ones, after it the computed ones too.
    added: per group, the rows in the unit's order; each maps column names to values.
    texts: narratives of the outline by name.
    captured: values of earlier periods. A key with None: the earlier report was due and blank there. An absent key:
        there was no earlier assignment, so the opening value may be entered in the carried cell itself.
    """

    cells: Mapping[Address, Scalar] = field(default_factory=dict)
    added: Mapping[GroupKey, tuple[Mapping[str, Scalar], ...]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    captured: Mapping[CaptureKey, int | None] = field(default_factory=dict)


def to_decimal(value: int, scale: int) -> Decimal:
    """The number a scaled integer stands for, with exactly `scale` decimals: (95, 2) is 0.95."""
    return Decimal(value).scaleb(-scale, _WIDE)

"""Tables of a report for reading: the form's own headings and rows, with values, links and remarks in the cells.

What stands where is `renderers.html`'s; here only what a cell shows beside its value is added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.values import Address
from renderers.filling import Filling
from renderers.html.controls import Control
from renderers.html.form import ItemView, views


@dataclass(frozen=True)
class CellLook:
    """What a cell shows beside its value: a link, a class, a remark."""

    href: str = ""
    look: str = ""
    remark: str = ""


Look = Callable[[Address], CellLook]


@dataclass(frozen=True)
class Sheet:
    """A report for reading: what stands in it, in the order of its outline, and how its cells look."""

    items: tuple[ItemView, ...]
    layout: Layout
    look: Look

    def of(self, control: Control) -> CellLook:
        """The look of the cell that a control shows; rows that units added have none."""
        if control.slot is None:
            return CellLook()
        return self.look(self.layout.cells[control.slot].address)


def sheet(layout: Layout, filling: Filling, look: Look = lambda address: CellLook()) -> Sheet:
    """A report, its values evaluated, for reading."""
    return Sheet(views(layout, filling), layout, look)


def shown(control: Control) -> str:
    """A control's value as it is read: labels of choices, days as they are printed."""
    if control.kind in {"choice", "boolean"}:
        return next(
            (choice.label for choice in control.choices if choice.value == control.value), control.value
        )
    if control.kind == "date" and control.value:
        year, month, day = control.value.split("-")
        return f"{day}/{month}/{year}"
    return control.value

"""What formulas read, as the terms of a scene: from anywhere, or from within a self-added row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import z3

from compiler.cells import AddedGroup, address_of
from compiler.formula.emit.smt import Term
from compiler.formula.expressions import AddedRows, Captured, Cell, Text
from compiler.formula.kernel import OverallKind, Source
from compiler.proofs.terms import Held
from compiler.values import CaptureKey

if TYPE_CHECKING:
    from compiler.proofs.scene import Scene


class StaticReader:
    """Reads static cells and earlier reports."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def held(self, source: Source) -> Held:
        """The terms behind a source."""
        if isinstance(source, Captured):
            return self._scene.captured(CaptureKey(source.function, address_of(source.cell)))
        return self._scene.static(address_of(source))

    def number(self, source: Source) -> Term:
        """See `Reader`."""
        return self.held(source).value

    def present(self, source: Source) -> Term:
        """See `Reader`."""
        return self.held(source).present

    def ticked(self, source: Source) -> Term:
        """See `Reader`."""
        return self.held(source).value

    def text(self, source: Source | Text) -> Term:
        """See `Reader`."""
        if isinstance(source, Text):
            return z3.IntVal(self._scene.text_number(source.value), self._scene.context)
        return self.held(source).value

    def overall(self, how: OverallKind, rows: AddedRows) -> Term:
        """See `Reader`."""
        return self._scene.added.overall(how, rows)


class AddedReader(StaticReader):
    """Reads from within a self-added row."""

    def __init__(self, scene: Scene, group: AddedGroup, number: int) -> None:
        super().__init__(scene)
        self._group, self._number = group, number

    def held(self, source: Source) -> Held:
        """The terms behind a source: those of the row where its row is open."""
        if isinstance(source, Cell) and source.row is None:
            return self._scene.added.cell(self._group, self._number, source.column or "")
        return super().held(source)

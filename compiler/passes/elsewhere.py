"""What a regime reads of other regimes' reports (01/XLD is the sum of 02, 03 and 04/XLD): the cells, as tables of its
own template, so that the template stands alone. Which they are is found in `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.cells import Layout, PlacedCell
from compiler.formula.expressions import Cell
from compiler.passes.context import Diagnostics
from compiler.periods import covering
from compiler.template import OverUnits, Row, SourceRegime, Table, Template
from compiler.values import Address
from dsl.span import Span


def has_periods(reader: Template, source: Template, span: Span, diagnostics: Diagnostics) -> bool:
    """Whether each period of the reader is, or lies in, one of the source. Notes BIEU0355 where not."""
    missing = [type for type in reader.period_types if covering(type, source.period_types) is None]
    if missing:
        values = {"name": source.regime, "found": ", ".join(source.period_types), "wanted": missing[0]}
        diagnostics.add("BIEU0355", span, values)
    return not missing


def source_regime(layout: Layout, cells: Iterable[Cell]) -> SourceRegime:
    """The cells that are read of a regime with that layout, and the weights of its means, for a template to carry."""
    template = layout.template
    wanted: dict[str, dict[Address, None]] = {}
    for cell in cells:
        address = Address(cell.table, cell.row or "", cell.column or "")
        found = wanted.setdefault(cell.table, {})
        found[address] = None
        placed = layout.by_address[address]
        if placed.over_units.weight is not None:
            found[address._replace(column=placed.over_units.weight)] = None
    return SourceRegime(
        regime=template.regime,
        title=template.title,
        period_types=template.period_types,
        tables=tuple(
            _table(layout, table, wanted[table.name]) for table in template.tables if table.name in wanted
        ),
    )


def _table(layout: Layout, table: Table, wanted: Iterable[Address]) -> Table:
    """A table of another regime as far as it is read: its values are inputs here, its headings words."""
    wanted = tuple(wanted)
    columns = {address.column for address in wanted}
    rules = {address: _rule(layout.by_address[address]) for address in wanted}
    of_column = {address.column: rule for address, rule in rules.items()}
    # A row that rolls up otherwise than its columns says so for all of them.
    of_row = {address.row: rule for address, rule in rules.items() if rule != of_column[address.column]}
    return Table(
        name=f"{layout.template.regime}.{table.name}",
        title=table.title,
        form=table.form,
        stub=(),
        headings=tuple(column.name for column in table.columns if column.name in columns),
        columns=tuple(
            column.model_copy(
                update={
                    "formula": None,
                    "over_units": of_column[column.name],
                    "required": False,
                    "minimum": None,
                    "maximum": None,
                }
            )
            for column in table.columns
            if column.name in columns
        ),
        rows=tuple(
            Row(
                name=row.name,
                label=row.label,
                kind="fixed",
                code=row.code,
                over_units=of_row.get(row.name),
                measure=row.measure,
            )
            for row in table.rows
            if any(address.row == row.name for address in wanted)
        ),
    )


def _rule(cell: PlacedCell) -> OverUnits:
    """How the cell rolls up as an input: what its own regime sums stays a sum, what that recomputes can't be."""
    if cell.over_units.rule != "recompute":
        return cell.over_units
    additive = cell.kind == "carried" or (cell.formula is not None and cell.formula.additivity == "additive")
    return OverUnits(rule="sum" if additive else "none")

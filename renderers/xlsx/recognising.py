"""Which form a workbook was made from, and, where it is another one, what is different about it.

The identity travels in the file twice (`identity.py`). A workbook of an earlier or later version is refused, with the
tables, rows and columns that came or went: its cells' names tell these without the other version at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.template import Template, template_hash
from renderers.places import Places
from renderers.scalars import shown
from renderers.xlsx.contents import Contents
from renderers.xlsx.identity import PROPERTY_PREFIX, WorkbookIdentity, from_facts
from renderers.xlsx.names import Spot, block_name, cell_name, check_name, name_parts
from renderers.xlsx.parts import Parts
from renderers.xlsx.sheets import CHECKS, IDENTITY

_FACTS = 20
"""Lines of the hidden sheet of marks that are looked at."""

_MOST_NAMED = 8
"""Rows or columns that one finding names."""


def identity_reach() -> Mapping[str, tuple[int, int]]:
    """How far the sheet of marks is looked at."""
    return {IDENTITY: (_FACTS, 2)}


def recognised(parts: Parts, contents: Contents) -> WorkbookIdentity | Finding:
    """From the document's properties, or from the hidden sheet where a program dropped them."""
    properties = {
        name.removeprefix(PROPERTY_PREFIX): value
        for name, value in parts.properties.items()
        if name.startswith(PROPERTY_PREFIX)
    }
    found = from_facts(properties)
    if found is None:
        lines = (
            (contents.at(Spot(IDENTITY, row, 1)), contents.at(Spot(IDENTITY, row, 2)))
            for row in range(1, _FACTS + 1)
        )
        found = from_facts({(name.as_text() or ""): (fact.as_text() or "") for name, fact in lines})
    if found is not None:
        return found
    ours = check_name(0) in parts.names or CHECKS in parts.sheets
    return Finding(code="marks_lost" if ours else "not_our_workbook", severity="error")


def mismatches(layout: Layout, identity: WorkbookIdentity, parts: Parts) -> tuple[Finding, ...]:
    """Why a workbook is not one of this form; empty where it is."""
    template = layout.template
    expected = template_hash(template)
    if identity.template_hash == expected:
        return ()
    if identity.regime != template.regime:
        return (_mismatch("wrong_regime", identity.regime, f"{template.regime}, {template.title}"),)
    if identity.version != template.version:
        head = _mismatch("wrong_version", identity.version, template.version)
    else:
        head = _mismatch("wrong_template", identity.template_hash[:12], expected[:12])
    return (head, *_changes(layout, parts))


def _mismatch(code: str, found: str, expected: str) -> Finding:
    return Finding(code=code, severity="error", values={"found": shown(found), "expected": expected})


def _changes(layout: Layout, parts: Parts) -> Iterable[Finding]:
    """Table by table what the form has and the workbook hasn't, and the other way round."""
    places = Places(layout)
    there = [found for name in (*parts.names, *parts.lost) if (found := name_parts(name)) and len(found) == 3]
    here = {cell_name(cell.address): tuple(cell.address) for cell in layout.cells}
    here |= {
        block_name(group.key, added.column.name): (*group.key, added.column.name)
        for group in layout.groups
        for added in group.columns
    }
    expected = set(here.values())
    gone = [found for found in there if found not in expected]
    missing = {
        address for name, address in here.items() if name not in parts.names and name not in parts.lost
    }
    for table in layout.template.tables:
        added, removed = [], []
        for axis, what in ((1, places.row), (2, places.column)):
            new = {address[axis] for address in missing if address[0] == table.name}
            kept = {
                address[axis] for address in expected if address not in missing and address[0] == table.name
            }
            own = {added_column.name for row in table.rows for added_column in row.columns}
            added += [
                part if axis == 2 and part in own else what(table.name, part).words
                for part in sorted(new - kept)
            ]
            old = {found[axis] for found in gone if found[0] == table.name}
            removed += sorted(old - {address[axis] for address in expected if address[0] == table.name})
        if added or removed:
            yield _form_differs(places.table(table.name), added, removed)
    for name in sorted({found[0] for found in gone} - {table.name for table in layout.template.tables}):
        if not _is_ours(name, layout.template):
            yield _form_differs(Place(words=shown(name)), [], [name])


def _is_ours(name: str, template: Template) -> bool:
    return name in {"check", "identity", "text", "prior", "last_year", "ytd"} or any(
        table.name == name for table in template.tables
    )


def _form_differs(place: Place, added: list[str], removed: list[str]) -> Finding:
    return Finding(
        code="form_differs",
        severity="error",
        place=place,
        values={"added": _listed(added), "removed": _listed(removed)},
    )


def _listed(names: list[str]) -> str:
    shorter = [shown(name) for name in names[:_MOST_NAMED]]
    return ("; ".join(shorter) + ("; …" if len(names) > _MOST_NAMED else "")) or "–"

"""What the small parts of a workbook say: which sheets there are, what its names refer to, and its own properties.

They are small XML files that have passed the gate, read here with the standard library. Nothing in them is trusted
beyond that: a sheet or name that makes no sense is not there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring

from renderers.xlsx.names import Spot, read_reference

_WORKBOOK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"


@dataclass(frozen=True)
class Parts:
    """A workbook's sheets (title to part), in order, its names in lower case, and its custom properties.

    `lost` are the names that refer to no cells any more (`#REF!`): someone deleted these.
    """

    sheets: Mapping[str, str]
    names: Mapping[str, tuple[Spot, Spot]]
    lost: frozenset[str]
    properties: Mapping[str, str]


def read_parts(small: Mapping[str, bytes]) -> Parts:
    """The parts of a workbook. Raises KeyError or ParseError (a SyntaxError) where it has no readable main part."""
    top = _relations(small, "")
    main = next(target for kind, target in top.values() if kind in {_WORKBOOK, f"{_STRICT}officeDocument"})
    book = fromstring(small[main])
    targets = _relations(small, main)
    sheets = {}
    for sheet in _all(book, "sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        if key in targets:
            sheets[sheet.get("name", "")] = targets[key][1]
    names: dict[str, tuple[Spot, Spot]] = {}
    lost = set()
    for name in _all(book, "definedName"):
        found = read_reference(name.text or "")
        key = name.get("name", "").lower()
        if found is None:
            lost.add(key)
        elif name.get("localSheetId") is None or key not in names:
            names[key] = found
    custom = next((target for kind, target in top.values() if kind == _CUSTOM), "")
    properties = _properties(fromstring(small[custom])) if custom in small else {}
    return Parts(sheets, names, frozenset(lost), properties)


def _relations(small: Mapping[str, bytes], part: str) -> Mapping[str, tuple[str, str]]:
    """What a part refers to inside the package: kind and part, by the reference's id."""
    folder, name = posixpath.split(part)
    found = small.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    if found is None:
        return {}
    relations = {}
    for each in _all(fromstring(found), "Relationship"):
        if each.get("TargetMode") != "External":
            path = posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))
            relations[each.get("Id", "")] = (each.get("Type", ""), path.lstrip("/"))
    return relations


def _properties(root: Element) -> Mapping[str, str]:
    found = {}
    for each in _all(root, "property"):
        value = next(iter(each), None)
        found[each.get("name", "")] = "" if value is None else value.text or ""
    return found


def _all(root: Element, name: str) -> list[Element]:
    """The elements of a local name, wherever they stand: strict and transitional files differ in the rest."""
    return [each for each in root.iter() if each.tag.rpartition("}")[2] == name]

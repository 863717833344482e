"""What the fields of the page are called when it is posted, and where in the page a cell stands.

A field is named by the address of its cell (`b06a[dat_dai].c4`), the cell of a self-added row by group and place
(`lao_dong[du_an][1].ten`, places from 1), a narrative by its name. What belongs to the report as a whole starts with
`@`, which no name an author writes can: `@regime`, `@version`, `@unit`, `@period`. An explanation of a warning is
`@explain(tang:b06a[dat_dai])`. Computed cells and those taken over from an earlier report are not posted. `posted.py`
reads all of it back.
"""

from __future__ import annotations

from urllib.parse import quote

from compiler.values import Address, GroupKey


def field_name(address: Address) -> str:
    """The posted name of a static cell."""
    return str(address)


def added_field_name(group: GroupKey, index: int | str, column: str) -> str:
    """The posted name of a cell of the self-added row number `index`, counted from 1."""
    return f"{group.table}[{group.group}][{index}].{column}"


def anchor(text: str) -> str:
    """An element id for an address: what could not stand in one (codes may hold spaces) is percent-encoded.

    A link's fragment is matched with ids as it is written, so `"#" + anchor(x)` finds the element.
    """
    return quote(text, safe="[]():")


def table_anchor(table: str) -> str:
    """The element id of a table. No bare name is an id: `window` would show the element under it."""
    return f"table-{table}"


def text_anchor(name: str) -> str:
    """The element id of a narrative's field."""
    return f"text-{name}"

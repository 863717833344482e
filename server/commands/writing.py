"""A list to a file that the shell names: its ending says which kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from renderers.csv_listing import Writing
    from renderers.listing import Listing


def kind_of(path: Path) -> Literal["xlsx", "csv"]:
    """The kind of file a path asks for. Wrong use (exit 2) for another ending."""
    ending = path.suffix.lower()
    if ending == ".xlsx":
        return "xlsx"
    if ending == ".csv":
        return "csv"
    raise click.UsageError(f"{path}: tệp kết quả phải là .xlsx hoặc .csv.")


def write_listings(
    listings: Sequence[Listing], path: Path, writing: Writing = "vietnamese"
) -> tuple[Path, ...]:
    """Write lists: into one workbook, or each into a CSV file of its own, told apart by name. The files written."""
    from renderers.csv_listing import write_csv
    from renderers.xlsx.listing import write_xlsx

    if kind_of(path) == "xlsx":
        with path.open("wb") as out:
            write_xlsx(listings, out)
        return (path,)
    written = []
    for listing in listings:
        file = path if len(listings) == 1 else path.with_name(f"{path.stem}-{listing.name}{path.suffix}")
        with file.open("wb") as out:
            write_csv(listing, out, writing)
        written.append(file)
    return tuple(written)

"""A workbook as bytes: the same workbook always gives the same ones.

openpyxl dates every part of the archive and the document itself with the time of saving; here all carry the first
date a zip archive can hold.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl.workbook import Workbook
from openpyxl.writer.excel import ExcelWriter

_EPOCH = (1980, 1, 1, 0, 0, 0)


class _UndatedArchive(ZipFile):
    """A zip archive whose entries tell neither when nor by whom they were written."""

    def writestr(self, zinfo_or_arcname: str | ZipInfo, data: Any, *args: Any, **kwargs: Any) -> None:
        name = zinfo_or_arcname.filename if isinstance(zinfo_or_arcname, ZipInfo) else zinfo_or_arcname
        entry = ZipInfo(name, date_time=_EPOCH)
        entry.compress_type = ZIP_DEFLATED
        entry.create_system = 0
        super().writestr(entry, data)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        """Sheets come from temporary files, whose own dates and owners must not get in."""
        entry = ZipInfo(str(arcname or filename), date_time=_EPOCH)
        entry.compress_type = ZIP_DEFLATED
        entry.create_system = 0
        with Path(filename).open("rb") as source, self.open(entry, "w", force_zip64=False) as target:
            copyfileobj(source, target)


def workbook_bytes(book: Workbook) -> bytes:
    """The bytes of a workbook. It cannot be used afterwards."""
    buffer = BytesIO()
    write_workbook(book, buffer)
    return buffer.getvalue()


def write_workbook(book: Workbook, out: IO[bytes]) -> None:
    """Write a workbook to a file that can seek. It cannot be used afterwards."""
    # openpyxl takes these without a time zone and writes them as UTC.
    epoch = datetime(*_EPOCH)  # noqa: DTZ001
    book.properties.created = book.properties.modified = epoch
    with _UndatedArchive(out, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()

"""A file of any kind that is taken, by its content and not by its name, as sheets."""

from __future__ import annotations

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from compiler.findings import Finding
from renderers.docx.forms import read_document
from renderers.importing.sheets import Sheet
from renderers.xlsx.forms import read_sheets


def read_form(data: bytes) -> tuple[Sheet, ...] | Finding:
    """The sheets of a workbook or document, or why it isn't opened."""
    return read_document(data) if _is_document(data) else read_sheets(data)


def _is_document(data: bytes) -> bool:
    """Whether an archive says that it holds a Word document. Only names are looked at."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            return "word/document.xml" in archive.namelist()
    except (BadZipFile, ValueError, OSError, NotImplementedError):
        return False

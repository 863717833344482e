"""Files kept with reports: workbooks as they came, signed PDFs as they were signed. Named by their content's hash."""

from __future__ import annotations

from runtime.reports import Act, Refusal, ReportKey
from runtime.storage.records import FileRole, StoredFile


class Files:
    """Bytes that are never changed."""

    def attach(
        self, key: ReportKey, role: FileRole, name: str, media_type: str, data: bytes, version: int, act: Act
    ) -> StoredFile | Refusal:
        """Keep a file with a report. The same bytes are kept once."""
        raise NotImplementedError

    def of(self, key: ReportKey) -> tuple[StoredFile, ...]:
        """The files of a report, oldest first."""
        raise NotImplementedError

    def data(self, sha256: str) -> bytes | None:
        """The bytes, checked against their hash."""
        raise NotImplementedError

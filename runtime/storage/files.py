"""Files kept with reports: workbooks as they came, signed PDFs as they were signed. Named by their content's hash."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, insert, select

from runtime.models import AttachmentRow, FileRow
from runtime.reports import Act, Refusal, ReportKey
from runtime.storage import lines
from runtime.storage.database import Database, insert_missing
from runtime.storage.held import find, hold
from runtime.storage.log import append, moment
from runtime.storage.records import FileRole, StoredFile

LARGEST_FILE = 50 * 2**20
"""Bytes. What the web takes in is smaller; a signed report with its annexes may be larger than any workbook."""

_LONGEST_NAME = 200


class Files:
    """Bytes that are never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def attach(
        self, key: ReportKey, role: FileRole, name: str, media_type: str, data: bytes, version: int, act: Act
    ) -> StoredFile | Refusal:
        """Keep a file with a version of a report, 0 for its draft. The same bytes are kept once."""
        if not 1 <= len(name) <= _LONGEST_NAME:
            return Refusal.of("file_name_form")
        if len(data) > LARGEST_FILE:
            return Refusal.of("file_too_large", found=str(len(data)), limit=str(LARGEST_FILE))
        sha256 = hashlib.sha256(data).hexdigest()
        with self._database.write() as connection:
            held = hold(connection, key)
            if held is None:
                return lines.not_assigned(key)
            if not 0 <= version <= held.line.version:
                return Refusal.of("no_such_version", version=str(version))
            insert_missing(connection, FileRow, [{"sha256": sha256, "size": len(data), "data": data}])
            connection.execute(
                insert(AttachmentRow).values(
                    report_id=held.id,
                    sha256=sha256,
                    role=role,
                    name=name,
                    media_type=media_type,
                    version=version,
                    stored_by=act.by,
                    stored_at=act.at,
                )
            )
            entry = {"act": "attach", "by": act.by, "at": moment(act.at), "state": held.line.state}
            file = {"sha256": sha256, "role": role, "name": name, "size": len(data), "of_version": version}
            append(connection, held.chain, {**entry, "version": held.line.version, "file": file})
            return StoredFile(sha256, role, name, media_type, len(data), version, act.by, act.at)

    def of(self, key: ReportKey) -> tuple[StoredFile, ...]:
        """The files of a report, oldest first."""
        with self._database.read() as connection:
            held = find(connection, key)
            return () if held is None else attachments(connection, held.id)

    def data(self, key: ReportKey, sha256: str) -> bytes | None:
        """The bytes of a file of that report. Raises ValueError where they are no longer what the hash says."""
        with self._database.read() as connection:
            held = find(connection, key)
            if held is None:
                return None
            data = connection.execute(
                select(FileRow.data)
                .join(AttachmentRow, AttachmentRow.sha256 == FileRow.sha256)
                .where(AttachmentRow.report_id == held.id, FileRow.sha256 == sha256)
                .limit(1)
            ).scalar_one_or_none()
        if data is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError(f"file {sha256} was changed")
        return data


def attachments(connection: Connection, report_id: int) -> tuple[StoredFile, ...]:
    """The files of a report, oldest first."""
    rows = connection.execute(
        select(AttachmentRow, FileRow.size)
        .join(FileRow, FileRow.sha256 == AttachmentRow.sha256)
        .where(AttachmentRow.report_id == report_id)
        .order_by(AttachmentRow.id)
    )
    return tuple(
        StoredFile(
            sha256=row.sha256,
            role=row.role,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            version=row.version,
            stored_by=row.stored_by,
            stored_at=row.stored_at,
        )
        for row in rows
    )

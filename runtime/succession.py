"""From a corrected report to the one it replaces, and on to the first; and whether a report was itself replaced.

A correction names the file it replaces by its SHA-256, and signs that with everything else. Reports are looked for
among those that the caller has at hand; one that is not there is said to be missing, which is no fault of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from compiler.frozen import sha256
from renderers.filling import Replaced
from renderers.pdf.head import Head
from renderers.pdf.wording import report_words
from runtime.contents import Content
from runtime.statements import Statement, said

_LONGEST = 200
"""Corrections of corrections that are followed."""


@dataclass(frozen=True)
class Carrier:
    """A report's file and what it carries."""

    data: bytes
    content: Content


def succession(
    report: Carrier, others: Sequence[Carrier], sound: Callable[[bytes], bool]
) -> Iterator[Statement]:
    """What is said about the reports before and after one. sound: whether a file can be relied on by itself."""
    yield from _replacing(report, others, sound)
    here, seen = report, {sha256(report.data)}
    for _ in range(_LONGEST):
        head = here.content.head
        if head is None or head.replaces is None:
            return
        named = _named(head.replaces)
        before = next((other for other in others if _is(other, head.replaces)), None)
        if before is None:
            yield said("replaced_missing", **named)
            return
        digest = sha256(before.data)
        if digest in seen:
            yield said("replaced_in_circle", **named)
            return
        seen.add(digest)
        if not _same_report(head, before.content.head):
            yield said("replaced_other", **named)
            return
        yield said("replaced_sound" if sound(before.data) else "replaced_unsound", **named)
        here = before


def _replacing(
    report: Carrier, others: Sequence[Carrier], sound: Callable[[bytes], bool]
) -> Iterator[Statement]:
    for other in others:
        head = other.content.head
        if head is not None and head.replaces is not None and _is(report, head.replaces):
            words = {
                "newer": report_words(
                    head.letterhead.number, head.replaces.version + 1, head.letterhead.dated
                )
            }
            # Anybody can claim to replace a report; only what is signed and sound counts.
            yield said("superseded" if sound(other.data) else "superseded_unproven", **words)


def _is(report: Carrier, replaced: Replaced) -> bool:
    if replaced.file:
        return sha256(report.data) == replaced.file
    submission = report.content.submission
    return bool(replaced.submission) and submission is not None and sha256(submission) == replaced.submission


def _same_report(after: Head, before: Head | None) -> bool:
    return before is not None and (after.unit_code, after.period.code) == (
        before.unit_code,
        before.period.code,
    )


def _named(replaced: Replaced) -> dict[str, str]:
    return {
        "older": report_words(replaced.number, replaced.version, replaced.dated),
        "hash": replaced.file or replaced.submission,
    }

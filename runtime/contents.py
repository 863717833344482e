"""What a printed report carries: its form, its data and its head; the figures computed again; the pages read back.

Any bytes give a `Content`; nothing raises. The pages are compared with the data in two ways: every word and number
that is drawn is read and compared with what it should say, whoever made the file; and the file is printed again and
compared byte by byte, which this version of the program can say of its own prints alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pikepdf

from compiler.cells import Layout
from compiler.findings import Finding, Place
from compiler.formula.evaluate import evaluate_report
from compiler.numbers import format_number
from compiler.template import Template, ValueType, load_template, template_hash
from compiler.values import Address, Scalar, Values
from renderers.document import read_submission
from renderers.filling import Filling
from renderers.pdf.attachments import HEAD_FILE, SUBMISSION_FILE, TEMPLATE_FILE
from renderers.pdf.compare import compare_paper
from renderers.pdf.head import Head, filling_from, read_head
from renderers.pdf.read import PaperUnreadable, read_paper
from renderers.pdf.report import render
from renderers.pdf.streams import unpacked
from runtime.statements import Statement, said, short

MAX_ATTACHMENT = 16 * 1024 * 1024
"""The largest attachment that is unpacked."""


@dataclass(frozen=True)
class Content:
    """What the file carries, and what is said about it."""

    statements: tuple[Statement, ...] = ()
    template: Template | None = None
    submission: bytes | None = None
    head: Head | None = None
    findings: tuple[Finding, ...] = ()


NOTHING = Content()
"""Of a file that carries nothing."""


def read_content(data: bytes, published: frozenset[str] | None) -> Content:
    """Unpacks, reads, recomputes and compares. published: the hashes of known forms; None: not known, not judged."""
    files: dict[str, bytes] = {}
    for name in (TEMPLATE_FILE, SUBMISSION_FILE, HEAD_FILE):
        try:
            attached = _attachment(data, name)
        except PaperUnreadable:
            return Content((said("attachment_too_large", name=name),))
        except Exception as problem:  # noqa: BLE001 hostile bytes: whatever goes wrong, they can't be read
            return Content((said("not_a_pdf", reason=short(problem)),))
        if attached is not None:
            files[name] = attached
    submission = files.get(SUBMISSION_FILE)
    head, statements = _head(files.get(HEAD_FILE))
    if TEMPLATE_FILE not in files:
        return Content((*statements, said("no_template")), submission=submission, head=head)
    try:
        template = load_template(files[TEMPLATE_FILE])
        layout = Layout(template)
    except Exception as problem:  # noqa: BLE001 a form that somebody forged may break any rule
        unreadable = said("template_unreadable", reason=short(problem))
        return Content((*statements, unreadable), submission=submission, head=head)
    statements += _template_statements(template, published)
    if submission is None:
        return Content((*statements, said("no_submission")), template, head=head)
    try:
        sent, given, problems = read_submission(layout, submission)
        findings, count = _recompute(layout, given, problems)
    except Exception as problem:  # noqa: BLE001 a forged form may name cells that are not there
        statements.append(said("not_recomputed", reason=short(problem)))
        return Content(tuple(statements), template, submission, head)
    errors = sum(finding.severity == "error" for finding in findings)
    statements.append(
        said("data_wrong", count=str(errors)) if errors else said("recomputed", count=str(count))
    )
    if sent is None:
        return Content(tuple(statements), template, submission, head, findings)
    if head is None:
        statements.append(said("paper_not_compared"))
        return Content(tuple(statements), template, submission, head, findings)
    if (sent.unit, sent.period) != (head.unit_code, head.period.code):
        statements.append(said("head_differs"))
    try:
        said_of_paper, differing = _compare(data, layout, filling_from(head, given, submission))
    except Exception as problem:  # noqa: BLE001 as above
        said_of_paper, differing = (said("paper_unreadable", reason=short(problem)),), ()
    return Content((*statements, *said_of_paper), template, submission, head, (*findings, *differing))


def _head(data: bytes | None) -> tuple[Head | None, list[Statement]]:
    if data is None:
        return None, []
    try:
        return read_head(data), []
    except ValueError as problem:
        return None, [said("head_unreadable", reason=short(problem))]


def _template_statements(template: Template, published: frozenset[str] | None) -> Iterator[Statement]:
    digest = template_hash(template)
    yield said("template_read", regime=template.title, version=template.version, hash=digest)
    if published is not None:
        yield said("template_known" if digest in published else "template_unknown", hash=digest)


# -- the pages ---------------------------------------------------------------------------------------------------------


def _compare(
    data: bytes, layout: Layout, filling: Filling
) -> tuple[tuple[Statement, ...], tuple[Finding, ...]]:
    """What the pages show beside the data, and whether this program prints just these bytes. Raises anything."""
    paper = read_paper(data)
    found = compare_paper(layout, filling, paper)
    statements: list[Statement] = []
    if paper.covers:
        statements.append(said("paper_covered", count=str(paper.covers)))
    if paper.forged:
        statements.append(said("paper_letters_forged", letters=" ".join(paper.forged)[:80]))
    findings = [
        _paper_differs(difference.place, difference.shown, difference.expected)
        for difference in found.differences
    ]
    findings += [_paper_differs("", text[:80], "") for text in paper.loose]
    if findings:
        statements.append(said("paper_differs", count=str(len(findings))))
    if not statements:
        statements.append(said("paper_agrees", cells=str(found.cells), characters=str(found.characters)))
        again = data.startswith(render(layout, filling))
        statements.append(said("reprinted" if again else "not_reprinted"))
    return tuple(statements), tuple(findings)


def _paper_differs(place: str, shown: str, expected: str) -> Finding:
    return Finding(
        code="paper_differs",
        severity="error",
        place=Place(words=place),
        values={"found": shown or "…", "expected": expected or "…"},
    )


# -- the data ----------------------------------------------------------------------------------------------------------


def _recompute(
    layout: Layout, given: Values, findings: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], int]:
    """What is wrong with the data, and how many given computed cells were compared. Raises Overflow."""
    evaluated = evaluate_report(layout, given).values
    compared = list(_compared(layout, given, evaluated))
    differing = [
        _differs(address, type, found, right) for address, type, found, right in compared if found != right
    ]
    return (*findings, *differing), len(compared)


def _compared(
    layout: Layout, given: Values, evaluated: Values
) -> Iterator[tuple[Place, ValueType, Scalar, Scalar | None]]:
    """Every computed cell that is given: its place and type, what it says, what is right."""
    for cell in layout.order:
        found = given.cells.get(cell.address)
        if found is not None:
            yield _place(cell.address), cell.type, found, evaluated.cells.get(cell.address)
    for group in layout.groups:
        rows = zip(given.added.get(group.key, ()), evaluated.added.get(group.key, ()), strict=True)
        for index, (row, right) in enumerate(rows, start=1):
            for column in group.order:
                name = column.column.name
                if name in row:
                    place = Place(table=group.key.table, row=group.key.group, column=name, index=index)
                    yield place, column.type, row[name], right.get(name)


def _place(address: Address) -> Place:
    return Place(table=address.table, row=address.row, column=address.column)


def _differs(place: Place, type: ValueType, found: Scalar, right: Scalar | None) -> Finding:
    def shown(value: Scalar | None) -> str:
        if value is None:
            return "…"
        return format_number(value, type) if isinstance(value, int) and type.is_number else str(value)

    return Finding(
        code="computed_differs",
        severity="error",
        place=place,
        values={"found": shown(found), "expected": shown(right)},
    )


def _attachment(data: bytes, name: str) -> bytes | None:
    """An embedded file, at most MAX_ATTACHMENT long; None where there is none. Raises PaperUnreadable, or anything."""
    with pikepdf.open(BytesIO(data)) as pdf:
        found = pdf.attachments.get(name)
        return None if found is None else unpacked(found.obj.EF.F, MAX_ATTACHMENT)

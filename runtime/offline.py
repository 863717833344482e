"""A roll-up of files, with no server: what was read, from whom it is missing, and the total with where it comes from.

The rules are the server's: `intake.py` reads, `rollup.py` sums. Every file that is in order counts as approved, since
whoever runs the command has the files before him; a unit that owes the report and sent no file counts as due.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.frozen import canonical_bytes
from compiler.periods import DECREE_09_2019, Period, WindowTable
from compiler.template import template_hash
from renderers.document import Submission, submission_bytes
from runtime.intake import CheckedReport, Expected, RefusedFile, read_report
from runtime.rollup import RollUp, Total
from runtime.states import Contribution, Plan
from runtime.units import UnitTree


@dataclass(frozen=True)
class GatheredFiles:
    """What became of the files. `rollup` is None where no file could be used; names are as they were given."""

    rollup: RollUp | None
    received: tuple[tuple[str, CheckedReport], ...]
    rejected: tuple[tuple[str, tuple[Finding, ...]], ...]


def gather_files(
    layout: Layout,
    tree: UnitTree,
    period: Period,
    files: Iterable[tuple[str, bytes]],
    top: str | None = None,
    windows: WindowTable = DECREE_09_2019,
) -> GatheredFiles:
    """Read the files (name, bytes) and roll up those in order under `top`, by default the lowest unit above them all
    that the regime's reports go to."""
    expected = Expected(period=period)
    outcomes = ((name, read_report(layout, data, name, expected)) for name, data in files)
    return gather(layout, tree, period, outcomes, top, windows)


def gather(
    layout: Layout,
    tree: UnitTree,
    period: Period,
    outcomes: Iterable[tuple[str, CheckedReport | RefusedFile]],
    top: str | None = None,
    windows: WindowTable = DECREE_09_2019,
) -> GatheredFiles:
    """As `gather_files`, of files that were read. Their order is of no account but for which of two is refused."""
    received: dict[str, tuple[str, CheckedReport]] = {}
    rejected: list[tuple[str, tuple[Finding, ...]]] = []
    for name, outcome in outcomes:
        if isinstance(outcome, RefusedFile):
            rejected.append((name, outcome.findings))
            continue
        twice = received.get(outcome.unit)
        problem = _misplaced(layout, tree, top, outcome)
        if problem is None and outcome.period != period:
            problem = _error("other_period", found=outcome.period.code, expected=period.code)
        if problem is None and twice is not None:
            problem = _error("report_twice", unit=outcome.unit, other=twice[0])
        if problem is not None:
            rejected.append((name, (problem,)))
        else:
            received[outcome.unit] = (name, outcome)
    kept = tuple(received[unit] for unit in sorted(received))
    if not kept:
        return GatheredFiles(None, (), tuple(rejected))
    chosen = top or _common_top(layout, tree, sorted(received))
    as_of = windows.window(period).end
    contributions = [
        Contribution(unit=unit, standing="draft")
        for unit in tree.subtree(chosen)
        if unit not in received and tree[unit].level in layout.template.filled_by
    ]
    contributions += [
        Contribution(
            unit=report.unit,
            standing="approved",
            values=report.evaluation.values,
            version=1,
            hash=report.sha256,
            as_of=as_of,
        )
        for _, report in kept
    ]
    return GatheredFiles(RollUp.of(Plan(layout), tree, chosen, contributions), kept, tuple(rejected))


def total_bytes(layout: Layout, period: Period, gathered: GatheredFiles, total: Total) -> bytes:
    """The total as canonical JSON: a submission of the unit above, with its coverage,
    the units' narratives and the files it comes from."""
    template = layout.template
    coverage = total.coverage
    head = Submission(
        regime=template.regime,
        version=template.version,
        unit=total.unit,
        period=period.code,
        template=template_hash(template),
    )
    # Read back as doubles, numbers keep every digit: a submission's have at most 15, longer ones are texts.
    document: dict[str, Any] = json.loads(submission_bytes(layout, head, total.figures))
    document |= {
        "coverage": {
            "due": coverage.due,
            "received": coverage.received,
            "approved": coverage.approved,
            "left_out": coverage.left_out,
            "included": coverage.included,
        },
        "reports_per_cell": {str(address): count for address, count in total.counts.items() if count},
        "narratives": {
            str(name): [{"unit": each.unit, "text": each.text} for each in texts]
            for name, texts in total.gathered.texts.items()
        },
        "uneven": sorted(str(address) for address in total.uneven),
        "missing": [each.unit for each in total.not_included],
        "sources": [{"unit": report.unit, "file_sha256": report.sha256} for _, report in gathered.received],
        "findings": [
            {**each.finding.model_dump(mode="json", exclude_none=True), "units": list(each.units)}
            for each in total.findings
        ],
    }
    return canonical_bytes(document) + b"\n"


def _misplaced(layout: Layout, tree: UnitTree, top: str | None, report: CheckedReport) -> Finding | None:
    """Why a report that is in order in itself has no place in this roll-up."""
    unit = tree.find(report.unit)
    if unit is None:
        return _error("unit_unknown", found=report.unit)
    if unit.level not in layout.template.filled_by:
        return _error("unit_does_not_fill", unit=unit.name)
    if top is not None and top not in (unit.code, *tree.ancestors(unit.code)):
        return _error("unit_outside", unit=unit.name, top=tree[top].name)
    return None


def _error(code: str, **values: str) -> Finding:
    return Finding(code=code, severity="error", values=values)


def _common_top(layout: Layout, tree: UnitTree, units: list[str]) -> str:
    """The lowest unit above all, of the receiving level if there is one, else the lowest of any."""
    paths = [(unit, *tree.ancestors(unit)) for unit in units]
    common = [code for code in paths[0] if all(code in path for path in paths)]
    receiving = [code for code in common if tree[code].level == layout.template.goes_to]
    return (receiving or common or [tree.ancestors(units[0])[-1]])[0]

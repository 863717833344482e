"""What a report takes over from other reports that are given as files, with no store at hand.

Each file is a report of any regime of the package, read and checked as if it came in. Given reports count as approved:
whoever runs the command has them before him. Of a year to date, earlier periods without a file count as due and missing
once any is given; of everything else, what no file holds is left to what the report itself brings along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.findings import Finding
from compiler.periods import Period
from compiler.values import CaptureKey
from runtime.captures import ReportKey, Source, Sources, captured_from, source_keys
from runtime.intake import CheckedReport, RefusedFile, read_report
from runtime.states import Plan


@dataclass(frozen=True)
class GivenReports:
    """Reports by what they are of; `rejected`: files that no regime of the package takes, with all reasons."""

    reports: Mapping[ReportKey, CheckedReport]
    rejected: tuple[tuple[str, tuple[Finding, ...]], ...] = ()


def read_given(layouts: Iterable[Layout], files: Iterable[tuple[str, bytes]]) -> GivenReports:
    """Read files (name, bytes), each by the regime that it is of."""
    layouts = tuple(layouts)
    reports: dict[ReportKey, CheckedReport] = {}
    rejected: list[tuple[str, tuple[Finding, ...]]] = []
    for name, data in files:
        refused: RefusedFile | None = None
        for layout in layouts:
            outcome = read_report(layout, data, name)
            if isinstance(outcome, CheckedReport):
                reports[ReportKey(layout.template.regime, outcome.unit, outcome.period)] = outcome
                break
            # Of several refusals, that of the regime which knows the file's unit says most.
            refused = outcome if refused is None or (outcome.unit and not refused.unit) else refused
        else:
            rejected.append((name, () if refused is None else refused.findings))
    return GivenReports(reports, tuple(rejected))


def taken_over(
    layout: Layout, unit: str, period: Period, given: GivenReports
) -> Mapping[CaptureKey, int | None]:
    """What a unit's report of a period takes over from the given ones."""
    own, plan = ReportKey(layout.template.regime, unit, period), Plan(layout)
    found: dict[str, tuple[Source, ...]] = {}
    known: set[str] = set()
    for origin, keys in source_keys(own, plan).items():
        reports = [given.reports.get(key) for key in keys]
        if not keys or any(report is not None for report in reports):
            known.add(origin)
            found[origin] = tuple(
                Source(key, "draft")
                if report is None
                else Source(key, "approved", 1, report.sha256, report.evaluation.values.cells)
                for key, report in zip(keys, reports, strict=True)
            )
    captures = captured_from(plan, Sources(own, found))
    return {key: capture.value for key, capture in captures.items() if key.origin in known}

"""A parent's report out of its units' workbooks, with no server: the same total, and a manifest of what went in.

The rules are those of `offline.py`, and so the server's. Nothing depends on the order of the files: a report that two
files hold is refused in both, and everything is told in the order of the units' codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from compiler.cells import Layout
from compiler.findings import sentence
from compiler.frozen import sha256
from compiler.periods import Period
from compiler.values import Values
from renderers.places import narratives
from renderers.xlsx.appendix import Appendix, UnitLine
from runtime.bulk import Outcome, one_each
from runtime.intake import CheckedReport
from runtime.offline import GatheredFiles, gather, total_bytes
from runtime.rollup import Total
from runtime.units import UnitTree


@dataclass(frozen=True)
class Merged:
    """A total from files. `values` are the parent's report, `manifest` its canonical JSON with what it was made of."""

    period: Period
    gathered: GatheredFiles
    total: Total
    values: Values
    manifest: bytes

    @property
    def unit(self) -> str:
        """The parent."""
        return self.total.unit


def common_period(outcomes: Sequence[Outcome]) -> Period | None:
    """The period that most reports are of; None where no report is in order, or as many are of another one."""
    counts = Counter(
        each.result.period for each in outcomes if isinstance(each.result, CheckedReport)
    ).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def merged(
    layout: Layout, tree: UnitTree, period: Period, outcomes: Sequence[Outcome], top: str | None = None
) -> Merged | GatheredFiles:
    """The merged report; where no file could be used, what became of them."""
    files = [(each.name, each.result) for each in sorted(one_each(outcomes), key=lambda each: each.name)]
    gathered = gather(layout, tree, period, files, top)
    if gathered.rollup is None:
        return gathered
    total = gathered.rollup.total(gathered.rollup.top)
    manifest = total_bytes(layout, period, gathered, total)
    return Merged(period, gathered, total, _report(layout, total), manifest)


def appendix(merged: Merged, tree: UnitTree, coverage: str) -> Appendix:
    """The units with their files, as the workbook shows them."""
    came = {report.unit: (name, report) for name, report in merged.gathered.received}
    missing = {each.unit for each in merged.total.not_included}
    lines = []
    for unit in sorted(came.keys() | missing):
        if unit in came:
            name, report = came[unit]
            cells = report.evaluation.values.cells
            lines.append(UnitLine(unit, tree[unit].name, name, report.sha256, cells))
        else:
            lines.append(UnitLine(unit, tree[unit].name))
    refused = [
        (name, "; ".join(sentence(each) for each in findings if each.severity == "error")[:_LONGEST_REASON])
        for name, findings in merged.gathered.rejected
    ]
    return Appendix(lines, coverage, refused, sha256(merged.manifest))


_LONGEST_REASON = 500


def _report(layout: Layout, total: Total) -> Values:
    """The total as the parent's own report: narratives that a cell of the form can hold are there to be edited."""
    longest = {text.name: text.max_length for text in narratives(layout.template)}
    texts = {name: text for name, text in total.values.texts.items() if len(text) <= longest.get(name, 0)}
    values = total.values
    return Values(values.cells, values.added, texts, values.captured)

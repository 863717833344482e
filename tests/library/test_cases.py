"""The cases beside each shipped package: what is said of each report, and what three units' reports add up to.

`cases/NAME.json` is a report as a unit would send it; `NAME.txt` beside it is what the reader is told, then every
value of the evaluated report. `cases/tong_hop/` holds the reports of three units; `tong_hop.txt` is their roll-up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import templates_library
from compiler.cells import Layout
from compiler.findings import Finding, sentence
from compiler.numbers import format_number
from compiler.package import Library, find_packages
from compiler.periods import Period, parse_period
from compiler.values import Address, Values
from runtime.intake import CheckedReport, read_report
from runtime.offline import gather_files
from runtime.units import units_of_vietnam

_ROOT = Path(templates_library.__path__[0])
_LIBRARY = Library()
_LAYOUTS = {
    path: regime.layout for path in find_packages(_ROOT) for regime in _LIBRARY.load(path).compilation.regimes
}
_CASES = [(path, case) for path in _LAYOUTS for case in sorted((path / "cases").glob("*.json"))]


def test_every_regime_has_a_right_and_a_wrong_case_and_a_roll_up() -> None:
    for path in _LAYOUTS:
        names = {case.stem for case in (path / "cases").iterdir()}
        assert {"dung", "sai", "tong_hop"} <= names, path


@pytest.mark.parametrize(("path", "case"), _CASES, ids=lambda path: path.stem)
def test_case(path: Path, case: Path, golden: Callable[[Path, str], None]) -> None:
    layout = _LAYOUTS[path]
    outcome = read_report(layout, case.read_bytes(), case.name)
    lines = list(_told(outcome.findings))
    if isinstance(outcome, CheckedReport):
        lines += ["", *_shown(layout, outcome.evaluation.values)]
    assert isinstance(outcome, CheckedReport) == (case.stem in {"dung", "dau_ky"})
    golden(case.with_suffix(".txt"), "\n".join(lines) + "\n")


@pytest.mark.parametrize("path", _LAYOUTS, ids=lambda path: path.name)
def test_roll_up_of_three_units(path: Path, golden: Callable[[Path, str], None]) -> None:
    layout = _LAYOUTS[path]
    folder = path / "cases" / "tong_hop"
    files = [(file.name, file.read_bytes()) for file in sorted(folder.glob("*.json"))]
    period = parse_period(json.loads(files[0][1])["period"])
    assert isinstance(period, Period)
    gathered = gather_files(layout, units_of_vietnam(), period, files)
    assert gathered.rejected == ()
    assert gathered.rollup is not None
    total = gathered.rollup.total(gathered.rollup.top)
    coverage = total.coverage
    lines = [
        f"{total.unit}: {coverage.included}/{coverage.due}",
        *_told(found.finding for found in total.findings),
        "",
        *_shown(layout, total.values, lambda address: f"  ({total.counts[address]})"),
    ]
    golden(path / "cases" / "tong_hop.txt", "\n".join(lines) + "\n")


def _told(findings: Iterable[Finding]) -> Iterator[str]:
    """Each error and warning, then how many checks could not be made: a form half empty has one for every row."""
    findings = tuple(findings)
    for finding in findings:
        if finding.severity != "notice":
            yield f"{finding.severity}: {finding.place.words}: {sentence(finding)}"
    yield f"notices: {sum(finding.severity == 'notice' for finding in findings)}"


def _shown(layout: Layout, values: Values, more: Callable[[Address], str] = lambda _: "") -> Iterator[str]:
    for cell in layout.cells:
        value = values.cells.get(cell.address)
        if value is not None:
            words = format_number(value, cell.type) if isinstance(value, int) else str(value)
            yield f"{cell.address} = {words}{more(cell.address)}"
    for name, text in sorted(values.texts.items()):
        yield f"{name}: {text}"

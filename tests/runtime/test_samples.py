"""Made-up reports: the form takes them, the same seed makes the same ones, and they look like a series over time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import templates_library
from compiler.cells import Layout
from compiler.package import Library, find_packages
from compiler.periods import Period
from compiler.pipeline import Regime as CompiledRegime
from renderers.document import Submission, submission_bytes
from runtime.intake import CheckedReport, read_report
from runtime.reports import Regime
from runtime.samples.balance import Room, balance
from runtime.samples.draws import generator
from runtime.samples.relations import Readable, Relation, Variable
from runtime.samples.series import NoSample, Sample, Sampler
from runtime.units import Unit, units_of_vietnam
from server.cli import main

_ROOT = Path(templates_library.__path__[0])
_REGIMES = [regime for path in find_packages(_ROOT) for regime in Library().load(path).compilation.regimes]
_QUARTERS = [Period("quarter", year, number) for year in (2025, 2026) for number in (1, 2, 3, 4)]


def _sampler(layout: Layout, seed: int = 1) -> Sampler:
    return Sampler(layout, Regime.of(layout).check, seed)


def _units(level: str, count: int) -> list[Unit]:
    tree = units_of_vietnam()
    return sorted(tree.of_level(level), key=lambda unit: unit.code)[:count]


def _bytes(layout: Layout, sample: Sample) -> bytes:
    template = layout.template
    head = Submission(
        regime=template.regime, version=template.version, unit=sample.unit.code, period=sample.period.code
    )
    return submission_bytes(layout, head, sample.values)


@pytest.mark.parametrize("regime", _REGIMES, ids=lambda regime: regime.template.regime)
def test_every_shipped_form_takes_its_samples(regime: CompiledRegime) -> None:
    layout = regime.layout
    type = layout.template.period_types[0]
    periods = [Period(type, 2025, 1), Period(type, 2025, 2)] if type != "year" else [Period(type, 2025)]
    units = _units(layout.template.filled_by[0], 2)
    made = list(_sampler(layout).samples(units, periods, gaps=False))
    assert len(made) == len(units) * len(periods)
    for sample in made:
        read = read_report(layout, _bytes(layout, sample), "mau.json")
        assert isinstance(read, CheckedReport), read.findings
        assert [each for each in read.findings if each.severity == "error"] == []
        numbers = [value for value in sample.values.cells.values() if isinstance(value, int)]
        assert sum(value != 0 for value in numbers) >= len(numbers) / 2


@pytest.fixture(scope="module")
def xld() -> Layout:
    return next(regime.layout for regime in _REGIMES if regime.template.regime == "xld_01")


def test_the_same_seed_makes_the_same_reports_whatever_else_is_made(xld: Layout) -> None:
    units = _units("commune", 4)
    alone = [_bytes(xld, each) for each in _sampler(xld).samples(units[2:3], _QUARTERS)]
    among = [_bytes(xld, each) for each in _sampler(xld).samples(units, _QUARTERS) if each.unit == units[2]]
    assert alone == among
    assert alone != [_bytes(xld, each) for each in _sampler(xld, seed=2).samples(units[2:3], _QUARTERS)]


def test_a_report_takes_over_from_the_one_before(xld: Layout) -> None:
    made = list(_sampler(xld).samples(_units("commune", 1), _QUARTERS, gaps=False))
    address = {cell.address.column: cell.address for cell in xld.cells}
    for before, after in pairwise(made):
        assert after.values.cells[address["c2"]] == before.values.cells[address["c5"]]


def test_some_are_late_and_some_are_missing(xld: Layout) -> None:
    made = list(_sampler(xld).samples(_units("commune", 60), _QUARTERS[:2]))
    missing = [sample for sample in made if sample.sent is None]
    late = [sample for sample in made if sample.late]
    assert 0 < len(missing) < len(made) / 8
    assert 0 < len(late) < len(made) / 5
    assert all(not sample.values.cells for sample in missing)


_IMPOSSIBLE = """
package a 1.0.0 "A"
measure ho_so "hồ sơ"
regime r "R" {
  basis "B"
  kind periodic
  period quarter
  filled by commune
  goes to province
  due commune +1 day
  sign leader
  table t "T" {
    measure ho_so
    columns {
      a "A" integer >= 0
      b "B" integer >= 0
    }
    rows { row r "R" }
    check bao_hoa: a + b < a "Không có số nào như thế"
  }
}
"""


def test_a_form_that_takes_nothing_says_what_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.bieu").write_text(_IMPOSSIBLE, encoding="utf-8")
    loaded = Library().load(tmp_path)
    assert not loaded.compilation.failed, loaded.diagnostics
    layout = loaded.compilation.regimes[0].layout
    with pytest.raises(NoSample) as problem:
        list(_sampler(layout).samples(_units("commune", 1), _QUARTERS[:1]))
    assert problem.value.findings == ("R: Không có số nào như thế",)


# -- balancing ---------------------------------------------------------------------------------------------------------


def _variable(number: int) -> Variable:
    from compiler.values import Address

    return Variable(Address("t", "r", f"c{number}"))


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 500), min_size=6, max_size=6),
    st.integers(0, 2**32),
    st.integers(0, 3),
)
def test_partitions_and_subsets_come_to_rest(numbers: list[int], seed: int, taken: int) -> None:
    """0+1 = 2+3, 4 within 2, 5 within 4: the shape of printed forms. `taken` can't be moved."""
    one = {_variable(index): 1 for index in range(6)}
    relations = [
        Relation(0, tuple(zip(one, (1, 1, -1, -1), strict=False)), equal=True),
        Relation(0, ((_variable(4), 1), (_variable(2), -1)), equal=False),
        Relation(0, ((_variable(5), 1), (_variable(4), -1)), equal=False),
    ]
    held: dict[Readable, int] = {_variable(index): number for index, number in enumerate(numbers)}
    rooms = {source: Room(0, None) for source in held if source != _variable(taken)}
    assert balance(relations, held, rooms, generator(seed))
    assert all(number >= 0 for number in held.values())
    assert held[_variable(taken)] == numbers[taken]


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_writes_a_folder_that_rolls_up(tmp_path: Path) -> None:
    package = str(_ROOT / "thanh_tra" / "xu_ly_don")
    out = tmp_path / "mau"
    made = CliRunner().invoke(
        main, ["sample", package, "--units", "4", "--periods", "2", "--complete", "-o", str(out)]
    )
    assert made.exit_code == 0, made.output
    assert "8 báo cáo, 0 chưa gửi" in made.output
    listed = (out / "danh_sach.csv").read_text(encoding="utf-8-sig").splitlines()
    assert listed[0] == "unit,name,period,file,due,sent,state"
    assert len(listed) == 9
    files = sorted(str(path) for path in (out / "2025-Q2").glob("*.json"))
    total = tmp_path / "tong.json"
    rolled = CliRunner().invoke(main, ["rollup", package, *files, "--period", "2025-Q2", "-o", str(total)])
    assert rolled.exit_code == 0, rolled.output
    again = CliRunner().invoke(main, ["sample", package, "-o", str(out)])
    assert again.exit_code == 2
    assert "đã có tệp" in again.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "2025-X1"], "không phải là mã kỳ"),
        (["--from", "2025-W07"], "không báo cáo theo kỳ"),
        (["--units", "4000"], "Chỉ có 3321 đơn vị"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, options: list[str], said: str) -> None:
    package = str(_ROOT / "thanh_tra" / "xu_ly_don")
    result = CliRunner().invoke(main, ["sample", package, "-o", str(tmp_path / "a"), *options])
    assert result.exit_code == 2
    assert said in result.output

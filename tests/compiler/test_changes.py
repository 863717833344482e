"""Laws of comparing editions and of carrying reports from one to the next, on the shipped forms and on changed ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import templates_library
from compiler.cells import Layout
from compiler.changes.carrying import carry
from compiler.changes.difference import compare
from compiler.changes.fields import COMPARED
from compiler.changes.release import Release, load_release, release_bytes, release_of
from compiler.package import Library, find_packages
from compiler.template import Bound, Column, Template
from compiler.values import Address, CaptureKey, GroupKey, Values
from compiler.versions import STEPS, Version, step_between

_ROOT = Path(templates_library.__path__[0])
_TESTS = Path(__file__).parents[1]


def edition(path: Path) -> Release:
    """The edition of a package."""
    made = release_of(Library().load(path).compilation)
    assert made is not None
    return made


def layout(path: Path) -> Layout:
    """The first regime of a package, laid out."""
    return Library().load(path).compilation.regimes[0].layout


_SHIPPED = find_packages(_ROOT)
_GOOD = sorted((_TESTS / "good" / "compiled").glob("*.bieu"))
_KSTT = edition(_ROOT / "vpcp" / "kstt")
_FORM = Layout(_KSTT.regimes[0])


@pytest.mark.parametrize("path", [*_SHIPPED, *_GOOD], ids=lambda path: path.stem)
def test_nothing_lies_between_an_edition_and_itself(path: Path) -> None:
    made = edition(path)
    difference = compare(made, made)
    assert difference.changes == ()
    assert (difference.due, difference.is_enough) == ("none", True)
    for effects in difference.effects():
        assert (effects.submissions, effects.workbooks) == ("valid", "accepted")


@pytest.mark.parametrize("path", [*_SHIPPED, *_GOOD], ids=lambda path: path.stem)
def test_edition_is_read_back_from_its_bytes(path: Path) -> None:
    made = edition(path)
    assert load_release(release_bytes(made)) == made


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"package": 1}', b'{"format": 1, "la": 2}'])
def test_bytes_that_are_no_edition_are_refused_with_the_field(data: bytes) -> None:
    assert isinstance(load_release(data), str)


def test_fields_that_are_compared_exist() -> None:
    for kind, names in COMPARED.items():
        assert set(names.split()) <= set(kind.model_fields)


# Changed editions of a shipped form


def _with_columns(template: Template, columns: tuple[Column, ...]) -> Template:
    (table, *rest) = template.tables
    return template.model_copy(update={"tables": (table.model_copy(update={"columns": columns}), *rest)})


def _relabelled(template: Template, column: int) -> Template:
    columns = list(template.tables[0].columns)
    chosen = columns[column % len(columns)]
    columns[column % len(columns)] = chosen.model_copy(update={"label": f"{chosen.label} (mới)"})
    return _with_columns(template, tuple(columns))


def _bounded(template: Template, column: int) -> Template:
    columns = list(template.tables[0].columns)
    entered = [place for place, each in enumerate(columns) if each.formula is None]
    place = entered[column % len(entered)]
    columns[place] = columns[place].model_copy(update={"maximum": Bound(value=column)})  # type: ignore[arg-type]
    return _with_columns(template, tuple(columns))


def _shorter(template: Template, column: int) -> Template:
    columns = template.tables[0].columns
    place = column % len(columns)
    return _with_columns(template, (*columns[:place], *columns[place + 1 :]))


_DUE = {_relabelled: "patch", _bounded: "major", _shorter: "major"}


@given(st.lists(st.tuples(st.sampled_from(list(_DUE)), st.integers(0, 30)), max_size=3), st.integers(0, 3))
def test_version_that_is_due_is_the_greatest_step_of_all_changes(
    edits: list[tuple[object, int]], patch: int
) -> None:
    (template,) = _KSTT.regimes
    for edit, column in edits:
        template = edit(template, column)  # type: ignore[operator]
    version = str(Version(1, 0, patch))
    new = _KSTT.model_copy(update={"regimes": (template,), "version": version})
    difference = compare(_KSTT, new)
    assert bool(difference.changes) == bool(edits)
    due = max((change.rule.due for change in difference.changes), key=STEPS.index, default="none")
    assert difference.due == due
    # What is due is enough, and the version right below it is not.
    enough = new.model_copy(update={"version": str(difference.due_version)})
    assert compare(_KSTT, enough).is_enough
    step = step_between(Version(1, 0, 0), Version(1, 0, patch))
    assert step is not None
    assert difference.is_enough == (STEPS.index(step) >= STEPS.index(due))


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_change_and_its_way_back_name_the_same_places(one: int, other: int) -> None:
    (template,) = _KSTT.regimes
    changed = _bounded(_relabelled(template, one), other)
    new = _KSTT.model_copy(update={"regimes": (changed,)})
    there = {change.place for change in compare(_KSTT, new).changes}
    back = {change.place for change in compare(new, _KSTT).changes}
    assert there == back


# Carrying


@st.composite
def _reports(draw: st.DrawFn) -> Values:
    entered = [cell for cell in _FORM.cells if cell.kind in {"entered", "carried"}]
    chosen = draw(st.lists(st.sampled_from(entered), max_size=12, unique_by=lambda cell: cell.address))
    cells = {cell.address: draw(st.integers(0, 10**9)) for cell in chosen}
    captured = {key: draw(st.none() | st.integers(0, 999)) for key in list(_FORM.captures)[:3]}
    return Values(cells=cells, texts={"danh_gia": draw(st.text(max_size=20))}, captured=captured)


@given(_reports())
def test_report_carried_to_the_same_form_is_the_same(values: Values) -> None:
    carried = carry(values, _FORM, _FORM)
    assert carried.values == values
    assert carried.lost == ()


def test_renumbered_columns_keep_their_numbers() -> None:
    old, new = (layout(_TESTS / "changes" / f"renumbered.{which}.bieu") for which in ("old", "new"))
    cells = {Address("t", "x", f"c{number}"): number for number in (2, 3, 4, 5)}
    carried = carry(Values(cells=cells), old, new)
    assert dict(carried.values.cells) == {
        Address("t", "x", "c2"): 2,
        Address("t", "x", "c3"): 3,
        Address("t", "x", "c5"): 4,
        Address("t", "x", "c6"): 5,
    }
    assert carried.lost == ()


def test_what_does_not_fit_is_left_out_and_told() -> None:
    old, new = (layout(_TESTS / "changes" / f"form.{which}.bieu") for which in ("old", "new"))

    def at(column: str, row: str = "y", table: str = "t") -> Address:
        return Address(table, row, column)

    values = Values(
        cells={
            at("c2"): 7,
            at("c4", "y"): 1,
            at("c5"): 150,
            at("c6"): 25,
            at("c7"): 3,
            at("c8"): "x" * 60,
            at("c9"): "12",
            at("c10"): "a",
            at("c12"): 5,
            at("c17"): 8,
            at("c2", "hai"): 9,
            at("c2", "bo"): 10,
            Address("cu", "r", "e1"): 11,
            Address("bo", "r", "d1"): 12,
        },
        added={GroupKey("t", "du_an"): ({"ten": "A", "ma": "1"},), GroupKey("t", "viec"): ({"mo_ta": "B"},)},
        texts={"mot": "Một", "hai": "x" * 60, "bon": "Bốn"},
    )
    carried = carry(values, old, new)
    assert dict(carried.values.cells) == {
        at("c2"): 7,
        # 1,50 triệu đồng with two decimals is 1.500.000,000 đồng with three.
        at("c5"): 1_500_000_000,
        at("c20"): 8,
        at("c2", "ba"): 9,
        Address("moi", "r", "e1"): 11,
    }
    assert dict(carried.values.added) == {
        GroupKey("t", "du_an"): ({"ten": "A", "ma": "1"},),
        GroupKey("t", "viec"): ({"mo_ta": "B"},),
    }
    assert dict(carried.values.texts) == {"mot_moi": "Một"}
    assert sorted(finding.place.words for finding in carried.lost) == [
        "bo[r].d1",
        "bon",
        "hai",
        "t[bo].c2",
        "t[y].c10",
        "t[y].c4",
        "t[y].c6",
        "t[y].c7",
        "t[y].c8",
        "t[y].c9",
    ]
    assert next(each.values["found"] for each in carried.lost if each.place.words == "t[y].c6") == "2,5"


def test_captured_values_follow_their_cells() -> None:
    old = _FORM
    table = old.template.tables[0]
    columns = tuple(
        column.model_copy(update={"name": "c11a", "renamed_from": "c11"}) if column.name == "c11" else column
        for column in table.columns
    )
    renamed = old.template.model_copy(
        update={"tables": (table.model_copy(update={"columns": columns, "headings": ("c11a",)}),)}
    )
    key = CaptureKey("prior", Address("b06a", "dat_dai", "c11"))
    carried = carry(Values(captured={key: 4}), old, Layout(renamed))
    assert carried.values.captured == {CaptureKey("prior", Address("b06a", "dat_dai", "c11a")): 4}

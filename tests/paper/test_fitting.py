"""How tables get onto paper: sizes, orientation, cutting, widths; and names over balanced lines."""

from collections.abc import Callable

import pytest

from compiler.cells import Layout
from compiler.template import ColumnGroup, Table
from compiler.values import Values
from renderers.filling import Filling
from renderers.pdf.fitting import (
    LANDSCAPE_MM,
    LYING_SIZES,
    PADDING_MM,
    PORTRAIT_MM,
    SMALLEST,
    UPRIGHT_SIZES,
    Fitting,
    balanced,
    fit,
)
from renderers.pdf.fonts import face
from renderers.pdf.sheets import Notes, sheet


def fitting_of(layout: Layout, filling: Filling | None, table: Table | None = None) -> Fitting:
    (own,) = layout.template.tables
    chosen = table or own
    values = None if filling is None else filling.values
    return fit(chosen, lambda only: sheet(chosen, layout, values, Notes(), only))


def test_a_narrow_table_stands_in_the_text_in_the_largest_letters(
    layout_of: Callable[..., Layout], fill: Callable[..., Filling]
) -> None:
    layout = layout_of("long", 5)
    fitting = fitting_of(layout, fill(layout))
    assert not fitting.lying
    assert [fitted.size for fitted in fitting.sheets] == [UPRIGHT_SIZES[0]]


def test_an_author_s_wish_to_lie_down_is_followed(layout_of: Callable[..., Layout]) -> None:
    layout = layout_of("long", 5)
    table = layout.template.tables[0].model_copy(update={"orientation": "landscape"})
    assert fitting_of(layout, None, table).lying


@pytest.mark.parametrize("groups", range(1, 15))
def test_whatever_its_width_a_table_is_read_without_a_glass_and_nothing_is_cut(
    groups: int, layout_of: Callable[..., Layout], fill: Callable[..., Filling]
) -> None:
    layout = layout_of("wide", groups)
    for filling in (None, fill(layout)):
        fitting = fitting_of(layout, filling)
        room = LANDSCAPE_MM if fitting.lying else PORTRAIT_MM
        sizes = LYING_SIZES if fitting.lying else UPRIGHT_SIZES
        columns = [leaf.column for fitted in fitting.sheets for leaf in fitted.sheet.leaves if leaf.column]
        assert columns == [column.name for column in layout.template.tables[0].columns], (
            "each column once, in order"
        )
        for fitted in fitting.sheets:
            assert fitted.size in sizes
            assert fitted.size >= SMALLEST
            assert sum(fitted.widths) == pytest.approx(room, abs=0.1)
            assert fitted.sheet.leaves[0].heading == "STT", "the stub stands in every part"
            for leaf, width in zip(fitted.sheet.leaves, fitted.widths, strict=True):
                inside = width - 2 * PADDING_MM
                for text in leaf.contents if leaf.role == "number" else ():
                    assert face(True).width(text, fitted.size) < inside, (text, width)
                for word in leaf.heading.split():
                    assert face(True).width(word, fitted.size) < inside, (word, width)


def test_a_cut_falls_between_groups(layout_of: Callable[..., Layout], fill: Callable[..., Filling]) -> None:
    layout = layout_of("wide", 12)
    fitting = fitting_of(layout, fill(layout))
    assert len(fitting.sheets) == 2
    for fitted in fitting.sheets:
        assert sum(leaf.column is not None for leaf in fitted.sheet.leaves) % 4 == 0
        assert all(
            heading.text.startswith(("Vụ việc", "STT", "Lĩnh vực")) for heading in fitted.sheet.heading[0]
        )


def test_wide_numbers_make_a_table_lie_down(
    layout_of: Callable[..., Layout], fill: Callable[..., Filling]
) -> None:
    layout = layout_of("wide", 2)
    assert not fitting_of(layout, fill(layout)).lying
    huge = Values(cells={cell.address: 10**13 for cell in layout.cells if cell.kind == "entered"})
    assert fitting_of(layout, fill(layout, huge)).lying


def test_a_group_too_wide_for_any_page_is_cut_inside(layout_of: Callable[..., Layout]) -> None:
    layout = layout_of("wide", 12)
    (table,) = layout.template.tables
    one = table.model_copy(update={"headings": (ColumnGroup(label="Tất cả", members=table.headings),)})
    fitting = fitting_of(layout, None, one)
    assert len(fitting.sheets) > 1
    assert all(any(cell.text == "Tất cả" for cell in fitted.sheet.heading[0]) for fitted in fitting.sheets)


def test_names_are_broken_into_even_lines() -> None:
    assert balanced("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", False, 12, 70) == (
        "ỦY BAN NHÂN DÂN",
        "TỈNH QUẢNG NGÃI",
    )
    assert balanced("SỞ TƯ PHÁP", True, 12, 70) == ("SỞ TƯ PHÁP",)
    assert balanced("", True, 12, 70) == ()
    # A word wider than the room still gets its line.
    assert balanced("A" * 80 + " B", True, 12, 70) == ("A" * 80, "B")


def test_a_title_of_thousands_of_words_costs_no_more_than_its_length() -> None:
    lines = balanced("chữ " * 20_000, True, 13, 70)
    assert " ".join(lines).split() == ["chữ"] * 20_000
    assert max(face(True).width(line, 13) for line in lines) <= 70

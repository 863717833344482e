"""Runs every row of `tampering.toml`: what is done to a workbook, and what the person is told. The manual prints it."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.formula.translate import Translator
from openpyxl.workbook import Workbook

from compiler.cells import Layout
from compiler.findings import sentence
from compiler.periods import Period, parse_period
from compiler.template import Template
from compiler.values import Address, GroupKey, Scalar, Values
from renderers.xlsx.names import cell_name
from renderers.xlsx.sheets import Book
from renderers.xlsx.write import render
from runtime.intake import CheckedReport, Expected, RefusedFile, read_report

HERE = Path(__file__).parent
MANUAL = HERE.parents[1] / "docs" / "workbooks.md"
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "tampering.toml").read_text(encoding="utf-8"))["case"]
PROJECTS = GroupKey("du_an", "muc")
START, END = "<!-- tampering: from tests/xlsx/tampering.toml -->\n", "<!-- /tampering -->\n"


def right_report() -> Values:
    """A report with nothing wrong, not even a warning."""
    cells: dict[Address, Scalar] = {}
    for row in ("1.1", "43_1", "52A", "52a", "rieng"):
        cells[Address("ket_qua", row, "c2")] = 5
        cells[Address("ket_qua", row, "c4")] = 2
    added: tuple[Mapping[str, Scalar], ...] = (
        {"ten": "Cầu", "von": 100, "chi": 40},
        {"ten": "Đường", "von": 50},
    )
    return Values(cells=cells, added={PROJECTS: added}, texts={"danh_gia": "Ổn định."})


@dataclass
class Bench:
    """A workbook on its way through the steps of a case."""

    kit: Any
    layout: Layout
    data: bytes
    name: str = "bao-cao.xlsx"

    def edit(self, change: Callable[[Workbook], object]) -> None:
        """Change it with openpyxl."""
        book = openpyxl.load_workbook(BytesIO(self.data))
        change(book)
        target = BytesIO()
        book.save(target)
        self.data = target.getvalue()

    def cell(self, book: Workbook, address: str) -> Any:
        """The cell of an address such as `ket_qua[1.1].c2`."""
        spot = Book(self.layout).cells[spelt(address)]
        return book[spot.sheet].cell(spot.row, spot.column)


def spelt(text: str) -> Address:
    table, _, rest = text.partition("[")
    row, _, column = rest.rpartition("].")
    return Address(table, row, column)


def step(bench: Bench, verb: str, *given: Any) -> None:
    """One step of a case."""
    blocks = Book(bench.layout).blocks

    def set_row(book: Workbook, row: int, values: Mapping[str, Any]) -> None:
        for column, value in values.items():
            block = blocks[PROJECTS, column]
            book[block.sheet].cell(row, block.column).value = value

    match verb:
        case "rename file":
            bench.name = given[0]
        case "move sheet":
            bench.edit(lambda book: book.move_sheet(given[0], given[1]))
        case "rename sheet":
            bench.edit(lambda book: rename(book, *given))
        case "add sheet":
            bench.edit(lambda book: book.create_sheet(given[0], given[1]).__setitem__("A1", given[2]))
        case "widen":
            bench.edit(lambda book: setattr(book[given[0]].column_dimensions[given[1]], "width", given[2]))
        case "raise":
            bench.edit(lambda book: setattr(book[given[0]].row_dimensions[given[1]], "height", given[2]))
        case "write":
            bench.edit(lambda book: book[given[0]].__setitem__(given[1], given[2]))
        case "set":
            bench.edit(lambda book: setattr(bench.cell(book, given[0]), "value", given[1] or None))
        case "set date":
            day = date.fromisoformat(given[1])
            bench.edit(lambda book: setattr(bench.cell(book, given[0]), "value", day))
        case "format":
            bench.edit(lambda book: setattr(bench.cell(book, given[0]), "number_format", given[1]))
        case "merge":
            bench.edit(lambda book: book[given[0]].merge_cells(given[1]))
        case "set row":
            bench.edit(lambda book: set_row(book, blocks[PROJECTS, "ten"].first + given[1], given[2]))
        case "insert row":
            bench.edit(lambda book: insert_row(bench, book, given[1]))
            bench.edit(lambda book: set_row(book, blocks[PROJECTS, "ten"].first + given[1], given[2]))
        case "lose row":
            bench.edit(lambda book: lose(bench.layout, book, given[0], given[1]))
        case "delete sheet":
            bench.edit(lambda book: book.remove(book[given[0]]))
        case "drop names":
            bench.edit(lambda book: book.defined_names.clear())
        case "shift rows":
            bench.edit(lambda book: book[given[0]].insert_rows(given[1]))
        case "drop properties":
            bench.edit(lambda book: book.custom_doc_props.props.clear())  # type: ignore[attr-defined]
        case "link":
            bench.data = with_link(bench.data)
        case "hand out to":
            bench.data = handed_out(bench, given[0], parse_period(given[1]))
        case "other form":
            bench.data = render(bench.kit.layouts["kstt_quy"], None)
        case "other version":
            bench.data = render(other_version(bench.layout, given[0]), None)
        case "any workbook":
            target = BytesIO()
            openpyxl.Workbook().save(target)
            bench.data = target.getvalue()
        case _:
            raise AssertionError(f"no such step: {verb}")


def rename(book: Workbook, old: str, new: str) -> None:
    """As spreadsheet programs do it: names and formulas follow the sheet."""
    quoted = "'" + new.replace("'", "''") + "'!"
    for name in book.defined_names.values():
        name.attr_text = name.attr_text.replace(f"'{old}'!", quoted)
    for sheet in book.worksheets:
        sheet.print_title_rows = None
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.value = str(cell.value).replace(f"'{old}'!", quoted)
    book[old].title = new


def insert_row(bench: Bench, book: Workbook, index: int) -> None:
    """A row more in the block of self-added rows; its names grow with it, as in a spreadsheet program."""
    blocks = Book(bench.layout).blocks
    first = blocks[PROJECTS, "ten"].first
    title = blocks[PROJECTS, "ten"].sheet
    book[title].insert_rows(first + index)
    for row_number, row in enumerate(book[title].iter_rows(min_row=first + index + 1), first + index + 1):
        for cell in row:
            if isinstance(cell, Cell) and cell.data_type == "f":
                old = f"{cell.column_letter}{row_number - 1}"
                cell.value = Translator(str(cell.value), old).translate_formula(cell.coordinate)
    for name in book.defined_names.values():
        if not name.attr_text.startswith(f"'{title}'!"):
            continue
        where = name.attr_text.partition("!")[2].split(":")
        moved = [
            f"${part.split('$')[1]}${int(part.split('$')[2]) + (int(part.split('$')[2]) >= first + index)}"
            for part in where
        ]
        name.attr_text = f"'{title}'!" + ":".join(moved)


def lose(layout: Layout, book: Workbook, table: str, row: str) -> None:
    """A row deleted, and what its names referred to with it; what stands below stays where it is."""
    for address, spot in Book(layout).cells.items():
        if address[:2] == (table, row):
            book[spot.sheet].cell(spot.row, spot.column).value = None
            book.defined_names[cell_name(address)].attr_text = "#REF!"


def with_link(data: bytes) -> bytes:
    """The workbook with a reference to another one, as Excel keeps it."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        new.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    return target.getvalue()


def handed_out(bench: Bench, unit: str, period: object) -> bytes:
    from dataclasses import replace

    assert isinstance(period, Period)
    filling = bench.kit.filling(bench.layout, right_report())
    named = replace(filling.period, code=period.code)
    return render(bench.layout, replace(filling, unit_code=unit, period=named))


def other_version(layout: Layout, version: str) -> Layout:
    """The form when one more table's column was still in it."""
    changed = layout.template.model_dump()
    table = changed["tables"][2]
    column = {**table["columns"][0], "name": "khac", "label": "Khác"}
    table["columns"] = (*table["columns"], column)
    table["headings"] = (*table["headings"], "khac")
    return Layout(Template.model_validate({**changed, "version": version}))


def outcome_of(kit: Any, layout: Layout, office: Any, case: dict[str, Any]) -> CheckedReport | RefusedFile:
    bench = Bench(kit, layout, render(layout, kit.filling(layout, right_report())))
    for each in case["do"]:
        step(bench, *each)
    if case.get("through") == "LibreOffice":
        [bench.data] = office.saved(bench.data)
    period = parse_period("2026-Q3")
    assert isinstance(period, Period)
    return read_report(layout, bench.data, bench.name, Expected(unit="21025", period=period))


def answers(outcome: CheckedReport | RefusedFile) -> list[Any]:
    return [finding for finding in outcome.findings if finding.severity != "notice"]


@pytest.fixture(scope="module")
def outcomes(kit: Any, layout: Layout, office: Any) -> list[CheckedReport | RefusedFile]:
    """Of every case, in order."""
    return [outcome_of(kit, layout, office, case) for case in CASES]


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["what"] for case in CASES])
def test_a_tampered_workbook(kit: Any, layout: Layout, outcomes: Any, number: int) -> None:
    case, outcome = CASES[number], outcomes[number]
    told = answers(outcome)
    assert sorted({finding.code for finding in told}) == sorted(case.get("codes", [])), told
    if case["outcome"] == "refused":
        assert isinstance(outcome, RefusedFile)
    else:
        assert isinstance(outcome, CheckedReport), told
        expected = kit.entered(layout, right_report())
        cells = {**expected.cells}
        cells |= {spelt(address): value for address, value in case.get("values", {}).items()}
        for address in case.get("gone", []):
            del cells[spelt(address)]
        found = kit.entered(layout, outcome.evaluation.values)
        assert found.cells == cells
        assert found.texts == expected.texts
        assert len(found.added[PROJECTS]) == case.get("rows", {}).get("du_an[muc]", 2)
        assert bool(told) == (case["outcome"] == "warned")
    if told:
        place = told[0].place
        if "at" in case:
            assert f"{place.sheet}!{place.cell}" == case["at"]
            assert place.words
        assert case["says"] in sentence(told[0])


def test_the_manual_prints_the_table(golden: Any, outcomes: Any) -> None:
    """One line a case: what was done, what becomes of the file, where and what the person is told first."""
    words = {"taken": "taken", "changed": "taken", "warned": "taken, with a warning", "refused": "refused"}
    lines = ["| what was done | the file is | the person reads |\n| --- | --- | --- |\n"]
    for case, outcome in zip(CASES, outcomes, strict=True):
        told = answers(outcome)
        said = ""
        if told:
            place = told[0].place
            where = f"`{place.sheet}!{place.cell}` " if place.cell else ""
            path = f"({place.words}) " if place.words and where else ""
            more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
            said = f"{where}{path}{sentence(told[0])}{more}"
        what = case["what"].replace("|", "\\|")
        lines.append(f"| {what} | {words[case['outcome']]} | {said.replace('|', chr(92) + '|')} |\n")
    manual = MANUAL.read_text(encoding="utf-8")
    before, after = manual.partition(START)[0], manual.partition(END)[2]
    golden(MANUAL, before + START + "".join(lines) + END + after)

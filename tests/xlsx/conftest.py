"""A form with everything a workbook must hold, reports of it, and a real LibreOffice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from compiler.cells import Layout
from compiler.formula.evaluate import evaluate_report
from compiler.package import Library
from compiler.template import ValueType
from compiler.values import Scalar, Values
from renderers.filling import Filling, Letterhead, ReportingPeriod
from renderers.scalars import read_text
from renderers.xlsx.outline import text_inputs

REPOSITORY = Path(__file__).parents[2]
PACKAGES = REPOSITORY / "templates_library"

RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
 <item oor:path="/org.openoffice.Office.Calc/Formula/Load">
  <prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
 </item>
</oor:items>
"""


@cache
def layouts() -> dict[str, Layout]:
    """The test's own form and every shipped one, by regime."""
    library = Library((PACKAGES,))
    folders = [Path(__file__).parent / "forms" / "tong_hop.bieu"]
    folders += sorted((REPOSITORY / "tests" / "contract" / "forms").glob("*.bieu"))
    folders += sorted({path.parent for path in PACKAGES.glob("*/*/*.bieu")})
    found = {}
    for folder in folders:
        compilation = library.load(folder).compilation
        assert not compilation.failed, folder
        found.update({regime.template.regime: regime.layout for regime in compilation.regimes})
    return found


OWN = "thu_bang_tinh"


def filling_of(layout: Layout, values: Values, unit: str = "Xã Sơn Hà") -> Filling:
    """A report to print: `values` are evaluated here."""
    return Filling(
        values=evaluate_report(layout, values).values,
        unit_code="21025",
        unit_name=unit,
        period=ReportingPeriod("2026-Q3", "Quý III năm 2026", date(2026, 6, 15), date(2026, 9, 14)),
        letterhead=Letterhead(
            superior="UBND TỈNH QUẢNG NGÃI",
            issuer="UBND XÃ SƠN HÀ",
            place="Sơn Hà",
            receiver="Văn phòng UBND tỉnh",
            signer_title="CHỦ TỊCH",
            signer_name="Nguyễn Văn A",
            dated=date(2026, 9, 15),
        ),
    )


def scalars(layout: Layout, type: ValueType, size: int = 15) -> st.SearchStrategy[Scalar]:
    """Any value a cell of that type can hold after a submission was read."""
    match type.kind:
        case "integer" | "decimal" | "percent" | "money":
            most = 10**size - 1
            return st.one_of(st.integers(-3, 1200), st.integers(-most, most))
        case "boolean":
            return st.booleans()
        case "date":
            return st.dates(date(1901, 1, 1), date(2999, 12, 31)).map(date.isoformat)
        case "choice":
            codes = next(codes for codes in layout.template.code_lists if codes.name == type.code_list)
            return st.sampled_from([code.code for code in codes.codes])
        case "text":
            return texts(type.max_length or 100)


def texts(longest: int) -> st.SearchStrategy[str]:
    """Texts as a reader of submissions lets them in, nasty ones among them."""
    nasty = st.sampled_from(
        [
            "=1+1",
            "+84",
            "-x",
            "@a",
            "#REF!",
            "#N/A",
            "_x0041_",
            "__x005F",
            "TRUE",
            "00123",
            "1e5",
            "{=1}",
            "'a",
            ' "b" ',
        ]
    )
    anything = st.text(
        st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t"), max_size=longest
    )
    return st.one_of(nasty, anything).filter(lambda text: read_text(text, longest) == text)


@st.composite
def reports(draw: st.DrawFn, layout: Layout, size: int = 15, rows: int = 4) -> Values:
    """A report with some cells blank, some rows added, and some earlier values known."""
    cells = {}
    for cell in layout.cells:
        if cell.kind in {"entered", "carried"} and draw(st.booleans()):
            cells[cell.address] = draw(scalars(layout, cell.type, size))
    added = {}
    for group in layout.groups:
        found = []
        for _ in range(draw(st.integers(0, rows))):
            row = {
                column.column.name: draw(scalars(layout, column.type, size))
                for column in group.columns
                if column.kind != "computed" and draw(st.booleans())
            }
            if row:
                found.append(row)
        if found:
            added[group.key] = tuple(found)
    captured = {
        key: draw(st.none() | st.integers(-(10**size) + 1, 10**size - 1))
        for key in layout.captures
        if draw(st.booleans())
    }
    names = [item.name for item in text_inputs(layout.template.outline)]
    narratives = {name: draw(texts(200)) for name in names if draw(st.booleans())}
    return Values(cells=cells, added=added, texts=narratives, captured=captured)


def entered(layout: Layout, values: Values) -> Values:
    """What a workbook that no program has computed holds of a report: all but its results."""
    kinds = {"entered", "carried"}
    computed = {
        (group.key, column.column.name)
        for group in layout.groups
        for column in group.columns
        if column.kind == "computed"
    }
    return replace(
        values,
        cells={
            address: held
            for address, held in values.cells.items()
            if layout.by_address[address].kind in kinds
        },
        added={
            key: tuple(
                {name: held for name, held in row.items() if (key, name) not in computed} for row in rows
            )
            for key, rows in values.added.items()
            if rows
        },
    )


class Office:
    """A headless LibreOffice with a profile of its own, which computes every workbook it opens."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("soffice")
        assert program, "LibreOffice is needed: apt-get install libreoffice-calc"
        self._program = program
        self._folder = folder
        self._count = 0
        self._profile = folder / "profile"
        (self._profile / "user").mkdir(parents=True)
        (self._profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")

    def saved(self, *books: bytes, to: str = "xlsx:Calc MS Excel 2007 XML") -> list[bytes]:
        """The workbooks as LibreOffice saves them again, computed; all in one start."""
        self._count += 1
        source, target = self._folder / f"in{self._count}", self._folder / f"out{self._count}"
        source.mkdir()
        paths = []
        for number, data in enumerate(books):
            paths.append(source / f"{number}.xlsx")
            paths[-1].write_bytes(data)
        command = [self._program, f"-env:UserInstallation={self._profile.as_uri()}", "--headless"]
        command += ["--convert-to", to, "--outdir", str(target), *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        suffix = to.split(":")[0]
        return [(target / f"{path.stem}.{suffix}").read_bytes() for path in paths]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


@dataclass(frozen=True)
class Kit:
    """What tests are made with; see the functions of this file."""

    layouts: dict[str, Layout]
    filling: Callable[[Layout, Values], Filling] = filling_of
    reports: Callable[..., st.SearchStrategy[Values]] = reports
    entered: Callable[[Layout, Values], Values] = entered

    @property
    def layout(self) -> Layout:
        """The test's own form."""
        return self.layouts[OWN]


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit(layouts())


@pytest.fixture(scope="session")
def layout(kit: Kit) -> Layout:
    return kit.layout

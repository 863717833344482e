"""`bieu validate` and `bieu receive` with many files: a table of outcomes, marked copies, drafts."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

import templates_library
from compiler.package import Library
from compiler.periods import Period
from renderers.xlsx.mark import LIST
from runtime.demonstration import made_reports
from runtime.units import units_of_vietnam
from server.commands.demo import filled_file
from tests.server.test_commands import run
from tests.store.making import REGIME, key, open_round
from tests.store.test_taking import workbook

KSTT = Path(templates_library.__path__[0]) / "vpcp" / "kstt"
Q3 = Period("quarter", 2026, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A right workbook, a wrong one and a file that is none."""
    made = tmp_path_factory.mktemp("xa")
    layout = Library().load(KSTT).compilation.regimes[0].layout
    tree = units_of_vietnam()
    communes = tuple(tree[code] for code in tree.children("51"))
    reports = list(made_reports(layout, communes, 1))
    right = next(each for each in reports if each.by_workbook and each.slip is None)
    wrong = next(each for each in reports if each.slip == "unbalanced")
    (made / "dung.xlsx").write_bytes(filled_file(layout, tree, Q3, right)[1])
    (made / "sai [bold].xlsx").write_bytes(filled_file(layout, tree, Q3, wrong)[1])
    (made / "khac.xlsx").write_bytes(b"STT,Ten")
    return made


def test_many_files_are_validated_with_a_table_and_marked_copies(folder: Path, tmp_path: Path) -> None:
    result = run("validate", KSTT, folder, "--marked", tmp_path / "dau")
    assert result.exit_code == 1
    assert "1/3 tệp." in result.stdout
    assert "sai [bold].xlsx" in result.stdout
    assert "Nhận giải quyết phải bằng" in result.stdout
    assert "CSV/text" in result.stdout
    [copy] = (tmp_path / "dau").iterdir()
    assert copy.name == f"{folder.name}-sai [bold].xlsx"
    assert openpyxl.load_workbook(copy).sheetnames[0] == LIST


def test_an_archive_is_told_to_machines_too(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "xa.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(folder / "dung.xlsx", "dung.xlsx")
    result = run("validate", KSTT, archive, "--format", "json")
    assert result.exit_code == 0
    [told] = json.loads(result.stdout)
    assert (told["file"], told["taken"], told["period"]) == ("xa.zip/dung.xlsx", True, "2026-Q3")


def test_files_are_received_into_drafts(tmp_path: Path) -> None:
    from server.app import open_store
    from server.config import read_config

    folder = tmp_path / "xa"
    folder.mkdir()
    for each in (workbook("21025"), workbook("21028", 2, wrong=True)):
        (folder / each.name).write_bytes(each.data)
    url = f"sqlite:///{tmp_path / 'bieu.db'}"
    assert run("db", "upgrade", "--db", url).exit_code == 0
    store = open_store(read_config(None, database=url))
    open_round(store)

    def is_filled() -> bool:
        draft = store.desk.draft(key("21025"))
        assert draft is not None
        return bool(draft.values.cells)

    refused = run("receive", REGIME, "2026-Q3", folder, "--all", "--db", url)
    assert (refused.exit_code, is_filled()) == (1, False)
    assert "0/2 tệp." in refused.stdout
    assert "Nhận giải quyết phải bằng" in refused.stderr
    taken = run("receive", REGIME, "2026-Q3", folder, "--each", "--db", url)
    assert (taken.exit_code, is_filled()) == (1, True)
    assert "1/2 tệp." in taken.stdout
    assert run("receive", REGIME, "2026-Q3", folder / "21025.xlsx", "--db", url).exit_code == 0
    assert run("receive", REGIME, "2026-Q1", folder, "--db", url).exit_code == 2
    assert run("receive", REGIME, "2026-Q7", folder, "--db", url).exit_code == 2
    store.close()

"""What the solver finds of whole sources, in exact words, with the filled forms that show it."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import z3

from compiler.cells import Layout
from compiler.memory import Memory
from compiler.package import Library
from compiler.pipeline import compile_package
from compiler.proofs.limits import Budget, ProofLimits, Proofs
from compiler.proofs.questions import Verdict, prove
from dsl.parse import parse
from dsl.render import to_json, to_sarif, to_text
from dsl.span import Source

_TESTS = Path(__file__).parents[1]
_REFUSED = sorted((_TESTS / "bad" / "proofs").glob("*.bieu"))
_PROVEN = sorted((_TESTS / "good" / "proven").glob("*.bieu"))
_LANGUAGES = pytest.mark.parametrize("language", ["vi", "en"])


@pytest.mark.parametrize("path", _REFUSED, ids=lambda path: path.stem)
@_LANGUAGES
def test_form_that_nobody_can_fill_is_refused_with_the_reason_and_a_filled_form(
    path: Path, language: str, golden: Callable[[Path, str], None]
) -> None:
    loaded = Library(proofs=Proofs()).load(path)
    assert loaded.compilation.failed
    assert loaded.compilation.regimes == ()
    text = to_text(loaded.diagnostics, loaded.sources, "vi" if language == "vi" else "en")
    golden(path.with_suffix(f".{language}.txt"), text.replace(f"{path.parent}/", ""))


@pytest.mark.parametrize("path", _PROVEN, ids=lambda path: path.stem)
@_LANGUAGES
def test_every_check_of_a_sound_form_is_shown_for_what_it_adds(
    path: Path, language: str, golden: Callable[[Path, str], None]
) -> None:
    loaded = Library(proofs=Proofs(show=True)).load(path)
    assert not loaded.compilation.failed
    assert len(loaded.compilation.regimes) == 1
    text = to_text(loaded.diagnostics, loaded.sources, "vi" if language == "vi" else "en")
    golden(path.with_suffix(f".{language}.txt"), text.replace(f"{path.parent}/", ""))


_HEAD = 'package a 1.0.0 "A"\nregime r "R" {\n period year\n filled by commune\n goes to province\n table t "T" {\n'


def _found(body: str, proofs: Proofs | None = None) -> list[tuple[str, str]]:
    """The codes that are given for a table, each with the name that it is about."""
    file, wrong = parse(Source("vi_du.bieu", f"{_HEAD}{body}\n }}\n}}\n"))
    diagnostics = compile_package([file], {}, [], wrong, proofs=proofs or Proofs()).diagnostics
    return [(found.code, found.values.get("name", "")) for found in diagnostics]


# 33 is a sum of three cubes, the smallest of them of 16 digits: a question that no one should wait for.
HARD = """
 columns {
  a "A" integer
  b "B" integer
  c "C" integer
 }
 rows {
  row x "X"
 }
 check kho: a * a * a + b * b * b + c * c * c = 33
 check de: a <= b
 """


def test_proof_that_runs_out_says_not_decided_and_says_it_again() -> None:
    few = Proofs(limits=ProofLimits(steps=20_000))
    first = _found(HARD, few)
    assert ("BIEU0310", "kho") in first
    assert {code for code, _ in first} == {"BIEU0310"}
    assert _found(HARD, few) == first


def test_steps_of_a_package_are_shared_and_used_up() -> None:
    checks = "\n".join(f"check k{n}: a <= b + {n}" for n in range(20))
    body = f' columns {{\n a "A" integer\n b "B" integer\n }}\n rows {{\n row x "X"\n }}\n{checks}'
    all_but_the_first = [("BIEU0307", f"k{n}") for n in range(1, 20)]
    assert _found(body) == all_but_the_first
    few = Proofs(limits=ProofLimits(package_steps=1))
    assert _found(body, few) == [("BIEU0310", f"k{n}") for n in range(20)]


def test_form_larger_than_a_proof_looks_at_is_not_decided() -> None:
    rows = "\n".join(f'row r{n} "R"' for n in range(50))
    body = f' columns {{\n a "A" integer\n b "B" integer\n }}\n rows {{\n{rows}\n }}\n check k: a <= b'
    assert _found(body) == []
    assert _found(body, Proofs(limits=ProofLimits(cells=99))) == [("BIEU0310", "k")]


def test_rows_of_a_list_are_proven_by_one_and_of_thousands_too() -> None:
    codes = "\n".join(f'm{n} "M"' for n in range(2000))
    text = (
        f'package a 1.0.0 "A"\nlist l "L" {{\n{codes}\n}}\nregime r "R" {{\n period year\n filled by commune\n'
        ' goes to province\n table t "T" {\n columns {\n c1 "A" = c2 + c3\n c2 "B" integer >= 0\n'
        ' c3 "C" integer >= 0\n c4 "D" integer\n }\n rows {\n each l from l\n row tong "T" = sum(l) last\n }\n'
        " check mot: c4 <= c1\n check hai: c4 > c1\n }\n}\n"
    )
    file, wrong = parse(Source("vi_du.bieu", text))
    found = compile_package([file], {}, [], wrong, proofs=Proofs()).diagnostics
    assert [(each.code, each.values["name"]) for each in found] == [("BIEU0303", "hai")]


def test_one_of_two_blocks_may_be_asked_for() -> None:
    body = """
    columns {
     a "A" integer >= 0
     b "B" integer >= 0
    }
    rows {
     row x "X"
    }
    check mot_trong_hai: blank(a) or blank(b)
    check a_nho: a <= 10
    check b_nho: b <= 10
    """
    assert _found(body) == []


def test_cell_that_compares_with_a_carried_value_knows_that_they_are_the_same() -> None:
    body = """
    columns {
     mo "Đầu kỳ" integer >= 0 = prior(dong)
     dong "Cuối kỳ" integer >= 0
    }
    rows {
     row x "X"
    }
    check nhu_nhau: prior(dong) = mo
    check khong_am: prior(dong) >= 0
    check khac: mo >= 1
    """
    assert _found(body) == [("BIEU0306", "nhu_nhau"), ("BIEU0306", "khong_am")]


def test_machines_get_the_filled_form_too() -> None:
    loaded = Library(proofs=Proofs()).load(_REFUSED[0])
    (clash, *_) = json.loads(to_json(loaded.diagnostics, loaded.sources, "en"))
    assert clash["code"] == "BIEU0304"
    (table,) = clash["examples"]
    assert table["columns"] == ["(3)", "(4)", "(5)", "(7)", "(11)"]
    assert table["rows"][0] == {"row": "Đất đai", "cells": ["1", "1", "0", "0", "1"], "fails": True}
    log = json.loads(to_sarif(loaded.diagnostics, loaded.sources, "en"))
    text = log["runs"][0]["results"][0]["message"]["text"]
    assert text.endswith("✗ Tổng số: (3) = 1, (4) = 1, (5) = 0, (7) = 0, (11) = 1")


@pytest.mark.parametrize(("option", "loaded"), [("--no-proofs", False), ("--proofs", True)])
def test_solver_is_loaded_only_to_prove(option: str, loaded: bool) -> None:
    program = (
        "import sys\nfrom server.cli import main\n"
        "try:\n    main(['check', *sys.argv[1:]])\nexcept SystemExit:\n    print('z3' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(_PROVEN[0]), option]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(loaded)


def test_regime_that_no_edit_touched_is_not_proven_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(layout: Layout, budget: Budget, *, show: bool) -> Iterator[Verdict]:
        asked.append(layout.template.regime)
        yield from prove(layout, budget, show=show)

    monkeypatch.setattr("compiler.passes.proofs.prove", counted)
    (tmp_path / "goi.bieu").write_text('package a 1.0.0 "A"\n', encoding="utf-8")
    for name, condition in (("mot", "a <= b"), ("hai", "a < a")):
        table = f' columns {{\n a "A" integer\n b "B" integer\n }}\n rows {{\n row x "X"\n }}\n check k: {condition}'
        text = f"{_HEAD}{table}\n }}\n}}\n".partition("\n")[2].replace("regime r", f"regime {name}")
        (tmp_path / f"{name}.bieu").write_text(text, encoding="utf-8")
    memory = Memory()
    first = Library(memory=memory, proofs=Proofs()).load(tmp_path)
    assert [found.code for found in first.diagnostics] == ["BIEU0303"]
    assert asked == ["hai", "mot"]
    one = tmp_path / "mot.bieu"
    one.write_text(one.read_text(encoding="utf-8").replace("a <= b", "a + 0 <= a"), encoding="utf-8")
    second = Library(memory=memory, proofs=Proofs()).load(tmp_path)
    assert [found.code for found in second.diagnostics] == ["BIEU0303", "BIEU0306"]
    assert asked == ["hai", "mot", "mot"]


def test_solver_gives_its_memory_back_at_once() -> None:
    gc.disable()
    try:
        for _ in range(3):
            Library(proofs=Proofs()).load(_PROVEN[0])
            assert z3.Z3_get_estimated_alloc_size() < 2**20
    finally:
        gc.enable()


def test_proof_without_memory_is_not_decided() -> None:
    body = ' columns {\n a "A" integer\n }\n rows {\n row x "X"\n }\n check k: a < a'
    held = z3.Context(), z3.Context()
    assert _found(body, Proofs(limits=ProofLimits(memory=64))) == [("BIEU0310", "k")]
    del held
    assert _found(body, Proofs(limits=ProofLimits(memory=64))) == [("BIEU0303", "k")]

"""The commands that need no report: check, fmt, explain, test, build, and what all share."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import templates_library
from compiler.package import Library
from server.cli import COMMANDS, main

_LIBRARY = Path(templates_library.__path__[0])
_KSTT = _LIBRARY / "vpcp" / "kstt"

WRONG = """package a 1.0.0 "A"
regime r "R" {
  period quarter
  filled by commune
  goes to province
  table t "T" {
    columns {
      c3 "Tổng số" = c4 + c55
      c4 "Trực tuyến" integer
      c5 "Trực tiếp" integer measure dong
    }
    rows {
      row x "X"
    }
  }
}
"""


def run(*arguments: str | Path) -> Result:
    """`bieu` with these arguments."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_an_example(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Ví dụ" in result.output
    assert f"bieu {name}" in result.output


def test_check_of_sound_packages_is_fine() -> None:
    result = run("check", _LIBRARY)
    assert (result.exit_code, result.output) == (0, "Đạt: 19 gói, 18 chế độ báo cáo.\n")


def test_check_reports_all_errors_and_exits_with_one(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    path.write_text(WRONG, encoding="utf-8")
    result = run("check", path)
    assert result.exit_code == 1
    assert "BIEU0202" in result.output
    assert "BIEU0205" in result.output
    assert "a.bieu:8:27" in result.output


def test_check_speaks_english_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    path.write_text(WRONG, encoding="utf-8")
    assert "table `t` has no row or column called `c55`" in run("check", path, "--language", "en").output


def test_check_gives_json_and_sarif(tmp_path: Path) -> None:
    path = tmp_path / "a.bieu"
    path.write_text(WRONG, encoding="utf-8")
    found = json.loads(run("check", path, "--format", "json").output)
    assert [each["code"] for each in found] == ["BIEU0202", "BIEU0205"]
    log = json.loads(run("check", path, "--format", "sarif").output)
    assert log["version"] == "2.1.0"
    assert [each["ruleId"] for each in log["runs"][0]["results"]] == ["BIEU0202", "BIEU0205"]


def test_wrong_use_exits_with_two(tmp_path: Path) -> None:
    assert run("check", tmp_path / "khong_co").exit_code == 2
    assert run("check", tmp_path).exit_code == 2
    assert run("explain", "BIEU9999").exit_code == 2
    assert run("khong_co").exit_code == 2


@settings(max_examples=60)
@given(
    st.one_of(
        st.binary(max_size=400), st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_give_diagnostics(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.bieu"
    path.write_bytes(data)
    result = run("check", path)
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "BIEU" in result.output


@settings(max_examples=60)
@given(st.data())
def test_any_damage_to_a_real_form_gives_diagnostics_or_a_form(data: st.DataObject) -> None:
    """A piece cut out of a real source, or put in twice, never breaks the compiler."""
    text = (_LIBRARY / "btp" / "ho_tich" / "ho_tich.bieu").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 120)))
    place = data.draw(st.integers(0, len(text)))
    damaged = (
        text[:start] + text[end:]
        if data.draw(st.booleans())
        else text[:place] + text[start:end] + text[place:]
    )
    from tests.compiler.test_messages import compiled

    compilation = compiled(damaged)
    assert compilation.failed or compilation.regimes is not None


def test_fmt_leaves_the_library_as_it_is() -> None:
    result = run("fmt", "--check", _LIBRARY)
    assert (result.exit_code, result.output) == (0, "")


def test_fmt_turns_a_package_into_vietnamese_keywords_and_back(tmp_path: Path) -> None:
    shutil.copytree(_LIBRARY, tmp_path / "library")
    kstt = tmp_path / "library" / "vpcp" / "kstt"
    before = (kstt / "kstt.bieu").read_text(encoding="utf-8")
    template = Library().load(kstt).compilation.regimes[0].template
    assert run("fmt", kstt, "--language", "vi").exit_code == 0
    assert (kstt / "kstt.bieu").read_text(encoding="utf-8").startswith("# ngôn ngữ: vi\n")
    assert Library().load(kstt).compilation.regimes[0].template == template
    assert run("fmt", kstt, "--language", "en").exit_code == 0
    assert (kstt / "kstt.bieu").read_text(encoding="utf-8") == before


def test_explain_prints_both_examples() -> None:
    output = run("explain", "bieu0230").output
    assert "Sai:" in output
    assert "rollup recompute" in output


def test_authors_examples_run_and_a_false_one_is_shown(tmp_path: Path) -> None:
    assert run("test", _KSTT).output == "4 ví dụ đạt, 0 không đạt.\n"
    shutil.copytree(_LIBRARY, tmp_path / "library")
    source = tmp_path / "library" / "vpcp" / "kstt" / "kstt.bieu"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("ho_tich].c3 = 15", "ho_tich].c3 = 16"), encoding="utf-8")
    result = run("test", source.parent)
    assert result.exit_code == 1
    assert "chờ b06a[ho_tich].c3 = 16, được 15" in result.output
    assert "expected b06a[ho_tich].c3 = 16, found 15" in run("test", source.parent, "--language", "en").output


@pytest.mark.parametrize("package", ["vpcp/kstt", "btp/ho_tich", "thanh_tra/xu_ly_don"])
def test_build_writes_every_target_twice_the_same(package: str, tmp_path: Path) -> None:
    from renderers.registry import TARGETS

    for folder in ("first", "second"):
        result = run("build", _LIBRARY / package, "-o", tmp_path / folder)
        assert result.exit_code == 0, result.output
    first = tmp_path / "first"
    assert (first / "package.json").read_bytes() == (tmp_path / "second" / "package.json").read_bytes()
    (built,) = (path for path in first.iterdir() if path.is_dir())
    names = {file.name for file in built.iterdir()}
    assert names == {"template.json", "manifest.json", *(target.filename for target in TARGETS)}
    for name in names:
        assert (built / name).read_bytes() == (tmp_path / "second" / built.name / name).read_bytes(), name


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['bieu', '--version']\n"
        "from server.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'lark', 'pydantic', 'flask', 'jinja2', 'openpyxl', 'weasyprint', 'pyhanko', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_watches_and_checks_again_after_each_save(tmp_path: Path) -> None:
    source = tmp_path / "goi.bieu"
    source.write_text('package a 1.0.0 "A"\nmeasure ho_so "hồ sơ"\n', encoding="utf-8")
    command = [sys.executable, "-c", "from server.cli import main; main()", "check", str(source), "--watch"]
    # Who runs tests in the background has told their processes not to mind Ctrl-C.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heeding) as process:
        assert process.stdout is not None
        try:
            assert [process.stdout.readline() for _ in range(2)][1] == "Đạt: 1 gói, 0 chế độ báo cáo.\n"
            source.write_text('package a 1.0.0 "A"\nmesure ho_so "hồ sơ"\n', encoding="utf-8")
            assert "BIEU0021" in [process.stdout.readline() for _ in range(2)][1]
        finally:
            process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(20) == 1


def test_check_watches_for_people_only(tmp_path: Path) -> None:
    assert run("check", tmp_path, "--watch", "--format", "json").exit_code == 2

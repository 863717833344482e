"""`bieu diff`: two editions of a package, what changed, which version is due and what it does to stored data."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal

import click

from compiler.changes.difference import Difference, Effects, compare
from compiler.changes.release import FILENAME, Release, load_release, release_of
from compiler.changes.rules import Change
from dsl.diagnostics import Language
from server.commands.loading import LANGUAGE, LIBRARY, load_packages, print_diagnostics

_STEPS = {
    "vi": {"none": "không đổi", "patch": "sửa lời", "minor": "bổ sung", "major": "không tương thích"},
    "en": {"none": "none", "patch": "patch", "minor": "minor", "major": "major"},
}
_SUBMISSIONS = {
    "vi": {
        "valid": "vẫn dùng được",
        "mapped": "chuyển được tự động",
        "checked": "chuyển được, phải kiểm tra lại",
        "dropped": "chuyển được, bớt phần đã bỏ",
        "reentered": "phải nhập thêm hoặc nhập lại",
    },
    "en": {
        "valid": "still valid",
        "mapped": "carried over",
        "checked": "carried over, to be checked again",
        "dropped": "carried over without what was removed",
        "reentered": "something must be entered anew",
    },
}
_WORKBOOKS = {
    "vi": {"accepted": "nhận như cũ", "mapped": "nhận, chuyển sang biểu mới", "refused": "không nhận"},
    "en": {"accepted": "accepted", "mapped": "accepted and carried over", "refused": "refused"},
}
_WORDS = {
    "vi": {
        "same": "Không có gì thay đổi.",
        "submissions": "báo cáo đã nộp",
        "workbooks": "tệp Excel ngoài thực tế",
        "broken": "chuỗi số liệu gián đoạn",
        "ended": "chuỗi số liệu kết thúc",
        "none": "không",
        "enough": "Phiên bản {new} là đủ (ít nhất phải là {due}: {step}).",
        "short": "Phiên bản {new} chưa đủ: ít nhất phải là {due} ({step}).",
        "wrong": "khai báo sai",
    },
    "en": {
        "same": "Nothing changed.",
        "submissions": "stored submissions",
        "workbooks": "workbooks in the field",
        "broken": "series broken",
        "ended": "series ended",
        "none": "none",
        "enough": "Version {new} is enough (at least {due} is due: {step}).",
        "short": "Version {new} is not enough: at least {due} is due ({step}).",
        "wrong": "wrong",
    },
}


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text cho người đọc, json cho máy.",
)
@LIBRARY
@LANGUAGE
def command(old: Path, new: Path, output: Literal["text", "json"], language: Language) -> None:
    """So hai phiên bản của một gói: đổi gì, phải tăng số phiên bản đến đâu, số liệu cũ ra sao.

    Mỗi bên là mã nguồn (thư mục, tệp .bieu, tệp nén) hoặc thư mục do `bieu build` làm ra. Kết thúc với mã 1 khi số
    phiên bản chưa đủ hoặc `renamed from` nêu một tên mà phiên bản cũ không có.

    \b
    Ví dụ:
      bieu diff kstt-1.0.0.zip templates_library/vpcp/kstt
      bieu diff build/kstt templates_library/vpcp/kstt --format json
    """
    difference = compare(_edition(old, language), _edition(new, language))
    if output == "json":
        text = json.dumps(_as_json(difference), ensure_ascii=False, indent=2)
    else:
        text = "\n".join(_as_text(difference, language))
    click.echo(text)
    sys.exit(0 if difference.is_enough and not difference.problems else 1)


def _edition(path: Path, language: Language) -> Release:
    """The edition at a path. Exits with 1 where a source has errors; wrong use (exit 2) where there is none."""
    built = path / FILENAME
    if built.is_file():
        edition = load_release(built.read_bytes())
        if isinstance(edition, str):
            raise click.UsageError(f"Không đọc được {built}: {edition}.")
        return edition
    packages = load_packages([path])
    if len(packages) != 1:
        raise click.UsageError(f"{path} có {len(packages)} gói: mỗi bên phải là một gói.")
    compiled = release_of(packages[0].compilation)
    if compiled is None:
        print_diagnostics(packages[0], language)
        sys.exit(1)
    return compiled


def _as_text(difference: Difference, language: Language) -> list[str]:
    words, old, new = _WORDS[language], difference.old, difference.new
    lines = [f"{new.package} {old.version} → {new.version}"]
    if not difference.changes:
        lines += ["", words["same"]]
    regime = None
    for change in difference.changes:
        if change.regime != regime:
            regime = change.regime
            lines += ["", f"{regime}:" if regime else f"{new.package}:"]
        lines.append(f"  {_line(change, language)}")
    for effects in difference.effects() if difference.changes else ():
        lines += ["", *_effects(effects, language)]
    step = _STEPS[language][difference.due]
    verdict = words["enough" if difference.is_enough else "short"]
    lines += ["", verdict.format(new=new.version, due=difference.due_version, step=step)]
    return lines


def _line(change: Change, language: Language) -> str:
    mark = _WORDS[language]["wrong"] if change.is_problem else _STEPS[language][change.rule.due]
    place = f"{change.place}: " if change.place else ""
    return f"[{mark}] {place}{change.words(language)}"


def _effects(effects: Effects, language: Language) -> list[str]:
    words = _WORDS[language]
    lines = [
        f"{effects.regime}:",
        f"  {words['submissions']}: {_SUBMISSIONS[language][effects.submissions]}",
        f"  {words['workbooks']}: {_WORKBOOKS[language][effects.workbooks]}",
    ]
    for key, places in (("broken", effects.broken), ("ended", effects.ended)):
        if places:
            lines.append(f"  {words[key]}: {', '.join(place or effects.regime for place in places)}")
    return lines


def _as_json(difference: Difference) -> dict[str, Any]:
    return {
        "package": difference.new.package,
        "old": difference.old.version,
        "new": difference.new.version,
        "due": difference.due,
        "due_version": str(difference.due_version),
        "enough": difference.is_enough,
        "changes": [
            {
                "kind": change.kind,
                "regime": change.regime,
                "place": change.place,
                "due": change.rule.due,
                "submissions": change.rule.submissions,
                "workbooks": change.rule.workbooks,
                "series": change.rule.series,
                "problem": change.is_problem,
                "vi": change.words("vi"),
                "en": change.words("en"),
            }
            for change in difference.changes
        ],
        "effects": [
            {
                "regime": effects.regime,
                "submissions": effects.submissions,
                "workbooks": effects.workbooks,
                "broken": list(effects.broken),
                "ended": list(effects.ended),
            }
            for effects in difference.effects()
        ],
    }

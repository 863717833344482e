"""`bieu new`: a package to begin with, that compiles and whose examples come true."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Literal

import click

from dsl.format import format_file
from dsl.keywords import LANGUAGES
from dsl.span import Source

_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_LEVELS = ("commune", "province", "country")

_SOURCE = Template("""\
# ngôn ngữ: en
# Gói biểu mẫu mới. Sửa từng chỗ theo thông tư, rồi chạy: bieu check $folder, bieu test $folder, bieu preview $folder
package $name 1.0.0 "$title"

measure ho_so "hồ sơ"

regime $regime "$title" {
  basis "Thông tư …"
  kind periodic
  period $period
  filled by $level
  goes to $above
  due $level +2 working days
  sign leader
  unverified "Biểu mới tạo: chưa đối chiếu với văn bản ban hành."

  table b01 "$title" {
    form "01"
    measure ho_so
    columns {
      # Dấu = là công thức; dòng mã cột trên bản in, (1) = (2) + (3), lấy từ đây.
      c1 "Tổng số" = c2 + c3
      group "Trong đó" {
        c2 "Trực tuyến" integer >= 0
        c3 "Trực tiếp" integer >= 0
      }
      c4 "Đã giải quyết" integer >= 0
    }
    rows {
      stub label "Nội dung"
      row so_lieu "Số liệu trong kỳ"
    }
    check giai_quyet: c4 <= c1 "Số đã giải quyết không nhiều hơn tổng số"
  }

  outline {
    section "I. TÌNH HÌNH CHUNG" {
      prompt "Nêu khái quát tình hình trong kỳ."
      text danh_gia "Đánh giá chung" max 5000 rollup concat
      say "Trong kỳ có {b01[so_lieu].c1} hồ sơ, đã giải quyết {b01[so_lieu].c4}."
      table b01
    }
  }

  example "Tổng số là tổng hai cột" {
    given { b01[so_lieu].c2 = 3; b01[so_lieu].c3 = 4; b01[so_lieu].c4 = 5 }
    expect { b01[so_lieu].c1 = 7; holds giai_quyet }
  }
  example "Giải quyết nhiều hơn tổng số là sai" {
    given { b01[so_lieu].c2 = 3; b01[so_lieu].c3 = 0; b01[so_lieu].c4 = 5 }
    expect { fails giai_quyet }
  }
}
""")


@click.command()
@click.argument("name")
@click.option("--title", default="Báo cáo mới", show_default=True, help="Tên gói, cũng là tên biểu đầu tiên.")
@click.option(
    "--period",
    type=click.Choice(["month", "quarter", "half_year", "nine_months", "year"]),
    default="quarter",
    show_default=True,
    help="Kỳ báo cáo.",
)
@click.option(
    "--filled-by",
    "level",
    type=click.Choice(_LEVELS[:-1]),
    default="commune",
    show_default=True,
    help="Cấp lập báo cáo; cấp trên nó nhận.",
)
@click.option(
    "--language",
    "keywords",
    type=click.Choice(["vi", "en"]),
    default="vi",
    show_default=True,
    help="Từ khóa của mã nguồn.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục của gói; không có thì theo tên gói, như a/b của a.b.",
)
def command(
    name: str, title: str, period: str, level: str, keywords: Literal["vi", "en"], output: Path | None
) -> None:
    """Tạo một gói mới dịch được ngay, có ví dụ, để sửa dần thành biểu của mình.

    \b
    Ví dụ:
      bieu new so_noi_vu.can_bo --title "Thống kê cán bộ" --period half_year
    """
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"Tên gói gồm chữ thường không dấu, số và gạch dưới, cách nhau bởi dấu chấm: «{name}»."
        )
    reserved = {
        spelling for table in LANGUAGES.values() for each in table.spelled.values() for spelling in each
    }
    if taken := [part for part in name.split(".") if part in reserved]:
        raise click.UsageError(f"«{taken[0]}» là từ khóa, không đặt tên gói được.")
    if not title.strip() or '"' in title or "\\" in title or not title.isprintable():
        raise click.UsageError(
            "Tên gói không được trống và không có dấu ngoặc kép, gạch chéo ngược, xuống dòng."
        )
    folder = output or Path(*name.split("."))
    if not str(folder).isprintable():
        raise click.UsageError("Tên thư mục có ký tự không in được.")
    last = name.rpartition(".")[2]
    path = folder / f"{last}.bieu"
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} đã có tệp: chọn thư mục khác.")
    text = _SOURCE.substitute(
        name=name,
        title=title,
        regime=last,
        period=period,
        level=level,
        above=_LEVELS[_LEVELS.index(level) + 1],
        folder=folder.as_posix(),
    )
    formatted = format_file(Source(path.name, text), keywords)
    assert isinstance(formatted, str)  # the text above, in one layout
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(formatted, encoding="utf-8", newline="\n")
    click.echo(f"Đã tạo {path}. Thử ngay: bieu check {folder}")

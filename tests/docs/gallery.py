"""The gallery of shipped forms: docs/forms, a handbook for each form made of its template, and its picture.

`script/gallery` writes all of it anew. Pages are made of the sources alone and held current by a test; pictures are the
form's own print as poppler draws it, and how long building takes is measured on the machine that ran the script, so
that neither is compared byte by byte.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from PIL import Image, ImageChops

import templates_library
from compiler.package import Library, find_packages
from compiler.pipeline import Regime
from renderers.building import build_regime
from renderers.registry import TARGETS

FOLDER = Path(__file__).parents[2] / "docs" / "forms"
_LIBRARY = Path(templates_library.__path__[0])
_DPI = 80
_MARGIN = 12
_COLOURS = 32


@dataclass(frozen=True)
class Form:
    """A shipped form. path: its package, below the library."""

    path: Path
    regime: Regime

    @property
    def name(self) -> str:
        """What its page and picture are called."""
        return self.regime.template.regime


@cache
def forms() -> tuple[Form, ...]:
    """All of them, by package."""
    library = Library()
    return tuple(
        Form(path.relative_to(_LIBRARY), regime)
        for path in find_packages(_LIBRARY)
        for regime in library.load(path).compilation.regimes
    )


def pages() -> dict[str, str]:
    """Every page by its file name in docs/forms."""
    return {"README.md": _index(), **{f"{form.name}.md": _handbook(form) for form in forms()}}


def _index() -> str:
    lines = [
        "# Các biểu mẫu có sẵn",
        "",
        "Mỗi biểu là một gói trong `templates_library/`, kèm các trường hợp thử. Trang này và sổ tay của từng biểu do "
        "`script/gallery` viết từ mã nguồn; «chưa đối chiếu» là những chỗ chưa so được với bản in của văn bản.",
        "",
        "| Biểu | Tên | Gói | Cột | Chỗ chưa đối chiếu |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    for form in forms():
        template = form.regime.template
        numbers = ", ".join(table.form for table in template.tables if table.form) or "–"
        columns = sum(len(table.columns) for table in template.tables)
        title = f"[{template.title}]({form.name}.md)"
        lines.append(
            f"| {numbers} | {title} | `{form.path.as_posix()}` | {columns} | {len(template.notes)} |"
        )
    lines += [
        "",
        "## Công viết",
        "",
        "Số dòng mã nguồn (không kể chú thích, dòng trống, danh mục và ví dụ) cho mỗi cột in ra.",
        "Thời gian dịch ra mọi sản phẩm đo trên một máy 2 lõi nằm trong [build_times.md](build_times.md).",
        "",
        "| Biểu | Dòng | Cột | Dòng/cột |",
        "| --- | ---: | ---: | ---: |",
    ]
    for form in forms():
        columns = sum(len(table.columns) for table in form.regime.template.tables)
        written = _lines(form)
        share = f"{written / columns:.1f}".replace(".", ",")
        lines.append(f"| [{form.name}]({form.name}.md) | {written} | {columns} | {share} |")
    lines.append("")
    for form in forms():
        lines += [f"## {form.regime.template.title}", "", f"![{form.name}]({form.name}.png)", ""]
    return "\n".join(lines).rstrip() + "\n"


def _handbook(form: Form) -> str:
    (target,) = (target for target in TARGETS if target.name == "dictionary")
    text = target.render(form.regime.layout).decode()
    head, _, rest = text.partition("\n")
    picture = f"![{form.name}]({form.name}.png)"
    return f"{head}\n\n{picture}\n{rest}"


def _lines(form: Form) -> int:
    """Lines that say something, up to the first example."""
    (source,) = (_LIBRARY / form.path).glob("*.bieu")
    count, within = 0, False
    for line in source.read_text(encoding="utf-8").splitlines():
        words = line.strip()
        within = within or words.startswith(("regime ", "chế độ "))
        if words.startswith(("example ", "ví dụ ")):
            break
        count += within and bool(words) and not words.startswith("#")
    return count


# -- what is drawn and measured ----------------------------------------------------------------------------------------


def draw() -> None:
    """Write every form's picture: the first page across, else the first page, as it prints blank."""
    (target,) = (target for target in TARGETS if target.name == "pdf")
    for form in forms():
        data = target.render(form.regime.layout)
        with pikepdf.open(BytesIO(data)) as document:
            boxes = [[float(edge) for edge in page.mediabox] for page in document.pages]
        page = next((number for number, box in enumerate(boxes, 1) if box[2] > box[3]), 1)
        with TemporaryDirectory() as folder:
            source = Path(folder) / "form.pdf"
            source.write_bytes(data)
            pages = ["-f", str(page), "-l", str(page), "-singlefile", "-r", str(_DPI), "-png"]
            subprocess.run(["pdftoppm", *pages, str(source), str(Path(folder) / "page")], check=True)
            _trimmed(Path(folder) / "page.png").save(FOLDER / f"{form.name}.png", optimize=True)


def _trimmed(path: Path) -> Image.Image:
    """Without the empty margins, in few colours."""
    image = Image.open(path).convert("RGB")
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox() or (0, 0, *image.size)
    left, top, right, bottom = box
    edges = (max(0, left - _MARGIN), max(0, top - _MARGIN), right + _MARGIN, bottom + _MARGIN)
    return image.crop(edges).quantize(_COLOURS)


def measure() -> None:
    """Write how long each form takes to be built into all targets."""
    lines = [
        "# Thời gian dịch",
        "",
        "Mọi sản phẩm của một biểu, trên một máy 2 lõi.",
        "",
        "| Biểu | Giây |",
        "| --- | ---: |",
    ]
    for form in forms():
        with TemporaryDirectory() as folder:
            start = time.perf_counter()
            for _ in build_regime(form.regime.layout, Path(folder)):
                pass
            spent = f"{time.perf_counter() - start:.1f}".replace(".", ",")
        lines.append(f"| [{form.name}]({form.name}.md) | {spent} |")
    (FOLDER / "build_times.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Write pages, pictures and times."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    draw()
    measure()


if __name__ == "__main__":
    main()

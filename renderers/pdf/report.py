"""The printed report as PDF: blank to fill by hand, or filled, with its data and its form embedded.

`outline.py` says what is printed, `sheets.py` and `fitting.py` how tables come onto the page, the Jinja templates
and `report.css` how it looks (Nghị định 30/2020/NĐ-CP, annex I), `conformance.py` what makes the file PDF/A-3a and
PDF/UA-1. Signing is the run-time's.

The same template and filling give the same bytes: nothing is taken from the clock, the network or the machine's own
fonts. Titles, labels and texts are untrusted: Jinja escapes them, and pages may load their four fonts and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from io import BytesIO
from threading import Lock

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from weasyprint import CSS, HTML, Attachment
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration

from compiler.cells import Layout
from compiler.frozen import sha256
from compiler.template import Chart, template_bytes
from renderers.charts import drawn_charts, specification
from renderers.drawing import draw
from renderers.filling import Filling
from renderers.pdf.attachments import HEAD_FILE, SUBMISSION_FILE, TEMPLATE_FILE
from renderers.pdf.conformance import finish
from renderers.pdf.fitting import PADDING_MM, PORTRAIT_MM, balanced
from renderers.pdf.fonts import CHART_SCHEME, FontFetcher, PageFetcher, folder, printable
from renderers.pdf.head import head_bytes
from renderers.pdf.outline import compose
from renderers.pdf.wording import DOTS, long_date, period_line, replaces_line, subject

_COLOURS = "bieu-srgb"
"""The name of the profile that says what the file's colours mean; PDF/A asks for one."""

# Pango's font map may be used by one thread at a time.
_printing = Lock()


def render(layout: Layout, filling: Filling | None) -> bytes:
    """The report as one PDF: A4, PDF/A-3a and PDF/UA-1. Without a filling: the form to fill by hand.

    Raises fonts.FontsMissing on a machine that was not set up.
    """
    template = template_bytes(layout.template)
    html = page(layout, filling)
    pictures = _pictures(layout, filling)
    with _printing:
        style = _style()
        document = HTML(string=html, url_fetcher=PageFetcher(pictures), base_url=None).render(
            font_config=style.fonts,
            stylesheets=[style.sheet],
            pdf_variant="pdf/a-3a",
            color_profiles={_COLOURS: _colours()},
            output_intent=_COLOURS,
        )
        pdf: bytes = document.write_pdf(
            finisher=finish,
            pdf_variant="pdf/a-3a",
            output_intent=_COLOURS,
            pdf_identifier=sha256(
                html.encode() + template + (filling.submission if filling else b"")
            ).encode(),
            attachments=_attachments(template, filling),
        )
    return pdf


def page(layout: Layout, filling: Filling | None) -> str:
    """The report as the HTML that is set: for `render`, and for tests of what is on the page."""
    kind, about = subject(layout.template.title)
    html = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            template=layout.template,
            filling=filling,
            letterhead=None if filling is None else filling.letterhead,
            kind=kind,
            subject=about,
            period=period_line(layout.template, filling),
            replaces=None if filling is None else replaces_line(filling.replaces),
            dated=long_date(None if filling is None else filling.letterhead.dated),
            composition=compose(layout, filling),
            charts=_charts(layout, filling),
            chart_scheme=CHART_SCHEME,
            dots=DOTS,
        )
    )
    return printable(html)


def _charts(layout: Layout, filling: Filling | None) -> tuple[Chart, ...]:
    """The charts that are printed: none in a file that carries its submission, whose pages are compared with it, for
    what units and earlier periods gave is not in it."""
    return () if filling is None or filling.submission else drawn_charts(layout, filling)


def _pictures(layout: Layout, filling: Filling | None) -> dict[str, bytes]:
    """The pictures of the charts, by the addresses that the page has for them."""
    return {
        f"{CHART_SCHEME}{chart.name}": printable(draw(specification(chart, layout, filling))).encode()
        for chart in _charts(layout, filling)
    }


def _attachments(template: bytes, filling: Filling | None) -> list[Attachment]:
    """The form and, where there is one, the submission: the source that the pages were made from."""
    day = date(2000, 1, 1) if filling is None else filling.letterhead.dated or filling.period.end
    # A file's date is required; the report's own is the only one that is the same on every run.
    made = datetime(day.year, day.month, day.day, tzinfo=UTC)
    files = [(TEMPLATE_FILE, template, "Source", "Biểu mẫu đã biên dịch / compiled template")]
    if filling is not None and filling.submission:
        files.insert(0, (SUBMISSION_FILE, filling.submission, "Data", "Số liệu báo cáo / submission"))
        files.append((HEAD_FILE, head_bytes(filling), "Supplement", "Phần đầu báo cáo / letterhead"))
    return [
        Attachment(
            string=content,
            name=name,
            description=f"{description}, SHA-256 {sha256(content)}",
            created=made,
            modified=made,
            relationship=relationship,
            url_fetcher=FontFetcher(),
        )
        for name, content, relationship, description in files
    ]


def _colours() -> ColorProfile:
    """The sRGB profile that comes with WeasyPrint, which would leave its file open if it read it by itself."""
    profile = resources.files("weasyprint.pdf").joinpath("sRGB2014.icc").read_bytes()
    return ColorProfile(BytesIO(profile), "sRGB2014.icc", "relative-colorimetric", ("r", "g", "b"))


def _breakable(text: str) -> Markup:
    """A code such as 1=2+3=4+5 with places where a line may break."""
    return Markup("<wbr>").join(
        escape(piece) for piece in text.replace("=", "=\0").replace("+", "+\0").split("\0")
    )


def _heading_lines(text: str, bold: bool, size: float, share: float) -> Markup:
    """A name or title in balanced lines, within a share of the text's width."""
    return Markup("<br>").join(escape(line) for line in balanced(text, bold, size, PORTRAIT_MM * share))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("renderers.pdf", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    environment.filters["lines"] = _heading_lines
    environment.globals["padding"] = PADDING_MM
    return environment


@dataclass(frozen=True)
class _Style:
    """The parsed style sheet and the font map it filled. Made once: it costs as much as a short report."""

    fonts: FontConfiguration
    sheet: CSS


@cache
def _style() -> _Style:
    folder()
    fonts = FontConfiguration()
    text = resources.files("renderers.pdf").joinpath("report.css").read_text(encoding="utf-8")
    return _Style(fonts, CSS(string=text, font_config=fonts, url_fetcher=FontFetcher()))

"""What a printed file claims and carries: PDF/A-3a and PDF/UA-1, its tags, its embedded form and data.

No validator of the standards is at hand; these are their rules that a report can break, read with other tools than
the one that wrote the file (qpdf through pikepdf, poppler). `test_the_rules_find_what_weasyprint_leaves` shows that
the rules bite.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from compiler.cells import Layout
from compiler.frozen import sha256
from compiler.template import load_template, template_bytes
from renderers.filling import Filling
from renderers.pdf import report as report_module
from renderers.pdf.head import head_bytes
from renderers.pdf.report import render

SHOWS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "Do", "sh"}
"""Operators that leave a mark on the page."""


@pytest.fixture(scope="module", params=["filled", "blank"])
def printed(request: pytest.FixtureRequest, procedures: Layout, report: Filling) -> bytes:
    return render(procedures, report if request.param == "filled" else None)


def elements(node: Any) -> Iterator[Any]:
    """Every structure element below a node, in reading order."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem":
            yield kid
            yield from elements(kid)


def numbers_in(kids: Any) -> list[int]:
    """The marked pieces of content that an element owns itself."""
    return [int(kid) for kid in kids if not isinstance(kid, pikepdf.Object)]


def untagged(pdf: pikepdf.Pdf) -> list[str]:
    """Every mark on a page that is neither an artifact nor owned by the structure tree."""
    root = pdf.Root.StructTreeRoot
    reachable = {element.objgen for element in elements(root)}
    owners = {
        int(root.ParentTree.Nums[i]): root.ParentTree.Nums[i + 1]
        for i in range(0, len(root.ParentTree.Nums), 2)
    }
    found: list[str] = []
    for number, page in enumerate(pdf.pages, start=1):
        marks: list[str] = []
        for instruction in pikepdf.parse_content_stream(page):
            operator = str(instruction.operator)
            match operator:
                case "BMC":
                    marks.append("artifact" if instruction.operands[0] == "/Artifact" else "nothing")
                case "BDC":
                    identifier = int(instruction.operands[1]["/MCID"])
                    owner = owners[int(page.obj.StructParents)][identifier]
                    owned = (
                        isinstance(owner, pikepdf.Dictionary)
                        and owner.objgen in reachable
                        and identifier in numbers_in(owner.K)
                    )
                    marks.append("owned" if owned else "nothing")
                case "EMC":
                    marks.pop()
                case _ if operator in SHOWS and not {"artifact", "owned"} & set(marks):
                    found.append(f"page {number}: {operator}")
                case _:
                    pass
    return found


@dataclass
class Node:
    """An element as poppler reads it."""

    kind: str
    identifier: str = ""
    headers: list[str] = field(default_factory=list)
    text: str = ""


def structure(pdf: bytes, tmp_path: Path) -> list[Node]:
    """Every heading and table cell with its text, read by poppler."""
    path = tmp_path / "structure.pdf"
    path.write_bytes(pdf)
    lines = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, check=True).stdout.decode()
    found: list[tuple[int, Node]] = []
    for line in lines.splitlines():
        depth = len(line) - len(line.lstrip())
        if match := re.match(r"(H\d|TH|TD|Table)(?: <(.+)>)?", line.strip()):
            found.append((depth, Node(match[1], match[2] or "")))
        elif match := re.match(r'"(.*)"$', line.strip()):
            if found and depth > found[-1][0]:
                found[-1][1].text = f"{found[-1][1].text} {match[1]}".strip()
        elif match := re.match(r"/Headers \[(.*)\]", line.strip()):
            found[-1][1].headers = re.findall(r"\((.+?)\)", match[1])
    return [node for _, node in found]


def headings_of(nodes: list[Node], text: str) -> list[list[str]]:
    """The heading texts of every data cell with that text."""
    texts = {node.identifier: node.text for node in nodes if node.kind == "TH"}
    return [
        [texts[header] for header in node.headers]
        for node in nodes
        if node.kind == "TD" and node.text == text
    ]


def test_the_file_claims_both_standards_and_explains_the_second_to_the_first(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        xmp = pdf.Root.Metadata.read_raw_bytes().decode()
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == str(pdf.docinfo["/Title"])
            assert metadata["pdf:Producer"] == str(pdf.docinfo["/Producer"])
    assert xmp.startswith("<?xpacket begin=")
    assert "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>" in xmp
    assert xmp.count("<rdf:RDF") == 1


def test_the_catalogue_has_what_both_standards_ask(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        assert printed.startswith(b"%PDF-1.7")
        assert not pdf.is_encrypted
        assert str(pdf.Root.Lang) == "vi"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert all(page.obj.Tabs == "/S" for page in pdf.pages)
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        assert len(pdf.trailer.ID) == 2
        for forbidden in ("/OpenAction", "/AA", "/AcroForm"):
            assert forbidden not in pdf.Root
        for found in pdf.objects:
            if isinstance(found, pikepdf.Stream):
                assert found.get("/Filter") in (None, "/FlateDecode")
                assert "/FFilter" not in found
            if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
                assert found.get("/S") not in ("/JavaScript", "/Launch", "/URI")


def test_every_font_is_embedded_and_every_letter_is_mapped_to_unicode(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        fonts = [
            found
            for found in pdf.objects
            if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == "/Font"
        ]
        whole = [found for found in fonts if found.Subtype == "/Type0"]
        assert len(whole) == 4
        for font in whole:
            assert "/ToUnicode" in font
            (inner,) = font.DescendantFonts
            assert "/FontFile2" in inner.FontDescriptor
            assert inner.CIDToGIDMap is not None


def test_every_mark_on_every_page_is_tagged_or_an_artifact(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        assert untagged(pdf) == []


def test_page_numbers_are_artifacts(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        inside, found = False, 0
        for instruction in pikepdf.parse_content_stream(pdf.pages[1]):
            operator = str(instruction.operator)
            inside = operator == "BMC" or (inside and operator != "EMC")
            found += inside and operator in {"Tj", "TJ"}
        assert found == 1


def test_headings_go_down_one_level_at_a_time(printed: bytes, tmp_path: Path) -> None:
    levels = [int(node.kind[1]) for node in structure(printed, tmp_path) if node.kind.startswith("H")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(levels) >= 3
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_cell_is_headed_by_what_stands_above_and_left_of_it(
    procedures: Layout, report: Filling, tmp_path: Path
) -> None:
    nodes = structure(render(procedures, report), tmp_path)
    # Đất đai, column 5: three headings over one another, then the row's.
    assert headings_of(nodes, "91") == [
        ["Số hồ sơ nhận giải quyết", "Trong kỳ", "Trực tiếp, dịch vụ bưu chính (1)", "Đất đai"]
    ]
    assert headings_of(nodes, "64,71%") == [["Tỷ lệ đúng hạn", "Đất đai"]]
    assert headings_of(nodes, "5.378") == [["Số hồ sơ nhận giải quyết", "Tổng số", "Tổng số"]]
    # A self-added row under the headings of its own columns.
    assert headings_of(nodes, "1.234.567,89") == [["Chỉ tiêu", "Vốn (triệu đồng)"]]
    assert ["Nam"] in headings_of(nodes, "12")


def test_form_and_data_are_embedded_whole_and_related(procedures: Layout, report: Filling) -> None:
    with pikepdf.open(BytesIO(render(procedures, report))) as pdf:
        files = {str(found.UF): found for found in pdf.Root.AF}
        assert len(pdf.Root.AF) == 3
        assert set(files) == {"template.json", "submission.json", "letterhead.json"} == set(pdf.attachments)
        for name, relationship, content in (
            ("template.json", "/Source", template_bytes(procedures.template)),
            ("submission.json", "/Data", report.submission),
            ("letterhead.json", "/Supplement", head_bytes(report)),
        ):
            assert files[name].AFRelationship == relationship
            stream = files[name].EF.F
            assert stream.read_bytes() == content
            assert stream.Subtype == "/application/json"
            assert sha256(content) in str(files[name].Desc)
        assert load_template(files["template.json"].EF.F.read_bytes()) == procedures.template


def test_a_blank_form_carries_its_form_alone(procedures: Layout) -> None:
    with pikepdf.open(BytesIO(render(procedures, None))) as pdf:
        assert set(pdf.attachments) == {"template.json"}


def test_no_clock_is_in_the_file(printed: bytes) -> None:
    with pikepdf.open(BytesIO(printed)) as pdf:
        assert not {"/CreationDate", "/ModDate"} & set(pdf.docinfo.keys())
        dates = {str(found.EF.F.Params.CreationDate) for found in pdf.Root.AF}
    assert dates <= {"D:20260205000000Z", "D:20000101000000Z"}


def test_the_rules_find_what_weasyprint_leaves(
    procedures: Layout, report: Filling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finished = headings_of(structure(render(procedures, report), tmp_path), "91")
    monkeypatch.setattr(report_module, "finish", lambda document, pdf: None)
    left = render(procedures, report)
    with pikepdf.open(BytesIO(left)) as pdf:
        assert untagged(pdf)
        assert len(pdf.Root.AF) > 3
        with pdf.open_metadata() as metadata:
            assert "pdfuaid:part" not in metadata
    assert headings_of(structure(left, tmp_path), "91") != finished

"""A change between two editions, and the rules: which version number it makes due and what it does to what there is.

The rules are one table, `changes.toml`; nothing else decides about a version or an effect. `docs/packages.md` shows it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from compiler.frozen import Frozen
from compiler.versions import Step

Submissions = Literal["valid", "mapped", "checked", "dropped", "reentered"]
"""A stored report in the new edition: as it is; carried under another name, scale or measure; carried, but a rule may
now fail; carried without this part; not complete until something is entered anew."""

SUBMISSIONS: tuple[Submissions, ...] = ("valid", "mapped", "checked", "dropped", "reentered")
"""From the least to the most that is to be done."""

Workbooks = Literal["accepted", "mapped", "refused"]
"""A workbook of the old edition that comes in: as it is; read by its own edition and carried over; not to be taken."""

WORKBOOKS: tuple[Workbooks, ...] = ("accepted", "mapped", "refused")
"""From the least to the most that is to be done."""

Series = Literal["unbroken", "new", "ended", "broken"]
"""A series over time: goes on; begins; ends; goes on with numbers that mean something else."""


class Rule(Frozen):
    """What a kind of change makes due and does, and its words with placeholders."""

    due: Step
    submissions: Submissions
    workbooks: Workbooks
    series: Series
    vi: str
    en: str


class Change(Frozen):
    """One change. `regime` … `row` say where, in the new edition's names, or the old one's for what was removed."""

    kind: str
    regime: str = ""
    table: str = ""
    row: str = ""
    column: str = ""
    values: Mapping[str, str] = {}

    @property
    def rule(self) -> Rule:
        """What the table says of it."""
        return rules()[self.kind]

    @property
    def place(self) -> str:
        """Where in its regime: "b06a[tong].c4", "b06a", or nothing for the whole."""
        row = f"[{self.row}]" if self.row else ""
        column = f".{self.column}" if self.column else ""
        return f"{self.table}{row}{column}"

    @property
    def is_problem(self) -> bool:
        """Whether it is no change but a mistake of the new edition."""
        return self.kind == "former_name_unknown"

    def words(self, language: Literal["vi", "en"] = "vi") -> str:
        """The change as a sentence, without its place."""
        values = {key: _term(value, language) for key, value in self.values.items()}
        template = self.rule.vi if language == "vi" else self.rule.en
        return template.format_map(values)


@cache
def rules() -> Mapping[str, Rule]:
    """The table, by kind of change."""
    text = files("compiler.changes").joinpath("changes.toml").read_text(encoding="utf-8")
    return {kind: Rule.model_validate(row) for kind, row in tomllib.loads(text).items()}


TERMS: Mapping[str, tuple[str, str]] = {
    ":concept": ("khái niệm", "concept"),
    ":method": ("phương pháp tính", "method"),
    ":measure": ("đơn vị tính", "measure"),
    ":rollup": ("quy tắc tổng hợp theo đơn vị", "rule over units"),
    ":over_time": ("quy tắc theo thời gian", "rule over time"),
    ":label": ("tên", "label"),
    ":code": ("mã in trên biểu", "printed code"),
    ":source": ("nguồn", "source"),
    ":note": ("ghi chú", "note"),
    ":title": ("tên gọi", "title"),
    ":basis": ("căn cứ pháp lý", "legal basis"),
    ":signed_by": ("người ký", "signers"),
    ":owner": ("cơ quan chủ trì", "owner"),
    ":licence": ("giấy phép", "licence"),
    ":notes": ("điều chưa đối chiếu", "unverified remarks"),
    ":form": ("ký hiệu mẫu", "form number"),
    ":orientation": ("khổ giấy", "orientation"),
    ":footnotes": ("chú thích", "footnotes"),
    ":headings": ("tiêu đề các cột", "column headings"),
    ":stub": ("cột tên dòng", "stub"),
    ":nothing": ("không có", "none"),
}
"""Words inside sentences that the compiler puts there, apart from what authors wrote: a colon marks them."""


def _term(value: str, language: Literal["vi", "en"]) -> str:
    found = TERMS.get(value)
    if found is None:
        return value
    return found[0] if language == "vi" else found[1]

"""A stored report as renderers take it: its values with the letterhead of who sends it, and the data to embed."""

from __future__ import annotations

from datetime import date

from compiler.cells import Layout
from compiler.periods import DECREE_09_2019, Period
from compiler.template import Template, template_hash
from compiler.values import Values
from renderers.document import Submission, submission_bytes
from renderers.filling import Filling, Letterhead, Replaced, ReportingPeriod
from runtime.units import Unit, UnitTree

ADMINISTRATIVE = frozenset({"commune", "province"})
"""Levels whose units are led by a People's Committee."""


def filling_of(
    layout: Layout,
    tree: UnitTree,
    unit: str,
    period: Period,
    values: Values,
    *,
    dated: date | None = None,
    coverage: str = "",
    embed: bool = False,
    replaces: Replaced | None = None,
) -> Filling:
    """A report for a renderer. `dated`: the day on the letterhead; `embed`: with its submission's JSON; `replaces`:
    the report that it corrects.
    """
    template = layout.template
    window = DECREE_09_2019.window(period)
    return Filling(
        values=values,
        unit_code=unit,
        unit_name=tree[unit].name,
        period=ReportingPeriod(period.code, period.words, window.start, window.end),
        letterhead=letterhead(tree, unit, template, dated),
        submission=embedded(layout, unit, period, values) if embed else b"",
        coverage=coverage,
        replaces=replaces,
    )


def embedded(layout: Layout, unit: str, period: Period, values: Values) -> bytes:
    """The submission's JSON as a printed report carries it."""
    template = layout.template
    head = Submission(
        regime=template.regime,
        version=template.version,
        unit=unit,
        period=period.code,
        template=template_hash(template),
    )
    return submission_bytes(layout, head, values)


def letterhead(tree: UnitTree, code: str, template: Template, dated: date | None) -> Letterhead:
    """Who a unit's report is from and to. A unit above the receiving level reports to the Government Office."""
    unit = tree[code]
    above = [tree[each] for each in tree.ancestors(code)]
    committee = unit.level in ADMINISTRATIVE
    receiver = next((each for each in above if each.level == template.goes_to), None)
    parent = above[0] if above and above[0].level in ADMINISTRATIVE else None
    province = next((each for each in (unit, *above) if each.level == "province"), unit)
    return Letterhead(
        superior="" if parent is None else _issuer(parent),
        issuer=_issuer(unit),
        place=province.name.removeprefix(f"{province.kind} ")
        .removeprefix("Tỉnh ")
        .removeprefix("Thành phố "),
        receiver="Văn phòng Chính phủ" if receiver is None else _receiver(receiver),
        signer_authority="TM. ỦY BAN NHÂN DÂN" if committee else "",
        signer_title="CHỦ TỊCH" if committee else "THỦ TRƯỞNG ĐƠN VỊ",
        dated=dated,
    )


def _issuer(unit: Unit) -> str:
    return f"ỦY BAN NHÂN DÂN {unit.name.upper()}" if unit.level in ADMINISTRATIVE else unit.name.upper()


def _receiver(unit: Unit) -> str:
    if unit.level not in ADMINISTRATIVE:
        return unit.name
    return f"Ủy ban nhân dân {unit.name[:1].lower() + unit.name[1:]}"

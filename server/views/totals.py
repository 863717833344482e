"""Rolled-up reports: the table with its coverage, what is not in it, and the way from any number to its sources."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from compiler.cells import Layout
from compiler.formula.expressions import CaptureFunction
from compiler.periods import Period
from compiler.values import Address, CaptureKey, Scalar
from renderers.charts import specification
from renderers.drawing import draw
from renderers.filling import Filling
from renderers.html.controls import printed
from renderers.pdf.report import render as render_pdf
from renderers.places import Places, report_words
from runtime.accounts import reaching
from runtime.rollup import Total
from runtime.slots import SlotKey
from runtime.storage.records import Round
from runtime.units import UnitTree
from server.charts import series
from server.errors import NotHere
from server.printing import filling_of
from server.site import this_site, this_user
from server.telling import finding_rows
from server.views.report import signed_pdf, verified
from server.views.sheets import CellLook, Look, sheet, shown
from server.views.workbooks import attachment
from server.words import coverage, told

blueprint = Blueprint("totals", __name__)

PLACE = "/tong-hop/<regime>/<period:period>/<unit>"


@dataclass(frozen=True)
class CellPart:
    """What came through one unit to a cell of a total: the link goes on down, or to the unit's own report."""

    unit: str
    name: str
    value: str
    href: str
    answers: int | None = None
    version: int = 0
    weight: str = ""


@blueprint.get("/tong-hop")
def rounds() -> ResponseReturnValue:
    """The periods handed out, and the units the user may see totals of."""
    site, user = this_site(), this_user()
    tree = site.store.units.all()
    opened = [
        (each, [tree[unit] for unit in _tops(each, tree)])
        for each in site.store.rounds.opened()
        if reaching(user.grants, "read", each.regime)
    ]
    titles = {each.regime: each.title for each in site.store.templates.published()}
    return render_template("rounds.html", opened=opened, titles=titles)


@blueprint.get(PLACE)
def total(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The total of all reports at and below a unit."""
    handed_out, layout, found = read_total(regime, period, unit)
    store = this_site().store
    tree = store.units.all()
    made = store.templates.regime(handed_out.template)
    filling = filling_of(made.layout, tree, unit, period, found.values, coverage=coverage(found))
    parts = store.totals.by_child(regime, period, unit)
    charts = layout.template.charts
    return render_template(
        "total.html",
        charts=charts,
        round=handed_out,
        title=layout.template.title,
        total=found,
        unit=tree[unit],
        above=_above(tree, unit, regime),
        sheet=sheet(layout, filling, _look(regime, period, unit, found)),
        shown=shown,
        parts=[(tree[code], each) for code, each in parts.items()],
        not_included=[(tree[each.unit], each) for each in found.not_included],
        findings=[(row, units) for row, units in _findings(found)],
        tree=tree,
        signing=this_site().signing,
    )


@blueprint.get(f"{PLACE}/o/<table>/<row>/<column>")
def cell(regime: str, period: Period, unit: str, table: str, row: str, column: str) -> ResponseReturnValue:
    """What one cell of a total is made of, down to the reports behind it."""
    handed_out, layout, found = read_total(regime, period, unit)
    store = this_site().store
    address = Address(table, row, column)
    key: SlotKey = address
    function = request.args.get("lay_tu", "")
    if function in get_args(CaptureFunction):
        key = CaptureKey(function, address)  # type: ignore[arg-type]
    known = layout.elsewhere if function == "report" else layout.by_address
    trail = store.totals.lineage(regime, period, unit, key)
    if trail is None or address not in known:
        raise NotHere("Biểu không có ô này.")
    tree, type = store.units.all(), known[address].type

    def words(value: Scalar | None) -> str:
        return "" if value is None else printed(value, type)

    def here(code: str) -> str:
        more: dict[str, Any] = {"lay_tu": function} if function else {}
        return url_for(
            "totals.cell",
            regime=regime,
            period=period,
            unit=code,
            table=table,
            row=row,
            column=column,
            **more,
        )

    sources = [
        CellPart(
            each.unit,
            tree[each.unit].name,
            words(each.value),
            url_for("report.show", regime=regime, period=period, unit=each.unit, phien_ban=each.version),
            version=each.version,
            weight="" if each.weight is None else str(each.weight),
        )
        for each in trail.sources
    ]
    parts = [
        CellPart(each.unit, tree[each.unit].name, words(each.value), here(each.unit), each.answers)
        for each in trail.parts
        if tree.children(each.unit)  # a unit with none below it is among the sources, or said to be missing
    ]
    return render_template(
        "cell.html",
        round=handed_out,
        title=layout.template.title,
        unit=tree[unit],
        total=found,
        trail=trail,
        value=words(trail.value),
        place=Places(layout).cell(address).words,
        function=function,
        sources=sources,
        parts=parts,
        reads=[_read(layout, found, regime, period, unit, each) for each in trail.reads],
        added=[Places(layout).row(group.table, group.group).words for group, _ in trail.added_rows],
        blank=[tree[code] for code in trail.blank],
        not_included=[(tree[each.unit], each) for each in trail.not_included],
        tree=tree,
    )


@blueprint.get(f"{PLACE}/bieu-do/<name>.svg")
def chart(regime: str, period: Period, unit: str, name: str) -> ResponseReturnValue:
    """A chart of a total, drawn."""
    handed_out, layout, found = read_total(regime, period, unit)
    drawn = next((each for each in layout.template.charts if each.name == name), None)
    if drawn is None:
        raise NotHere("Chế độ báo cáo không có biểu đồ này.")
    filling = _filling(handed_out, unit, found)
    picture = draw(specification(drawn, layout, filling))
    return Response(picture, mimetype="image/svg+xml")


@blueprint.get(f"{PLACE}/bao-cao.pdf")
def pdf(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The total as PDF, not signed."""
    handed_out, _, found = read_total(regime, period, unit)
    return attachment(_printed(handed_out, unit, found), _name(regime, period, unit, ""), "application/pdf")


@blueprint.post(f"{PLACE}/ky")
def sign(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """The total as PDF, signed and verified. The page carries the file: a total is not kept, it goes on changing."""
    handed_out, layout, found = read_total(regime, period, unit)
    data = signed_pdf(_printed(handed_out, unit, found))
    return render_template(
        "signed_total.html",
        round=handed_out,
        title=layout.template.title,
        unit=this_site().store.units.all()[unit],
        total=found,
        verification=verified(data),
        rows=finding_rows,
        name=_name(regime, period, unit, "-da-ky"),
        size=len(data),
        data=base64.b64encode(data).decode("ascii"),
    )


def read_total(regime: str, period: Period, unit: str) -> tuple[Round, Layout, Total]:
    """The total of a unit with its round and layout. Raises NotHere where no unit there owes a report."""
    store = this_site().store
    handed_out = store.rounds.get(regime, period)
    found = None if handed_out is None else store.totals.total(regime, period, unit)
    if handed_out is None or found is None:
        raise NotHere("Không có đơn vị nào ở đây được giao báo cáo của kỳ này.")
    return handed_out, store.templates.regime(handed_out.template).layout, found


def _tops(handed_out: Round, tree: UnitTree) -> list[str]:
    """The units of the user's grants that read this regime, the uppermost only."""
    codes = [
        grant.unit for grant in reaching(this_user().grants, "read", handed_out.regime) if grant.unit in tree
    ]
    return [
        code for code in dict.fromkeys(codes) if not any(above in codes for above in tree.ancestors(code))
    ]


def _above(tree: UnitTree, unit: str, regime: str) -> list[tuple[str, str]]:
    """The units above that the user may read, from the top down, for the way back up."""
    readable = this_site().store.people.may
    user = this_user()
    return [
        (code, tree[code].name)
        for code in reversed(tree.ancestors(unit))
        if readable(user, "read", code, regime)
    ]


def _look(regime: str, period: Period, unit: str, found: Total) -> Look:
    due = found.coverage.included

    def look(address: Address) -> CellLook:
        answers = found.counts.get(address, 0)
        remark = f"{answers}/{due} đơn vị có số"
        uneven = address in found.uneven
        if uneven:
            remark += "; tử số và mẫu số không cùng đơn vị: không dùng để xếp hạng"
        href = url_for(
            "totals.cell",
            regime=regime,
            period=period,
            unit=unit,
            table=address.table,
            row=address.row,
            column=address.column,
        )
        return CellLook(href, "uneven" if uneven else "", remark)

    return look


def _findings(found: Total) -> list[tuple[tuple[str, str, str], tuple[str, ...]]]:
    return [
        ((each.finding.severity, each.finding.place.words, told(each.finding)), each.units)
        for each in found.findings
    ]


def _read(
    layout: Layout, found: Total, regime: str, period: Period, unit: str, key: SlotKey
) -> Mapping[str, str]:
    """A value that a formula reads: its words, what it holds, and its own way down."""
    address = key.address if isinstance(key, CaptureKey) else key
    more: dict[str, Any] = {"lay_tu": key.function} if isinstance(key, CaptureKey) else {}
    words = Places(layout).cell(address).words
    type = layout.source_of(key).type if isinstance(key, CaptureKey) else layout.by_address[address].type
    if isinstance(key, CaptureKey):
        words += f" ({report_words(layout.template, key)})"
    held = found.held[found.slots.index(key)]
    href = url_for(
        "totals.cell",
        regime=regime,
        period=period,
        unit=unit,
        table=address.table,
        row=address.row,
        column=address.column,
        **more,
    )
    return {"words": words, "value": printed(held, type), "href": href}


def _filling(handed_out: Round, unit: str, found: Total) -> Filling:
    """A total as it is printed, with what its charts draw."""
    site = this_site()
    layout = site.store.templates.regime(handed_out.template).layout
    filling = filling_of(
        layout,
        site.store.units.all(),
        unit,
        handed_out.period,
        found.figures,
        dated=site.now().date(),
        coverage=coverage(found),
        embed=True,
    )
    return replace(filling, series=series(layout, site.store, handed_out.regime, handed_out.period, unit))


def _printed(handed_out: Round, unit: str, found: Total) -> bytes:
    layout = this_site().store.templates.regime(handed_out.template).layout
    return render_pdf(layout, _filling(handed_out, unit, found))


def _name(regime: str, period: Period, unit: str, more: str) -> str:
    return f"tong-hop-{regime}-{unit}-{period.code}{more}.pdf"

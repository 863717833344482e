"""Lists as files: what a page lists, whole, as a workbook or as CSV. The page's filters are in the address as there."""

from __future__ import annotations

from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from compiler.cells import Layout
from compiler.periods import Period
from compiler.values import Address
from renderers.csv_listing import Writing, write_csv
from renderers.listing import Listing
from renderers.places import Places
from renderers.registry import target
from renderers.xlsx.listing import write_xlsx
from runtime.accounts import reaching
from runtime.reports import ReportKey
from runtime.rollup import Total
from server import listings, total_listings
from server.access import administers
from server.errors import NotHere
from server.site import this_site, this_user
from server.views.filling import PLACE as REPORT
from server.views.my_reports import asked_state
from server.views.people import searched
from server.views.receiving import asked_period
from server.views.report import view_of
from server.views.totals import PLACE as TOTAL
from server.views.totals import read_total
from server.views.workbooks import attachment

blueprint = Blueprint("exports", __name__)

_ENDINGS = "<any(xlsx, csv):ending>"
_IN_MEMORY = 2**20
"""Bytes of a file that are kept in memory; what is longer goes to disk until it is sent."""


@blueprint.get(f"/bao-cao/danh-sach.{_ENDINGS}")
def owed(ending: str) -> ResponseReturnValue:
    """The reports to be filled in and sent."""
    site = this_site()
    return _file(listings.reports(site.store, this_user(), "owed", site.now(), state=asked_state()), ending)


@blueprint.get(f"/tiep-nhan/danh-sach.{_ENDINGS}")
def received(ending: str) -> ResponseReturnValue:
    """The reports a user decides on, filtered as on the page."""
    site = this_site()
    made = listings.reports(
        site.store,
        this_user(),
        "received",
        site.now(),
        regime=request.args.get("che_do") or None,
        period=asked_period(),
        state=asked_state(),
        unit=request.args.get("don_vi") or None,
    )
    return _file(made, ending)


@blueprint.get(f"{REPORT}/lich-su.{_ENDINGS}")
def history(regime: str, period: Period, unit: str, ending: str) -> ResponseReturnValue:
    """What happened to a report."""
    key = ReportKey(regime, unit, period)
    return _file(listings.history(view_of(key), key), ending)


@blueprint.get(f"/tong-hop/danh-sach.{_ENDINGS}")
def rounds(ending: str) -> ResponseReturnValue:
    """The periods handed out of the regimes that the user reads."""
    store, user = this_site().store, this_user()
    opened = store.rounds.opened()
    readable = {each.regime for each in opened if reaching(user.grants, "read", each.regime)}
    return _file(listings.rounds(store, readable), ending)


@blueprint.get(f"{TOTAL}/so-lieu.xlsx")
def total(regime: str, period: Period, unit: str) -> ResponseReturnValue:
    """A total: all its tables, and the standing of every unit, in one workbook."""
    _, layout, found = read_total(regime, period, unit)
    tables = [_table(layout, each.name, [found], period, unit) for each in layout.template.tables]
    site = this_site()
    standing = listings.coverage(site.store, this_user(), regime, period, unit, site.now())
    return _workbook([*tables, standing], f"tong-hop-{regime}-{unit}-{period.code}")


@blueprint.get(f"{TOTAL}/so-lieu/<table>.{_ENDINGS}")
def table(regime: str, period: Period, unit: str, table: str, ending: str) -> ResponseReturnValue:
    """One table of a total; with `theo=don-vi` of each unit right below instead."""
    _, layout, found = read_total(regime, period, unit)
    if table not in layout.tables:
        raise NotHere("Chế độ báo cáo không có biểu này.")
    totals = [found]
    if request.args.get("theo") == "don-vi":
        totals = list(this_site().store.totals.by_child(regime, period, unit).values())
    return _file(_table(layout, table, totals, period, unit), ending)


@blueprint.get(f"{TOTAL}/tinh-hinh.{_ENDINGS}")
def coverage(regime: str, period: Period, unit: str, ending: str) -> ResponseReturnValue:
    """Every report behind a total, and those that are missing."""
    read_total(regime, period, unit)
    site = this_site()
    return _file(listings.coverage(site.store, this_user(), regime, period, unit, site.now()), ending)


@blueprint.get(f"{TOTAL}/o/<table>/<row>/<column>/nguon.{_ENDINGS}")
def sources(
    regime: str, period: Period, unit: str, table: str, row: str, column: str, ending: str
) -> ResponseReturnValue:
    """The reports behind one cell of a total."""
    _, layout, _ = read_total(regime, period, unit)
    address = Address(table, row, column)
    store = this_site().store
    trail = store.totals.lineage(regime, period, unit, address)
    if trail is None or address not in layout.by_address:
        raise NotHere("Biểu không có ô này.")
    words = Places(layout).cell(address).words
    return _file(total_listings.sources(layout, trail, address, period, store.units.all(), words), ending)


@blueprint.get(f"/quan-tri/bieu-mau/danh-sach.{_ENDINGS}")
def forms(ending: str) -> ResponseReturnValue:
    """The forms that were published."""
    return _file(listings.forms(this_site().store), ending)


@blueprint.get(f"/quan-tri/tai-khoan/danh-sach.{_ENDINGS}")
def people(ending: str) -> ResponseReturnValue:
    """The accounts that an operator keeps, searched as on the page."""
    store, operator = this_site().store, this_user()
    tree = store.units.all()
    wanted = request.args.get("tim", "").strip().casefold()
    kept = (
        account
        for account in store.people.users()
        if administers(operator, account) and wanted in searched(account, tree)
    )
    return _file(listings.people(kept, tree), ending)


@blueprint.get(f"/don-vi/danh-sach.{_ENDINGS}")
def units(ending: str) -> ResponseReturnValue:
    """The units of the country: their codes are public."""
    return _file(listings.units(this_site().store.units.all()), ending)


def _table(layout: Layout, table: str, totals: Sequence[Total], period: Period, unit: str) -> Listing:
    tree = this_site().store.units.all()
    return total_listings.table_of_total(layout, table, totals, period, tree, top=unit)


def _file(listing: Listing, ending: str) -> ResponseReturnValue:
    if ending == "xlsx":
        return _workbook([listing], listing.name)
    if ending != "csv":
        raise NotFound
    writing: Writing = "plain" if request.args.get("kieu") == "may" else "vietnamese"
    out = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - sent, then closed, by the server
    write_csv(listing, out, writing)
    return _sent(out, f"{listing.name}.csv", "text/csv; charset=utf-8")


def _workbook(made: Sequence[Listing], name: str) -> ResponseReturnValue:
    out = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - sent, then closed, by the server
    write_xlsx(made, out)
    return _sent(out, f"{name}.xlsx", target("xlsx").media_type)


def _sent(out: IO[bytes], name: str, media_type: str) -> ResponseReturnValue:
    """A finished file, which is closed once it is sent. A short one travels as its bytes."""
    size = out.tell()
    out.seek(0)
    if size <= _IN_MEMORY:
        with out:
            return attachment(out.read(), name, media_type)
    answer = send_file(out, mimetype=media_type, as_attachment=True, download_name=name)
    answer.content_length = size
    answer.call_on_close(out.close)
    return answer

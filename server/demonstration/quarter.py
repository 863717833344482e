"""A quarter of Quảng Ngãi played on the running site: 94 communes send, by web form or by workbook; wrong reports are
refused with every reason; one is returned and corrected; the province approves, reads its total and signs it.

Everything goes through the site's pages, as people would do it. The figures are `runtime.demonstration`'s.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from compiler.cells import Layout
from compiler.formula.evaluate import carried_key
from compiler.numbers import format_number
from compiler.periods import Period
from compiler.values import Address, Scalar, Values
from renderers.html.names import field_name
from runtime.accounts import Grant, Role
from runtime.demonstration import PROVINCE, MadeReport, made_reports
from runtime.reports import Act, Refusal, ReportKey
from runtime.store import Store
from runtime.units import Unit
from server.demonstration.browser import Browser, Page
from server.printing import filling_of

PERIOD = Period("quarter", 2026, 3)
SEED = 2026
RETURNED = 3
"""Which commune's report, counted among those sent, the province returns once."""


@dataclass(frozen=True)
class Account:
    """A demonstration's account. The password is made up anew for every run."""

    name: str
    password: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """What became of one commune's report: refusals in the site's words, then whether it was sent in the end."""

    unit: Unit
    account: Account
    by_workbook: bool
    refused: tuple[str, ...]
    sent: bool


class Quarter:
    """The players on the site at `base`. `store` is asked for accounts, units and what state a report
    is in; the rest goes over HTTP."""

    def __init__(self, base: str, store: Store, layout: Layout) -> None:
        self.base = base
        self.store = store
        self.layout = layout
        tree = store.units.all()
        self.communes = tuple(tree[code] for code in tree.children(PROVINCE))
        self._place = f"/bao-cao/{layout.template.regime}/{PERIOD.code}"
        self._total = f"/tong-hop/{layout.template.regime}/{PERIOD.code}/{PROVINCE}"

    # -- people ----------------------------------------------------------------------------------------------

    def account(self, name: str, display_name: str, what: str, unit: str, *roles: Role) -> Account:
        """Make an account and put a password of its own in the place of the initial one, as its owner would."""
        now = datetime.now(UTC)
        grants = tuple(Grant(role, unit) for role in roles)
        made = self.store.people.add_user(name, display_name, Act("lệnh/demo", now), grants)
        if isinstance(made, Refusal):
            raise RuntimeError(f"no account {name}: {made.findings}")
        password = f"thu-{secrets.token_urlsafe(9)}"
        browser = Browser(self.base)
        page = self._signed_in(browser, name, made.password)
        page = browser.post(
            browser.get("/mat-khau"),
            "/mat-khau",
            {"cu": made.password, "moi": password, "nhap_lai": password},
        )
        if page.status != 200 or "/dang-nhap" not in page.address:
            raise RuntimeError(f"the password of {name} was not changed: {page.notices()}")
        return Account(name, password, what)

    def browser(self, account: Account) -> Browser:
        """A browser in which somebody has signed in."""
        browser = Browser(self.base)
        self._signed_in(browser, account.name, account.password)
        return browser

    def _signed_in(self, browser: Browser, name: str, password: str) -> Page:
        page = browser.post(browser.get("/dang-nhap"), "/dang-nhap", {"ten": name, "mat_khau": password})
        if page.status != 200:
            raise RuntimeError(f"{name} could not sign in: {page.notices()}")
        return page

    # -- communes --------------------------------------------------------------------------------------------

    def made(self) -> list[MadeReport]:
        """What the communes have to report."""
        return list(made_reports(self.layout, self.communes, SEED))

    def send_all(self, made: list[MadeReport]) -> Iterator[Outcome]:
        """Every commune with an account of its own; two at a time, as the machine has cores."""
        with ThreadPoolExecutor(max_workers=2) as two:
            yield from two.map(self._commune, made)

    def _commune(self, made: MadeReport) -> Outcome:
        unit = made.unit
        account = self.account(f"xa.{unit.code}", unit.name, unit.name, unit.code, "officer", "leader")
        browser = self.browser(account)
        values = _with_openings(self.layout, made.values)
        # The form of a page can't be of another period; a workbook that lay about can.
        by_workbook = made.by_workbook or made.slip == "wrong_period"
        page = self._workbook(browser, unit, values, made) if by_workbook else None
        if page is None or page.address.split("?")[0].endswith("/nhap"):
            fields = {} if by_workbook else self._fields(values, made)
            page = self._send(browser, unit, fields)
        sent = self._is_sent(unit)
        return Outcome(unit, account, by_workbook, () if sent else tuple(self._reasons(page)), sent)

    def _workbook(self, browser: Browser, unit: Unit, values: Values, made: MadeReport) -> Page:
        """Fetch the workbook, fill it in, and bring it back."""
        from renderers.xlsx.write import render

        handed_out = browser.get(f"{self._place}/{unit.code}/mau.xlsx")
        if handed_out.status != 200:
            raise RuntimeError(f"no workbook for {unit.name}: {handed_out.notices()}")
        period = PERIOD.previous if made.slip == "wrong_period" else PERIOD
        filled = render(
            self.layout, filling_of(self.layout, self.store.units.all(), unit.code, period, values)
        )
        page = browser.get(f"{self._place}/{unit.code}/nhap")
        return browser.post(page, "/tep", {}, ("tep", f"{unit.code}.xlsx", filled))

    def _fields(self, values: Values, made: MadeReport) -> dict[str, str]:
        """The form's fields, typed as a Vietnamese types numbers."""
        fields = {field_name(address): self._typed(address, value) for address, value in values.cells.items()}
        fields |= dict(values.texts)
        if made.slip == "not_a_number":
            fields[field_name(Address("b06a", "chung_thuc", "c4"))] = "khoảng bốn trăm"
        return fields

    def _typed(self, address: Address, value: Scalar) -> str:
        type = self.layout.by_address[address].type
        return format_number(value, type) if isinstance(value, int) else str(value)

    def _send(self, browser: Browser, unit: Unit, fields: Mapping[str, str]) -> Page:
        page = browser.get(f"{self._place}/{unit.code}/nhap")
        return browser.post(page, "/gui", fields)

    def _is_sent(self, unit: Unit) -> bool:
        line = self.store.reports.line(ReportKey(self.layout.template.regime, unit.code, PERIOD))
        return line is not None and line.state == "sent"

    def _reasons(self, page: Page) -> list[str]:
        """Every reason on the page, each once."""
        return list(dict.fromkeys(page.notices()))

    # -- the province ----------------------------------------------------------------------------------------

    def return_one(self, receiver: Browser, outcome: Outcome) -> None:
        """The province returns a report with a reason on one cell."""
        page = receiver.get(f"{self._place}/{outcome.unit.code}/tra-lai")
        cell = field_name(Address("b06a", "chung_thuc", "c8"))
        changes = {
            "ly_do": "Đề nghị rà soát số hồ sơ chứng thực giải quyết trước hạn.",
            "o": cell,
            "ly_do_o": "Lệch 5 hồ sơ so với phần mềm một cửa",
        }
        answer = receiver.post(page, "/tra-lai", changes)
        if answer.status != 200:
            raise RuntimeError(f"not returned: {answer.notices()}")

    def correct(self, outcome: Outcome) -> Outcome:
        """The commune moves five files from early to on time, and sends again."""
        browser = self.browser(outcome.account)
        page = browser.get(f"{self._place}/{outcome.unit.code}/nhap")
        standing = dict(page.form("/gui").fields)
        early, on_time = (field_name(Address("b06a", "chung_thuc", name)) for name in ("c8", "c9"))
        number = Address("b06a", "chung_thuc", "c8")
        moved = {
            early: self._typed(number, _whole(standing[early]) - 5),
            on_time: self._typed(number, _whole(standing[on_time]) + 5),
        }
        answer = browser.post(page, "/gui", moved)
        return replace(outcome, sent=self._is_sent(outcome.unit), refused=tuple(self._reasons(answer)))

    def approve(self, receiver: Browser, outcomes: list[Outcome]) -> Iterator[Unit]:
        """The province approves every report that was sent, one page after the other."""
        for outcome in outcomes:
            page = receiver.get(f"{self._place}/{outcome.unit.code}")
            answer = receiver.post(page, "/duyet", {})
            if answer.status != 200:
                raise RuntimeError(f"not approved: {answer.notices()}")
            yield outcome.unit

    def sign_total(self, leader: Browser) -> tuple[bytes, Page]:
        """The province's report, signed on the site: the PDF, and the page that verifies it."""
        page = leader.get(self._total)
        answer = leader.post(page, "/ky", {"khoa": "may_chu"})
        found = re.search(r"data:application/pdf;base64,([A-Za-z0-9+/=]+)", answer.text)
        if found is None:
            raise RuntimeError(f"the total was not signed: {answer.notices()}")
        return base64.b64decode(found.group(1)), answer

    @property
    def total_address(self) -> str:
        """Where the site shows the province's total."""
        return self._total


def _with_openings(layout: Layout, values: Values) -> Values:
    """The values of a first quarter on the system: what was pending before is entered as an opening value."""
    cells = dict(values.cells)
    for cell in layout.cells:
        key = carried_key(cell)
        held = None if key is None else values.captured.get(key)
        if held is not None:
            cells[cell.address] = held
    return Values(cells=cells, added=values.added, texts=values.texts)


def _whole(typed: str) -> int:
    return int(re.sub(r"[^0-9-]", "", typed) or "0")

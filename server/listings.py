"""The lists people take away: reports, coverage, history, accounts, units, forms, rounds, the log, as typed rows.

Each is what the page of the same name shows, whole and unpaged, in the same words and under the same rights: whoever
calls has asked `access` or is the shell of the machine. Totals are in `total_listings.py`; how a list becomes a file is
the renderers' matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from compiler.periods import Period
from renderers.listing import Heading, Item, Listing
from runtime.accounts import User
from runtime.reports import ReportKey
from runtime.storage.log import LogEntry
from runtime.storage.reading import Scope
from runtime.storage.records import ReportLine, ReportView
from runtime.store import Store
from runtime.units import UnitTree
from runtime.workflow import State
from server.site import VIETNAM
from server.words import ACT_WORDS, ROLE_WORDS, STATE_WORDS, lateness, moment

Facts = tuple[tuple[str, str], ...]

_REPORTS = (
    Heading("Mã đơn vị", 12),
    Heading("Đơn vị", 30),
    Heading("Chế độ báo cáo", 48),
    Heading("Mã chế độ", 16),
    Heading("Kỳ", 16),
    Heading("Mã kỳ", 11),
    Heading("Hạn gửi", 12),
    Heading("Trạng thái", 14),
    Heading("Đúng hạn", 18),
    Heading("Phiên bản", 10),
    Heading("Gửi lúc", 18),
    Heading("Người gửi", 20),
)


def reports(
    store: Store,
    viewer: User | None,
    scope: Scope,
    now: datetime,
    *,
    regime: str | None = None,
    period: Period | None = None,
    state: State | None = None,
    unit: str | None = None,
) -> Listing:
    """The reports of a scope, filtered as on its page. viewer None: all there are."""
    asked = store.reports.each(viewer, scope, regime=regime, period=period, state=state, unit=unit)
    facts: Facts = (
        ("Chế độ báo cáo", regime or "tất cả"),
        ("Kỳ", period.words if period else "tất cả"),
        ("Trạng thái", STATE_WORDS[state] if state else "tất cả"),
        ("Đơn vị", f"{unit} và các đơn vị bên dưới" if unit else "tất cả"),
        ("Lập lúc", moment(now)),
    )
    rows = (_report(line, now.astimezone(VIETNAM).date()) for line in asked)
    return Listing("bao-cao", "Báo cáo", _REPORTS, rows, facts)


def coverage(
    store: Store, viewer: User | None, regime: str, period: Period, unit: str, now: datetime
) -> Listing:
    """Every report due at and below a unit, with whether it is in the unit's total, and why not."""
    headings = (*_REPORTS, Heading("Vào tổng hợp", 13), Heading("Lý do để ngoài", 40))
    today = now.astimezone(VIETNAM).date()
    asked = store.reports.each(viewer, "readable", regime=regime, period=period, unit=unit)
    rows = (
        (
            *_report(line, today),
            "Có" if line.state == "approved" and not line.left_out else "Không",
            line.left_out,
        )
        for line in asked
    )
    facts: Facts = (
        ("Chế độ báo cáo", regime),
        ("Kỳ", period.words),
        ("Đơn vị tổng hợp", _named(store.units.all(), unit)),
        ("Lập lúc", moment(now)),
    )
    return Listing(f"don-vi-{regime}-{unit}-{period.code}", "Tình hình các đơn vị", headings, rows, facts)


def history(view: ReportView, key: ReportKey) -> Listing:
    """All that happened to a report, oldest first."""
    headings = (
        Heading("Lúc", 18),
        Heading("Việc", 20),
        Heading("Người làm", 24),
        Heading("Phiên bản", 10),
        Heading("Trạng thái sau đó", 18),
        Heading("Lý do", 60),
    )

    def rows() -> Iterator[tuple[Item, ...]]:
        for entry in view.history:
            why = [_reason(entry.act.reason)] if entry.act.reason else []
            why += [f"{cell}: {words}" for cell, words in entry.cell_reasons.items()]
            yield (
                entry.act.at.astimezone(VIETNAM),
                ACT_WORDS.get(entry.action, entry.action),
                entry.act.by,
                entry.version or None,
                STATE_WORDS[entry.state],
                "\n".join(why),
            )

    name = f"lich-su-{key.regime}-{key.unit}-{key.period.code}"
    facts: Facts = (("Báo cáo", view.line.title), ("Đơn vị", view.line.unit_name), ("Kỳ", key.period.words))
    return Listing(name, "Lịch sử", headings, rows(), facts)


def people(accounts: Iterable[User], tree: UnitTree) -> Listing:
    """Accounts, a line for every right. Nothing of passwords."""
    headings = (
        Heading("Tên đăng nhập", 24),
        Heading("Họ tên", 28),
        Heading("Trạng thái", 24),
        Heading("Vai trò", 30),
        Heading("Mã đơn vị", 12),
        Heading("Đơn vị", 30),
        Heading("Chế độ báo cáo", 20),
    )

    def rows() -> Iterator[tuple[Item, ...]]:
        for account in accounts:
            state = "Đã đóng" if not account.active else "Đang dùng"
            if account.active and account.must_change_password:
                state = "Chưa đổi mật khẩu đầu"
            who = (account.name, account.display_name, state)
            for grant in account.grants:
                where = tree[grant.unit].name if grant.unit in tree else ""
                yield (*who, ROLE_WORDS[grant.role], grant.unit, where, grant.regime or "Mọi chế độ")
            if not account.grants:
                yield (*who, None, None, None, None)

    return Listing("tai-khoan", "Tài khoản", headings, rows())


def units(tree: UnitTree) -> Listing:
    """The units, each after the one above it, with all days of validity."""
    headings = (
        Heading("Mã đơn vị", 12),
        Heading("Đơn vị", 36),
        Heading("Cấp", 14),
        Heading("Loại", 16),
        Heading("Mã cấp trên", 12),
        Heading("Từ ngày", 12),
        Heading("Đến ngày", 12),
    )
    order = (tree[code] for root in tree.roots for code in tree.subtree(root))
    rows = (
        (unit.code, unit.name, unit.level, unit.kind, unit.parent, unit.valid_from, unit.valid_until)
        for unit in order
    )
    return Listing("don-vi", "Đơn vị", headings, rows)


def rounds(store: Store, readable: Iterable[str] | None = None) -> Listing:
    """The periods handed out; of some regimes only, where any are given."""
    headings = (
        Heading("Mã chế độ", 18),
        Heading("Chế độ báo cáo", 60),
        Heading("Mã kỳ", 12),
        Heading("Kỳ", 18),
        Heading("Chốt số liệu", 14),
        Heading("Số đơn vị", 12),
    )
    titles = {each.regime: each.title for each in store.templates.published()}
    wanted = None if readable is None else frozenset(readable)
    rows = (
        (
            each.regime,
            titles.get(each.regime, ""),
            each.period.code,
            each.period.words,
            each.closes,
            each.units,
        )
        for each in store.rounds.opened()
        if wanted is None or each.regime in wanted
    )
    return Listing("ky-bao-cao", "Kỳ báo cáo đã giao", headings, rows)


def forms(store: Store) -> Listing:
    """Every form published, with the days it is in force."""
    headings = (
        Heading("Mã chế độ", 18),
        Heading("Chế độ báo cáo", 60),
        Heading("Gói", 20),
        Heading("Phiên bản", 11),
        Heading("Từ ngày", 12),
        Heading("Đến ngày", 12),
        Heading("Ban hành lúc", 18),
        Heading("Người ban hành", 22),
        Heading("Mã kiểm tra", 66),
    )
    rows = (
        (
            each.regime,
            each.title,
            each.package,
            each.version,
            each.in_force_from,
            each.in_force_until,
            each.published_at.astimezone(VIETNAM),
            each.published_by,
            each.hash,
        )
        for each in store.templates.published()
    )
    return Listing("bieu-mau", "Biểu mẫu đã ban hành", headings, rows)


def log(entries: Iterable[LogEntry]) -> Listing:
    """Entries of the log, each with its hash: what it says beyond who, when and what stands as JSON."""
    headings = (
        Heading("Chuỗi", 40),
        Heading("Số", 8),
        Heading("Lúc", 18),
        Heading("Việc", 22),
        Heading("Người làm", 24),
        Heading("Lý do", 40),
        Heading("Nội dung khác", 80),
        Heading("Mã kiểm tra", 66),
    )
    return Listing("nhat-ky", "Nhật ký", headings, (_entry(each) for each in entries))


def _entry(entry: LogEntry) -> tuple[Item, ...]:
    more = {name: value for name, value in entry.body.items() if name not in {"act", "at", "by", "reason"}}
    act, at = str(entry.body.get("act", "")), entry.body.get("at")
    return (
        entry.chain,
        entry.number,
        datetime.fromisoformat(at).astimezone(VIETNAM) if isinstance(at, str) else None,
        ACT_WORDS.get(act, act),
        str(entry.body.get("by", "")),
        _reason(str(entry.body.get("reason", ""))),
        json.dumps(more, ensure_ascii=False, sort_keys=True) if more else None,
        entry.hash,
    )


def _report(line: ReportLine, today: date) -> tuple[Item, ...]:
    if line.state in {"sent", "approved"}:
        stands = "gửi muộn" if line.late else "gửi đúng hạn"
    else:
        stands = lateness(line.due, today)
    return (
        line.key.unit,
        line.unit_name,
        line.title,
        line.key.regime,
        line.key.period.words,
        line.key.period.code,
        line.due,
        STATE_WORDS[line.state],
        stands,
        line.version or None,
        line.sent_at.astimezone(VIETNAM) if line.sent_at else None,
        line.sent_by or None,
    )


def _reason(text: str) -> str:
    """A reason as it was typed; explanations of warnings are kept as JSON and told one a line."""
    try:
        kept = json.loads(text)
    except ValueError:
        return text
    if not isinstance(kept, dict):
        return text
    return "\n".join(f"{name}: {words}" for name, words in kept.items())


def _named(tree: UnitTree, code: str) -> str:
    return f"{tree[code].name} ({code})" if code in tree else code

"""The demonstration as it is shown: a site set up in a folder, the quarter played on it and told as it happens.

Afterwards the site goes on with the accounts that are printed, or the performance ends. The site can be started again
with `bieu serve --config FOLDER/site/bieu.toml`.
"""

from __future__ import annotations

import socket
import sys
import threading
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from waitress.server import create_server

from compiler.cells import Layout
from compiler.template import template_hash
from runtime.demonstration import PROVINCE
from runtime.reports import Act, Refusal
from runtime.store import Store
from runtime.verification import Trust, verify_pdf
from server.app import create_app, open_store
from server.commands.tables import print_total
from server.config import Config, make_secret, read_config
from server.demonstration.quarter import PERIOD, RETURNED, Account, Outcome, Quarter


def perform(console: Console, folder: Path, layout: Layout, port: int | None) -> None:
    """Play the quarter on a site under `folder`. `port` None: end afterwards; else keep serving there (0: any)."""
    config = settings(folder / "site")
    store = filled_store(config, layout)
    listener = socket.create_server(("127.0.0.1", port or 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = create_server(create_app(config, store), sockets=[listener], threads=config.threads, ident=None)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    quarter = Quarter(base, store, layout)
    console.print(
        f"[green]✓[/] Trang web chạy tại {base}/, đã giao báo cáo {PERIOD.words} cho {len(quarter.communes)} đơn vị"
    )
    accounts = _play(console, folder, quarter)
    console.print(f"Mọi kết quả nằm trong [bold]{folder}[/].")
    if port is None:
        return
    console.print(_accounts(accounts))
    console.print(f"Trang web chạy tiếp tại {base}/ (Ctrl+C để dừng)")
    try:
        serving.join()
    except KeyboardInterrupt:
        console.print("Đã dừng.")


def settings(folder: Path) -> Config:
    """A site's settings in a file of its own, so that it can be served again."""
    folder.mkdir(parents=True)
    file = folder / "bieu.toml"
    file.write_text(
        "# Trang web dùng thử. Chạy lại: bieu serve --config bieu.toml --db sqlite:///ĐƯỜNG-DẪN/site.db\n"
        'secret_file = "bieu.key"\nsecure_cookies = false\ndemonstration_keys = "keys"\n',
        encoding="utf-8",
    )
    config = read_config(file, environment={}, database=f"sqlite:///{folder.resolve() / 'site.db'}")
    make_secret(config.secret_file)
    return config


def filled_store(config: Config, layout: Layout) -> Store:
    """A store with the country's units and the form in force, its third quarter handed out in Quảng Ngãi."""
    act = Act("lệnh/demo", datetime.now(UTC))
    store = open_store(config)
    store.upgrade()
    units = resources.files("runtime").joinpath("data/units-vn-2025.csv").read_bytes()
    lines = units.decode("utf-8").splitlines(keepends=True)
    kept = [
        line for line in lines if line.split(",")[0] in {"code", "VN", PROVINCE} or f",{PROVINCE}," in line
    ]
    for done in (
        store.units.load("".join(kept).encode(), act),
        store.templates.publish(layout.template, act, None),
        store.rounds.assign(layout.template.regime, PERIOD, act),
    ):
        if isinstance(done, Refusal | tuple):
            raise RuntimeError(f"the site could not be set up: {done}")
    return store


def _play(console: Console, folder: Path, quarter: Quarter) -> list[Account]:
    """All acts in their order; the accounts that the site goes on with."""
    receiver = quarter.account(
        "tinh.nhan", "Bộ phận tiếp nhận của tỉnh", "nhận và duyệt", PROVINCE, "receiver"
    )
    leader = quarter.account(
        "tinh.lanhdao", "Lãnh đạo tỉnh", "xem tổng hợp và ký", PROVINCE, "leader", "reader"
    )
    operator = quarter.account(
        "tinh.quantri", "Quản trị của tỉnh", "quản trị, ban hành", PROVINCE, "operator"
    )

    outcomes = _send(console, quarter)
    sent = [outcome for outcome in outcomes if outcome.sent]
    desk = quarter.browser(receiver)
    returned = sent[RETURNED]
    quarter.return_one(desk, returned)
    corrected = quarter.correct(returned)
    if not corrected.sent:
        raise RuntimeError(f"the corrected report was not sent: {corrected.refused}")
    console.print(
        f"[green]✓[/] Tỉnh trả lại báo cáo của {returned.unit.name} kèm lý do; đơn vị đã sửa và gửi lại"
    )
    with _progress(console) as progress:
        task = progress.add_task("Tỉnh duyệt", total=len(sent))
        for _ in quarter.approve(desk, sent):
            progress.advance(task)
    console.print(f"[green]✓[/] Tỉnh đã duyệt {len(sent)} báo cáo")

    total = quarter.store.totals.total(quarter.layout.template.regime, PERIOD, PROVINCE)
    if total is None:
        raise RuntimeError("there is no total")
    print_total(console, quarter.layout, total, f"{PERIOD.words}, Tỉnh Quảng Ngãi")
    _sign(console, folder, quarter, leader)
    commune = next(outcome.account for outcome in outcomes if not outcome.sent)
    return [commune, receiver, leader, operator]


def _send(console: Console, quarter: Quarter) -> list[Outcome]:
    made = quarter.made()
    outcomes: list[Outcome] = []
    with _progress(console) as progress:
        task = progress.add_task("Các xã nhập và gửi", total=len(made))
        for outcome in quarter.send_all(made):
            outcomes.append(outcome)
            progress.advance(task)
    sent = [outcome for outcome in outcomes if outcome.sent]
    workbooks = sum(outcome.by_workbook for outcome in sent)
    console.print(
        f"[green]✓[/] {len(sent)} đơn vị đã gửi: {len(sent) - workbooks} nhập trên trang, {workbooks} bằng Excel; "
        f"{len(outcomes) - len(sent)} chưa gửi được:"
    )
    for outcome in outcomes:
        if not outcome.sent:
            console.print(f"  {outcome.unit.name}", highlight=False)
            for reason in outcome.refused:
                console.print(f"    [red]✗[/] {reason}", highlight=False)
    return outcomes


def _sign(console: Console, folder: Path, quarter: Quarter, leader: Account) -> None:
    """The signed report, verified once more here, away from the site that signed it."""
    pdf, _ = quarter.sign_total(quarter.browser(leader))
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    authority = (folder / "site" / "keys" / "chung-thuc.pem").read_bytes()
    published = frozenset({template_hash(quarter.layout.template)})
    verification = verify_pdf(pdf, Trust(authorities=(authority,), templates=published))
    console.print(f"[green]✓[/] Báo cáo của tỉnh, đã ký trên trang web: {path}")
    for statement in verification.statements:
        mark = "[green]✓[/]" if statement.severity == "notice" else "[red]✗[/]"
        console.print(f"  {mark} {statement.text('vi')}", highlight=False)
    if not verification.sound:
        sys.exit(1)


def _accounts(accounts: list[Account]) -> Table:
    table = Table(title="Tài khoản dùng thử", title_justify="left", header_style="bold")
    for heading in ("Tên đăng nhập", "Mật khẩu", "Để"):
        table.add_column(heading, no_wrap=True)
    for account in accounts:
        table.add_row(account.name, account.password, account.what)
    return table


def _progress(console: Console) -> Progress:
    return Progress(console=console, transient=True, disable=not console.is_terminal)

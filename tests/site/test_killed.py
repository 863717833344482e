"""A server killed in the middle of 200 submissions: everything it acknowledged is there, nothing is half stored."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compiler.periods import Period
from runtime.accounts import Grant
from runtime.reports import Act, Refusal, ReportKey
from server.app import open_store
from server.config import Config
from server.demonstration.browser import Browser
from tests.site.conftest import HOME, PASSWORD, REGIME, RIGHT_FORM, UNITS, Clock, fields, make_site

_PERIODS = [Period("quarter", year, number) for year in range(2026, 2043) for number in (1, 2, 3, 4)]
_UNITS = ("21025", "21034", "21040")


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_there(tmp_path: Path, seed: int) -> None:
    site = make_site(tmp_path, Clock())
    act = Act("thử", site.clock())
    assert UNITS.count("commune") == 4
    site.store.people.grant("leader", Grant("leader", "51"), act)
    keys = [ReportKey(REGIME, unit, period) for period in _PERIODS for unit in _UNITS][:201]
    for period in dict.fromkeys(key.period for key in keys):
        assert not isinstance(site.store.rounds.assign(REGIME, period, act), Refusal)
    site.store.close()

    settings = tmp_path / "bieu.toml"
    settings.write_text(
        f'database = "sqlite:///{tmp_path / "site.db"}"\nsecret_file = "bieu.key"\nport = 0\nsecure_cookies = false\n',
        encoding="utf-8",
    )
    command = [
        sys.executable,
        "-c",
        "from server.cli import main; main()",
        "serve",
        "--config",
        str(settings),
    ]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert server.stdout is not None
    try:
        found = re.search(r"http://\S+?:\d+", server.stdout.readline())
        assert found is not None
        acknowledged = _send_until_killed(found.group(), keys, server, random.Random(seed))
    finally:
        server.kill()
        server.wait(timeout=20)
        server.stdout.close()

    config = Config(database=f"sqlite:///{tmp_path / 'site.db'}", secret_file=tmp_path / "bieu.key")
    store = open_store(config)
    assert 0 < len(acknowledged) < len(keys), "the server was killed in the middle"
    for key in keys:
        view = store.reports.view(key)
        assert view is not None
        sends = sum(entry.action == "send" for entry in view.history)
        assert (view.line.state, view.line.version, sends) in {("sent", 1, 1), ("draft", 0, 0)}, key
        if key in acknowledged:
            assert view.line.state == "sent", key
    assert store.log.verify() == ()
    store.close()


def _send_until_killed(
    base: str, keys: list[ReportKey], server: subprocess.Popen[str], random: random.Random
) -> set[ReportKey]:
    """Send from four browsers at once; kill the server after a while. What was answered as sent."""
    acknowledged: set[ReportKey] = set()
    browser = Browser(base)
    browser.post(browser.get("/dang-nhap"), "/dang-nhap", {"ten": "leader", "mat_khau": PASSWORD})
    stop_after = random.randint(20, 60)

    def send(key: ReportKey) -> None:
        place = f"/bao-cao/{key.regime}/{key.period.code}/{key.unit}"
        mine = Browser(base, dict(browser.cookies))
        try:
            page = mine.post(mine.get(f"{place}/nhap"), "/gui", fields(RIGHT_FORM))
        except (OSError, LookupError):
            return  # the server is gone, or went in the middle of an answer
        except Exception as problem:
            if type(problem).__module__ == "http.client":
                return
            raise
        if page.status == 200 and "da=gui" in page.address:
            acknowledged.add(key)
            if len(acknowledged) == stop_after:
                time.sleep(random.random() / 20)
                server.send_signal(signal.SIGKILL)

    with ThreadPoolExecutor(max_workers=4) as four:
        list(four.map(send, keys))
    assert HOME in _UNITS
    return acknowledged

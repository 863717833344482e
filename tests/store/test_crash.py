"""A process killed while it sends: everything it acknowledged is there, and nothing half."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from runtime.models import EntryRow, ReportRow, VersionRow
from runtime.store import Store
from runtime.units import units_of_vietnam
from tests.store.making import AT, Q3, REGIME, SEAL_KEY, key, open_round, report, saved

_SENDER = """
import sys
from runtime.store import Store
from runtime.storage.records import Sent
from tests.store.making import SEAL_KEY, act, key

store = Store.open(sys.argv[1], seal_key=SEAL_KEY)
print("ready", flush=True)
for unit in sys.stdin.read().split():
    made = store.desk.send(key(unit), 1, act("lanh.dao"), "gui")
    assert isinstance(made, Sent), made
    print(unit, made.version.hash, flush=True)
"""

PROVINCES = ("51", "48", "66")
REPORTS = 200


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_among_200_sends(url: str, seed: int, tmp_path: Path) -> None:
    tree = units_of_vietnam()
    communes = [unit for unit in tree.of_level("commune") if unit.parent in PROVINCES][:REPORTS]
    assert len(communes) == REPORTS
    above = [tree["VN"], *(tree[code] for code in PROVINCES)]
    rows = "".join(f"{u.code},{u.parent or ''},{u.level},{u.kind},{u.name}\n" for u in (*above, *communes))
    store = Store.open(url, seal_key=SEAL_KEY)
    store.upgrade()
    open_round(store, units=f"code,parent,level,kind,name\n{rows}".encode())
    for unit in communes:
        saved(store, key(unit.code), report())

    after = random.Random(seed).randrange(20, REPORTS - 20)
    sender = subprocess.Popen(
        [sys.executable, "-c", _SENDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sender.stdin is not None
    assert sender.stdout is not None
    sender.stdin.write("\n".join(unit.code for unit in communes))
    sender.stdin.close()
    assert sender.stdout.readline() == "ready\n"
    acknowledged: dict[str, str] = {}
    for line in sender.stdout:
        unit_code, hash = line.split()
        acknowledged[unit_code] = hash
        if len(acknowledged) == after:
            os.kill(sender.pid, signal.SIGKILL)
    assert sender.wait() == -signal.SIGKILL
    sender.stdout.close()
    assert after <= len(acknowledged) < REPORTS

    for unit_code, hash in acknowledged.items():
        version = store.reports.version(key(unit_code), 1)
        assert version is not None, unit_code
        assert version.hash == hash
    with store._database.read() as connection:
        in_state = connection.execute(
            select(func.count()).select_from(ReportRow).where(ReportRow.state == "sent")
        ).scalar_one()
        versions = connection.execute(select(func.count()).select_from(VersionRow)).scalar_one()
        entries = connection.execute(
            select(func.count()).select_from(EntryRow).where(EntryRow.number == 3)
        ).scalar_one()
    # At most the one that was under way is there without having been acknowledged.
    assert in_state == versions == entries
    assert len(acknowledged) <= versions <= len(acknowledged) + 1
    total = store.totals.total(REGIME, Q3, "VN")
    assert total is not None
    assert (total.coverage.due, total.coverage.received) == (REPORTS, versions)
    assert store.totals.rebuild(REGIME, Q3) == ()
    assert store.log.seal(AT) is not None
    assert store.log.verify() == ()

    # What was under way is done again, and done once.
    rest = [unit.code for unit in communes if unit.code not in acknowledged]
    again = subprocess.run(
        [sys.executable, "-c", _SENDER, url],
        input="\n".join(rest),
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(again.stdout.splitlines()) == 1 + len(rest)
    total = store.totals.total(REGIME, Q3, "VN")
    assert total is not None
    assert total.coverage.received == REPORTS
    store.close()

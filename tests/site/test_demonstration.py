"""The demonstration's players on a real site: the first communes of Quảng Ngãi, wrong reports among them."""

from __future__ import annotations

import threading
from pathlib import Path

from werkzeug.serving import make_server

import templates_library
from compiler.package import Library
from runtime.reports import ReportKey
from runtime.verification import Trust, verify_pdf
from server.app import create_app
from server.demonstration import performance
from server.demonstration.quarter import PERIOD, Quarter


def test_ten_communes_play_their_quarter(tmp_path: Path) -> None:
    layout = (
        Library().load(Path(templates_library.__path__[0]) / "vpcp" / "kstt").compilation.regimes[0].layout
    )
    config = performance.settings(tmp_path / "site")
    store = performance.filled_store(config, layout)
    server = make_server("127.0.0.1", 0, create_app(config, store), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        quarter = Quarter(f"http://127.0.0.1:{server.server_port}", store, layout)
        assert len(quarter.communes) == 96
        outcomes = list(quarter.send_all(quarter.made()[:10]))
        refused = {outcome.unit.name: outcome.refused for outcome in outcomes if not outcome.sent}
        assert list(refused) == ["Xã Đông Sơn"]
        assert any("326 so với 329" in reason for reason in refused["Xã Đông Sơn"])
        sent = [outcome for outcome in outcomes if outcome.sent]
        receiver = quarter.browser(quarter.account("nhan", "Nhận", "", "51", "receiver"))
        quarter.return_one(receiver, sent[2])
        assert quarter.correct(sent[2]).sent
        assert len(list(quarter.approve(receiver, sent))) == 9
        view = store.reports.view(ReportKey("kstt_quy", sent[2].unit.code, PERIOD))
        assert view is not None
        assert view.line.version == 2
        total = store.totals.total("kstt_quy", PERIOD, "51")
        assert total is not None
        assert (total.coverage.included, total.coverage.due) == (9, 96)
        leader = quarter.browser(quarter.account("ky", "Ký", "", "51", "leader"))
        pdf, _ = quarter.sign_total(leader)
        authority = (tmp_path / "site" / "keys" / "chung-thuc.pem").read_bytes()
        assert verify_pdf(pdf, Trust((authority,))).sound
        assert store.totals.rebuild("kstt_quy", PERIOD) == ()
        assert store.log.verify() == ()
    finally:
        server.shutdown()
        thread.join(timeout=20)
        server.server_close()
        store.close()

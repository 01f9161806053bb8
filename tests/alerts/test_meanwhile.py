"""Two people write at once, into two tables that one check compares: on PostgreSQL, where they really meet."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections, transaction

from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert
from qingqu.alerts.running import batches
from qingqu.datasets import actions as tables
from tests.people import Cast

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs DATABASE_URL of a PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


def test_a_purchase_and_its_only_quote_see_each_other(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["F04"], by=cast.zhao)
    purchases, quotes = tables.adopt(cast.school, ["DS1", "DS2"], keeper=cast.office, by=cast.chen)
    tables.enter_record(purchases, {"po_no": "CG0", "apply_date": "2026-03-01", "amount": "1"}, by=None)  # looked up
    written = threading.Event()

    def purchase() -> None:
        with transaction.atomic():
            cells = {"po_no": "CG1", "apply_date": "2026-03-02", "amount": "9000", "method": "询价"}
            tables.enter_record(purchases, cells, by=None)
            written.set()
            time.sleep(0.5)  # the other one comes meanwhile

    def quote() -> None:
        written.wait(10)
        tables.enter_record(quotes, {"po_no": "CG1", "bidder": "通达五金", "quote": "9000"}, by=None)

    def alone(work: Any) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(alone, purchase), pool.submit(alone, quote)]:
            done.result()
    assert Alert.objects.get().check_id == "few-quotes"
    assert not batches.run(cast.school, by=None).lapsed

"""Two people act at once: on PostgreSQL, where they really meet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections, transaction

from qingqu.alerts import actions
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.alerts.running import batches
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets import defining
from qingqu.datasets.models import Dataset
from tests.people import Cast

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs DATABASE_URL of a PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


def at_once(first: Callable[[], Any], second: Callable[[], Any]) -> None:
    """The second begins when the first has acted, before what that did is there for others."""
    acted = threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                first()
                acted.set()
                time.sleep(0.5)
        finally:
            acted.set()
            connections.close_all()

    def meanwhile() -> None:
        try:
            acted.wait(10)
            second()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(slowly), pool.submit(meanwhile)]:
            done.result()


def test_a_purchase_and_its_only_quote_see_each_other(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["F04"], by=cast.zhao)
    purchases, quotes = tables.adopt(cast.school, ["DS1", "DS2"], keeper=cast.office, by=cast.chen)
    tables.enter_record(purchases, {"po_no": "CG0", "apply_date": "2026-03-01", "amount": "1"}, by=None)  # looked up
    purchase = {"po_no": "CG1", "apply_date": "2026-03-02", "amount": "9000", "method": "询价"}
    quote = {"po_no": "CG1", "bidder": "通达五金", "quote": "9000"}
    at_once(
        lambda: tables.enter_record(purchases, purchase, by=None),
        lambda: tables.enter_record(quotes, quote, by=None),
    )
    assert Alert.objects.get().check_id == "few-quotes"
    assert not batches.run(cast.school, by=None).lapsed


def test_what_two_people_adopt_at_once_is_adopted_once(cast: Cast) -> None:
    at_once(
        lambda: tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen),
        lambda: tables.adopt(cast.school, ["DS1", "DS2"], keeper=cast.office, by=cast.zhao),
    )
    at_once(
        lambda: rule_actions.adopt(cast.school, ["F01"], by=cast.zhao),
        lambda: rule_actions.adopt(cast.school, ["F01", "F04"], by=cast.zhao),
    )
    assert sorted(Dataset.objects.values_list("code", flat=True)) == ["DS1", "DS2"]
    assert sorted(Rule.objects.values_list("code", flat=True)) == ["F01", "F04"]


def test_who_acts_on_an_indicator_meanwhile_meets_its_new_version(cast: Cast) -> None:
    rule_actions.adopt(cast.school, ["F01"], by=cast.zhao)
    rule = Rule.objects.get()

    def set_limit() -> None:
        rule_actions.set_limit(rule, "limit", 3_000_000, basis="采购管理办法第六条", by=cast.wang)

    def again() -> None:
        with pytest.raises(NotPossible, match="已经设定"):
            set_limit()

    at_once(set_limit, again)
    assert list(Rule.objects.order_by("version").values_list("version", "state")) == [(1, "replaced"), (2, "on")]


def test_nothing_comes_into_a_table_that_is_retired_meanwhile(cast: Cast) -> None:
    table = defining.define(cast.school, name="钥匙", headings=["编号", "领用人"], keeper=cast.office, by=cast.chen)

    def enter() -> None:
        with pytest.raises(NotPossible, match="已停用"):
            tables.enter_record(table, {"c1": "1"}, by=cast.wang)

    at_once(lambda: defining.retire(table, reason="不再领用", by=cast.chen), enter)
    assert not table.records.exists()


def test_a_correction_does_not_undo_what_somebody_closes_meanwhile(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    (purchases,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    people = {"applicant": "王雨桐", "approver": "王雨桐"}
    entry = tables.enter_record(purchases, {"po_no": "P1", "amount": "500"} | people, by=cast.wang)
    alert = actions.explain(Alert.objects.get(), text="本人代签", by=cast.wang)
    actions.confirm(alert, opinion="flaw", text="情况属实", by=cast.li)
    at_once(
        lambda: actions.close(alert, result="flaw", text="已提醒本人", by=cast.zhao),
        lambda: tables.correct_record(entry, {"po_no": "P1", "amount": "500", "applicant": "吴晓"}, by=cast.wang),
    )
    alert.refresh_from_db()
    assert [step.step for step in alert.disposals.all()] == ["explained", "confirmed", "closed"]
    assert (alert.state, alert.result) == ("closed", "flaw")

"""Purchases as they are entered, and the limit below which they may be split."""

from __future__ import annotations

from typing import Any

from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Rule
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset, Record
from tests.people import Cast

LIMIT = 3_000_000


def plant(purchases: Dataset, numbers: range) -> None:
    cells = {"apply_date": "2026-03-02", "supplier": "东湖家具", "amount": "500", "dept": "总务处"}
    people = {"applicant": "王雨桐", "approver": "王雨桐"}
    rows = [tables.clean(purchases, {"po_no": f"P{n}", **cells, **people}) for n in numbers]
    tables.put_rows(purchases, rows, batch=None, by=None)


def unwatched(monkeypatch: Any, purchases: Dataset, numbers: range) -> None:
    """Records that came in before anybody watched."""
    with monkeypatch.context() as patched:
        patched.setattr("qingqu.datasets.watching._watchers", [])
        plant(purchases, numbers)


def enter(purchases: Dataset, number: int, **cells: Any) -> Record:
    row = {
        "po_no": f"CG{number}",
        "apply_date": f"2026-03-{number + 1:02d}",
        "approve_date": "2026-04-01",
        "contract_date": "2026-04-05",
        "deliver_date": "2026-04-10",
        "dept": "总务处",
        "category": "五金水电",
        "supplier": "通达五金经营部",
        "amount": "29400",
        "applicant": "王雨桐",
        "approver": "李明远",
        "buyer": "吴晓",
        "acceptor": "冯立言",
    }
    return tables.enter_record(purchases, row | cells, by=None)


def limit(cast: Cast) -> Rule:
    rule = Rule.objects.get(code="F01", state=Rule.State.ON)
    return rule_actions.set_limit(rule, "limit", LIMIT, basis="采购管理办法第六条", by=cast.wang)

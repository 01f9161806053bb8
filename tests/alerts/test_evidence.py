"""The records behind a warning are part of what the log commits to, a thousand of them as well as three."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingqu.alerts.models import Alert, AlertRow
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from qingqu.trace import states
from qingqu.trace.commitments import commit_state
from qingqu.trace.models import Entry, Payload, Shape
from qingqu.trace.reconcile import Rows
from tests.alerts.buying import enter, limit
from tests.people import Cast


def wrong(alert: Alert) -> list[str]:
    return [problem.kind for problem in Rows().compare(Alert, [alert.pk])]


@pytest.fixture
def alert(cast: Cast, purchases: Dataset) -> Alert:
    limit(cast)
    for n in range(1, 5):
        enter(purchases, n)
    return Alert.objects.get()


def test_a_chain_is_continued_and_where_a_record_changes_made_anew(cast: Cast, alert: Alert) -> None:
    assert wrong(alert) == []
    records = [row.record_id for row in alert.rows.order_by("pk")]
    entry = tables.Record.objects.get(pk=records[1])
    cells = {"po_no": "CG2", "supplier": "通达五金经营部", "category": "五金水电", "dept": "总务处", "amount": "29500"}
    tables.correct_record(entry, cells | {"apply_date": "2026-03-03"}, by=cast.wang)
    now = Alert.objects.get()
    assert now.rows_digest != alert.rows_digest
    assert {(row.record_id, row.version) for row in now.rows.all()} >= {(records[0], 1), (records[1], 2)}
    assert wrong(now) == []


@pytest.mark.parametrize(
    "tamper",
    [
        lambda rows: rows.filter(pk=rows.first().pk).update(digest="0" * 64),
        lambda rows: rows.filter(pk=rows.first().pk).update(version=9),
        lambda rows: rows.last().delete(),
        lambda rows: AlertRow.objects.create(alert=rows.first().alert, record_id=999, version=1, digest="0" * 64),
    ],
)
def test_evidence_changed_behind_the_back_is_named(alert: Alert, tamper: Callable[[Any], Any]) -> None:
    tamper(AlertRow.objects.filter(alert=alert).order_by("pk"))
    assert wrong(alert) == ["row-changed"]
    Alert.objects.filter(pk=alert.pk).update(**states.chains_of(Alert, [alert.pk])[alert.pk])
    assert wrong(alert) == ["row-changed"], "the log commits to the chain itself"


def test_one_more_record_costs_the_trace_one(purchases: Dataset, alert: Alert) -> None:
    with CaptureQueriesContext(connection) as context:
        enter(purchases, 5)
    read = [query["sql"] for query in context.captured_queries if "FROM alerts_alertrow" in query["sql"]]
    assert read
    assert not [sql for sql in read if "digest" in sql]
    assert wrong(alert) == []


def test_a_commitment_from_before_there_were_chains_still_agrees(alert: Alert) -> None:
    """Entries of an earlier version committed to all the records one by one."""
    fields = {name: list(names) for name, names in states.fields_of(Alert).items()}
    fields[""].remove("rows_digest")
    fields["rows"] = list(states.columns(AlertRow))
    entry = Entry.objects.filter(obj=f"alerts.alert:{alert.pk}").latest("pk")
    state = states.in_shape(Alert, alert.pk, states.state_of(alert) or {}, fields)
    assert len(state["rows"]) == 4
    Shape.objects.create(digest="older", label="alerts.alert", fields=fields)
    Payload.objects.filter(entry=entry).update(shape="older")
    Entry.objects.filter(pk=entry.pk).update(after_c=commit_state(bytes(Payload.objects.get(entry=entry).salt), state))
    assert wrong(alert) == []
    row = alert.rows.first()
    assert row
    AlertRow.objects.filter(pk=row.pk).update(version=9)
    Alert.objects.filter(pk=alert.pk).update(**states.chains_of(Alert, [alert.pk])[alert.pk])
    assert wrong(alert) == ["row-changed"]

"""What is written and read with statements of our own is what the ORM writes and reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from qingqu.common import statements
from qingqu.datasets.models import Dataset
from qingqu.organisation.models import NumberSeries, Unit
from qingqu.trace.models import Entry, Payload
from tests.make import make_unit

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 1, 2, 3, 456_000, tzinfo=UTC)


def entries(count: int) -> list[Entry]:
    return [Entry(at=AT, act="alerts.raised", obj=f"alerts.alert:{n}", actor="system", ok=n != 1) for n in range(count)]


def test_what_is_inserted_is_what_the_orm_reads(monkeypatch: Any, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(statements, "MOST_ROWS", 2)
    made = entries(5)
    with django_assert_num_queries(3):
        statements.insert(made)
    there = list(Entry.objects.order_by("id"))
    assert [entry.pk for entry in there] == [entry.pk for entry in made]
    assert [(entry.obj, entry.at, entry.ok, entry.position) for entry in there] == [
        (f"alerts.alert:{n}", AT, n != 1, None) for n in range(5)
    ]
    words = [Payload(entry=entry, salt=bytes([n]), title="“核查”", details={"n": n}) for n, entry in enumerate(made)]
    statements.insert(words)
    assert [(bytes(p.salt), p.title, p.details) for p in Payload.objects.order_by("pk")] == [
        (bytes([n]), "“核查”", {"n": n}) for n in range(5)
    ]
    assert not words[0]._state.adding
    words[0].reason = "改过"
    words[0].save()
    statements.insert([])
    assert Payload.objects.filter(reason="改过").count() == 1, "saving one that was inserted writes over it"


def test_an_object_is_read_as_the_orm_reads_it() -> None:
    school = make_unit(kind="school")
    table = Dataset.objects.create(school=school, code="DS1", name="采购", columns=[{"id": "po_no"}], key=["po_no"])
    with transaction.atomic():
        found = statements.get(Dataset, table.pk, lock=True)
    names = [field.attname for field in Dataset._meta.concrete_fields]
    reread = Dataset.objects.get(pk=table.pk)
    assert [getattr(found, name) for name in names] == [getattr(reread, name) for name in names]
    found.name = "采购台账"
    found.save(update_fields=["name"])
    assert [one.name for one in statements.read(Dataset, "school_id = %s", [school.pk])] == ["采购台账"]
    with pytest.raises(Dataset.DoesNotExist):
        statements.get(Dataset, table.pk + 1)


def test_only_the_fields_that_are_named_are_updated() -> None:
    school = make_unit(kind="school")
    first, second = (Dataset.objects.create(school=school, code=code, name=code) for code in ("DS1", "DS2"))
    for table in (first, second):
        table.name, table.columns, table.code = f"{table.code}台账", [{"id": "c1", "name": "“一”"}], "改"
    statements.update([first, second], ["name", "columns"])
    said = list(Dataset.objects.order_by("id").values_list("code", "name", "columns"))
    assert said == [(code, f"{code}台账", [{"id": "c1", "name": "“一”"}]) for code in ("DS1", "DS2")]
    statements.update([], ["name"])


def test_rows_come_in_order_of_their_ids_however_many_keys_there_are(monkeypatch: Any) -> None:
    monkeypatch.setattr(statements, "MOST_KEYS", 2)
    units = [make_unit(kind="school") for _ in range(5)]
    asked = [unit.pk for unit in reversed(units)]
    assert list(statements.rows(Unit, "id", ("name",), asked)) == [(unit.pk, unit.pk, unit.name) for unit in units]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no locks of rows")
def test_a_locked_row_is_locked(django_assert_max_num_queries: Any) -> None:
    table = Dataset.objects.create(school=make_unit(kind="school"), code="DS1", name="采购")
    with django_assert_max_num_queries(1) as asked:
        statements.get(Dataset, table.pk, lock=True)
    assert asked.captured_queries[0]["sql"].endswith("FOR UPDATE")


SERIES = "INSERT INTO organisation_numberseries (school_id, kind, year, last) VALUES (%s, %s, %s, %s)"


def test_plain_sql_is_the_same_past_the_cursors_of_django_and_through_them() -> None:
    make_unit(kind="school", name="云川市第五中学")
    make_unit(kind="school", name="云川市实验小学")
    last = make_unit(kind="school", name="松林中学")
    like = "SELECT name FROM organisation_unit WHERE name LIKE %s AND name LIKE '%%中学' ORDER BY id"
    past = statements.fetch(like, ["云川%"])
    with CaptureQueriesContext(connection) as asked:
        assert statements.fetch(like, ["云川%"]) == past == [("云川市第五中学",)]
        statements.run(SERIES, [last.pk, "HC", 2026, 1])
        statements.run_many(SERIES, [[last.pk, "HC", year, 1] for year in (2027, 2028)])
    assert len(asked) >= 3, "whoever watches the queries sees them"
    statements.run_many(SERIES, [[last.pk, "ZG", year, 1] for year in (2027, 2028)])
    statements.run(SERIES, [last.pk, "ZG", 2026, 1])
    there = NumberSeries.objects.order_by("kind", "year").values_list("kind", "year")
    assert list(there) == [(kind, year) for kind in ("HC", "ZG") for year in (2026, 2027, 2028)]


def test_past_the_cursors_errors_are_those_of_django_and_a_broken_transaction_stays_broken() -> None:
    school = make_unit(kind="school")
    statements.run(SERIES, [school.pk, "HC", 2026, 1])
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic():
            statements.run(SERIES, [school.pk, "HC", 2026, 2])
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            statements.fetch("SELECT last FROM organisation_numberseries")
    assert NumberSeries.objects.get(school=school).last == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_plain_sql_is_committed_at_once() -> None:
    school = make_unit(kind="school")
    statements.run(SERIES, [school.pk, "HC", 2026, 1])
    connection.close()
    assert statements.fetch("SELECT last FROM organisation_numberseries") == [(1,)]

"""Rows in, corrected, taken back: every version stays, and the look-ups follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from qingqu.common.errors import NotPossible
from qingqu.datasets import actions, postings, tasks, watching
from qingqu.datasets.columns import key_of, written
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, Posted, Posting, Record, RecordVersion
from qingqu.trace.actions import actor_of
from qingqu.trace.models import Entry
from tests.people import Cast


@dataclass(frozen=True)
class BySupplier:
    dataset: str = "DS1"
    number: int = 77

    def postings(self, school: int, row: watching.Values) -> list[tuple[int, int]]:
        if row.get("supplier") is None or row.get("apply_date") is None:
            return []
        return [(sum(map(ord, row["supplier"])) + school, row["apply_date"])]


SUPPLIERS = ("通达五金", "东湖文印")


class Listener:
    def __init__(self) -> None:
        self.heard: list[watching.Change] = []
        self.loads = 0
        self.loaded_by: list[Any] = []
        self.holds = ""

    def changed(self, dataset: Dataset, changes: Sequence[watching.Change], by: Any) -> None:
        if self.holds:
            raise NotPossible(self.holds)
        self.heard += changes

    def loaded(self, dataset: Dataset, batch: Batch, by: Any) -> None:
        self.loads += 1
        self.loaded_by.append(by)

    def renamed(self, dataset: Dataset, by: Any) -> None:
        self.named = dict(dataset.steps)

    def remarks(self, about: Any, user: Any) -> list[watching.Remark]:
        return []


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    one = Listener()
    monkeypatch.setattr(watching, "_watchers", [one])
    monkeypatch.setattr(postings, "_groupings", {"DS1": {77: BySupplier()}})
    return one


@pytest.fixture
def purchases(cast: Cast) -> Dataset:
    return actions.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)[0]


def row(number: int, **cells: Any) -> dict[str, Any]:
    return {"po_no": f"CG{number}", "apply_date": "2026-03-02", "supplier": "通达五金", "amount": "100.00"} | cells


def acts() -> list[str]:
    return list(Entry.objects.filter(act__startswith="datasets.").order_by("id").values_list("act", flat=True))


def test_a_row_is_entered_corrected_and_taken_back(cast: Cast, purchases: Dataset, listener: Listener) -> None:
    entry = actions.enter_record(purchases, row(1, applicant="王雨桐"), by=cast.wang)
    assert entry.values["amount"] == 10000
    assert len(entry.values["applicant"]) == 32
    with pytest.raises(NotPossible, match="已有这一行"):
        actions.enter_record(purchases, row(1), by=cast.wang)
    actions.correct_record(entry, row(1, amount="99"), by=cast.wang)
    actions.correct_record(entry, row(1, amount="99"), by=cast.wang)  # says the same: nothing happens
    with pytest.raises(NotPossible, match="为什么"):
        actions.withdraw_record(entry, reason=" ", by=cast.wang)
    gone = actions.withdraw_record(entry, reason="重复", by=cast.wang)
    assert (gone.version, gone.withdrawn) == (3, True)
    assert [v.values["amount"] for v in RecordVersion.objects.order_by("version")] == [10000, 9900]
    assert [(c.before and c.before["amount"], c.after and c.after["amount"]) for c in listener.heard] == [
        (None, 10000),
        (10000, 9900),
        (9900, None),
    ]
    assert acts() == [
        "datasets.adopted",
        "datasets.record_entered",
        "datasets.record_corrected",
        "datasets.record_withdrawn",
    ]
    back = actions.enter_record(purchases, row(1), by=cast.wang)
    assert back.pk == entry.pk
    assert listener.heard[-1].before is None


def test_what_identifies_a_row_is_corrected(cast: Cast, purchases: Dataset, listener: Listener) -> None:
    entry = actions.enter_record(purchases, row(1), by=cast.wang)
    other = actions.enter_record(purchases, row(2), by=cast.wang)
    with pytest.raises(NotPossible, match="已有这一行") as refused:
        actions.correct_record(entry, row(2), by=cast.wang)
    assert refused.value.see == f"/datasets/records/{other.pk}"
    actions.withdraw_record(other, reason="重复", by=cast.wang)
    with pytest.raises(NotPossible, match="曾经撤回"):
        actions.correct_record(entry, row(2), by=cast.wang)
    after = actions.correct_record(entry, row(3), by=cast.wang)
    assert (after.pk, after.version, after.values["po_no"]) == (entry.pk, 2, "CG3")
    assert listener.heard[-1].before == entry.values
    again = [actions.clean(purchases, row(3, amount="7")), actions.clean(purchases, row(1))]
    done = actions.put_rows(purchases, again, batch=None, by=cast.wang)
    assert (done.replaced, done.added) == (1, 1), "found by what identifies it now, and no longer by what did"


def test_bad_cells_are_named(cast: Cast, purchases: Dataset, listener: Listener) -> None:
    with pytest.raises(NotPossible, match=r"采购单号：请填写.*金额：“很多”不是金额"):
        actions.enter_record(purchases, row(1, po_no="", amount="很多"), by=cast.wang)
    assert not Record.objects.exists()


def test_who_watches_may_hold_a_row(cast: Cast, purchases: Dataset, listener: Listener) -> None:
    listener.holds = "请先核对"
    with pytest.raises(NotPossible, match="请先核对"):
        actions.enter_record(purchases, row(1), by=cast.wang)
    assert not Record.objects.exists()
    assert not Posting.objects.exists()
    assert acts() == ["datasets.adopted"]


def put(purchases: Dataset, numbers: Sequence[int], **cells: Any) -> Batch:
    batch = actions.open_batch(purchases, Batch.Source.API, name="三月", by=None)
    rows = [actions.clean(purchases, row(number, **cells)) for number in numbers]
    done = actions.put_rows(purchases, rows, batch=batch, by=None)
    return actions.close_batch(batch, done, sha256=actions.seal_of(rows), judged=True, by=None)


def test_a_second_import_replaces_by_key_and_can_be_taken_back(purchases: Dataset, listener: Listener) -> None:
    put(purchases, [1, 2, 3])
    second = put(purchases, [2, 3, 4], amount="200")
    again = put(purchases, [2, 3, 4], amount="200")
    assert (second.added, second.replaced, second.unchanged) == (1, 2, 0)
    assert (again.added, again.replaced, again.unchanged) == (0, 0, 3)
    actions.correct_record(Record.objects.get(values__po_no="CG3"), row(3, amount="300"), by=None)
    actions.withdraw_batch(second, reason="单价列看错了", by=None)
    now = {r.values["po_no"]: (r.values["amount"], r.withdrawn) for r in Record.objects.all()}
    assert now == {"CG1": (10000, False), "CG2": (10000, False), "CG3": (30000, False), "CG4": (20000, True)}
    with pytest.raises(NotPossible, match="已经撤回"):
        actions.withdraw_batch(second, reason="再来", by=None)
    assert RecordVersion.objects.count() == 5


def test_postings_are_what_the_records_say(purchases: Dataset, listener: Listener) -> None:
    put(purchases, [1, 2])
    assert postings.ensure(purchases) == 1
    put(purchases, [3])
    put(purchases, [2], supplier="东湖文印")
    put(purchases, [4], supplier="")
    actions.withdraw_record(Record.objects.get(values__po_no="CG3"), reason="误报", by=None)
    followed = sorted(Posting.objects.values_list("grouping", "key", "day", "record"))
    assert len(followed) == 2
    Posted.objects.all().delete()
    assert postings.ensure(purchases) == 1
    assert sorted(Posting.objects.values_list("grouping", "key", "day", "record")) == followed
    assert postings.ensure(purchases) == 0
    [(key, day)] = BySupplier().postings(purchases.school_id, {"supplier": "通达五金", "apply_date": followed[0][2]})
    assert [r["po_no"] for r in postings.fetch(77, purchases.school_id, key, day, day)] == ["CG1"]
    assert postings.fetch(77, purchases.school_id, key, day + 1, None) == []


def test_what_waits_is_posted_part_by_part(
    purchases: Dataset, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(purchases, range(5))
    postings.ensure(purchases)
    monkeypatch.setattr(postings, "PART", 2)
    postings.defer(purchases)
    put(purchases, range(5, 10))
    put(purchases, [2, 7], supplier="东湖文印")
    actions.withdraw_record(Record.objects.get(values__po_no="CG8"), reason="误报", by=None)
    assert Posting.objects.count() == 5
    assert postings.ensure(purchases) == 1
    key = {name: BySupplier().postings(purchases.school_id, {"supplier": name, "apply_date": 1}) for name in SUPPLIERS}
    fetched = {
        name: {row["po_no"] for row in postings.fetch(77, purchases.school_id, places[0][0], None, None)}
        for name, places in key.items()
    }
    assert fetched == {"通达五金": {f"CG{n}" for n in (0, 1, 3, 4, 5, 6, 9)}, "东湖文印": {"CG2", "CG7"}}
    assert Posting.objects.count() == 9


def test_imports_taken_back_in_any_order(purchases: Dataset, listener: Listener) -> None:
    first, second, third = (put(purchases, [1], amount=amount) for amount in ("100", "200", "300"))
    one = Record.objects.get()
    actions.withdraw_batch(second, reason="误传", by=None)
    one.refresh_from_db()
    assert one.values["amount"] == 30000
    actions.withdraw_batch(third, reason="误传", by=None)
    one.refresh_from_db()
    assert (one.values["amount"], one.batch_id) == (10000, first.pk)
    actions.withdraw_batch(first, reason="误传", by=None)
    one.refresh_from_db()
    assert one.withdrawn
    assert listener.heard[-1].after is None


def test_a_large_batch_is_taken_back_behind_the_page(
    cast: Cast, purchases: Dataset, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "FEW", 3)
    batch = put(purchases, range(8))
    Batch.objects.filter(pk=batch.pk).update(by=cast.wang)
    assert actions.withdraw_batch(batch, reason="误传", by=cast.li).state == "withdrawing"
    assert tasks.load_waiting() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.judged, listener.loads) == ("withdrawn", True, 1)
    assert not Record.objects.filter(withdrawn=False).exists()
    assert acts()[-2:] == ["datasets.batch_withdrawing", "datasets.batch_withdrawn"]
    who = dict(Entry.objects.filter(act__startswith="datasets.batch_with").values_list("act", "actor"))
    li, nobody = actor_of(cast.li), actor_of(None)
    assert who == {"datasets.batch_withdrawing": li, "datasets.batch_withdrawn": nobody}, "not who brought it in"
    assert listener.loaded_by == [None]


def test_many_rows_need_as_many_statements_as_few(
    purchases: Dataset, listener: Listener, django_assert_max_num_queries: Any
) -> None:
    for numbers in (range(10), range(1000, 1500)):
        with django_assert_max_num_queries(30):
            put(purchases, numbers)


def test_a_part_of_a_large_import_replaces_and_keeps_who_was_masked(purchases: Dataset, listener: Listener) -> None:
    def lines(numbers: Sequence[int], **cells: str) -> dict[str, str]:
        rows = [actions.clean(purchases, row(number, **cells)) for number in numbers]
        return {key_of(values, purchases.key): written(values) for values in rows}

    first = put(purchases, [1, 2, 3], applicant="王雨桐")
    who = Record.objects.get(values__po_no="CG1").values["applicant"]
    purchases.refresh_from_db()
    before = purchases.changes
    given = lines([1, 4], applicant=MASKED) | lines([2], applicant="王雨桐") | lines([3, 5], amount="7")
    done = actions.load_part(purchases, given, batch=first)
    assert (done.added, done.replaced, done.unchanged) == (2, 1, 2)
    found = {r.values["po_no"]: (r.values["applicant"], r.values["amount"]) for r in Record.objects.all()}
    assert found == {
        "CG1": (who, 10000), "CG2": (who, 10000), "CG3": (None, 700), "CG4": (None, 10000), "CG5": (None, 700)
    }  # fmt: skip
    purchases.refresh_from_db()
    assert purchases.changes == before + 3
    assert RecordVersion.objects.get().values["applicant"] == who
    postings.ensure(purchases)
    assert Posting.objects.count() == 5


def test_what_comes_in_by_parts_waits_to_be_posted(cast: Cast, purchases: Dataset, listener: Listener) -> None:
    """A large file is posted once it is there; until then the look-up is not said to be whole."""
    put(purchases, range(2))
    postings.ensure(purchases)
    assert postings.is_posted(purchases, 77)
    values = actions.clean(purchases, row(9))
    batch = actions.open_batch(purchases, "file", by=cast.wang)
    actions.load_part(purchases, {key_of(values, purchases.key): written(values)}, batch=batch)
    assert not postings.is_posted(purchases, 77)
    assert postings.ensure(purchases) == 1
    assert postings.is_posted(purchases, 77)
    assert Posting.objects.filter(record__batch=batch).count() == 1


def test_a_withdrawn_row_that_comes_in_again_is_in_force(cast: Cast, purchases: Dataset, listener: Listener) -> None:
    entry = actions.enter_record(purchases, row(1), by=cast.wang)
    actions.withdraw_record(entry, reason="误录", by=cast.wang)
    done = actions.put_rows(purchases, [actions.clean(purchases, row(1))], batch=None, by=cast.wang)
    entry.refresh_from_db()
    assert (done.replaced, done.unchanged, entry.withdrawn, entry.version) == (1, 0, False, 3)

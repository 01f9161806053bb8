"""Counted groups in the database: told of every act on a record, and not believed when something else was written."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from qingqu.alerts.engine.batch import counting
from qingqu.alerts.engine.incremental import groups
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Counted, Rule, Tally
from qingqu.alerts.running import batches, tallies, watcher
from qingqu.datasets import actions as tables
from qingqu.datasets import postings
from qingqu.datasets.columns import written
from qingqu.datasets.models import Dataset, Record
from tests.alerts.buying import LIMIT, enter, limit
from tests.people import Cast

ROW = {"dept": "总务处", "category": "五金水电"}


@pytest.fixture(autouse=True)
def _groups_of_two_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "LARGE", 2)
    monkeypatch.setattr(counting, "LARGE", 2)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Which look-ups brought rows of purchases."""
    asked: list[Any] = []
    fetch = watcher.fetch

    def noted(grouping: Any, *what: Any) -> Any:
        asked.append(grouping.columns)
        return fetch(grouping, *what)

    monkeypatch.setattr(watcher, "fetch", noted)
    return asked


def in_line(cast: Cast) -> bool:
    result = batches.run(cast.school, by=None)
    return (result.raised, result.refreshed, result.lapsed) == ([], 0, 0)


def test_a_warning_grows_and_lapses_by_what_is_counted(cast: Cast, purchases: Dataset, looked: list[Any]) -> None:
    limit(cast)
    entries = [enter(purchases, number) for number in range(1, 5)]
    looked.clear()
    entries.append(enter(purchases, 5))
    assert ("supplier",) not in looked
    assert ("dept", "category") not in looked
    alert = Alert.objects.get(check_id="by-supplier")
    assert (alert.rows.count(), alert.numbers["n"], alert.numbers["total"]) == (5, 5, 14_700_000)
    for entry in entries[:4]:
        tables.withdraw_record(entry, reason="重复录入", by=None)
    alert.refresh_from_db()
    assert alert.state == Alert.State.LAPSED
    assert in_line(cast)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_written_the_batch_finds_nothing_else(cast: Cast, purchases: Dataset, seed: int) -> None:
    limit(cast)
    chance = random.Random(seed)
    for number in range(1, 25):
        cells = {
            "amount": chance.choice(["29400", "28000", "12000", "500"]),
            "supplier": chance.choice(["通达五金经营部", "东湖文印"]),
            "apply_date": f"2026-0{chance.randint(1, 4)}-{chance.randint(1, 28):02d}",
        }
        standing = list(Record.objects.filter(withdrawn=False))
        entry = chance.choice(standing) if standing else None
        match chance.choice(["enter", "enter", "correct", "withdraw", "load", "forget"]):
            case "correct" if entry:
                tables.correct_record(entry, ROW | cells | {"po_no": entry.values["po_no"]}, by=None)
            case "withdraw" if entry:
                tables.withdraw_record(entry, reason="重复录入", by=None)
            case "load":
                load(purchases, number, cells)
            case "forget":
                Tally.objects.all().delete()
                Counted.objects.all().delete()
            case _:
                enter(purchases, number, **cells)
    if Tally.objects.exists():
        assert {number for (number,) in Tally.objects.values_list("number")} <= set(noted().checks)
    enter(purchases, 99, apply_date="2026-03-30")
    batches.run(cast.school, by=None)
    enter(purchases, 98, supplier="东湖文印", apply_date="2026-03-30")
    assert in_line(cast)


def noted() -> tallies.State:
    return tallies.State.of(Counted.objects.get().state)


def load(purchases: Dataset, number: int, cells: dict[str, str]) -> None:
    """A part of a large import: its rows are not judged one by one."""
    values = tables.clean(purchases, {"po_no": f"大{number}"} | ROW | cells)
    batch = tables.open_batch(purchases, "api", by=None)
    tables.load_part(purchases, {tables.key_of(values, purchases.key): written(values)}, batch=batch)
    postings.ensure(purchases)


def test_what_was_loaded_without_being_followed_is_read_anew(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    enter(purchases, 1, amount="12000")
    enter(purchases, 2, amount="12000")
    assert Tally.objects.exists()
    load(purchases, 4, {"amount": "29400", "supplier": "通达五金经营部", "apply_date": "2026-03-09"})
    enter(purchases, 5)
    assert Alert.objects.get(check_id="by-supplier").rows.count() == 4
    assert in_line(cast)


def test_the_batch_counts_all_groups_once(cast: Cast, purchases: Dataset, looked: list[Any], monkeypatch: Any) -> None:
    limit(cast)
    for number in range(1, 4):
        load(purchases, number, {"amount": "500", "supplier": "东湖文印", "apply_date": "2026-03-09"})
    assert not Tally.objects.exists()
    batches.run(cast.school, by=None)
    assert {how for _, how in noted().checks.values()} >= {tallies.COMPLETE}
    monkeypatch.setattr(batches, "fold", None)
    batches.run(cast.school, by=None)
    looked.clear()
    enter(purchases, 7, supplier="没有见过的店")
    enter(purchases, 8, supplier="没有见过的店")
    assert ("supplier",) not in looked
    assert Alert.objects.get(check_id="by-supplier").numbers["n"] == 2


def test_another_value_forgets_what_was_counted_with_the_former(cast: Cast, purchases: Dataset) -> None:
    limit(cast)
    for number in range(1, 4):
        enter(purchases, number, amount="9500")
    before = set(noted().checks)
    assert Tally.objects.exists()
    running = Rule.objects.get(code="F01", state=Rule.State.ON)
    draft = rule_actions.propose(
        running, values={"near": 0.5, "limit": LIMIT}, bases={"near": "误提示多"}, reason="误提示多", by=cast.zhao
    )
    rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.qian)
    enter(purchases, 4, amount="500")
    assert not before & set(noted().checks)
    assert not Tally.objects.exists()

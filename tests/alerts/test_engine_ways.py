"""One rule, two ways: whatever is written in whatever order, what was found on writing is what the batch finds."""

import random
import statistics
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings

from qingqu.alerts.engine.batch import RUNNERS, peers, run_check
from qingqu.alerts.engine.batch.peers import compute
from qingqu.alerts.engine.batch.sweeping import sweep
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.days import month
from qingqu.alerts.engine.hits import digest
from qingqu.alerts.engine.incremental import BATCH_ONLY, Judge, evaluate, on_write, remembered, series
from qingqu.alerts.engine.prepared import prepare
from qingqu.alerts.engine.snapshots import Snapshot
from tests.alerts.sample_rules import CHECKS, CONTEXT, PREPARED, RULE, SCHEMAS, TODAY, VALUES, WRITTEN, filled
from tests.alerts.world import EXAMPLES, World, histories, play, quick, transactions


def history_of(name, seed, length):
    return transactions(VALUES, sorted(PREPARED[name].watches), random.Random(seed), length)


@pytest.mark.parametrize("width", [2, series.FIRST_WIDTH])
@pytest.mark.parametrize("name", WRITTEN)
@settings(quick, max_examples=EXAMPLES)
@given(history=histories)
def test_no_order_of_writing_shows(name, width, history):
    world, judge = World(SCHEMAS), Judge(PREPARED[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "FIRST_WIDTH", width)
        found = play(world, judge, history_of(name, *history))
    assert found == set(evaluate(judge, world.all_as_new(), remembered(world.fetch)).hits)


@pytest.mark.parametrize("name", WRITTEN)
@settings(quick, max_examples=6)
@given(history=histories)
def test_found_on_writing_is_found_in_batch(name, history):
    world, judge = World(SCHEMAS), Judge(PREPARED[name])
    found = play(world, judge, history_of(name, *history))
    assert digest(found) == digest(run_check(PREPARED[name], world.tables()))


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "waiting"])
def test_every_primitive_finds_something_both_ways_and_in_any_order_of_rows(name):
    world, judge = filled(3), Judge(PREPARED[name])
    batch = run_check(PREPARED[name], world.tables())
    assert batch
    assert all(len(set(hit.rows)) == len(hit.rows) for hit in batch)
    assert digest(batch) == digest(run_check(PREPARED[name], world.tables(random.Random(5).shuffle)))
    if name in WRITTEN:
        history = [
            [(c.dataset, c.id, c.school, {k: c.after[k] for k in SCHEMAS[c.dataset]})] for c in world.all_as_new()
        ]
        random.Random(7).shuffle(history)
        assert digest(play(World(SCHEMAS), judge, history)) == digest(batch)


def test_all_primitives_have_a_sample_and_those_on_writing_are_known():
    assert {p.check.primitive for p in PREPARED.values()} | {"events"} == set(RUNNERS)
    assert {p.check.primitive for name, p in PREPARED.items() if name not in WRITTEN} - {"predicate"} == BATCH_ONLY


def test_a_check_that_waits_for_its_limit_finds_nothing():
    world = filled(3)
    assert run_check(PREPARED["waiting"], world.tables()) == []
    assert not on_write(PREPARED["waiting"])


@pytest.mark.parametrize("name", ["peer", "peer_across"])
def test_medians_of_peers_are_those_of_the_months_before(name, monkeypatch):
    world, p = filled(4), PREPARED[name]
    snapshot = compute(p, world.tables())
    monkeypatch.setattr(peers, "AT_ONCE", 1)
    assert compute(p, world.tables()).digest == snapshot.digest
    judge, rows = Judge(p), world.rows["buy"].values()
    assert snapshot.entries
    for (school, number, *key), (found, count) in snapshot.entries.items():
        values = [
            value
            for row in rows
            if (p.check.across_schools or row["school"] == school)
            and row["day"] is not None
            and number - 3 <= month(row["day"]) < number
            and [row[column] for column in p.by] == key
            and (value := judge.own["value"](row)) is not None
        ]
        assert (found, count) == (statistics.median(values), len(values))
    days = [row["day"] for row in rows if row["day"] is not None]
    assert {key[1] for key in snapshot.entries} == set(range(month(min(days)) + 1, month(TODAY) + 1))
    assert Snapshot.of_rows(snapshot.as_rows()).digest == snapshot.digest


@pytest.mark.parametrize(
    ("name", "parameter", "values"),
    [
        ("predicate", "limit", [50, 100, 200]),
        ("aggregate", "limit", [20, 100, 500]),
        ("aggregate", "two", [1, 2, 3, 4]),
        ("window", "two", [1, 2, 3]),
        ("window", "days", [3, 5, 30]),
        ("window_distinct", "two", [1, 2, 3]),
        ("inner", "two", [1, 3, 5]),
        ("outer", "ratio", [1.0, 1.2, 3.0]),
        ("peer", "ratio", [1.0, 1.5, 2.5]),
        ("trail", "three", [2, 3]),
        ("runs", "two", [1, 2, 3]),
        ("fence", "reach", [0.1, 0.5, 2.0]),
    ],
)
def test_a_sweep_counts_what_every_value_would_have_found(name, parameter, values):
    tables = filled(6).tables()
    found = sweep(RULE, name, parameter, values, tables, SCHEMAS, CONTEXT)
    assert list(found) == values
    assert sum(sum(weeks.values()) for weeks in found.values()) > 0
    for value, weeks in found.items():
        rule = effective(RULE, {parameter: value})
        check = next(one for one in rule.checks if one.id == name)
        hits = run_check(prepare(rule, check, SCHEMAS, CONTEXT), tables)
        assert weeks == dict(Counter(hit.anchor - (hit.anchor + 3) % 7 for hit in hits))


@pytest.mark.parametrize(("name", "side"), [("fence", 1), ("low_fence", -1)])
def test_a_fence_stands_beyond_the_quartiles_of_its_side(name, side):
    """By numpy's quartiles over the totals of each kind in a school."""
    world, totals = filled(3), Counter()
    for row in world.rows["buy"].values():
        if None not in (row["supplier"], row["kind"], row["amount"]):
            totals[row["school"], row["kind"], row["supplier"]] += row["amount"]
    expected = set()
    for school, kind in {key[:2] for key in totals}:
        peers = {supplier: total for (*of, supplier), total in totals.items() if of == [school, kind]}
        first, third = np.quantile(list(peers.values()), [0.25, 0.75])
        fence = third + 0.5 * (third - first) if side > 0 else first - 0.5 * (third - first)
        if len(peers) >= 3 and third > first:
            expected |= {(school, (s, kind)) for s, total in peers.items() if (total - fence) * side > 0}
    assert expected
    assert {(hit.school, hit.key) for hit in run_check(PREPARED[name], world.tables())} == expected

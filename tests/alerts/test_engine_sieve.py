"""What a sieve lets through is computed exactly; what it holds back could not have been a hit."""

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingqu.alerts.engine.batch import run_check, sieve
from qingqu.alerts.engine.batch.frames import frame
from qingqu.alerts.engine.hits import digest
from qingqu.alerts.engine.prepared import Context, prepare
from tests.alerts import shipped
from tests.alerts.sample_rules import PREPARED, filled


@pytest.fixture
def _fine(monkeypatch):
    monkeypatch.setattr(sieve, "SMALL", 0)
    monkeypatch.setattr(sieve, "SAMPLE", 0)


@pytest.mark.usefixtures("_fine")
@pytest.mark.parametrize("name", [name for name in PREPARED if name != "waiting"])
def test_nothing_is_lost_in_the_sieve(name, monkeypatch):
    for seed in (3, 8):
        world, backend = filled(seed), ibis.duckdb.connect()
        tables = {dataset: backend.create_table(dataset, world.arrow(dataset)) for dataset in world.rows}
        sifted = run_check(PREPARED[name], tables)
        with monkeypatch.context() as patch:
            patch.setattr(sieve, "on_duckdb", lambda rows: False)
            assert digest(run_check(PREPARED[name], tables)) == digest(sifted)


@pytest.mark.usefixtures("_fine")
def test_a_sieve_holds_groups_back():
    world, backend, p = filled(3), ibis.duckdb.connect(), PREPARED["aggregate"]
    tables = {dataset: backend.create_table(dataset, world.arrow(dataset)) for dataset in world.rows}
    rows = frame(p, tables)
    kept = sieve.sieved(p, rows, p.by, p.measures)
    assert 0 < kept.count().execute() < rows.count().execute()


def test_what_a_having_needs():
    found = {}
    for name in ("aggregate", "window", "outer"):
        p = PREPARED[name]
        found[name] = [(need.function, need.least) for need in sieve.needs(p, p.measures)]
    assert found == {"aggregate": [("count", 2)], "window": [("count", 2), ("sum", 100)], "outer": []}


def test_different_values_need_as_many_rows():
    rules = {rule.code: rule for rule in shipped.RULES}
    found = {}
    for code in ("R018", "R028"):
        p = prepare(rules[code], rules[code].checks[0], shipped.SCHEMAS, Context(today=0))
        found[code] = [(need.function, need.least) for need in sieve.needs(p, p.measures)]
    assert found == {"R018": [], "R028": [("count", 2)]}


rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 50)), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(rows, st.integers(1, 9), st.integers(1, 4), st.integers(1, 120))
def test_sorted_digests_tell_dense_groups_and_large_sums(rows, days, least, limit):
    digests = np.array([group << 60 for group, _, _ in rows], dtype=np.uint64)
    when = np.array([day for _, day, _ in rows])
    amounts = np.array([amount for _, _, amount in rows])
    packed = sieve.Packed(digests, when, int(when.min()), int(when.max()), days)
    dense, large = set(), set()
    for group, day, _ in rows:
        inside = [amount for g, d, amount in rows if g == group and day - days < d <= day]
        if len(inside) >= least:
            dense.add(group << 60 >> packed.shift)
            if sum(inside) >= limit:
                large.add(group << 60 >> packed.shift)
    assert set(packed.dense(least).tolist()) == dense
    assert set(packed.large(amounts, limit, least).tolist()) == large

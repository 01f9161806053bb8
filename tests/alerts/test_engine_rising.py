"""Groups that one more row cannot make a finding are not read; all others are."""

import pytest

from qingqu.alerts.engine.incremental import Change, Judge, evaluate, needed
from tests.alerts.sample_rules import SCHEMAS
from tests.alerts.test_engine_ways import PREPARED
from tests.alerts.world import World


def asked(amount, was=None, *, known=False):
    """How often a purchase of this amount makes the check look its group up."""
    world, judge, looked = World(SCHEMAS), Judge(PREPARED["large_ones"]), []
    empty = dict.fromkeys(SCHEMAS["buy"])

    def fetch(*what):
        looked.append(what)
        return world.fetch(*what)

    world.groupings |= set(needed(judge.p))
    if was is not None:
        world.put("buy", 10, 1, empty | {"kind": "纸", "amount": was})
    change = world.put("buy", 10, 1, empty | {"kind": "纸", "amount": amount})
    assert isinstance(change, Change)
    evaluate(judge, [change], fetch, lambda school, key: known)
    return len(looked)


def test_a_small_purchase_is_not_counted_among_the_large_ones():
    assert asked(1) == 0
    assert asked(None) == 0


def test_a_large_purchase_a_correction_and_a_finding_that_stands_are_judged():
    assert asked(10_000) == 1
    assert asked(1, was=10_000) == 1
    assert asked(1, known=True) == 1


@pytest.mark.parametrize(
    ("name", "way"),
    [("large_ones", False), ("aggregate", True), ("joined", True)],
)
def test_sums_and_alternatives_are_always_judged(name, way):
    judge = Judge(PREPARED[name])
    row = dict.fromkeys((*judge.p.row.names, "id", "school")) | {"amount": 1, "m.n": 1}
    assert judge.rising.may_become(row) is way

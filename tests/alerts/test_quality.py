"""How right the indicators are, on records of which we know the truth: recall, precision, and how much they ask."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from config.sample.records.frauds import PLANTERS, plant
from config.sample.records.tables import honest
from config.sample.records.world import World, number
from qingqu.alerts import rulebook
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.peers import compute
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Context, prepare

SCHOOLS, YEARS, A_YEAR = 4, 3, 240
LOCAL: dict[str, dict[str, Any]] = {
    "F01": {"limit": 3_000_000},
    "F02": {"limit": 3_000_000},
    "F12": {"per_capita": 10_000},
    "F23": {"balance_rate": 0.15},
    "F24": {"lines": {"统招": 300_000, "指标到校": 300_000}, "places": {"统招": 9_999, "指标到校": 9_999}},
    "F28": {"limit": 6_000_000},
}


def make_world() -> World:
    return World(seed=1, schools=SCHOOLS, years=YEARS)


def engine_tables(tables: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for code, schema in rulebook.schemas().items():
        kept = tables.get(code, {"id": np.array([], dtype=int), "school": np.array([], dtype=int)})
        columns = {name: pa.array([int(v) for v in kept[name]], pa.int64()) for name in ("id", "school")}
        for name, kind in schema.items():
            is_text = kind in ("text", "hashed")
            values = kept[name].tolist() if name in kept else [None] * len(columns["id"])
            made = [None if v is None else str(v) if is_text else int(v) for v in values]
            columns[name] = pa.array(made, pa.string() if is_text else pa.int64())
        found[code] = ibis.memtable(pa.table(columns))
    return found


def findings(tables: dict[str, Any], world: World) -> list[Hit]:
    made, today, found = engine_tables(tables), number(world.days[-1]) + 20, []
    for rule in rulebook.shipped().values():
        whole = effective(rule, LOCAL.get(rule.code, {}))
        for one in whole.checks:
            ready = prepare(whole, one, rulebook.schemas(), Context(today))
            if one.primitive == "peer":
                medians = {(rule.code, one.id): compute(ready, made)}
                ready = prepare(whole, one, rulebook.schemas(), Context(today, snapshots=medians))
            found += run_check(ready, made)
    return found


def test_honest_schools_are_left_in_peace() -> None:
    world = make_world()
    tables = honest(world, A_YEAR * YEARS * SCHOOLS)
    first = 1
    for table in tables.values():
        table["id"] = np.arange(first, first + len(table["school"]))
        first += len(table["school"])
    colours = Counter(hit.colour for hit in findings(tables, world))
    months = SCHOOLS * YEARS * 12
    assert colours["yellow"] / months <= 5
    assert (colours["orange"] + colours["red"]) / months <= 0.1


@pytest.fixture(scope="module")
def planted() -> tuple[list[Any], list[Hit]]:
    world = make_world()
    tables, cases = plant(world, honest(world, A_YEAR * YEARS * SCHOOLS))
    return cases, findings(tables, world)


def test_planted_cases_are_found(planted: tuple[list[Any], list[Hit]]) -> None:
    cases, hits = planted
    by_rule = defaultdict(list)
    for case in cases:
        seen = any(hit.rule == case.rule and not case.rows.isdisjoint(hit.rows) for hit in hits)
        by_rule[case.rule].append(seen)
    assert set(by_rule) == set(PLANTERS)
    assert {rule: sum(seen) / len(seen) for rule, seen in by_rule.items() if sum(seen) < 0.95 * len(seen)} == {}


def test_orange_and_red_are_mostly_right(planted: tuple[list[Any], list[Hit]]) -> None:
    cases, hits = planted
    bad = set().union(*(case.rows for case in cases))
    right, all_ = Counter(), Counter()  # type: ignore[var-annotated]
    for hit in hits:
        if hit.colour != "yellow":
            all_[hit.rule] += 1
            right[hit.rule] += not bad.isdisjoint(hit.rows)
    assert {rule: right[rule] / n for rule, n in all_.items() if right[rule] < 0.6 * n} == {}
    assert sum(all_.values()) > 200

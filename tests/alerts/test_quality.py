"""How right the indicators are, on records of which we know the truth: recall, precision, and how much they ask."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from config.sample.records.frauds import PLANTERS, Planted, number_rows, plant
from config.sample.records.honest import honest
from config.sample.records.scoring import Score, findings, scored, table
from config.sample.records.world import World
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.indicators import rulebook

SCHOOLS, YEARS, A_YEAR, EACH = 4, 3, 240, 3


def make_world() -> World:
    return World(seed=1, schools=SCHOOLS, years=YEARS)


def honest_tables(world: World) -> dict[str, Any]:
    return honest(world, A_YEAR * YEARS * SCHOOLS)


def test_honest_schools_are_left_in_peace() -> None:
    world = make_world()
    tables = honest_tables(world)
    number_rows(tables)
    colours = Counter(hit.colour for hit in findings(tables, world))
    months = SCHOOLS * YEARS * 12
    assert 0 < colours["yellow"] / months <= 5
    assert (colours["orange"] + colours["red"]) / months <= 0.1


@pytest.fixture(scope="module")
def planted() -> tuple[list[Planted], list[Hit]]:
    world = make_world()
    tables, cases = plant(world, honest_tables(world), each=EACH)
    return cases, findings(tables, world)


@pytest.fixture(scope="module")
def scores(planted: tuple[list[Planted], list[Hit]]) -> list[Score]:
    made = scored(*planted)
    print("\n".join(table(made)))
    return made


def test_every_shipped_indicator_has_planted_cases(scores: list[Score]) -> None:
    few = {one.rule: one.planted for one in scores if one.planted < SCHOOLS}
    assert few == {}
    assert [one.rule for one in scores] == list(rulebook.shipped())


def test_planted_cases_are_found(scores: list[Score]) -> None:
    assert {one.rule: one.recall for one in scores if (one.recall or 0) < 0.95} == {}


def test_orange_and_red_are_mostly_right_for_each_indicator(scores: list[Score]) -> None:
    low = {one.rule: one.urgent_precision for one in scores if one.urgent and (one.urgent_precision or 0) < 0.6}
    assert low == {}
    assert sum(one.urgent for one in scores) > 300


def test_no_finding_is_excused_without_need(planted: tuple[list[Planted], list[Hit]]) -> None:
    """Whoever says that another indicator sees his cases too is believed only where it does."""
    cases, hits = planted
    owners: dict[int, set[str]] = {}
    for case in cases:
        for row in case.rows:
            owners.setdefault(row, set()).add(case.rule)
    seen = {(rule, hit.rule) for hit in hits for row in hit.rows for rule in owners.get(row, ())}
    said = {(rule, other) for rule, planter in PLANTERS.items() for other in planter.also}
    assert said - seen == set()
    assert all(why and other in PLANTERS for planter in PLANTERS.values() for other, why in planter.also.items())


def make_hit(rule: str, rows: tuple[int, ...], colour: str = "orange") -> Hit:
    return Hit(rule, "check", 0, (), rows, (), colour, 0)


def test_a_hit_on_the_case_of_another_indicator_is_wrong_unless_its_planter_says_why() -> None:
    cases = [Planted("F07", 0, frozenset({1})), Planted("F02", 0, frozenset({2, 3}))]
    hits = [make_hit("F07", (1,)), make_hit("F15", (1,)), make_hit("F04", (2,)), make_hit("F02", (9,), "yellow")]
    made = {one.rule: one for one in scored(cases, hits)}
    assert (made["F07"].recall, made["F07"].urgent_precision) == (1, 1)
    assert (made["F15"].recall, made["F15"].urgent_precision) == (None, 0)
    assert (made["F04"].recall, made["F04"].precision) == (None, 1)
    assert (made["F02"].recall, made["F02"].precision, made["F02"].urgent_precision) == (0, 0, None)

"""Every check of every indicator: what it finds, what it lets be, and what happens exactly at its limit; both ways."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from qingqu.alerts import wording
from qingqu.alerts.engine.batch import run_check
from qingqu.alerts.engine.batch.peers import compute
from qingqu.alerts.engine.hits import Hit, digest
from qingqu.alerts.engine.incremental import Judge, on_write
from qingqu.alerts.engine.prepared import Context, Prepared, prepare
from qingqu.alerts.indicators import rulebook
from tests.alerts.cases import KINDS, Case, cases, rule_of, today_of
from tests.alerts.world import World, play

SCHOOL = 1
CASES = cases()


def ready(case: Case, tables: Any) -> Prepared:
    """The check with the medians of peers that these rows give."""
    rule = rule_of(case.code)
    one = rulebook.check_of(rule, case.check)
    first = prepare(rule, one, rulebook.schemas(), Context(today_of(case.code)))
    if one.primitive != "peer":
        return first
    medians = {(rule.code, one.id): compute(first, tables)}
    return prepare(rule, one, rulebook.schemas(), Context(today_of(case.code), snapshots=medians))


def writes(case: Case) -> list[list[tuple[str, int, int, dict[str, Any]]]]:
    """The case's rows, each written in a transaction of its own."""
    made = [(dataset, row) for dataset, rows in case.rows.items() for row in rows]
    return [[(dataset, n, SCHOOL, row)] for n, (dataset, row) in enumerate(made, start=1)]


def found(case: Case) -> tuple[Prepared, list[Hit]]:
    world = World(rulebook.schemas())
    for ((dataset, n, school, row),) in writes(case):
        world.put(dataset, n, school, row)
    tables = world.tables()
    p = ready(case, tables)
    return p, run_check(p, tables)


def said(case: Case, hits: list[Hit]) -> list[tuple[str, str, str]]:
    told = []
    for hit in hits:
        finding = wording.of_hit(rule_of(case.code), hit)
        with translation.override("zh-hans"):
            chinese = wording.told(finding)
        with translation.override("en"):
            told.append((hit.colour, chinese, wording.told(finding)))
    return sorted(told)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_is_found_and_told(case: Case) -> None:
    p, hits = found(case)
    assert said(case, hits) == sorted(case.finds)
    if on_write(p):
        for history in (writes(case), writes(case)[::-1]):
            assert digest(play(World(rulebook.schemas()), Judge(p), history)) == digest(hits)


def test_every_check_has_its_three_cases() -> None:
    there = {(case.code, case.check, case.kind) for case in CASES}
    rules = rulebook.shipped().values()
    assert there == {(rule.code, one.id, kind) for rule in rules for one in rule.checks for kind in KINDS}


def test_planted_cases_are_found_and_clean_ones_are_not() -> None:
    assert [
        str(case) for case in CASES if bool(case.finds) != (case.kind == "planted") and case.kind != "boundary"
    ] == []


def test_every_table_of_a_case_is_one_that_the_check_watches() -> None:
    strangers = []
    for case in CASES:
        rule = rule_of(case.code)
        one = prepare(rule, rulebook.check_of(rule, case.check), rulebook.schemas(), Context(0))
        strangers += [f"{case}: {dataset}" for dataset in case.rows if dataset not in one.watches]
    assert strangers == []

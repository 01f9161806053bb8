"""Counted groups find what is found by reading them; their lines may be dropped and made anew at any time."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingqu.alerts.engine.batch import counting
from qingqu.alerts.engine.batch.counting import fold
from qingqu.alerts.engine.incremental import Judge, evaluate, groups, needed, posting_key, remembered
from qingqu.alerts.engine.incremental.counting import ADDED, WHOLE
from qingqu.alerts.engine.prepared import prepare
from tests.alerts import shipped
from tests.alerts.sample_rules import CHECKS, CONTEXT, PREPARED, RULE, SCHEMAS, VALUES, WRITTEN
from tests.alerts.sample_rules import filled as many_rows
from tests.alerts.world import EXAMPLES, Kept, World, histories, play, quick, transactions

COUNTED = [name for name in WRITTEN if Judge(PREPARED[name]).counting]
SHIPPED = [name for name, p in shipped.prepared().items() if p.check.on_write and Judge(p).counting]


def read_anew(world, judge):
    return set(evaluate(judge, world.all_as_new(), remembered(world.fetch)).hits)


def history_of(p, values, seed, length):
    return list(transactions(values, sorted(p.watches), random.Random(seed), length))


def test_aggregates_and_windows_are_counted_unless_evidence_depends_on_measures():
    windows = ["window", "window_distinct", "window_of_times", "times_distinct", "days_of_a_person", "counted_window"]
    others = ["large_ones", "joined", "by_person", "of_a_person", "counted"]
    assert [name for name in COUNTED if name not in windows] == others
    assert set(windows) < set(COUNTED)
    assert {p.check.primitive for name, p in shipped.prepared().items() if name in SHIPPED} == {"aggregate", "window"}


@pytest.mark.parametrize("large", [1, 3])
@pytest.mark.parametrize("name", COUNTED)
@settings(quick, max_examples=EXAMPLES)
@given(history=histories, dropped=st.sets(st.integers(0, 40), max_size=2), all_groups=st.booleans())
def test_counts_say_what_the_rows_say(name, large, history, dropped, all_groups):
    """Through corrections, withdrawals and late arrivals, with lines dropped now and then."""
    world, judge, tallies, hits = World(SCHEMAS), Judge(PREPARED[name]), Kept(all_groups=all_groups), set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "LARGE", large)
        for n, writes in enumerate(history_of(judge.p, VALUES, *history)):
            hits = play(world, judge, [writes], tallies, hits)
            if n in dropped:
                tallies.drop(judge.counting.number)
    assert hits == read_anew(world, judge)


@pytest.mark.parametrize("name", COUNTED)
@settings(quick, max_examples=8)
@given(history=histories, begun=st.integers(0, 40))
def test_lines_kept_row_by_row_are_those_made_of_the_rows(name, history, begun):
    """A rule that is switched on late counts what is there by then."""
    world, judge, tallies = World(SCHEMAS), Judge(PREPARED[name]), Kept()
    writes = history_of(judge.p, VALUES, *history)
    world.groupings |= set(needed(judge.p))
    for one in [write for some in writes[:begun] for write in some]:
        world.put(*one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "LARGE", 1)
        play(world, judge, writes[begun:], tallies)
        anew = Kept()
        evaluate(judge, world.all_as_new(), world.fetch, anew)
    kept, made = (plain(one, judge.counting) for one in (tallies, anew))
    counted = {place[:2] for place in kept}
    assert kept == {place: line for place, line in made.items() if place[:2] in counted}


def plain(tallies, how):
    """Lines of days that have rows, their lists in order."""
    lines = {place: json.loads(text) for place, text in tallies.lines.items()}
    values = [part.place for part in how.parts if part.function not in ADDED]
    for _rows, entries, shown in lines.values():
        shown.sort(key=str)
        for place in values:
            entries[place].sort()
    return {place: line for place, line in lines.items() if line[0]}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("most", [0, 20_000])
def test_the_batch_counts_whole_tables_to_the_same_lines(name, most, monkeypatch):
    world, judge = many_rows(3, 250), Judge(PREPARED[name])
    number = judge.counting.number
    monkeypatch.setattr(counting, "MOST_GROUPS", most)
    monkeypatch.setattr(counting, "LARGE", 4)
    monkeypatch.setattr(groups, "LARGE", 1)
    world.groupings |= set(needed(judge.p))
    for school in (1, 2):
        read, folded = Kept(), Kept()
        evaluate(judge, [one for one in world.all_as_new() if one.school == school], world.fetch, read)
        tables = {code: table.filter(table["school"] == school) for code, table in world.tables().items()}
        found = fold(judge.counting, tables)
        for key, lines in found.groups.items():
            folded.write(number, posting_key(school, key), lines)
        large = {place[:2] for place, text in read.lines.items() if place[2] == WHOLE and json.loads(text)[0] >= 4}
        expected = plain(read, judge.counting)
        assert large
        assert found.complete == bool(most)
        assert plain(folded, judge.counting) == {
            place: line for place, line in expected.items() if most or place[:2] in large
        }


def test_groups_of_few_rows_are_not_counted():
    assert fold(Judge(PREPARED["window"]).counting, many_rows(3).tables()).groups == {}


@pytest.mark.parametrize("name", SHIPPED)
@settings(quick, max_examples=8)
@given(history=histories)
def test_shipped_rules_find_the_same_counted(name, history):
    p = shipped.prepared()[name]
    world, judge = World(shipped.SCHEMAS), Judge(p)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "LARGE", 1)
        found = play(world, judge, history_of(p, shipped.values(), *history), Kept())
    assert found == read_anew(world, judge)


def filled(name, many=30):
    """A world with one large group, counted, and what is asked of its rows from then on."""
    world, judge, tallies, asked = World(SCHEMAS), Judge(PREPARED[name]), Kept(all_groups=False), []
    world.groupings |= set(needed(judge.p))
    empty = dict.fromkeys(SCHEMAS["buy"])

    def fetch(*what):
        asked.append(what)
        return world.fetch(*what)

    def enter(number, **cells):
        change = world.put("buy", number * 10, 1, empty | {"kind": "纸", "supplier": "甲", "amount": 1} | cells)
        return evaluate(judge, [change], fetch, tallies).hits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "LARGE", many)
        for number in range(many):
            enter(number, day=20000 + number % 3)
    return enter, asked, tallies


@pytest.mark.parametrize("name", ["large_ones", "window"])
def test_a_large_group_is_read_once_and_never_again(name):
    enter, asked, _tallies = filled(name)
    asked.clear()
    enter(100, day=20001)
    enter(3, day=20050)
    assert enter(101, day=20100, amount=98) == []
    assert asked == []


def test_a_counted_group_that_becomes_a_finding_shows_its_rows():
    enter, asked, _tallies = filled("large_ones")
    asked.clear()
    for number in range(100, 103):
        assert enter(number, amount=5_000, day=20500) == []
    (hit,) = enter(103, amount=5_000, day=20001)
    assert (hit.rows, hit.numbers, hit.anchor) == ((1000, 1010, 1020, 1030), (("n", 34), ("big", 4)), 20500)
    assert asked == []


def test_lines_that_cannot_be_right_are_dropped_and_the_group_is_read():
    enter, asked, tallies = filled("large_ones")
    enter(100, amount=5_000)
    tallies.lines = {place: text.replace("1000", "7") for place, text in tallies.lines.items()}
    asked.clear()
    assert enter(100, amount=None) == []
    assert asked
    assert not tallies.lines


def test_another_value_of_a_parameter_is_counted_anew():
    numbers = set()
    for limit in (100, 200):
        rule = RULE.model_copy(
            update={
                "parameters": RULE.parameters | {"limit": RULE.parameters["limit"].model_copy(update={"value": limit})}
            }
        )
        numbers.add(Judge(prepare(rule, CHECKS["large_ones"], SCHEMAS, CONTEXT)).counting.number)
    assert len(numbers) == 2

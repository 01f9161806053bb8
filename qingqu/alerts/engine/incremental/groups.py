"""Groups that a change touches, judged whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from qingqu.alerts.engine.cases import case_hits
from qingqu.alerts.engine.hits import Hit, Row
from qingqu.alerts.engine.incremental.counting import Line, Tally
from qingqu.alerts.engine.incremental.groupings import SPANS, Grouping, Key, dated_key, group_grouping
from qingqu.alerts.engine.incremental.judging import Judge, Named
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.state import State, Touch

LARGE = 100
"""A group of so many rows is counted from now on, where there are tallies."""
Moved = tuple[int, Row]


def touched_keys(judge: Judge, touches: Iterable[Touch], by: Sequence[str]) -> list[tuple[int, Key]]:
    """School and key of every group in which a touched row was or is."""
    keys = []
    for touch in touches:
        for row in (touch.was, touch.now):
            if row is not None and (key := judge.key(row, by)) is not None:
                keys.append((touch.school, key))
    return list(dict.fromkeys(keys))


def group_rows(state: State, school: int, key: Key, by: Sequence[str]) -> list[Row]:
    """The rows of a group now."""
    judge, named = state.judge, dict(zip(by, key, strict=True))
    grouping, dated = group_grouping(state.p, by), dated_key(state.p, by)
    low, high = SPANS[dated[1]](named[dated[0]]) if dated else (None, None)
    plain = tuple(named[name] for name in grouping.columns)
    return [row for row in state.taking_part(grouping, school, plain, low, high) if judge.key(row, by) == key]


def is_large(state: State) -> bool:
    """Whether what was just read of a group is so much that the group is counted from now on."""
    return state.seen >= LARGE


def moved_rows(judge: Judge, touches: Iterable[Touch], by: Sequence[str]) -> dict[tuple[int, Key], list[Moved]]:
    """The rows that came to groups (1) and went from them (-1)."""
    moved: dict[tuple[int, Key], list[Moved]] = defaultdict(list)
    for touch in touches:
        for sign, row in ((-1, touch.was), (1, touch.now)):
            if row is not None and (key := judge.key(row, by)) is not None:
                moved[touch.school, key].append((sign, row))
    return moved


def aggregate(state: State, touches: list[Touch]) -> Outcome:
    judge, outcome = state.judge, Outcome()
    for (school, key), moved in moved_rows(judge, touches, state.p.by).items():
        outcome.scopes.append(Scope(school, key))
        tally = state.tally(school, key)
        whole = tally.follow(moved) if tally else None
        hit = _counted_group(judge, school, tally, whole) if tally and whole else _read_group(state, school, key, tally)
        outcome.hits += [hit] if hit else []
    return outcome


def _counted_group(judge: Judge, school: int, tally: Tally, whole: Line) -> Hit | None:
    counting, by, having = tally.counting, judge.p.by, judge.own["having"]
    named, days = dict(zip(by, tally.key, strict=True)), None if counting.adds_up else tally.days()
    total = counting.deciding(named)
    for line in [whole] if days is None else [line for _, line in days]:
        total.add(line)
    if not total.rows or not having(total):
        return None
    ids, last = tally.evidence()
    if not ids:
        return None
    days = tally.days() if days is None else days
    return judge.hit_of(school, tally.key, by, counting.measured(line for _, line in days), ids, last)


def _read_group(state: State, school: int, key: Key, tally: Tally | None) -> Hit | None:
    judge, by, state.seen = state.judge, state.p.by, 0
    having, evidence = judge.own["having"], judge.own.get("rows")
    rows = group_rows(state, school, key, by)
    if tally and is_large(state):
        tally.begin(rows)
    names = {**judge.reduce(rows), **dict(zip(by, key, strict=True))} if rows else {}
    if not rows or not having(names):
        return None
    shown = [row for row in rows if evidence(Named(row, **names))] if evidence else rows
    return judge.group_hit(school, key, by, names, shown) if shown else None


def nested(state: State, touches: list[Touch]) -> Outcome:
    judge, check, outcome = state.judge, state.p.check, Outcome()
    outer, both = check.outer, state.p.by
    for school, key in touched_keys(judge, touches, both):
        outcome.scopes.append(Scope(school, key if check.hit == "inner" else key[: len(outer)]))
    for school, key in touched_keys(judge, touches, outer):
        inner: dict[Key, list[Row]] = defaultdict(list)
        for row in group_rows(state, school, key, outer):
            if (inner_key := judge.key(row, both)) is not None:
                inner[inner_key].append(row)
        if not inner:
            continue
        found = {k: {**judge.reduce(rows), **dict(zip(both, k, strict=True))} for k, rows in inner.items()}
        whole = {**judge.reduce_outer(list(found.values())), **dict(zip(outer, key, strict=True))}
        if check.hit == "outer":
            outcome.scopes.append(Scope(school, key))
            if judge.own["having"](whole):
                rows = [row for some in inner.values() for row in some]
                outcome.hits.append(judge.group_hit(school, key, outer, whole, rows))
            continue
        for inner_key, names in found.items():
            outcome.scopes.append(Scope(school, inner_key))
            if judge.own["having"](names | whole):
                outcome.hits.append(judge.group_hit(school, inner_key, both, names | whole, inner[inner_key]))
    return outcome


def progression(state: State, touches: list[Touch]) -> Outcome:
    judge, p, outcome = state.judge, state.p, Outcome()
    for school, key in touched_keys(judge, touches, p.by):
        outcome.scopes.append(Scope(school, key))
        rows = [row for row in group_rows(state, school, key, p.by) if row[p.check.value] is not None]
        values = sorted(row[p.check.value] for row in rows)
        if len(values) < p.amount(p.check.min_rows) or values[0] <= 0:
            continue
        steps = [float(b - a) for a, b in pairwise(values)]
        ratios = [step / float(a) for step, a in zip(steps, values, strict=False)]
        tolerance = float(p.amount(p.check.tolerance))
        if not steps or min(steps) <= 0:
            continue
        equal = max(steps) - min(steps) <= max(steps) * tolerance
        if equal or max(ratios) - min(ratios) <= max(ratios) * tolerance:
            names = {"rows": len(rows), "lowest": values[0], "highest": values[-1], "geometric": int(not equal)}
            outcome.hits.append(judge.group_hit(school, key, p.by, names, rows))
    return outcome


def events(state: State, touches: list[Touch]) -> Outcome:
    """The cases whose events changed, each whole."""
    p, outcome = state.p, Outcome()
    for school, key in touched_keys(state.judge, touches, p.by):
        outcome.scopes.append(Scope(school, key))
        outcome.hits += case_hits(p, school, key[0], state.taking_part(Grouping(p.dataset, p.by), school, key))
    return outcome

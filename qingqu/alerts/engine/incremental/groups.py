"""Groups that a change touches, judged whole; windows, only the stretch of days that it can reach."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from qingqu.alerts.engine.cases import case_hits
from qingqu.alerts.engine.episodes import joined_stretches
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.incremental.groupings import SPANS, Grouping, Key, dated_key, group_grouping
from qingqu.alerts.engine.incremental.judging import Judge, Named, Rows
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.state import State, Touch


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


def aggregate(state: State, touches: list[Touch]) -> Outcome:
    judge, by, outcome = state.judge, state.p.by, Outcome()
    having, evidence = judge.own["having"], judge.own.get("rows")
    for school, key in touched_keys(judge, _telling(state, touches), by):
        outcome.scopes.append(Scope(school, key))
        rows = group_rows(state, school, key, by)
        names = {**judge.reduce(rows), **dict(zip(by, key, strict=True))} if rows else {}
        if not rows or not having(names):
            continue
        shown = [row for row in rows if evidence(Named(row, **names))] if evidence else rows
        if shown:
            outcome.hits.append(judge.group_hit(school, key, by, names, shown))
    return outcome


def _telling(state: State, touches: list[Touch]) -> list[Touch]:
    """The touches of groups that may be a finding now, or are one already."""
    judge, found = state.judge, state.found
    if found is None:
        return touches
    quiet = {
        id(touch)
        for touch in touches
        if touch.was is None and touch.now is not None and not judge.rising.may_become(touch.now)
    }
    loud = set(touched_keys(judge, [touch for touch in touches if id(touch) not in quiet], state.p.by))
    for touch in touches:
        if id(touch) in quiet:
            for school, key in touched_keys(judge, [touch], state.p.by):
                if (school, key) not in loud and found(school, key):
                    loud.add((school, key))
    return [touch for touch in touches if not loud.isdisjoint(touched_keys(judge, [touch], state.p.by))]


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


def window(state: State, touches: list[Touch]) -> Outcome:
    """Windows that end on a changed day or within `days` after it, and the episodes to which they belong."""
    judge, p, outcome = state.judge, state.p, Outcome()
    changed: dict[tuple[int, Key], set[int]] = defaultdict(set)
    for touch in touches:
        for row in (touch.was, touch.now):
            if row is not None and (key := judge.key(row, p.by)) is not None and row[p.check.day] is not None:
                changed[touch.school, key].add(row[p.check.day])
    for (school, key), days in changed.items():
        for day in sorted(days):
            _stretch(state, school, key, day, outcome)
    return outcome


def events(state: State, touches: list[Touch]) -> Outcome:
    """The cases whose events changed, each whole."""
    p, outcome = state.p, Outcome()
    for school, key in touched_keys(state.judge, touches, p.by):
        outcome.scopes.append(Scope(school, key))
        outcome.hits += case_hits(p, school, key[0], state.taking_part(Grouping(p.dataset, p.by), school, key))
    return outcome


class _Span:
    """A group's rows in order of their days, with the days on which a window that hits ends."""

    def __init__(self, state: State, school: int, key: Key, low: int, high: int) -> None:
        self.judge, self.p = state.judge, state.p
        self.back = self.p.amount(self.p.check.days) - 1
        grouping = Grouping(self.p.dataset, self.p.by, self.p.check.day)
        rows = state.taking_part(grouping, school, key, low - self.back, high)
        self.rows = sorted(rows, key=lambda row: row[self.p.check.day])
        self.days = [row[self.p.check.day] for row in self.rows]
        self.named = dict(zip(self.p.by, key, strict=True))
        self.ends = [day for day in dict.fromkeys(self.days) if day >= low and self.hits_at(day)]

    def between(self, low: int, high: int) -> Rows:
        return self.rows[bisect_left(self.days, low) : bisect_right(self.days, high)]

    def hits_at(self, day: int) -> bool:
        names = self.judge.reduce(self.between(day - self.back, day)) | self.named
        return bool(self.judge.own["having"](names))


def _stretch(state: State, school: int, key: Key, day: int, outcome: Outcome) -> None:
    """Ends from `day` on may have changed for `days`; further out while an episode that hits goes on."""
    judge, p = state.judge, state.p
    days: int = p.amount(p.check.days)
    low, high = day - days + 1, day + 2 * (days - 1)
    while True:
        span = _Span(state, school, key, low, high)
        before, after = day, day + days - 1
        reach_low = min([before, *span.ends]) - days + 1
        reach_high = max([after, *span.ends]) + days - 1
        if reach_low >= low and reach_high <= high:
            break
        low, high = min(low, reach_low - days), max(high, reach_high + days)
    outcome.scopes.append(Scope(school, key, low, high))
    for first, last in joined_stretches(span.ends, days):
        rows = span.between(first - days + 1, last)
        outcome.hits.append(judge.group_hit(school, key, p.by, judge.reduce(rows), rows))

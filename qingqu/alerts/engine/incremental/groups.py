"""Groups that a change touches, judged whole; windows, only the stretch of days that it can reach."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple, Protocol

from qingqu.alerts.engine.cases import case_hits
from qingqu.alerts.engine.episodes import joined_stretches
from qingqu.alerts.engine.hits import Hit, Row
from qingqu.alerts.engine.incremental.counting import Line, Tally, Total
from qingqu.alerts.engine.incremental.groupings import SPANS, Grouping, Key, dated_key, group_grouping
from qingqu.alerts.engine.incremental.judging import Judge, Named
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.reducing import Rows
from qingqu.alerts.engine.incremental.state import State, Touch

LARGE = 100
"""A group of so many rows is counted from now on, where there are tallies."""
FURTHER = 2_000
"""Lines of so many days more are read at once where an episode goes on."""
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
    total = Total(counting.decided_by)
    for line in [whole] if days is None else [line for _, line in days]:
        total.add(line)
    if not total.rows or not having(counting.decide(total) | named):
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
    if tally and state.seen >= LARGE:
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


def window(state: State, touches: list[Touch]) -> Outcome:
    """Windows that end on a changed day or within `days` after it, and the episodes to which they belong."""
    judge, p, outcome = state.judge, state.p, Outcome()
    day = p.check.day
    for (school, key), rows in moved_rows(judge, touches, p.by).items():
        moved = [(sign, row) for sign, row in rows if row[day] is not None]
        tally = state.tally(school, key)
        span: Callable[[int, int], _Span] = partial(_ReadSpan, state, school, key)
        further = p.amount(p.check.days)
        if tally and moved and tally.follow(moved):
            span, further = _CountedDays(judge, school, tally).span, FURTHER
        state.seen = 0
        for changed in sorted({row[day] for _, row in moved}):
            low, high, hits = _stretch(p.amount(p.check.days), changed, span, further)
            outcome.scopes.append(Scope(school, key, low, high))
            outcome.hits += hits
        if tally and state.seen >= LARGE:
            tally.begin(state.taking_part(Grouping(p.dataset, p.by, day), school, key))
    return outcome


def events(state: State, touches: list[Touch]) -> Outcome:
    """The cases whose events changed, each whole."""
    p, outcome = state.p, Outcome()
    for school, key in touched_keys(state.judge, touches, p.by):
        outcome.scopes.append(Scope(school, key))
        outcome.hits += case_hits(p, school, key[0], state.taking_part(Grouping(p.dataset, p.by), school, key))
    return outcome


class _Span(Protocol):
    """A stretch of a group's days."""

    @property
    def ends(self) -> list[int]:
        """The days on which a window that hits ends."""

    def hit(self, low: int, high: int) -> Hit:
        """What the rows of these days are together."""


class _ReadSpan:
    """Its rows in order of their days."""

    def __init__(self, state: State, school: int, key: Key, low: int, high: int) -> None:
        self.judge, self.p, self.school, self.key = state.judge, state.p, school, key
        self.back = self.p.amount(self.p.check.days) - 1
        grouping = Grouping(self.p.dataset, self.p.by, self.p.check.day)
        rows = state.taking_part(grouping, school, key, low - self.back, high)
        self.rows = sorted(rows, key=lambda row: row[self.p.check.day])
        self.days = [row[self.p.check.day] for row in self.rows]
        self.named = dict(zip(self.p.by, key, strict=True))
        self.ends = [day for day in dict.fromkeys(self.days) if day >= low and self._hits_at(day)]

    def _between(self, low: int, high: int) -> Rows:
        return self.rows[bisect_left(self.days, low) : bisect_right(self.days, high)]

    def _hits_at(self, day: int) -> bool:
        names = self.judge.reduce(self._between(day - self.back, day)) | self.named
        return bool(self.judge.own["having"](names))

    def hit(self, low: int, high: int) -> Hit:
        rows = self._between(low, high)
        return self.judge.group_hit(self.school, self.key, self.p.by, self.judge.reduce(rows), rows)


class _CountedDays:
    """A group's lines: each is read once, and each window judged once, however far one looks."""

    def __init__(self, judge: Judge, school: int, tally: Tally) -> None:
        self.judge, self.school, self.tally = judge, school, tally
        self.back = judge.p.amount(judge.p.check.days) - 1
        self.named = dict(zip(judge.p.by, tally.key, strict=True))
        self.lines: list[tuple[int, Line]] = []
        self.read: tuple[int, int] | None = None
        self.ends: list[int] = []
        self.judged: tuple[int, int] | None = None

    def span(self, low: int, high: int) -> _CountedSpan:
        if self.judged is None:
            self.ends, self.judged = self._hitting(low, high), (low, high)
        first, last = self.judged
        if low < first:
            self.ends = self._hitting(low, first - 1) + self.ends
        if high > last:
            self.ends = self.ends + self._hitting(last + 1, high)
        self.judged = min(low, first), max(high, last)
        return _CountedSpan([day for day in self.ends if low <= day <= high], self.hit)

    def hit(self, low: int, high: int) -> Hit:
        names = self.tally.counting.measured(line for _, line in self._between(low, high))
        ids, last = self.tally.evidence(low, high)
        return self.judge.hit_of(self.school, self.tally.key, self.judge.p.by, names, ids, last)

    def _hitting(self, low: int, high: int) -> list[int]:
        """The days on which a window that hits ends."""
        counting, having, first = self.tally.counting, self.judge.own["having"], 0
        total, found, lines = Total(counting.decided_by), [], self._between(low - self.back, high)
        for day, line in lines:
            total.add(line)
            while lines[first][0] < day - self.back:
                total.add(lines[first][1], -1)
                first += 1
            if day >= low and having(counting.decide(total) | self.named):
                found.append(day)
        return found

    def _between(self, low: int, high: int) -> list[tuple[int, Line]]:
        if self.read is None:
            self.lines, self.read = self.tally.between(low, high), (low, high)
        first, last = self.read
        if low < first:
            self.lines = self.tally.between(low, first - 1) + self.lines
        if high > last:
            self.lines = self.lines + self.tally.between(last + 1, high)
        self.read = min(low, first), max(high, last)
        start, end = bisect_left(self.lines, low, key=itemgetter(0)), bisect_right(self.lines, high, key=itemgetter(0))
        return self.lines[start:end]


class _CountedSpan(NamedTuple):
    """A stretch of them."""

    ends: list[int]
    hit: Callable[[int, int], Hit]


def _stretch(days: int, day: int, span_of: Callable[[int, int], _Span], further: int) -> tuple[int, int, list[Hit]]:
    """Ends from `day` on may have changed for `days`; further out while an episode that hits goes on.

    First and last day of the stretch, and what is found there; `further` is how far it is widened at first.
    """
    low, high = day - days + 1, day + 2 * (days - 1)
    while True:
        span = span_of(low, high)
        before, after = day, day + days - 1
        reach_low = min([before, *span.ends]) - days + 1
        reach_high = max([after, *span.ends]) + days - 1
        if reach_low >= low and reach_high <= high:
            break
        low, high = min(low, reach_low - further), max(high, reach_high + further)
        further *= 4
    return low, high, [span.hit(first - days + 1, last) for first, last in joined_stretches(span.ends, days)]

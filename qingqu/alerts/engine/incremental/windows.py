"""Windows around a changed day: those that it can reach, and further out while the episode goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

from qingqu.alerts.engine.episodes import joined_stretches
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.incremental.counting import Line, Tally, Total
from qingqu.alerts.engine.incremental.groupings import Key, window_grouping
from qingqu.alerts.engine.incremental.groups import is_large, moved_rows
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.state import State, Touch

Lines = Sequence[tuple[int, Line]]
FURTHER = 400
"""Lines of so many days more are read at once: they cost less than asking again."""


def window(state: State, touches: list[Touch]) -> Outcome:
    """Windows that end on a changed day or within `days` after it, and the episodes to which they belong."""
    judge, p, outcome = state.judge, state.p, Outcome()
    day, a_day = p.check.day, p.a_day
    for (school, key), rows in moved_rows(judge, touches, p.by).items():
        moved = [(sign, row) for sign, row in rows if row[day] is not None]
        tally, state.seen = state.tally(school, key), 0
        if not moved:
            continue
        counted = tally if tally and tally.follow(moved) else None
        changed = sorted({row[day] // a_day for _, row in moved})
        place = state, school, key, changed[0]
        days = _Lines(*place, counted) if counted else _Rows(*place)
        last = changed[0] - 1
        for one in changed:
            if one + days.back <= last:
                continue  # all its windows were judged with those of the day before
            first, last, hits = days.around(one)
            outcome.scopes.append(Scope(school, key, first, last))
            outcome.hits += hits
        if tally and is_large(state):
            tally.begin(state.taking_part(window_grouping(p), school, key))
    return outcome


class _Days(ABC):
    """What a group has on its days: read in stretches that grow, judged no further than an episode goes."""

    def __init__(self, state: State, school: int, key: Key, day: int, further: int) -> None:
        """`further`: by so many days more than has to be is read at a time."""
        self.state, self.judge, self.school, self.key = state, state.judge, school, key
        self.days = state.p.amount(state.p.check.days)
        self.back = self.days - 1
        self.named = dict(zip(state.p.by, key, strict=True))
        self.having = self.judge.own["having"]
        self.further = further
        self.low, self.high = day - 2 * self.back - further, day + 2 * self.back + further
        self.there = self.read(self.low, self.high)

    @abstractmethod
    def read(self, low: int, high: int) -> list[tuple[int, Any]]:
        """What there is from one day to another, in order."""

    @abstractmethod
    def ends(self, low: int, high: int, latest_first: bool = False) -> Iterator[int]:
        """The days from one to another on which a window that hits ends; each is judged when it is asked for."""

    @abstractmethod
    def hit(self, low: int, high: int) -> Hit:
        """What the rows of these days are together."""

    def around(self, day: int) -> tuple[int, int, list[Hit]]:
        """What is found where a change of this day can be felt, and from which to which end of a window that is.

        Windows of the day end on it or within `days` after it; whether or not they hit now, they may have hit before.
        All that hit are one finding, so the first and the last will do.
        """
        earlier, later = self._joined(day, -1)[::-1], self._joined(day + self.back, 1)
        near = list(islice(self.ends(day, day + self.back), 1))
        near += near and [next(self.ends(day, day + self.back, latest_first=True))]
        ends = [*earlier, *near, *later]
        first, last = min([day, *earlier]), max([day + self.back, *later])
        return first, last, [self.hit(one - self.back, other) for one, other in joined_stretches(ends, self.days)]

    def _joined(self, day: int, way: int) -> list[int]:
        """Ends that hit before a day (-1) or after it (1), as long as there is one less than `days` from the last.

        The nearest, then always the farthest: those in between join nothing else.
        """
        found = list[int]()
        while True:
            low, high = (day - self.back, day - 1) if way < 0 else (day + 1, day + self.back)
            latest_first = bool(found) if way > 0 else not found
            end = next(self.ends(low, high, latest_first), None)
            if end is None:
                return found
            found.append(end)
            day = end

    def between(self, low: int, high: int) -> list[tuple[int, Any]]:
        if low < self.low:
            start = low - self.further
            self.there, self.low = self.read(start, self.low - 1) + self.there, start
            self.further *= 4
        if high > self.high:
            end = high + self.further
            self.there, self.high = self.there + self.read(self.high + 1, end), end
            self.further *= 4
        start = bisect_left(self.there, low, key=itemgetter(0))
        return self.there[start : bisect_right(self.there, high, start, key=itemgetter(0))]


class _Rows(_Days):
    """The rows themselves, under their days."""

    def __init__(self, state: State, school: int, key: Key, day: int) -> None:
        super().__init__(state, school, key, day, further=0)
        self.further = self.days

    def read(self, low: int, high: int) -> list[tuple[int, Any]]:
        p = self.state.p
        first, last = low * p.a_day, (high + 1) * p.a_day - 1
        rows = self.state.taking_part(window_grouping(p), self.school, self.key, first, last)
        return sorted(((row[p.day] // p.a_day, row) for row in rows), key=itemgetter(0))

    def ends(self, low: int, high: int, latest_first: bool = False) -> Iterator[int]:
        for day in sorted({day for day, _ in self.between(low, high)}, reverse=latest_first):
            if self.having(self._measured(day - self.back, day) | self.named):
                yield day

    def hit(self, low: int, high: int) -> Hit:
        rows = [row for _, row in self.between(low, high)]
        return self.judge.group_hit(self.school, self.key, self.state.p.by, self.judge.reduce(rows), rows)

    def _measured(self, low: int, high: int) -> dict[str, Any]:
        return self.judge.reduce([row for _, row in self.between(low, high)])


class _Lines(_Days):
    """The lines of a counted group."""

    def __init__(self, state: State, school: int, key: Key, day: int, tally: Tally) -> None:
        self.tally = tally
        super().__init__(state, school, key, day, FURTHER)
        self.total = tally.counting.deciding(self.named)

    def read(self, low: int, high: int) -> list[tuple[int, Any]]:
        return self.tally.between(low, high)

    def ends(self, low: int, high: int, latest_first: bool = False) -> Iterator[int]:
        total, lines = self.total, self.between(low - self.back, high)
        total.begin()
        return self._latest(total, lines, low) if latest_first else self._earliest(total, lines, low)

    def _earliest(self, total: Total, lines: Lines, low: int) -> Iterator[int]:
        first = 0
        for day, line in lines:
            total.add(line)
            while lines[first][0] < day - self.back:
                total.add(lines[first][1], -1)
                first += 1
            if day >= low and self.having(total):
                yield day

    def _latest(self, total: Total, lines: Lines, low: int) -> Iterator[int]:
        first = len(lines) - 1
        for day, line in reversed(lines):
            if day < low:
                return
            while first >= 0 and lines[first][0] >= day - self.back:
                total.add(lines[first][1])
                first -= 1
            if self.having(total):
                yield day
            total.add(line, -1)

    def hit(self, low: int, high: int) -> Hit:
        names = self.tally.counting.measured(line for _, line in self.between(low, high))
        ids, last = self.tally.evidence(low, high)
        return self.judge.hit_of(self.school, self.key, self.state.p.by, names, ids, last)

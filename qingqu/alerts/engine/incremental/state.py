"""The rows of a check before and after a change: joined, keyed, and whether they take part at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.incremental.counting import Tallies, Tally
from qingqu.alerts.engine.incremental.groupings import Fetch, Grouping, Key, apart
from qingqu.alerts.engine.incremental.judging import Judge, Named
from qingqu.alerts.engine.prepared import PreparedJoin
from qingqu.datasets.rules import APART


@dataclass(frozen=True)
class Change:
    """A record before and after a change, with `id` and `school`; None if it did not exist or no longer does."""

    dataset: str
    school: int
    id: int
    before: Row | None
    after: Row | None


@dataclass(frozen=True)
class Touch:
    """A row of the check's table, before and after; None where it took, or takes, no part in the check."""

    school: int
    id: int
    was: Row | None
    now: Row | None


class State:
    """The check's rows after the change (by `fetch`) and, with the changes undone, before it."""

    def __init__(self, judge: Judge, changes: Sequence[Change], fetch: Fetch, tallies: Tallies | None = None) -> None:
        self.judge, self.p, self.fetch = judge, judge.p, fetch
        self.changes, self.tallies = changes, tallies
        self.seen = 0
        """How many rows the last look-ups brought."""
        self.changed = {(change.dataset, change.id): change for change in changes}
        self.joined: dict[tuple[str, int, Key, bool], dict[str, Any]] = {}

    def rows(
        self, grouping: Grouping, school: int, key: Key, low: int | None = None, high: int | None = None
    ) -> list[Row]:
        """The rows of the table that stand under `key` now, raw."""
        found = self.fetch(grouping, school, key, low, high)
        self.seen += len(found)
        return [row for row in found if key in grouping.keys(row)]

    def tally(self, school: int, key: Key) -> Tally | None:
        """A group as it is counted; None where groups of this check are always read."""
        counting = self.judge.counting if self.tallies else None
        return Tally(counting, self.tallies, school, key) if counting and self.tallies else None

    def taking_part(
        self, grouping: Grouping, school: int, key: Key, low: int | None = None, high: int | None = None
    ) -> list[Row]:
        """Those of them that take part, joined and keyed; of several people in a cell only who stands under `key`."""
        rows = (self.enriched(row, now=True) for row in self.rows(grouping, school, key, low, high))
        found = [row for row in rows if row is not None]
        if not self.p.apart:
            return found
        return [part for row in found for part in self.parts(row) if grouping.key(part) == key]

    def parts(self, row: Row | None) -> list[Row]:
        """A row as it counts: once, or for each of the people that its key names."""
        if row is None:
            return []
        names = self.p.apart
        told = tuple(row[name] for name in names)
        if None in told or not any(APART in one for one in told):
            return [row]
        return [Named(row, **dict(zip(names, each, strict=True))) for each in apart(names, told, names)]

    def enriched(self, row: Row | None, *, now: bool) -> Row | None:
        """A row with its joined measures and named keys; None if it does not take part."""
        if row is None:
            return None
        whole = Named(row)
        for join in self.p.joins.values():
            whole.update(self._measures(join, row, now=now))
        if self.judge.where and not self.judge.where(whole):
            return None
        for name, compute in self.judge.keys.items():
            whole[name] = compute(whole)
        return whole

    def _measures(self, join: PreparedJoin, row: Row, *, now: bool) -> dict[str, Any]:
        key = tuple(row.get(column) for column in join.spec.on)
        cached = (join.name, row["school"], key, now)
        if cached not in self.joined:
            reduce, where = self.judge.joins[join.name]
            rows = [] if None in key else self._others(join, row["school"], key, now=now)
            measures = reduce([one for one in map(Named, rows) if not where or where(one)])
            self.joined[cached] = {f"{join.name}.{name}": value for name, value in measures.items()}
        return self.joined[cached]

    def _others(self, join: PreparedJoin, school: int, key: Key, *, now: bool) -> list[Row]:
        grouping = Grouping(join.spec.dataset, tuple(join.spec.on.values()))
        rows = self.rows(grouping, school, key)
        if now:
            return rows
        rows = [row for row in rows if (grouping.dataset, row["id"]) not in self.changed]
        return rows + [
            change.before
            for change in self.changes
            if change.dataset == grouping.dataset and change.school == school and change.before is not None
            and grouping.key(change.before) == key
        ]  # fmt: skip

    def touched(self) -> Iterator[Touch]:
        """Every row of the check's table that the changes reach, directly or through a join."""
        seen: set[int] = set()
        for change in self.changes:
            if change.dataset == self.p.dataset and change.id not in seen:
                seen.add(change.id)
                yield from self._touch(change.school, change.id, change.before, change.after)
        for join in self.p.joins.values():
            for school, key in dict.fromkeys(self._other_keys(join)):
                for row in self.rows(Grouping(self.p.dataset, tuple(join.spec.on)), school, key):
                    if row["id"] not in seen:
                        seen.add(row["id"])
                        yield from self._touch(school, row["id"], row, row)

    def _touch(self, school: int, id_: int, before: Row | None, after: Row | None) -> Iterator[Touch]:
        was, now = self.enriched(before, now=False), self.enriched(after, now=True)
        if (was is None) != (now is None) or (was and now and any(was[name] != now[name] for name in self.judge.names)):
            gone, come = self.parts(was), self.parts(now)
            if len(gone) > 1 or len(come) > 1:
                yield from (Touch(school, id_, part, None) for part in gone)
                yield from (Touch(school, id_, None, part) for part in come)
            else:
                yield Touch(school, id_, was, now)

    def _other_keys(self, join: PreparedJoin) -> Iterator[tuple[int, Key]]:
        grouping = Grouping(join.spec.dataset, tuple(join.spec.on.values()))
        for change in self.changes:
            if change.dataset == grouping.dataset:
                for row in (change.before, change.after):
                    if row is not None and (key := grouping.key(row)) is not None:
                        yield change.school, key

"""Checks of rows in the order of their series, as far as a change can reach: against earlier rows, and runs."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.incremental.groupings import Key, series_grouping
from qingqu.alerts.engine.incremental.judging import Named
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.reducing import median
from qingqu.alerts.engine.incremental.state import State, Touch
from qingqu.alerts.engine.prepared import PREVIOUS

FIRST_WIDTH, WIDEST = 60, 4_000
DAY_MINUTES = 1440


@dataclass
class Series:
    """Rows of one series in order, whether all are there, and the places that a change has touched."""

    rows: list[Row]
    places: list[int]
    whole: bool


def _formerly(touch: Touch) -> list[Scope]:
    """What a check of single rows may have found in a row before: nothing where it took no part."""
    return [Scope(touch.school, (touch.id,))] if touch.was is not None else []


def predicate(state: State, touches: list[Touch]) -> Outcome:
    judge, outcome = state.judge, Outcome()
    measures = {name.removeprefix("measure:"): f for name, f in judge.own.items() if name.startswith("measure:")}
    for touch in touches:
        outcome.scopes += _formerly(touch)
        if touch.now is not None:
            row = Named(touch.now, **{name: compute(touch.now) for name, compute in measures.items()})
            if judge.own["when"](row):
                outcome.hits.append(judge.row_hit(row))
    return outcome


def peer(state: State, touches: list[Touch]) -> Outcome:
    """A row against the pinned medians of its month."""
    judge, p, outcome = state.judge, state.p, Outcome()
    snapshot = p.context.snapshots.get((p.rule.code, p.check.id))
    for touch in touches:
        outcome.scopes += _formerly(touch)
        row = touch.now
        if row is None or snapshot is None or (key := judge.key(row, p.by)) is None or row[p.check.day] is None:
            continue
        school = 0 if p.check.across_schools else touch.school
        found = snapshot.find(school, judge.month(row), key)
        value = judge.own["value"](row)
        if found is None or value is None or found[1] < p.amount(p.check.min_peers):
            continue
        row = Named(row, value=value, median=found[0], peers=found[1])
        if judge.own["when"](row):
            outcome.hits.append(judge.row_hit(row))
    return outcome


def trail(state: State, touches: list[Touch]) -> Outcome:
    """The changed row and the `last` after it, each against the `last` before it."""
    judge, p, outcome = state.judge, state.p, Outcome()
    last, least = p.amount(p.check.last), p.amount(p.check.min_peers)
    outcome.scopes += [Scope(touch.school, (touch.id,)) for touch in touches]

    def enough(series: Series) -> bool:
        return series.places[0] > last and series.places[-1] + last + 1 < len(series.rows)

    for school, key, orders in _touched_series(state, touches, lambda row: judge.own["value"](row) is not None):
        series = _series(state, school, key, orders, enough, lambda row: judge.own["value"](row) is not None)
        reached = {n for place in series.places for n in range(place, min(place + last + 1, len(series.rows)))}
        values = [judge.own["value"](row) for row in series.rows]
        for n in sorted(reached):
            row, before = series.rows[n], values[max(0, n - last) : n]
            outcome.scopes.append(Scope(school, (row["id"],)))
            if len(before) < least:
                continue
            row = Named(row, value=values[n], median=median(before) if before else None, peers=len(before))
            if judge.own["when"](row):
                outcome.hits.append(judge.row_hit(row))
    return outcome


def sequence(state: State, touches: list[Touch]) -> Outcome:
    """Runs around the changed rows, out to the first untouched row on either side that belongs to none."""
    outcome = Outcome()

    def enough(series: Series) -> bool:
        on = _on(state, series)
        return all(series.whole or None not in _bounds(series, on, place) for place in series.places)

    for school, key, orders in _touched_series(state, touches, _anything):
        series = _series(state, school, key, orders, enough, _anything)
        on = _on(state, series)
        ids = {touch.id for touch in touches if touch.school == school}
        for low, high in dict.fromkeys(_bounds(series, on, place) for place in series.places):
            first, end = low or 0, len(series.rows) if high is None else high
            scope = {row["id"] for row in series.rows[first:end]} | ids
            outcome.scopes.append(Scope(school, key, rows=frozenset(scope)))
            _runs(state, school, key, series.rows[first:end], on[first:end], outcome)
        if not series.rows:
            outcome.scopes.append(Scope(school, key, rows=frozenset(ids)))
    outcome.hits = list(dict.fromkeys(outcome.hits))
    return outcome


def _anything(row: Row) -> bool:
    return True


def _on(state: State, series: Series) -> list[bool]:
    """For which rows the condition holds; that of the first is known only in a whole series."""
    when, on = state.judge.own["when"], []
    used = [name for name in state.p.own["when"].names if name.startswith(PREVIOUS)]
    before: Row | None = None
    for row in series.rows:
        previous = {name: before[name.removeprefix(PREVIOUS)] if before else None for name in used}
        on.append(bool(when(Named(row, **previous) if previous else row)))
        before = row
    return on


def _bounds(series: Series, on: list[bool], place: int) -> tuple[int | None, int | None]:
    """The nearest rows on either side that are in no run, and were in none before the change; None: there is none."""
    unsure = {n for touched in series.places for n in (touched, touched + 1)} | (set() if series.whole else {0})
    low = next((n for n in range(place - 1, -1, -1) if not on[n] and n not in unsure), None)
    high = next((n for n in range(place + 2, len(on)) if not on[n] and n not in unsure), None)
    return low, high


def _runs(state: State, school: int, key: Key, rows: list[Row], on: list[bool], outcome: Outcome) -> None:
    judge, p = state.judge, state.p
    leading = any(name.startswith(PREVIOUS) for name in p.own["when"].names)
    start: int | None = None
    for n in range(len(rows) + 1):
        if n < len(rows) and on[n]:
            start = n if start is None else start
        elif start is not None:
            run = rows[start - 1 if leading and start else start : n]
            if len(run) >= p.amount(p.check.run):
                names = judge.reduce(run) | {"rows": len(run)}
                outcome.hits.append(judge.group_hit(school, key, p.by, names, run))
            start = None


def _touched_series(
    state: State, touches: Iterable[Touch], counts: Callable[[Row], bool]
) -> Iterable[tuple[int, Key, list[Key]]]:
    """School, key and the places in the order (as values) that were touched."""
    found: dict[tuple[int, Key], set[Key]] = defaultdict(set)
    for touch in touches:
        for row in (touch.was, touch.now):
            if row is None or (key := state.judge.key(row, state.p.by)) is None or not counts(row):
                continue
            if (order := _order(state, row)) is not None:
                found[touch.school, key].add(order)
    for (school, key), orders in found.items():
        yield school, key, sorted(orders)


def _order(state: State, row: Row) -> Key | None:
    order = tuple(row[name] for name in state.p.check.order)
    return None if None in order else (*order, row["id"])


def _series(
    state: State,
    school: int,
    key: Key,
    orders: list[Key],
    enough: Callable[[Series], bool],
    counts: Callable[[Row], bool],
) -> Series:
    """The rows around the touched places, in growing stretches until there are enough."""
    grouping = series_grouping(state.p, state.p.check.order[0])
    unit = DAY_MINUTES if state.p.types.get(grouping.order) == "moment" else 1
    named = dict(zip(state.p.by, key, strict=True))
    plain = tuple(named[name] for name in grouping.columns)
    width: int | None = FIRST_WIDTH if grouping.order else None
    while True:
        low = None if width is None else orders[0][0] - width * unit
        high = None if width is None else orders[-1][0] + width * unit
        rows = [
            (order, row)
            for row in state.taking_part(grouping, school, plain, low, high)
            if state.judge.key(row, state.p.by) == key and counts(row) and (order := _order(state, row)) is not None
        ]
        rows.sort(key=lambda pair: pair[0])
        places: list[Any] = [bisect_left([order for order, _ in rows], order) for order in orders]
        series = Series([row for _, row in rows], places, whole=width is None)
        if width is None or enough(series):
            return series
        width = None if width * 8 > WIDEST else width * 8

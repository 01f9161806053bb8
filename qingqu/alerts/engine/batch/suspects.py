"""The cases of a log in which a check about steps may find something: the others are not looked at one by one.

As with a sieve, too many cases may be suspected, never too few: what is wrong in a case, `procedures.judge` says.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qingqu.alerts.engine.batch.logs import Log, Numbers
from qingqu.alerts.engine.days import MINUTES
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.procedures import net_of


def suspects(log: Log, p: Prepared) -> list[Row]:
    """The events of the cases that have to be judged."""
    found = KINDS[p.check.kind](log, p)
    if p.check.kind == "model":
        found &= ~log.holed
    if p.check.about:
        found &= log.having(log.of(p.check.about))
    return log.rows(found)


def _first(log: Log, p: Prepared) -> Numbers:
    return np.flatnonzero(log.of(p.check.first) & log.known)


def _then(log: Log, p: Prepared) -> Numbers:
    return np.flatnonzero(log.of(p.check.then) & log.known)


def _next(log: Log, events: Numbers, among: Numbers) -> Numbers:
    """For each event the first of `among` in its case, at its minute or later; -1 where there is none."""
    return _neighbours(log, events, among, "left", 0)


def _last(log: Log, events: Numbers, among: Numbers) -> Numbers:
    """For each event the last of `among` in its case, at its minute or before; -1 where there is none."""
    return _neighbours(log, events, among, "right", -1)


def _neighbours(log: Log, events: Numbers, among: Numbers, side: str, step: int) -> Numbers:
    among = among[np.argsort(log.moment[among], kind="stable")]
    place = np.searchsorted(log.moment[among], log.moment[events], side) + step  # type: ignore[call-overload]
    found = np.append(among, -1)[np.where((place >= 0) & (place < len(among)), place, -1)]
    return np.where((found >= 0) & (log.case[found] == log.case[events]), found, -1)


def _elapsed(p: Prepared, earlier: Numbers, later: Numbers) -> Numbers:
    """From minute to minute in the check's unit; of what lies in the future, less than nothing."""
    if p.check.unit == "minutes":
        return later - earlier
    days, place = np.unique(np.concatenate([earlier, later]) // MINUTES, return_inverse=True)
    if p.check.unit == "working_days":
        days = np.array([p.context.calendar.working_days(int(days[0]), int(day)) for day in days], np.int64)
    since, until = np.split(days[place], 2)
    return until - since


def _precedence(log: Log, p: Prepared) -> Numbers:
    """A `then` with no `first` before it."""
    then = _then(log, p)
    return _cases(log, then[_last(log, then, _first(log, p)) < 0])


def _response(log: Log, p: Prepared) -> Numbers:
    """A `first` with no `then` after it."""
    first = _first(log, p)
    return _cases(log, first[_next(log, first, _then(log, p)) < 0])


def _deadline(log: Log, p: Prepared) -> Numbers:
    """From a `first` to its `then`, or to today, it took too long."""
    first = _first(log, p)
    answer = _next(log, first, _then(log, p))
    until = np.where(answer >= 0, log.time[answer], (p.context.today + 1) * MINUTES - 1)
    took = np.maximum(_elapsed(p, log.time[first], until), 0)
    return _cases(log, first[took > p.values[p.check.at_most]])


def _gap(log: Log, p: Prepared) -> Numbers:
    """From the last `first` to a `then` it took too little."""
    then = _then(log, p)
    before = _last(log, then, _first(log, p))
    then, before = then[before >= 0], before[before >= 0]
    return _cases(log, then[_elapsed(p, log.time[before], log.time[then]) < p.values[p.check.at_least]])


def _separation(log: Log, p: Prepared) -> Numbers:
    """Somebody has done both."""
    events, people = log.people
    most = people.max(initial=0) + 1
    acts = log.case[events] * most + people
    first, then = ((log.of(steps) & log.known)[events] for steps in (p.check.first, p.check.then))
    both = np.intersect1d(acts[first], acts[then])
    return np.bincount(both // most, minlength=log.cases) > 0


def _not_together(log: Log, p: Prepared) -> Numbers:
    """Both are there."""
    return _cases(log, _first(log, p)) & _cases(log, _then(log, p))


def _amount_requires(log: Log, p: Prepared) -> Numbers:
    """As precedence, in a case of so much."""
    return _precedence(log, p) & log.having(log.known & log.at_least("amount", p.values[p.check.limit]))


def _evidence_present(log: Log, p: Prepared) -> Numbers:
    """A `then` without evidence."""
    return log.having(log.of(p.check.then) & log.known & ~log.flags("evidence"))


def _model(log: Log, p: Prepared) -> Numbers:
    """The case leaves the procedure."""
    return replays(log, p)[0]


def replays(log: Log, p: Prepared) -> tuple[Numbers, Numbers]:
    """Which cases leave the procedure, and which reach its end. Those of equal steps in order are replayed once."""
    net = net_of(p.check.steps)
    order = np.array([net.order.get(name, len(net.order)) for name in log.names] + [-1])[log.step]
    events = np.flatnonzero(log.known)
    events = events[np.lexsort((log.id[events], order[events], log.moment[events]))]
    steps, starts = log.step[events], np.flatnonzero(np.diff(log.case[events], prepend=-1))
    known: dict[bytes, tuple[bool, bool]] = {}
    leaves, ends = np.zeros(log.cases, bool), np.zeros(log.cases, bool)
    for case, own in zip(log.case[events[starts]], np.split(steps, starts[1:]), strict=False):
        variant = own.tobytes()
        if variant not in known:
            replay = net.replay(tuple(log.names[step] for step in own))
            known[variant] = bool(replay.slips), replay.ended
        leaves[case], ends[case] = known[variant]
    return leaves, ends


def _cases(log: Log, events: Numbers) -> Numbers:
    """Which cases have one of the events with these numbers."""
    return np.bincount(log.case[events], minlength=log.cases) > 0


KINDS: dict[str, Callable[[Log, Prepared], Numbers]] = {
    "precedence": _precedence,
    "response": _response,
    "separation": _separation,
    "not_together": _not_together,
    "gap": _gap,
    "deadline": _deadline,
    "amount_requires": _amount_requires,
    "evidence_present": _evidence_present,
    "model": _model,
}

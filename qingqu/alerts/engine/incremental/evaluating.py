"""Judge a change of records: the findings in what it touched, and which former findings they replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qingqu.alerts.engine.incremental import groups, series, windows
from qingqu.alerts.engine.incremental.counting import Tallies
from qingqu.alerts.engine.incremental.groupings import Fetch
from qingqu.alerts.engine.incremental.judging import Judge
from qingqu.alerts.engine.incremental.links import link
from qingqu.alerts.engine.incremental.outcome import Outcome
from qingqu.alerts.engine.incremental.state import Change, State, Touch
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.spec import Link

JUDGES: dict[str, Callable[[State, list[Touch]], Outcome]] = {
    "predicate": series.predicate,
    "peer": series.peer,
    "trail": series.trail,
    "sequence": series.sequence,
    "aggregate": groups.aggregate,
    "nested": groups.nested,
    "progression": groups.progression,
    "window": windows.window,
    "link": link,
    "events": groups.events,
}
BATCH_ONLY = {"companions", "fence"}
"""A change may touch any group of the table: only the batch judges these."""


def on_write(p: Prepared) -> bool:
    """Whether the check is judged when records are written: not batch-only, and every parameter has a value."""
    return p.check.on_write and p.check.primitive in JUDGES and not p.awaits


def evaluate(judge: Judge, changes: Sequence[Change], fetch: Fetch, tallies: Tallies | None = None) -> Outcome:
    """Judge what the changes touch, when `fetch` already sees them; several at once as well as one.

    Large groups are judged by what `tallies` say of them, if those are told of every change; otherwise they are read.
    What a check finds after them is what it found before, without what the outcome's scopes cover, and its hits.
    """
    p = judge.p
    if not on_write(p):
        return Outcome()
    relevant = [change for change in changes if change.dataset in p.watches]
    if not relevant:
        return Outcome()
    state = State(judge, relevant, fetch, tallies)
    touches = list(state.touched())
    if not touches and not isinstance(p.check, Link):
        return Outcome()
    return JUDGES[p.check.primitive](state, touches)

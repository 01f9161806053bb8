"""Digests that occur in two tables."""

from __future__ import annotations

from qingqu.alerts.engine.incremental.groupings import Grouping
from qingqu.alerts.engine.incremental.judging import Named
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.state import State, Touch
from qingqu.alerts.engine.prepared import OTHER


def link(state: State, touches: list[Touch]) -> Outcome:
    """Every digest that a touched row of either table has or had, judged with all rows that share it."""
    check, outcome = state.p.check, Outcome()
    found: dict[tuple[int, str, str, str], None] = {}
    for mine, theirs in check.pairs:
        values = [(touch.school, row[mine]) for touch in touches for row in (touch.was, touch.now) if row is not None]
        values += [
            (change.school, row.get(theirs))
            for change in state.changes
            if change.dataset == check.other
            for row in (change.before, change.after)
            if row is not None
        ]
        found |= {(school, mine, theirs, value): None for school, value in values if value is not None}
    for school, mine, theirs, value in found:
        _judge(state, school, mine, theirs, value, outcome)
    return outcome


def _judge(state: State, school: int, mine: str, theirs: str, value: str, outcome: Outcome) -> None:
    judge, p, check = state.judge, state.p, state.p.check
    outcome.scopes.append(Scope(school, (mine, theirs, value)))
    unless = judge.own.get("unless")
    named = p.own["unless"].names if unless else frozenset()
    columns = [(name, name.removeprefix(OTHER)) for name in named if name.startswith(OTHER)]
    others = state.rows(Grouping(check.other, (theirs,)), school, (value,))
    rows = state.taking_part(Grouping(p.dataset, (mine,)), school, (value,)) if others else []
    pairs = [
        (row, other)
        for row in rows
        for other in others
        if not (check.other == p.dataset and row["id"] == other["id"])
        and not (unless and unless(Named(row, **{name: other.get(column) for name, column in columns})))
    ]
    if pairs:
        mine_ids, other_ids = {row["id"] for row, _ in pairs}, {other["id"] for _, other in pairs}
        names = {"rows": len(mine_ids), "others": len(other_ids)}
        day = judge.day([row for row, _ in pairs])
        outcome.hits.append(p.hit(school, (mine, theirs, value), names, mine_ids | other_ids, day))

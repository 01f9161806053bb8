"""Digests that occur in two tables."""

from __future__ import annotations

from typing import Any

from qingqu.alerts.engine.incremental.groupings import Grouping, Key, link_groupings
from qingqu.alerts.engine.incremental.judging import Named
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.state import State, Touch
from qingqu.alerts.engine.prepared import OTHER


def link(state: State, touches: list[Touch]) -> Outcome:
    """Every digest that a touched row of either table has or had, judged with all rows that share it."""
    check, outcome = state.p.check, Outcome()
    for pair in check.pairs:
        mine, theirs = link_groupings(state.p, pair)
        rows = [(touch.school, mine, row) for touch in touches for row in (touch.was, touch.now)]
        rows += [
            (change.school, theirs, row)
            for change in state.changes
            if change.dataset == check.other
            for row in (change.before, change.after)
        ]
        found = {(school, key): None for school, side, row in rows if row is not None for key in side.keys(row)}
        for school, key in found:
            _judge(state, school, (mine, theirs), key, outcome)
    return outcome


def _judge(state: State, school: int, sides: tuple[Grouping, Grouping], key: Key, outcome: Outcome) -> None:
    judge, p, check = state.judge, state.p, state.p.check
    mine, theirs = sides
    about = (*mine.columns, *theirs.columns, *key)
    outcome.scopes.append(Scope(school, about))
    unless = judge.own.get("unless")
    named = p.own["unless"].names if unless else frozenset()
    columns = [(name, name.removeprefix(OTHER)) for name in named if name.startswith(OTHER)]
    others = state.rows(theirs, school, key)
    rows = state.taking_part(mine, school, key) if others else []
    pairs = [
        (row, other)
        for row in rows
        for other in others
        if not (check.other == p.dataset and row["id"] == other["id"])
        and not (unless and unless(Named(row, **{name: other.get(column) for name, column in columns})))
    ]
    if pairs:
        mine_ids, other_ids = {row["id"] for row, _ in pairs}, {other["id"] for _, other in pairs}
        names: dict[str, Any] = {"rows": len(mine_ids), "others": len(other_ids)}
        for name in p.texts:
            names[name] = min((row[name] for row, _ in pairs if row[name] is not None), default=None)
        day = judge.day([row for row, _ in pairs])
        outcome.hits.append(p.hit(school, about, names, mine_ids | other_ids, day))

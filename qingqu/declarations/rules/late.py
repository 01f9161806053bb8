"""Who is told of a late review: one level up after every so many days, as with forms (S21, S34). People are ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from qingqu.declarations.rules.route import DISCIPLINE, GROUP, HEAD, LEADER, PARTY_OFFICE, PEER, TEAM

Line = Sequence[Sequence[int]]
"""Head of the department, leader in charge, secretary, principal, discipline commission: who stands at each level."""

SECRETARY = 2
"""Where the way up ends, unless the secretary himself is the one who is late."""
ABOVE = {
    PEER: 0,
    HEAD: 1,
    **dict.fromkeys((LEADER, TEAM, PARTY_OFFICE, DISCIPLINE), SECRETARY),
    GROUP: SECRETARY + 1,
}
"""The level above the reviewer of each stage."""


def steps_up(late: int, every: int) -> int:
    """How many levels up a review has gone that is `late` days late: one after each full `every` days."""
    return max(0, late - 1) // max(1, every)


def level_of(stage: str, steps: int) -> int:
    """The level of the line that `steps` above a stage reach."""
    first = ABOVE[stage]
    return min(first + steps - 1, max(first, SECRETARY))


def told_of(level: int, line: Line, away: Collection[int]) -> tuple[int, ...]:
    """Who stands at this level, or above it where nobody does; `away` are the reviewers and the owner themselves."""
    for people in line[level:]:
        if able := tuple(person for person in people if person not in away):
            return able
    return ()

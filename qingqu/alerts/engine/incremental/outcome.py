"""The outcome of judging a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from qingqu.alerts.engine.hits import Hit


@dataclass(frozen=True)
class Scope:
    """Which former hits of a check are replaced: those of this school and key.

    `low` and `high` restrict it to hits whose day lies between them, `rows` to hits that contain one of these records.
    """

    school: int
    key: tuple[Any, ...]
    low: int | None = None
    high: int | None = None
    rows: frozenset[int] | None = None

    def covers(self, hit: Hit) -> bool:
        return (
            hit.school == self.school
            and hit.key == self.key
            and (self.low is None or self.low <= hit.anchor)
            and (self.high is None or hit.anchor <= self.high)
            and (self.rows is None or not self.rows.isdisjoint(hit.rows))
        )


@dataclass
class Outcome:
    """The hits of what was judged anew, and which former ones they replace."""

    hits: list[Hit] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    def replaces(self, hit: Hit) -> bool:
        return any(scope.covers(hit) for scope in self.scopes)

    def touched(self) -> set[tuple[int, tuple[Any, ...]]]:
        """School and key of every hit, new or replaced, that this may concern."""
        return {(s.school, s.key) for s in self.scopes} | {(hit.school, hit.key) for hit in self.hits}

    def applied(self, former: Iterable[Hit]) -> set[Hit]:
        """All hits of the check after the change, given those before it."""
        return {hit for hit in former if not self.replaces(hit)} | set(self.hits)

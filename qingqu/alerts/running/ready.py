"""The checks of a school, made ready once a process: to compile them at every record would cost more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from qingqu.alerts.engine.days import Calendar
from qingqu.alerts.engine.incremental import Grouping
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.indicators.rulebook import Running
from qingqu.common.calendar import day_of
from qingqu.common.clock import today


@dataclass(frozen=True)
class Ready:
    """The checks that a school runs on a day."""

    versions: tuple[int, ...]
    day: int
    calendar: Calendar
    checks: list[Running]
    look_ups: Mapping[str, list[Grouping]]
    """Code of a table of the school's own → the look-ups that its indicators need, even while one waits for a limit."""

    @cached_property
    def watching(self) -> Mapping[str, list[Running]]:
        """Code of a table → the checks that its changes concern."""
        found: dict[str, list[Running]] = {}
        for running in self.checks:
            for code in running.prepared.watches:
                found.setdefault(code, []).append(running)
        return found

    @cached_property
    def counted(self) -> Mapping[int, list[str]]:
        """What is counted → the tables that it is counted of."""
        return {r.judge.counting.number: sorted(r.prepared.watches) for r in self.checks if r.judge.counting}


_ready: dict[int, Ready] = {}


def checks_of(school_id: int) -> Ready:
    """The checks that a school runs today, made ready once a process for each set of versions."""
    versions, day = rulebook.begun_today(school_id), day_of(today())
    calendar = rulebook.calendar(day)
    known = _ready.get(school_id)
    if known is None or (known.versions, known.day) != (versions, day) or known.calendar is not calendar:
        rules = rulebook.in_force(school_id)
        checks = rulebook.running(rules, day, rulebook.snapshots_of(school_id))
        known = _ready[school_id] = Ready(versions, day, calendar, checks, rulebook.own_groupings(rules))
    return known


def look_ups_of(school_id: int, code: str) -> list[Grouping]:
    """The look-ups that a school's indicators need of a table of its own; the same in every process."""
    return checks_of(school_id).look_ups.get(code, [])


def forget(school_id: int) -> None:
    """The medians of a school's peers are new: make its checks ready again."""
    _ready.pop(school_id, None)


def forget_all() -> None:
    """Another database is behind the same ids: a backup was put back, or a test begins."""
    _ready.clear()
    rulebook.forget_own()

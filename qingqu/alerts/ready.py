"""The checks of a school, made ready once a process: to compile them at every record would cost more."""

from __future__ import annotations

from qingqu.alerts import rulebook
from qingqu.alerts.rulebook import Running
from qingqu.common.calendar import day_of
from qingqu.common.clock import today

_ready: dict[tuple[int, tuple[int, ...], int], list[Running]] = {}


def checks_of(school_id: int) -> list[Running]:
    """The checks that a school runs today, made ready once a process for each set of versions."""
    rules = rulebook.in_force(school_id)
    day = day_of(today())
    key = (school_id, tuple(rule.pk for rule in rules), day)
    if key not in _ready:
        for old in [k for k in _ready if k[0] == school_id]:
            del _ready[old]
        _ready[key] = rulebook.running(rules, day, rulebook.snapshots_of(school_id))
    return _ready[key]


def forget(school_id: int) -> None:
    """The medians of a school's peers are new: make its checks ready again."""
    for old in [k for k in _ready if k[0] == school_id]:
        del _ready[old]


def forget_all() -> None:
    """Another database is behind the same ids: a backup was put back, or a test begins."""
    _ready.clear()
    rulebook.forget_own()

"""What indicators would have found in the whole history of a school, by month; nothing is raised or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from qingqu.alerts.engine import days
from qingqu.alerts.engine.batch import Logs, run_check
from qingqu.alerts.engine.batch.peers import with_medians
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Rule
from qingqu.alerts.running.tables import tables_of
from qingqu.common.calendar import day_of
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit


@dataclass(frozen=True, slots=True)
class Tested:
    """The findings of one check: how many in each month («2026-03»; "" without a day), and of each colour."""

    code: str
    check: str
    months: dict[str, int]
    colours: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.months.values())


def rules_to_test(school: Unit, code: str = "") -> list[Rule]:
    """The indicators that run at a school, or a single one, adopted or not, with the school's values or its defaults.

    Raises NotPossible if there is no such indicator.
    """
    running = rulebook.in_force(school)
    if not code:
        return running
    if code not in rulebook.at_school(school):
        raise NotPossible(f"没有编号为 {code} 的指标（no such indicator）")
    return [rule for rule in running if rule.code == code] or [Rule(school=school, code=code)]


def backtest(
    school: Unit,
    rules: list[Rule],
    *,
    backend: Any = None,
    say: Callable[[int, int, str], object] = lambda _n, _of, _line: None,
) -> Iterator[Tested]:
    """Run the checks of these indicators over all records; those that wait for a local limit are left out.

    Medians of peers are computed anew from the same records. `say` is told the progress: checks done, of how many,
    what came of the last.
    """
    tables = tables_of(school, backend)
    logs = Logs(tables)
    checks = rulebook.running(rules, day_of(today()), {})
    for done, running in enumerate(checks, 1):
        hits = run_check(with_medians(running.prepared, tables), tables, logs)
        months = Counter(_month(hit.anchor) for hit in hits)
        colours = Counter(hit.colour for hit in hits)
        found = Tested(running.rule.code, running.prepared.check.id, dict(sorted(months.items())), dict(colours))
        say(done, len(checks), f"{found.code}/{found.check}: {found.total}")
        yield found


def _month(day: int) -> str:
    if not day:
        return ""
    number = days.month(day)
    return f"{number // 12}-{number % 12 + 1:02d}"

"""The lines of counted groups in the database, and whether they may be believed.

Every act on single records is followed in its own transaction. Whoever writes otherwise (a large import, a rule off
for a while) need not know of them: the tables' own counters of changes then differ from those noted here, and the lines
of the checks that watch such a table are dropped. The batch makes them anew; until then groups are read when touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection

from qingqu.alerts.engine.incremental import Line, posting_key
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.models import Counted
from qingqu.common import statements

if TYPE_CHECKING:
    from qingqu.alerts.engine.batch.counting import Folded

AS_TOUCHED, FOLDED, COMPLETE = 0, 1, 2
"""How far a check is counted: groups that were read since; the large ones; all."""
Changes = Mapping[str, int]
"""Code of a table → its counter of changes."""


@dataclass
class State:
    """What is noted at a school."""

    changes: dict[str, int] = field(default_factory=dict)
    checks: dict[int, tuple[list[str], int]] = field(default_factory=dict)
    """Number → the tables that the check watches, and how far it is counted."""

    def follows(self, number: int, changes: Changes) -> bool:
        """Whether the lines of a check are those of these tables."""
        known = self.checks.get(number)
        return known is not None and all(self.changes.get(code) == changes.get(code) for code in known[0])

    def text(self) -> str:
        return _text([self.changes, [[number, *known] for number, known in self.checks.items()]])

    @staticmethod
    def of(text: str) -> State:
        changes, checks = orjson.loads(text)
        return State(changes, {number: (watched, how) for number, watched, how in checks})


class Kept:
    """The lines of a school, as the engine asks for them within a transaction."""

    def __init__(self, school_id: int, state: State) -> None:
        self.school_id, self.state = school_id, state

    def complete(self, number: int) -> bool:
        return self.state.checks[number][1] == COMPLETE

    def read(self, number: int, key: int, days: Sequence[int]) -> dict[int, Line]:
        where = f"day IN ({', '.join(['%s'] * len(days))})"
        found = self._select("day, line, shown", where, number, key, *days)
        return {day: [*orjson.loads(line), orjson.loads(shown)] for day, line, shown in found}

    def between(self, number: int, key: int, low: int, high: int) -> list[tuple[int, Line]]:
        return self._days("line", number, key, low, high)

    def shown(self, number: int, key: int, low: int, high: int) -> list[tuple[int, list[int]]]:
        return self._days("shown", number, key, low, high)

    def _days(self, column: str, *what: int) -> list[tuple[int, Any]]:
        """A column of many days: one text to parse, not one each."""
        found = self._select(f"day, {column}", "day BETWEEN %s AND %s ORDER BY day", *what)
        texts = ",".join([text for _, text in found])
        return list(zip([day for day, _ in found], orjson.loads(f"[{texts}]"), strict=True))

    def _select(self, columns: str, where: str, *what: int) -> list[tuple[Any, ...]]:
        sql = f"SELECT {columns} FROM alerts_tally WHERE school_id = %s AND number = %s AND key = %s AND {where}"
        return statements.fetch(sql, [self.school_id, *what])

    def write(self, number: int, key: int, lines: Mapping[int, Line]) -> None:
        place = (self.school_id, number, key)
        values = [(*place, day, _text(line[:2]), _text(line[2])) for day, line in lines.items()]
        statements.run_many(
            "INSERT INTO alerts_tally (school_id, number, key, day, line, shown) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (school_id, number, key, day) DO UPDATE SET line = excluded.line, shown = excluded.shown",
            values,
        )

    def drop(self, number: int) -> None:
        self.delete([number])
        self.state.checks[number] = (self.state.checks[number][0], AS_TOUCHED)
        self.note()

    def delete(self, numbers: Iterable[int]) -> None:
        """Delete the lines of checks."""
        for number in numbers:
            statements.run("DELETE FROM alerts_tally WHERE school_id = %s AND number = %s", [self.school_id, number])

    def note(self) -> None:
        """Note what is counted, up to which changes."""
        statements.run(
            "INSERT INTO alerts_counted (school_id, state) VALUES (%s, %s)"
            " ON CONFLICT (school_id) DO UPDATE SET state = excluded.state",
            [self.school_id, self.state.text()],
        )


def _locked(school_id: int) -> Kept:
    """What is noted; nobody else counts at the school until the transaction ends."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    found = statements.fetch(f"SELECT state FROM alerts_counted WHERE school_id = %s{lock}", [school_id])
    return Kept(school_id, State.of(found[0][0]) if found else State())


def followed(school_id: int, running: Mapping[int, list[str]], before: Changes, after: Changes) -> Kept:
    """The lines that stand for the tables as they were before an act, to be told of it now.

    `running` is all that is counted at the school, and of which tables. What did not follow every change is forgotten.
    """
    kept = _locked(school_id)
    known = {n: how for n, (_, how) in kept.state.checks.items() if n in running and kept.state.follows(n, before)}
    kept.delete(kept.state.checks.keys() - known)
    kept.state.checks = {number: (watched, known.get(number, AS_TOUCHED)) for number, watched in running.items()}
    kept.state.changes = {code: after[code] for watched in running.values() for code in watched if code in after}
    kept.note()
    return kept


def wanted(running: Running, changes: Changes) -> bool:
    """Whether a check's lines have to be made anew of tables with these counters."""
    counting = running.judge.counting
    if counting is None:
        return False
    noted = Counted.objects.filter(school_id=running.rule.school_id).first()
    state = State.of(noted.state) if noted else State()
    return not state.follows(counting.number, changes) or state.checks[counting.number][1] == AS_TOUCHED


def replace(running: Running, folded: Folded, changes: Changes) -> None:
    """Keep the lines made of tables with these counters, which are locked; call it in a transaction."""
    assert running.judge.counting
    kept, number = _locked(running.rule.school_id), running.judge.counting.number
    others = [n for n in kept.state.checks if n != number and not kept.state.follows(n, changes)]
    kept.delete([number, *others])
    for key, lines in folded.groups.items():
        kept.write(number, posting_key(kept.school_id, key), lines)
    kept.state.checks = {n: known for n, known in kept.state.checks.items() if n not in others}
    kept.state.checks[number] = (sorted(running.prepared.watches), COMPLETE if folded.complete else FOLDED)
    watched = {code for codes, _ in kept.state.checks.values() for code in codes}
    kept.state.changes = {code: changes[code] for code in watched if code in changes}
    kept.note()


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()

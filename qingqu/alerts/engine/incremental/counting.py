"""Large groups by their counts: what `having` asks of fifty thousand rows stands in a few lines, kept row by row.

A group has a line for each day (of the check's day column) and one for the whole. A line holds what its rows come to:
how many there are, sums, and, for measures that do not add up, how many of each value. So every change can be added and
taken away exactly, and a finding's rows and measures are read off the lines. Lines are only a shorter way to what the
rows say: they may be dropped at any time and are then made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol

from qingqu.alerts.engine.expressions import Compute
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.incremental.groupings import Key, posting_key
from qingqu.alerts.engine.incremental.reducing import REDUCE, Reducer
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.spec import Aggregate, Window

LAYOUT = 4
"""Of the lines; another one makes all of them anew."""
FAR = 2**40
WHOLE = -FAR
"""In place of a day: the line of the whole group, which says that it is counted at all."""
NO_DAY = 1 - FAR
"""In place of a day: the rows that have none."""
ADDED = ("count", "count_if", "sum", "mean")
Entries = list[Any]
"""For each aggregate [sum, how many]; where it does not add up, [value, how many] of each value."""
Line = list[Any]
"""[rows, entries, ids of the rows that are evidence]; of the whole: [rows, entries, key], without values.

What is asked of many days does not need the ids: `Tallies.between` leaves them out."""


class Tallies(Protocol):
    """Where lines are kept: by the number of what is counted, by key and by day."""

    def complete(self, number: int) -> bool:
        """Whether all groups are counted, so that one without lines has no rows."""

    def read(self, number: int, key: int, days: Sequence[int]) -> dict[int, Line]:
        """The lines of these days, as far as there are any."""

    def between(self, number: int, key: int, low: int, high: int) -> list[tuple[int, Line]]:
        """The lines of the days from `low` to `high`, in order, without the ids."""

    def shown(self, number: int, key: int, low: int, high: int) -> list[tuple[int, list[int]]]:
        """The ids of the rows that are evidence, of the same days."""

    def write(self, number: int, key: int, lines: Mapping[int, Line]) -> None:
        """Keep these lines in place of those of the same days."""

    def drop(self, number: int) -> None:
        """Forget all lines of a check; its groups are read again."""


class Part(NamedTuple):
    """One aggregate, and where it stands in the entries."""

    place: int
    name: str
    function: str
    arg: Compute | None


class Total(dict[str, Any]):
    """Lines added up, and taken away again; under their names what the measures come to, computed when asked for.

    Sums are kept up to date; what does not add up is looked for in the lines, since it is rarely asked for.
    `given` are further names (those of the group's key) for expressions that are computed of it.
    """

    def __init__(self, measures: Mapping[str, Compute], parts: Iterable[Part], given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self.measures, self.rows, self.atoms = measures, 0, _Atoms()
        self.sums: list[tuple[int, list[Any]]] = []
        self.lines: dict[int, Line] = {}
        self.adds_up = True
        for part in parts:
            if part.function in ADDED:
                self.sums.append((part.place, [0, 0]))
                self.atoms.results[part.name] = partial(self._of_sum, part.function, self.sums[-1][1])
            else:
                self.adds_up = False
                self.atoms.results[part.name] = partial(self._of_values, REDUCE[part.function], part.place)

    def __missing__(self, name: str) -> Any:
        return self.measures[name](self.atoms)

    def begin(self) -> None:
        """Forget all lines."""
        self.rows = 0
        for _, sum_ in self.sums:
            sum_[:] = 0, 0
        self.lines.clear()

    def add(self, line: Line, sign: int = 1) -> None:
        self.rows += sign * line[0]
        entries = line[1]
        for place, sum_ in self.sums:
            value, many = entries[place]
            sum_[0] += sign * value
            sum_[1] += sign * many
        if self.adds_up:
            return
        if sign > 0:
            self.lines[id(line)] = line
        else:
            del self.lines[id(line)]

    def _of_values(self, reduce: Callable[[list[Any]], Any], place: int) -> Any:
        lines = self.lines.values()
        return reduce([value for line in lines for value, many in line[1][place] for _ in range(many)])

    def _of_sum(self, function: str, sum_: list[Any]) -> Any:
        value, many = sum_
        if function == "count":
            return self.rows
        if function == "count_if":
            return value
        if not many:
            return None
        return value if function == "sum" else float(value) / float(many)


class _Atoms(dict[str, Any]):
    """What the aggregates of a total come to, as over the rows themselves."""

    def __init__(self) -> None:
        self.results: dict[str, Callable[[], Any]] = {}

    def __missing__(self, name: str) -> Any:
        return self.results[name]()


class Counting:
    """How the rows of an aggregate or window check are counted; see `counting_of`."""

    def __init__(self, p: Prepared, own: Mapping[str, Compute], reduce: Reducer) -> None:
        self.p, self.shown = p, own.get("rows")
        functions = [atom.function for atom in p.measures.atoms]
        compiled = zip(functions, reduce.atoms, strict=True)
        self.parts = [Part(n, name, function, arg) for n, (function, (name, _, arg)) in enumerate(compiled)]
        self.measures = dict(reduce.measures)
        asked = [name for name in self.measures if name in p.own["having"].names]
        used = {name for measure in asked for name in _names(p.measures.named[measure])}
        self.decided_by = [part for part in self.parts if part.name in used]
        self.adds_up = all(part.function in ADDED for part in self.decided_by)

    @cached_property
    def number(self) -> int:
        """Of what is counted, the same for ever: with another value of a parameter it is another one."""
        p = self.p
        calendar = [sorted(p.context.calendar.holidays), sorted(p.context.calendar.workdays)]
        values = {name: p.values[name] for name in p.parameters}
        whole = [LAYOUT, p.rule.code, p.check.model_dump(mode="json"), dict(p.types), calendar, values]
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True)
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1

    def day(self, row: Row) -> int:
        """The day under which a row is counted."""
        day: int | None = row[self.p.day] if self.p.day else None
        return NO_DAY if day is None else day // self.p.a_day

    def blank(self) -> Line:
        return [0, [[0, 0] if part.function in ADDED else [] for part in self.parts], []]

    def put(self, line: Line, row: Row, sign: int) -> None:
        """Count a row in the line of its day (1), or take it away (-1)."""
        self._count(line, row, sign)
        for part in self.parts:
            if part.function not in ADDED and part.arg and (value := part.arg(row)) is not None:
                _count_value(line[1][part.place], value, sign)
        if self.shown is None or self.shown(row):
            (line[2].append if sign > 0 else line[2].remove)(row["id"])

    def _count(self, line: Line, row: Row, sign: int) -> None:
        line[0] += sign
        for part in self.parts:
            if part.function in ADDED and part.arg and (value := part.arg(row)) is not None:
                entry = line[1][part.place]
                entry[0] += sign * (bool(value) if part.function == "count_if" else value)
                entry[1] += sign

    def add(self, whole: Line, line: Line) -> None:
        """Add the line of a day to that of the whole."""
        whole[0] += line[0]
        for part in self.parts:
            if part.function in ADDED:
                sum_, entry = whole[1][part.place], line[1][part.place]
                sum_[0] += entry[0]
                sum_[1] += entry[1]

    def follow(self, key: Key, lines: dict[int, Line], moved: Iterable[tuple[int, Row]]) -> None:
        """Bring a group's lines up to date with rows that came (1) and went (-1)."""
        whole = lines.setdefault(WHOLE, [*self.blank()[:2], list(key)])
        for sign, row in moved:
            day = self.day(row)
            if day not in lines:
                lines[day] = self.blank()
            self.put(lines[day], row, sign)
            self._count(whole, row, sign)

    def deciding(self, named: Mapping[str, Any]) -> Total:
        """An empty total of what `having` asks about the group with this key."""
        return Total(self.measures, self.decided_by, named)

    def measured(self, lines: Iterable[Line]) -> dict[str, Any]:
        """All measures of the rows of these lines."""
        total = Total(self.measures, self.parts, {})
        for line in lines:
            total.add(line)
        return {name: total[name] for name in self.measures}

    def evidence(self, shown: Iterable[tuple[int, list[int]]]) -> tuple[list[int], int | None]:
        """The ids of all rows shown, and the last of their days."""
        ids, last = list[int](), None
        for day, some in shown:
            if some:
                ids += some
                last = last if day == NO_DAY else day
        return ids, None if last is None else last * self.p.a_day


class Tally:
    """One group, if it is counted."""

    def __init__(self, counting: Counting, tallies: Tallies, school: int, key: Key) -> None:
        self.counting, self.tallies, self.key = counting, tallies, key
        self.place = counting.number, posting_key(school, key)
        self.free = True
        """False: another group has the same digest; this one is read."""

    def follow(self, moved: Sequence[tuple[int, Row]]) -> Line | None:
        """Count rows that came and went; returns the line of the whole, None where the group is not counted."""
        days = {self.counting.day(row) for _, row in moved}
        lines = self.tallies.read(*self.place, (WHOLE, *days))
        if WHOLE in lines and lines[WHOLE][2] != list(self.key):
            self.free = False
            return None
        if WHOLE not in lines and not self.tallies.complete(self.counting.number):
            return None
        try:
            self.counting.follow(self.key, lines, moved)
        except ValueError:  # A row goes that was never counted: whatever the reason, the lines are not to be believed.
            self.tallies.drop(self.counting.number)
            return None
        self.tallies.write(*self.place, lines)
        return lines[WHOLE]

    def begin(self, rows: Iterable[Row]) -> None:
        """Count the group from now on; these are its rows."""
        if self.free:
            lines: dict[int, Line] = {}
            self.counting.follow(self.key, lines, ((1, row) for row in rows))
            self.tallies.write(*self.place, lines)

    def between(self, low: int, high: int) -> list[tuple[int, Line]]:
        """The lines of days that have rows, in order, without the ids."""
        return [(day, line) for day, line in self.tallies.between(*self.place, low, high) if line[0]]

    def evidence(self, low: int = NO_DAY, high: int = FAR) -> tuple[list[int], int | None]:
        """The ids of the rows shown of these days (all), and the last of their days."""
        return self.counting.evidence(self.tallies.shown(*self.place, low, high))

    def days(self) -> list[tuple[int, Line]]:
        """The same of all days; rows without one come first."""
        return self.between(NO_DAY, FAR)


def counting_of(p: Prepared, own: Mapping[str, Compute], reduce: Reducer) -> Counting | None:
    """How a check's groups are counted.

    None for other primitives, where the present day decides who takes part, and where evidence depends on measures.
    """
    if not isinstance(p.check, Aggregate | Window):
        return None
    shown = p.own.get("rows")
    if shown and not shown.names <= p.row.names.keys():
        return None
    nodes = [checked.node for checked in (p.where, shown, *p.keys.values()) if checked]
    for measures in (p.measures, *(join.measures for join in p.joins.values())):
        nodes += [*measures.named.values(), *(atom.arg for atom in measures.atoms if atom.arg)]
    nodes += [join.where.node for join in p.joins.values() if join.where]
    return None if any(map(_of_today, nodes)) else Counting(p, own, reduce)


def _count_value(counts: list[list[Any]], value: Any, sign: int) -> None:
    """One more of a value, or one less. Raises ValueError where there is none."""
    known = next((pair for pair in counts if pair[0] == value), None)
    if known is None:
        if sign < 0:
            raise ValueError(value)
        counts.append([value, 1])
    elif known[1] + sign:
        known[1] += sign
    else:
        counts.remove(known)


def _of_today(node: Node) -> bool:
    return node.op == "today" or any(map(_of_today, node.args))


def _names(node: Node) -> Iterator[Any]:
    if node.op == "name":
        yield node.value
    for arg in node.args:
        yield from _names(arg)

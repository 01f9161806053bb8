"""Event logs as numbers: a log is read once in a run, its names coded once, however many checks look at it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingqu.alerts.engine.batch.frames import Tables, frame
from qingqu.alerts.engine.cases import by_case
from qingqu.alerts.engine.hits import Row
from qingqu.alerts.engine.prepared import EVENT_COLUMNS, Prepared
from qingqu.alerts.engine.procedures import RETURN, Doubt, event_of, in_force, in_order, step_of
from qingqu.datasets.rules import BESIDE, people_in

Numbers = Any
"""A NumPy array: a number or a flag for each event, or each case."""
CODED = ("case", "step", "op", "operator", "on_behalf", "to")


class Log:
    """The events of all cases, in any order; `steps` maps the log's own names to ours. `case` numbers the cases."""

    def __init__(self, table: pa.Table, steps: Mapping[str, str] | None) -> None:
        table = _counting(table.filter(pc.is_valid(table["case"])), steps).combine_chunks()
        for name in CODED:
            column = pc.dictionary_encode(table[name]).combine_chunks()
            table = table.set_column(table.column_names.index(name), name, column)
        self.table = table
        self.id, school = _integers(table, "id"), _integers(table, "school")
        codes, names = _coded(table["case"])
        found, self.case = np.unique(school * max(1, len(names)) + codes, return_inverse=True)
        self.cases = len(found)
        self.case_names = np.array(names, object)[found % max(1, len(names))]
        self.names = sorted({ours for name in _coded(table["step"])[1] if (ours := step_of(name, steps))})
        codes, names = _coded(table["step"])
        numbers = {name: number for number, name in enumerate(self.names)}
        self.step = _recoded(codes, [numbers.get(step_of(name, steps) or "", -1) for name in names], -1)
        """Number of the step in `names`, -1 where there is none."""
        self.time = _integers(table, "time")
        self.read = table["time"].is_valid().to_numpy() & (self.step >= 0)
        """Which events have a step and a time."""
        self.known = self.read & ~self._void(steps)
        """Those of them that are in force."""

    @cached_property
    def newest(self) -> Numbers:
        """The last minute of each case."""
        last = np.zeros(self.cases, np.int64)
        np.maximum.at(last, self.case, self.time)
        return last

    @cached_property
    def moment(self) -> Numbers:
        """Case and time in one number: equal at one minute of one case, greater later in it."""
        times, rank = np.unique(self.time, return_inverse=True)
        return self.case * len(times) + rank

    @cached_property
    def people(self) -> tuple[Numbers, Numbers]:
        """Who acted, and for whom: the place of an event and the number of a person, a pair for each of them."""
        numbers: dict[str, int] = {}
        events, people = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for name in ("operator", "on_behalf"):
            codes, names = _coded(self.table[name])
            said = [[numbers.setdefault(one, len(numbers)) for one in people_in(each) if one] for each in names]
            for nth in zip_longest(*said, fillvalue=-1):
                found = _recoded(codes, list(nth), -1)
                events.append(np.flatnonzero(found >= 0))
                people.append(found[events[-1]])
        return np.concatenate(events), np.concatenate(people)

    def _void(self, steps: Mapping[str, str] | None) -> Numbers:
        """Which events are returns, or voided by one: only the cases that have one are read for it."""
        codes, names = _coded(self.table["op"])
        returned = self.having(_recoded(codes, [name in RETURN for name in names], False))
        void: list[int] = []
        for rows in by_case(self.rows(returned)).values():
            events = in_order(event_of(row, steps) for row in rows)
            kept = {event.id for event in in_force(events)}
            void += [event.id for event in events if event.id not in kept]
        return np.isin(self.id, np.array(void, np.int64))

    @cached_property
    def doubts(self) -> Mapping[Doubt, Numbers]:
        """The cases with an event of which the step, the time or the person is not known."""
        anybody = np.zeros(len(self.case), bool)
        anybody[self.people[0]] = True
        return {
            "step": self.having(self.step < 0),
            "time": self.having(self.table["time"].is_null().to_numpy()),
            "person": self.having(~anybody),
        }

    @cached_property
    def holed(self) -> Numbers:
        """The cases with any such event."""
        return np.logical_or.reduce(list(self.doubts.values()))

    def of(self, steps: Collection[str]) -> Numbers:
        """Which events are one of these steps."""
        return np.array([name in steps for name in self.names] + [False])[self.step]

    def flags(self, name: str) -> Numbers:
        """Which events say something in a column of texts."""
        return pc.fill_null(pc.not_equal(self.table[name], ""), False).to_numpy()

    def at_least(self, name: str, least: int) -> Numbers:
        """Which events have so much in a column of numbers."""
        return pc.fill_null(pc.greater_equal(self.table[name], least), False).to_numpy()

    def having(self, events: Numbers) -> Numbers:
        """Which cases have one of these events."""
        return np.bincount(self.case[events], minlength=self.cases) > 0

    def rows(self, cases: Numbers) -> list[Row]:
        """The events of some cases as rows."""
        found: list[Row] = self.table.filter(pa.array(cases[self.case])).to_pylist()
        return found


def _counting(table: pa.Table, steps: Mapping[str, str] | None) -> pa.Table:
    """Without what is beside the procedure, as `procedures.in_order` has it."""
    beside = [name for name, ours in (steps or {}).items() if ours == BESIDE]
    if not beside:
        return table
    let_be = pc.is_in(table["step"], pa.array(beside))
    return table.filter(pc.or_(pc.invert(let_be), pc.is_in(table["op"], pa.array(RETURN))))


def _integers(table: pa.Table, name: str) -> Numbers:
    return pc.fill_null(table[name], 0).to_numpy().astype(np.int64)


def _coded(column: Any) -> tuple[Numbers, list[str]]:
    """Each event's number in a list of texts; the last and beyond, -1, where it says nothing."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    codes = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, column.dictionary.to_pylist()


def _recoded(codes: Numbers, values: list[Any], nothing: Any) -> Numbers:
    return np.array([*values, nothing])[codes]


class Logs:
    """The logs of one run, each read when the first check asks for it; a check with a condition reads its own."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._read: dict[Any, Log] = {}

    def of(self, p: Prepared) -> Log:
        """The log that a check looks at."""
        if p.where or p.joins:
            return self._fresh(p)
        steps = p.context.steps
        key = (p.dataset, None if steps is None else tuple(sorted(steps.items())))
        if key not in self._read:
            self._read[key] = self._fresh(p)
        return self._read[key]

    def _fresh(self, p: Prepared) -> Log:
        table = frame(p, self.tables).select("id", "school", *EVENT_COLUMNS)
        return Log(table.to_pyarrow(), p.context.steps)

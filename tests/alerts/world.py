"""Records in memory, changed at random, as the tests of the engine see them."""

import json
import os

import ibis
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.incremental import Change, evaluate, needed


class World:
    """All records of all data sets; `fetch` looks them up as the product does, through declared groupings only."""

    def __init__(self, schemas, groupings=()):
        self.schemas = schemas
        self.rows = {dataset: {} for dataset in schemas}
        self.groupings = set(groupings)

    def put(self, dataset, id_, school, values):
        before = self.rows[dataset].get(id_)
        school = before["school"] if before else school
        after = None if values is None else {"id": id_, "school": school, **values}
        if after is None:
            self.rows[dataset].pop(id_, None)
        else:
            self.rows[dataset][id_] = after
        return Change(dataset, school, id_, before, after) if before or after else None

    def fetch(self, grouping, school, key, low, high):
        """Besides what was asked, one row of another key: as when two keys have the same digest."""
        assert grouping in self.groupings, grouping
        found, strangers = [], []
        for row in self.rows[grouping.dataset].values():
            order = row[grouping.order] if grouping.order else 0
            if row["school"] != school or order is None or not grouping.keys(row):
                continue
            if (low is None or order >= low) and (high is None or order <= high):
                (found if key in grouping.keys(row) else strangers).append(row)
        return [*strangers[:1], *found]

    def all_as_new(self):
        return [
            Change(dataset, row["school"], row["id"], None, row)
            for dataset, rows in self.rows.items()
            for row in rows.values()
        ]

    def arrow(self, dataset, shuffle=None):
        rows = list(self.rows[dataset].values())
        if shuffle:
            shuffle(rows)
        types = {
            name: pa.string() if type_ in ("text", "hashed") else pa.int64()
            for name, type_ in self.schemas[dataset].items()
        }
        types = {"id": pa.int64(), "school": pa.int64(), **types}
        return pa.table({name: pa.array([row[name] for row in rows], type_) for name, type_ in types.items()})

    def tables(self, shuffle=None):
        return {dataset: ibis.memtable(self.arrow(dataset, shuffle)) for dataset in self.rows}


class Kept:
    """Tallies in memory, as text, as a database keeps them."""

    def __init__(self, *, all_groups=False):
        self.lines, self.all_groups, self.reads = {}, all_groups, 0

    def complete(self, number):
        return self.all_groups

    def read(self, number, key, days):
        self.reads += 1
        return {day: json.loads(text) for day in days if (text := self.lines.get((number, key, day)))}

    def between(self, number, key, low, high):
        days = sorted(day for n, k, day in self.lines if (n, k) == (number, key) and low <= day <= high)
        return [(day, json.loads(self.lines[number, key, day])[:2]) for day in days]

    def shown(self, number, key, low, high):
        days = sorted(day for n, k, day in self.lines if (n, k) == (number, key) and low <= day <= high)
        return [(day, json.loads(self.lines[number, key, day])[2]) for day in days]

    def write(self, number, key, lines):
        self.lines.update({(number, key, day): json.dumps(line) for day, line in lines.items()})

    def drop(self, number):
        self.lines, self.all_groups = {}, False


def transactions(values, datasets, chance, length):
    """Writes in any order: new rows, corrections, withdrawals (None); some of them together in one transaction."""
    for _ in range(length):
        writes = []
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            place = chance.choice([0, 0, *range(len(datasets))])
            dataset = datasets[place]
            row = {c: None if chance.random() < 0.06 else chance.choice(some) for c, some in values[dataset].items()}
            gone = chance.random() < 0.12
            number = chance.randrange(14)
            writes.append((dataset, number * 10 + place, 2 if number % 4 == 0 else 1, None if gone else row))
        yield writes


EXAMPLES = int(os.environ.get("QINGQU_EXAMPLES", "25"))
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

histories = st.tuples(st.integers(0, 2**32), st.integers(1, 40))
"""A seed, and how many transactions: the shorter history is the beginning of the longer."""


def play(world, judge, history, tallies=None, hits=()) -> set[Hit]:
    """Let the check watch every write; what it holds to be found at the end."""
    world.groupings |= set(needed(judge.p))
    hits = set(hits)
    for writes in history:
        changes = {}
        for write in writes:
            change = world.put(*write)
            if change:
                first = changes.get((change.dataset, change.id))
                changes[change.dataset, change.id] = Change(
                    change.dataset, change.school, change.id, first.before if first else change.before, change.after
                )
        hits = evaluate(judge, list(changes.values()), world.fetch, tallies).applied(hits)
    return hits

"""Records into the product itself: a file of a million rows; one record at a time beside a history of some size."""

from __future__ import annotations

import gc
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction

from config.bench import purchases
from config.bench.measure import Line, Timing, memory, seconds
from config.bench.school import School
from qingqu.accounts.models import User
from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.models import Rule
from qingqu.alerts.running import batches
from qingqu.alerts.running.ready import checks_of
from qingqu.alerts.running.tables import Current
from qingqu.alerts.running.watcher import Watcher
from qingqu.datasets import actions, importing, postings, storing, watching
from qingqu.datasets.columns import columns_of, key_of, read_row, written
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.watching import Values
from qingqu.organisation import actions as organisation
from qingqu.organisation.models import Unit

ROWS = 1_000_000
WRITES, WARM_UP, PART = 1_000, 20, 20_000
LIMITS: dict[str, Any] = {"money": 3_000_000, "share": 0.1, "dates": [20_454]}
"""Local limits as some school might set them."""
FIRST = 5_000
"""Rows of the first history, against which memory is compared."""
A_SCHOOL, FIRST_OTHER = 10_000, 100
"""Rows of each school of a city, about nine purchases a day; the seed of the first of them."""


def imported(school: School, rows: int = ROWS) -> list[Line]:
    """A text of a million purchases, from the upload to the look-ups."""
    table = _table(school)
    _load(table, school, min(FIRST, rows))
    return [*_loaded(table, school, rows), _posted(table)]


def records(school: School, rows: int = ROWS, writes: int = WRITES) -> list[Line]:
    """Purchases entered one by one with all rules switched on: beside a few, beside a city's, beside a school's own."""
    table, writes = _table(school), min(writes, rows)
    _build(table, min(FIRST, rows))
    few = _entered(table, writes, seed=8)
    cpu, wall = time.process_time(), time.perf_counter()
    others = max(1, rows // A_SCHOOL) - 1
    for n in range(others):
        _build(_table_of(_other(n), school.office), A_SCHOOL, seed=FIRST_OTHER + n)
    _build(table, min(rows, A_SCHOOL))
    counted = seconds(Timing(time.process_time() - cpu, time.perf_counter() - wall))
    city = _entered(table, writes, seed=9)
    lines = [
        Line(f"{rows:,} rows, schools: {others + 1}, counted", counted),
        *_judged(school, city),
        _beside("a few rows", few),
    ]
    _build(table, rows)
    many = _entered(table, writes, seed=10)
    lines.append(_beside(f"{rows:,} rows of one school", many))
    grown = f"{few.memory:.0f} MB, {many.memory - few.memory:+.0f}"
    return [*lines, Line("memory for it, few rows → many", grown)]


def _table(school: School) -> Dataset:
    return _table_of(school.unit, school.office)


def _table_of(unit: Unit, by: User) -> Dataset:
    """A school's table of purchases, all its rules switched on."""
    table = next(d for d in actions.adopt(unit, rulebook.schemas(), by=None) if d.code == "DS1")
    _switch_on(unit, by)
    return table


def _other(number: int) -> Unit:
    name = f"测速学校{number + 2}（虚构）"
    return organisation.create_unit(None, kind="school", name=name, code=f"BENCH{number + 2}", by=None)


def _build(table: Dataset, rows: int, seed: int = 7) -> None:
    """A history as the night leaves it: rows go in beside the importer, look-ups, counts and warnings come of them.

    Warnings only of the checks that are counted: there are no quotes, and another check would miss them everywhere.
    """
    columns, known = columns_of(table), dict[tuple[str, ...], Values]()
    names, cells = [column.id for column in columns], purchases.cells(rows, seed)
    start, batch = Record.objects.count(), actions.open_batch(table, "api", by=None)
    while some := list(islice(cells, PART)):
        made = []
        for number, *rest in some:
            said = tuple(rest)
            if said not in known:
                known[said] = read_row(dict(zip(names[1:], rest, strict=True)), columns).values
            made.append(known[said] | {names[0]: f"史{start}-{number}"})
        with transaction.atomic(), storing.much_memory():
            actions.load_part(table, {key_of(row, table.key): written(row) for row in made}, batch=batch)
    postings.ensure(table)
    current = Current(table.school)
    for running in checks_of(table.school_id).checks:
        if running.judge.counting and running.prepared.dataset == table.code:
            batches.judge_check(running, table, current, None)


def _switch_on(unit: Unit, by: User) -> None:
    """All shipped indicators, their local limits entered where one number says it."""
    rule_actions.adopt(unit, rulebook.shipped(), by=None)
    for rule in Rule.objects.filter(school=unit):
        whole = rulebook.effective(rule)
        for name in rulebook.waiting(rule):
            if value := LIMITS.get(whole.parameters[name].type):
                rule = rule_actions.set_limit(rule, name, value, basis="测速用", by=by)


def _load(table: Dataset, school: School, rows: int) -> Timing:
    """From the upload to the last row in the table, as the page and the worker do it."""
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        file = purchases.written(Path(folder) / f"{rows}.csv", rows)
        cpu, wall = time.process_time(), time.perf_counter()
        with file.open("rb") as opened:
            batch = importing.upload(table, File(opened, name=file.name), by=school.office)
        batch = importing.map_columns(batch, sheet=batch.sheet, mapping=batch.mapping, by=school.office)
        batch = importing.begin(batch, by=school.office)
        if batch.state == Batch.State.RUNNING:  # few rows are in at once
            importing.load(batch)
        return Timing(time.process_time() - cpu, time.perf_counter() - wall)


def _loaded(table: Dataset, school: School, rows: int) -> list[Line]:
    timing = _load(table, school, rows)
    peak = memory("VmHWM")
    kept = Record.objects.filter(dataset=table, withdrawn=False).count()
    said = f"{seconds(timing)}, {kept:,} records kept, {peak:.0f} MB at most"
    return [Line(f"{rows:,} rows from .csv", said, "≤ 60 s wall, ≤ 1,024 MB", timing.wall <= 60 and peak <= 1024)]


def _posted(table: Dataset) -> Line:
    cpu, wall = time.process_time(), time.perf_counter()
    many = postings.ensure(table)
    return Line(
        f"the same under {many} look-ups", seconds(Timing(time.process_time() - cpu, time.perf_counter() - wall))
    )


class _Clocked(Watcher):
    """The watcher that judges, with a clock beside it."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.cpu: list[float] = []

    def changed(self, dataset: Dataset, changes: Sequence[watching.Change], by: Any) -> None:
        cpu, began = time.process_time(), time.perf_counter()
        super().changed(dataset, changes, by)
        self.took.append(time.perf_counter() - began)
        self.cpu.append(time.process_time() - cpu)


@contextmanager
def _clocked() -> Any:
    kept, clock = list(watching._watchers), _Clocked()
    watching._watchers[:] = [clock]
    try:
        yield clock
    finally:
        watching._watchers[:] = kept


@contextmanager
def _disk() -> Any:
    """One `fdatasync` of a page on the disk of the database."""
    handle, name = tempfile.mkstemp(dir=settings.VAR_DIR)

    def sync() -> float:
        os.pwrite(handle, os.urandom(4096), 0)
        began = time.perf_counter()
        os.fdatasync(handle)
        return time.perf_counter() - began

    try:
        yield sync
    finally:
        os.close(handle)
        os.unlink(name)


@contextmanager
def _alone() -> Any:
    """SQLite alone: one row of a table without an index, committed as the product commits."""
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        connection = sqlite3.connect(Path(folder) / "alone.sqlite3", isolation_level=None)
        connection.executescript(settings.SQLITE_OPTIONS["init_command"] + "CREATE TABLE said (what text)")

        def commit() -> float:
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO said VALUES (?)", ("一" * 200,))
            connection.execute("COMMIT")
            return time.perf_counter() - began

        try:
            yield commit
        finally:
            connection.close()


@dataclass(slots=True)
class Written:
    """Seconds on the wall of each record: rules alone, the whole act, then one fdatasync and one row of SQLite alone;
    and processor time.

    `memory` is what the process had at most, in megabytes.
    """

    rules: list[float] = field(default_factory=list)
    rules_cpu: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    disk: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: float = 0


def _entered(table: Dataset, writes: int, seed: int) -> Written:
    """`enter` in a process of its own: the web worker that serves is not the process that built a history."""
    command = [sys.executable, "-m", "config.bench", "enter", str(table.pk), str(writes), str(seed)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Written(**json.loads(said.splitlines()[-1]))


def enter(table: Dataset, writes: int, seed: int) -> Written:
    """Enter purchases of the same school one by one; with another seed, others than those entered before."""
    gc.freeze()  # as in `config.wsgi`
    columns = list(rulebook.schemas()["DS1"])
    found, start = Written(), Record.objects.count()
    with _clocked() as clock, _disk() as sync, _alone() as commit:
        for n, cells in enumerate(purchases.cells(writes + WARM_UP, seed)):
            row = dict(zip(columns, cells, strict=True)) | {"po_no": f"新{start}-{n}"}
            cpu, wall = time.process_time(), time.perf_counter()
            actions.enter_record(table, row, by=None)
            whole = time.perf_counter() - wall
            if n >= WARM_UP:
                found.whole.append(whole)
                found.cpu.append(time.process_time() - cpu)
                found.disk.append(sync())
                found.alone.append(commit())
        found.rules, found.rules_cpu = clock.took[WARM_UP:], clock.cpu[WARM_UP:]
    found.memory = memory("VmHWM")
    return found


def _judged(school: School, many: Written) -> list[Line]:
    rules = {running.rule.code for running in checks_of(school.unit.pk).checks}
    disk = median(many.disk)
    name = f"a record, {len(rules)} rules"
    p50, p99 = median(many.whole), _late(many.rules)
    said = f"p50 {_ms(p50)} = {p50 / disk:.1f} × fdatasync ({_ms(disk)}), p99 {_ms(_late(many.whole))}"
    alone = f"p50 {_ms(median(many.rules))}, p90 {_ms(quantiles(many.rules, n=10)[8])}, p99 {_ms(p99)}"
    of_rules = f"p50 {_ms(median(many.rules_cpu))}, p99 {_ms(_late(many.rules_cpu))} of that judging"
    return [
        Line(name, said, "p50 ≤ 1.5 × fdatasync", p50 <= 1.5 * disk),
        Line("of that judging it", alone, "p99 ≤ 5 ms", p99 <= 0.005),
        Line("processor for it", f"p50 {_ms(median(many.cpu))}, p99 {_ms(_late(many.cpu))}; {of_rules}"),
        Line("one row by SQLite alone", f"p50 {_ms(median(many.alone))} = {median(many.alone) / disk:.1f} × fdatasync"),
    ]


def _beside(what: str, took: Written) -> Line:
    judging = f"judging p50 {_ms(median(took.rules))}, p99 {_ms(_late(took.rules))}"
    return Line(f"the same beside {what}", f"p50 {_ms(median(took.whole))}, p99 {_ms(_late(took.whole))}; {judging}")


def _late(values: list[float]) -> float:
    return quantiles(values, n=100)[98]


def _ms(value: float) -> str:
    return f"{value * 1000:.2f} ms"

"""Run a rule over whole tables, on the engine that they belong to."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from qingqu.alerts.engine.batch.frames import Tables
from qingqu.alerts.engine.batch.groups import aggregate, fence, nested, progression, sequence
from qingqu.alerts.engine.batch.logs import Logs
from qingqu.alerts.engine.batch.pairs import companions, link
from qingqu.alerts.engine.batch.single import single
from qingqu.alerts.engine.batch.suspects import suspects
from qingqu.alerts.engine.batch.windows import window
from qingqu.alerts.engine.cases import by_case, case_hits
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Context, Prepared, Schemas, prepare
from qingqu.alerts.engine.spec import Rule


def events(p: Prepared, check: Any, tables: Tables, logs: Logs | None = None) -> Iterable[Hit]:
    """Judge case by case in Python those cases that the whole log's numbers leave suspect."""
    for (school, case), rows in by_case(suspects((logs or Logs(tables)).of(p), p)).items():
        yield from case_hits(p, school, case, rows)


RUNNERS: dict[str, Callable[[Prepared, Any, Tables], Iterable[Hit]]] = {
    "predicate": single,
    "aggregate": aggregate,
    "window": window,
    "nested": nested,
    "peer": single,
    "trail": single,
    "sequence": sequence,
    "progression": progression,
    "companions": companions,
    "fence": fence,
    "link": link,
    "events": events,
}


def run_check(prepared: Prepared, tables: Tables, logs: Logs | None = None) -> list[Hit]:
    """What one check finds, always in the same order; nothing while one of its parameters has no value.

    Pass `logs` to share the event logs read by other checks of the same run.
    """
    runner = RUNNERS.get(prepared.check.primitive)
    if runner is None or prepared.awaits:
        return []
    if runner is events:
        runner = partial(events, logs=logs)
    with _no_search_for_cycles():
        return sorted(runner(prepared, prepared.check, tables), key=_place)


def _place(hit: Hit) -> tuple[int, str, tuple[int, ...]]:
    """Where a finding stands among those of its check: keys may lack values, which cannot be compared."""
    return hit.school, str(hit.key), hit.rows


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Pause the cycle collector: scanning many small findings, none in a cycle, costs as much as making them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def run(rule: Rule, tables: Tables, schemas: Schemas, context: Context) -> list[Hit]:
    """What a rule finds in whole tables."""
    logs = Logs(tables)
    return [hit for one in rule.checks for hit in run_check(prepare(rule, one, schemas, context), tables, logs)]

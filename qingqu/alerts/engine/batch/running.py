"""A rule over whole tables, on whichever engine these belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from qingqu.alerts.engine.batch.frames import Tables, fetched, frame
from qingqu.alerts.engine.batch.groups import aggregate, fence, nested, progression, sequence
from qingqu.alerts.engine.batch.pairs import companions, link
from qingqu.alerts.engine.batch.single import single
from qingqu.alerts.engine.batch.windows import window
from qingqu.alerts.engine.cases import by_case, case_hits
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Context, Prepared, Schemas, prepare
from qingqu.alerts.engine.spec import Rule


def events(p: Prepared, check: Any, tables: Tables) -> Iterable[Hit]:
    """Case by case in Python: a log is read once, and only what the check looks at."""
    for (school, case), rows in by_case(fetched(frame(p, tables))).items():
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


def run_check(prepared: Prepared, tables: Tables) -> list[Hit]:
    """What one check finds, in canonical order; nothing while a parameter of it waits for its value."""
    runner = RUNNERS.get(prepared.check.primitive)
    if runner is None or prepared.awaits:
        return []
    return sorted(runner(prepared, prepared.check, tables), key=Hit.canonical)


def run(rule: Rule, tables: Tables, schemas: Schemas, context: Context) -> list[Hit]:
    """What a rule finds in whole tables, on whichever engine these belong to."""
    return [hit for one in rule.checks for hit in run_check(prepare(rule, one, schemas, context), tables)]

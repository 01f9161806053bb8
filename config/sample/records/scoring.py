"""How right the shipped indicators are on records of which we know the truth: recall and precision of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from config.sample.records.frauds import PLANTERS, Planted
from config.sample.records.shapes import LIMIT, Table
from config.sample.records.world import World, number
from qingqu.alerts.engine.batch import Logs, compute, run_check
from qingqu.alerts.engine.catalogue import effective
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.indicators import rulebook

LOCAL: dict[str, dict[str, Any]] = {
    "E03": {"limit": LIMIT},
    "F01": {"limit": LIMIT},
    "F02": {"limit": LIMIT},
    "F12": {"per_capita": 10_000},
    "F23": {"balance_rate": 0.15},
    "F24": {"lines": {"统招": 300_000, "指标到校": 300_000}, "places": {"统招": 9_999, "指标到校": 9_999}},
    "F28": {"limit": LIMIT},
}
"""The local limits of the fictional schools."""
URGENT = ("orange", "red")


@dataclass(frozen=True, slots=True)
class Score:
    """Of one indicator: planted cases and how many it found; hits and how many are right, all and the urgent ones."""

    rule: str
    planted: int
    found: int
    hits: int
    right: int
    urgent: int
    urgent_right: int

    @property
    def recall(self) -> float | None:
        return self.found / self.planted if self.planted else None

    @property
    def precision(self) -> float | None:
        return self.right / self.hits if self.hits else None

    @property
    def urgent_precision(self) -> float | None:
        """Of orange and red hits."""
        return self.urgent_right / self.urgent if self.urgent else None


def findings(tables: Mapping[str, Table], world: World) -> list[Hit]:
    """What all shipped indicators find, three weeks after the last day of the records."""
    kept, today, found = engine_tables(tables), number(world.days[-1]) + 20, []
    logs = Logs(kept)
    for rule in rulebook.shipped().values():
        whole = effective(rule, LOCAL.get(rule.code, {}))
        for one in whole.checks:
            ready = prepare(whole, one, rulebook.schemas(), Context(today))
            if one.primitive == "peer":
                medians = {(rule.code, one.id): compute(ready, kept)}
                ready = prepare(whole, one, rulebook.schemas(), Context(today, snapshots=medians))
            found += run_check(ready, kept, logs)
    return found


def engine_tables(tables: Mapping[str, Table]) -> dict[str, Any]:
    """The tables as the engine reads them; those that the schools do not keep are empty."""
    found = {}
    for code, schema in rulebook.schemas().items():
        kept = tables.get(code, {"id": [], "school": []})
        columns = {name: pa.array([int(v) for v in kept[name]], pa.int64()) for name in ("id", "school")}
        for name, kind in schema.items():
            type_, as_ = (pa.string(), str) if kind in ("text", "hashed") else (pa.int64(), int)
            values = kept[name] if name in kept else [None] * len(columns["id"])
            columns[name] = pa.array([None if v is None else as_(v) for v in values], type_)
        found[code] = ibis.memtable(pa.table(columns))
    return found


def scored(cases: Iterable[Planted], hits: Iterable[Hit]) -> list[Score]:
    """Each indicator's score.

    A case is found when a hit of its own indicator shows one of its rows. A hit is right when it shows a row of a case
    that was planted for its indicator, or for one whose planter says why this indicator sees it too (`Planter.also`).
    """
    cases, hits = list(cases), list(hits)
    rows: dict[str, set[int]] = {}
    for case in cases:
        for rule in (case.rule, *PLANTERS[case.rule].also):
            rows.setdefault(rule, set()).update(case.rows)
    shown: dict[str, set[int]] = {}
    for hit in hits:
        shown.setdefault(hit.rule, set()).update(hit.rows)
    return [_score(rule, cases, hits, rows.get(rule, set()), shown.get(rule, set())) for rule in rulebook.shipped()]


def _score(rule: str, cases: list[Planted], hits: list[Hit], rows: set[int], shown: set[int]) -> Score:
    own = [case for case in cases if case.rule == rule]
    made = [(hit.colour in URGENT, not rows.isdisjoint(hit.rows)) for hit in hits if hit.rule == rule]
    return Score(
        rule,
        planted=len(own),
        found=sum(not shown.isdisjoint(case.rows) for case in own),
        hits=len(made),
        right=sum(right for _, right in made),
        urgent=sum(urgent for urgent, _ in made),
        urgent_right=sum(urgent and right for urgent, right in made),
    )


def table(scores: Iterable[Score]) -> list[str]:
    """The scores as lines of a table."""
    lines = ["indicator  planted found recall   hits right precision   orange+red right precision"]
    for one in scores:
        lines.append(
            f"{one.rule:<10} {one.planted:7} {one.found:5} {_share(one.recall)} {one.hits:6} {one.right:5} "
            f"{_share(one.precision):>9} {one.urgent:12} {one.urgent_right:5} {_share(one.urgent_precision):>9}"
        )
    return lines


def _share(value: float | None) -> str:
    return "     –" if value is None else f"{value:6.1%}"

"""How many cases of a log follow a procedure, leave it, are under way, or cannot be told: all of them in one pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from qingqu.alerts.engine.batch.logs import Log, Numbers
from qingqu.alerts.engine.batch.suspects import replays
from qingqu.alerts.engine.prepared import Prepared
from qingqu.alerts.engine.procedures import Doubt, Verdict


@dataclass(frozen=True, slots=True)
class Sorted:
    """The cases of a log by verdict, and those of which nobody can say by why; the newest of each by name."""

    counts: Mapping[str, int]
    """By verdict and, of those unknown, by doubt: a case may have several."""
    cases: Mapping[str, list[str]]


def sort(log: Log, p: Prepared, refused: Collection[str], most: int) -> Sorted:
    """The same verdicts as `procedures.verdict` on every case; `refused`: the cases of which rows are not in the log.

    Of each kind at most so many cases are named.
    """
    leaves, ends = replays(log, p)
    gone = set(refused)
    lacking = np.array([name in gone for name in log.case_names], bool)
    meant = log.having(log.of(p.check.about)) if p.check.about else np.ones(log.cases, bool)
    doubts: dict[Doubt, Numbers] = {"refused": lacking, **log.doubts}
    meant |= lacking | doubts["step"]
    unknown = meant & (lacking | log.holed)
    sure = meant & ~unknown
    verdicts: Mapping[Verdict, Numbers] = {
        "follows": sure & ~leaves & ends,
        "leaves": sure & leaves,
        "under_way": sure & ~leaves & ~ends,
        "unknown": unknown,
        "other": ~meant,
    }
    newest = np.argsort(-log.newest, kind="stable")
    found: dict[str, Numbers] = dict(verdicts.items())
    found |= {why: unknown & has for why, has in doubts.items()}
    counts = {name: int(has.sum()) for name, has in found.items()}
    cases = {name: list(log.case_names[newest[has[newest]][:most]]) for name, has in found.items() if name != "other"}
    absent = sorted(gone - set(log.case_names))
    for name in ("unknown", "refused"):
        counts[name] += len(absent)
        cases[name] = (absent + cases[name])[:most]
    return Sorted(counts, cases)

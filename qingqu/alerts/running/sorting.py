"""The cases of a log, counted by the procedures that they are held against. DuckDB over Parquet."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.utils import timezone

from qingqu.alerts.engine.batch import Logs
from qingqu.alerts.engine.batch.conformity import sort
from qingqu.alerts.models import Conformity
from qingqu.alerts.running.conformity import NAMED, Held
from qingqu.alerts.running.tables import tables_of
from qingqu.datasets import missing
from qingqu.datasets.models import Dataset


def count(log: Dataset, procedures: Sequence[Held]) -> int:
    """Count the cases of a log by these procedures, and keep what came out; returns how many procedures there were."""
    began = time.monotonic()
    lacks, lack = missing.state_of(log), missing.lack(log)
    prepared = [one.prepared(log) for one in procedures]
    logs = Logs(tables_of(log.school, codes={code for p in prepared for code in p.watches}))
    for one, p in zip(procedures, prepared, strict=True):
        found = sort(logs.of(p), p, lack.cases, NAMED)
        Conformity.objects.update_or_create(
            dataset=log,
            code=one.rule.code,
            check_id=one.check.id,
            defaults={
                "state": one.state(log, lacks),
                "counts": dict(found.counts),
                "cases": dict(found.cases),
                "seconds": time.monotonic() - began,
                "counted_at": timezone.now(),
            },
        )
    return len(procedures)

"""Computing a warning anew out of what was kept: the versions of its records, the values, the medians."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qingqu.alerts import queries, rulebook
from qingqu.alerts.engine import catalogue
from qingqu.alerts.engine.incremental import Change, Judge, evaluate
from qingqu.alerts.engine.prepared import Context, canonical, prepare
from qingqu.alerts.engine.snapshots import Snapshot
from qingqu.alerts.models import Alert, AlertRow
from qingqu.alerts.models import Snapshot as KeptSnapshot
from qingqu.alerts.ready import EPOCH
from qingqu.datasets.models import Record, RecordVersion


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether the same came out, and what to say."""

    same: bool
    text: str


def replay(alert: Alert) -> Replayed:
    """Judge the kept records of a warning again with the kept values.

    Checks that look at more than their evidence (shares of a year, medians of a series) are held to their seals alone.
    """
    if alert.rule is None:
        return Replayed(True, _("工作提示随工作情况计算，不需要重算。"))
    if not queries.is_sealed(alert):
        return Replayed(False, _("提示时的记录与现存版本不一致，请告知纪委并核验留痕。"))
    found = _again(alert)
    if found is None:
        return Replayed(True, _("提示时的记录逐条核对无误。这类指标还要看全部数据，请在每晚的核算中核对。"))
    same = found == (dict(alert.numbers), alert.colour)
    if same:
        return Replayed(True, _("用提示时的记录和参数重算，结果逐位相同。"))
    return Replayed(False, _("重算结果与提示不同，请告知纪委并核验留痕。"))


def _again(alert: Alert) -> tuple[dict[str, Any], str] | None:
    assert alert.rule is not None
    whole = catalogue.effective(
        rulebook.shipped()[alert.rule.code], alert.parameters, alert.rule.levels, alert.rule.where
    )
    one = rulebook.check_of(whole, alert.check_id)
    if one.primitive not in ("predicate", "window", "peer", "progression") or one.joins:
        return None
    day = (alert.raised_at.date() - EPOCH).days
    prepared = prepare(whole, one, rulebook.schemas(), Context(day, snapshots=_snapshots(alert)))
    rows = _rows(alert)
    changes = [Change(prepared.dataset, alert.school_id, row["id"], None, row) for row in rows]

    def fetch(grouping: Any, school: int, key: Any, low: int | None, high: int | None) -> list[dict[str, Any]]:
        def fits(row: dict[str, Any]) -> bool:
            at = row.get(grouping.order) if grouping.order else 0
            inside = at is not None and (low is None or at >= low) and (high is None or at <= high)
            return inside and grouping.key(row) == key

        return [row for row in rows if grouping.dataset == prepared.dataset and fits(row)]

    hits = evaluate(Judge(prepared), changes, fetch).hits
    same = [hit for hit in dict.fromkeys(hits) if hit.rows == tuple(row["id"] for row in rows)]
    if len(same) != 1:
        return {}, ""
    return {name: canonical(value) for name, value in same[0].numbers}, same[0].colour


def _rows(alert: Alert) -> list[dict[str, Any]]:
    kept = {row.record_id: row.version for row in AlertRow.objects.filter(alert=alert)}
    now = {r.pk: r for r in Record.objects.filter(pk__in=kept)}
    before = {(v.record_id, v.version): v.values for v in RecordVersion.objects.filter(record__in=kept)}
    rows = []
    for pk, version in sorted(kept.items()):
        values = now[pk].values if now[pk].version == version else before[pk, version]
        rows.append({"id": pk, "school": alert.school_id, **values})
    return rows


def _snapshots(alert: Alert) -> dict[tuple[str, str], Snapshot]:
    assert alert.rule is not None
    kept = KeptSnapshot.objects.filter(school=alert.school_id, code=alert.rule.code, digest=alert.snapshot).first()
    return {(alert.rule.code, alert.check_id): Snapshot.of_rows(kept.rows)} if kept else {}

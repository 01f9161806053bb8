"""What the API answers with: plain values straight from few statements."""

from __future__ import annotations

from typing import Any

from django.db.models import Min, Q

from qingqu.common.clock import today
from qingqu.risks import rules, wording
from qingqu.risks.models import ControlMeasure, MeasureRun, RiskPoint, RiskPointQuerySet
from qingqu.risks.queries import with_ledger_state

COLUMNS = (
    *("id", "code", "level", "residual_level", "score", "category", "title", "manifestation", "unit_id", "person_id"),
    *("owner_id", "power_id", "step_id", "state", "year", "rank"),
)
NAMES = {"unit": "unit__name", "owner": "owner__name", "power": "power__name", "step": "step__name"}


def filtered(rows: RiskPointQuerySet, asked: dict[str, Any]) -> RiskPointQuerySet:
    """`rows` narrowed to what was asked for."""
    names = {"unit": "unit_id", "category": "category", "year": "year", "state": "state"}
    if asked.get("level"):
        rows = rows.of_level(asked["level"])
    return rows.filter(**{field: asked[name] for name, field in names.items() if asked.get(name) is not None})


def page(rows: RiskPointQuerySet, after: str | None, limit: int) -> dict[str, Any]:
    """The lines after the key `after` («rank:id»), read along the index; two statements, and no counting."""
    if after:
        rank, pk = (int(part) for part in after.split(":"))
        rows = rows.filter(Q(rank__gt=rank) | Q(rank=rank, id__gt=pk), rank__gte=rank)
    found: list[dict[str, Any]] = list(rows.order_by("rank", "id").values(*COLUMNS, *NAMES.values())[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    due = next_due([row["id"] for row in found])
    key = f"{found[-1]['rank']}:{found[-1]['id']}" if more else None
    return {"items": [_line(row, due) for row in found], "next": key}


def next_due(risks: list[int]) -> dict[int, Any]:
    """The earliest due day of each risk's measures. One statement."""
    going = ControlMeasure.objects.filter(risk__in=risks, stopped_at=None, next_due_on__isnull=False)
    return dict(going.order_by().values_list("risk").annotate(day=Min("next_due_on")))


def _line(row: dict[str, Any], due: dict[int, Any]) -> dict[str, Any]:
    for name, path in NAMES.items():
        row[name] = row.pop(path)
    del row["rank"]
    day = due.get(row["id"])
    row["next_due"], row["late"] = day, bool(day and day < today())
    return row


def line_of(risk: RiskPoint, day: Any = None) -> dict[str, Any]:
    """The same line of one risk point whose relations are at hand."""
    row = {name: getattr(risk, name) for name in COLUMNS}
    for path in NAMES.values():
        related = getattr(risk, path.partition("__")[0])
        row[path] = related.name if related else None
    return _line(row, {risk.pk: day})


def with_measures() -> RiskPointQuerySet:
    """Risk points with what `whole_of` needs."""
    return with_ledger_state(RiskPoint.objects.select_related("document__notice").prefetch_related("measures"))


def whole_of(risk: Any) -> dict[str, Any]:
    """A risk point with its measures and why it has its level."""
    measures = list(risk.measures.all())
    days = [m.next_due_on for m in measures if m.stopped_at is None and m.next_due_on]
    said = rules.suggest(risk.likelihood, risk.impact, risk.answers)
    names = ("likelihood", "impact", "answers", "cause", "post_id", "regulation_id", "ledger_state")
    return {
        **line_of(risk, min(days, default=None)),
        **{name: getattr(risk, name) for name in names},
        "reasons": wording.explain(said),
        "measures": [measure_of(measure) for measure in measures],
    }


def measure_of(measure: ControlMeasure) -> dict[str, Any]:
    """A measure as the API says it."""
    names = ("id", "phase", "text", "owner_id", "post_id", "frequency", "frequency_note", "evidence_kind")
    late = measure.stopped_at is None and measure.next_due_on is not None and measure.next_due_on < today()
    return {
        **{name: getattr(measure, name) for name in names},
        "next_due_on": measure.next_due_on,
        "effect": measure.effect,
        "stopped": measure.stopped_at is not None,
        "late": late,
    }


def run_of(run: MeasureRun) -> dict[str, Any]:
    """A run as the API says it."""
    names = ("id", "done_on", "due_on", "done_by_id", "note", "link", "attachment_id")
    return {**{name: getattr(run, name) for name in names}, "undone": run.undone_at is not None}

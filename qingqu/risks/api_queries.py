"""What the API answers with: plain values straight from few statements."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from qingqu.common.clock import today
from qingqu.risks import rules, wording
from qingqu.risks.models import ControlMeasure, MeasureRun, RiskPoint, RiskPointQuerySet
from qingqu.risks.queries import with_ledger_state

COLUMNS = (
    *("id", "code", "level", "residual_level", "score", "category", "title", "manifestation", "unit_id", "person_id"),
    *("owner_id", "power_id", "step_id", "state", "year", "rank", "next_due_on"),
)
NAMES = {"unit": "unit__name", "owner": "owner__name", "power": "power__name", "step": "step__name"}


def filtered(rows: RiskPointQuerySet, asked: dict[str, Any]) -> RiskPointQuerySet:
    """`rows` narrowed to what was asked for."""
    names = {"unit": "unit_id", "category": "category", "year": "year", "state": "state"}
    if asked.get("level"):
        rows = rows.of_level(asked["level"])
    return rows.filter(**{field: asked[name] for name, field in names.items() if asked.get(name) is not None})


def page(rows: RiskPointQuerySet, after: str | None, limit: int) -> dict[str, Any]:
    """The lines after the key `after` («rank:id»), read along the index; one statement, and no counting."""
    if after:
        rank, pk = (int(part) for part in after.split(":"))
        rows = rows.filter(Q(rank__gt=rank) | Q(rank=rank, id__gt=pk), rank__gte=rank)
    found: list[dict[str, Any]] = list(rows.order_by("rank", "id").values(*COLUMNS, *NAMES.values())[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    key = f"{found[-1]['rank']}:{found[-1]['id']}" if more else None
    return {"items": [_line(row) for row in found], "next": key}


def _line(row: dict[str, Any]) -> dict[str, Any]:
    for name, path in NAMES.items():
        row[name] = row.pop(path)
    del row["rank"]
    day = row.pop("next_due_on")
    row["next_due"], row["late"] = day, bool(day and day < today())
    return row


def line_of(risk: RiskPoint) -> dict[str, Any]:
    """The same line of one risk point whose relations are at hand."""
    row = {name: getattr(risk, name) for name in COLUMNS}
    for path in NAMES.values():
        related = getattr(risk, path.partition("__")[0])
        row[path] = related.name if related else None
    return _line(row)


def with_measures() -> RiskPointQuerySet:
    """Risk points with what `whole_of` needs."""
    return with_ledger_state(RiskPoint.objects.select_related("document__notice").prefetch_related("measures"))


def whole_of(risk: Any) -> dict[str, Any]:
    """A risk point with its measures and why it has its level."""
    measures = list(risk.measures.all())
    said = rules.suggest(risk.likelihood, risk.impact, risk.answers)
    names = ("likelihood", "impact", "answers", "cause", "post_id", "regulation_id", "ledger_state")
    return {
        **line_of(risk),
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

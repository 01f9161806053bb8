"""Writing items and their measures, for the acts of this app only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qingqu.declarations.models import Declaration, Item, ItemMeasure
from qingqu.declarations.queries.draft import content_of, measures_of
from qingqu.declarations.rules.content import ItemContent, MeasureContent
from qingqu.declarations.rules.prefill import Prefilled
from qingqu.risks.rules import PHASES

FIELDS = {
    "category": "category",
    "title": "title",
    "manifestation": "manifestation",
    "cause": "cause",
    "post_id": "post",
    "power_id": "power",
    "step_id": "step",
    "likelihood": "likelihood",
    "impact": "impact",
    "answers": "answers",
    "level": "level",
    "level_reason": "level_reason",
    "confirmed": "confirmed",
}
"""Columns of an item and where they stand in its content."""
MEASURE_FIELDS = ("text", "post_id", "frequency", "frequency_note", "evidence_kind")


def new_items(declaration: Declaration, beginning: Sequence[Prefilled], after: int = 0) -> list[Item]:
    """Write items that were filled in beforehand, behind place `after`. Two statements."""
    items = [
        Item(
            declaration=declaration,
            order=place,
            origin=one.origin,
            origin_text=one.origin_text,
            risk_id=one.risk,
            **_columns(one.content),
        )
        for place, one in enumerate(beginning, after + 1)
    ]
    Item.objects.bulk_create(items)
    measures = [_measure(item, m) for item, one in zip(items, beginning, strict=True) for m in one.content.measures]
    ItemMeasure.objects.bulk_create(measures)
    return items


def write_items(items: Sequence[Item], contents: Iterable[ItemContent]) -> list[int]:
    """Bring those of `items` up to `contents` that say something else; returns the ids of the changed ones."""
    by_pk = {item.pk: item for item in items}
    changed = [c for c in contents if c.pk in by_pk and content_of(by_pk[c.pk]) != c]
    for content in changed:
        for column, value in _columns(content).items():
            setattr(by_pk[content.pk or 0], column, value)
    Item.objects.bulk_update([by_pk[c.pk or 0] for c in changed], list(FIELDS), batch_size=100)
    _write_measures([(by_pk[c.pk or 0], c.measures) for c in changed])
    return [c.pk for c in changed if c.pk]


def _write_measures(wanted: Iterable[tuple[Item, Sequence[MeasureContent]]]) -> None:
    """Place by place within each phase: those that are there are changed, further ones added, surplus ones deleted."""
    updated, created, surplus = [], [], []
    for item, contents in wanted:
        for phase in PHASES:
            there = [m for m in measures_of(item) if m.phase == phase]
            wished = [c for c in contents if c.phase == phase]
            for row, content in zip(there, wished, strict=False):
                new = _measure(item, content)
                if any(getattr(row, name) != getattr(new, name) for name in MEASURE_FIELDS):
                    for name in MEASURE_FIELDS:
                        setattr(row, name, getattr(new, name))
                    updated.append(row)
            created += [_measure(item, content) for content in wished[len(there) :]]
            surplus += [row.pk for row in there[len(wished) :]]
    if updated:
        ItemMeasure.objects.bulk_update(updated, MEASURE_FIELDS, batch_size=100)
    if created:
        ItemMeasure.objects.bulk_create(created)
    if surplus:
        ItemMeasure.objects.filter(pk__in=surplus).delete()


def _columns(content: ItemContent) -> dict[str, object]:
    return {column: getattr(content, name) for column, name in FIELDS.items()}


def _measure(item: Item, content: MeasureContent) -> ItemMeasure:
    return ItemMeasure(
        item=item,
        phase=content.phase,
        text=content.text,
        post_id=content.post,
        frequency=content.frequency,
        frequency_note=content.frequency_note,
        evidence_kind=content.evidence_kind,
    )

"""Rows that were there before the trace: a sample school, an older version, a model that is traced from now on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from qingqu.trace import states
from qingqu.trace.actions import By, record_many
from qingqu.trace.models import Shape
from qingqu.trace.reconcile import rows_without_leaf, traced_models


def adopt_all(*, by: By, reason: str, among: Iterable[type[models.Model]] | None = None) -> int:
    """Give every row that has no entry one that says so, openly: «trace.adopted». Returns how many.

    Part of setting up and of upgrades; whoever calls it to hide a row that he slipped in leaves his name on it.
    """
    count = 0
    for rows in rows_without_leaf(traced_models() if among is None else among):
        with transaction.atomic():
            count += len(record_many("trace.adopted", rows, by=by, reason=reason))
    return count


@transaction.atomic
def keep_shapes() -> None:
    """Remember which fields are traced; the rows of a model that was not traced before are adopted, this once.

    Comes after each migration. A row that is slipped in later is not adopted: its model is known by then.
    """
    tables = set(connection.introspection.table_names())
    if Shape._meta.db_table not in tables:
        return
    known = set(Shape.objects.values_list("label", flat=True))
    traced = traced_models()
    newly = [model for model in traced if model._meta.label_lower not in known and _has_rows(model, tables)]
    adopt_all(by=None, reason=_("自此版本起纳入核验"), among=newly)
    shapes = [
        Shape(digest=states.shape_of(model), label=model._meta.label_lower, fields=states.fields_of(model))
        for model in traced
    ]
    Shape.objects.bulk_create(shapes, ignore_conflicts=True)


def _has_rows(model: type[models.Model], tables: set[str]) -> bool:
    return model._meta.db_table in tables and model._base_manager.values("pk").exists()

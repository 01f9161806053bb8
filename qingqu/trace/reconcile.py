"""Comparing the business rows with their last leaf: what was changed, deleted or inserted behind the product's back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Max

from qingqu.trace import states
from qingqu.trace.commitments import commit_state
from qingqu.trace.models import Entry, Payload, Shape
from qingqu.trace.problems import Problem

CHUNK = 2000
Model = type[models.Model]


def traced_models() -> list[Model]:
    """The models whose rows are reconciled."""
    return [model for model in apps.get_models() if states.is_traced(model) and not model._meta.proxy]


class Rows:
    """Walks through every row of the traced models."""

    def __init__(self) -> None:
        self.models = {model._meta.label_lower: model for model in traced_models()}
        self.shapes: dict[str, states.Fields] = dict(Shape.objects.values_list("digest", "fields"))
        self.reported: set[str] = set()

    def count(self) -> int:
        return sum(model._base_manager.count() for model in self.models.values())

    def walk(self) -> Iterator[tuple[int, list[Problem]]]:
        """Compare some thousand rows at a time; yields how many and what is wrong with them."""
        for model in self.models.values():
            rows, after = model._base_manager.order_by("pk").values_list("pk", flat=True), None
            while pks := list((rows if after is None else rows.filter(pk__gt=after))[:CHUNK]):
                yield len(pks), self.compare(model, pks)
                after = pks[-1]

    def compare(self, model: Model, pks: Collection[Any]) -> list[Problem]:
        """What is wrong with these rows. Whatever looks wrong is looked at again with the writers held off."""
        suspects = self._differing(model, pks)
        if not suspects:
            return []
        with transaction.atomic():
            list(model._base_manager.select_for_update().filter(pk__in=suspects).values_list("pk"))
            return [Problem(kind, {"obj": _name(model, pk)}) for pk, kind in self._differing(model, suspects).items()]

    def gone(self, entries: Iterable[Entry]) -> list[Problem]:
        """The objects of these entries that are no longer there although no leaf says that they were deleted."""
        by_label: dict[str, set[str]] = {}
        for entry in entries:
            if entry.ok and entry.after_c and entry.obj not in self.reported and entry.label in self.models:
                by_label.setdefault(entry.label, set()).add(entry.object_id)
        return [problem for label, keys in by_label.items() for problem in self._gone(self.models[label], keys)]

    def _gone(self, model: Model, keys: set[str]) -> list[Problem]:
        missing = _missing(model, keys)
        if not missing:
            return []
        with transaction.atomic():
            still = _missing(model, missing)
            last = last_states([_name(model, key) for key in still])
        names = [name for name, entry in last.items() if not entry.act.endswith(".deleted")]
        self.reported.update(names)
        return [Problem("row-deleted", {"obj": name}) for name in names]

    def _differing(self, model: Model, pks: Collection[Any]) -> dict[Any, str]:
        now, last = states.states_of(model, pks), last_states([_name(model, pk) for pk in pks])
        chains, found = states.chains_of(model, pks), {}
        for pk, state in now.items():
            entry = last.get(_name(model, pk))
            if entry is None:
                found[pk] = "row-inserted"
            elif not self._agrees(model, pk, state, entry) or state | chains[pk] != state:
                found[pk] = "row-changed"
        return found

    def _agrees(self, model: Model, pk: Any, state: states.State, entry: Entry) -> bool:
        try:
            said = entry.payload
        except Payload.DoesNotExist:
            return True  # erased: nothing can be proved any more
        if said.shape and said.shape != states.shape_of(model) and said.shape in self.shapes:
            state = states.in_shape(model, pk, state, self.shapes[said.shape])
        return commit_state(bytes(said.salt), state) == entry.after_c


def agrees(row: models.Model) -> bool:
    """Whether a row is as its last entry says."""
    return not Rows().compare(type(row), [row.pk])


def rows_without_leaf(among: Iterable[Model]) -> Iterator[list[models.Model]]:
    """The rows of these models whose state no entry tells, some thousand of one model at a time."""
    for model in among:
        rows: Any = model._base_manager.order_by("pk")
        after = None
        while some := list((rows if after is None else rows.filter(pk__gt=after))[:CHUNK]):
            known = last_states([_name(model, row.pk) for row in some])
            if found := [row for row in some if _name(model, row.pk) not in known]:
                yield found
            after = some[-1].pk


def last_states(names: Collection[str]) -> dict[str, Entry]:
    """The last entry of each object that committed to its state, with its words. Two SQL statements."""
    stating = Entry.objects.filter(obj__in=names, ok=True).exclude(after_c="").order_by()
    last = [row["last"] for row in stating.values("obj").annotate(last=Max("pk")).values("last")]
    return {entry.obj: entry for entry in Entry.objects.filter(pk__in=last).select_related("payload")}


def titled(problems: Collection[Problem]) -> list[Problem]:
    """The same problems, each with what the log last called its thing. Two SQL statements."""
    last = last_states({problem.obj for problem in problems if problem.obj})
    said = {name: entry.payload.title for name, entry in last.items() if hasattr(entry, "payload")}
    return [replace(problem, title=said.get(problem.obj, "")) for problem in problems]


def _missing(model: Model, keys: Collection[str]) -> set[str]:
    there = model._base_manager.filter(pk__in=keys).values_list("pk", flat=True)
    return set(keys) - {str(pk) for pk in there}


def _name(model: Model, pk: Any) -> str:
    return f"{model._meta.label_lower}:{pk}"

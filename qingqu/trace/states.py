"""What a row and its children say now, written the same way whichever database holds them.

A model takes part by class attributes: `TRACED = True` (its rows are reconciled with their last leaf),
`TRACE_EXCLUDE` (fields left out), `TRACE_CHILDREN` (reverse relations whose rows belong to it: "items",
"items__measures").
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

State = dict[str, Any]
Fields = dict[str, list[str]]


def normal(value: Any) -> Any:
    """`value` as strings, integers, lists and objects only, equal on SQLite and PostgreSQL."""
    match value:
        case None | bool() | int() | str():
            return value if not isinstance(value, int) or abs(value) < 2**53 else str(value)
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return moment.isoformat(timespec="milliseconds")
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value)
        case timedelta():
            return f"{value // timedelta(milliseconds=1)} ms"
        case bytes() | memoryview():
            return hashlib.sha256(bytes(value)).hexdigest()
        case dict():
            return {str(key): normal(item) for key, item in value.items()}
        case list() | tuple():
            return [normal(item) for item in value]
        case _:
            return str(value)


@cache
def columns(model: type[models.Model]) -> tuple[str, ...]:
    """The names of the fields of `model` that count."""
    excluded = set(getattr(model, "TRACE_EXCLUDE", ()))
    names = (f for f in model._meta.concrete_fields if f.name not in excluded and f.attname not in excluded)
    return tuple(f.attname for f in names)


def is_traced(model: type[models.Model]) -> bool:
    """Whether the rows of `model` are reconciled with the log."""
    return bool(getattr(model, "TRACED", False))


@cache
def fields_of(model: type[models.Model]) -> Fields:
    """Which fields a state of `model` holds: under "" its own, under each path those of its children."""
    found = {"": list(columns(model))}
    for path in getattr(model, "TRACE_CHILDREN", ()):
        found[path] = list(columns(_links(model, path)[-1][0]))
    return found


@cache
def shape_of(model: type[models.Model]) -> str:
    """A short name of `fields_of(model)`."""
    text = model._meta.label_lower + repr(sorted(fields_of(model).items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _links(model: type[models.Model], path: str) -> tuple[tuple[type[models.Model], str], ...]:
    """Each step of `path`: the child model and its field that points back at the parent."""
    steps: list[tuple[type[models.Model], str]] = []
    for name in path.split("__"):
        relation: Any = model._meta.get_field(name)
        if relation.one_to_many or (relation.one_to_one and relation.auto_created):
            steps.append((relation.related_model, relation.field.attname))
        elif relation.many_to_many and not relation.auto_created:
            through = relation.remote_field.through
            steps.append((through, through._meta.get_field(relation.m2m_field_name()).attname))
        else:
            raise ValueError(f"{model._meta.label}.{name} leads to no rows of its own")
        model = steps[-1][0]
    return tuple(steps)


def _children(
    model: type[models.Model], path: str, owner: dict[Any, Any], names: Iterable[str]
) -> list[tuple[Any, Any]]:
    """(root pk, row) of the children at `path` of the roots in `owner`, in order of their keys."""
    *between, (child, back) = _links(model, path)
    for parent, link in between:
        pairs = parent._base_manager.filter(**{f"{link}__in": list(owner)}).values_list("pk", link)
        owner = {pk: owner[root] for pk, root in pairs}
    rows = child._base_manager.filter(**{f"{back}__in": list(owner)}).order_by("pk").values(*{*names, back})
    return [(owner[row[back]], row) for row in rows]


def states_of(model: type[models.Model], pks: Collection[Any]) -> dict[Any, State]:
    """The state of each existing row among `pks`, read from the database in a fixed number of statements."""
    fields = fields_of(model)
    rows = model._base_manager.filter(pk__in=pks).values("pk", *fields[""])
    states: dict[Any, State] = {row["pk"]: {name: normal(row[name]) for name in fields[""]} for row in rows}
    for path in list(fields)[1:]:
        for state in states.values():
            state[path] = []
        for root, row in _children(model, path, {pk: pk for pk in states}, fields[path]):
            states[root][path].append({name: normal(row[name]) for name in fields[path]})
    return states


def state_of(obj: models.Model) -> State | None:
    """The state of `obj` as the database has it now, or None where it is gone."""
    return states_of(type(obj)._meta.concrete_model or type(obj), [obj.pk]).get(obj.pk)


def restrict(state: State, fields: Fields) -> State:
    """`state` with no more than the fields of an older shape, for comparison with an older commitment."""
    cut: State = {name: state[name] for name in fields[""] if name in state}
    for path in fields:
        if path and path in state:
            cut[path] = [{name: row[name] for name in fields[path] if name in row} for row in state[path]]
    return cut

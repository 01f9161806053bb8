"""The state of a row and its children in canonical form, equal on every database.

A model takes part by class attributes: `TRACED = True` (its rows are reconciled with their last leaf),
`TRACE_EXCLUDE` (fields left out), `TRACE_CHILDREN` (reverse relations whose rows belong to it: "items",
"items__measures"). `TRACE_CHAINED` maps a relation whose rows may be thousands, and mostly only come, to a field of
its own that chains them: `chained` makes it, every state commits to it, and reconciling follows the whole chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

from qingqu.common import statements

State = dict[str, Any]
Fields = dict[str, list[str]]
SAFE = 2**53
"""Integers from here on are written as strings: not every reader of JSON keeps them."""


def normal(value: Any) -> Any:
    """`value` as strings, integers, lists and objects only, equal on SQLite and PostgreSQL."""
    if type(value) is int and -SAFE < value < SAFE:
        return value
    match value:
        case None | bool() | int() | str():
            return value if not isinstance(value, int) or abs(value) < SAFE else str(value)
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


def chained(head: str, rows: Iterable[Iterable[Any]]) -> str:
    """The chain `head`, "" where it begins, with the values of these rows after those that it has."""
    for values in rows:
        text = json.dumps([head, *map(normal, values)], ensure_ascii=False, separators=(",", ":"))
        head = hashlib.sha256(text.encode()).hexdigest()
    return head


def chains_of(model: type[models.Model], pks: Collection[Any]) -> dict[Any, dict[str, str]]:
    """What each of these rows should hold in its chaining fields, by its children as they are now."""
    chains: dict[Any, dict[str, str]] = {pk: {} for pk in pks}
    for path, (name, said) in _chained(model).items():
        ((child, back),) = _links(model, path)
        for chain in chains.values():
            chain[name] = ""
        for _pk, owner, *values in statements.rows(child, back, said, pks):
            chains[owner][name] = chained(chains[owner][name], [values])
    return chains


def _chained(model: type[models.Model]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return getattr(model, "TRACE_CHAINED", {})


def states_of(model: type[models.Model], pks: Collection[Any]) -> dict[Any, State]:
    """The state of each existing row among `pks`, read from the database in a fixed number of statements."""
    fields, key = fields_of(model), model._meta.pk.attname
    own = statements.rows(model, key, fields[""], pks)
    states: dict[Any, State] = {pk: _named(fields[""], values) for pk, _link, *values in own}
    owners: dict[str, dict[Any, Any]] = {"": {pk: pk for pk in states}}
    for path in list(fields)[1:]:
        for state in states.values():
            state[path] = []
        owners[path] = {}
        for pk, root, values in _children(model, path, owners, fields[path]):
            owners[path][pk] = root
            states[root][path].append(_named(fields[path], values))
    return states


def _named(names: list[str], values: Iterable[Any]) -> State:
    return {name: v if v is None or type(v) is str else normal(v) for name, v in zip(names, values, strict=True)}


def _children(
    model: type[models.Model], path: str, owners: dict[str, dict[Any, Any]], names: list[str]
) -> Iterator[tuple[Any, Any, list[Any]]]:
    """(pk, root pk, values) of the children at `path`, in order of their keys.

    `owners`: the root of each row by its pk, for the paths that have been read already; "" is the roots themselves.
    """
    *between, (child, back) = _links(model, path)
    above_path = path.rpartition("__")[0]
    owner = owners.get(above_path, owners[""])
    for parent, link in between if above_path not in owners else ():
        owner = {pk: owner[above] for pk, above in statements.rows(parent, link, (), owner)}
    return ((pk, owner[above], values) for pk, above, *values in statements.rows(child, back, names, owner))


def state_of(obj: models.Model) -> State | None:
    """The state of `obj` as the database has it now, or None where it is gone."""
    return states_of(type(obj)._meta.concrete_model or type(obj), [obj.pk]).get(obj.pk)


def in_shape(model: type[models.Model], pk: Any, state: State, fields: Fields) -> State:
    """`state` with the fields of an older shape, for comparison with an older commitment.

    Children that were part of it then and are chained now are read again.
    """
    cut: State = {name: state[name] for name in fields[""] if name in state}
    for path in list(fields)[1:]:
        if path in state:
            cut[path] = [{name: row[name] for name in fields[path] if name in row} for row in state[path]]
        elif path in _chained(model):
            names = [name for name in fields[path] if name in columns(_links(model, path)[-1][0])]
            found = _children(model, path, {"": {pk: pk}}, names)
            cut[path] = [_named(names, values) for _pk, _root, values in found]
    return cut

"""SQL statements prepared once per process: the ORM builds its own at every call, which single-row acts feel.

Values pass through the model's fields as in the ORM. No model signals are sent; the product has none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
MOST_KEYS = 5000
MOST_ROWS, MOST_VALUES = 500, 30_000
"""In one statement that inserts."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Some columns of a model's table, and how their database values become Python values."""

    table: str
    fields: tuple[Any, ...]
    quoted: tuple[str, ...]
    converters: tuple[tuple[int, Any, tuple[Any, ...]], ...]

    def converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, column, converters in self.converters:
            for convert in converters:
                values[place] = convert(values[place], column, connection)
        return tuple(values)


@cache
def _columns(model: type[models.Model], names: tuple[str, ...], _vendor: str) -> _Columns:
    meta, quote = model._meta, connection.ops.quote_name
    fields: list[Any] = [meta.get_field(name) for name in names] or list(meta.concrete_fields)
    columns = [field.get_col(meta.db_table) for field in fields]
    converters = (
        (place, column, (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)))
        for place, column in enumerate(columns)
    )
    return _Columns(
        quote(meta.db_table),
        tuple(fields),
        tuple(quote(field.column) for field in fields),
        tuple((place, column, found) for place, column, found in converters if found),
    )


def _own(model: type[models.Model]) -> str:
    """The column of the id."""
    return _columns(model, (model._meta.pk.attname,), connection.vendor).quoted[0]


def rows(
    model: type[models.Model], link: str, names: Iterable[str], keys: Collection[Any]
) -> Iterator[tuple[Any, ...]]:
    """(pk, link, columns…) of the rows whose link is among `keys`, in order of pk."""
    of = _columns(model, (model._meta.pk.attname, link, *names), connection.vendor)
    start, end = f"SELECT {', '.join(of.quoted)} FROM {of.table} WHERE {of.quoted[1]} IN", f"ORDER BY {of.quoted[0]}"
    values, found = [of.fields[1].get_db_prep_value(key, connection) for key in keys], list[Any]()
    with connection.cursor() as cursor:
        for first in range(0, len(values), MOST_KEYS):
            some = values[first : first + MOST_KEYS]
            cursor.execute(f"{start} ({', '.join(['%s'] * len(some))}) {end}", some)
            found += cursor.fetchall()
    if len(values) > MOST_KEYS:
        found.sort(key=itemgetter(0))
    return map(of.converted, found) if of.converters else iter(found)


def read(model: type[M], where: str, params: Sequence[Any], end: str = "", *, without: tuple[str, ...] = ()) -> list[M]:
    """The rows for which `where` holds (SQL, without a join), as objects; `end` may order or lock them.

    The fields `without` which they do are deferred, as in the ORM.
    """
    names = tuple(f.name for f in model._meta.concrete_fields if f.name not in without) if without else ()
    of = _columns(model, names, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(of.quoted)} FROM {of.table} WHERE {where} {end}", params)
        found = cursor.fetchall()
    attributes = [field.attname for field in of.fields]
    return [model.from_db(connection.alias, attributes, of.converted(row)) for row in found]


def get(model: type[M], pk: int, *, lock: bool = False) -> M:
    """A row by its id, with `lock` locked until the transaction ends. Raises DoesNotExist."""
    end = "FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    found = read(model, f"{_own(model)} = %s", [pk], end)
    if not found:
        raise model.DoesNotExist(f"{model._meta.label} {pk}")  # type: ignore[attr-defined]
    return found[0]


def insert(objs: Sequence[models.Model]) -> None:
    """Insert rows of one model, several per statement; those without an id get theirs."""
    if not objs:
        return
    numbered = objs[0].pk is None
    of = _columns(type(objs[0]), (), connection.vendor)
    kept = [n for n, field in enumerate(of.fields) if not (numbered and field.primary_key)]
    fields, listed = [of.fields[n] for n in kept], ", ".join(of.quoted[n] for n in kept)
    one = f"({', '.join(['%s'] * len(fields))})"
    end = f" RETURNING {_own(type(objs[0]))}" if numbered else ""
    part = min(MOST_ROWS, MOST_VALUES // len(fields))
    with connection.cursor() as cursor:
        for first in range(0, len(objs), part):
            some = objs[first : first + part]
            values = [_prepared(f, f.pre_save(obj, add=True)) for obj in some for f in fields]
            cursor.execute(f"INSERT INTO {of.table} ({listed}) VALUES {', '.join([one] * len(some))}{end}", values)
            for obj, (pk,) in zip(some, cursor.fetchall() if numbered else (), strict=numbered):
                obj.pk = pk
    for obj in objs:
        obj._state.adding, obj._state.db = False, connection.alias


def update(objs: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model."""
    if not objs:
        return
    of = _columns(type(objs[0]), tuple(names), connection.vendor)
    sets = ", ".join(f"{column} = %s" for column in of.quoted)
    values = [[*(_prepared(f, f.pre_save(obj, add=False)) for f in of.fields), obj.pk] for obj in objs]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {of.table} SET {sets} WHERE {_own(type(objs[0]))} = %s", values)


_AS_IT_IS: dict[type, tuple[type[models.Field], ...]] = {
    str: (models.CharField, models.TextField),
    int: (models.IntegerField, models.ForeignKey),
    type(None): (models.CharField, models.TextField, models.IntegerField, models.ForeignKey, models.DateField),
}
"""Values that no backend changes for these fields; asking the field costs more than the rest of a statement."""


def _prepared(field: Any, value: Any) -> Any:
    """A value as the database takes it."""
    if isinstance(field, _AS_IT_IS.get(type(value), ())):
        return value
    return field.get_db_prep_save(value, connection)

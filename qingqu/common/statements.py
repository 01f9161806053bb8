"""SQL statements prepared once per process: the ORM builds its own at every call, which single-row acts feel.

Values pass through the model's fields as in the ORM. No model signals are sent; the product has none. `fetch`, `run`
and `run_many` are for plain SQL: on SQLite they leave out Django's cursors, which take four times as long as such a
statement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from django.db import models, transaction

M = TypeVar("M", bound=models.Model)
_MARK = re.compile(r"(?<!%)%s")
MOST_KEYS = 5000
MOST_ROWS, MOST_VALUES = 500, 30_000
"""In one statement that inserts."""
_PLAIN: dict[type, tuple[type[models.Field], ...]] = {
    str: (models.CharField, models.TextField),
    int: (models.IntegerField, models.ForeignKey),
    bool: (models.BooleanField,),
    type(None): (models.CharField, models.TextField, models.IntegerField, models.ForeignKey, models.DateField),
}
"""Types of values that no backend changes for these fields; to ask the field costs more than the rest."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Some columns of a model's table, and how values become those of the database and Python values again."""

    table: str
    fields: tuple[Any, ...]
    quoted: tuple[str, ...]
    plain: tuple[frozenset[type], ...]
    """Of each column the types whose values it takes as they are."""
    converters: tuple[tuple[int, Any, tuple[Any, ...]], ...]

    def converted(self, row: Sequence[Any], database: Any) -> tuple[Any, ...]:
        values = list(row)
        for place, column, converters in self.converters:
            for convert in converters:
                values[place] = convert(values[place], column, database)
        return tuple(values)

    def prepared(self, obj: models.Model, database: Any, *, add: bool) -> list[Any]:
        """The values of an object as the database takes them."""
        found = []
        for field, plain in zip(self.fields, self.plain, strict=True):
            value = field.pre_save(obj, add)
            found.append(value if type(value) in plain else field.get_db_prep_save(value, database))
        return found


def fetch(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows that a statement gives; its parameters stand as `%s`."""
    return _asked("execute", sql, params, "fetchall")


def run(sql: str, params: Sequence[Any] = ()) -> None:
    """A statement that gives no rows."""
    _asked("execute", sql, params)


def run_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """The same statement for each of these rows of parameters."""
    _asked("executemany", sql, rows)


def _asked(how: str, sql: str, given: Sequence[Any], fetch: str = "") -> Any:
    """Ask the driver itself, or a cursor of Django's: `how` and `fetch` are methods that both have."""
    database = transaction.get_connection()
    if _is_bare(database):
        with database.wrap_database_errors:
            cursor = getattr(database.connection, how)(_marked(sql), given)
            return getattr(cursor, fetch)() if fetch else None
    with database.cursor() as cursor:
        getattr(cursor, how)(sql, given)
        return getattr(cursor, fetch)() if fetch else None


def _is_bare(database: Any) -> bool:
    """Whether nothing is lost by asking the driver itself: in a sound transaction that nobody watches."""
    watched = database.execute_wrappers or database.queries_logged
    return database.vendor == "sqlite" and database.in_atomic_block and not (database.needs_rollback or watched)


@lru_cache(1000)
def _marked(sql: str) -> str:
    """The statement with SQLite's own marks for parameters."""
    return _MARK.sub("?", sql).replace("%%", "%")


@cache
def _columns(model: type[models.Model], names: tuple[str, ...], _vendor: str) -> _Columns:
    """Of all fields where there are no `names`."""
    meta, database = model._meta, transaction.get_connection()
    fields: list[Any] = [meta.get_field(name) for name in names] or list(meta.concrete_fields)
    columns = [field.get_col(meta.db_table) for field in fields]
    converters = (
        (place, column, (*database.ops.get_db_converters(column), *column.get_db_converters(database)))
        for place, column in enumerate(columns)
    )
    return _Columns(
        database.ops.quote_name(meta.db_table),
        tuple(fields),
        tuple(database.ops.quote_name(field.column) for field in fields),
        tuple(frozenset(type_ for type_, of in _PLAIN.items() if isinstance(field, of)) for field in fields),
        tuple((place, column, found) for place, column, found in converters if found),
    )


@cache
def _unnumbered(model: type[models.Model], vendor: str) -> _Columns:
    """All columns but that of the id."""
    names = tuple(field.attname for field in model._meta.concrete_fields if not field.primary_key)
    return _columns(model, names, vendor)


def _own(model: type[models.Model], vendor: str) -> str:
    """The column of the id."""
    return _columns(model, (model._meta.pk.attname,), vendor).quoted[0]


def rows(
    model: type[models.Model], link: str, names: Iterable[str], keys: Collection[Any]
) -> Iterator[tuple[Any, ...]]:
    """(pk, link, columns…) of the rows whose link is among `keys`, in order of pk."""
    database = transaction.get_connection()
    of = _columns(model, (model._meta.pk.attname, link, *names), database.vendor)
    start, end = f"SELECT {', '.join(of.quoted)} FROM {of.table} WHERE {of.quoted[1]} IN", f"ORDER BY {of.quoted[0]}"
    values, found = [of.fields[1].get_db_prep_value(key, database) for key in keys], list[Any]()
    for first in range(0, len(values), MOST_KEYS):
        some = values[first : first + MOST_KEYS]
        found += fetch(f"{start} ({', '.join(['%s'] * len(some))}) {end}", some)
    if len(values) > MOST_KEYS:
        found.sort(key=itemgetter(0))
    return (of.converted(row, database) for row in found) if of.converters else iter(found)


def read(model: type[M], where: str, params: Sequence[Any], end: str = "", *, without: tuple[str, ...] = ()) -> list[M]:
    """The rows for which `where` holds (SQL, without a join), as objects; `end` may order or lock them.

    The fields `without` which they do are deferred, as in the ORM.
    """
    database = transaction.get_connection()
    names = tuple(f.name for f in model._meta.concrete_fields if f.name not in without) if without else ()
    of = _columns(model, names, database.vendor)
    found = fetch(f"SELECT {', '.join(of.quoted)} FROM {of.table} WHERE {where} {end}", params)
    attributes = [field.attname for field in of.fields]
    return [model.from_db(database.alias, attributes, of.converted(row, database)) for row in found]


def get(model: type[M], pk: int, *, lock: bool = False) -> M:
    """A row by its id, with `lock` locked until the transaction ends. Raises DoesNotExist."""
    database = transaction.get_connection()
    end = "FOR UPDATE" if lock and database.features.has_select_for_update else ""
    found = read(model, f"{_own(model, database.vendor)} = %s", [pk], end)
    if not found:
        raise model.DoesNotExist(f"{model._meta.label} {pk}")  # type: ignore[attr-defined]
    return found[0]


def insert(objs: Sequence[models.Model]) -> None:
    """Insert rows of one model, several per statement; those without an id get theirs."""
    if not objs:
        return
    model, database, numbered = type(objs[0]), transaction.get_connection(), objs[0].pk is None
    of = _unnumbered(model, database.vendor) if numbered else _columns(model, (), database.vendor)
    one, listed = f"({', '.join(['%s'] * len(of.fields))})", ", ".join(of.quoted)
    end = f" RETURNING {_own(model, database.vendor)}" if numbered else ""
    part = min(MOST_ROWS, MOST_VALUES // len(of.fields))
    for first in range(0, len(objs), part):
        some = objs[first : first + part]
        values = [value for obj in some for value in of.prepared(obj, database, add=True)]
        statement = f"INSERT INTO {of.table} ({listed}) VALUES {', '.join([one] * len(some))}{end}"
        if not numbered:
            run(statement, values)
            continue
        for obj, (pk,) in zip(some, fetch(statement, values), strict=True):
            obj.pk = pk
    for obj in objs:
        obj._state.adding, obj._state.db = False, database.alias


def update(objs: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model."""
    if not objs:
        return
    model, database = type(objs[0]), transaction.get_connection()
    of = _columns(model, tuple(names), database.vendor)
    sets = ", ".join(f"{column} = %s" for column in of.quoted)
    values = [[*of.prepared(obj, database, add=False), obj.pk] for obj in objs]
    run_many(f"UPDATE {of.table} SET {sets} WHERE {_own(model, database.vendor)} = %s", values)

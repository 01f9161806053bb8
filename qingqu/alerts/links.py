"""Suppliers and staff that share a telephone, a name or a declared credit code: facts to be checked, by digest only.

Which columns of which tables are compared follows from whose they are (`datasets.parties`), own tables included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.alerts.models import Alert
from qingqu.datasets.models import Dataset, Record
from qingqu.datasets.parties import PARTIES, parties_of
from qingqu.datasets.queries import name_of
from qingqu.organisation.models import Unit

MOST = 300
MOST_ROWS = 500
"""So many records of a warning are asked for the suppliers that they name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A part of a supplier that is compared with one of a member of staff, or of what he has declared."""

    field: str
    mine: str
    theirs: str

    @property
    def is_own(self) -> bool:
        """Whether it is the person himself, not the relative or company that a declaration is about."""
        return self.theirs.startswith("staff.")


PAIRS = (
    Pair("phone", "supplier.phone", "staff.phone"),
    Pair("name", "supplier.contact", "staff.name"),
    Pair("relative", "supplier.contact", "declared.name"),
    Pair("declared", "supplier.code", "declared.code"),
)
FIELDS: dict[str, Promise] = {
    "phone": _("供应商联系电话与教职工的手机相同"),
    "name": _("供应商联系人与教职工同名"),
    "relative": _("供应商联系人与申报的亲属同名"),
    "declared": _("信用代码与申报的关联单位相同"),
}
"""Which field is the same, in words. A name may be a namesake's."""


@dataclass(frozen=True, slots=True)
class Link:
    """A supplier and a member of staff, by number and never by name, and what they share."""

    supplier: str
    person: int
    field: str
    table: str
    """The table that names the supplier, as people call it."""
    rows: int
    """So many of its rows show it."""
    relation: str | None
    """Of the relative or company that was declared; None where it is the person himself."""
    declaration: int
    """The record that says whose it is."""
    declared_in: int
    """The table of that record."""

    @property
    def words(self) -> str:
        return str(FIELDS[self.field])


@dataclass(frozen=True, slots=True)
class Side:
    """A table that is compared, and which column holds which part."""

    dataset: Dataset
    parts: Mapping[str, str]


def of_school(school: Unit) -> list[Link]:
    """All links in a school's tables. Two statements."""
    return _found(_sides(school), None)


def of_alert(alert: Alert) -> list[Link]:
    """The links, in any table, of the suppliers named in the records behind a warning. Three statements."""
    if alert.dataset is None:
        return []
    sides = _sides(alert.school)
    named = {side.dataset.pk: side.parts.get("supplier.name") for side in sides}
    if not any(named.values()):
        return []
    records = Record.objects.filter(pk__in=alert.rows.values("record_id")).values_list("dataset_id", "values")
    suppliers = {values.get(column) for pk, values in records[:MOST_ROWS] if (column := named.get(pk))} - {None}
    return _found(sides, sorted(suppliers)) if suppliers else []


def _sides(school: Unit) -> list[Side]:
    tables = Dataset.objects.filter(school=school).order_by("pk")
    return [Side(table, parts) for table in tables if (parts := parties_of(table))]


def _found(sides: Sequence[Side], suppliers: Sequence[str] | None) -> list[Link]:
    mine = [side for side in sides if "supplier.name" in side.parts]
    theirs = [side for side in sides if "staff.number" in side.parts]
    compared = [
        (pair, one, other)
        for pair in PAIRS
        for one in mine
        for other in theirs
        if pair.mine in one.parts and pair.theirs in other.parts
    ]
    if not compared:
        return []
    names = {side.dataset.pk: name_of(side.dataset) for side in mine}
    with connection.cursor() as cursor:
        cursor.execute(*_statement(compared, suppliers))
        return list(_numbered(cursor.fetchall(), names))


def _numbered(rows: Sequence[tuple[Any, ...]], names: Mapping[int, str]) -> Iterator[Link]:
    """Persons get a number in the order in which they appear: a page tells them apart without naming them."""
    people: dict[str, int] = {}
    for supplier, staff, field, table, count, relation, declaration, declared_in in rows:
        person = people.setdefault(staff, len(people) + 1)
        yield Link(supplier, person, field, names[table], count, relation, declaration, declared_in)


def _value(table: str, column: str) -> str:
    """A column of a record as text. Ids of columns are made by the product, never typed by anybody."""
    if not column.replace("_", "").isalnum():
        raise ValueError(column)
    if connection.vendor == "postgresql":
        return f"{table}.\"values\" ->> '{column}'"
    return f"json_extract({table}.\"values\", '$.{column}')"


def _each(value: str, part: str) -> tuple[str, str]:
    """What is compared, and what to join for it: of people a row for each whom the cell names."""
    if PARTIES[part][0] != "hashed":
        return value, ""
    if connection.vendor == "postgresql":
        return "each.value", f"CROSS JOIN LATERAL unnest(string_to_array({value}, ' ')) AS each(value)"
    return "each.value", f"""JOIN json_each('["' || replace({value}, ' ', '","') || '"]') each"""


def _statement(compared: Sequence[tuple[Pair, Side, Side]], suppliers: Sequence[str] | None) -> tuple[str, list[Any]]:
    """One statement for all pairs; each table of persons, a short one, is read once."""
    ties, given = [], []
    for other in {id(other): other for _pair, _one, other in compared}.values():
        named = ", ".join(f"{_value('t', column)} AS {part.replace('.', '_')}" for part, column in other.parts.items())
        ties.append(
            f"tie_{other.dataset.pk} AS MATERIALIZED (SELECT t.id, {named} FROM datasets_record t"
            f" WHERE t.dataset_id = %s AND NOT t.withdrawn)"
        )
        given.append(other.dataset.pk)
    parts = []
    for pair, one, other in compared:
        select, parameters = _selected(pair, one, other, suppliers)
        parts.append(select)
        given += parameters
    return f"WITH {', '.join(ties)} {' UNION ALL '.join(parts)} ORDER BY 1, 2, 3, 4, 7 LIMIT {MOST}", given


def _selected(pair: Pair, one: Side, other: Side, suppliers: Sequence[str] | None) -> tuple[str, list[Any]]:
    """The suppliers of one table and the persons of another that share a value."""
    name = _value("m", one.parts["supplier.name"])
    given: list[Any] = [one.dataset.pk]
    few = ""
    if suppliers is not None:
        is_postgres = connection.vendor == "postgresql"
        few = f" AND {name} {'= ANY(%s)' if is_postgres else 'IN (SELECT value FROM json_each(%s))'}"
        given.append(list(suppliers) if is_postgres else json.dumps(list(suppliers)))
    has_relation = not pair.is_own and "declared.relation" in other.parts
    relation = "COALESCE(tie.declared_relation, '')" if has_relation else "CAST(NULL AS TEXT)"
    by = ", tie.declared_relation" if has_relation else ""
    mine, each = _each(_value("m", one.parts[pair.mine]), pair.mine)
    theirs, each_of_theirs = _each(f"t.{pair.theirs.replace('.', '_')}", pair.theirs)
    return (
        f"SELECT mine.supplier, tie.staff_number, '{pair.field}', {one.dataset.pk}, COUNT(DISTINCT mine.id),"
        f" {relation}, MIN(tie.id), {other.dataset.pk}"
        f" FROM (SELECT m.id, {name} AS supplier, {mine} AS shared FROM datasets_record m {each}"
        f" WHERE m.dataset_id = %s AND NOT m.withdrawn{few}) mine"
        f" JOIN (SELECT t.*, {theirs} AS shared FROM tie_{other.dataset.pk} t {each_of_theirs}) tie"
        f" ON tie.shared = mine.shared"
        f" WHERE mine.supplier IS NOT NULL GROUP BY mine.supplier, tie.staff_number{by}",
        given,
    )

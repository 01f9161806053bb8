"""Suppliers and staff that share a telephone, a name or a declared credit code: facts to be checked, by digest only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qingqu.alerts.models import Alert
from qingqu.datasets.columns import key_of
from qingqu.datasets.models import Dataset, Record
from qingqu.organisation.models import Unit

TIES = "DS15"
"""What members of staff have declared about themselves and their relatives."""
MOST = 300


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of an office's table that is compared with one of the declarations."""

    field: str
    dataset: str
    supplier: str
    mine: str
    theirs: str
    is_own: bool = False
    """It is the person himself, not the relative that the declaration is about."""


PAIRS = (
    Pair("phone", "DS2", "bidder", "bidder_phone", "phone_hash", is_own=True),
    Pair("name", "DS2", "bidder", "bidder_contact", "name_hash", is_own=True),
    Pair("relative", "DS2", "bidder", "bidder_contact", "related_name_hash"),
    Pair("declared", "DS1", "supplier", "supplier_tax_no", "supplier_tax_no"),
)
FIELDS: dict[str, Promise] = {
    "phone": _("报价联系电话与教职工的手机相同"),
    "name": _("报价联系人与教职工同名"),
    "relative": _("报价联系人与申报的亲属同名"),
    "declared": _("信用代码与申报的关联单位相同"),
}
"""Which field is the same, in words. A name may be a namesake's."""


@dataclass(frozen=True, slots=True)
class Link:
    """A supplier and a member of staff, by number and never by name, and what they share."""

    supplier: str
    person: int
    field: str
    rows: int
    """So many quotes or purchases show it."""
    relation: str | None
    """Of the relative or company that was declared; None where it is the person himself."""
    declaration: int
    """The record of the declaration."""

    @property
    def words(self) -> str:
        return str(FIELDS[self.field])


def of_school(school: Unit) -> list[Link]:
    """All links in a school's tables. Two statements."""
    return _found(_tables(school), None)


def of_alert(alert: Alert) -> list[Link]:
    """The links of the suppliers behind a warning: in its own records and in the quotes for the same purchases."""
    if alert.dataset is None or alert.dataset.code not in {pair.dataset for pair in PAIRS}:
        return []
    tables = _tables(alert.school)
    if TIES not in tables:
        return []
    records = list(Record.objects.filter(pk__in=alert.rows.values("record_id"), dataset__code__in=("DS1", "DS2")))
    ids = [record.pk for record in records]
    if quotes := tables.get("DS2"):
        asked = [{"po_no": r.values.get("po_no"), "bidder": r.values.get("supplier")} for r in records]
        keys = [key_of(values, ["po_no", "bidder"]) for values in asked if values["bidder"]]
        ids += Record.objects.filter(dataset=quotes, key__in=keys).values_list("pk", flat=True)
    return _found(tables, ids)


def _tables(school: Unit) -> dict[str, int]:
    codes = {TIES, *(pair.dataset for pair in PAIRS)}
    return dict(Dataset.objects.filter(school=school, code__in=codes).values_list("code", "pk"))


def _found(tables: dict[str, int], records: Sequence[int] | None) -> list[Link]:
    pairs = [pair for pair in PAIRS if pair.dataset in tables]
    if TIES not in tables or not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*_statement(pairs, tables, records))
        return list(_numbered(cursor.fetchall()))


def _numbered(rows: Sequence[tuple[Any, ...]]) -> Iterator[Link]:
    """Persons get a number in the order in which they appear: a page tells them apart without naming them."""
    people: dict[str, int] = {}
    for supplier, staff, field, count, relation, declaration in rows:
        person = people.setdefault(staff, len(people) + 1)
        yield Link(supplier, person, field, count, relation, declaration)


def _value(table: str, column: str) -> str:
    """A column of a record as text; both names come from this module alone."""
    if connection.vendor == "postgresql":
        return f"{table}.\"values\" ->> '{column}'"
    return f"json_extract({table}.\"values\", '$.{column}')"


def _statement(pairs: Sequence[Pair], tables: dict[str, int], records: Sequence[int] | None) -> tuple[str, list[Any]]:
    """One statement for all pairs; the declarations, a short table, are read once."""
    theirs = ("staff_id", "relation", *dict.fromkeys(pair.theirs for pair in pairs))
    named = ", ".join(f"{_value('t', column)} AS {column}" for column in theirs)
    of_these: str = ""
    given: list[Any] = []
    if records is not None:
        few = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        of_these = f" AND m.id {few}"
        given = [list(records) if connection.vendor == "postgresql" else json.dumps(list(records))]
    parts: list[str] = []
    parameters: list[Any] = [tables[TIES]]
    for pair in pairs:
        relation = "CAST(NULL AS TEXT)" if pair.is_own else "COALESCE(tie.relation, '')"
        parts.append(
            f"SELECT mine.supplier, tie.staff_id, '{pair.field}', COUNT(DISTINCT mine.id), {relation}, MIN(tie.id)"
            f" FROM (SELECT m.id, {_value('m', pair.supplier)} AS supplier, {_value('m', pair.mine)} AS shared"
            f" FROM datasets_record m WHERE m.dataset_id = %s AND NOT m.withdrawn{of_these}) mine"
            f" JOIN tie ON tie.{pair.theirs} = mine.shared WHERE mine.supplier IS NOT NULL"
            f" GROUP BY mine.supplier, tie.staff_id{'' if pair.is_own else ', tie.relation'}"
        )
        parameters += [tables[pair.dataset], *given]
    return (
        f"WITH tie AS MATERIALIZED (SELECT t.id, {named} FROM datasets_record t"
        f" WHERE t.dataset_id = %s AND NOT t.withdrawn) {' UNION ALL '.join(parts)} ORDER BY 1, 2, 3, 6 LIMIT {MOST}",
        parameters,
    )

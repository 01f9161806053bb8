"""The school's own tables and event logs: defined, their columns changed, retired.

Where rows are in, columns keep their meaning. A column of a log that means something to the indicators has its role for
an id, as in the product's log (EV1): so steps are mapped, and procedures looked at, as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import is_english, listed
from qingqu.common.tabular.header import plain
from qingqu.datasets import rules, telling, units
from qingqu.datasets.catalogue import LOG, is_shipped, templates
from qingqu.datasets.models import Batch, Dataset
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record

PENDING = (Batch.State.UPLOADED, Batch.State.MAPPED, Batch.State.RUNNING, Batch.State.WITHDRAWING)


@dataclass(frozen=True, slots=True)
class ColumnSaid:
    """A column as somebody describes it; without an id it is new. `kind` is one of `rules.KINDS`."""

    name: str
    kind: str
    id: str = ""
    note: str = ""
    required: bool = False
    key: bool = False
    sensitive: bool = False
    en: str = ""
    """The heading for readers of English; empty: the same."""
    role: str = ""
    """Of a log: what it is to the indicators, one of `rules.ROLES`."""


@transaction.atomic
def define(
    school: Unit,
    *,
    name: str,
    headings: Sequence[str],
    keeper: Unit,
    by: User,
    name_en: str = "",
    kind: str = Dataset.Kind.TABLE,
) -> Dataset:
    """Begin a table of the school's own under the headings that an office uses; their kinds are guessed.

    The first column names the rows; those of a log are named by case, step, time and operator. All of it may be
    changed until the first rows are in (`set_columns`).
    """
    Unit.objects.select_for_update().get(pk=school.pk)
    name = _free_name(school, name)
    there = Dataset.objects.filter(school=school)
    if keeper.school_id != school.pk or keeper.kind != Unit.Kind.DEPARTMENT:
        raise NotPossible(_("请选择本校的部门"))
    said = _events(headings) if kind == Dataset.Kind.EVENTS else _rows(headings)
    _check(said, kind)
    number = there.filter(code__startswith="OWN").count() + 1
    columns, key = _described(said, {})
    dataset = Dataset.objects.create(
        school=school,
        code=f"OWN{number}",
        name=name,
        name_en=name_en.strip(),
        kind=kind,
        keeper=keeper,
        columns=columns,
        key=key,
    )
    record("datasets.defined", dataset, by=by, details={"columns": len(columns)})
    telling.handed_over([dataset], keeper, by=by)
    return dataset


def _free_name(school: Unit, name: str, but: Dataset | None = None) -> str:
    """The name without blanks. Raises NotPossible where another table of the school has it."""
    name = name.strip()
    others = Dataset.objects.exclude(pk=but.pk) if but else Dataset.objects.all()
    if others.filter(school=school, name=name).exists():
        raise NotPossible(_("本校已有名为“%(name)s”的数据表") % {"name": name})
    return name


def _rows(headings: Sequence[str]) -> list[ColumnSaid]:
    return [
        ColumnSaid(name=each, kind=rules.kind_of_heading(each), required=n == 0, key=n == 0)
        for n, each in enumerate(headings)
    ]


def _events(headings: Sequence[str]) -> list[ColumnSaid]:
    standard = templates()[LOG]
    known = {plain(name): column.id for column in standard.columns for name in (column.zh, *column.also)}
    roles = rules.roles_of(headings, {each: known[plain(each)] for each in headings if plain(each) in known})
    return [
        ColumnSaid(name=each, kind=rules.kind_of_heading(each), key=role in standard.key, role=role)
        for each, role in zip(headings, roles, strict=True)
    ]


@transaction.atomic
def set_columns(
    dataset: Dataset, said: Sequence[ColumnSaid], *, by: User, name: str = "", name_en: str | None = None
) -> Dataset:
    """Describe the columns of an own table anew, in this order; those not named are dropped. And what it is called.

    Once rows are in, columns keep their kind and their part in the key; names and meanings may change, new ones come
    in as voluntary. A former name still finds its column in files. Raises NotPossible with what does not fit.
    """
    dataset = _own(dataset)
    _check(said, dataset.kind)
    before = {column["id"]: column for column in dataset.columns}
    named = [one.id for one in said if one.id]
    if unknown := [one.name for one in said if one.id and (one.id not in before or named.count(one.id) > 1)]:
        raise NotPossible(_("表中没有这一列：%(names)s") % {"names": "、".join(unknown)})
    if is_used(dataset):
        _keep_meaning(dataset, said)
    dataset.columns, dataset.key = _described(said, before)
    dataset.name = _free_name(dataset.school, name, but=dataset) if name.strip() else dataset.name
    dataset.name_en = dataset.name_en if name_en is None else name_en.strip()
    dataset.save(update_fields=["columns", "key", "name", "name_en"])
    record("datasets.columns_set", dataset, by=by, details={"columns": len(dataset.columns)})
    return dataset


def _described(
    said: Sequence[ColumnSaid], before: Mapping[str, dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The columns as they are kept, and the ids of those that name a row; what has no role is numbered on."""
    last = max((int(id_[1:]) for id_ in before if id_ not in rules.ROLES), default=0)
    columns, key = [], []
    for one in said:
        id_ = one.role or (one.id if one.id not in rules.ROLES else "")
        if not id_:
            last += 1
        column = _column(id_ or f"c{last}", one, before.get(one.id))
        columns.append(column)
        key += [column["id"]] if one.key else []
    return columns, key


@transaction.atomic
def retire(dataset: Dataset, *, reason: str, by: User) -> Dataset:
    """Retire an own table: nothing comes in any more, its rows stay readable."""
    dataset = _own(dataset)
    if not dataset.is_active:
        raise NotPossible(_("这张数据表已停用"))
    if dataset.batches.filter(state__in=PENDING).exists():
        raise NotPossible(_("还有一批没有导入完，请先完成或放弃"))
    dataset.is_active = False
    dataset.save(update_fields=["is_active"])
    record("datasets.retired", dataset, by=by, reason=reason.strip())
    return dataset


@transaction.atomic
def resume(dataset: Dataset, *, by: User) -> Dataset:
    """Use a retired table again."""
    dataset = _own(dataset)
    if dataset.is_active:
        raise NotPossible(_("这张数据表在用"))
    dataset.is_active = True
    dataset.save(update_fields=["is_active"])
    record("datasets.resumed", dataset, by=by)
    return dataset


def is_used(dataset: Dataset) -> bool:
    """Whether rows are or were in a table, or are on their way: its columns then keep what they mean."""
    return dataset.records.exists() or dataset.batches.filter(state__in=PENDING).exists()


def said_of(dataset: Dataset) -> list[ColumnSaid]:
    """The columns of a table as they would be described."""
    return [
        ColumnSaid(
            name=c["name"],
            kind=rules.kind_of(c["type"], c.get("as", "")),
            id=c["id"],
            note=c.get("note", ""),
            required=c.get("required", False),
            key=c["id"] in dataset.key,
            sensitive=c.get("sensitive", False),
            en=c.get("en", ""),
            role=c["id"] if c["id"] in rules.ROLES else "",
        )
        for c in dataset.columns
    ]


def _own(dataset: Dataset) -> Dataset:
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if is_shipped(dataset.code):
        raise NotPossible(_("产品自带的数据表，各列不能改动"))
    return dataset


def _check(said: Sequence[ColumnSaid], kind: str) -> None:
    if not said:
        raise NotPossible(_("请至少写一列"))
    if len(said) > rules.MOST_COLUMNS:
        raise NotPossible(_("最多 %(most)d 列，现有 %(now)d 列") % {"most": rules.MOST_COLUMNS, "now": len(said)})
    seen: set[str] = set()
    for one in said:
        if len(one.name) > 40:
            raise NotPossible(_("列名最多 40 个字：%(name)s") % {"name": one.name[:60]})
        if plain(one.name) in seen or not plain(one.name):
            raise NotPossible(_("列名不能重复，也不能只有符号：%(name)s") % {"name": one.name})
        seen.add(plain(one.name))
    if kind == Dataset.Kind.EVENTS:
        _check_roles([one.role for one in said if one.role])


def _check_roles(roles: Sequence[str]) -> None:
    names = {column.id: column.en if is_english() else column.zh for column in templates()[LOG].columns}
    if missing := [names[role] for role in rules.NEEDED if role not in roles]:
        raise NotPossible(_("请指明哪一列是：%(names)s") % {"names": listed(missing)})
    if twice := {role: names[role] for role in roles if roles.count(role) > 1}:
        raise NotPossible(_("只能有一列是：%(names)s") % {"names": listed(twice.values())})


def _keep_meaning(dataset: Dataset, said: Sequence[ColumnSaid]) -> None:
    now = {one.id: one for one in said if one.id}
    for before in said_of(dataset):
        one = now.get(before.id)
        if one is None or _meaning(one) != _meaning(before):
            raise NotPossible(_("表中已有记录，“%(name)s”不能删除，也不能改变类型、标识和必填") % {"name": before.name})
    if late := [one.name for one in said if not one.id and (one.key or one.required)]:
        raise NotPossible(_("表中已有记录，新加的列不能必填，也不能作标识：%(names)s") % {"names": "、".join(late)})


def _meaning(one: ColumnSaid) -> tuple[str, str, bool, bool]:
    return rules.kind_in_log(one.role, one.kind), one.role, one.key, _is_needed(one)


def _is_needed(one: ColumnSaid) -> bool:
    return one.required or one.role in rules.NEEDED or (one.key and not one.role)


def _column(id_: str, said: ColumnSaid, before: dict[str, Any] | None = None) -> dict[str, Any]:
    type_, hashed_as = rules.KINDS[rules.kind_in_log(said.role, said.kind)]
    was = before["name"] if before else ""
    name = units.in_yuan(said.name) if type_ == "money" and said.name != was else said.name
    also = list(before.get("also", ())) if before else []
    if was and was != name:
        also = [other for other in also if other != name] + [was]
    return {
        "id": id_,
        "name": name,
        "type": type_,
        "as": hashed_as,
        "required": _is_needed(said),
        "sensitive": type_ == "hashed" or said.sensitive,
        "also": also,
        "note": said.note,
        "en": said.en,
    }

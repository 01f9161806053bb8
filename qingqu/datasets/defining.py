"""The school's own tables: defined, their columns changed, retired. Where rows are in, columns keep their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.tabular.header import plain
from qingqu.datasets import rules
from qingqu.datasets.catalogue import is_shipped
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


@transaction.atomic
def define(school: Unit, *, name: str, headings: Sequence[str], keeper: Unit, by: User) -> Dataset:
    """Begin a table of the school's own under the headings that an office uses; their kinds are guessed.

    The first column names the rows. All of it may be changed until the first rows are in (`set_columns`).
    """
    Unit.objects.select_for_update().get(pk=school.pk)
    name = name.strip()
    there = Dataset.objects.filter(school=school)
    if there.filter(name=name).exists():
        raise NotPossible(_("本校已有名为“%(name)s”的数据表") % {"name": name})
    if keeper.school_id != school.pk or keeper.kind != Unit.Kind.DEPARTMENT:
        raise NotPossible(_("请选择本校的部门"))
    said = [
        ColumnSaid(name=each, kind=rules.kind_of_heading(each), required=n == 0, key=n == 0)
        for n, each in enumerate(headings)
    ]
    _check(said)
    number = there.filter(code__startswith="OWN").count() + 1
    columns = [_column(f"c{n}", each) for n, each in enumerate(said, 1)]
    dataset = Dataset.objects.create(
        school=school, code=f"OWN{number}", name=name, keeper=keeper, columns=columns, key=["c1"]
    )
    record("datasets.defined", dataset, by=by, details={"columns": len(columns)})
    return dataset


@transaction.atomic
def set_columns(dataset: Dataset, said: Sequence[ColumnSaid], *, by: User) -> Dataset:
    """Describe the columns of an own table anew, in this order; those not named are dropped.

    Once rows are in, columns keep their kind and their part in the key; names and meanings may change, new ones come
    in as voluntary. A former name still finds its column in files. Raises NotPossible with what does not fit.
    """
    dataset = _own(dataset)
    _check(said)
    before = {column["id"]: column for column in dataset.columns}
    named = [one.id for one in said if one.id]
    if unknown := [one.name for one in said if one.id and (one.id not in before or named.count(one.id) > 1)]:
        raise NotPossible(_("表中没有这一列：%(names)s") % {"names": "、".join(unknown)})
    if is_used(dataset):
        _keep_meaning(dataset, said)
    last = max(int(id_[1:]) for id_ in before)
    columns, key = [], []
    for one in said:
        if not one.id:
            last += 1
        column = _column(one.id or f"c{last}", one, before.get(one.id))
        columns.append(column)
        key += [column["id"]] if one.key else []
    dataset.columns, dataset.key = columns, key
    dataset.save(update_fields=["columns", "key"])
    record("datasets.columns_set", dataset, by=by, details={"columns": len(columns)})
    return dataset


@transaction.atomic
def retire(dataset: Dataset, *, reason: str, by: User) -> Dataset:
    """Let an own table rest: nothing comes in any more, what is there stays legible."""
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
        )
        for c in dataset.columns
    ]


def _own(dataset: Dataset) -> Dataset:
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if is_shipped(dataset.code):
        raise NotPossible(_("产品自带的数据表，各列不能改动"))
    return dataset


def _check(said: Sequence[ColumnSaid]) -> None:
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


def _keep_meaning(dataset: Dataset, said: Sequence[ColumnSaid]) -> None:
    now = {one.id: one for one in said if one.id}
    for before in said_of(dataset):
        one = now.get(before.id)
        if one is None or (one.kind, one.key, one.required) != (before.kind, before.key, before.required):
            raise NotPossible(_("表中已有记录，“%(name)s”不能删除，也不能改变类型、标识和必填") % {"name": before.name})
    if late := [one.name for one in said if not one.id and (one.key or one.required)]:
        raise NotPossible(_("表中已有记录，新加的列不能必填，也不能作标识：%(names)s") % {"names": "、".join(late)})


def _column(id_: str, said: ColumnSaid, before: dict[str, Any] | None = None) -> dict[str, Any]:
    type_, hashed_as = rules.KINDS[said.kind]
    also = list(before.get("also", ())) if before else []
    if before and before["name"] != said.name:
        also = [name for name in also if name != said.name] + [before["name"]]
    return {
        "id": id_,
        "name": said.name,
        "type": type_,
        "as": hashed_as,
        "required": said.required or said.key,
        "sensitive": type_ == "hashed" or said.sensitive,
        "also": also,
        "note": said.note,
        "en": said.en,
    }

"""What the pages of the tables read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.calendar import date_of, day_of
from qingqu.common.language import is_english
from qingqu.datasets import access
from qingqu.datasets.catalogue import LOG, templates
from qingqu.datasets.columns import Column, columns_of
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, Record, RecordVersion
from qingqu.datasets.rules import STEPS
from qingqu.organisation.models import Unit

SHOWN = 10
"""So many columns stand in a list; the page of a row has all."""
CALLED = 2
"""By so many cells a row is called whose key its reader may not read."""


def name_of(dataset: Dataset) -> str:
    """The table's name in the reader's language."""
    if not is_english():
        return dataset.name
    template = templates().get(dataset.code)
    return template.en if template else dataset.name_en or dataset.name


def titles(dataset: Dataset) -> dict[str, str]:
    """Column id → heading in the reader's language."""
    if not is_english():
        return {c["id"]: str(c["name"]) for c in dataset.columns}
    template = templates().get(LOG if dataset.kind == Dataset.Kind.EVENTS else dataset.code)
    known = {column.id: column.en for column in template.columns} if template else {}
    return {c["id"]: c.get("en") or known.get(c["id"]) or str(c["name"]) for c in dataset.columns}


def said_columns(dataset: Dataset) -> list[Column]:
    """The columns under their headings in the reader's language: for sentences about a cell."""
    columns = columns_of(dataset)
    if not is_english():
        return columns
    names = titles(dataset)
    return [replace(column, name=names[column.id]) for column in columns]


def written(value: Any, type_: str) -> str:
    """A value as a page writes it; persons never."""
    if value is None:
        return "—"
    match type_:
        case "hashed":
            return MASKED
        case "money":
            return f"{value / 100:,.2f}"
        case "number":
            return f"{value / 1000:,.3f}".rstrip("0").rstrip(".")
        case "date":
            return date_of(value).isoformat()
        case "moment":
            day = date_of(value // 1440).isoformat()
            return f"{day} {value % 1440 // 60:02d}:{value % 60:02d}"
        case "flag":
            return _("是") if value else _("否")
    return str(value)


def typed(value: Any, type_: str) -> str:
    """A value as it would be typed into a form; persons are typed anew."""
    if value is None or type_ == "hashed":
        return ""
    if type_ == "money":
        return f"{value / 100:.2f}"
    return written(value, type_).replace(",", "") if type_ != "text" else str(value)


def exported(value: Any, type_: str) -> Any:
    """A value in a file that goes out: numbers are numbers."""
    if value is None:
        return ""
    match type_:
        case "money":
            return value / 100
        case "number":
            return value / 1000
        case "count":
            return value
    return written(value, type_)


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table on the list."""

    dataset: Dataset
    name: str
    records: int
    last: Batch | None


def tables(found: QuerySet[Dataset]) -> list[TableLine]:
    """Tables with how many rows they have and their newest batch; four statements."""
    kept = list(found.select_related("keeper").order_by("-is_active", "kind", "id"))
    counted = dict(
        Record.objects.filter(dataset__in=kept, withdrawn=False)
        .order_by()
        .values_list("dataset")
        .annotate(n=Count("pk"))
    )
    newest = (
        Batch.objects.filter(dataset__in=kept, state=Batch.State.APPLIED)
        .order_by()
        .values_list("dataset")
        .annotate(last=Max("pk"))
    )
    last = {batch.dataset_id: batch for batch in Batch.objects.filter(pk__in=[pk for _table, pk in newest])}
    return [TableLine(d, name_of(d), counted.get(d.pk, 0), last.get(d.pk)) for d in kept]


def imports(dataset: Dataset) -> QuerySet[Batch]:
    """The imports of a table, newest first, without the files that were left be."""
    return dataset.batches.exclude(state=Batch.State.DISCARDED).select_related("by")


def keepers(school: Unit) -> list[Unit]:
    """The departments that keep the school's tables."""
    return list(
        Unit.objects.filter(pk__in=Dataset.objects.filter(school=school).values("keeper")).order_by("order", "id")
    )


def still_to_adopt(school: Unit) -> list[tuple[str, str]]:
    """The product's tables that a school does not keep."""
    there = set(Dataset.objects.filter(school=school).values_list("code", flat=True))
    return [(t.code, t.en if is_english() else t.zh) for t in templates().values() if t.code not in there]


def columns_for(user: User, dataset: Dataset) -> list[Column]:
    """The columns as `user` reads them: persons are masked for everybody, sensitive ones but for who needs them."""
    all_of_it = access.can_see_sensitive(user, dataset)
    return [c if all_of_it or not c.sensitive else replace(c, type="hashed") for c in columns_of(dataset)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are looked for: a text in any of the texts, days from and to, also those withdrawn."""

    text: str = ""
    since: date | None = None
    until: date | None = None
    withdrawn: bool = False

    @property
    def is_narrow(self) -> bool:
        return bool(self.text or self.since or self.until or self.withdrawn)


def day_column(columns: Sequence[Column]) -> Column | None:
    """The date by which rows are filtered: the first one."""
    return next((c for c in columns if c.type in ("date", "moment")), None)


def records(dataset: Dataset, columns: Sequence[Column] = (), asked: Asked = Asked()) -> QuerySet[Record]:
    """The rows of a table, newest first, as far as `columns` may be read and searched."""
    found = Record.objects.filter(dataset=dataset, withdrawn=asked.withdrawn)
    if asked.text:
        anywhere, said = Q(pk__in=[]), Q(pk__in=[])
        for ascii_only in (False, True):  # as the importer writes them, and as the ORM does
            anywhere |= Q(whole__icontains=json.dumps(asked.text, ensure_ascii=ascii_only)[1:-1])
        for column in columns:
            if column.type == "text":
                said |= Q(**{f"values__{column.id}__icontains": asked.text})
        # Whole rows first: looking into every column of each takes eight times as long.
        found = found.alias(whole=Cast("values", TextField())).filter(anywhere).filter(said)
    if dated := day_column(columns):
        unit = 1 if dated.type == "date" else 24 * 60
        if asked.since:
            found = found.filter(**{f"values__{dated.id}__gte": day_of(asked.since) * unit})
        if asked.until:
            found = found.filter(**{f"values__{dated.id}__lt": (day_of(asked.until) + 1) * unit})
    return found.order_by("-id")


def legible(user: User, dataset: Dataset) -> list[Column]:
    """The columns that `user` may read in clear."""
    return [c for c in columns_for(user, dataset) if c.type != "hashed"]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    is_number: bool
    head: str = ""
    """Said beside it on a phone, where no headings stand above."""


def shown_columns(columns: Sequence[Column]) -> list[Column]:
    """The columns of a list: the first few, of dates the first one, nothing that is masked."""
    columns = [c for c in columns if c.type != "hashed"]
    dates = [c.id for c in columns if c.type in ("date", "moment")]
    return [c for c in columns if c.id not in dates[1:]][:SHOWN]


def cells(
    values: Mapping[str, Any], columns: Sequence[Column], names: Mapping[str, str] = MappingProxyType({})
) -> list[Cell]:
    """The cells of a row under `columns`, whose headings are `names`."""
    numbers = ("money", "number", "count")
    return [Cell(written(values.get(c.id), c.type), c.type in numbers, names.get(c.id, "")) for c in columns]


@dataclass(frozen=True, slots=True)
class VersionLine:
    version: int
    cells: list[str]
    batch: Batch | None
    withdrawn: bool
    at: Any


def versions(record: Record, columns: Sequence[Column]) -> list[VersionLine]:
    """Every version of a row, newest first: what changed in each."""
    names = titles(record.dataset)
    old = list(RecordVersion.objects.filter(record=record).select_related("batch").order_by("version"))
    whole = [(v.version, v.values, v.batch, v.withdrawn, v.received_at) for v in old]
    whole.append((record.version, record.values, record.batch, record.withdrawn, record.received_at))
    lines, before = [], None
    for version, values, batch, withdrawn, at in whole:
        said = before or values
        changed = [c for c in columns if values.get(c.id) != said.get(c.id)]
        shown = [change(names[c.id], said.get(c.id), values.get(c.id), c.type) for c in changed]
        lines.append(VersionLine(version, shown, batch, withdrawn, at))
        before = values
    return lines[::-1]


def change(name: str, before: Any, after: Any, type_: str) -> str:
    """«金额 2,900.00 → 2,700.00»; of what is masked only that it is another."""
    if type_ == "hashed" and before is not None and after is not None:
        return _("%(column)s已改") % {"column": name}
    return f"{name} {written(before, type_)} → {written(after, type_)}"


def called(record: Record, columns: Sequence[Column]) -> str:
    """What a reader of `columns` calls a row: its key's values, where they are masked its first others.

    What does not speak for itself stands behind its heading: these others, a number or a day alone.
    """
    legible = [c for c in columns if c.type != "hashed" and record.values.get(c.id) not in (None, "")]
    key = [c for c in legible if c.is_key]
    said = {c.id: written(record.values[c.id], c.type) for c in key or legible[:CALLED]}
    if not key or (len(key) == 1 and key[0].type != "text"):
        names = titles(record.dataset)
        said = {id_: f"{names[id_]} {value}" for id_, value in said.items()}
    return " · ".join(said.values()) or _("一行记录")


def facts(record: Record, columns: Sequence[Column]) -> list[tuple[str, str]]:
    """All columns of a row."""
    names = titles(record.dataset)
    return [(names[c.id], written(record.values.get(c.id), c.type)) for c in columns]


def unmapped(dataset: Dataset) -> list[tuple[str, int]]:
    """The names of steps in a log of which nobody knows what they are, and how often they occur.

    Where no name has been mapped, the standard ones mean themselves.
    """
    known = {name for name, ours in dataset.steps.items() if ours} if dataset.steps else STEPS
    return [(step, n) for step, n in _steps(dataset) if step and step not in known]


def unnamed(dataset: Dataset) -> int:
    """How many events of a log name no person: the cell is empty, or says «系统», «管理员» and the like."""
    at = f"unnamed-of:{dataset.pk}:{dataset.changes}"
    counted = cache.get(at)
    if counted is None:
        found = Record.objects.filter(dataset=dataset, withdrawn=False).order_by()
        for name in ("operator", "on_behalf"):
            found = found.filter(Q(**{f"values__{name}": None}) | Q(**{f"values__{name}__isnull": True}))
        counted = found.count()
        cache.set(at, counted, timeout=24 * 3600)
    return int(counted)


def names_of_steps(dataset: Dataset) -> list[str]:
    """All names of steps in a log and in its mapping, those that nobody knows first."""
    unknown = {step for step, _n in unmapped(dataset)}
    known = {*dataset.steps, *(step for step, _n in _steps(dataset) if step)} - unknown
    return [*sorted(unknown), *sorted(known)]


def _steps(dataset: Dataset) -> list[tuple[str | None, int]]:
    """How often each name of a step occurs; counted anew when the log changed."""
    at = f"steps-of:{dataset.pk}:{dataset.changes}"
    counted = cache.get(at)
    if counted is None:
        found = Record.objects.filter(dataset=dataset, withdrawn=False).order_by()
        named = found.annotate(step=KeyTextTransform("step", "values")).values_list("step")
        counted = list(named.annotate(n=Count("pk")).order_by("-n", "step"))
        cache.set(at, counted, timeout=24 * 3600)
    return counted

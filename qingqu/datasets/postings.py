"""Records under the keys by which rules look: «all of this supplier within ninety days» as one range of an index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import orjson
from django.db import connection, transaction
from django.db.models import Max, Min

from qingqu.common import statements
from qingqu.datasets.catalogue import is_shipped
from qingqu.datasets.models import Dataset, Posted, Posting, Record
from qingqu.datasets.watching import Change, Values

PART = 20_000


class Grouping(Protocol):
    """Rows of a table under what they have in some columns, in the order of one."""

    @property
    def dataset(self) -> str: ...
    @property
    def number(self) -> int: ...
    def postings(self, school: int, row: Values) -> Sequence[tuple[int, int]]:
        """Keys and days under which a row stands; most stand under one, or nothing."""


_groupings: dict[str, dict[int, Grouping]] = {}
_of_own: list[Callable[[int, str], Iterable[Grouping]]] = []


def register(groupings: Iterable[Grouping]) -> None:
    """Keep postings for these look-ups of the product's tables; called when the product starts."""
    for grouping in groupings:
        _groupings.setdefault(grouping.dataset, {})[grouping.number] = grouping


def register_own(groupings: Callable[[int, str], Iterable[Grouping]]) -> None:
    """Ask this, with school and code, which look-ups a table of the school's own needs at present."""
    if groupings not in _of_own:
        _of_own.append(groupings)


def groupings_of(dataset: Dataset) -> list[Grouping]:
    """The look-ups of a table."""
    if is_shipped(dataset.code):
        return list(_groupings.get(dataset.code, {}).values())
    return [grouping for ask in _of_own for grouping in ask(dataset.school_id, dataset.code)]


def numbers_of(code: str) -> Iterable[int]:
    """The numbers of the look-ups of one of the product's tables."""
    return _groupings.get(code, {}).keys()


def _kept(dataset: Dataset) -> dict[int, Grouping]:
    """The look-ups of a table by number, when it is about to be written.

    Those of a table of the school's own come and go with its indicators. One that nobody asks for is not brought up to
    date, so it no longer counts as posted: whoever asks for it again has it built anew.
    """
    known = {grouping.number: grouping for grouping in groupings_of(dataset)}
    if not is_shipped(dataset.code):
        Posted.objects.filter(dataset=dataset).exclude(grouping__in=known).delete()
    return known


def follow(dataset: Dataset, changes: Sequence[Change]) -> None:
    """Bring the postings of changed records up to date, as far as the table is posted."""
    known = _kept(dataset)
    if not known:
        return
    said = "SELECT grouping, upto FROM datasets_posted WHERE dataset_id = %s AND upto IS NOT NULL"
    waiting: dict[int, int] = dict(statements.fetch(said, [dataset.pk]))
    gone: list[Place] = []
    new: list[Place] = []
    for number, grouping in known.items():
        upto = waiting.get(number)
        concerned = [each for each in changes if upto is None or each.record_id <= upto]
        gone += _places(dataset, grouping, ((each.record_id, each.before) for each in concerned))
        new += _places(dataset, grouping, ((each.record_id, each.after) for each in concerned))
    _delete(gone)
    _insert(new)


Place = tuple[int, int, int, int]


def _places(dataset: Dataset, grouping: Grouping, rows: Iterable[tuple[int, Values | None]]) -> list[Place]:
    """Where records stand under a grouping: its number, key, day, record; those that say nothing stand nowhere."""
    number, postings, school = grouping.number, grouping.postings, dataset.school_id
    return [
        (number, *place, record_id)
        for record_id, values in rows
        if values is not None
        for place in postings(school, values)
    ]


def defer(dataset: Dataset) -> None:
    """Let records that come in from now on wait for `ensure`: a file of a million rows is posted once, in order."""
    _begin(dataset, _kept(dataset))
    last = Record.objects.aggregate(last=Max("pk"))["last"] or 0
    Posted.objects.filter(dataset=dataset, upto=None).update(upto=last)


def _begin(dataset: Dataset, numbers: Iterable[int]) -> None:
    """Let those that were never built begin with nothing."""
    new = set(numbers) - set(Posted.objects.filter(dataset=dataset).values_list("grouping", flat=True))
    if new:
        Posting.objects.filter(grouping__in=new, record__dataset=dataset).delete()
        Posted.objects.bulk_create([Posted(dataset=dataset, grouping=number, upto=0) for number in new])


def _delete(values: list[Place]) -> None:
    if values:
        statements.run_many(
            "DELETE FROM datasets_posting WHERE grouping = %s AND key = %s AND day = %s AND record_id = %s", values
        )


def _insert(values: list[Place]) -> None:
    if values:
        statements.run_many(
            "INSERT INTO datasets_posting (grouping, key, day, record_id) VALUES (%s, %s, %s, %s)", sorted(values)
        )


def ensure(dataset: Dataset, *, pause: float = 0) -> int:
    """Post what is not yet posted of a table; returns how many look-ups that concerned.

    Each part is a transaction of its own (unless there is one already), so that nobody waits long to write; between
    two of them others have `pause` seconds to begin.
    """
    wanted = {grouping.number: grouping for grouping in groupings_of(dataset)}
    there = dict(Posted.objects.filter(dataset=dataset).values_list("grouping", "upto"))
    waiting = {n: grouping for n, grouping in wanted.items() if there.get(n, 0) is not None}
    if not waiting:
        return 0
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        _begin(dataset, waiting)
    while _post_part(dataset, waiting):
        time.sleep(pause)
    return len(waiting)


@transaction.atomic
def _post_part(dataset: Dataset, groupings: Mapping[int, Grouping]) -> bool:
    """Post the next records for those that are furthest behind; False when all are there."""
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    behind = Posted.objects.filter(dataset=dataset, grouping__in=groupings, upto__isnull=False)
    low = behind.aggregate(low=Min("upto"))["low"]
    if low is None:
        return False
    found = Record.objects.filter(dataset=dataset, withdrawn=False, pk__gt=low).order_by("pk")
    rows = list(found.values_list("pk", "values")[:PART])
    level = behind.filter(upto=low)
    for number in list(level.values_list("grouping", flat=True)):
        _insert(_places(dataset, groupings[number], rows))
    level.update(upto=rows[-1][0] if len(rows) == PART else None)
    return True


def is_posted(dataset: Dataset, number: int) -> bool:
    """Whether all records of a table stand under a look-up."""
    return Posted.objects.filter(dataset=dataset, grouping=number, upto=None).exists()


def fetch(number: int, school: int, key: int, low: int | None, high: int | None) -> list[dict[str, Any]]:
    """The records that stand under a key between two days, as rows with `id`, `school` and `version`."""
    days = {"p.day >= %s": low, "p.day <= %s": high}
    asked = {condition: day for condition, day in days.items() if day is not None}
    where = " AND ".join(["p.grouping = %s", "p.key = %s", *asked])
    values = connection.ops.quote_name("values")
    found = statements.fetch(
        f"SELECT r.id, r.version, r.{values} FROM datasets_posting p JOIN datasets_record r ON r.id = p.record_id"
        f" WHERE {where} ORDER BY p.day, p.record_id",
        [number, key, *asked.values()],
    )
    return [{"id": id_, "school": school, "version": version, **orjson.loads(said)} for id_, version, said in found]

"""Records under the keys by which rules look: «all of this supplier within ninety days» as one range of an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django.db import connection, transaction

from qingqu.datasets.models import Dataset, Posted, Posting, Record
from qingqu.datasets.watching import Change, Values

CHUNK = 5_000


class Grouping(Protocol):
    """Rows of a table under what they have in some columns, in the order of one."""

    @property
    def dataset(self) -> str: ...
    @property
    def number(self) -> int: ...
    def posting(self, school: int, row: Values) -> tuple[int, int] | None:
        """Key and day of a row; None: it stands under nothing."""


_groupings: dict[str, dict[int, Grouping]] = {}


def register(groupings: Iterable[Grouping]) -> None:
    """Keep postings for these look-ups from now on; called when the product starts and when a rule comes into force."""
    for grouping in groupings:
        _groupings.setdefault(grouping.dataset, {})[grouping.number] = grouping


def groupings_of(dataset: Dataset) -> list[Grouping]:
    return list(_groupings.get(dataset.code, {}).values())


def follow(dataset: Dataset, changes: Sequence[Change]) -> None:
    """Bring the postings of changed records up to date."""
    groupings = groupings_of(dataset)
    if not groupings:
        return
    _delete(
        (grouping.number, *place, change.record_id)
        for change in changes
        if change.before is not None
        for grouping in groupings
        if (place := grouping.posting(dataset.school_id, change.before))
    )
    _insert(
        (grouping.number, *place, change.record_id)
        for change in changes
        if change.after is not None
        for grouping in groupings
        if (place := grouping.posting(dataset.school_id, change.after))
    )


def _delete(rows: Iterable[tuple[int, int, int, int]]) -> None:
    values = list(rows)
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM datasets_posting WHERE grouping = %s AND key = %s AND day = %s AND record_id = %s", values
            )


def _insert(rows: Iterable[tuple[int, int, int, int]]) -> None:
    values = sorted(rows)
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO datasets_posting (grouping, key, day, record_id) VALUES (%s, %s, %s, %s)", values
            )


@transaction.atomic
def ensure(dataset: Dataset) -> int:
    """Build what is not yet posted of a table; returns how many look-ups were built."""
    wanted = {grouping.number: grouping for grouping in groupings_of(dataset)}
    there = set(Posted.objects.filter(dataset=dataset).values_list("grouping", flat=True))
    missing = [grouping for number, grouping in wanted.items() if number not in there]
    if not missing:
        return 0
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    Posting.objects.filter(grouping__in=[g.number for g in missing], record__dataset=dataset).delete()
    rows = Record.objects.filter(dataset=dataset, withdrawn=False).values_list("id", "values").iterator(CHUNK)
    batch: list[tuple[int, int, int, int]] = []
    for record_id, values in rows:
        for grouping in missing:
            if place := grouping.posting(dataset.school_id, values):
                batch.append((grouping.number, *place, record_id))
        if len(batch) > CHUNK * 4:
            _insert(batch)
            batch.clear()
    _insert(batch)
    Posted.objects.bulk_create([Posted(dataset=dataset, grouping=g.number) for g in missing], ignore_conflicts=True)
    return len(missing)


def fetch(number: int, school: int, key: int, low: int | None, high: int | None) -> list[dict[str, Any]]:
    """The records that stand under a key between two days, as rows with `id`, `school` and `version`."""
    found = Posting.objects.filter(grouping=number, key=key)
    if low is not None:
        found = found.filter(day__gte=low)
    if high is not None:
        found = found.filter(day__lte=high)
    rows = found.values_list("record_id", "record__version", "record__values").order_by("day", "record_id")
    return [{"id": id_, "school": school, "version": version, **values} for id_, version, values in rows]

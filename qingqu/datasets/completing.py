"""Rows that lack some columns: the table keeps its values there.

A column missing from a file or push is not an empty one; whoever wants it emptied sends it empty.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from qingqu.datasets import storing
from qingqu.datasets.columns import written
from qingqu.datasets.models import Dataset, Record
from qingqu.datasets.notes import Kept

AT_ONCE = 1_000
KEPT = _("没有报送这些列，表中原有的内容保留：%(names)s")


@dataclass(frozen=True, slots=True)
class Completed:
    """Completed rows, key → values as text, and the columns in which some of them keep the table's values."""

    lines: dict[str, str]
    kept: frozenset[str]


def complete(dataset: Dataset, lines: Mapping[str, str], absent: Mapping[str, Collection[str]]) -> Completed:
    """Rows, key → values as text, with what the table says in the columns of which each does not speak (`absent`).

    Call it in the transaction that writes them: it locks the table. Rows that are new or withdrawn stay as they are.
    """
    storing.locked(dataset)
    whole, kept = dict(lines), set[str]()
    partly = [key for key, columns in absent.items() if columns]
    there = storing.known_ids(dataset, partly) if partly else []
    for start in range(0, len(there), AT_ONCE):
        standing = Record.objects.filter(pk__in=there[start : start + AT_ONCE], withdrawn=False)
        for key, values in standing.values_list("key", "values"):
            stays = {id_: values[id_] for id_ in absent[key] if values.get(id_) is not None}
            if stays:
                whole[key] = written(json.loads(whole[key]) | stays)
                kept |= stays.keys()
    return Completed(whole, frozenset(kept))


def note_of(dataset: Dataset, kept: Iterable[str]) -> list[Kept]:
    """What to say about columns that were kept, in the order of the table; nothing where there are none."""
    names = [column["id"] for column in dataset.columns if column["id"] in set(kept)]
    return [{"message": KEPT, "words": {"names": names}}] if names else []

"""What a file would meet in its table: rows that it corrects, brings back, or only stands beside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qingqu.datasets import storing
from qingqu.datasets.columns import Column
from qingqu.datasets.findings import Survey
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Batch, Dataset, Record
from qingqu.datasets.queries import called, change, said_columns
from qingqu.datasets.watching import Values

AT_ONCE = 500
"""Rows of the table read at once."""
CHANGES_SHOWN = 10
LARGE = 20_000
"""Of a table with more rows nobody looks for those from which new ones differ only a little."""


@dataclass(slots=True)
class Foreseen:
    """What a file would meet in the table."""

    there: int = 0
    """So many of its rows are there already."""
    changed: int = 0
    """So many of these say something else in the file."""
    changes: list[tuple[str, list[str]]] = field(default_factory=list)
    """Some of them: what the row is called, and what becomes what."""
    withdrawn: int = 0
    """So many were in it and were taken out: they come back."""
    returning: list[str] = field(default_factory=list)
    """What some of these are called."""
    lacking: list[str] = field(default_factory=list)
    """Columns that the file does not have, though these rows have something in them."""
    beside: int = 0
    """So many rows stay in the table though a new one of the file may be meant to put them right."""
    besides: list[str] = field(default_factory=list)
    """What some of these are called."""
    apart: list[str] = field(default_factory=list)
    """The columns in which they differ."""


def foreseen(batch: Batch, found: Survey) -> Foreseen:
    """Which rows of a file are in the table already, what they say now, and of what the file does not speak."""
    there, met = storing.known_ids(batch.dataset, list(found.lines)), Foreseen()
    columns = said_columns(batch.dataset)
    named = [column for column in columns if column.id in batch.mapping]
    filled: set[str] = set()
    new = dict(found.lines)
    for start in range(0, len(there), AT_ONCE):
        for record in Record.objects.filter(pk__in=there[start : start + AT_ONCE]).order_by("pk"):
            record.dataset = batch.dataset
            del new[record.key]
            if record.withdrawn:
                met.withdrawn += 1
                if len(met.returning) < CHANGES_SHOWN:
                    met.returning.append(called(record, columns))
                continue
            met.there += 1
            filled |= {id_ for id_, value in record.values.items() if value is not None}
            becomes = json.loads(found.lines[record.key])
            if turned := [c for c in named if _differs(becomes.get(c.id), record.values.get(c.id))]:
                met.changed += 1
                if len(met.changes) < CHANGES_SHOWN:
                    said = [change(c.name, record.values.get(c.id), becomes.get(c.id), c.type) for c in turned]
                    met.changes.append((called(record, columns), said))
    _look_beside(batch.dataset, new, found.lines, columns, met)
    met.lacking = [column.name for column in columns if column.id not in batch.mapping and column.id in filled]
    return met


def _look_beside(
    dataset: Dataset, new: Mapping[str, str], lines: Mapping[str, str], columns: Sequence[Column], met: Foreseen
) -> None:
    """Find the rows of a table, unless it is large, from which new ones differ by one part of what names a row.

    That is an amount, or what the table lacks: a payment with another sum, a trip whose order was found since. They
    do not replace what they may be meant to put right.
    """
    loose = [c for c in columns if c.is_key and (c.type == "money" or not c.required)]
    if not new or not loose or Record.objects.filter(dataset=dataset)[LARGE:].exists():
        return
    coming: dict[tuple[Any, ...], set[Any]] = {}
    for line in new.values():
        values = json.loads(line)
        for column in loose:
            coming.setdefault(_but_for(column, values, dataset.key), set()).add(values.get(column.id))
    apart: dict[str, None] = {}
    for record in Record.objects.filter(dataset=dataset, withdrawn=False).order_by("pk"):
        if record.key in lines:
            continue
        for column in loose:
            if record.values.get(column.id) is not None and column.type != "money":
                continue
            if coming.get(_but_for(column, record.values, dataset.key), set()) - {record.values.get(column.id)}:
                apart[column.name] = None
                met.beside += 1
                if len(met.besides) < CHANGES_SHOWN:
                    record.dataset = dataset
                    met.besides.append(called(record, columns))
                break
    met.apart = list(apart)


def _but_for(column: Column, values: Values, key: Sequence[str]) -> tuple[Any, ...]:
    """What names a row, but for one column."""
    return column.id, *(values.get(id_) for id_ in key if id_ != column.id)


def _differs(new: Any, now: Any) -> bool:
    """Whether a cell of a file says something else; what we masked ourselves when it went out does not."""
    return bool(new != now and new != MASKED)

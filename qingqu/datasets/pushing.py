"""Rows pushed by another system: read and written as those of a file, answered row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.tabular.header import plain
from qingqu.datasets import actions, missing
from qingqu.datasets.checking import check, sorted_out
from qingqu.datasets.columns import Column, columns_of
from qingqu.datasets.completing import complete, note_of
from qingqu.datasets.findings import Checked, Survey
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.raw import RawRow
from qingqu.datasets.storing import Put

AT_MOST = 5_000
Row = Mapping[str, str | int | float | bool | None]


class Faulty(NotPossible):
    """Rows that cannot be taken in; `found` says which and why."""

    def __init__(self, found: Survey) -> None:
        super().__init__(_("%(n)d 行有误，没有写入任何数据") % {"n": found.faulty})
        self.found = found


@transaction.atomic
def push(
    dataset: Dataset, rows: Sequence[Row], *, name: str = "", partial: bool = False, by: User | None
) -> tuple[Batch, Survey]:
    """Write pushed rows as one batch: new ones are added, those with a known key replace what is there.

    Columns are named by id or by any of their headings. A column that a row does not name keeps what the table says
    there; one that is named and empty is emptied. Raises Faulty where a row cannot be read and `partial` is off,
    NotPossible for an unknown column or too many rows.
    """
    if len(rows) > AT_MOST:
        raise NotPossible(_("一次最多报送 %(most)d 行，请分批报送") % {"most": AT_MOST})
    found, given = Survey(), _given(dataset, rows)
    good = list(sorted_out(dataset, _checked(dataset, given, found), found))
    if not good or (found.faulty and not partial):
        raise Faulty(found)
    batch = actions.open_batch(dataset, Batch.Source.API, name=name, by=by)
    columns = {column["id"] for column in dataset.columns}
    absent = {one.key: columns - given[one.number - 1].keys() for one in good}
    whole = complete(dataset, {one.key: one.line for one in good}, absent)
    batch.rows, batch.faulty, batch.faults = found.good, found.faulty, found.faults
    batch.notes = note_of(dataset, whole.kept) + found.notes
    missing.note(batch, found.missing)
    seal = actions.seal_of(one.values for one in good)
    done, judged = _write(dataset, whole.lines, batch, by)
    return actions.close_batch(batch, done, sha256=seal, judged=judged, by=by), found


def _write(dataset: Dataset, lines: Mapping[str, str], batch: Batch, by: User | None) -> tuple[Put, bool]:
    """Write them; whether the rules have looked at them already."""
    if len(lines) <= actions.FEW:
        return actions.put_rows(dataset, list(map(json.loads, lines.values())), batch=batch, by=by), True
    return actions.load_part(dataset, lines, batch=batch), False


def _given(dataset: Dataset, rows: Sequence[Row]) -> list[Row]:
    """The rows by ids of columns. Raises NotPossible for a name that none has."""
    ids = _ids(columns_of(dataset))
    unknown = sorted({name for row in rows for name in row} - ids.keys() - _known(ids, rows))
    if unknown:
        raise NotPossible(_("数据表中没有这些列：%(names)s") % {"names": listed(unknown[:10])})
    return [_by_id(ids, row) for row in rows]


def _by_id(ids: Mapping[str, str], row: Row) -> Row:
    """Raises NotPossible for a row that says two things of a column, by its id and by a heading: which one counts?"""
    named: dict[str, str] = {}
    for name in row:
        column = ids.get(name) or ids[plain(name)]
        if column in named and row[named[column]] != row[name]:
            raise NotPossible(_("“%(one)s”和“%(other)s”是同一列，请只写一个") % {"one": named[column], "other": name})
        named[column] = name
    return {column: row[name] for column, name in named.items()}


def _checked(dataset: Dataset, given: Sequence[Row], found: Survey) -> Iterator[Checked]:
    columns = columns_of(dataset)
    cells = (RawRow(number, [row.get(column.id) for column in columns]) for number, row in enumerate(given, 1))
    return check(dataset, {column.id: n for n, column in enumerate(columns)}, cells, found)


def _known(ids: Mapping[str, str], rows: Sequence[Row]) -> set[str]:
    return {name for row in rows for name in row if plain(name) in ids}


def _ids(columns: Sequence[Column]) -> dict[str, str]:
    """Whatever names a column → its id; a heading that two columns share means the first."""
    ids: dict[str, str] = {}
    for column in columns:
        for name in (column.name, *column.also):
            ids.setdefault(plain(name), column.id)
    return ids | {column.id: column.id for column in columns}

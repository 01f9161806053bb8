"""Rows that another system pushes: the same reading, the same table, an answer row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.tabular.header import plain
from qingqu.datasets import actions
from qingqu.datasets.checking import Checked, Survey, check, sorted_out
from qingqu.datasets.columns import Column, columns_of
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.reading import RawRow
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

    Columns are named by id or by any of their headings. Raises Faulty where a row cannot be read and `partial` is off,
    NotPossible for an unknown column or too many rows.
    """
    if len(rows) > AT_MOST:
        raise NotPossible(_("一次最多报送 %(most)d 行，请分批报送") % {"most": AT_MOST})
    found = Survey()
    good = list(sorted_out(dataset, _checked(dataset, rows, found), found))
    if not good or (found.faulty and not partial):
        raise Faulty(found)
    batch = actions.open_batch(dataset, Batch.Source.API, name=name, by=by)
    batch.rows, batch.faulty, batch.faults, batch.notes = found.good, found.faulty, found.faults, found.notes
    seal = actions.seal_of(one.values for one in good)
    done, judged = _write(dataset, good, batch, by)
    return actions.close_batch(batch, done, sha256=seal, judged=judged, by=by), found


def _write(dataset: Dataset, good: Sequence[Checked], batch: Batch, by: User | None) -> tuple[Put, bool]:
    """Write them; whether the rules have looked at them already."""
    if len(good) <= actions.FEW:
        return actions.put_rows(dataset, [one.values for one in good], batch=batch, by=by), True
    return actions.load_part(dataset, {one.key: one.line for one in good}, batch=batch), False


def _checked(dataset: Dataset, rows: Sequence[Row], found: Survey) -> Iterator[Checked]:
    columns = columns_of(dataset)
    ids = _ids(columns)
    unknown = sorted({name for row in rows for name in row} - ids.keys() - _known(ids, rows))
    if unknown:
        raise NotPossible(_("数据表中没有这些列：%(names)s") % {"names": listed(unknown[:10])})
    given = ({ids.get(name) or ids[plain(name)]: value for name, value in row.items()} for row in rows)
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

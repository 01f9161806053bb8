"""What the columns of a table are: for the page that explains them before anybody fills them in."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qingqu.datasets.columns import Column, columns_of
from qingqu.datasets.models import ColumnType, Dataset
from qingqu.datasets.queries import titles


@dataclass(frozen=True, slots=True)
class Described:
    """A column in words: its heading and kind, what has to stand in it, who reads it, its other headings in files."""

    column: Column
    title: str
    kind: str
    who: str
    also: tuple[str, ...]


def described(dataset: Dataset) -> list[Described]:
    """Every column of a table, in its order."""
    names = titles(dataset)
    return [
        Described(c, names[c.id], str(ColumnType(c.type).label), _who(c), tuple(n for n in c.also if n != names[c.id]))
        for c in columns_of(dataset)
    ]


def _who(column: Column) -> str:
    if column.type == ColumnType.HASHED:
        return _("只存摘要，谁也看不到原文")
    return _("只有保管部门和纪委看得到") if column.sensitive else ""

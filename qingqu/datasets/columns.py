"""The columns of a table, and reading rows by them: how each cell is parsed, which columns identify a row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext_noop as _

from qingqu.common.language import is_english, listed
from qingqu.common.tabular.clean import Problem
from qingqu.datasets.catalogue import LOG, ColumnTemplate, templates
from qingqu.datasets.cells import Parser, parser_of
from qingqu.datasets.hashing import MASKED
from qingqu.datasets.models import Dataset
from qingqu.datasets.watching import Values


@dataclass(slots=True)
class Column:
    """A column of a school's table."""

    id: str
    name: str
    type: str
    hashed_as: str = ""
    required: bool = False
    sensitive: bool = False
    also: tuple[str, ...] = ()
    note: str = ""
    is_key: bool = False
    parse: Parser = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.parse = parser_of(self.type, self.hashed_as)
        if self.type == "hashed" and self.is_key:
            self.parse = _named(self.parse)


def _named(parse: Parser) -> Parser:
    """Persons that name a row have to be written out: who they are cannot be looked up."""

    def named(value: Any) -> Any:
        found = parse(value)
        return Problem(_("这一列用来识别行，请填写原来的内容")) if found == MASKED else found

    return named


class Named(str):
    """Columns in a sentence: their headings in the reader's language; `ids` say them in another's."""

    __slots__ = ("ids",)
    ids: list[str]

    def __new__(cls, columns: Iterable[Column]) -> Named:
        columns = list(columns)
        made = super().__new__(cls, listed(column.name for column in columns))
        made.ids = [column.id for column in columns]
        return made


@dataclass(slots=True)
class Read:
    """A row as it was read: its values by column, and what is wrong with which column."""

    values: Values
    problems: dict[str, Problem]


@cache
def _shipped(code: str) -> dict[str, ColumnTemplate]:
    template = templates().get(code)
    return {column.id: column for column in template.columns} if template else {}


def columns_of(dataset: Dataset) -> list[Column]:
    """The columns of a table, in its order.

    Of those that come with the product, other headings and what they mean are as the product has them now.
    """
    known, language = _shipped(dataset.code), int(is_english())
    log = _shipped(LOG) if dataset.kind == Dataset.Kind.EVENTS else {}
    means = {id_: one.means[language] for id_, one in (log | known).items()}
    return [
        Column(
            id=each["id"],
            name=each["name"],
            type=each["type"],
            hashed_as=each.get("as", ""),
            required=each.get("required", False),
            sensitive=each.get("sensitive", each["type"] == "hashed"),
            also=(known[each["id"]].also if each["id"] in known else ()) or tuple(each.get("also", ())),
            note=each.get("note") or means.get(each["id"], ""),
            is_key=each["id"] in dataset.key,
        )
        for each in dataset.columns
    ]


def schema_of(dataset: Dataset) -> dict[str, str]:
    """Column id → type, as the rules' engine wants it: of an event log all columns that indicators may look at."""
    standard = templates()[LOG].schema() if dataset.kind == Dataset.Kind.EVENTS else {}
    return standard | {each["id"]: each["type"] for each in dataset.columns}


def read_row(cells: Mapping[str, Any], columns: Sequence[Column]) -> Read:
    """The values of a row of raw cells by column id; a cell that cannot be read is a problem, not a value."""
    values: Values = {}
    problems: dict[str, Problem] = {}
    for column in columns:
        found = column.parse(cells.get(column.id))
        if found is None and column.required:
            problems[column.id] = Problem(_("请填写%(title)s"), {"title": Named([column])})
        if isinstance(found, Problem):
            problems[column.id], found = found, None
        values[column.id] = found
    return Read(values, problems)


written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Values as the database keeps them."""


def key_of(values: Values, key: Sequence[str]) -> str:
    """What names a row: the digest of its key's values; of all of them where the table has no key."""
    return _digest(written([values.get(column) for column in key] if key else sorted(values.items())))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class _Known(dict[Any, "str | None"]):
    """Cell of a column → its value as the database keeps it, None where it has none that is allowed.

    An office writes the same words and days again and again: what was read once is remembered.
    """

    MOST = 20_000

    def __init__(self, column: Column) -> None:
        self.column = column

    def __missing__(self, cell: Any) -> str | None:
        found = self.column.parse(cell)
        refused = type(found) is Problem or (found is None and self.column.required)
        said = None if refused else str(found) if type(found) is int else written(found)
        if len(self) < self.MOST and isinstance(cell, str):  # True, 1 and 1.0 are one key here, but not one cell
            self[cell] = said
        return said


def line_reader(
    columns: Sequence[Column], positions: Mapping[str, int], key: Sequence[str]
) -> Callable[[Sequence[Sequence[Any]]], Iterator[tuple[str, str] | None]]:
    """Reads many rows at once, column by column; made once for a file of a million rows.

    Of each row it says what `key_of` and `written` say of `read_row`'s values; None where a cell has a problem.
    """
    known = [(_Known(column), positions.get(column.id, -1)) for column in columns]
    place = {column.id: n for n, column in enumerate(columns)}
    line = f"{{{','.join(f'{_quoted(name)}:%s' for name in place)}}}"
    by = key or sorted(place)
    name = ",".join("%s" if key else f"[{_quoted(column)},%s]" for column in by)
    naming = itemgetter(*(place[column] for column in by))

    def read(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str] | None]:
        given = dict(enumerate(zip_longest(*rows)))
        nothing = (None,) * len(rows)
        read = [map(cells.__getitem__, given.get(position, nothing)) for cells, position in known]
        for row in zip(*read, strict=True):
            yield None if None in row else (_digest(f"[{name % naming(row)}]"), line % row)

    return read


def _quoted(name: str) -> str:
    return written(name).replace("%", "%%")

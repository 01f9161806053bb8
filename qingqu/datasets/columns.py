"""The columns of a table as rows are read by them: how each cell is parsed, what names a row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from qingqu.common.tabular.clean import Problem
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


@dataclass(slots=True)
class Read:
    """A row as it was read: its values by column, and what is wrong with which column."""

    values: Values
    problems: dict[str, str]


def columns_of(dataset: Dataset) -> list[Column]:
    """The columns of a table, in its order."""
    return [
        Column(
            id=each["id"],
            name=each["name"],
            type=each["type"],
            hashed_as=each.get("as", ""),
            required=each.get("required", False),
            sensitive=each.get("sensitive", each["type"] == "hashed"),
            also=tuple(each.get("also", ())),
            note=each.get("note", ""),
            is_key=each["id"] in dataset.key,
        )
        for each in dataset.columns
    ]


def schema_of(dataset: Dataset) -> dict[str, str]:
    """Column id → type, as the rules' engine wants it."""
    return {each["id"]: each["type"] for each in dataset.columns}


def read_row(cells: Mapping[str, Any], columns: Sequence[Column]) -> Read:
    """The values of a row of raw cells by column id; a cell that cannot be read is a problem, not a value."""
    return reader(columns, {column.id: n for n, column in enumerate(columns)})([cells.get(c.id) for c in columns])


def reader(columns: Sequence[Column], positions: Mapping[str, int]) -> Callable[[Sequence[Any]], Read]:
    """Reads rows whose cells stand at `positions`; made once for a file of a million rows."""
    plan = [(column, column.id, column.parse, positions.get(column.id, -1)) for column in columns]

    def read(cells: Sequence[Any]) -> Read:
        values: Values = {}
        problems: dict[str, str] = {}
        width = len(cells)
        for column, id_, parse, position in plan:
            found = parse(cells[position]) if -1 < position < width else None
            if found is None:
                if column.required:
                    problems[id_] = _("请填写%(title)s") % {"title": column.name}
            elif type(found) is Problem:
                problems[id_] = found
                found = None
            values[id_] = found
        return Read(values, problems)

    return read


written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Values as the database keeps them."""


def key_of(values: Values, key: Sequence[str]) -> str:
    """What names a row: the digest of its key's values; of all of them where the table has no key."""
    named = [values.get(column) for column in key] if key else sorted(values.items())
    return hashlib.blake2b(written(named).encode(), digest_size=16).hexdigest()

"""Where the table begins, and which column is what, in a sheet as a school really keeps it."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from django.utils.functional import Promise

from qingqu.common.tabular.clean import Choice, as_text, clean_label
from qingqu.common.tabular.workbook import Sheet, Value

Kind = Literal["text", "label", "name", "code", "phone", "date", "int", "choice"]
LOOK_AT = 30


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an import knows: its key, its title in our template, what others call it, what a cell may hold.

    `carry` fills an empty cell from the row above, as people leave a department out who wrote it once.
    """

    key: str
    title: str | Promise
    required: bool = False
    synonyms: Sequence[str] = ()
    kind: Kind = "text"
    choices: Sequence[Choice] = ()
    max_length: int = 0
    least: int | None = None
    most: int | None = None
    carry: bool = False
    help: str | Promise = ""
    example: str = ""
    width: float = 14


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a sheet: its first row from 0, how many rows it takes, the text of each column, what was guessed."""

    row: int
    depth: int
    cells: list[str]
    mapping: dict[int, str] = field(default_factory=dict)

    @property
    def first_data_row(self) -> int:
        return self.row + self.depth


def plain(text: object) -> str:
    """A column title without what people hang on it: stars, colons, (必填), blanks."""
    return _plain(as_text(text))


@lru_cache(maxsize=2_000)
def _plain(text: str) -> str:
    bare = re.sub(r"[（(【\[][^）)】\]]*[）)】\]]", "", clean_label(text)) or clean_label(text)
    return re.sub(r"[\s*＊:：、,，.。/／_\-]", "", bare).casefold()


def likeness(cell: str, column: Column) -> float:
    """How surely `cell` is the title of `column`: 1 for its name or a synonym, less for a near one, 0 for another."""
    return _alike(plain(cell), _names(column))


def _names(column: Column) -> tuple[str, ...]:
    return (plain(str(column.title)), *map(plain, column.synonyms))


FORESEEN = re.compile("预算|预计|计划|暂估|估算|上年|去年|累计")
"""What is budgeted, expected or added up is another thing: 预算金额 is not the 金额 that was paid."""


def _alike(text: str, names: tuple[str, ...]) -> float:
    if not text or len(text) > 20:
        return 0.0
    if text in names:
        return 1.0 - 0.01 * names.index(text) / len(names)
    best, other = 0.0, FORESEEN.match(text)
    for name in names:
        if other and not name.startswith(other[0]):
            continue
        if len(name) >= 2 and len(text) >= 2 and (_says(text, name) or name.startswith(text)):
            best = max(best, 0.55 + 0.3 * min(len(name), len(text)) / max(len(name), len(text)))
        elif len(name) >= 3:
            best = max(best, _common(name, text) - 0.2)
    return best if best >= 0.6 else 0.0


def _common(one: str, other: str) -> float:
    """The share of two titles that is the same; 0 where lengths or signs already say that it is below 0.8."""
    least = 0.4 * (len(one) + len(other))
    if min(len(one), len(other)) < least or sum(map(one.__contains__, other)) < least:
        return 0.0
    return difflib.SequenceMatcher(None, one, other).ratio()


def _says(text: str, name: str) -> bool:
    """Chinese titles say at their end what they are: 所在部门 is a department, 部门负责人 is none."""
    return text.endswith(name) or (
        text.startswith(name) and text[len(name) :] in ("名称", "信息", "情况", "全称", "号")
    )


def guess_mapping(header_cells: Sequence[str], columns: Sequence[Column]) -> dict[int, str]:
    """Which column of the sheet is which of ours, {index: key}: each key at most once, the surest first."""
    return _Titles(columns).guess(header_cells)


class _Titles:
    """The titles of our columns, compared with the cells of many rows; what a cell is like is found out once."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns, self.names = columns, [_names(column) for column in columns]
        self.known: dict[str, list[tuple[int, float]]] = {}

    def guess(self, header_cells: Sequence[str]) -> dict[int, str]:
        """See `guess_mapping`."""
        sure = [(-alike, index, order) for index, cell in enumerate(header_cells) for order, alike in self._like(cell)]
        mapping: dict[int, str] = {}
        taken: set[str] = set()
        for _likeness, index, order in sorted(sure):
            key = self.columns[order].key
            if index not in mapping and key not in taken:
                mapping[index] = key
                taken.add(key)
        return dict(sorted(mapping.items()))

    def _like(self, cell: str) -> list[tuple[int, float]]:
        if cell not in self.known:
            text = plain(cell)
            found = ((order, _alike(text, names)) for order, names in enumerate(self.names))
            self.known[cell] = [(order, alike) for order, alike in found if alike]
        return self.known[cell]


def find_header(sheet: Sheet, columns: Sequence[Column]) -> Header | None:
    """The head of the table below its title lines, in one row or two; nothing where no row knows two of our columns."""
    best: tuple[float, Header] | None = None
    titles = _Titles(columns)
    for row in range(min(len(sheet.rows), LOOK_AT)):
        for depth in (1, 2):
            header = _header_at(sheet, row, depth, titles)
            if header is None:
                continue
            score = _score(header, columns) - 0.2 * (depth - 1)
            if len(header.mapping) >= 2 and (best is None or score > best[0] + 1e-9):
                best = score, header
    return best[1] if best else None


def _score(header: Header, columns: Sequence[Column]) -> float:
    by_key = {column.key: column for column in columns}
    score = sum(
        likeness(header.cells[index].split("\n")[-1], by_key[key]) or 0.6 for index, key in header.mapping.items()
    )
    return score + 0.5 * sum(by_key[key].required for key in header.mapping.values())


def _header_at(sheet: Sheet, row: int, depth: int, titles: _Titles) -> Header | None:
    if row + depth > len(sheet.rows):
        return None
    rows = sheet.rows[row : row + depth]
    if any(isinstance(value, (int, float)) and not isinstance(value, bool) for line in rows for value in line):
        return None
    cells = [_joined([line[i] if i < len(line) else None for line in rows]) for i in range(max(map(len, rows)))]
    mapping = titles.guess([cell.split("\n")[-1] for cell in cells])
    return Header(row, depth, cells, mapping)


def _joined(parts: Iterable[Value]) -> str:
    texts: list[str] = []
    for part in parts:
        text = clean_label(as_text(part))
        if text and text not in texts:
            texts.append(text)
    return "\n".join(texts)


def signature(header_cells: Iterable[str]) -> str:
    """The same for every sheet with these titles in this order: under it a mapping is remembered."""
    titles = "\x1f".join(plain(cell) for cell in header_cells).rstrip("\x1f")
    return hashlib.sha256(titles.encode()).hexdigest()[:32]

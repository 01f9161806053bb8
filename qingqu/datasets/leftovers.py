"""What in a file is no record of its table: sums, signatures, headings printed again, another table below the first.

Each row that is left out is said, so that nothing is lost without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as _

from qingqu.common.tabular.clean import Problem, clean_label
from qingqu.common.tabular.header import plain
from qingqu.datasets.catalogue import templates
from qingqu.datasets.columns import Column
from qingqu.datasets.findings import BELONGS, FOOT, HEAD, OTHER, ROWS_NAMED, SUM, Survey
from qingqu.datasets.raw import WRITTEN, RawRow
from qingqu.datasets.years import Standing

if TYPE_CHECKING:
    from qingqu.datasets.reading import Found

ORDINAL = re.compile(r"\d{1,4}(?:\.0)?")
TITLES_KEPT = 4
"""So many lines that stand alone may stand above a table."""
LONGEST_HEAD = 20
DIGIT, MONTH = re.compile(r"\d"), re.compile(r"\d{1,2}月|\d{4}年|第\d")
REMARK = re.compile(r"说明|备注|注|附")
USUAL = (
    "序号 编号 姓名 名称 品名 规格 型号 规格型号 单位 数量 单价 金额 总价 日期 时间 部门 备注 说明 摘要 电话 联系电话 "
    "用途 地点 类别 经办人 性别 职务 签名 签字 原因 状态 合计 小计"
)
"""Headings of no table in particular."""


@cache
def _usual() -> frozenset[str]:
    """Headings that offices use, as they are compared."""
    ours = (name for one in templates().values() for each in one.columns for name in (each.zh, *each.also))
    return frozenset(map(plain, [*ours, *USUAL.split()]))


class OneTable:
    """The rows of a table, told from its headings printed again and from other tables below it."""

    def __init__(
        self,
        found: Found,
        mapping: Mapping[str, int],
        columns: Sequence[Column],
        standing: Standing,
        notes: Survey,
    ) -> None:
        self.heads, self.standing, self.notes = _Heads(found, mapping, columns), standing, notes
        self.last = found.first_row - 1
        self.is_elsewhere = False
        self.alone: list[RawRow] = []
        """Lines that stand alone: above headings they are a title, elsewhere rows like others."""

    def of(self, rows: Iterable[RawRow]) -> Iterator[RawRow]:
        """Its rows. Below other headings nothing is one of them, until its own come again."""
        for row in rows:
            is_apart = bool(self.alone) or row.number > self.last + 1
            self.last = row.number
            if row.is_lone and WRITTEN.search(row.text):
                self.alone.append(row)
                if len(self.alone) > TITLES_KEPT:
                    yield from self._passed([self.alone.pop(0)])
            elif self.heads.repeats(row):
                self.is_elsewhere = False
                self._leave(row, FOOT, HEAD)
            elif self.heads.are_others(row, is_apart):
                self.is_elsewhere = True
                self._leave(row, BELONGS, OTHER)
            else:
                yield from self._passed([*self.alone, row])
                self.alone.clear()
        yield from self._passed(self.alone)

    def _leave(self, heads: RawRow, title: str, why: str) -> None:
        for row in self.alone:
            self.notes.leave_out(row, title)
            if not self.is_elsewhere:
                self.standing.hear(row.text)
        self.notes.leave_out(heads, why)
        self.alone.clear()

    def _passed(self, rows: Iterable[RawRow]) -> Iterator[RawRow]:
        for row in rows:
            if self.is_elsewhere:
                self.notes.leave_out(row, BELONGS)
                continue
            if row.is_lone and not REMARK.match(row.text):
                self.standing.hear(row.text)
            yield row


class _Heads:
    """The headings of a table, to know them again and to tell others from records."""

    def __init__(self, found: Found, mapping: Mapping[str, int], columns: Sequence[Column]) -> None:
        self.lines = [[_bare(cell) for cell in line] for line in found.titles or [found.heads]]
        self.begin = {cell[0] for line in self.lines for cell in line if cell}
        own = (name for column in columns for name in (column.name, *column.also))
        self.known = _usual() | set(map(plain, [*found.heads, *own]))
        self.typed = [(mapping[c.id], c.parse) for c in columns if c.id in mapping and c.type not in ("text", "hashed")]

    def repeats(self, row: RawRow) -> bool:
        """Whether it is a line of the headings again."""
        first = row.first
        if not isinstance(first, str) or first.lstrip()[:1] not in self.begin:
            return False
        said = [(n, _bare(cell)) for n, cell in enumerate(row.cells) if cell is not None and cell != ""]
        return len(said) > 1 and any(all(n < len(line) and cell == line[n] for n, cell in said) for line in self.lines)

    def are_others(self, row: RawRow, is_apart: bool) -> bool:
        """Whether it is the headings of another table; `is_apart`: something separates it from the rows above."""
        if row.faults:
            return False
        there = False
        for n, _parse in self.typed:
            cell = row.cells[n] if n < len(row.cells) else None
            if cell is None or cell == "":
                continue
            there = True
            if not isinstance(cell, str) or (cell[:1].isdigit() and not MONTH.match(cell)):
                return False
        said = [cell for cell in row.cells if cell is not None and cell != ""]
        if len(said) < 2 or not all(isinstance(cell, str) for cell in said):
            return False
        names = {plain(cell) for cell in said}
        known = names & self.known
        if len(names) < 2 or max(map(len, names)) > LONGEST_HEAD or self._reads(row.cells):
            return False
        if len(known) > 1 and 2 * len(known) >= len(names):
            return True
        has_digits = DIGIT.search(MONTH.sub("", "".join(said))) is not None
        return bool(is_apart and there and not has_digits and len(names) == len(said) > 2)

    def _reads(self, cells: Sequence[Any]) -> bool:
        """Whether an amount, a day or a number stands where the table has one."""
        there = ((cells[n], parse) for n, parse in self.typed if n < len(cells) and cells[n] not in (None, ""))
        return any(not isinstance(parse(cell), Problem) for cell, parse in there)


def _bare(cell: Any) -> str:
    return "".join(clean_label(cell).split()).replace("(", "（").replace(")", "）")


def without_totals(rows: Iterable[RawRow], found: Found, notes: Survey) -> Iterator[RawRow]:
    """The rows that are records; the first of those that may be none, with one cell only, are pointed out."""
    lone = 0
    for row in rows:
        if row.is_total:
            notes.totals += 1
            notes.leave_out(row, SUM)
        elif row.is_foot:
            notes.leave_out(row, FOOT)
        else:
            if row.is_lone and len(found.heads) > 2 and lone < ROWS_NAMED:
                lone += 1
                notes.note(_("第 %(row)d 行只有一格有内容，请核对，不是记录的请先删去"), row=row.number)
            yield row


def without_blanks(rows: Iterable[RawRow], mapping: Mapping[str, int]) -> Iterator[RawRow]:
    """A form that was printed with its numbers has rows 8, 9, 10 in which nobody wrote anything; its formulas say 0."""
    positions = sorted(mapping.values())
    return (row for row in rows if row.faults or not _is_blank(row.cells, positions))


def _is_blank(cells: Sequence[object], positions: Sequence[int]) -> bool:
    for n in positions:
        if n < len(cells) and cells[n] not in (None, "", 0):
            return False
    return all(cell in (None, "") or ORDINAL.fullmatch(str(cell)) for cell in cells)

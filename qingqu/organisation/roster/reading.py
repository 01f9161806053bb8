"""From a file to the rows of a roster: which column is what, what each cell means, what was mended by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from qingqu.common.tabular import Header, Row, Sheet, UnreadableFile, check_row, find_header, open_workbook, read_rows
from qingqu.common.tabular import signature as signature_of
from qingqu.common.tabular.clean import Problem, clean_label, parse_choice
from qingqu.common.tabular.header import likeness, plain
from qingqu.common.tabular.rows import is_guide
from qingqu.organisation.roster.columns import BY_KEY, COLUMNS, DEFAULT_POST, DUTIES, OTHER_KINDS, tier_of

NO_MATTER = {"序号", "编号", "备注", "no", "行号"}
"""Titles of columns that say nothing about a person."""


@dataclass(slots=True)
class Page:
    """A sheet with its head: where it is, and what each of its columns was taken for ({index: key})."""

    index: int
    sheet: Sheet
    header: Header
    signature: str
    mapping: dict[int, str]
    remembered: bool = False

    @property
    def missing(self) -> list[str]:
        """Required columns that no column of the sheet stands for; the sheet's name may stand for the department."""
        known = set(self.mapping.values()) | {"unit"}
        return [str(BY_KEY[key].title) for key in ("name",) if key not in known]

    @property
    def is_sure(self) -> bool:
        """Whether each titled column is one of ours by its very name."""
        return all(
            (key := self.mapping.get(index)) is not None and likeness(cell.split("\n")[-1], BY_KEY[key]) > 0.9
            for index, cell in enumerate(self.header.cells)
            if cell and plain(cell) not in NO_MATTER
        )


@dataclass(slots=True)
class Reading:
    """A whole file, read."""

    pages: list[Page]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    @property
    def signatures(self) -> dict[str, Page]:
        """One page for each shape of head: sheets of the same shape share their mapping."""
        found: dict[str, Page] = {}
        for page in self.pages:
            found.setdefault(page.signature, page)
        return found

    @property
    def is_sure(self) -> bool:
        """Whether every titled column is known by its name or from an earlier import: nobody need be asked."""
        return all(page.remembered or page.is_sure for page in self.pages) and not self.needs_mapping

    @property
    def needs_mapping(self) -> bool:
        """Whether somebody must first say which column is what."""
        return any(page.missing for page in self.pages)


def read_new(data: bytes, filename: str, mappings: Mapping[str, Mapping[str, str]]) -> Reading:
    """Read a roster that is brought in for the first time. Raises UnreadableFile, also where nobody stands in it."""
    found = read(data, filename, mappings)
    if not found.rows:
        raise UnreadableFile(_("表头下面没有人员，请检查是否选错了文件。"))
    return found


def read(
    data: bytes,
    filename: str,
    mappings: Mapping[str, Mapping[str, str]],
    mends: Mapping[str, str] | None = None,
) -> Reading:
    """Read a roster with the mappings that are known ({signature: {index: key}}), guessing the others.

    `mends` are cells corrected on the page, {"sheet:row:key": text}. Raises UnreadableFile.
    """
    sheets = [sheet for sheet in open_workbook(data, filename) if not is_guide(sheet)]
    pages, notes = [], [note for sheet in sheets[:1] for note in sheet.notes]
    for index, sheet in enumerate(sheets):
        page = _page(index, sheet, mappings, alone=len(sheets) == 1)
        if page is None:
            notes.append(_("工作表“%(name)s”中没有找到姓名等列，没有读取。") % {"name": sheet.name})
        else:
            pages.append(page)
    if not pages:
        raise UnreadableFile(_("没有找到表头。请确认有一行列名，至少包括姓名和部门，或者用模板填写。"))
    rows = [row for page in pages for row in _rows(page, mends or {})]
    return Reading(pages, rows, notes)


def _page(index: int, sheet: Sheet, mappings: Mapping[str, Mapping[str, str]], *, alone: bool) -> Page | None:
    header = find_header(sheet, COLUMNS) or _likely_head(sheet, mappings, alone)
    if header is None:
        return None
    signature = signature_of(header.cells)
    known = mappings.get(signature)
    mapping = {int(i): key for i, key in known.items() if key in BY_KEY} if known is not None else header.mapping
    return Page(index, sheet, header, signature, mapping, remembered=known is not None)


def _likely_head(sheet: Sheet, mappings: Mapping[str, Mapping[str, str]], alone: bool) -> Header | None:
    """A row that a person may map by hand: one of a known shape, else the first with several texts."""
    for row, cells in enumerate(sheet.rows[:30]):
        texts = [clean_label(value) for value in cells]
        filled = [text for text in texts if text]
        if len(set(filled)) >= 2 and (alone or signature_of(texts) in mappings):
            return Header(row, 1, texts)
    return None


def _rows(page: Page, mends: Mapping[str, str]) -> list[Row]:
    rows = read_rows(page.sheet, page.header, page.mapping, COLUMNS, sheet_as="unit")
    by_row: dict[int, dict[str, str]] = {}
    for place, text in mends.items():
        sheet, number, key = place.split(":")
        if int(sheet) == page.index and key in BY_KEY:
            by_row.setdefault(int(number), {})[key] = text
    finished = []
    for row in rows:
        if row.number in by_row:
            row = check_row({**row.raw, **by_row[row.number]}, COLUMNS, row.number, row.sheet)
        row.sheet = str(page.index)
        finished.append(_finish(row))
    return finished


def _finish(row: Row) -> Row:
    """What only a roster knows: several posts in one cell, the kind of a post by its name, duties, yes and no."""
    if re.search(r"\d", str(row.values.get("name") or "")):
        row.problems["name"] = _("姓名中有数字，请核对")
    posts = _parts(row.values.get("post"))
    long = [name for name in posts if len(name) > 60]
    if long:
        row.problems["post"] = _("岗位名称不超过 60 字")
    row.values["posts"] = posts or [DEFAULT_POST]
    if not posts and "name" not in row.problems:
        row.values["post"] = DEFAULT_POST
        row.mended["post"] = _("没有填写，按“%(post)s”登记") % {"post": DEFAULT_POST}
    if clean_label(row.raw.get("tier")) in OTHER_KINDS:
        row.problems.pop("tier", None)
        row.values["tier"] = None
    row.values["stated_tier"] = row.values.get("tier")
    if not row.values.get("tier") and "tier" not in row.problems:
        row.values["tier"] = tier_of(row.values["posts"][0])
    _duties(row)
    row.values["is_head"] = _is_yes(row.values.get("head"), row.values.get("name"))
    return row


def _parts(value: object) -> list[str]:
    """The posts that a cell names, each once, in its order."""
    names = [part.strip() for part in re.split(r"[、，,;；/／\n]+", str(value or ""))]
    return list(dict.fromkeys(name for name in names if name))


def _duties(row: Row) -> None:
    kinds: list[str] = []
    for part in _parts(row.values.get("duties")):
        kind = parse_choice(part, DUTIES)
        if isinstance(kind, Problem):
            row.problems["duties"] = kind
        elif kind:
            kinds.append(kind)
    row.values["duty_kinds"] = kinds


def _is_yes(value: object, name: object) -> bool:
    text = clean_label(value).lower()
    return text in ("是", "√", "✓", "y", "yes", "1", "对", "负责人") or (bool(text) and text == str(name or "").lower())

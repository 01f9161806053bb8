"""Records as the files that schools bring in, and the truth about the cases planted in them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from config.sample.records.frauds import PLANTERS, Planted
from config.sample.records.frauds.books import plain
from config.sample.records.shapes import Table
from qingqu.alerts.indicators import rulebook
from qingqu.common.papers.sheets import SheetColumn, write_csv, write_xlsx
from qingqu.datasets.catalogue import DatasetTemplate, templates
from qingqu.datasets.queries import exported

TRUTH = "truth.csv"
HEADS = ("case", "indicator", "title", "school", "table", "row", "why", "also")
FORMATS = ("csv", "xlsx")


def school_code(school: int) -> str:
    """The code under which a school of a city stands in the folder."""
    return f"YC{school + 1:02d}"


def write(
    folder: Path,
    tables: Mapping[str, Table],
    cases: Sequence[Planted],
    *,
    schools: int,
    fmt: str = "csv",
    say: Callable[[str], object] = len,
) -> int:
    """Write every table of every school and the truth below `folder`; how many rows that were.

    The folders are those that `qingqu watch-folder` takes: TABLE/file, or SCHOOL/TABLE/file where there are several.
    `say` hears of each file.
    """
    written = 0
    for school in range(schools):
        for code, template in templates().items():
            at = np.flatnonzero(tables[code]["school"] == school).tolist()
            file = folder / ("" if schools == 1 else school_code(school)) / code / f"{template.zh}.{fmt}"
            file.parent.mkdir(parents=True)
            file.write_bytes(_file(template, tables[code], at, fmt))
            written += len(at)
            say(file.name)
    with (folder / TRUTH).open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADS)
        writer.writerows(_truth(tables, cases))
    return written


def _file(template: DatasetTemplate, table: Table, at: Iterable[int], fmt: str) -> bytes:
    types = ["text" if column.type == "hashed" else column.type for column in template.columns]
    kept = [table[column.id] for column in template.columns]
    lines = ([exported(plain(column[k]), type_) for column, type_ in zip(kept, types, strict=True)] for k in at)
    titles = [column.zh for column in template.columns]
    if fmt == "csv":
        return b"".join(write_csv(titles, lines))
    return write_xlsx([SheetColumn(title) for title in titles], lines, sheet_name=template.zh)


def _truth(tables: Mapping[str, Table], cases: Sequence[Planted]) -> Iterator[tuple[Any, ...]]:
    """A line for every row that shows a case: which indicator, which row, why, and who else sees it rightfully."""
    where = {int(id_): (code, at) for code, table in tables.items() for at, id_ in enumerate(table["id"])}
    for number, case in enumerate(cases, 1):
        planter = PLANTERS[case.rule]
        also = "; ".join(f"{rule}: {why}" for rule, why in planter.also.items())
        for id_ in sorted(case.rows):
            code, at = where[id_]
            named = "; ".join(_named(templates()[code], tables[code], at))
            title = rulebook.shipped()[case.rule].title.zh
            yield number, case.rule, title, school_code(case.school), code, named, planter.why, also


def _named(template: DatasetTemplate, table: Table, at: int) -> Iterator[str]:
    """The cells that name a row, as they stand in its file."""
    for column in template.columns:
        if column.id in template.key:
            type_ = "text" if column.type == "hashed" else column.type
            yield f"{column.zh}={exported(plain(table[column.id][at]), type_)}"

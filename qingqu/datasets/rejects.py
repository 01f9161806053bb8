"""The faulty rows of a file, for whoever mends them there and imports them again."""

from __future__ import annotations

import json

from django.utils.translation import gettext

from qingqu.common.language import listed, under
from qingqu.common.papers.sheets import SheetColumn, write_xlsx
from qingqu.common.tabular import open_workbook
from qingqu.datasets.checking import table_of, tables
from qingqu.datasets.columns import columns_of
from qingqu.datasets.findings import Checked, Survey
from qingqu.datasets.models import Batch, Dataset
from qingqu.datasets.notes import kept, said
from qingqu.datasets.queries import titles
from qingqu.datasets.sifting import HOW, ROW
from qingqu.datasets.units import headed, is_amount


def kept_rows(batch: Batch, found: Survey) -> bytes:
    """The faulty rows as they stand in the file, each with what is wrong, for readers of any language."""
    table = table_of(batch, tables(batch))
    types = {batch.mapping[c.id]: c.type for c in columns_of(batch.dataset) if c.id in batch.mapping}
    sums = {n for n, head in enumerate(table.heads) if types.get(n) == "money" or (n not in types and is_amount(head))}
    times = {n: so_many for n, so_many in table.times.items() if n in sums}
    heads = [headed(head, times.get(n, 1)) for n, head in enumerate(table.heads)]
    width = max([len(heads), *(len(one.cells) for one in found.rejects)])
    columns = [SheetColumn(head) for head in (*heads, *[""] * (width - len(heads)), HOW, ROW)]

    def why(one: Checked) -> str:
        return json.dumps({id_: kept(problem) for id_, problem in one.problems.items()}, ensure_ascii=False)

    rows = ([*one.cells, *[None] * (width - len(one.cells)), why(one), one.number] for one in found.rejects)
    return write_xlsx(columns, rows)


def sheet(dataset: Dataset, rows: bytes) -> bytes:
    """What was kept of faulty rows in the language of who reads it: to be mended there and imported again."""
    names = titles(dataset)
    heads, *faulty = open_workbook(rows, "rejects.xlsx")[0].rows
    columns = [SheetColumn(str(head or ""), 14) for head in heads[:-2]]
    columns += [SheetColumn(gettext(HOW), 50), SheetColumn(gettext(ROW), 10)]

    def why(text: str) -> str:
        if not text.startswith("{"):
            return text  # kept by an earlier version, in the language of its importer
        return listed((under(names[id_], said(problem, names)) for id_, problem in json.loads(text).items()), "；")

    lines = ([*cells, why(str(text)), number] for *cells, text, number in faulty)
    return write_xlsx(columns, lines, sheet_name=gettext("需要更正"))

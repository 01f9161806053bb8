"""An exported ledger that comes back: what differs from the ledger as it stands. Nothing is changed by it (W6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.tabular import Column, Row, find_header, open_workbook, read_rows
from qingqu.common.tabular.clean import as_text, clean_text
from qingqu.reports.tables import ledger_lines
from qingqu.risks.models import RiskPoint
from qingqu.trace.actions import write

COLUMNS = [
    Column("code", "编号", required=True),
    Column("unit", "单位", synonyms=["部门"]),
    Column("post", "岗位"),
    Column("person", "人员"),
    Column("power", "权力事项"),
    Column("step", "流程环节"),
    Column("category", "风险类别", synonyms=["类别"]),
    Column("title", "风险点"),
    Column("manifestation", "表现形式"),
    Column("level", "等级"),
    Column("pre", "前期预防"),
    Column("mid", "中期监控"),
    Column("post_phase", "后期处置"),
    Column("owner", "责任人"),
    Column("filing", "备案号"),
    Column("notice", "公示状态"),
    Column("last_done", "最近执行"),
    Column("next_due", "下次应执行"),
    Column("state", "状态"),
]
"""In the order of `tables.LEDGER`."""
COMPUTED = {"filing", "notice", "last_done", "next_due", "state"}
"""Follow from what was done since: not what somebody wrote, so not compared."""
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that says something else than the ledger."""

    title: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that differs, with its number in the file."""

    number: int
    code: str
    risk_id: int
    cells: list[Cell]


@dataclass(slots=True)
class Comparison:
    """What a file says otherwise than the ledger."""

    rows: int = 0
    same: int = 0
    differing: list[Differing] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    """Row number and code of what the reader's ledger does not have."""
    doubled: list[tuple[int, str]] = field(default_factory=list)

    @property
    def nothing_changed(self) -> bool:
        return not (self.differing or self.unknown or self.doubled)


def compare(data: bytes, filename: str, *, by: User) -> Comparison:
    """Lay an exported ledger beside the ledger that `by` may see, cell by cell, and note it in the trace.

    Raises NotPossible where the file is no table, no ledger, or too long.
    """
    with translation.override("zh-hans"):
        keys, rows = _read(data, filename)
        known = _known(by, [str(row.values["code"]) for row in rows])
    found = Comparison(rows=len(rows))
    seen: set[str] = set()
    for row in rows:
        code = str(row.values["code"])
        if code in seen:
            found.doubled.append((row.number, code))
        elif code not in known:
            found.unknown.append((row.number, code))
        elif cells := _cells(row, keys, known[code][1]):
            found.differing.append(Differing(row.number, code, known[code][0], cells))
        else:
            found.same += 1
        seen.add(code)
    differing = len(found.differing) + len(found.unknown) + len(found.doubled)
    with transaction.atomic():  # others write while a file is read
        write("reports.compared", "reports.ledger:", by=by, details={"rows": found.rows, "differing": differing})
    return found


def _read(data: bytes, filename: str) -> tuple[list[str], list[Row]]:
    """The keys that the file has, and its rows with a code."""
    for sheet in open_workbook(data, filename):
        header = find_header(sheet, COLUMNS)
        if header is None or not {"code", "title"} <= set(header.mapping.values()):
            continue
        rows = [row for row in read_rows(sheet, header, header.mapping, COLUMNS) if row.values.get("code")]
        if len(rows) > MOST:
            raise NotPossible(_("一次最多比对 %(most)s 行") % {"most": MOST})
        if rows:
            return [key for key in header.mapping.values() if key not in COMPUTED | {"code"}], rows
    raise NotPossible(_("这不是导出的台账：没有找到“编号”和“风险点”两列。"))


def _known(user: User, codes: Sequence[str]) -> dict[str, tuple[int, list[str]]]:
    """The reader's ledger by code: the id, and the cells in the order of COLUMNS."""
    known: dict[str, tuple[int, list[str]]] = {}
    for some in _pieces(codes, 500):
        risks = RiskPoint.objects.visible_to(user).filter(code__in=some).order_by("rank", "id")
        ids = dict(risks.values_list("code", "pk"))
        for line in ledger_lines(risks):
            known[line[0]] = ids[line[0]], [clean_text(value) for value in line]
    return known


def _pieces(codes: Sequence[str], size: int) -> list[Sequence[str]]:
    return [codes[start : start + size] for start in range(0, len(codes), size)]


def _cells(row: Row, keys: Sequence[str], ledger: Sequence[str]) -> list[Cell]:
    """The cells of a row that say something else, whichever blanks and line ends a spreadsheet put between."""
    found = []
    for column, here in zip(COLUMNS, ledger, strict=True):
        there = clean_text(as_text(row.values.get(column.key)))
        if column.key in keys and there.split() != here.split():
            found.append(Cell(str(column.title), here, there))
    return found

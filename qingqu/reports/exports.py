"""Exports: one table as a file, for the page and for `qingqu export KIND --year Y -o FILE`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.papers.content import chinese_date
from qingqu.common.papers.sheets import write_csv, write_xlsx
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.organisation.roster import export as roster_book
from qingqu.reports.ledger import Asked
from qingqu.reports.tables import SHEETS, Sheet
from qingqu.trace.refusals import record_export

FORMATS = ("xlsx", "csv")


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file, or its lines where it streams; `name` without its ending."""

    name: str
    fmt: str
    content: bytes
    rows: int


def sheet(kind: str, *, user: User | None = None, school: Unit | None = None, asked: Asked | None = None) -> Sheet:
    """The table of `kind` as `user` may see it, or of `school` for the command line; in Chinese.

    Raises NotPossible for an unknown kind, or where there is no school.
    """
    if kind not in SHEETS:
        raise NotPossible(_("没有“%(kind)s”这种导出，可选：%(kinds)s") % {"kind": kind, "kinds": listed(SHEETS)})
    place = school or (standing(user).school if user else None)
    if place is None:
        raise NotPossible(_("还没有学校，不能导出"))
    with translation.override("zh-hans"):
        return SHEETS[kind](user, place, asked or Asked())


def export(
    kind: str,
    *,
    fmt: str = "xlsx",
    user: User | None = None,
    school: Unit | None = None,
    year: int | None = None,
    asked: Asked | None = None,
) -> Export:
    """One table as a file (S37, S40), recorded in the trace as leaving the house.

    Raises NotPossible for an unknown kind or format, or where there is no school.
    """
    if fmt not in FORMATS:
        raise NotPossible(_("只能导出 xlsx 或者 csv"))
    wanted = asked or Asked(year=year)
    made = sheet(kind, user=user, school=school, asked=wanted)
    with translation.override("zh-hans"):
        if kind == "roster" and fmt == "xlsx" and user is None and school is not None:
            content = roster_book.roster(school)  # the book that an import takes back without a change
        else:
            content = b"".join(csv_lines(made)) if fmt == "csv" else xlsx(made, wanted)
    record_export(f"reports.{kind}", by=user, rows=made.count)
    return Export(name_of(made, wanted), fmt, content, made.count)


def xlsx(made: Sheet, asked: Asked) -> bytes:
    """The table as a workbook, with the day in its head."""
    subtitle = f"{f'{asked.year} 年度，' if asked.year else ''}{chinese_date(today())}导出，共 {made.count} 行"
    return write_xlsx(made.columns, made.rows, title=made.title, subtitle=subtitle, sheet_name=made.title)


def csv_lines(made: Sheet) -> Iterator[bytes]:
    """The table as lines of a .csv, to stream."""
    return write_csv([column.title for column in made.columns], made.rows)


def name_of(made: Sheet, asked: Asked) -> str:
    """廉政风险台账-2026 or 廉政风险台账-20260430."""
    return f"{made.title}-{asked.year or format(today(), '%Y%m%d')}"

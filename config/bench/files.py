"""Files: the ledger as a table, a roster of 3,000 people."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import xlsxwriter

from config.bench.measure import Line, Timing, memory, seconds, timed
from config.bench.school import School
from qingqu.organisation import actions
from qingqu.organisation.models import Appointment
from qingqu.organisation.roster import import_file
from qingqu.reports.exports import export

PEOPLE = 3000
GIVEN = "安柏澄达恩方广和嘉凯乐明宁平清荣思文远泽"


def xlsx(school: School) -> list[Line]:
    """The discipline commission's ledger, all of it, as a workbook."""
    return _export(school, "xlsx", 2)


def csv(school: School) -> list[Line]:
    """The discipline commission's ledger, all of it, as lines of text."""
    return _export(school, "csv", 0.5)


def _export(school: School, fmt: str, most: float) -> list[Line]:
    """Runs in a process that has done nothing else: its peak of memory is the export's."""
    rows = 0

    def once() -> None:
        nonlocal rows
        rows = export("ledger", fmt=fmt, user=school.people[1]).rows

    timing = timed(once, rounds=3, warm_up=0)
    peak = memory("VmHWM")
    met = timing.cpu <= most and peak <= 200 if rows <= 6000 else None
    said = f"{seconds(timing)}, peak {peak:.0f} MB, {rows} rows"
    return [Line(f"ledger to {fmt}", said, f"≤ {most:g} s, ≤ 200 MB at 5,000 rows", met)]


def roster(school: School) -> list[Line]:
    """3,000 people of a school that the product has never seen, from an .xlsx."""
    unit = actions.create_unit(None, kind="school", name="名册学校（虚构）", code="ROSTER", by=None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "roster.xlsx"
        _write_roster(file)
        cpu, wall = time.process_time(), time.perf_counter()
        import_file(file, unit)
        timing = Timing(time.process_time() - cpu, time.perf_counter() - wall)
    entered = Appointment.objects.filter(post__unit__school=unit).values("person").distinct().count()
    said = f"{seconds(timing)}, {entered} people entered, peak {memory('VmHWM'):.0f} MB"
    return [Line("roster of 3,000 people", said, "≤ 10 s", timing.cpu <= 10 and entered == PEOPLE)]


def _write_roster(file: Path) -> None:
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("在职")
    sheet.write(0, 0, "教职工花名册")
    sheet.write_row(1, 0, ["部门", "工号", "姓名", "职务", "任职时间"])
    for n in range(PEOPLE):
        name = "王李张刘陈杨赵黄周吴"[n % 10] + GIVEN[n // 10 % 20] + GIVEN[n // 200]
        sheet.write_row(n + 2, 0, [f"第{n % 40 + 1}处", f"R{n:05d}", name, "任课教师", "2024年9月1日"])
    book.close()

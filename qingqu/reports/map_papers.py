"""The tables behind the pictures, as one workbook."""

from __future__ import annotations

from qingqu.common.clock import today
from qingqu.common.papers.content import Col, Heading, Paper, Table, chinese_date
from qingqu.reports.gaps import BASES, GAPS, Found
from qingqu.reports.maps import CountTable, Heat, YearRow
from qingqu.risks.models import Level

COLUMNS = {"points": "岗位为点", "lines": "程序为线", "plane": "制度为面"}


def maps_paper(
    school: str,
    heat: Heat,
    by_unit: CountTable,
    by_tier: CountTable,
    years: list[YearRow],
    found: Found | None,
) -> Paper:
    """All tables of «全景与缺口» of a school as they stand today, counted over what the reader may see."""
    blocks: list[Heading | Table] = [
        Heading(1, "一、发生机率与危害程度"),
        heat_table(heat),
        Heading(1, "二、类别与部门"),
        count_table("部门", by_unit),
        Heading(1, "三、岗位类别与等级"),
        count_table("岗位类别", by_tier),
        Heading(1, "四、逐年变化"),
        year_table(years),
    ]
    if found is not None:
        blocks += [Heading(1, "五、点线面缺口"), gap_table(found)]
    return Paper(
        title=f"{school}廉政风险全景与缺口",
        subtitle=f"{chinese_date(today())}，按导出人可以查看的风险点统计",
        blocks=blocks,
        landscape=True,
        filename="廉政风险全景与缺口",
    )


def heat_table(heat: Heat) -> Table:
    """Likelihood down, impact across."""
    heads = [Col("机率＼危害", 30), *(Col(f"{word} {impact}", 22, "center") for impact, word, _total in heat.columns)]
    rows = [
        [f"{row.word} {row.likelihood}", *(_figure(cell.count) for cell in row.cells), str(row.total)]
        for row in heat.rows
    ]
    totals = ["合计", *(str(total) for _impact, _word, total in heat.columns), str(heat.total)]
    return Table([*heads, Col("合计", 18, "center")], [*rows, totals])


def count_table(first: str, counts: CountTable) -> Table:
    """Any table of counts."""
    heads = [Col(first, 40), *(Col(str(label), 26, "center") for _key, label in counts.columns)]
    rows = [[str(row.name), *(_figure(cell.count) for cell in row.cells), str(row.total)] for row in counts.rows]
    totals = ["合计", *(str(total) for total in counts.totals), str(counts.total)]
    return Table([*heads, Col("合计", 18, "center")], [*rows, totals])


def year_table(years: list[YearRow]) -> Table:
    """Years down, levels across."""
    heads = [Col("年度", 24), *(Col(str(label), 22, "center") for _value, label in Level.choices)]
    rows = [[str(row.year), *(str(count) for count in row.counts), str(row.total)] for row in years]
    return Table([*heads, Col("合计", 18, "center")], rows)


def gap_table(found: Found) -> Table:
    """Each kind of gap with its number and how much was looked through."""
    heads = [Col("点线面", 28), Col("缺口", 70), Col("缺口数", 22, "center"), Col("总数", 22, "center")]
    rows = [
        [COLUMNS[gap.column], str(gap.title), str(found.counts[gap.code]), str(found.totals[gap.base])]
        for gap in GAPS
        if gap.base in BASES
    ]
    return Table(heads, rows)


def _figure(count: int) -> str:
    return str(count) if count else "—"

"""台账 and 汇总表 as papers (S37, S40, §2.5). Papers are Chinese whatever the reader's language."""

from __future__ import annotations

from itertools import islice

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.papers import content
from qingqu.common.papers.content import Col, Paper, Paragraph, Table, chinese_date
from qingqu.organisation.models import Unit
from qingqu.reports.ledger import Asked
from qingqu.reports.tables import ledger_lines, ledger_rows, summary_lines
from qingqu.risks.models import Category, Level

MOST = 2000
"""More rows than this are for a spreadsheet, not for paper."""
HIDDEN = "注：他人的“思想道德风险”只向本人、部门负责人、纪委和党委书记显示，按查看人权限列出。"

LEDGER = [
    Col("编号", 15, "center"),
    Col("单位/岗位/人员", 22),
    Col("权力事项/环节", 24),
    Col("类别", 13, "center"),
    Col("风险点", 28),
    Col("表现形式", 42),
    Col("等级", 10, "center"),
    Col("防控措施（前期、中期、后期）", 52),
    Col("责任人", 13, "center"),
    Col("备案号/公示", 20),
    Col("下次应执行", 18, "center"),
    Col("状态", 13, "center"),
]
"""The columns of the ledger, in millimetres."""


def ledger_paper(user: User, school: Unit, asked: Asked) -> tuple[Paper, int]:
    """廉政风险台账, A4 across, with how many rows it has."""
    rows = [
        [
            code.rpartition("-")[2],
            "\n".join(part for part in (unit, post, person) if part),
            "\n".join(part for part in (power, step) if part) or "—",
            category.removesuffix("风险"),
            title,
            how,
            level,
            "\n".join(
                f"【{word}】{text}" for word, text in zip(("前", "中", "后"), (pre, mid, post_), strict=True) if text
            ),
            owner,
            "\n".join(part for part in (filing, notice) if part),
            due.isoformat() if due else "—",
            state,
        ]
        for (code, unit, post, person, power, step, category, title, how, level, pre, mid, post_, *rest) in islice(
            ledger_lines(ledger_rows(user, school, asked)), MOST
        )
        for owner, filing, notice, _done, due, state in [rest]
    ]
    about = f"{_year(asked)}{chinese_date(today())}，共 {len(rows)} 个风险点"
    more = f"本表只列前 {MOST} 行，全部内容请导出表格。" if len(rows) == MOST else ""
    paper = content.register(school.name, "廉政风险台账", about, Table(LEDGER, rows), note=HIDDEN, more=more)
    return paper, len(rows)


def summary_paper(user: User, school: Unit, asked: Asked) -> tuple[Paper, int]:
    """廉政风险汇总表: a line per department, its categories and levels across (S37)."""
    counted: dict[str, dict[str, list[int]]] = {}
    for unit, category, *figures in summary_lines(ledger_rows(user, school, asked), school):
        counted.setdefault(unit, {})[category] = figures[:3]
    names = [str(label) for label in Category.labels]
    lines = []
    for unit, by_category in counted.items():
        total = by_category.get("小计") or by_category.get("合计") or [0, 0, 0]
        if "合计" in by_category:
            of_all = [list(found.get(name, [0, 0, 0])) for name in names for found in [_added(counted, name)]]
        else:
            of_all = [by_category.get(name, [0, 0, 0]) for name in names]
        cells = [str(n) if n else "—" for figures in (*of_all, total) for n in figures]
        lines.append(["合计" if "合计" in by_category else unit, *cells, str(sum(total))])
    levels = [str(label) for label in Level.labels]
    heads = [Col("单位", 34)]
    heads += [Col(f"{name.removesuffix('风险')}\n{level}", 14, "center") for name in names for level in levels]
    heads += [Col(f"小计\n{level}", 12, "center") for level in levels] + [Col("合计", 12, "center")]
    paper = Paper(
        title=f"{school.name}廉政风险汇总表",
        subtitle=f"{_year(asked)}{chinese_date(today())}",
        blocks=[Table(heads, lines), Paragraph(HIDDEN, indent=False)],
        landscape=True,
        compact=True,
        filename="廉政风险汇总表",
    )
    return paper, len(lines)


def _added(counted: dict[str, dict[str, list[int]]], name: str) -> dict[str, list[int]]:
    rows = [by[name] for by in counted.values() if name in by]
    return {name: [sum(row[n] for row in rows) for n in range(3)]}


def _year(asked: Asked) -> str:
    return f"{asked.year} 年度　" if asked.year else ""


PAPERS = {"ledger": ledger_paper, "summary": summary_paper}

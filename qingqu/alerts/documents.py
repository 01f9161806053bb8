"""处置台账 and 处置单 as papers (S55, S69). Papers are Chinese whatever the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from qingqu.alerts import queries, rules, turn_words, turns, wording
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.yearly import Line, Year
from qingqu.common.clock import today
from qingqu.common.papers import content
from qingqu.common.papers.content import (
    Block,
    Col,
    Heading,
    Meta,
    Paper,
    Paragraph,
    Sign,
    Signatures,
    Table,
    chinese_date,
)
from qingqu.organisation.models import Unit

MOST = 2000
"""More prompts than this are for the search, not for paper."""
MOST_ROWS = 100
NO_VERDICT = "注：核查提示只说明数据中有这一现象，不代表存在问题。"
REGISTER = [
    Col("编号", 20, "center"),
    Col("颜色", 12, "center"),
    Col("提示的现象", 62),
    Col("部门", 20),
    Col("提示日期", 20, "center"),
    Col("期限", 20, "center"),
    Col("状态", 18, "center"),
    Col("说明", 33),
    Col("确认", 33),
    Col("办结", 33),
]
"""The columns of the register, in millimetres."""
STEPS = [Col("步骤", 24), Col("办理人", 20, "center"), Col("时间", 24, "center"), Col("意见", 24), Col("内容", 66)]
WIDTH = 158
"""Of the records of a prompt, together."""


def register(alerts: Iterable[Alert], school: Unit, asked: str) -> tuple[Paper, int]:
    """核查提示处置台账, A4 across, with how many prompts it has. `asked` says which they are."""
    alerts = list(alerts)
    states = turn_words.states_in_words(alerts)
    lines = [_line(alert, states[alert.pk]) for alert in alerts]
    about = f"{asked}　{chinese_date(today())}，共 {len(lines)} 条"
    more = f"本表只列前 {MOST} 条，其余请缩小范围后再导出。" if len(lines) == MOST else ""
    paper = content.register(school.name, "核查提示处置台账", about, Table(REGISTER, lines), note=NO_VERDICT, more=more)
    return paper, len(lines)


def _line(alert: Alert, state: str) -> list[str]:
    said = {step.step: step for step in alert.disposals.all()}  # the last of each; the sheet of a prompt has all
    closed = _said(said.get(Disposal.Step.CLOSED)) if alert.state == Alert.State.CLOSED else ""
    if alert.rectification:
        due = alert.rectification.next_due_on
        closed += f"\n整改：{alert.rectification.text}（{f'{due.isoformat()} 前' if due else '已完成'}）"
    return [
        alert.number.partition("-HC-")[2] or alert.number,
        str(alert.get_colour_display()),
        f"{wording.title(alert)}\n{wording.sentence(alert)}",
        str(alert.unit),
        timezone.localtime(alert.raised_at).date().isoformat(),
        alert.due_on.isoformat() + ("\n逾期" if alert.state in rules.OPEN and alert.due_on < today() else ""),
        state,
        _said(said.get(Disposal.Step.EXPLAINED)),
        _said(said.get(Disposal.Step.CONFIRMED)),
        closed,
    ]


def _said(step: Disposal | None) -> str:
    """«程序瑕疵：补签合同», then who and when on lines of their own."""
    if step is None:
        return ""
    opinion = str(step.get_opinion_display()) if step.opinion else ""
    what = "：".join(part for part in (opinion, step.text or step.reference) if part)
    return "\n".join(part for part in (what, step.by.name if step.by else "", _day(step)) if part)


def _day(step: Disposal) -> str:
    return timezone.localtime(step.at).date().isoformat()


def year(found: Year, school: Unit, scope: str) -> Paper:
    """年度预警情况: figures alone, to go with the year's summary. `scope` says of which departments."""
    total = found.total.counts
    came_of = (
        f"已布置整改 {total['ordered']} 项，其中已完成 {total['put_right']} 项；"
        f"应重新评定所涉风险点等级的提示 {total['to_rate']} 条，其中已重新评定 {total['rated']} 条。"
    )
    return Paper(
        title=f"{school.name}{found.year} 年度预警情况",
        subtitle=f"{scope}　截至 {chinese_date(today())}",
        blocks=[
            Heading(1, "一、按颜色"),
            _counted("颜色", [*found.colours, found.total]),
            Heading(1, "二、按领域"),
            _counted("领域", [*found.areas, found.total]),
            Heading(1, "三、整改和重评"),
            Paragraph(came_of),
            Paragraph(f"{NO_VERDICT}{wording.HOW_COUNTED}", indent=False),
        ],
        compact=True,
        filename=f"{found.year} 年度预警情况",
    )


def _counted(what: str, lines: list[Line]) -> Table:
    results = map(str, Alert.Result.labels)
    heads = ["作出提示", *results, "自行消除", "尚未办结", "逾期", "准确率"]
    return Table([Col(what, 28), *(Col(head, 13, "center") for head in heads)], [_figures(line) for line in lines])


def _figures(line: Line) -> list[str]:
    counts, right = line.counts, line.precision
    numbers = [counts["raised"], *line.results, counts["lapsed"], counts["open"], counts["late"]]
    return [line.name or "合计", *map(str, numbers), "—" if right is None else f"{right:.0%}"]


def sheet(alert: Alert, *, sees_rows: bool) -> Paper:
    """核查提示处置单: what was found on which records, how it is computed, and what everybody said of it."""
    day = timezone.localtime(alert.raised_at).date()
    head = [
        ("编号", alert.number),
        ("颜色", str(alert.get_colour_display())),
        ("部门", alert.unit.name),
        ("状态", _state(alert)),
        ("提示日期", day.isoformat()),
        ("办理期限", alert.due_on.isoformat()),
    ]
    if alert.rule:
        head.append(("指标", f"{alert.rule.code} {wording.title(alert)}（第 {alert.rule.version} 版）"))
    facts = [[fact.label, fact.value, "对照的标准" if fact.is_limit else "数据"] for fact in wording.arithmetic(alert)]
    computed: list[Block] = [
        Heading(1, "二、怎样算出来的"),
        Table([Col("项目", 60), Col("数值", 58), Col("性质", 40, "center")], facts),
    ]
    said = turn_words.steps_in_words(alert, queries.papers(alert) if sees_rows else ())
    signs = [Sign("说明人（签字）"), Sign("确认人（签字）"), Sign("办结人（签字）")]
    return Paper(
        title=f"{alert.school.name}核查提示处置单",
        blocks=[
            Meta(head, wide=("指标",)),
            Heading(1, "一、提示的现象"),
            Paragraph(wording.sentence(alert)),
            *(_records(alert) if sees_rows else []),
            *(computed if facts else []),
            Heading(1, f"{'三' if facts else '二'}、处置经过"),
            Table(
                STEPS,
                [_step(one) for one in said],
                empty="还没有人办理。",
            ),
            Paragraph(NO_VERDICT, indent=False),
            Signatures(signs),
        ],
        number=alert.number,
        compact=True,
        filename=f"核查提示处置单-{alert.number}",
    )


def _records(alert: Alert) -> list[Block]:
    """The records as they stood, persons masked."""
    rows = queries.rows_of(alert)
    if not rows.lines:
        return []
    columns = [
        Col(head, WIDTH / len(rows.heads), "right" if is_number else "left")
        for head, is_number in zip(rows.heads, rows.numeric, strict=True)
    ]
    more = f"只列出前 {MOST_ROWS} 行，共 {len(rows.lines)} 行。" if len(rows.lines) > MOST_ROWS else ""
    return [Table(columns, [line.cells for line in rows.lines[:MOST_ROWS]], note=more)]


def _state(alert: Alert) -> str:
    """«待书记办结（纪委回避）», «已办结，程序瑕疵»."""
    people = turns.around(alert)
    state, aside = turn_words.state(alert, people), turn_words.aside(alert, people)
    result = f"，{alert.get_result_display()}" if alert.result else ""
    return f"{state}（{aside}）" if aside else state + result


def _step(said: turn_words.Said) -> list[str]:
    step = said.step
    papers = f"附：{'、'.join(paper.name for paper in said.papers)}" if said.papers else ""
    opinion = str(step.get_opinion_display()) if step.opinion else ""
    text = "\n".join(part for part in (wording.step_text(step), step.reference, papers) if part)
    return [said.name, step.by.name if step.by else "系统", _day(step), opinion, text]

"""The tables that leave the house (导出): each a title, its columns and its rows, read in pieces (S37, S40, §2.5).

Rows come from `values_list`, a thousand at a time, so that 5,000 of them take neither time nor memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.papers.sheets import SheetColumn
from qingqu.declarations.models import Declaration
from qingqu.organisation.models import Appointment, BranchMembership, Unit
from qingqu.powers.models import Power, Step
from qingqu.records.models import Filing, Notice
from qingqu.reports.ledger import Asked, found
from qingqu.risks import queries as risk_queries
from qingqu.risks.models import Category, ControlMeasure, LedgerState, Level, RiskPoint, RiskPointQuerySet

PIECE = 1000


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table to be exported: `count` rows, read once."""

    title: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[Any]]
    count: int


def ledger_rows(user: User | None, school: Unit, asked: Asked) -> RiskPointQuerySet:
    """The risk points of an export, struck-off ones included where no state was asked for.

    Without a reader (the command line) nobody's «思想道德» items are among them (S26).
    """
    if user is not None:
        rows = RiskPoint.objects.visible_to(user)
    else:
        rows = RiskPoint.objects.filter(school=school).exclude(~Q(person=None) & Q(category=Category.THOUGHT))
    return found(rows, asked, school)


LEDGER = [
    SheetColumn("编号", 16),
    SheetColumn("单位", 14),
    SheetColumn("岗位", 14),
    SheetColumn("人员", 10),
    SheetColumn("权力事项", 22),
    SheetColumn("流程环节", 14),
    SheetColumn("风险类别", 14),
    SheetColumn("风险点", 28),
    SheetColumn("表现形式", 40),
    SheetColumn("等级", 8, "center"),
    SheetColumn("前期预防", 30),
    SheetColumn("中期监控", 30),
    SheetColumn("后期处置", 30),
    SheetColumn("责任人", 10),
    SheetColumn("备案号", 20),
    SheetColumn("公示状态", 10),
    SheetColumn("最近执行", 12),
    SheetColumn("下次应执行", 12),
    SheetColumn("状态", 10, "center"),
]
FIELDS = (
    "pk",
    "code",
    "unit__name",
    "post__name",
    "person__name",
    "power__name",
    "step__name",
    "category",
    "title",
    "manifestation",
    "level",
    "owner__name",
    "filing",
    "document__notice__state",
    "last_done_on",
    "next_due_on",
    "ledger_state",
)


def ledger_sheet(user: User | None, school: Unit, asked: Asked) -> Sheet:
    """廉政风险台账 with the columns of §2.5; the three phases of measures each in a column of its own."""
    rows = ledger_rows(user, school, asked)
    return Sheet("廉政风险台账", LEDGER, ledger_lines(rows), rows.count())


def ledger_lines(rows: RiskPointQuerySet) -> Iterator[list[Any]]:
    """The lines of the ledger, in the order of LEDGER: two statements per thousand."""
    accepted = Filing.objects.filter(document=OuterRef("document"), state=Filing.State.ACCEPTED).order_by("-id")
    full = risk_queries.with_ledger_state(rows)
    full = full.annotate(filing=Subquery(accepted.values("number")[:1]))
    words = Words()
    lines = iter(full.values_list(*FIELDS).iterator(chunk_size=PIECE))
    while piece := list(islice(lines, PIECE)):
        measures = measures_of([line[0] for line in piece])
        for pk, code, unit, post, person, power, step, category, title, how, level, *rest in piece:
            owner, filing, notice, done, due, state = rest
            yield [
                code,
                unit,
                post or "",
                person or "",
                power or "",
                step or "",
                words.category[category],
                title,
                how,
                words.level[level],
                *("\n".join(measures[pk, phase]) for phase in ("pre", "mid", "post")),
                owner,
                filing or "",
                words.notice.get(notice, "未公示"),
                done,
                due,
                words.state[state],
            ]


class Words:
    """Chinese words for values, looked up once: papers and tables are Chinese whatever the reader's language.

    Make it within `translation.override("zh-hans")`; a lazily streamed answer is no longer inside.
    """

    def __init__(self) -> None:
        self.category = {value: str(label) for value, label in Category.choices}
        self.level = {value: str(label) for value, label in Level.choices}
        self.state = {value: str(label) for value, label in LedgerState.choices}
        self.notice = {value: str(label) for value, label in Notice.State.choices}


def measures_of(risks: Sequence[int]) -> dict[tuple[int, str], list[str]]:
    """What is done against each risk in each phase."""
    rows: dict[tuple[int, str], list[str]] = defaultdict(list)
    going = ControlMeasure.objects.filter(risk__in=risks, stopped_at=None).order_by("id")
    for risk, phase, text in going.values_list("risk_id", "phase", "text"):
        rows[risk, phase].append(text)
    return rows


def summary_sheet(user: User | None, school: Unit, asked: Asked) -> Sheet:
    """汇总表: how many risk points by department, category and level (S37)."""
    columns = [SheetColumn("单位", 20), SheetColumn("风险类别", 18)]
    columns += [SheetColumn(str(label), 10, "center") for label in Level.labels] + [SheetColumn("合计", 10, "center")]
    rows = summary_lines(ledger_rows(user, school, asked), school)
    return Sheet("廉政风险汇总表", columns, rows, len(rows))


def summary_lines(risks: RiskPointQuerySet, school: Unit) -> list[list[Any]]:
    """A line per department and category, its 小计, and 合计 below all. Two statements."""
    counted: Counter[tuple[int, str, int]] = Counter()
    for key in risks.order_by().values_list("unit_id", "category", "level"):
        counted[key] += 1
    here = {unit for unit, _category, _level in counted}
    units = Unit.objects.filter(pk__in=here).order_by("order", "id")
    lines: list[list[Any]] = []
    for unit in units:
        for category, label in Category.choices:
            figures = [counted.get((unit.pk, category, level), 0) for level in Level.values]
            if sum(figures):
                lines.append([unit.name, str(label), *figures, sum(figures)])
        own = {key: n for key, n in counted.items() if key[0] == unit.pk}
        lines.append([unit.name, "小计", *_by_level(own)])
    totals = _by_level(counted)
    return [*lines, [school.name, "合计", *totals]] if lines else []


def _by_level(counted: Mapping[tuple[int, str, int], int]) -> list[int]:
    """The sum of each level, and of all."""
    sums = [sum(n for key, n in counted.items() if key[2] == level) for level in Level.values]
    return [*sums, sum(sums)]


def powers_sheet(user: User | None, school: Unit, asked: Asked) -> Sheet:
    """权力清单 (§2.6): one line per power, its steps in one cell."""
    titles = {
        "编码": 12,
        "权力事项": 26,
        "领域": 14,
        "行使部门": 14,
        "权力类型": 12,
        "三重一大": 16,
        "权力内容": 40,
        "决定机构": 18,
        "监督主体": 14,
        "流程环节": 40,
        "办理时限": 12,
        "公开范围": 12,
        "状态": 8,
    }
    powers = Power.objects.filter(school=school).exclude(state=Power.State.DRAFT).order_by("code")
    names: dict[int, list[str]] = defaultdict(list)
    for power, name in Step.objects.filter(power__in=powers.values("pk")).values_list("power_id", "name"):
        names[power].append(name)
    rows = [
        [
            power.code,
            power.name,
            power.domain,
            power.unit.name,
            str(power.get_kind_display()),
            str(power.get_three_major_display()),
            power.content,
            power.decider,
            power.supervisor,
            " → ".join(names[power.pk]),
            power.time_limit,
            str(power.get_scope_display()),
            str(power.get_state_display()),
        ]
        for power in powers.select_related("unit")
    ]
    return Sheet("权力清单", [SheetColumn(title, width) for title, width in titles.items()], rows, len(rows))


def declarations_sheet(user: User | None, school: Unit, asked: Asked) -> Sheet:
    """登记表办理情况: whose form of the year stands where. What the forms say is not in it."""
    titles = {"编号": 22, "表类": 24, "单位": 16, "填报人": 12, "状态": 10, "报送时间": 18, "通过时间": 18}
    forms: QuerySet[Declaration] = Declaration.objects.filter(unit__school=school)
    if user is not None:
        forms = Declaration.objects.visible_to(user)
    if asked.year:
        forms = forms.filter(campaign__year=asked.year)
    forms = forms.select_related("unit", "person").order_by("kind", "unit__order", "unit_id", "person_id")
    kinds = {value: str(label) for value, label in Declaration.Kind.choices}
    states = {value: str(label) for value, label in Declaration.State.choices}
    rows = (
        [f.number, kinds[f.kind], f.unit.name, f.person.name, states[f.state], f.submitted_at, f.approved_at]
        for f in forms.iterator(chunk_size=PIECE)
    )
    return Sheet("登记表办理情况", [SheetColumn(t, width) for t, width in titles.items()], rows, forms.count())


def roster_sheet(user: User | None, school: Unit, asked: Asked) -> Sheet:
    """名册: who holds which post today. Telephone numbers stay at home."""
    titles = {
        "姓名": 12,
        "工号": 12,
        "部门": 18,
        "岗位": 18,
        "岗位类别": 16,
        "任职日期": 12,
        "主要岗位": 10,
        "党支部": 16,
    }
    held = Appointment.objects.on(today()).filter(post__unit__school=school, person__is_active=True)
    branches = dict(BranchMembership.objects.filter(branch__school=school).values_list("person_id", "branch__name"))
    rows = [
        [
            seat.person.name,
            seat.person.number,
            seat.post.unit.name,
            seat.post.name,
            str(seat.post.get_tier_display()),
            seat.started_on,
            "是" if seat.is_main else "否",
            branches.get(seat.person_id, ""),
        ]
        for seat in held.select_related("person", "post__unit").order_by("post__unit__path", "post_id", "id")
    ]
    return Sheet("人员名册", [SheetColumn(title, width) for title, width in titles.items()], rows, len(rows))


SHEETS: dict[str, Callable[[User | None, Unit, Asked], Sheet]] = {
    "ledger": ledger_sheet,
    "summary": summary_sheet,
    "powers": powers_sheet,
    "declarations": declarations_sheet,
    "roster": roster_sheet,
}

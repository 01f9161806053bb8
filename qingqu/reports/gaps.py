"""岗位为点、程序为线、制度为面: what is missing in each, and where it is put right (S3, S4, S6, S52, G1).

Only those who answer for a department see its gaps: who may not see a risk would otherwise take it for missing.
Every count and list reads risk points through `visible_to`, so that a hidden one never shows by its absence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.campaigns.queries import current_campaign
from qingqu.common.clock import today
from qingqu.declarations.models import Declaration, StepJudgement
from qingqu.organisation.models import Appointment, Post, Unit
from qingqu.organisation.queries import standing
from qingqu.powers.models import Basis, Power, Regulation, Step
from qingqu.reports.maps import held
from qingqu.risks.models import ControlMeasure, Level, MeasureRun, RiskPointQuerySet

ROTATION_YEARS = 5
"""An example only, where no year's work sets how long a key post may be held."""
HANDED_IN = (Declaration.State.IN_REVIEW, Declaration.State.APPROVED)


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom the gaps are looked for, and in which departments."""

    user: User
    school: Unit | None
    everywhere: bool
    units: frozenset[int]
    day: date
    rotation_years: int = ROTATION_YEARS
    """After how many years a key post should change hands: a setting of the year's work."""
    rotation_basis: str = ""
    """The regulation that says so; empty: an example."""

    @property
    def sees_gaps(self) -> bool:
        return self.school is not None and (self.everywhere or bool(self.units))

    def within(self, field: str) -> Q:
        """Rows whose department is one of those."""
        own = Q(**{f"{field}__school": self.school})
        return own if self.everywhere else own & Q(**{f"{field}__in": self.units})

    def risks(self) -> RiskPointQuerySet:
        return held(self.user)


def scope_of(user: User) -> Scope:
    """The whole school for party office, discipline commission, secretary and principal; else one's own departments."""
    who = standing(user)
    everywhere = who.has("party_office", "discipline", "secretary", "principal")
    scope = Scope(user, who.school, everywhere, who.heads | who.leads, today())
    year = current_campaign(who.school) if who.school else None
    if year is None:
        return scope
    return replace(scope, rotation_years=year.rotation_years, rotation_basis=year.rotation_basis)


# What is looked through: each base is counted once, for all its gaps together.
def _posts(scope: Scope) -> QuerySet[Any]:
    real = Post.objects.filter(scope.within("unit"), is_active=True, unit__is_active=True)
    return real.exclude(unit__kind=Unit.Kind.BRANCH).select_related("unit").order_by("unit__order", "id")


def _appointments(scope: Scope) -> QuerySet[Any]:
    key = Appointment.objects.on(scope.day).filter(scope.within("post__unit"), post__is_key=True)
    return key.select_related("post__unit", "person").order_by("started_on", "id")


def _risks(scope: Scope) -> QuerySet[Any]:
    found = scope.risks().filter(scope.within("unit"))
    return found.select_related("unit", "owner").order_by("rank", "id")


def _steps(scope: Scope) -> QuerySet[Any]:
    real = Step.objects.filter(scope.within("power__unit"), power__state=Power.State.IN_FORCE)
    return real.select_related("power__unit").order_by("power__code", "order")


def _measures(scope: Scope) -> QuerySet[Any]:
    found = ControlMeasure.objects.filter(risk__in=scope.risks().filter(scope.within("unit")), stopped_at=None)
    return found.select_related("risk__unit", "owner").order_by("risk__rank", "id")


def _regulations(scope: Scope) -> QuerySet[Any]:
    own = Q(school=scope.school) if scope.everywhere else scope.within("unit")
    used = Regulation.objects.filter(own).exclude(state=Regulation.State.REPEALED)
    return used.select_related("unit").order_by("review_on", "id")


def _bases(scope: Scope) -> QuerySet[Any]:
    found = Basis.objects.filter(scope.within("power__unit"), power__state=Power.State.IN_FORCE)
    return found.select_related("power__unit").order_by("power__code", "id")


BASES: dict[str, Callable[[Scope], QuerySet[Any]]] = {
    "posts": _posts,
    "appointments": _appointments,
    "risks": _risks,
    "steps": _steps,
    "measures": _measures,
    "regulations": _regulations,
    "bases": _bases,
}


# What is missing: a condition on the base.
# Sets rather than correlated rows: the risks are gone through once, not once for each post or step.
def _has_risk(scope: Scope, link: str) -> Q:
    return Q(pk__in=_linked(scope.risks(), link))


def _linked(risks: RiskPointQuerySet, link: str) -> QuerySet[Any, Any]:
    return risks.filter(**{f"{link}__isnull": False}).order_by().values(f"{link}_id")


def _judged(scope: Scope) -> Q:
    this_year = Q(declaration__campaign__year=scope.day.year, declaration__kind=Declaration.Kind.UNIT)
    answered = StepJudgement.objects.filter(this_year, declaration__state__in=HANDED_IN)
    return Q(pk__in=answered.order_by().values("step_id"))


def _uncontrolled(scope: Scope) -> Q:
    measures = ControlMeasure.objects.filter(risk=OuterRef("pk"), stopped_at=None)
    return Q(pk__in=_linked(scope.risks().filter(~Exists(measures)), "step"))


def _never_run(scope: Scope) -> Q:
    runs = MeasureRun.objects.filter(measure=OuterRef("pk"), undone_at=None)
    return Q(next_due_on__lt=scope.day) & ~Q(Exists(runs))


def _years_ago(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28) if day.month == 2 else day.day)


@dataclass(frozen=True, slots=True)
class Gap:
    """One kind of gap: in which column it stands, what is looked through, what is missing, what helps."""

    code: str
    column: str
    base: str
    title: str | Promise
    remedy: str | Promise | Callable[[Scope], str]
    condition: Callable[[Scope], Q]

    def help_for(self, scope: Scope) -> str:
        """What helps, in a sentence."""
        return self.remedy(scope) if callable(self.remedy) else str(self.remedy)


def _rotation(scope: Scope) -> str:
    words = {"years": scope.rotation_years, "basis": scope.rotation_basis}
    if scope.rotation_basis:
        return _t("轮岗年限 %(years)s 年，依据：%(basis)s。") % words
    return _t("轮岗年限 %(years)s 年为示例，以本地规定为准；请党办在年度工作的设置中写明年限和依据。") % words


GAPS = (
    Gap(
        "posts-without-risk",
        "points",
        "posts",
        _("没有风险点的岗位"),
        _("请任职人员在登记表中查找；确无风险的写明理由。"),
        lambda scope: ~_has_risk(scope, "post"),
    ),
    Gap(
        "key-posts-without-risk",
        "points",
        "posts",
        _("没有风险点的重要岗位"),
        _("重要岗位至少有一个风险点，或有签字的无风险说明。"),
        lambda scope: Q(is_key=True) & ~_has_risk(scope, "post"),
    ),
    Gap(
        "grave-without-leader",
        "points",
        "risks",
        _("一级风险未定责任领导"),
        _("请为这个部门确定分管领导。"),
        lambda scope: Q(level=Level.ONE, unit__leader=None),
    ),
    Gap(
        "key-posts-long-held",
        "points",
        "appointments",
        _("重要岗位任职已满轮岗年限"),
        _rotation,
        lambda scope: Q(started_on__lte=_years_ago(scope.day, scope.rotation_years)),
    ),
    Gap(
        "steps-unjudged",
        "lines",
        "steps",
        _("未判断有无风险的环节"),
        _("请部门负责人在单位登记表中逐个环节回答有或无。"),
        lambda scope: ~_judged(scope),
    ),
    Gap(
        "key-steps-without-risk",
        "lines",
        "steps",
        _("没有风险点的关键环节"),
        _("关键环节至少有一个风险点，或写明无风险的理由。"),
        lambda scope: Q(is_key=True) & ~_has_risk(scope, "step"),
    ),
    Gap(
        "steps-without-measure",
        "lines",
        "steps",
        _("有风险而没有措施的环节"),
        _("请为这个环节的风险点定出措施、责任人和频次。"),
        _uncontrolled,
    ),
    Gap(
        "steps-without-limit",
        "lines",
        "steps",
        _("无时限的环节"),
        _("请在办事流程中写明这个环节几个工作日办完。"),
        lambda scope: Q(days=None),
    ),
    Gap(
        "risks-without-regulation",
        "plane",
        "risks",
        _("没有制度对应的风险点"),
        _("请对应到现行制度；没有的，列入建章立制。"),
        lambda scope: Q(regulation=None) | Q(regulation__state=Regulation.State.REPEALED),
    ),
    Gap(
        "measures-without-evidence",
        "plane",
        "measures",
        _("没有凭证的措施"),
        _("没有写明凭证，或者已到期却从未执行。"),
        lambda scope: Q(evidence_kind="") | _never_run(scope),
    ),
    Gap(
        "regulations-overdue",
        "plane",
        "regulations",
        _("到期应修订的制度"),
        _("请修订后更新应修订日期，不再用的请废止。"),
        lambda scope: Q(review_on__lt=scope.day),
    ),
    Gap(
        "bases-unchecked",
        "plane",
        "bases",
        _("文号待核的权力依据"),
        _("请对照文件核对文号。"),
        lambda scope: Q(needs_check=True),
    ),
)
BY_CODE = {gap.code: gap for gap in GAPS}


@dataclass(frozen=True, slots=True)
class Found:
    """How much was looked through and how many gaps of each kind there are."""

    totals: dict[str, int]
    """By base: posts, steps, risks …"""
    counts: dict[str, int]
    """By code of the gap."""

    def done(self, base: str, gap: str) -> int:
        """How many of a base do not have this gap."""
        return self.totals[base] - self.counts[gap]


def look(scope: Scope) -> Found:
    """Count every gap: one statement a base, seven in all."""
    totals: dict[str, int] = {}
    counts: dict[str, int] = {}
    for base, rows in BASES.items():
        here = {gap.code: gap for gap in GAPS if gap.base == base}
        asked = {f"g{n}": Count("pk", filter=gap.condition(scope)) for n, gap in enumerate(here.values())}
        row = rows(scope).order_by().select_related(None).aggregate(all=Count("pk"), **asked)
        totals[base] = row["all"]
        counts |= {code: row[f"g{n}"] for n, code in enumerate(here)}
    return Found(totals, counts)


def missing(scope: Scope, gap: Gap) -> QuerySet[Any]:
    """The things that lack what `gap` names, in order."""
    rows: QuerySet[Any] = BASES[gap.base](scope).filter(gap.condition(scope))
    return rows

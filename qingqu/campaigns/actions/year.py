"""Making a year's campaign, setting its dates, opening it, closing its stages (S15, S56)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.actions.plan import freeze_plan
from qingqu.campaigns.defaults import PLAN, TASKS
from qingqu.campaigns.models import Campaign, Stage, Task
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed
from qingqu.common.papers.content import chinese_date
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import holders, staff_of
from qingqu.trace.actions import record, record_many


def said(faults: list[tuple[str, str]]) -> str:
    """Faults in dates, in a sentence."""
    sentences = {
        "backwards": _("“%(stage)s”的开始日期晚于结束日期"),
        "due_outside": _("报送截止须在“%(stage)s”阶段之内"),
        "other_year": _("“%(stage)s”的日期与年度相差超过一年，请核对年份"),
        "out_of_order": _("“%(stage)s”不能早于前一阶段开始"),
    }
    return listed((sentences[code] % {"stage": Stage.Kind(kind).label} for kind, code in faults), "；")


def _check_dates(spans: rules.Spans, due_on: date, year: int) -> None:
    if faults := rules.faults_in_dates(spans, due_on, year):
        raise NotPossible(said(faults))


@transaction.atomic
def create_campaign(school: Unit, year: int, *, by: User | None) -> Campaign:
    """Make a year's campaign from the regulation: four stages, due day, plan and the usual tasks (S56).

    Raises NotPossible where the year has one.
    """
    _year_is_free(school, year)
    spans, due_on = rules.regulation_spans(year), rules.regulation_due(year)
    campaign = Campaign.objects.create(
        school=school,
        year=year,
        title=f"{year} 年廉政风险防控工作",
        due_on=due_on,
        plan=plan_text(year, spans, due_on).strip(),
    )
    stages = _make_stages(campaign, spans)
    answering = {duty: holders(school, duty).first() for duty in {task.duty for task in TASKS if task.duty}}
    tasks = [
        Task(
            campaign=campaign,
            stage=stages[task.stage],
            title=task.title,
            person=answering.get(task.duty),
            due_on=rules.day_in_span(task.month, task.day, spans[task.stage]),
        )
        for task in TASKS
    ]
    Task.objects.bulk_create(tasks)
    record_many("campaigns.task_added", tasks, by=by)
    record("campaigns.created", campaign, by=by, after=str(year))
    return campaign


def _year_is_free(school: Unit, year: int) -> None:
    if Campaign.objects.filter(school=school, year=year).exists():
        raise NotPossible(_("%(year)s 年度工作已经建立") % {"year": year})


def plan_text(year: int, spans: rules.Spans, due_on: date) -> str:
    """The plan that a year begins with, its dates filled in."""
    words = {kind: f"{_day_of(year, start)}至 {_day_of(year, end)}" for kind, (start, end) in spans.items()}
    return PLAN.format(year=year, due=_day_of(year, due_on), **words)


def _day_of(year: int, day: date) -> str:
    """Month and day; with the year where it is another one than the plan's."""
    return chinese_date(day).partition("年 ")[2] if day.year == year else chinese_date(day)


def _make_stages(campaign: Campaign, spans: rules.Spans) -> dict[str, Stage]:
    made = Stage.objects.bulk_create(
        [
            Stage(campaign=campaign, kind=kind, order=order, starts_on=spans[kind][0], ends_on=spans[kind][1])
            for order, (kind, _start, _end) in enumerate(rules.STAGES, 1)
        ]
    )
    return {stage.kind: stage for stage in made}


@transaction.atomic
def create_next(last: Campaign, *, by: User | None) -> Campaign:
    """Make next year's campaign from this one: dates a year later, same plan, tasks and settings (S15, S79)."""
    year = last.year + 1
    _year_is_free(last.school, year)
    spans = {
        stage.kind: (rules.a_year_later(stage.starts_on), rules.a_year_later(stage.ends_on))
        for stage in last.stages.all()
    }
    campaign = Campaign.objects.create(
        school=last.school,
        year=year,
        title=rules.with_the_year(last.title, last.year, year),
        due_on=rules.a_year_later(last.due_on),
        plan=rules.with_the_year(last.plan, last.year, year),
        escalate_days=last.escalate_days,
        working_days=last.working_days,
        peer_review=last.peer_review,
        group_step=last.group_step,
        rotation_years=last.rotation_years,
        rotation_basis=last.rotation_basis,
        previous=last,
    )
    stages = _make_stages(campaign, spans)
    tasks = [
        Task(
            campaign=campaign,
            stage=stages[task.stage.kind],
            title=task.title,
            unit=task.unit if task.unit and task.unit.is_active else None,
            person=task.person if task.person and task.person.is_active else None,
            due_on=rules.a_year_later(task.due_on),
        )
        for task in last.tasks.filter(kind=Task.Kind.STAGE).select_related("stage", "unit", "person")
        if task.stage
    ]
    Task.objects.bulk_create(tasks)
    record_many("campaigns.task_added", tasks, by=by)
    record("campaigns.created", campaign, by=by, before=str(last.year), after=str(year))
    return campaign


@transaction.atomic
def edit_dates(
    campaign: Campaign,
    *,
    spans: rules.Spans,
    due_on: date,
    by: User | None,
    title: str = "",
    escalate_days: int | None = None,
    working_days: int | None = None,
) -> Campaign:
    """Move the stages and the due day of a year. Stages may overlap; what cannot be is said in a sentence.

    The plan that a year begins with moves along until somebody rewrites it or the year opens.
    """
    campaign = _locked(campaign)
    if campaign.state == Campaign.State.CLOSED:
        raise NotPossible(_("%(year)s 年度工作已结束，日期不能再改") % {"year": campaign.year})
    _check_dates(spans, due_on, campaign.year)
    stages = list(campaign.stages.select_for_update())
    told = plan_text(campaign.year, {stage.kind: (stage.starts_on, stage.ends_on) for stage in stages}, campaign.due_on)
    for stage in stages:
        span = spans[stage.kind]
        if stage.closed_at and span != (stage.starts_on, stage.ends_on):
            raise NotPossible(_("“%(stage)s”阶段已办结，日期不能再改") % {"stage": stage.get_kind_display()})
        stage.starts_on, stage.ends_on = span
    Stage.objects.bulk_update(stages, ["starts_on", "ends_on"])
    before = campaign.due_on.isoformat()
    campaign.due_on = due_on
    if campaign.state == Campaign.State.PREPARING and campaign.plan == told.strip():
        campaign.plan = plan_text(campaign.year, spans, due_on).strip()  # nobody has rewritten it: it moves along
    campaign.title = title or campaign.title
    campaign.escalate_days = escalate_days or campaign.escalate_days
    campaign.working_days = working_days or campaign.working_days
    campaign.save(update_fields=["due_on", "plan", "title", "escalate_days", "working_days"])
    record("campaigns.dates_edited", campaign, by=by, before=before, after=due_on.isoformat())
    return campaign


def _locked(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update(of=("self",)).select_related("school").get(pk=campaign.pk)


@transaction.atomic
def open_campaign(campaign: Campaign, *, by: User) -> Campaign:
    """Begin the year: everybody's forms are due, the plan is frozen, everybody is told (S56, S60).

    Raises NotPossible while another year is still open.
    """
    campaign = _locked(campaign)
    if campaign.state != Campaign.State.PREPARING:
        raise NotPossible(_("%(year)s 年度工作已经启动") % {"year": campaign.year})
    other = Campaign.objects.filter(school=campaign.school, state=Campaign.State.OPEN).first()
    if other:
        raise NotPossible(_("%(year)s 年度工作还没有结束，请先办结它的各阶段") % {"year": other.year})
    campaign.state, campaign.opened_at = Campaign.State.OPEN, timezone.now()
    campaign.save(update_fields=["state", "opened_at"])
    record("campaigns.opened", campaign, by=by, before=Campaign.State.PREPARING, after=campaign.state)
    freeze_plan(campaign, by=by)
    tell(
        staff_of(campaign.school),
        gettext_lazy("%(campaign)s已启动，登记表请于 %(day)s前报送"),
        reverse("campaigns:home"),
        Message.Kind.NEWS,
        sender=by,
        key=f"campaign-opened:{campaign.pk}",
        words={"campaign": campaign.title, "day": campaign.due_on},
    )
    return campaign


@transaction.atomic
def close_stage(stage: Stage, *, unmet: list[str], exemption: str = "", by: User) -> Stage:
    """Close a stage whose conditions hold, or in spite of `unmet` ones with the reason on record (S9).

    The last one closes the year. Raises NotPossible with what is unmet.
    """
    campaign = _locked(stage.campaign)
    stage = Stage.objects.select_for_update().get(pk=stage.pk)
    if campaign.state == Campaign.State.PREPARING:
        raise NotPossible(_("%(year)s 年度工作还没有启动") % {"year": campaign.year})
    if stage.closed_at:
        raise NotPossible(_("“%(stage)s”阶段已办结") % {"stage": stage.get_kind_display()})
    exemption = exemption.strip()
    if unmet and not exemption:
        raise NotPossible(listed(unmet, "；"))
    stage.closed_at, stage.closed_by, stage.exemption = timezone.now(), by, exemption if unmet else ""
    stage.save(update_fields=["closed_at", "closed_by", "exemption"])
    record("campaigns.stage_closed", campaign, by=by, after=stage.kind, reason=stage.exemption)
    if not campaign.stages.filter(closed_at=None).exists():
        campaign.state = Campaign.State.CLOSED
        campaign.save(update_fields=["state"])
        record("campaigns.closed", campaign, by=by, before=Campaign.State.OPEN, after=campaign.state)
    return stage


@transaction.atomic
def reopen_stage(stage: Stage, *, reason: str, by: User) -> Stage:
    """Take the closing of a stage back, with a reason, while the year is open."""
    campaign = _locked(stage.campaign)
    stage = Stage.objects.select_for_update().get(pk=stage.pk)
    if not stage.closed_at:
        raise NotPossible(_("“%(stage)s”阶段没有办结") % {"stage": stage.get_kind_display()})
    if campaign.state == Campaign.State.CLOSED:
        raise NotPossible(_("%(year)s 年度工作已结束") % {"year": campaign.year})
    if not reason.strip():
        raise NotPossible(_("请写明重新打开的理由"))
    stage.closed_at, stage.closed_by, stage.exemption = None, None, ""
    stage.save(update_fields=["closed_at", "closed_by", "exemption"])
    record("campaigns.stage_reopened", campaign, by=by, after=stage.kind, reason=reason.strip())
    return stage

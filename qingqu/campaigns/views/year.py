"""The year on one line, its dates, its plan, the next year."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import access, actions, comparison, documents, forms, queries, timeline
from qingqu.campaigns.models import Campaign, Stage
from qingqu.campaigns.task_links import leads_to
from qingqu.campaigns.wording import route_of
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.form_page import form_page
from qingqu.common.papers.responses import paper_response
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.trace.refusals import record_export


def school_of(user: User) -> Unit:
    """The school in which the reader stands, or 404."""
    school = standing(user).school
    if school is None:
        raise Http404
    return school


def campaign_of(request: SignedIn, pk: int) -> Campaign:
    """A year that the reader may see, or 404."""
    visible = Campaign.objects.visible_to(request.user).select_related("school", "previous")
    return get_object_or_404(visible, pk=pk)


def to_year(campaign: Campaign) -> str:
    """The page of a year."""
    return reverse("campaigns:show", args=[campaign.pk])


def above_of(campaign: Campaign, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The pages above a form about a year."""
    return [(campaign.title, to_year(campaign)), *more]


@login_required
def home(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    campaign = queries.current_campaign(school)
    if campaign is None:
        can_manage = access.can_manage(request.user, school)
        return render(request, "campaigns/none.html", {"can_manage": can_manage, "year": today().year})
    return _year(request, campaign)


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    return _year(request, campaign_of(request, pk))


def _year(request: SignedIn, campaign: Campaign) -> HttpResponse:
    user = request.user
    page = queries.year_page(campaign, user)
    parts = {
        view.stage.kind: (view.done, len(view.tasks), timeline.note_of(view.look, view.done, len(view.tasks)))
        for view in page.stages
    }
    step, _colon, kind = page.next_step.partition(":")
    return render(
        request,
        "campaigns/home.html",
        {
            "campaign": campaign,
            "page": page,
            "line": timeline.draw([view.stage for view in page.stages], today(), parts),
            "today": today(),
            "days_left": (campaign.due_on - today()).days,
            "step": step,
            "step_stage": Stage.Kind(kind).label if kind else "",
            "others": Campaign.objects.filter(school=campaign.school_id).exclude(pk=campaign.pk).order_by("-year"),
            "can_manage": access.can_manage(user, campaign.school),
            "route": route_of(campaign),
            "can_publish": access.can_publish_document(user, campaign),
            "can_record": access.can_record_mobilisation(user, campaign),
            "leads_to": {
                task.pk: leads_to(task) for task in page.loose if task.person_id == user.pk and not task.done_at
            },
            "may_finish": {
                task.pk
                for task in [task for view in page.stages for task in view.tasks] + page.loose
                if access.can_finish_task(user, task)
            },
        },
    )


@login_required
def create(request: SignedIn) -> HttpResponse:
    school = school_of(request.user)
    require(access.can_manage(request.user, school))
    return form_page(
        request,
        forms.NewYearForm(request.POST or None, initial={"year": today().year}),
        lambda data: actions.create_campaign(school, data["year"], by=request.user),
        title=_("建立哪一年的年度工作？"),
        sub=_("按规定的四个阶段建立，日期、任务和实施方案都可以再改。"),
        label=_("建立"),
        back=reverse("campaigns:home"),
        above=[(_("年度工作"), reverse("campaigns:home"))],
        to=to_year,
    )


@require_POST
@login_required
def create_next(request: SignedIn, pk: int) -> HttpResponse:
    last = campaign_of(request, pk)
    require(access.can_manage(request.user, last.school))
    made = actions.create_next(last, by=request.user)
    return redirect("campaigns:changes", made.pk)


@login_required
def changes(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    if campaign.previous is None:
        raise Http404
    return render(
        request,
        "campaigns/changes.html",
        {
            "campaign": campaign,
            "groups": comparison.of(campaign.previous, campaign),
            "can_manage": access.can_manage(request.user, campaign.school),
        },
    )


@login_required
def dates(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    require(access.can_manage(request.user, campaign.school))

    def act(data: dict[str, Any]) -> None:
        names = ("spans", "due_on", "title", "escalate_days", "working_days")
        actions.edit_dates(campaign, **{name: data[name] for name in names}, by=request.user)

    return form_page(
        request,
        forms.DatesForm(request.POST or None, campaign=campaign),
        act,
        title=_("各阶段从哪天到哪天？"),
        sub=_("阶段可以重叠。报送截止须在“查找风险”阶段之内。"),
        label=_("保存"),
        back=to_year(campaign),
        above=above_of(campaign),
        template="campaigns/dates.html",
    )


@login_required
def settings(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    require(access.can_manage(request.user, campaign.school))
    names = ("peer_review", "group_step", "rotation_years", "rotation_basis")
    return form_page(
        request,
        forms.SettingsForm(request.POST or None, initial={name: getattr(campaign, name) for name in names}),
        lambda data: actions.edit_settings(campaign, **data, by=request.user),
        title=_("登记表按什么路线审核？"),
        sub=_("只对此后报送的登记表生效，已在审核中的按报送时的路线走完。"),
        label=_("保存"),
        back=to_year(campaign),
        above=above_of(campaign),
        done=_("设置已保存"),
    )


@require_POST
@login_required
def open_(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    require(access.can_manage(request.user, campaign.school))
    actions.open_campaign(campaign, by=request.user)
    messages.success(request, _("已启动，已告知全体教职工"))
    return redirect(to_year(campaign))


@login_required
def plan(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    paper = documents.plan_paper(campaign)
    fmt = request.GET.get("fmt", "print")
    if fmt != "print":
        record_export("campaigns.plan", by=request.user, rows=1)
    return paper_response(request, paper, fmt, back_url=to_year(campaign), formats={"docx": "?fmt=docx"})


@login_required
def plan_edit(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    require(access.can_edit_plan(request.user, campaign))
    return form_page(
        request,
        forms.PlanForm(request.POST or None, initial={"plan": campaign.plan}),
        lambda data: actions.edit_plan(campaign, data["plan"], by=request.user),
        title=_("%(year)s 年怎样做？") % {"year": campaign.year},
        sub=_("年度工作已启动，保存即定稿为新的一版，原来的各版保留。")
        if campaign.state == Campaign.State.OPEN
        else "",
        label=_("保存"),
        back=to_year(campaign),
        above=above_of(campaign),
        to=lambda _campaign: reverse("campaigns:plan", args=[campaign.pk]),
    )

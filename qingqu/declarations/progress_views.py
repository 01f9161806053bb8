"""The progress page: who has not handed in, urging, exemptions, closing a stage."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import actions as campaign_actions
from qingqu.campaigns.models import Campaign, Exemption, Stage
from qingqu.campaigns.queries import current_campaign
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.form_page import form_page
from qingqu.common.paging import paginate
from qingqu.common.papers.responses import paper_response
from qingqu.common.text import number_in
from qingqu.declarations import closing, progress, progress_actions
from qingqu.declarations import progress_access as access
from qingqu.declarations.progress_documents import missing_list
from qingqu.declarations.progress_forms import CloseForm, ExemptForm
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import staff_of, standing
from qingqu.trace.refusals import record_export

PAGE = "declarations:progress"


def _current(user: User) -> Campaign:
    """The year whose progress is shown: the open one, else the last."""
    school = standing(user).school
    campaign = current_campaign(school) if school else None
    if campaign is None:
        raise Http404
    return campaign


@login_required
def show(request: SignedIn) -> HttpResponse:
    user = request.user
    school = standing(user).school
    campaign = current_campaign(school) if school else None
    if campaign is None:
        require(access.can_follow_progress(user))
        return render(request, "declarations/progress_none.html")
    require(access.can_see_progress(user, campaign))
    scope = access.departments_seen(user)
    unit = _wanted_unit(request, campaign, scope)
    rows = progress.missing_people(campaign, {unit.pk} if unit else scope)
    page = paginate(request, progress.in_order(rows), per_page=50)
    lines = progress.as_missing(campaign, page.object_list, today())
    can_settle = access.can_settle(user, campaign)
    return render(
        request,
        "declarations/progress.html",
        {
            "campaign": campaign,
            "shown": progress.progress(campaign, scope),
            "page": page,
            "lines": lines,
            "unit": unit,
            "is_whole": scope is None,
            "days_left": (campaign.due_on - today()).days,
            "exemptions": progress.exemptions(campaign, scope),
            "can_urge_all": access.can_urge(user, campaign),
            "urgeable": {pk for pk in scope or () if access.can_urge(user, campaign, pk)},
            "can_settle": can_settle,
            "stages": campaign.stages.all() if can_settle else [],
        },
    )


def _wanted_unit(request: SignedIn, campaign: Campaign, scope: frozenset[int] | None) -> Unit | None:
    """The department of ?unit=, if the reader may see it."""
    wanted = number_in(request.GET.get("unit", ""))
    if wanted is None:
        return None
    unit = get_object_or_404(Unit.objects.filter(school=campaign.school), pk=wanted)
    if scope is not None and unit.pk not in scope:
        raise Http404
    return unit


@require_POST
@login_required
def urge(request: SignedIn) -> HttpResponse:
    """One department (`unit`), or all."""
    campaign = _current(request.user)
    wanted = number_in(request.POST.get("unit", ""))
    unit = get_object_or_404(Unit, pk=wanted, school=campaign.school) if wanted is not None else None
    require(access.can_urge(request.user, campaign, unit.pk if unit else None))
    told = progress_actions.urge(campaign, by=request.user, only={unit.pk} if unit else None)
    messages.success(request, ngettext("已催办 %(n)s 人", "已催办 %(n)s 人", told) % {"n": told})
    return redirect(PAGE)


@login_required
def exempt(request: SignedIn) -> HttpResponse:
    """`person` or `unit` names who need not hand in."""
    request.belongs_to = PAGE
    campaign = _current(request.user)
    require(access.can_settle(request.user, campaign))
    person, unit = _named(request, campaign)
    return form_page(
        request,
        ExemptForm(request.POST or None),
        lambda data: campaign_actions.exempt(
            campaign, person=person, unit=unit, reason=data["reason"], by=request.user
        ),
        title=_("“%(who)s”今年为什么不用报送？") % {"who": person or unit},
        label=_("豁免"),
        back=reverse(PAGE),
        above=[(_("登记进度"), reverse(PAGE))],
        sub=_("豁免后不再催办，也不妨碍办结阶段；以后可以撤销。"),
    )


def _named(request: SignedIn, campaign: Campaign) -> tuple[User | None, Unit | None]:
    person, unit = number_in(request.GET.get("person", "")), number_in(request.GET.get("unit", ""))
    if person is not None:
        return get_object_or_404(staff_of(campaign.school), pk=person), None
    if unit is not None:
        return None, get_object_or_404(Unit, pk=unit, school=campaign.school)
    raise Http404


@require_POST
@login_required
def revoke(request: SignedIn, pk: int) -> HttpResponse:
    campaign = _current(request.user)
    exemption = get_object_or_404(Exemption.objects.filter(campaign=campaign), pk=pk)
    require(access.can_settle(request.user, campaign))
    campaign_actions.revoke_exemption(exemption, by=request.user)
    return redirect(PAGE)


@login_required
def close_stage(request: SignedIn, pk: int) -> HttpResponse:
    """The conditions of a stage, each with ✓ or ✗; it closes where they hold or with the reason on record."""
    request.belongs_to = PAGE
    campaigns = Campaign.objects.visible_to(request.user)
    stages = Stage.objects.filter(campaign__in=campaigns).select_related("campaign__school")
    stage = get_object_or_404(stages, pk=pk)
    require(access.can_settle(request.user, stage.campaign))
    conditions = closing.conditions(stage)
    unmet = [condition.text for condition in conditions if not condition.holds]
    return form_page(
        request,
        CloseForm(request.POST or None),
        lambda data: campaign_actions.close_stage(stage, unmet=unmet, exemption=data["exemption"], by=request.user),
        title=_("“%(stage)s”阶段可以办结吗？") % {"stage": stage.get_kind_display()},
        label=_("办结本阶段"),
        back=reverse(PAGE),
        done=_("“%(stage)s”阶段已办结") % {"stage": stage.get_kind_display()},
        template="declarations/progress_close.html",
        context={"stage": stage, "conditions": conditions, "unmet": unmet},
    )


@require_POST
@login_required
def reopen_stage(request: SignedIn, pk: int) -> HttpResponse:
    campaigns = Campaign.objects.visible_to(request.user)
    stage = get_object_or_404(Stage.objects.filter(campaign__in=campaigns).select_related("campaign__school"), pk=pk)
    require(access.can_settle(request.user, stage.campaign))
    campaign_actions.reopen_stage(stage, reason=request.POST.get("reason", ""), by=request.user)
    return redirect("declarations:close-stage", pk)


@login_required
def missing_paper(request: SignedIn, fmt: str) -> HttpResponse:
    """未报名单: docx, xlsx or print."""
    campaign = _current(request.user)
    require(access.can_see_progress(request.user, campaign))
    scope = access.departments_seen(request.user)
    rows = progress.in_order(progress.missing_people(campaign, scope))
    people = progress.as_missing(campaign, rows, today())
    units = [u for u in progress.units_that_have_not_handed_in(campaign) if scope is None or u.pk in scope]
    what = "printed" if fmt == "print" else "exported"
    record_export("declarations.missing", by=request.user, rows=len(people) + len(units), what=what)
    paper = missing_list(campaign, people, units, today())
    formats = {other: reverse("declarations:missing", args=[other]) for other in ("docx", "xlsx")}
    return paper_response(request, paper, fmt, back_url=reverse(PAGE), formats=formats)

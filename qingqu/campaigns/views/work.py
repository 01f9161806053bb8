"""Tasks, meetings and study sessions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import access, actions, forms, queries
from qingqu.campaigns.actions.training import LABEL
from qingqu.campaigns.models import Campaign, Mobilisation, Stage, Task
from qingqu.campaigns.views.year import above_of, campaign_of, to_year
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.common.paging import paginate
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.records.models import Attachment


def _task(request: SignedIn, pk: int) -> Task:
    campaigns = Campaign.objects.visible_to(request.user)
    tasks = Task.objects.filter(campaign__in=campaigns).select_related("campaign__school", "stage", "unit", "person")
    return get_object_or_404(tasks, pk=pk)


@login_required
def task_new(request: SignedIn, pk: int) -> HttpResponse:
    campaigns = Campaign.objects.visible_to(request.user)
    stage = get_object_or_404(Stage.objects.filter(campaign__in=campaigns).select_related("campaign__school"), pk=pk)
    require(access.can_manage(request.user, stage.campaign.school))
    return form_page(
        request,
        forms.TaskForm(request.POST or None, school=stage.campaign.school, initial={"due_on": stage.ends_on}),
        lambda data: actions.add_task(stage, **data, by=request.user),
        title=_("“%(stage)s”阶段布置什么任务？") % {"stage": stage.get_kind_display()},
        label=_("布置"),
        back=to_year(stage.campaign),
        above=above_of(stage.campaign),
    )


@login_required
def task_edit(request: SignedIn, pk: int) -> HttpResponse:
    task = _task(request, pk)
    require(access.can_manage(request.user, task.campaign.school))
    initial = {"title": task.title, "due_on": task.due_on, "unit": task.unit_id, "person": task.person_id}
    return form_page(
        request,
        forms.TaskForm(request.POST or None, school=task.campaign.school, initial=initial),
        lambda data: actions.edit_task(task, **data, by=request.user),
        title=_("修改任务"),
        label=_("保存"),
        back=to_year(task.campaign),
        above=above_of(task.campaign),
        template="campaigns/task_edit.html",
        context={"task": task},
    )


@require_POST
@login_required
def task_remove(request: SignedIn, pk: int) -> HttpResponse:
    task = _task(request, pk)
    require(access.can_manage(request.user, task.campaign.school))
    actions.remove_task(task, by=request.user)
    messages.success(request, _("“%(task)s”已删除") % {"task": task.title})
    return redirect(to_year(task.campaign))


@login_required
def task_finish(request: SignedIn, pk: int) -> HttpResponse:
    task = _task(request, pk)
    require(access.can_finish_task(request.user, task))
    return form_page(
        request,
        forms.FinishForm(request.POST or None, initial={"note": task.note}),
        lambda data: actions.finish_task(task, note=data["note"], by=request.user),
        title=_("“%(task)s”完成得怎样？") % {"task": task.title},
        label=_("完成"),
        back=to_year(task.campaign),
        above=above_of(task.campaign),
    )


@require_POST
@login_required
def task_reopen(request: SignedIn, pk: int) -> HttpResponse:
    task = _task(request, pk)
    require(access.can_finish_task(request.user, task))
    actions.reopen_task(task, by=request.user)
    return redirect(to_year(task.campaign))


@login_required
def mobilisations(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    return render(
        request,
        "campaigns/mobilisations.html",
        {
            "campaign": campaign,
            "page": paginate(request, queries.mobilisations_of(campaign)),
            "can_record": access.can_record_mobilisation(request.user, campaign),
        },
    )


@login_required
def mobilisation(request: SignedIn, pk: int) -> HttpResponse:
    held = _held(request, pk)
    return render(
        request,
        "campaigns/mobilisation.html",
        {
            "held": held,
            "campaign": held.campaign,
            "files": Attachment.objects.filter(subject_label=LABEL, subject_id=held.pk).order_by("id"),
            "can_edit": access.can_edit_mobilisation(request.user, held),
        },
    )


def _held(request: SignedIn, pk: int) -> Mobilisation:
    campaigns = Campaign.objects.visible_to(request.user)
    records = Mobilisation.objects.filter(campaign__in=campaigns).select_related("campaign__school", "unit", "by")
    return get_object_or_404(records, pk=pk)


def _above_held(campaign: Campaign, held: Mobilisation | None = None) -> list[tuple[str, str]]:
    of_it = [(held.title, reverse("campaigns:mobilisation", args=[held.pk]))] if held else []
    return above_of(campaign, (_("动员与学习"), reverse("campaigns:mobilisations", args=[campaign.pk])), *of_it)


@login_required
def mobilisation_new(request: SignedIn, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    require(access.can_record_mobilisation(request.user, campaign))
    who = standing(request.user)
    units = Unit.objects.active().filter(school=campaign.school).exclude(pk=campaign.school_id)
    if not who.is_party_office:
        units = units.filter(pk__in=who.heads)
    form = forms.MobilisationForm(
        request.POST or None, request.FILES or None, units=units, may_meet=who.is_party_office
    )

    def act(data: dict[str, Any]) -> Mobilisation:
        unit, kind = data.pop("unit"), data.pop("kind", Mobilisation.Kind.STUDY)
        require(access.can_record_mobilisation(request.user, campaign, unit.pk if unit else None))
        return actions.record_mobilisation(campaign, kind=kind, unit=unit, by=request.user, **data)

    return form_page(
        request,
        form,
        act,
        title=_("登记哪次动员会或学习？"),
        label=_("登记"),
        back=to_year(campaign),
        above=_above_held(campaign),
    )


@login_required
def mobilisation_edit(request: SignedIn, pk: int) -> HttpResponse:
    held = _held(request, pk)
    require(access.can_edit_mobilisation(request.user, held))
    names = ("title", "held_on", "place", "host", "attendance", "minutes")
    form = forms.MobilisationForm(
        request.POST or None,
        request.FILES or None,
        units=Unit.objects.none(),
        initial={name: getattr(held, name) for name in names},
    )
    del form.fields["kind"], form.fields["unit"]
    return form_page(
        request,
        form,
        lambda data: actions.edit_mobilisation(held, by=request.user, **data),
        title=_("更正登记"),
        label=_("保存"),
        back=to_year(held.campaign),
        above=_above_held(held.campaign, held),
    )

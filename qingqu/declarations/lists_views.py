"""Pages of lists: which can be shown, what one says, showing it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.campaigns.queries import current_campaign
from qingqu.common.access import require
from qingqu.common.forms import Form
from qingqu.common.paging import paginate
from qingqu.declarations import lists
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.records import access
from qingqu.records.actions import LONGEST_NOTICE
from qingqu.records.models import Notice
from qingqu.records.wording import named


class PublishForm(Form):
    """Where, how long, and whom to ask."""

    scope = forms.ChoiceField(label=gettext_lazy("公示范围"), choices=Notice.Scope.choices, widget=forms.RadioSelect)
    working_days = forms.IntegerField(
        label=gettext_lazy("公示工作日"),
        min_value=1,
        max_value=LONGEST_NOTICE,
        help_text=gettext_lazy("从下一个工作日起算，法定节假日不计。"),
    )
    contact = forms.CharField(label=gettext_lazy("联系方式"), max_length=60, required=False)


def _campaign(user: User) -> Campaign | None:
    school = standing(user).school
    return current_campaign(school) if school else None


@login_required
def unit_lists(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    campaign = _campaign(user)
    page = paginate(request, lists.units_to_list(user, campaign)) if campaign else None
    lines = lists.overview(list(page.object_list), campaign) if page and campaign else []
    return render(request, "declarations/lists.html", {"campaign": campaign, "page": page, "lines": lines})


@login_required
def unit_list(request: HttpRequest, unit_pk: int) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    unit, campaign = _named(user, unit_pk)
    require(access.can_publish(user, unit))
    return render(request, "declarations/list.html", _page(lists.list_page(unit, campaign), None))


def _named(user: User, unit_pk: int) -> tuple[Unit, Campaign]:
    rows = Unit.objects.visible_to(user).select_related("school", "responsible", "leader")
    unit = get_object_or_404(rows, pk=unit_pk, kind__in=[Unit.Kind.DEPARTMENT, Unit.Kind.SCHOOL])
    campaign = _campaign(user)
    if campaign is None:
        raise Http404
    return unit, campaign


def _page(page: lists.ListPage, form: PublishForm | None) -> dict[str, Any]:
    differences = page.differences
    first = {"scope": Notice.Scope.SCHOOL, "working_days": page.campaign.working_days}
    return {
        "shown": page,
        "unit": page.unit,
        "title": lists.title_of(page),
        "prevented": page.prevented,
        "differences": differences,
        "changed": named(differences.changed) if differences else [],
        "form": form or PublishForm(initial=first),
    }


@require_POST
@login_required
def publish_list(request: HttpRequest, unit_pk: int) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    unit, campaign = _named(user, unit_pk)
    require(access.can_publish(user, unit))
    form = PublishForm(request.POST)
    if not form.is_valid():
        context = _page(lists.list_page(unit, campaign), form)
        return render(request, "declarations/list.html", context, status=422)
    document = lists.publish_list(unit, campaign, by=user, **form.cleaned_data)
    messages.success(request, _("已定稿，开始公示"))
    return redirect("records:show", document.pk)

"""The official days off of this year and the next: seen by everybody, entered where they are not known yet."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.organisation import access, actions, forms, holidays


@login_required
def years(request: SignedIn) -> HttpResponse:
    context = {"years": holidays.arrangements(), "may": access.can_enter_holidays(request.user)}
    return render(request, "organisation/holidays.html", context)


@login_required
def enter(request: SignedIn, year: int) -> HttpResponse:
    require(access.can_enter_holidays(request.user))
    known = next((one for one in holidays.arrangements() if one.year == year and not one.is_shipped), None)
    if known is None:
        raise Http404
    before = {"notice": known.kept.notice} if known.kept else {}
    return form_page(
        request,
        forms.HolidaysForm(request.POST or None, initial=before),
        lambda said: actions.enter_holidays(year, said["notice"], by=request.user),
        title=_("%(year)d 年放假安排") % {"year": year},
        sub=_("公示期、办理期限和预警指标都按工作日计算。录入后对本系统的所有学校有效，已经确定的期限不变。"),
        label=_("保存"),
        done=_("已录入，请核对识别出的日期。"),
        back=reverse("organisation:holidays"),
        above=[(_("组织与人员"), reverse("organisation:home")), (_("放假安排"), reverse("organisation:holidays"))],
    )

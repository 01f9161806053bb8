"""What is kept quiet for some time: the list, a new scope, and raising again."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, wording
from qingqu.alerts.indicators import quiet_actions, rulebook
from qingqu.alerts.indicators import rule_access as access
from qingqu.alerts.indicators import rule_queries as queries
from qingqu.alerts.models import Rule, Suppression
from qingqu.alerts.views.rules import above, running_or_404
from qingqu.common.access import require
from qingqu.common.form_page import form_page
from qingqu.common.language import said_day
from qingqu.organisation.queries import standing


@login_required
def list_(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_see_suppressions(request.user, school))
    assert school is not None
    rows = queries.suppressions(school)
    context = {"rows": rows, "can_manage": access.can_manage_rules(request.user, school)}
    return render(request, "alerts/quiet.html", context)


@login_required
def add(request: SignedIn, code: str) -> HttpResponse:
    rule = running_or_404(request, code)
    require(access.can_suppress(request.user, rule))
    shipped = rulebook.known(code)
    checks = [(one.id, wording.said(one.name)) for one in shipped.checks]
    return form_page(
        request,
        forms.QuietForm(request.POST or None, checks=checks),
        lambda data: quiet_actions.suppress(rule, by=request.user, **data),
        title=_("暂不提示“%(name)s”的哪一项，到什么时候？") % {"name": wording.said(shipped.title)},
        label=_("暂不提示"),
        sub=_("已作出的提示照常处理。到期后自动恢复，期间的情况当晚补核。"),
        back=reverse("alerts:rule", args=[code]),
        above=above(code),
        to=lambda _made: reverse("alerts:quiet"),
        done=_("已设定，到期自动恢复。"),
    )


@login_required
def lift(request: SignedIn, quiet_pk: int) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_manage_rules(request.user, school))
    quiet = get_object_or_404(Suppression.objects.select_related("alert", "school"), pk=quiet_pk, school=school)
    shown, (still, afterwards) = queries.quiet(quiet), _once_lifted(quiet)
    return form_page(
        request,
        forms.ReasonForm(request.POST or None),
        lambda data: quiet_actions.lift(quiet, reason=data["reason"], by=request.user),
        title=_("为什么恢复提示？"),
        label=_("恢复提示"),
        sub=_("%(title)s：%(scope)s，到 %(day)s")
        % {"title": shown.title, "scope": shown.scope, "day": said_day(quiet.until)}
        + (_("。另外，%(still)s") % {"still": still} if still else ""),
        back=reverse("alerts:quiet"),
        above=[(_("预警指标"), reverse("alerts:rules")), (_("暂不提示"), reverse("alerts:quiet"))],
        done=afterwards,
    )


def _once_lifted(quiet: Suppression) -> tuple[str, str]:
    """What stays quiet all the same, by another scope; and what is to be expected once this one is lifted."""
    others = queries.still_quiet(quiet)
    wholly = [one for one, is_all in others if is_all]
    left = wholly[:1] or [one for one, _is_all in others]
    still = _("；").join(
        _("%(scope)s仍暂不提示，到 %(day)s") % {"scope": one.scope, "day": said_day(one.row.until)} for one in left
    )
    rule = queries.current(quiet.school, quiet.code)
    if rule is None or rule.state != Rule.State.ON:
        return still, _("已恢复。这个指标已停用，重新启用后才会提示。")
    if wholly:
        return still, _("这一项已恢复，但%(still)s，此后才补作提示。") % {"still": still}
    if still:
        return still, _("已恢复，今晚核算时补作提示，但%(still)s。") % {"still": still}
    return "", _("已恢复，今晚核算时补作提示。")

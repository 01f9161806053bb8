"""The list, one warning, and what each says about it in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, actions, chain, forms, links, queries, rules, turn_words, turns, wording
from qingqu.alerts.indicators import rule_access, rule_queries, rulebook
from qingqu.alerts.models import Alert, Colour
from qingqu.alerts.remedies import remedy_of
from qingqu.alerts.running import replaying
from qingqu.alerts.views.links import shown
from qingqu.common.access import Access, require
from qingqu.common.errors import NotPossible
from qingqu.common.form_page import form_page
from qingqu.common.forms import Form
from qingqu.common.htmx import is_htmx, render_piece
from qingqu.common.paging import paginate
from qingqu.datasets.access import can_read
from qingqu.datasets.queries import name_of
from qingqu.organisation.queries import departments_of, standing
from qingqu.records.models import Attachment
from qingqu.risks.access import can_see as can_see_risk
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import MeasureRun, Phase
from qingqu.trace.refusals import record_view

MOST_ROWS = 300
"""So many records stand on the page of a warning."""


@login_required
def list_(request: SignedIn) -> HttpResponse:
    rows, asked = access.visible(request.user), queries.asked_of(request.GET)
    school, own = standing(request.user).school, access.units_of(request.user)
    mine, page = queries.mine(request.user, rows), paginate(request, queries.found(rows, asked))
    sees_quiet = rule_access.can_see_suppressions(request.user, school)
    context = {
        "page": page,
        "in_words": turn_words.states_in_words(page),
        "asked": asked,
        "mine": mine[: queries.MINE],
        "most_mine": queries.MINE if len(mine) > queries.MINE else 0,
        "counts": [(value, label, n) for (value, label), n in zip(Colour.choices, _counts(rows), strict=True)],
        "units": [unit for unit in departments_of(school) if own is None or unit.pk in own] if school else [],
        "sees_all": own is None,
        "states": Alert.State.choices,
        "areas": list(dict.fromkeys(rule.area for rule in rulebook.at_school(school).values())) if school else [],
        "ages": rules.AGES,
        "can_manage": rule_access.can_manage_rules(request.user, school),
        "can_see_board": access.can_see_board(request.user),
        "can_see_year": access.can_see_year(request.user),
        "held_back": rule_queries.held_back(school) if sees_quiet else None,
    }
    return render_piece(request, "alerts/list.html", "alerts/_list.html", context)


def _counts(rows: Any) -> list[int]:
    counted = queries.by_colour(rows)
    return [counted[value] for value in Colour.values]


def _alert(request: SignedIn, pk: int) -> Alert:
    return get_object_or_404(queries.with_disposals(access.visible(request.user)), pk=pk)


@login_required
def show(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    user = request.user
    sees = access.can_see_rows(user, alert)
    if sees and alert.rule:
        record_view(alert, by=user)
    shipped = wording.named(alert)[0] if alert.rule else None
    similar, people = queries.similar(alert, access.visible(user)), turns.around(alert)
    context = {
        "alert": alert,
        "state": turn_words.state(alert, people),
        **_said(alert, queries.papers(alert) if sees else []),
        "confirming": turn_words.to_confirm(alert, people) if alert.state in rules.OPEN else None,
        "closing": turn_words.to_close(alert, people) if alert.state in rules.OPEN else "",
        "aside": turn_words.aside(alert, people),
        "shipped": shipped,
        "title": wording.title(alert),
        "sentence": wording.marked_sentence(alert),
        "facts": wording.arithmetic(alert),
        "rows": queries.rows_of(alert) if sees else None,
        "most_rows": MOST_ROWS,
        "most_slice": f":{MOST_ROWS}",
        "can_open_rows": can_read(user, alert.dataset) if alert.dataset else None,
        "table": name_of(alert.dataset) if alert.dataset else "",
        "links": shown(links.of_alert(alert), user) if sees and alert.rule else None,
        "can_see_links": access.can_see_links(user, alert.school),
        "can_see_rows": sees,
        "can_explain": access.can_explain(user, alert),
        "can_confirm": access.can_confirm(user, alert),
        "can_reopen": access.can_reopen(user, alert),
        "can_close": access.can_close(user, alert),
        "can_rectify": access.can_rectify(user, alert),
        "replay": replaying.newest(alert) if sees and alert.rule else None,
        "power": chain.power_of(alert),
        "remedy": remedy_of(alert) if alert.state in rules.OPEN else None,
        "is_guess": chain.is_guess(alert),
        "is_open": alert.state in rules.OPEN,
        "can_see_risk": can_see_risk(user, alert.risk_point) if alert.risk_point else None,
        "rectified": _runs_of(alert),
        "rerating": queries.rerating_of(alert),
        "goes_on": queries.goes_on_in(alert, access.visible(user)),
        "quiet": queries.quiet_since(alert) if rule_access.can_see_suppressions(user, alert.school) else [],
        "similar": similar,
        "in_words": turn_words.states_in_words(similar),
    }
    return render(request, "alerts/show.html", context)


def _said(alert: Alert, papers: Iterable[Attachment]) -> dict[str, Any]:
    """What was said so far, each explanation with its papers, and those of one that is not sent yet."""
    said = turn_words.steps_in_words(alert, papers := list(papers))
    placed = {paper.pk for one in said for paper in one.papers}
    return {"said": said, "loose": [paper for paper in papers if paper.pk not in placed]}


def _runs_of(alert: Alert) -> list[MeasureRun]:
    """How the rectification was done, with its evidence."""
    if alert.rectification is None:
        return []
    runs = alert.rectification.runs.filter(undone_at=None).select_related("done_by", "attachment")
    return list(runs.order_by("id"))


def _to(alert: Alert) -> str:
    return reverse("alerts:show", args=[alert.pk])


def _step(
    request: SignedIn, alert: Alert, may: Access, form: Form, act: Callable[[dict[str, Any]], Alert], **page: Any
) -> HttpResponse:
    """The page of one step, with what has been said so far.

    Whoever comes from an old page or after somebody else is told where the prompt is now; what he typed stays there.
    """
    passed = access.too_late(may, alert)
    if not may.is_over:
        require(may)
    elif request.method != "POST":
        messages.warning(request, passed)
        return redirect(_to(alert))

    def act_in_time(data: dict[str, Any]) -> Alert:
        if may.is_over:
            raise NotPossible(passed)
        return act(data)

    files = queries.papers(alert) if access.can_see_rows(request.user, alert) else []
    shown = {"alert": alert, **_said(alert, files)}
    return form_page(
        request,
        form,
        act_in_time,
        sub=wording.sentence(alert),
        back=_to(alert),
        above=[(_("核查提示"), reverse("alerts:list")), (alert.number, _to(alert))],
        template=page.pop("template", "alerts/step.html"),
        context={**shown, **page.pop("context", {})},
        **page,
    )


@login_required
def explain(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)

    @transaction.atomic
    def act(data: dict[str, Any]) -> Alert:
        for file in data["papers"]:
            actions.add_paper(alert, file, by=request.user)
        return actions.explain(alert, text=data["text"], by=request.user)

    return _step(
        request,
        alert,
        access.can_explain(request.user, alert),
        forms.ExplainForm(request.POST or None, request.FILES or None),
        act,
        title=_("这是怎么回事？"),
        label=_("提交说明"),
        done=_("已送交确认。"),
    )


@login_required
def confirm(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    return _step(
        request,
        alert,
        access.can_confirm(request.user, alert),
        forms.ConfirmForm(request.POST or None),
        lambda data: actions.confirm(alert, opinion=data["opinion"], text=data["text"], by=request.user),
        title=_("说明是否成立？"),
        label=_("确认并送办结"),
        done=_("已送交办结。"),
    )


@login_required
def send_back(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    return _step(
        request,
        alert,
        access.can_send_back(request.user, alert),
        forms.BackForm(request.POST or None),
        lambda data: actions.send_back(alert, text=data["text"], by=request.user),
        title=_("请经办人补充什么？"),
        label=_("退回补充"),
        done=_("已退回经办人补充。"),
    )


@login_required
def close(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    can_quiet = alert.rule and rule_access.can_suppress(request.user, alert.rule)
    risks = chain.candidates(alert, request.user)
    return _step(
        request,
        alert,
        access.can_close(request.user, alert),
        forms.CloseForm(request.POST or None, alert=alert, risks=risks, can_quiet=bool(can_quiet)),
        lambda data: actions.close(
            alert,
            result=data["result"],
            text=data["text"],
            reference=data["reference"],
            quiet_days=data.get("quiet_days") or 0,
            risk=data.get("risk"),
            by=request.user,
        ),
        title=_("如何办结？"),
        label=pgettext("prompt", "办结"),
        done=_("已办结。"),
        to=lambda closed: _to_rectify(closed) if access.can_rectify(request.user, closed) else _to(closed),
    )


def _to_rectify(alert: Alert) -> str:
    return reverse("alerts:rectify", args=[alert.pk])


@login_required
def rectify(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    risks = chain.candidates(alert, request.user)

    def act(data: dict[str, Any]) -> Alert:
        risk = data.pop("risk")
        return actions.rectify(alert, risk, MeasurePlan(phase=Phase.POST, **data), by=request.user)

    return _step(
        request,
        alert,
        access.can_rectify(request.user, alert),
        forms.RectifyForm(request.POST or None, alert=alert, risks=risks),
        act,
        title=_("要整改什么？"),
        label=_("布置整改"),
        done=_("已布置整改，责任人会收到提醒。"),
        template="alerts/rectify.html",
        context={"risks": risks, "unit": alert.unit},
    )


@login_required
def reopen(request: SignedIn, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    return _step(
        request,
        alert,
        access.can_reopen(request.user, alert),
        forms.ReasonForm(request.POST or None),
        lambda data: actions.reopen(alert, text=data["reason"], by=request.user),
        title=_("为什么重新核查？"),
        label=_("重新核查"),
        done=_("已请经办人再作说明。"),
    )


@login_required
def replay(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for the warning to be computed anew (POST), or say how far that is (GET, by itself every few seconds)."""
    alert = _alert(request, pk)
    require(access.can_see_rows(request.user, alert))
    if request.method == "POST":
        replaying.ask(alert, by=request.user)
    if not is_htmx(request):
        return redirect(f"{_to(alert)}#replay")
    return render(request, "alerts/_replay.html", {"alert": alert, "replay": replaying.newest(alert)})

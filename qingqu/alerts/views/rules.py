"""Which indicators run here, with which limits; drafting and approving a change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import forms, wording
from qingqu.alerts.engine.spec import Rule as Shipped
from qingqu.alerts.indicators import drafting, grading, rule_actions, rulebook, ways
from qingqu.alerts.indicators import rule_access as access
from qingqu.alerts.indicators import rule_queries as queries
from qingqu.alerts.models import Colour, Rule
from qingqu.alerts.running import runs
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.form_page import form_page
from qingqu.common.language import is_english
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing


def _school(request: SignedIn) -> Unit:
    school = standing(request.user).school
    require(access.can_see_rules(request.user, school))
    assert school is not None
    return school


@login_required
def list_(request: SignedIn) -> HttpResponse:
    school = _school(request)
    rows = queries.indicators(school)
    context = {
        "running": [row for row in rows if row.rule and row.rule.state == Rule.State.ON],
        "drafted": [row for row in rows if row.draft and row.draft.state == Rule.State.DRAFT],
        "others": [row for row in rows if not (row.rule and row.rule.state == Rule.State.ON) and not row.draft],
        "waiting": sum(bool(row.rule and row.rule.state == Rule.State.ON and row.waits) for row in rows),
        "can_manage": access.can_manage_rules(request.user, school),
        "can_see_quiet": (can_see_quiet := access.can_see_suppressions(request.user, school)),
        "quiet": queries.quiet_indicators(school) if can_see_quiet else {},
        "run": runs.newest(school),
    }
    return render(request, "alerts/rules.html", context)


def _rule(request: SignedIn, code: str) -> tuple[Unit, Rule | None]:
    school = _school(request)
    if code not in rulebook.at_school(school):
        raise Http404
    return school, queries.current(school, code)


def running_or_404(request: SignedIn, code: str) -> Rule:
    _unit, rule = _rule(request, code)
    if rule is None:
        raise Http404
    return rule


def school_with_404(request: SignedIn, code: str) -> Unit:
    """The reader's school, which has this indicator, running or not."""
    return _rule(request, code)[0]


@login_required
def show(request: SignedIn, code: str) -> HttpResponse:
    school, rule = _rule(request, code)
    draft = queries.pending(school, code)
    context = {
        **_described(rule, rulebook.known(code)),
        **(_drafted(request.user, draft, rule) if draft else {}),
        **(_acts(request.user, rule) if rule else {}),
        "can_manage": access.can_manage_rules(request.user, school),
        "can_try": access.can_try(request.user, school),
        "row": next(row for row in queries.indicators(school) if row.shipped.code == code),
        "quiet": queries.quiet_now(school, code) if access.can_see_suppressions(request.user, school) else [],
        "versions": _with_changes(queries.versions(school, code)),
        "run": runs.newest(school) if rule else None,
    }
    return render(request, "alerts/rule.html", context)


def _described(rule: Rule | None, shipped: Shipped) -> dict[str, Any]:
    """What an indicator looks at, with the values of the version that counts now, if there is one."""
    whole = rulebook.effective(rule) if rule else shipped
    return {
        "shipped": shipped,
        "rule": rule,
        "words": {key: wording.said(getattr(shipped, key)) for key in ("title", "why", "blind")},
        "parameters": queries.parameters(whole, rule),
        "checks": [
            (
                wording.said(one.name),
                one.on_write,
                wording.pattern(whole, one),
                grading.in_words(whole, one),
                queries.without_records(rule, one.id) if rule and one.kept_tables else "",
            )
            for one in whole.checks
        ],
        "own_ways": ways.own_ways(rule) if rule else [],
        "table": rulebook.template_of(shipped),
        "english": is_english(),
    }


def _drafted(user: User, draft: Rule, rule: Rule | None) -> dict[str, Any]:
    """What a version that waits changes of the one that counts now, and what the reader may do with it."""
    whole = rulebook.effective(draft)
    return {
        "draft": draft,
        "colours": [] if rule else [str(Colour(c).label) for one in whole.checks if (c := one.levels.always)],
        **(ways.difference(draft, rule) if rule else {}),
        "can_approve": access.can_approve(user, draft),
        "contradiction": drafting.why_not_approvable(draft),
        "can_drop": access.can_drop(user, draft),
        "is_own_draft": draft.is_own_draft(user),
    }


def _acts(user: User, rule: Rule) -> dict[str, Any]:
    return {"can_set_limit": access.can_set_limit(user, rule), "can_suppress": access.can_suppress(user, rule)}


def _with_changes(versions: list[Rule]) -> list[tuple[Rule, list[str]]]:
    """Each version, the newest first, with what it changed of the last one before it that ever ran."""
    ran = [one for one in versions if not one.was_given_up]
    former = {one.pk: next((b for b in ran if b.version < one.version), None) for one in versions}
    return [(one, ways.changes(one, before) if (before := former[one.pk]) else []) for one in versions]


def above(code: str) -> list[tuple[str, str]]:
    """The pages above one about an indicator."""
    return [(_("预警指标"), reverse("alerts:rules")), (code, _to(code))]


def _to(code: str) -> str:
    return reverse("alerts:rule", args=[code])


@require_POST
@login_required
def adopt(request: SignedIn) -> HttpResponse:
    school = _school(request)
    require(access.can_manage_rules(request.user, school))
    codes = [code for code in request.POST.getlist("code") if code in rulebook.shipped()]
    made = rule_actions.adopt(school, codes, by=request.user)
    if made:
        messages.success(request, _("已启用 %(n)d 个指标，正在核查已有的记录。") % {"n": len(made)})
    else:
        messages.error(request, _("请先勾选要启用的指标。"))
    return redirect("alerts:rules")


@login_required
def limit(request: SignedIn, code: str, name: str) -> HttpResponse:
    rule = running_or_404(request, code)
    require(access.can_set_limit(request.user, rule))
    parameter = rulebook.known(code).parameters.get(name)
    if parameter is None:
        raise Http404

    return form_page(
        request,
        forms.LimitForm(request.POST or None, parameter=parameter),
        lambda data: rule_actions.set_limit(
            rule, name, forms.kept(parameter, data["value"]), basis=data["basis"], by=request.user
        ),
        title=_("“%(name)s”是多少？") % {"name": wording.said(parameter.name)},
        label=_("设定并开始运行"),
        sub=_("%(title)s。首次设定由保管部门或纪委一人办理，即时生效，以后修改须另一人批准。")
        % {"title": wording.said(rulebook.known(code).title)},
        back=_to(code),
        above=above(code),
        done=_("已设定，正在按新的限额核查已有的记录。"),
    )


def _pending(request: SignedIn, code: str) -> Rule:
    draft = queries.pending(_school(request), code)
    if draft is None:
        raise Http404
    return draft


@login_required
def approve(request: SignedIn, code: str) -> HttpResponse:
    draft = _pending(request, code)
    require(access.can_approve(request.user, draft))
    return form_page(
        request,
        forms.ApproveForm(request.POST if request.method == "POST" else None),
        lambda data: rule_actions.approve(draft, effective_from=data["effective_from"] or today(), by=request.user),
        title=_("新版本从哪一天起运行？"),
        label=_("批准"),
        sub=_until_then(queries.current(draft.school, code)),
        back=_to(code),
        above=above(code),
        done=_("已批准。"),
    )


def _until_then(rule: Rule | None) -> str:
    """What goes on until an approved version begins."""
    if rule is None:
        return ""
    off = rule.state == Rule.State.OFF
    return _("指标已停用，到那一天按新版本重新启用。") if off else _("到那一天之前按现行版本运行。")


@login_required
def drop(request: SignedIn, code: str) -> HttpResponse:
    """Do not approve a drafted version, or give one up: its drafter by one click, everybody else with a reason."""
    draft = _pending(request, code)
    require(access.can_drop(request.user, draft))
    refused = draft.state == Rule.State.DRAFT

    def gone(_nothing: object) -> str:
        return _to(code) if code in rulebook.at_school(draft.school) else reverse("alerts:rules")

    if request.method == "POST" and draft.is_own_draft(request.user):
        rule_actions.drop(draft, by=request.user)
        return redirect(gone(None))
    return form_page(
        request,
        forms.ReasonForm(request.POST if request.method == "POST" else None),
        lambda data: rule_actions.drop(draft, reason=data["reason"], by=request.user),
        title=_("为什么不批准？") if refused else _("为什么放弃？"),
        label=_("不批准") if refused else _("放弃"),
        sub=_("“%(name)s”第 %(n)s 版，%(by)s拟定：%(reason)s")
        % {
            "name": wording.said(rulebook.known(code).title),
            "n": draft.version,
            "by": draft.by,
            "reason": draft.reason,
        },
        back=_to(code),
        above=above(code),
        done=_("没有批准，拟定人会看到理由。") if refused else _("已放弃。"),
        to=gone,
    )


@login_required
def switch_off(request: SignedIn, code: str) -> HttpResponse:
    rule = running_or_404(request, code)
    require(access.can_suppress(request.user, rule))
    waiting = queries.pending(rule.school, code)
    drops = waiting is not None and waiting.state == Rule.State.APPROVED
    return form_page(
        request,
        forms.ReasonForm(request.POST or None),
        lambda data: rule_actions.switch_off(rule, reason=data["reason"], by=request.user),
        title=_("为什么停用？"),
        label=_("停用"),
        sub=_("已作出的提示照常处理，待生效的新版本一并放弃。") if drops else _("已作出的提示照常处理。"),
        back=_to(code),
        above=above(code),
        done=_("已停用。"),
    )


@require_POST
@login_required
def switch_on(request: SignedIn, code: str) -> HttpResponse:
    rule = running_or_404(request, code)
    require(access.can_manage_rules(request.user, rule.school))
    rule_actions.switch_on(rule, by=request.user)
    return redirect(_to(code))

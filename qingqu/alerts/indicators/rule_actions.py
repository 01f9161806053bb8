"""Everything that changes which indicators a school runs, with which values. A version is never edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from qingqu.accounts.models import User
from qingqu.alerts import wording
from qingqu.alerts.indicators import drafting, rulebook
from qingqu.alerts.models import Rule
from qingqu.alerts.running import runs
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.language import said_day
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Unit
from qingqu.trace.actions import record


@transaction.atomic
def adopt(school: Unit, codes: Iterable[str], *, by: User | None) -> list[Rule]:
    """Run these indicators with the values they come with; a check that needs a local limit waits for it («待设定»)."""
    _one_after_another(school.pk)
    there = set(Rule.objects.filter(school=school).values_list("code", flat=True))
    made = []
    for code in codes:
        if code not in rulebook.shipped():
            raise NotPossible(_("没有编号为 %(code)s 的指标") % {"code": code})
        if code not in there:
            rule = Rule.objects.create(
                school=school,
                code=code,
                state=Rule.State.ON,
                came_with=rulebook.came_with(code),
                effective_from=today(),
                by=by,
                approved_by=by,
            )
            record("alerts.rule_adopted", rule, by=by)
            made.append(rule)
    if made:
        runs.ask(school, by=by)
    return made


@transaction.atomic
def set_limit(rule: Rule, name: str, value: int, *, basis: str, by: User) -> Rule:
    """Enter a local limit that nobody has entered yet, with the document it stands in; takes effect at once.

    Changing one that stands goes the way of every change: `propose` and `approve`.
    """
    rule = _running(rule)
    if rule.state != Rule.State.ON:
        raise NotPossible(_("这个指标没有启用"))
    _nothing_pending(rule)
    if name not in rulebook.waiting(rule):
        raise NotPossible(_("这个限额已经设定，请用“修改”"))
    if len(basis.strip()) < 2:
        raise NotPossible(_("请写明限额的依据，如《采购管理办法》第几条"))
    values = {**rule.values, name: drafting.in_range(rule, name, value)}
    changed = _follow(rule, values=values, bases={**rule.bases, name: basis.strip()}, state=Rule.State.ON, by=by)
    changed.approved_by, changed.effective_from = by, today()
    changed.save(update_fields=["approved_by", "effective_from"])
    record("alerts.limit_set", changed, by=by, details={"parameter": name}, reason=basis.strip())
    runs.ask(changed.school, by=by)
    return changed


@transaction.atomic
def propose(
    rule: Rule,
    *,
    values: Mapping[str, Any],
    bases: Mapping[str, str],
    reason: str,
    by: User,
    where: Mapping[str, str] | None = None,
    levels: Mapping[str, Any] | None = None,
    peers: Mapping[str, Sequence[str]] | None = None,
    holds_red: bool | None = None,
) -> Rule:
    """Draft a new version of an indicator; it runs once a second person has approved it.

    Raises NotPossible for values outside their range, a condition that cannot be read, or nothing changed.
    """
    rule = _running(rule)
    _nothing_pending(rule)
    if len(reason.strip()) < 2:
        raise NotPossible(_("请说明为什么修改"))
    draft = drafting.planned(
        rule, values=values, bases=bases, where=where, levels=levels, peers=peers, holds_red=holds_red
    )
    draft.version, draft.reason, draft.by = _next(rule), reason.strip(), by
    draft.save()
    record("alerts.rule_proposed", draft, by=by, reason=reason.strip(), details={"version": draft.version})
    return draft


@transaction.atomic
def approve(draft: Rule, *, effective_from: date, by: User) -> Rule:
    """Let a drafted version run from a day on, today or later; not by the person who drafted it.

    Until that day the former version goes on; then `begin` replaces it.
    """
    _one_after_another(draft.school_id)
    draft = Rule.objects.select_for_update(of=("self",)).select_related("by").get(pk=draft.pk)
    if draft.state != Rule.State.DRAFT:
        raise NotPossible(_("这个版本不在等待批准"))
    if draft.by_id == by.pk:
        raise NotPossible(_("不能批准自己拟定的版本，请另一人批准"))
    first, last = drafting.span()
    if not first <= effective_from <= last:
        raise NotPossible(drafting.out_of_span())
    if wrong := drafting.why_not_approvable(draft):
        raise NotPossible(wrong)
    draft.state, draft.approved_by, draft.effective_from = Rule.State.APPROVED, by, effective_from
    if effective_from == today():
        _replace_former(draft, by=by)
        runs.ask(draft.school, by=by)
    draft.save(update_fields=["state", "approved_by", "effective_from"])
    record("alerts.rule_approved", draft, by=by, details={"version": draft.version, "from": effective_from.isoformat()})
    text = gettext_lazy("您拟定的“%(name)s”新版本已获批准，%(day)s起生效")
    _tell(draft.by, draft, text, {"day": _said_day(effective_from)}, by=by)
    return draft


@transaction.atomic
def begin(approved: Rule) -> Rule:
    """The day of an approved version has come: it replaces the former one. The night's run judges by it.

    One that was approved before contradictions were looked for, and has one, is given up instead.
    """
    _one_after_another(approved.school_id)
    approved = Rule.objects.select_for_update().get(pk=approved.pk)
    if approved.state == Rule.State.APPROVED:
        with override("zh-hans"):
            wrong = drafting.cannot_begin(approved)
        if wrong:
            return drop(approved, by=None, reason=wrong)
        _replace_former(approved, by=None)
        approved.save(update_fields=["state"])
        record("alerts.rule_begun", approved, by=None, details={"version": approved.version})
    return approved


def _replace_former(rule: Rule, *, by: User | None) -> None:
    former = Rule.objects.filter(school=rule.school_id, code=rule.code, state__in=[Rule.State.ON, Rule.State.OFF])
    for each in former.select_for_update():
        each.state, each.ended_on = Rule.State.REPLACED, today()
        each.save(update_fields=["state", "ended_on"])
        record("alerts.rule_replaced", each, by=by)
    rule.state = Rule.State.ON


@transaction.atomic
def drop(draft: Rule, *, by: User | None, reason: str = "") -> Rule:
    """Do not approve a drafted version, or give up one that is approved and not begun yet.

    Who drafted it is told why, and who approved it. Nobody's doing: the clock's, of one that cannot begin.
    Only who drafted it needs no reason, as long as nobody has approved it.
    """
    draft = Rule.objects.select_for_update(of=("self",)).select_related("by", "approved_by").get(pk=draft.pk)
    if draft.state not in Rule.PENDING:
        raise NotPossible(_("这个版本不在等待批准或生效"))
    reason, was_approved = reason.strip(), draft.state == Rule.State.APPROVED
    own = by is not None and draft.is_own_draft(by)
    if len(reason) < 2 and not own:
        raise NotPossible(_("请说明为什么放弃") if was_approved else _("请说明为什么不批准"))
    draft.state, draft.ended_on, draft.ended_by, draft.ended_reason = Rule.State.REPLACED, today(), by, reason
    if was_approved and draft.effective_from and draft.effective_from <= today():
        draft.effective_from = None  # on its very day: it has never begun
    draft.save(update_fields=["state", "effective_from", "ended_on", "ended_by", "ended_reason"])
    record("alerts.rule_dropped" if was_approved or own else "alerts.rule_refused", draft, by=by, reason=reason)
    text = gettext_lazy("您拟定的“%(name)s”新版本没有获得批准：%(reason)s")
    if was_approved:
        text = gettext_lazy("您拟定的“%(name)s”新版本已获批准，生效前被放弃：%(reason)s")
        approved = gettext_lazy("您批准的“%(name)s”新版本在生效前被放弃：%(reason)s")
        _tell(draft.approved_by, draft, approved, {"reason": _ended_because(draft)}, by=by)
    _tell(draft.by, draft, text, {"reason": _ended_because(draft)}, by=by)
    return draft


def _tell(
    person: User | None, version: Rule, text: str | Promise, words: Mapping[str, object], *, by: User | None
) -> None:
    """Tell who drafted or approved a version what became of it, unless it is his own doing."""
    if person is None or person == by:
        return
    there = version.code in rulebook.at_school(version.school_id)
    tell(
        person,
        text,
        reverse("alerts:rule", args=[version.code]) if there else reverse("alerts:rules"),
        Message.Kind.NEWS,
        sender=by,
        key=f"rule:{version.pk}:{version.state}",
        words={"name": _titled(version.code), **words},
    )


def _titled_now(code: str) -> str:
    return wording.said(rulebook.known(code).title)


_titled, _said_day, _ended_because = lazy(_titled_now, str), lazy(said_day, str), lazy(drafting.ended_because, str)
"""What an indicator is called, a day, and why a version ended, in the language of whoever reads it."""


@transaction.atomic
def switch_off(rule: Rule, *, reason: str, by: User) -> Rule:
    """Stop an indicator, with a reason that stays readable; its open warnings stay to be disposed of.

    A version that was to begin later is given up: it would start the indicator again.
    """
    rule = _running(rule)
    if rule.state != Rule.State.ON:
        raise NotPossible(_("这个指标没有启用"))
    if len(reason.strip()) < 2:
        raise NotPossible(_("请说明为什么停用"))
    rule.state, rule.ended_on, rule.ended_by, rule.ended_reason = Rule.State.OFF, today(), by, reason.strip()
    rule.save(update_fields=["state", "ended_on", "ended_by", "ended_reason"])
    record("alerts.rule_switched_off", rule, by=by, reason=reason.strip())
    for waiting in Rule.objects.filter(school=rule.school_id, code=rule.code, state=Rule.State.APPROVED):
        drop(waiting, reason=reason, by=by)
    return rule


@transaction.atomic
def switch_on(rule: Rule, *, by: User) -> Rule:
    """Run an indicator again, with the values it had."""
    rule = _running(rule)
    if rule.state != Rule.State.OFF:
        raise NotPossible(_("这个指标没有停用"))
    rule.state, rule.ended_on, rule.ended_by, rule.ended_reason = Rule.State.ON, None, None, ""
    rule.save(update_fields=["state", "ended_on", "ended_by", "ended_reason"])
    record("alerts.rule_switched_on", rule, by=by)
    runs.ask(rule.school, by=by)
    return rule


def _one_after_another(school_id: int) -> None:
    """Let one act at a time change the indicators of a school, until its transaction ends.

    Whoever only waited for the version that counts would find it replaced, and the next one not there yet.
    """
    Unit.objects.select_for_update(no_key=True).get(pk=school_id)


def _running(rule: Rule) -> Rule:
    """The version that counts now, running or switched off, locked."""
    _one_after_another(rule.school_id)
    versions = Rule.objects.select_for_update().filter(school=rule.school_id, code=rule.code)
    running = versions.filter(state__in=[Rule.State.ON, Rule.State.OFF]).order_by("-version").first()
    assert running is not None, "a rule always has a version that counts"
    return running


def _nothing_pending(rule: Rule) -> None:
    """Raises NotPossible while another version waits for approval or for its day."""
    if Rule.objects.filter(school=rule.school_id, code=rule.code, state__in=Rule.PENDING).exists():
        raise NotPossible(_("已有一个待批准或待生效的版本，请先批准或放弃"))


def _next(rule: Rule) -> int:
    """The number of a new version; those that were given up keep theirs."""
    newest = Rule.objects.filter(school=rule.school_id, code=rule.code).aggregate(newest=Max("version"))["newest"]
    return int(newest) + 1


def _follow(rule: Rule, *, values: Any, bases: Any, state: str, by: User) -> Rule:
    """The next version of a rule; the one before is replaced."""
    rule.state, rule.ended_on = Rule.State.REPLACED, today()
    rule.save(update_fields=["state", "ended_on"])
    record("alerts.rule_replaced", rule, by=by)
    return Rule.objects.create(
        school=rule.school,
        code=rule.code,
        version=_next(rule),
        state=state,
        came_with=rule.came_with,
        values=values,
        bases=bases,
        levels=rule.levels,
        where=rule.where,
        peers=rule.peers,
        holds_red=rule.holds_red,
        by=by,
    )

"""Who sees the indicators, sets their limits, changes and approves them. No version is approved by who drafted it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.alerts.indicators import rulebook
from qingqu.alerts.models import Rule
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.datasets.models import Dataset
from qingqu.organisation.access import OTHER_SCHOOL, in_own_school
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import holders, standing


def can_manage_rules(user: User, school: Unit | None) -> Access:
    """Adopt indicators, draft changes, switch off: the discipline commission."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    return ALLOWED if standing(user).has(Duty.Kind.DISCIPLINE) else denied(_("由纪委办理"))


def can_approve(user: User, rule: Rule) -> Access:
    """A second person: another of the commission, or the secretary."""
    if not in_own_school(user, rule.school_id):
        return OTHER_SCHOOL
    if rule.by_id == user.pk:
        return denied(_("不能批准自己拟定的版本"))
    return ALLOWED if standing(user).has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY) else denied(_("由纪委或书记批准"))


def can_try(user: User, school: Unit | None) -> Access:
    """Try an indicator out on the school's records: whoever drafts changes, and whoever approves them."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    return ALLOWED if standing(user).has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY) else denied(_("由纪委或书记试算"))


def can_drop(user: User, rule: Rule) -> Access:
    """Give a drafted version up: the commission; or refuse it: whoever might approve it."""
    return can_manage_rules(user, rule.school) or can_approve(user, rule)


def can_set_limit(user: User, rule: Rule) -> Access:
    """A local limit that is still to be entered: the people of the department that keeps the table, and discipline."""
    if not in_own_school(user, rule.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE) or keeper_of(rule) in who.units | who.heads:
        return ALLOWED
    return denied(_("由保管部门或纪委设定"))


def can_suppress(user: User, rule: Rule) -> Access:
    """Let findings of an indicator be quiet for some time, or switch it off: the commission, or the secretary where
    every one of it is of the department that keeps the table. Nobody for a department of his own.
    """
    if not in_own_school(user, rule.school_id):
        return OTHER_SCHOOL
    keeper, who = keeper_of(rule), standing(user)
    commission = holders(rule.school, Duty.Kind.DISCIPLINE)
    all_concerned = commission.exists() and all(_is_of(one, keeper) for one in commission)
    if not who.has(Duty.Kind.DISCIPLINE) and not (all_concerned and who.has(Duty.Kind.SECRETARY)):
        return denied(_("由书记办理") if all_concerned else _("由纪委办理"))
    if _is_of(user, keeper):
        return denied(
            _("您在保管部门任职或者分管，由书记办理")
            if all_concerned
            else _("您在保管部门任职或者分管，由纪委其他人员办理")
        )
    return ALLOWED


def _is_of(user: User, unit: int | None) -> bool:
    """Whether he works in a department, heads it or is in charge of it."""
    who = standing(user)
    return unit is not None and unit in who.units | who.heads | who.leads


def can_see_suppressions(user: User, school: Unit | None) -> Access:
    """What is kept quiet and why: the commission, secretary and principal."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    if standing(user).has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return ALLOWED
    return denied(_("由纪委、书记和校长查看"))


def keeper_of(rule: Rule) -> int | None:
    """The id of the department that keeps the table of an indicator."""
    tables = Dataset.objects.filter(school=rule.school_id, code=rulebook.known(rule.code).dataset)
    return tables.values_list("keeper_id", flat=True).first()


def can_see_rules(user: User, school: Unit | None) -> Access:
    """Which indicators run, with which limits, is no secret inside the school: it deters."""
    return ALLOWED if school is not None and in_own_school(user, school.school_id) else OTHER_SCHOOL

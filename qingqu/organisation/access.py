"""Who may do what with units, posts and people."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.common.clock import today
from qingqu.organisation.models import Duty, Post, Unit
from qingqu.organisation.queries import people_ever_in, standing
from qingqu.trace.access import Scope

OTHER_SCHOOL = denied(_("不属于您的学校"))


def in_own_school(user: User, school_id: int | None) -> bool:
    """Whether `user` stands in the school with this id today."""
    school = standing(user).school
    return school is not None and school.pk == school_id


def can_manage(user: User, school: Unit | None) -> Access:
    """Units, posts, people and their appointments: party office and system administrator."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    if standing(user).has(Duty.Kind.PARTY_OFFICE, Duty.Kind.SYSTEM_ADMIN):
        return ALLOWED
    return denied(_("由党办或系统管理员办理"))


def can_import(user: User, school: Unit | None) -> Access:
    """Bring the roster in and out: who manages units and people (S8)."""
    return can_manage(user, school)


def can_issue_codes(user: User, school: Unit | None) -> Access:
    """Hand out activation codes: who keeps the roster. Each code leaves its entry in the person's trace."""
    return can_manage(user, school)


def can_issue_code(user: User, school: Unit, person: User, duties: Collection[int]) -> Access:
    """A code opens the account of `person`, who holds duties in the schools `duties` (ids): with the account goes
    what the duties open, so only those who may give duties issue it (三员分立, S5.2), and nobody to himself."""
    if person.pk == user.pk:
        return denied(_("自己的密码请在“我的账号”修改"))
    if any(pk != school.pk for pk in duties):
        return denied(_("在其他单位有职责身份的人员，由该单位发放启用码"))
    if not duties:
        return can_manage(user, school)
    if not can_give_duty(user, school, person):
        return denied(_("有职责身份的人员，由党办或安全保密管理员发放启用码"))
    return ALLOWED


def can_enter_holidays(user: User) -> Access:
    """The official days off hold for every school here: where a bureau has somebody for it, it enters them."""
    who = standing(user)
    kinds = (Duty.Kind.PARTY_OFFICE, Duty.Kind.SYSTEM_ADMIN)
    if who.school is None or not who.has(*kinds):
        return denied(_("由党办或系统管理员录入"))
    day = today()
    held = Duty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day, kind__in=kinds)
    if who.school.kind != Unit.Kind.BUREAU and held.filter(school__kind=Unit.Kind.BUREAU).exists():
        return denied(_("由教育局录入"))
    return ALLOWED


def can_write_duties(user: User, unit: Unit) -> Access:
    """What the unit and its posts are there for: its head writes it himself (S8)."""
    if not in_own_school(user, unit.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if unit.pk in who.heads or who.is_party_office:
        return ALLOWED
    return denied(_("由部门第一责任人或党办填写"))


def can_edit_post(user: User, post: Post) -> Access:
    """A post's duties and authority: whoever keeps the tree, and the unit's head for the texts."""
    return can_manage(user, post.unit.school) or can_write_duties(user, post.unit)


def can_mark_key(user: User, post: Post) -> Access:
    """Key posts are marked by the discipline commission (S4)."""
    if not in_own_school(user, post.unit.school_id):
        return OTHER_SCHOOL
    return ALLOWED if standing(user).is_discipline else denied(_("重要岗位由纪委标记"))


def can_give_duty(user: User, school: Unit | None, person: User | None = None) -> Access:
    """Duties open doors: party office or security administrator give them, nobody to himself."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    if not standing(user).has(Duty.Kind.PARTY_OFFICE, Duty.Kind.SECURITY_ADMIN):
        return denied(_("由党办或安全保密管理员办理"))
    if person is not None and person.pk == user.pk:
        return denied(_("不能改变自己的职责身份"))
    return ALLOWED


def can_see_phone(user: User, person: User, school: Unit) -> Access:
    """The whole phone number: its owner and who keeps the roster; others see it masked (PIPL)."""
    if user.pk == person.pk or can_manage(user, school):
        return ALLOWED
    return denied(_("手机号只显示首尾几位"))


def audit_scope(user: User) -> Scope | None:
    """Whose acts in the trace `user` may read: the discipline commission and the auditor those of their school (S87).

    The auditor does not read the words: what stands in a declaration is not his business.
    """
    who = standing(user)
    if who.school is None or not who.has(Duty.Kind.DISCIPLINE, Duty.Kind.AUDITOR):
        return None
    return Scope(people_ever_in(who.school), words=who.is_discipline)

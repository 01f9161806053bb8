"""Who may enter, import and read the school's tables."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.datasets.catalogue import is_shipped
from qingqu.datasets.models import Dataset, DatasetQuerySet
from qingqu.organisation.access import OTHER_SCHOOL, in_own_school
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import standing

RETIRED = _("这张数据表已停用")


def readable(user: User) -> DatasetQuerySet:
    """The tables that `user` may read: his department's, those in his field, or all if control is his duty."""
    who = standing(user)
    if who.school is None:
        return Dataset.objects.none()
    tables = Dataset.objects.filter(school=who.school)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PARTY_OFFICE, Duty.Kind.SYSTEM_ADMIN):
        return tables
    return tables.filter(Q(keeper__in=who.units | who.heads | who.leads))


def can_arrange(user: User, school: Unit | None) -> Access:
    """Adopt and define tables, name their keepers: party office, system administrator, discipline commission."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    if standing(user).has(Duty.Kind.PARTY_OFFICE, Duty.Kind.SYSTEM_ADMIN, Duty.Kind.DISCIPLINE):
        return ALLOWED
    return denied(_("由党办、系统管理员或纪委办理"))


def can_define(user: User, dataset: Dataset) -> Access:
    """Change or retire an own table: whoever may arrange tables. The product's tables stay as they are."""
    if is_shipped(dataset.code):
        return denied(_("产品自带的数据表，各列不能改动"))
    return can_arrange(user, dataset.school)


def can_enter(user: User, dataset: Dataset) -> Access:
    """Enter, correct and import rows: the people of the department that keeps the table, and its head."""
    if not in_own_school(user, dataset.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if not dataset.is_active:
        return denied(RETIRED)
    if dataset.keeper_id is None:
        return denied(_("请先由党办或纪委指定保管部门"))
    if dataset.keeper_id in who.units | who.heads:
        return ALLOWED
    return denied(_("由保管部门的人员填报"))


def can_read(user: User, dataset: Dataset) -> Access:
    """Read rows. Arranging tables does not include reading them."""
    if not in_own_school(user, dataset.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY) or dataset.keeper_id in who.units | who.heads | who.leads:
        return ALLOWED
    return denied(_("由保管部门、分管领导和纪委查看"))


def can_withdraw(user: User, dataset: Dataset) -> Access:
    """Withdraw a batch or a row: whoever may enter rows."""
    return can_enter(user, dataset)


def can_see_sensitive(user: User, dataset: Dataset) -> Access:
    """Read sensitive columns: the keeping department and the discipline commission. Nobody reads persons."""
    who = standing(user)
    if in_own_school(user, dataset.school_id) and (
        who.has(Duty.Kind.DISCIPLINE) or dataset.keeper_id in who.units | who.heads
    ):
        return ALLOWED
    return denied(_("敏感列由保管部门和纪委查看"))

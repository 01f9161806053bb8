"""Who may do what with a form now: yes, or no with the reason that the page shows."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Task
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.rules.states import OPEN, next_state
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.risks.models import Category

CLOSED = _("本年度工作已结束，登记表不能再填写或报送")
NOT_OWED = _("单位登记表由部门填报，党支部和其他单位不填")
SEE_ALL = ("discipline", "secretary")
"""Duties that see others' «思想道德» items (S26)."""


def can_start(user: User, campaign: Campaign) -> Access:
    """Whether `user` may begin his own form of the year."""
    if campaign.state != Campaign.State.OPEN:
        return denied(CLOSED if campaign.state == Campaign.State.CLOSED else _("本年度工作还没有开始"))
    who = standing(user)
    if who.school is None or who.school.pk != campaign.school_id:
        return denied(_("您不在这所学校任职"))
    if not who.units:
        return denied(_("您目前没有任职岗位，请联系党办在名册中登记"))
    return ALLOWED


def can_reassess(user: User, task: Task) -> Access:
    """Whether `user` may begin the form that a re-assessment asks for: whoever took the post over."""
    if task.kind != Task.Kind.REASSESS or task.person_id != user.pk:
        return denied(_("新岗位的登记表由任职人本人填写"))
    return can_start(user, task.campaign)


def can_fill_unit(user: User, unit: Unit) -> Access:
    """Whether `user` fills in the form of `unit`: its first responsible person does (S20)."""
    if unit.responsible_id != user.pk:
        return denied(_("单位登记表由第一责任人填写"))
    return ALLOWED


def can_start_unit(user: User, unit: Unit) -> Access:
    """Whether `user` may begin the form of `unit`: departments owe one, party branches do not (S17, S24)."""
    if unit.kind != Unit.Kind.DEPARTMENT:
        return denied(NOT_OWED)
    return can_fill_unit(user, unit)


def can_fill(user: User, declaration: Declaration) -> Access:
    """Whether `user` may write in the form."""
    if declaration.kind == Declaration.Kind.UNIT:
        if not (allowed := can_fill_unit(user, declaration.unit)):
            return allowed
    elif declaration.person_id != user.pk:
        return denied(_("只有本人可以填写"))
    if declaration.state not in OPEN:
        return denied(
            _("已报送，审核期间不能修改；下一环节处理前可以撤回")
            if declaration.state == Declaration.State.IN_REVIEW
            else _("已通过的登记表不能再改；有变化时请办理变更备案")
        )
    if declaration.campaign.state != Campaign.State.OPEN:
        return denied(CLOSED)
    return ALLOWED


def can_submit(user: User, declaration: Declaration) -> Access:
    """Whether `user` may hand the form in: whoever fills it in does."""
    return can_fill(user, declaration)


def can_withdraw(user: User, declaration: Declaration, *, decided: bool = False) -> Access:
    """Whether `user` may take the form back; the act itself asks whether a reviewer has `decided` already."""
    owner = declaration.unit.responsible_id if declaration.kind == Declaration.Kind.UNIT else declaration.person_id
    if user.pk not in (owner, declaration.person_id):
        return denied(_("只有报送人可以撤回"))
    if next_state(declaration.state, "withdraw") is None:
        return denied(_("现在没有可撤回的报送"))
    if decided:
        return denied(_("已有审核人办理，不能撤回；需要修改时请联系审核人退回"))
    return ALLOWED


def can_see_thought(user: User, declaration: Declaration) -> Access:
    """Whether `user` may see the «思想道德» items of a person's form (S26).

    The person, the head of his department, the discipline commission and the secretary; nobody else on the route.
    A unit's own items concern no single person and are not restricted.
    """
    if declaration.kind == Declaration.Kind.UNIT or declaration.person_id == user.pk:
        return ALLOWED
    who = standing(user)
    in_school = who.school is not None and who.school.pk == declaration.unit.school_id
    if declaration.unit.responsible_id == user.pk or (in_school and who.has(*SEE_ALL)):
        return ALLOWED
    return denied(_("思想道德类只向本人、部门负责人、纪委和党委书记显示"))


def visible_items(declaration: Declaration, user: User, items: list[Item]) -> tuple[list[Item], int]:
    """Of `items` those that `user` may see, and how many he may not."""
    if can_see_thought(user, declaration):
        return items, 0
    shown = [item for item in items if item.category != Category.THOUGHT]
    return shown, len(items) - len(shown)

"""Who may publish, object, answer, settle, file, accept and take back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.common.clock import today
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.records.models import Document, Filing, Notice, Objection


def can_publish(user: User, unit: Unit) -> Access:
    """Freezing and publishing a unit's list: its head, or the party office (S35)."""
    who = standing(user)
    if who.school is None or who.school.pk != unit.school_id:
        return denied(_("不能办理其他学校的文书"))
    if unit.pk in who.heads or who.is_party_office:
        return ALLOWED
    return denied(_("清单由部门负责人或者党办公示"))


def can_withdraw_notice(user: User, notice: Notice) -> Access:
    """Taking a publication back: who may publish."""
    if notice.state == Notice.State.WITHDRAWN:
        return denied(_("公示已经撤回"))
    return can_publish(user, notice.document.unit)


def can_object(user: User, notice: Notice) -> Access:
    """Anybody in the scope of the publication, as long as it runs (S35)."""
    who, unit = standing(user), notice.document.unit
    if who.school is None or who.school.pk != unit.school_id:
        return denied(_("这是其他学校的公示"))
    if notice.state != Notice.State.OPEN or today() > notice.ends_on:
        return denied(_("公示期已过，请直接向纪委反映"))
    inside = who.units | who.heads | who.leads
    if notice.scope == Notice.Scope.UNIT and unit.pk not in inside and not who.has("discipline", "party_office"):
        return denied(_("这次公示的范围是本部门"))
    return ALLOWED


def can_answer(user: User, objection: Objection) -> Access:
    """The head of the unit answers (S35), until it is settled."""
    if objection.state == Objection.State.SETTLED:
        return denied(_("这件异议已经办结"))
    if objection.notice.document.unit_id in standing(user).heads:
        return ALLOWED
    return denied(_("异议由部门负责人答复"))


def can_settle(user: User, objection: Objection) -> Access:
    """Discipline commission or party office settle; neither who answered nor who objected (S35)."""
    if objection.state == Objection.State.SETTLED:
        return denied(_("这件异议已经办结"))
    if objection.state == Objection.State.OPEN:
        return denied(_("等部门负责人答复后办结"))
    who = standing(user)
    in_school = who.school is not None and who.school.pk == objection.notice.document.school_id
    if not in_school or not who.has("discipline", "party_office", "secretary"):
        return denied(_("异议由纪委或者党办办结"))
    if user.pk in (objection.answered_by_id, objection.raised_by_id):
        return denied(_("提出人和答复人不能办结，请由他人办结"))
    return ALLOWED


def can_file(user: User, document: Document) -> Access:
    """Handing a list to the discipline commission: who may publish it (S36)."""
    if can_publish(user, document.unit):
        return ALLOWED
    return denied(_("清单由部门负责人或者党办报备案"))


def can_receive(user: User, filing: Filing) -> Access:
    """The discipline commission takes a list on record; what one filed oneself, somebody else takes (S36)."""
    if filing.state != Filing.State.FILED:
        return denied(_("这次备案已经办结"))
    who, document = standing(user), filing.document
    if who.school is None or who.school.pk != document.school_id:
        return denied(_("这是其他学校的备案"))
    if user.pk == filing.filed_by_id:
        return denied(_("报送人不能接受自己报送的备案，请由纪委其他同志或者党委书记接受"))
    if who.is_discipline and document.unit_id not in who.heads:
        return ALLOWED
    if "secretary" in who.duties and _is_of_the_commission(document):
        return ALLOWED
    return denied(_("备案由纪委接受；纪委自己的清单由党委书记接受"))


def _is_of_the_commission(document: Document) -> bool:
    """Whether the unit's head is the discipline commission itself, which cannot receive its own list."""
    head = document.unit.responsible
    return head is not None and standing(head).is_discipline


def can_withdraw_filing(user: User, filing: Filing) -> Access:
    """Taking a filing back, before it is accepted: who handed it in, or the head of the unit."""
    if filing.state != Filing.State.FILED:
        return denied(_("纪委已经办理，不能撤回"))
    if user.pk == filing.filed_by_id or filing.document.unit_id in standing(user).heads:
        return ALLOWED
    return denied(_("由报送人或者部门负责人撤回"))


def knows_objectors(user: User, objection: Objection) -> bool:
    """Who objected is known to himself and to the discipline commission, to nobody else."""
    return user.pk == objection.raised_by_id or standing(user).is_discipline

"""Who sees a warning, and whose turn it is. Nobody disposes of what concerns himself."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.alerts.models import Alert, AlertQuerySet, Disposal
from qingqu.alerts.naming import names
from qingqu.alerts.turn_words import state_in_words
from qingqu.alerts.turns import OF_DUTY, Role, around
from qingqu.common.access import ALLOWED, Access, denied, over
from qingqu.organisation.access import OTHER_SCHOOL, in_own_school
from qingqu.organisation.models import Appointment, Duty, Unit
from qingqu.organisation.queries import Standing, holders, standing


def visible(user: User) -> AlertQuerySet:
    """Warnings for the keeping department, its leader, the commission, secretary and principal; for no other unit."""
    who = standing(user)
    if who.school is None:
        return Alert.objects.none()
    found, units = Alert.objects.filter(school=who.school), units_of(user)
    return found if units is None else found.filter(unit__in=units)


def units_of(user: User) -> frozenset[int] | None:
    """The departments whose warnings `user` sees: his own and those he heads or leads. None: the whole school."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return None
    return who.units | who.heads | who.leads


def can_see_board(user: User) -> Access:
    """See the board: the commission, secretary and principal; a leader in charge sees that of his field."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL) or who.leads:
        return ALLOWED
    return denied(_("看板由纪委、书记、校长和分管领导查看"))


def on_board(user: User) -> AlertQuerySet:
    """The warnings that the user's board counts: the whole school's, or those of the departments in his field."""
    who, found = standing(user), visible(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return found
    return found.filter(unit__in=who.leads)


def can_see_year(user: User) -> Access:
    """See a year's prompts in figures: who sees the board, and the party office, which writes the summary."""
    if standing(user).is_party_office or can_see_board(user):
        return ALLOWED
    return denied(_("年度预警情况由党办、纪委、书记、校长和分管领导查看"))


def in_year(user: User) -> AlertQuerySet:
    """The warnings that a year's figures count for `user`: those of his board, for the party office the school's."""
    who = standing(user)
    return Alert.objects.filter(school=who.school) if who.is_party_office else on_board(user)


def counts_school(user: User) -> bool:
    """Whether a year's figures are the whole school's for `user`, not only those of his field."""
    return units_of(user) is None or standing(user).is_party_office


def concern(user: User, alert: Alert) -> Promise | None:
    """Why a warning concerns `user`: he heads or leads its department, explained or confirmed it, or it is about him.

    That is: about his own time in a post, or its records name him.
    """
    if user.pk in (alert.unit.responsible_id, alert.unit.leader_id):
        return _("您负责或分管这一部门")
    if any(step.by_id == user.pk and step.step in Disposal.ANSWERS for step in alert.disposals.all()):
        return _("您已作过说明或确认")
    if alert.term is not None and Appointment.objects.filter(pk=alert.term, person=user).exists():
        return _("这条提示涉及您的任职")
    return (
        _("明细中有您的姓名或工号（同名的也回避）") if Alert.objects.filter(names(user), pk=alert.pk).exists() else None
    )


def can_see_rows(user: User, alert: Alert) -> Access:
    """See the records: whoever sees the warning, but the principal only in his own field or on his turn."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY) or alert.unit_id in who.units | who.heads | who.leads:
        return ALLOWED
    if can_confirm(user, alert) or can_close(user, alert):
        return ALLOWED
    return denied(_("由保管部门、分管领导和纪委查看明细"))


def can_see_links(user: User, school: Unit | None) -> Access:
    """See all links between suppliers and staff: the commission and the secretary, who see all rows."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    if standing(user).has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY):
        return ALLOWED
    return denied(_("由纪委和书记查看"))


def can_explain(user: User, alert: Alert) -> Access:
    """Explain: the people of the department that keeps the records; of the work of prevention itself, its head."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    who, answering = standing(user), alert.answering
    if answering and answering.pk != user.pk:
        return denied(_("由部门负责人说明") if alert.unit.responsible else _("由分管领导说明"))
    if not answering and alert.unit_id not in who.units | who.heads:
        return denied(_("由保管部门的经办人说明"))
    return ALLOWED if alert.state == Alert.State.EXPLAINING else over(_("不在等待说明"))


def can_confirm(user: User, alert: Alert) -> Access:
    """Confirm: the head; the leader in charge if he explained it; secretary or principal if neither can."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    who = standing(user)
    explained = {step.by_id for step in alert.disposals.all() if step.step == Disposal.Step.EXPLAINED}
    if user.pk in explained:
        return denied(format_lazy(_("您已作说明，{who}"), who=_confirmed_by(alert)))
    if not (alert.unit_id in who.heads or alert.unit_id in who.leads or _confirms_instead(who, alert, explained)):
        return denied(_confirmed_by(alert))
    return ALLOWED if alert.state == Alert.State.CONFIRMING else over(_("不在等待确认"))


CONFIRMED_BY: dict[Role, Promise] = {
    Role.HEAD: _("由部门负责人或分管领导确认"),
    Role.LEADER: _("由分管领导确认"),
    Role.SECRETARY: _("由书记确认"),
    Role.PRINCIPAL: _("由校长确认"),
    Role.NOBODY: _("没有可以确认的人，请在“职责分工”中另行明确分管领导"),
}


def _confirmed_by(alert: Alert) -> Promise:
    return CONFIRMED_BY[around(alert).confirms(alert)]


def _confirms_instead(who: Standing, alert: Alert, explained: set[int | None]) -> bool:
    """Whether he confirms where neither head nor leader can: the secretary, or the principal if he explained it."""
    if not {alert.unit.responsible_id, alert.unit.leader_id} - {None} <= explained:
        return False
    if who.has(Duty.Kind.SECRETARY):
        return True
    return who.has(Duty.Kind.PRINCIPAL) and around(alert).confirms(alert) is Role.PRINCIPAL


def can_close(user: User, alert: Alert) -> Access:
    """Close: the discipline commission; what concerns it, the secretary; what concerns both, the principal."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    may = _closer(user, alert)
    return over(_("不在等待办结")) if may and alert.state != Alert.State.CLOSING else may


def can_send_back(user: User, alert: Alert) -> Access:
    """Whoever confirms or closes it may ask for more first."""
    asked = can_confirm(user, alert), can_close(user, alert)
    return next((one for one in asked if one), None) or next((one for one in asked if one.is_over), asked[1])


CLOSED_BY: dict[str, Promise] = {
    Duty.Kind.DISCIPLINE: _("由纪委办结"),
    Duty.Kind.SECRETARY: _("由书记办结"),
    Duty.Kind.PRINCIPAL: _("由校长办结"),
    "": _("纪委、书记和校长都应回避，请报上级纪检机构，另行指定纪检委员办结"),
}


def closing_duty(alert: Alert) -> str:
    """Whose duty it is to close a warning: the first that does not concern all who hold it; or nobody's."""
    closer = around(alert).closes(alert)
    return next((kind for kind, role in OF_DUTY.items() if role == closer), "")


def _closer(user: User, alert: Alert) -> Access:
    who = standing(user)
    if not who.has(*OF_DUTY):
        return denied(_closed_by(alert))
    if why := concern(user, alert):
        return denied(format_lazy(_("{why}，{who}"), why=why, who=_closed_by(alert)))
    if who.has(Duty.Kind.DISCIPLINE):
        return ALLOWED
    duty = closing_duty(alert)
    if who.has(Duty.Kind.SECRETARY) and (duty != Duty.Kind.DISCIPLINE or _concerns_discipline(alert)):
        return ALLOWED
    return ALLOWED if who.has(Duty.Kind.PRINCIPAL) and duty == Duty.Kind.PRINCIPAL else denied(CLOSED_BY[duty])


def _closed_by(alert: Alert) -> Promise:
    """Who closes it, in words: of one that is not there yet, whom it will concern is not known."""
    return CLOSED_BY[closing_duty(alert) if alert.state == Alert.State.CLOSING else Duty.Kind.DISCIPLINE]


def can_rectify(user: User, alert: Alert) -> Access:
    """Order rectification, once: whoever closed the warning or could have."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    if alert.state != Alert.State.CLOSED or alert.result not in Alert.RECTIFIED:
        return denied(_("办结为程序瑕疵或者苗头性问题的，才布置整改"))
    may = _closer(user, alert)
    return over(_("已经布置整改")) if may and alert.rectification_id else may


def can_reopen(user: User, alert: Alert) -> Access:
    """Reopen: the commission, or whoever closes in its place where there is none."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    may = _reopener(user, alert)
    return over(_("还没有办结")) if may and alert.state != Alert.State.CLOSED else may


def _reopener(user: User, alert: Alert) -> Access:
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE):
        return ALLOWED
    if who.has(Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL) and not list(holders(alert.school, Duty.Kind.DISCIPLINE)):
        return _closer(user, alert)
    return denied(_("由纪委办理"))


def _concerns_discipline(alert: Alert) -> bool:
    duties = Duty.objects.filter(school=alert.school_id, kind=Duty.Kind.DISCIPLINE, ended_on=None)
    return duties.filter(person__in=[alert.unit.responsible_id, alert.unit.leader_id]).exists()


def too_late(may: Access, alert: Alert) -> str:
    """What somebody is told whose step has been taken meanwhile."""
    said = {"reason": may.reason, "state": state_in_words(alert)}
    return _("%(reason)s，现在是“%(state)s”。这一步没有保存。") % said


def can_open_files(user: User, pk: int) -> Access:
    """Open the papers of an explanation: whoever sees the rows."""
    alert = visible(user).filter(pk=pk).select_related("unit").first()
    return can_see_rows(user, alert) if alert else denied(_("这个附件不能查看"))

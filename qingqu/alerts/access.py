"""Who sees a warning, and whose turn it is. Nobody disposes of what concerns himself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.alerts.models import Alert, AlertQuerySet, Disposal
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.access import OTHER_SCHOOL, in_own_school
from qingqu.organisation.models import Appointment, Duty, Unit
from qingqu.organisation.queries import Standing, holders, standing


def visible(user: User) -> AlertQuerySet:
    """The keeper's department, its leader, the discipline commission, the secretary, the principal; no other unit."""
    who = standing(user)
    if who.school is None:
        return Alert.objects.none()
    found, units = Alert.objects.filter(school=who.school), units_of(user)
    return found if units is None else found.filter(unit__in=units)


def units_of(user: User) -> frozenset[int] | None:
    """The departments whose warnings `user` sees: his own, those that he heads or leads. None: all of the school."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return None
    return who.units | who.heads | who.leads


def can_see_board(user: User) -> Access:
    """The picture of all warnings: the commission, secretary, principal; a leader in charge sees that of his field."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL) or who.leads:
        return ALLOWED
    return denied(_("看板由纪委、书记、校长和分管领导查看"))


def on_board(user: User) -> AlertQuerySet:
    """The warnings that his board counts: all of the school, or those of the departments in his field."""
    who, found = standing(user), visible(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return found
    return found.filter(unit__in=who.leads)


def concerns(user: User, alert: Alert) -> bool:
    """Whether `user` answers for what it is about: he heads or leads its department, explained or confirmed it.

    Or it is his own term in a post that is over.
    """
    own = alert.unit.responsible_id == user.pk or alert.unit.leader_id == user.pk
    own = own or any(step.by_id == user.pk and step.step in Disposal.ANSWERS for step in alert.disposals.all())
    return own or (alert.term is not None and Appointment.objects.filter(pk=alert.term, person=user).exists())


def can_see_rows(user: User, alert: Alert) -> Access:
    """The records behind it: whoever sees the warning, the principal only where it is his field or his turn."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY) or alert.unit_id in who.units | who.heads | who.leads:
        return ALLOWED
    if can_confirm(user, alert) or can_close(user, alert):
        return ALLOWED
    return denied(_("由保管部门、分管领导和纪委查看明细"))


def can_see_links(user: User, school: Unit | None) -> Access:
    """All suppliers that share something with staff: the commission and the secretary, who see all rows."""
    if school is None or not in_own_school(user, school.school_id):
        return OTHER_SCHOOL
    if standing(user).has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY):
        return ALLOWED
    return denied(_("由纪委和书记查看"))


def can_explain(user: User, alert: Alert) -> Access:
    """The clerk first: the people of the department."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    if alert.state != Alert.State.EXPLAINING:
        return denied(_("不在等待说明"))
    who = standing(user)
    if alert.unit_id in who.units | who.heads:
        return ALLOWED
    return denied(_("由保管部门的经办人说明"))


def can_confirm(user: User, alert: Alert) -> Access:
    """Then the head; where he explained it himself, the leader in charge; where neither can, secretary or principal."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    if alert.state != Alert.State.CONFIRMING:
        return denied(_("不在等待确认"))
    who = standing(user)
    explained = {step.by_id for step in alert.disposals.all() if step.step == Disposal.Step.EXPLAINED}
    if user.pk in explained:
        return denied(_("您已作说明，请由分管领导确认"))
    if alert.unit_id in who.heads or alert.unit_id in who.leads or _confirms_instead(who, alert, explained):
        return ALLOWED
    return denied(_("由部门负责人或分管领导确认"))


def _confirms_instead(who: Standing, alert: Alert, explained: set[int | None]) -> bool:
    """Where neither head nor leader in charge can: the secretary; where he explained it himself, the principal."""
    if not {alert.unit.responsible_id, alert.unit.leader_id} - {None} <= explained:
        return False
    if who.has(Duty.Kind.SECRETARY):
        return True
    secretaries = {person.pk for person in holders(alert.school, Duty.Kind.SECRETARY)}
    return who.has(Duty.Kind.PRINCIPAL) and secretaries <= explained


def can_close(user: User, alert: Alert) -> Access:
    """Last the discipline commission; what concerns it itself, the secretary; what concerns both, the principal."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    if alert.state != Alert.State.CLOSING:
        return denied(_("不在等待办结"))
    return _closer(user, alert)


def _closer(user: User, alert: Alert) -> Access:
    who = standing(user)
    if not who.has(Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return denied(_("由纪委办结"))
    if concerns(user, alert):
        return denied(_("与您本人或您负责的部门有关，请由其他人办结"))
    if who.has(Duty.Kind.DISCIPLINE):
        return ALLOWED
    out = not _can_any_close(alert, Duty.Kind.DISCIPLINE)
    if who.has(Duty.Kind.SECRETARY) and (out or _concerns_discipline(alert)):
        return ALLOWED
    if who.has(Duty.Kind.PRINCIPAL) and out and not _can_any_close(alert, Duty.Kind.SECRETARY):
        return ALLOWED
    return denied(_("由纪委办结"))


def _can_any_close(alert: Alert, kind: str) -> bool:
    """Whether it leaves somebody with this duty unconcerned."""
    return any(not concerns(person, alert) for person in holders(alert.school, kind))


def can_rectify(user: User, alert: Alert) -> Access:
    """Who closed it, or could have, orders what has to be put right; once."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    if alert.state != Alert.State.CLOSED or alert.result not in (Alert.Result.FLAW, Alert.Result.TENDENCY):
        return denied(_("办结为程序瑕疵或者苗头性问题的，才布置整改"))
    if alert.rectification_id:
        return denied(_("已经布置整改"))
    return _closer(user, alert)


def can_reopen(user: User, alert: Alert) -> Access:
    """The commission, when something new has come up; where there is none, whoever closes in its place."""
    if not in_own_school(user, alert.school_id):
        return OTHER_SCHOOL
    if alert.state != Alert.State.CLOSED:
        return denied(_("还没有办结"))
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE):
        return ALLOWED
    if who.has(Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL) and not list(holders(alert.school, Duty.Kind.DISCIPLINE)):
        return _closer(user, alert)
    return denied(_("由纪委办理"))


def _concerns_discipline(alert: Alert) -> bool:
    duties = Duty.objects.filter(school=alert.school_id, kind=Duty.Kind.DISCIPLINE, ended_on=None)
    return duties.filter(person__in=[alert.unit.responsible_id, alert.unit.leader_id]).exists()


def can_open_files(user: User, pk: int) -> Access:
    """The papers that came with an explanation: whoever sees the rows."""
    alert = visible(user).filter(pk=pk).select_related("unit").first()
    return can_see_rows(user, alert) if alert else denied(_("这个附件不能查看"))

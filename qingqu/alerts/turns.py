"""Whose turn a warning is: the same for who is told, for pages and for papers (S55, S69); `turn_words` says it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto

from django.db.models import Q

from qingqu.accounts.models import User
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.naming import names
from qingqu.common.clock import today
from qingqu.organisation.models import Appointment, Duty


class Role(Enum):
    """As what somebody takes a step."""

    CLERK = auto()
    HEAD = auto()
    LEADER = auto()
    DISCIPLINE = auto()
    SECRETARY = auto()
    PRINCIPAL = auto()
    NOBODY = auto()


EXPLAINING, CONFIRMING, CLOSING = Alert.State.EXPLAINING, Alert.State.CONFIRMING, Alert.State.CLOSING
OF_DUTY = {
    Duty.Kind.DISCIPLINE: Role.DISCIPLINE,
    Duty.Kind.SECRETARY: Role.SECRETARY,
    Duty.Kind.PRINCIPAL: Role.PRINCIPAL,
}


@dataclass(slots=True)
class People:
    """Who stands where, in the schools that have open warnings."""

    clerks: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    commission: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    secretaries: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    principals: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    explained: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Warning → who has explained it and therefore cannot confirm it."""
    answered: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Warning → who has explained or confirmed it, whose own term it is about or whom its records name, and who
    therefore cannot close it."""

    def turn(self, alert: Alert) -> list[User]:
        """Whose turn it is."""
        unit, school = alert.unit, alert.school_id
        match self.role(alert):
            case Role.CLERK:
                return self.clerks[alert.unit_id] or ([unit.responsible] if unit.responsible else [])
            case Role.HEAD:
                return [unit.responsible] if unit.responsible else []
            case Role.LEADER:
                return [unit.leader] if unit.leader else []
            case Role.NOBODY:
                return []
            case role:
                out = self.concerned(alert) if alert.state == CLOSING else self.explained[alert.pk]
                free = [one for one in self.of(role)[school] if one.pk not in out]
                return free if alert.state == CLOSING else free[:1]

    def role(self, alert: Alert) -> Role:
        """As what whoever's turn it is acts."""
        if alert.state == EXPLAINING:
            return explains(alert)
        return self.confirms(alert) if alert.state == CONFIRMING else self.closes(alert)

    def confirms(self, alert: Alert) -> Role:
        """The head; above him the leader in charge, the secretary, the principal: the first who has not explained it.

        Of one that is not explained yet: and who will not.
        """
        unit, out = alert.unit, self.explained[alert.pk]
        if alert.state == EXPLAINING and explains(alert) in (Role.HEAD, Role.LEADER):
            out = out | {unit.responsible_id or unit.leader_id or 0}
        for role, pk in ((Role.HEAD, unit.responsible_id), (Role.LEADER, unit.leader_id)):
            if pk and pk not in out:
                return role
        return self._first((Role.SECRETARY, Role.PRINCIPAL), alert, out)

    def closes(self, alert: Alert) -> Role:
        """The commission, the secretary, the principal: the first whom it does not concern."""
        return self._first(tuple(OF_DUTY.values()), alert, self.concerned(alert))

    def _first(self, roles: Iterable[Role], alert: Alert, out: Collection[int | None]) -> Role:
        free = (role for role in roles if any(one.pk not in out for one in self.of(role)[alert.school_id]))
        return next(free, Role.NOBODY)

    def concerned(self, alert: Alert) -> set[int | None]:
        """Whom it concerns, so that he does not close it."""
        return {*self.answered[alert.pk], alert.unit.responsible_id, alert.unit.leader_id}

    def of(self, role: Role) -> dict[int, list[User]]:
        """School → who holds this duty."""
        held = {Role.DISCIPLINE: self.commission, Role.SECRETARY: self.secretaries, Role.PRINCIPAL: self.principals}
        return held[role]

    def closers(self) -> set[User]:
        """Everybody who may come to close a warning of some school."""
        lists = (self.commission, self.secretaries, self.principals)
        return {person for by_school in lists for people in by_school.values() for person in people}

    def at(self, alert: Alert, level: int) -> list[User]:
        """Who answers at a level; where nobody stands there, the next level up."""
        for person in (alert.unit.responsible, alert.unit.leader)[level:]:
            if person is not None:
                return [person]
        return self.secretaries[alert.school_id]


def explains(alert: Alert) -> Role:
    """As what whoever explains it does so; see `Alert.answering`."""
    if alert.source != Alert.Source.INTERNAL:
        return Role.CLERK
    return Role.HEAD if alert.unit.responsible_id else Role.LEADER if alert.unit.leader_id else Role.CLERK


def people_around(alerts: Iterable[Alert], day: date, *, foresee: bool = False) -> People:
    """Everybody who may have to be told of these warnings; four statements, and one for each who may close some.

    Whom records name counts for those that wait to be closed; `foresee`: for all of them.
    """
    alerts, people = list(alerts), People()
    new = {alert.unit_id for alert in alerts if alert.state == EXPLAINING}
    held = Appointment.objects.on(day).filter(post__unit__in=new, person__is_active=True)
    for appointment in held.select_related("person", "post"):
        people.clerks[appointment.post.unit_id].append(appointment.person)
    duties = Duty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day, kind__in=OF_DUTY)
    duties = duties.filter(school__in={a.school_id for a in alerts}, person__is_active=True)
    for duty in duties.select_related("person"):
        people.of(OF_DUTY[Duty.Kind(duty.kind)])[duty.school_id].append(duty.person)
    said = Disposal.objects.filter(alert__in=alerts, step__in=Disposal.ANSWERS).values_list("alert", "step", "by")
    for pk, step, by in said:
        people.answered[pk].add(by)
        if step == Disposal.Step.EXPLAINED:
            people.explained[pk].add(by)
    terms = {alert.pk: alert.term for alert in alerts if alert.term}
    holder = dict(Appointment.objects.filter(pk__in=terms.values()).values_list("pk", "person"))
    for pk, term in terms.items():
        people.answered[pk] |= {holder[term]} if term in holder else set()
    closing = Alert.objects.filter(pk__in=[alert.pk for alert in alerts if foresee or alert.state == CLOSING])
    for person in people.closers():
        for pk in closing.filter(names(person)).values_list("pk", flat=True):
            people.answered[pk].add(person.pk)
    return people


def around(alert: Alert) -> People:
    """The same for one warning, whatever its state."""
    return people_around([alert], today(), foresee=True)


def next_of(alert: Alert) -> list[User]:
    """Whose turn a warning is now."""
    return around(alert).turn(alert)

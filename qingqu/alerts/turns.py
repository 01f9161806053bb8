"""Whose turn a warning is, as people and in words: the same for messages, lists, pages and papers (S55, S69)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from itertools import takewhile

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qingqu.accounts.models import User
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.naming import names
from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.organisation.models import Appointment, Duty
from qingqu.records.models import Attachment


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
WAITS_FOR: dict[tuple[str, Role], Promise] = {
    (EXPLAINING, Role.CLERK): _("待经办人说明"),
    (EXPLAINING, Role.HEAD): _("待负责人说明"),
    (EXPLAINING, Role.LEADER): _("待分管领导说明"),
    (CONFIRMING, Role.HEAD): _("待负责人确认"),
    (CONFIRMING, Role.LEADER): _("待分管领导确认"),
    (CONFIRMING, Role.SECRETARY): _("待书记确认"),
    (CONFIRMING, Role.PRINCIPAL): _("待校长确认"),
    (CLOSING, Role.DISCIPLINE): _("待纪委办结"),
    (CLOSING, Role.SECRETARY): _("待书记办结"),
    (CLOSING, Role.PRINCIPAL): _("待校长办结"),
}
"""An open state with whose turn it is; where nobody may, the bare state."""
STEPS: dict[tuple[str, Role], Promise] = {
    (Disposal.Step.EXPLAINED, Role.CLERK): _("经办人说明"),
    (Disposal.Step.EXPLAINED, Role.HEAD): _("负责人说明"),
    (Disposal.Step.EXPLAINED, Role.LEADER): _("分管领导说明"),
    (Disposal.Step.EXPLAINED, Role.NOBODY): pgettext_lazy("prompt", "说明"),
    (Disposal.Step.CONFIRMED, Role.HEAD): _("负责人确认"),
    (Disposal.Step.CONFIRMED, Role.LEADER): _("分管领导确认"),
    (Disposal.Step.CONFIRMED, Role.SECRETARY): _("书记确认"),
    (Disposal.Step.CONFIRMED, Role.PRINCIPAL): _("校长确认"),
    (Disposal.Step.CONFIRMED, Role.NOBODY): pgettext_lazy("prompt", "确认"),
    (Disposal.Step.CLOSED, Role.DISCIPLINE): _("纪委办结"),
    (Disposal.Step.CLOSED, Role.SECRETARY): _("书记办结"),
    (Disposal.Step.CLOSED, Role.PRINCIPAL): _("校长办结"),
    (Disposal.Step.CLOSED, Role.NOBODY): pgettext_lazy("prompt", "办结"),
}
NAMES = {Role.DISCIPLINE: _("纪委"), Role.SECRETARY: _("书记"), Role.PRINCIPAL: _("校长")}
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


def people_around(alerts: Iterable[Alert], day: date) -> People:
    """Everybody who may have to be told of these warnings; four statements, and one for each who may close some."""
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
    closing = Alert.objects.filter(pk__in=[alert.pk for alert in alerts if alert.state == CLOSING])
    for person in people.closers():
        for pk in closing.filter(names(person)).values_list("pk", flat=True):
            people.answered[pk].add(person.pk)
    return people


def next_of(alert: Alert) -> list[User]:
    """Whose turn a warning is now."""
    return people_around([alert], today()).turn(alert)


def states_in_words(alerts: Iterable[Alert]) -> dict[int, str]:
    """Warning → its state, where it is open with whose turn it is: «待分管领导确认».

    As many statements for many as for one; the warnings have their departments.
    """
    alerts = list(alerts)
    waiting = [alert for alert in alerts if alert.state in (CONFIRMING, CLOSING)]
    people = people_around(waiting, today()) if waiting else People()
    return {alert.pk: _in_words(alert, people) for alert in alerts}


def _in_words(alert: Alert, people: People) -> str:
    known = alert.state in (EXPLAINING, CONFIRMING, CLOSING)
    said = WAITS_FOR.get((alert.state, people.role(alert))) if known else None
    return str(said or alert.get_state_display())


def state_in_words(alert: Alert) -> str:
    """The state of one warning; where it is open, with whose turn it is."""
    return states_in_words([alert])[alert.pk]


def stand_aside(alert: Alert) -> list[Role]:
    """Those before whom its closing has passed to the next, since it concerns all who hold the duty; mostly nobody."""
    if alert.state != CLOSING:
        return []
    people = people_around([alert], today())
    closer = people.closes(alert)
    return [
        role for role in takewhile(lambda role: role != closer, OF_DUTY.values()) if people.of(role)[alert.school_id]
    ]


def to_confirm(alert: Alert) -> tuple[str, User | None]:
    """What the step of confirming is called by whose it is or will be, and who that is: «分管领导确认», 何建平."""
    people, unit = people_around([alert], today()), alert.unit
    role = people.confirms(alert)
    said = str(STEPS[Disposal.Step.CONFIRMED, role])
    if role in (Role.HEAD, Role.LEADER):
        return said, unit.responsible if role is Role.HEAD else unit.leader
    return said, next(iter(people.turn(alert)), None) if alert.state == CONFIRMING else None


def closing_by(duty: str) -> str:
    """What the step of closing is called by the duty whose it is: «纪委办结»."""
    return str(STEPS[Disposal.Step.CLOSED, OF_DUTY[Duty.Kind(duty)] if duty else Role.NOBODY])


def aside_in_words(alert: Alert) -> str:
    """«纪委、书记回避», where its closing has passed to the next."""
    return (
        str(_("%(who)s回避")) % {"who": listed(str(NAMES[role]) for role in roles)}
        if (roles := stand_aside(alert))
        else ""
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A step of a disposal and what it is called by whoever took it: «分管领导确认»."""

    step: Disposal
    name: str
    papers: list[Attachment] = field(default_factory=list)
    """What came with it, where it is an explanation."""


def steps_in_words(alert: Alert, papers: Iterable[Attachment] = ()) -> list[Said]:
    """Everything that was said about a warning, each by what its author was then; one statement.

    Heads and leaders are those of today: who was it before is called by no title. Of `papers` each stands with the
    first explanation after it.
    """
    steps = list(alert.disposals.all())
    held = list(Duty.objects.filter(school=alert.school_id, kind__in=OF_DUTY, person__in={one.by_id for one in steps}))
    said = [Said(one, str(STEPS.get((one.step, _role_in(alert, one, held)), one.get_step_display()))) for one in steps]
    explained = [one for one in said if one.step.step == Disposal.Step.EXPLAINED]
    for paper in papers:
        if owner := next((one for one in explained if one.step.at >= paper.created_at), None):
            owner.papers.append(paper)
    return said


def _role_in(alert: Alert, step: Disposal, held: Iterable[Duty]) -> Role:
    unit, day = alert.unit, timezone.localtime(step.at).date()
    of_unit = {unit.leader_id: Role.LEADER, unit.responsible_id: Role.HEAD}
    if step.step == Disposal.Step.EXPLAINED:
        internal = alert.source == Alert.Source.INTERNAL
        return of_unit.get(step.by_id, Role.NOBODY) if internal else Role.CLERK
    if step.step == Disposal.Step.CONFIRMED and step.by_id in of_unit:
        return of_unit[step.by_id]
    then = {
        OF_DUTY[Duty.Kind(duty.kind)]
        for duty in held
        if duty.person_id == step.by_id and duty.started_on <= day and (not duty.ended_on or duty.ended_on > day)
    }
    may = [role for role in OF_DUTY.values() if role in then and (step.step, role) in STEPS]
    return may[0] if may else Role.NOBODY

"""Who is told of which warnings: whose turn it is, and who is above him when it gets late (S55, S63)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Max, Q

from qingqu.accounts.models import User
from qingqu.alerts import rules
from qingqu.alerts.models import Alert, Disposal
from qingqu.alerts.naming import names
from qingqu.common.clock import today
from qingqu.notifications.models import Message
from qingqu.organisation.models import Appointment, Duty

ORDER = ("late", "due", "new", "risen")
"""As what a warning may concern somebody, what asks most of him first."""
KEY = "alerts:"
"""How the keys of the clock's messages about warnings begin: one of them a day reaches a person."""
DAILY = f"{KEY}daily"
"""The key of the day's line; the week's figures have their own and stand in its stead that day."""


@dataclass(frozen=True, slots=True)
class Told:
    """When the clock last told somebody of warnings, and when of each by itself: the week's figures name none."""

    on: date
    daily_at: datetime | None
    daily_on: date | None

    def knows(self, since: datetime | date) -> bool:
        """Whether he has heard of what has been so since then."""
        if self.daily_at is None or self.daily_on is None:
            return False
        return since <= (self.daily_at if isinstance(since, datetime) else self.daily_on)


@dataclass(slots=True)
class Line:
    """What one person is told today: how many are late, nearly due and new with him, and late with others.

    Each warning counts once, under what asks most of him.
    """

    person: User
    late: int = 0
    due: int = 0
    new: int = 0
    risen: int = 0

    @property
    def words(self) -> tuple[int, int, int, int]:
        return self.late, self.due, self.new, self.risen


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
        unit = alert.unit
        if alert.state == Alert.State.EXPLAINING:
            if alert.answering:
                return [alert.answering]
            return self.clerks[alert.unit_id] or ([unit.responsible] if unit.responsible else [])
        if alert.state == Alert.State.CONFIRMING:
            line = (
                unit.responsible,
                unit.leader,
                *self.secretaries[alert.school_id],
                *self.principals[alert.school_id],
            )
            return [p for p in line if p and p.pk not in self.explained[alert.pk]][:1]
        concerned = self.answered[alert.pk] | {unit.responsible_id, unit.leader_id}
        for closers in (self.commission, self.secretaries, self.principals):
            if free := [p for p in closers[alert.school_id] if p.pk not in concerned]:
                return free
        return []

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


def people_around(alerts: Iterable[Alert], day: date) -> People:
    """Everybody who may have to be told of these warnings; four statements, and one for each who may close some."""
    alerts, people = list(alerts), People()
    held = Appointment.objects.on(day).filter(post__unit__in={a.unit_id for a in alerts}, person__is_active=True)
    for appointment in held.select_related("person", "post"):
        people.clerks[appointment.post.unit_id].append(appointment.person)
    of_kind = {
        Duty.Kind.DISCIPLINE: people.commission,
        Duty.Kind.SECRETARY: people.secretaries,
        Duty.Kind.PRINCIPAL: people.principals,
    }
    duties = Duty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day, kind__in=of_kind)
    for duty in duties.filter(school__in={a.school_id for a in alerts}).select_related("person"):
        of_kind[Duty.Kind(duty.kind)][duty.school_id].append(duty.person)
    said = Disposal.objects.filter(alert__in=alerts, step__in=Disposal.ANSWERS).values_list("alert", "step", "by")
    for pk, step, by in said:
        people.answered[pk].add(by)
        if step == Disposal.Step.EXPLAINED:
            people.explained[pk].add(by)
    terms = {alert.pk: alert.term for alert in alerts if alert.term}
    holder = dict(Appointment.objects.filter(pk__in=terms.values()).values_list("pk", "person"))
    for pk, term in terms.items():
        people.answered[pk] |= {holder[term]} if term in holder else set()
    closing = Alert.objects.filter(pk__in=[alert.pk for alert in alerts if alert.state == Alert.State.CLOSING])
    for person in people.closers():
        for pk in closing.filter(names(person)).values_list("pk", flat=True):
            people.answered[pk].add(person.pk)
    return people


def next_of(alert: Alert) -> list[User]:
    """Whose turn a warning is now."""
    return people_around([alert], today()).turn(alert)


def last_told(people: Iterable[int]) -> dict[int, Told]:
    """When the clock last told each of these of warnings; one statement."""
    rows = Message.objects.filter(key__startswith=KEY, person__in=people).order_by().values("person")
    daily = Q(key=DAILY)
    found = rows.annotate(
        day=Max("on"), daily_at=Max("created_at", filter=daily), daily_on=Max("on", filter=daily)
    ).values_list("person", "day", "daily_at", "daily_on")
    return {person: Told(day, daily_at, daily_on) for person, day, daily_at, daily_on in found}


def lines(alerts: Iterable[Alert], day: date) -> list[Line]:
    """What each person is told today: what has come up since he was told last. Nobody is told twice a day."""
    alerts = list(alerts)
    people = people_around(alerts, day)
    reasons = [(alert, *reason) for alert in alerts for reason in _reasons(alert, people, day)]
    told = last_told({person.pk for _alert, person, _what, _since in reasons})
    found: dict[int, Line] = {}
    most: dict[tuple[int, int], tuple[User, str]] = {}
    for alert, person, what, since in reasons:
        last = told.get(person.pk)
        if last and (last.on >= day or last.knows(since)):
            continue
        at = alert.pk, person.pk
        if at not in most or ORDER.index(what) < ORDER.index(most[at][1]):
            most[at] = person, what
    for person, what in most.values():
        line = found.setdefault(person.pk, Line(person))
        setattr(line, what, getattr(line, what) + 1)
    return list(found.values())


def _reasons(alert: Alert, people: People, day: date) -> Iterator[tuple[User, str, datetime | date]]:
    """Whom a warning concerns, as what, and since when."""
    since, turn = rules.reminder_since(alert.due_on, day), people.turn(alert)
    for person in turn:
        if alert.state == Alert.State.EXPLAINING:
            yield person, "new", alert.raised_at
        if since:
            yield person, "due", since
        elif day > alert.due_on:
            yield person, "late", rules.escalations(alert.state, alert.due_on, day)[0][1]
    for level, reached in rules.escalations(alert.state, alert.due_on, day):
        for person in people.at(alert, level):
            yield person, "late" if person in turn else "risen", reached

"""What the pages of warnings read, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, When
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.alerts import chain, rules, wording
from qingqu.alerts.indicators import patterns, rulebook
from qingqu.alerts.models import Alert, AlertQuerySet, AlertRow, Colour, Disposal, OwnIndicator, Suppression
from qingqu.alerts.naming import names
from qingqu.alerts.running.raising import digest_of
from qingqu.common.clock import today
from qingqu.common.language import is_english
from qingqu.common.text import number_in
from qingqu.datasets.catalogue import ColumnTemplate
from qingqu.datasets.models import Batch, Record, RecordVersion
from qingqu.organisation.models import Appointment, Duty
from qingqu.organisation.queries import holders, standing
from qingqu.records.models import Attachment
from qingqu.risks.models import Rating, RiskPoint

OPEN = Q(state__in=rules.OPEN)
INTERNAL = "internal"
SUBJECT = "alerts.alert"
"""Under which the files of a warning stand (`records.attachments`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader filters by."""

    colour: str = ""
    state: str = "open"
    unit: int | None = None
    code: str = ""
    late: bool = False
    area: str = ""
    """A domain of the indicators, or `internal`: what prevention itself calls attention to."""
    older: int = 0
    """Raised more than so many days ago."""
    dataset: str = ""
    """The code of the table whose records are meant."""


def asked_of(said: Mapping[str, str]) -> Asked:
    """What an address's query filters by; what it does not know is left out."""
    state = str(said.get("state") or "open")
    return Asked(
        colour=c if (c := str(said.get("colour") or "")) in Colour.values else "",
        state=state if state in (*Alert.State.values, "open", "all") else "open",
        unit=number_in(str(said.get("unit") or "")),
        code=c if rulebook.find(c := str(said.get("code") or "")) else "",
        late=said.get("late") == "1",
        area=a if (a := str(said.get("area") or "")) in (*rulebook.areas(), patterns.AREA, INTERNAL) else "",
        older=int(days) if (days := str(said.get("older") or "")) in map(str, rules.AGES) else 0,
    )


def found(rows: AlertQuerySet, asked: Asked) -> QuerySet[Alert]:
    """Those that the reader asked for: by colour, then by what is due first."""
    if asked.state == "open":
        rows = rows.filter(OPEN)
    elif asked.state != "all":
        rows = rows.filter(state=asked.state)
    if asked.colour:
        rows = rows.filter(colour=asked.colour)
    if asked.unit:
        rows = rows.filter(unit_id=asked.unit)
    if asked.code:
        rows = rows.filter(rule__code=asked.code)
    if asked.dataset:
        rows = rows.filter(dataset__code=asked.dataset)
    if asked.area == INTERNAL:
        rows = rows.filter(source=Alert.Source.INTERNAL)
    elif asked.area == patterns.AREA:
        rows = rows.filter(rule__code__startswith=OwnIndicator.PREFIX)
    elif asked.area:
        codes = [code for code, shipped in rulebook.shipped().items() if shipped.area == asked.area]
        rows = rows.filter(rule__code__in=codes)
    if asked.older:
        rows = rows.filter(raised_at__date__lt=today() - timedelta(days=asked.older))
    if asked.late:
        rows = rows.filter(OPEN, due_on__lt=today())
    gravest = Case(When(colour=Colour.RED, then=0), When(colour=Colour.ORANGE, then=1), default=2)
    return rows.select_related("rule", "unit", "dataset").order_by(gravest, "due_on", "-id")


def naming(about: Batch | Record, rows: AlertQuerySet) -> QuerySet[Alert]:
    """Those of `rows` that name a record of a batch and are open, or that name a record and have not lapsed."""
    named = AlertRow.objects.filter(alert=OuterRef("pk"))
    if isinstance(about, Record):
        some = rows.exclude(state=Alert.State.LAPSED).filter(Exists(named.filter(record_id=about.pk)))
        return found(some, Asked(state="all"))
    own = Record.objects.filter(pk=OuterRef("record_id"), batch=about)
    return found(rows.filter(Exists(named.filter(Exists(own)))), Asked())


def by_colour(rows: AlertQuerySet) -> dict[str, int]:
    """How many are open, by colour."""
    counted = rows.filter(OPEN).order_by().values_list("colour").annotate(n=Count("pk"))
    return {**dict.fromkeys(Colour.values, 0), **dict(counted)}


def turn_of(user: User) -> Q:
    """Which warnings wait for this person: what `access` lets him explain, confirm or close."""
    return (
        (Q(state=Alert.State.EXPLAINING) & _explains(user))
        | (Q(state=Alert.State.CONFIRMING) & _confirms(user))
        | (Q(state=Alert.State.CLOSING) & _closes(user))
    )


def _explains(user: User) -> Q:
    """The keeping department's people; of the work of prevention itself its head, as `Alert.answering` says."""
    who = standing(user)
    headless = Q(unit__responsible=None)
    answers = Q(unit__in=who.heads) | (headless & Q(unit__in=who.leads))
    answers |= headless & Q(unit__leader=None, unit__in=who.units)
    internal = Q(source=Alert.Source.INTERNAL)
    return (~internal & Q(unit__in=who.units | who.heads)) | (internal & answers)


def _confirms(user: User) -> Q:
    """The head; above him the leader in charge, the secretary, the principal: each where nobody below can."""
    who = standing(user)
    explained = Disposal.objects.filter(alert=OuterRef("pk"), step=Disposal.Step.EXPLAINED)
    above_head = Q(unit__responsible=None) | Q(Exists(explained.filter(by=OuterRef("unit__responsible"))))
    above_leader = above_head & (Q(unit__leader=None) | Q(Exists(explained.filter(by=OuterRef("unit__leader")))))
    own = Q(unit__in=who.heads) | (Q(unit__in=who.leads) & above_head)
    if who.has(Duty.Kind.SECRETARY):
        own |= above_leader
    elif who.school and who.has(Duty.Kind.PRINCIPAL):
        for secretary in holders(who.school, Duty.Kind.SECRETARY):
            above_leader &= Q(Exists(explained.filter(by=secretary)))
        own |= above_leader
    return own & Q(~Exists(explained.filter(by=user)))


def _closes(user: User) -> Q:
    """The commission; what concerns it, the secretary; what concerns both, the principal. Nobody what concerns him."""
    who = standing(user)
    if who.has(Duty.Kind.DISCIPLINE):
        return ~_all_concerned([user])
    if who.school is None or not who.has(Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return Q(pk__in=[])
    commission = list(holders(who.school, Duty.Kind.DISCIPLINE))
    if who.has(Duty.Kind.SECRETARY):
        out = _all_concerned(commission) | Q(unit__responsible__in=commission) | Q(unit__leader__in=commission)
        return ~_all_concerned([user]) & out
    others = [*commission, *holders(who.school, Duty.Kind.SECRETARY)]
    return ~_all_concerned([user]) & _all_concerned(others)


def _all_concerned(people: Collection[User]) -> Q:
    """Those that concern every one of these people, which are all where there are none; one statement of its own."""
    terms: dict[int, list[int]] = {person.pk: [] for person in people}
    for holder, term in Appointment.objects.filter(person__in=people).values_list("person", "pk"):
        terms[holder].append(term)
    found = ~Q(pk__in=[])  # everything, even beside «or», which an empty Q is not
    for person in people:
        found &= _concerned(person, terms[person.pk])
    return found


def _concerned(person: User, terms: Iterable[int]) -> Q:
    """As `access.concern`; `terms` are his appointments."""
    said = Disposal.objects.filter(alert=OuterRef("pk"), by=person, step__in=Disposal.ANSWERS)
    found = Q(unit__responsible=person) | Q(unit__leader=person) | Q(Exists(said))
    for term in terms:
        found |= Q(signal=Alert.ROTATION, key__0=term)
    return found | names(person)


MINE = 20
"""So many of whose turn it is stand above the list."""


def mine(user: User, rows: AlertQuerySet) -> list[Alert]:
    """The warnings whose turn is this person's, what is due first at the top: `MINE`, and one more where there is."""
    return list(rows.filter(turn_of(user)).select_related("rule", "unit").order_by("due_on", "-id")[: MINE + 1])


def count_mine(user: User, rows: AlertQuerySet) -> int:
    """How many wait for this person; one statement."""
    return rows.filter(turn_of(user)).count()


def nobodys(user: User, rows: AlertQuerySet) -> list[Alert]:
    """Those that wait and nobody may see to, what is due first at the top: a department without people, or all who
    close concerned. The secretary, else the principal, sees to it that somebody can; three statements at most.
    """
    who = standing(user)
    if who.school is None or not who.has(Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL):
        return []
    if not who.has(Duty.Kind.SECRETARY) and holders(who.school, Duty.Kind.SECRETARY):
        return []
    closers = holders(who.school, Duty.Kind.DISCIPLINE, Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL)
    staff = Appointment.objects.on(today()).filter(post__unit=OuterRef("unit"), person__is_active=True)
    unmanned = Q(~Exists(staff), unit__responsible=None, state=Alert.State.EXPLAINING)
    unmanned &= Q(source=Alert.Source.RECORDS) | Q(unit__leader=None)
    stuck = unmanned | (Q(state=Alert.State.CLOSING) & _all_concerned(list(closers)))
    return list(rows.filter(stuck).select_related("rule", "unit").order_by("due_on", "-id")[:MINE])


def with_disposals(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Warnings with what was said about them."""
    said = Disposal.objects.select_related("by").order_by("id")
    return rows.select_related(
        "rule",
        "unit__responsible",
        "unit__leader",
        "dataset",
        "risk_point__power",
        "risk_point__step",
        "rectification__owner",
        "earlier",
        "school",
    ).prefetch_related(Prefetch("disposals", said))


@dataclass(frozen=True, slots=True)
class Line:
    """A record behind a warning as the page shows it: its cells, and whether it has changed since."""

    record_id: int
    cells: list[str]
    state: str
    """`same`, `corrected` or `withdrawn`."""


@dataclass(frozen=True, slots=True)
class Rows:
    heads: list[str]
    numeric: list[bool]
    lines: list[Line]


def rows_of(alert: Alert) -> Rows:
    """The records of a warning as they stood when it was raised, persons masked; three statements.

    Those of its own table: who keeps that may not read the declarations with which it was compared (`links`).
    """
    if alert.rule is None or alert.dataset is None:
        return Rows([], [], [])
    rule, one = wording.named(alert)
    template = rulebook.template_of(rule, one.dataset)
    shown = [c for name in one.evidence for c in template.columns if c.id == name]
    kept = {row.record_id: row for row in AlertRow.objects.filter(alert=alert)}
    now = {r.pk: r for r in Record.objects.filter(pk__in=kept, dataset=alert.dataset)}
    before = {(v.record_id, v.version): v.values for v in RecordVersion.objects.filter(record__in=now)}
    lines = []
    for pk, row in sorted(kept.items()):
        record = now.get(pk)
        if record is None:
            continue
        values = record.values if record.version == row.version else before.get((pk, row.version), record.values)
        state = "withdrawn" if record.withdrawn else "same" if record.version == row.version else "corrected"
        lines.append(Line(pk, [_cell(values.get(c.id), c) for c in shown], state))
    english = is_english()
    heads = [c.en if english else c.zh for c in shown]
    return Rows(heads, [c.type in ("money", "number", "count") for c in shown], lines)


def _cell(value: Any, column: ColumnTemplate) -> str:
    if column.type == "hashed":
        nothing = _("不可辨") if column.id == "operator" else "—"
        return wording.MASKED if value else nothing
    return wording.written(value, wording.kind_of_column(column.type))


def papers(alert: Alert) -> QuerySet[Attachment]:
    """The papers that came with its explanations."""
    return Attachment.objects.filter(subject_label=SUBJECT, subject_id=alert.pk).select_related("by").order_by("id")


def quiet_since(alert: Alert) -> list[Suppression]:
    """What has kept its finding quiet since it was dispelled, and does today; one statement."""
    return list(Suppression.objects.in_force().filter(alert=alert))


def similar(alert: Alert, rows: AlertQuerySet) -> list[Alert]:
    """Earlier warnings of the same check at the school among `rows`, newest first."""
    same = rows.filter(school=alert.school_id, source=alert.source, signal=alert.signal)
    if alert.rule:
        same = same.filter(rule__code=alert.rule.code)
    return list(
        same.filter(check_id=alert.check_id, id__lt=alert.pk).select_related("rule", "unit").order_by("-id")[:5]
    )


def is_sealed(alert: Alert) -> bool:
    """Whether every record behind a warning still reads, in that version, as it read then."""
    kept = list(AlertRow.objects.filter(alert=alert))
    now = {r.pk: r for r in Record.objects.filter(pk__in=[k.record_id for k in kept])}
    old = RecordVersion.objects.filter(record__in=[k.record_id for k in kept])
    before = {(v.record_id, v.version): v.values for v in old}
    for row in kept:
        record = now.get(row.record_id)
        values = record.values if record and record.version == row.version else before.get((row.record_id, row.version))
        if values is None or digest_of(values) != row.digest:
            return False
    return True


def goes_on_in(alert: Alert, rows: AlertQuerySet) -> Alert | None:
    """The warning among `rows` into which a lapsed one was merged."""
    if alert.state != Alert.State.LAPSED:
        return None
    numbers = [step.reference for step in alert.disposals.all() if step.step == Disposal.Step.LAPSED and step.reference]
    return rows.filter(school=alert.school_id, number__in=numbers).first() if numbers else None


@dataclass(frozen=True, slots=True)
class Rerating:
    """What a warning that closed gravely asks of its risk point: who rates it, and the rating once there is one."""

    rater: User | None
    rating: Rating | None


def rerating_of(alert: Alert) -> Rerating | None:
    """How far the rating of its risk point is; None where none is asked for."""
    if alert.result not in Alert.GRAVE or alert.risk_point is None:
        return None
    since = alert.risk_point.ratings.filter(at__gte=alert.closed_at).select_related("by")
    return Rerating(chain.rater_of(alert.risk_point), since.order_by("id").last())


def to_rate_anew(user: User) -> list[tuple[RiskPoint, Alert]]:
    """The risk points that this person rates (`chain.rater_of`) and that a warning has closed gravely since he did."""
    head, leader = Q(risk_point__unit__responsible=user), Q(risk_point__unit__leader=user)
    own = Q(risk_point__person=F("risk_point__unit__responsible"))
    mine = (head & ~Q(risk_point__person=user)) | (leader & (own | Q(risk_point__unit__responsible=None)))
    mine &= Q(risk_point__person=None) | ~Q(risk_point__person=user)
    closed = Alert.objects.filter(mine, result__in=Alert.GRAVE, risk_point__state=RiskPoint.State.HELD)
    rated = closed.annotate(rated_at=Max("risk_point__ratings__at"))
    waiting = rated.filter(Q(rated_at=None) | Q(rated_at__lt=F("closed_at"))).select_related("risk_point")
    return [(alert.risk_point, alert) for alert in waiting if alert.risk_point]


def to_rectify(user: User, rows: AlertQuerySet) -> list[Alert]:
    """Closed with a flaw or a tendency, and nothing came of it yet: those that this person closes."""
    found = rows.filter(
        _closes(user),
        state=Alert.State.CLOSED,
        result__in=(Alert.Result.FLAW, Alert.Result.TENDENCY),
        rectification=None,
        risk_point=None,
    )
    return list(found.select_related("rule", "unit").order_by("closed_at")[:MINE])

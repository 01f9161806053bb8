"""An approved form becomes what the school holds: risk points, ratings, measures (S12, S23, S34)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.text import tidy
from qingqu.organisation.models import Appointment, Post, Unit
from qingqu.organisation.numbering import next_numbers
from qingqu.powers.models import Power, Step
from qingqu.risks import rules
from qingqu.risks.keeping import keep
from qingqu.risks.models import ControlMeasure, Frequency, Rating, RiskPoint
from qingqu.trace.actions import record_many

SERIES = "FXD"
NOT_CONTINUED = "新的登记表未再列入"
CONTINUED = [
    *("unit", "owner", "is_leader", "post", "power", "step", "category", "title", "manifestation", "cause"),
    *("likelihood", "impact", "answers", "score", "level", "residual_level", "rank"),
    *("state", "year", "source_label", "source_id", "closed_at"),
]


@dataclass(frozen=True, slots=True)
class EnteredMeasure:
    """A measure as an approved form says it."""

    phase: str
    text: str
    post: Post | None = None
    frequency: str = Frequency.TERM.value
    frequency_note: str = ""
    evidence_kind: str = ""
    owner: User | None = None
    """Empty: whoever holds `post` today, otherwise the owner of the risk."""


@dataclass(frozen=True, slots=True)
class EnteredItem:
    """A risk as an approved form says it."""

    category: str
    title: str
    manifestation: str
    likelihood: int
    impact: int
    answers: str
    cause: str = ""
    post: Post | None = None
    power: Power | None = None
    step: Step | None = None
    level: int | None = None
    """Only where it differs from what the rule says, with `level_reason`."""
    level_reason: str = ""
    measures: Sequence[EnteredMeasure] = ()
    risk_id: int | None = None
    """The risk point that this item continues."""
    source_id: int = 0
    """The declaration's item; the answer of `enter()` is keyed by it."""
    agreed_by: User | None = None
    """Who agreed to `level`; empty: whoever decides last."""


@transaction.atomic
def enter(
    *,
    school: Unit,
    unit: Unit,
    person: User | None,
    is_leader: bool,
    items: Iterable[EnteredItem],
    year: int,
    source: str,
    by: User | None,
    beside: Collection[int | None] | None = None,
) -> dict[int, RiskPoint]:
    """Take an approved form into what the school holds; answers with the risk point of each item's `source_id`.

    `person` is None for a unit's form; `source` is the label of the items («declarations.item»); `by` decided last. An
    item that continues a risk point keeps its code; the others get the next one. Measures go on where phase and text
    are the same, others are stopped or set up. What the person or unit held before and no longer names is closed. The
    form for one new post comes with the posts held `beside` it (None among them: risks of no post): theirs stay, and
    those of posts that the person has left are closed, in whichever unit (G8).
    A level other than the rule's stands where `by` is a second person, otherwise it waits as a proposal. The number of
    SQL statements does not depend on the number of items.
    """
    items = list(items)
    owner = person or unit.responsible or by
    if owner is None:
        raise ValueError("a risk point needs an owner, and the unit has no first responsible person")
    held = _held_before(school, unit if beside is None else None, person, items)
    entered: list[tuple[EnteredItem, RiskPoint]] = []
    for item in items:
        risk = held.get(item.risk_id or 0) or RiskPoint(school=school, person=person)
        risk.unit, risk.owner, risk.is_leader = unit, owner, is_leader
        risk.year, risk.source_label, risk.source_id = year, source, item.source_id
        risk.state, risk.closed_at = RiskPoint.State.HELD, None
        entered.append((item, risk))
    ratings = [_rate(item, risk, owner, by) for item, risk in entered]
    new, continued = _save(school, year, [risk for _, risk in entered])
    for rating in ratings:
        rating.risk_id = rating.risk.pk
    Rating.objects.bulk_create(ratings, batch_size=200)
    _enter_measures(entered, {risk.pk for risk in continued})
    named = {risk.pk for _, risk in entered}
    unnamed = [risk for risk in held.values() if risk.pk not in named]
    gone = [r for r in unnamed if (r.unit_id == unit.pk if beside is None else r.post_id not in beside)]
    _close(gone)
    keep(named | {risk.pk for risk in gone})
    record_many("risks.entered", new, by=by, after=str(year))
    record_many("risks.continued", continued, by=by, after=str(year))
    record_many("risks.closed", gone, by=by, before="held", after="closed", reason=NOT_CONTINUED)
    return {item.source_id: risk for item, risk in entered}


def _held_before(
    school: Unit, unit: Unit | None, person: User | None, items: list[EnteredItem]
) -> dict[int, RiskPoint]:
    """What this person in this unit, or in all units, or the unit holds so far, and what the items continue, locked."""
    named = [item.risk_id for item in items if item.risk_id]
    held = Q(state=RiskPoint.State.HELD) & (Q(unit=unit) if unit else Q())
    before = held | Q(pk__in=named)
    rows = RiskPoint.objects.select_for_update().filter(before, school=school, person=person)
    return {risk.pk: risk for risk in rows}


def _rate(item: EnteredItem, risk: RiskPoint, proposer: User, by: User | None) -> Rating:
    """Fill `risk` from `item`, grade it, and make the rating that says why."""
    said = rules.suggest(item.likelihood, item.impact, item.answers)
    for name in ("category", "title", "manifestation", "cause", "post", "power", "step"):
        setattr(risk, name, getattr(item, name))
    other = item.level if item.level not in (None, said.level) else None
    second = item.agreed_by or by
    agreed = bool(second and second.pk != proposer.pk)
    risk.regrade(said, other if other and agreed else said.level)
    waits = other is not None and not agreed
    return Rating.of(
        risk,
        said,
        other or said.level,
        reason=item.level_reason if other else "",
        state=Rating.State.PROPOSED if waits else Rating.State.SETTLED,
        by=proposer,
        agreed_by=second if other and agreed else None,
        agreed_at=timezone.now() if other and agreed else None,
    )


def _save(school: Unit, year: int, risks: list[RiskPoint]) -> tuple[list[RiskPoint], list[RiskPoint]]:
    """Number and insert the new ones, update the others."""
    new, continued = [r for r in risks if r.pk is None], [r for r in risks if r.pk is not None]
    if new:
        for risk, code in zip(new, next_numbers(school, SERIES, year, len(new)), strict=True):
            risk.code = code
        RiskPoint.objects.bulk_create(new, batch_size=200)
    RiskPoint.objects.bulk_update(continued, CONTINUED, batch_size=100)
    return new, continued


def _enter_measures(entered: list[tuple[EnteredItem, RiskPoint]], continued: set[int]) -> None:
    """Go on with the measures that are the same, set up the new ones, stop the others."""
    going = ControlMeasure.objects.filter(risk_id__in=continued, stopped_at=None) if continued else []
    before = {(m.risk_id, m.phase, tidy(m.text)): m for m in going}
    holders = _holders_of({m.post.pk for item, _ in entered for m in item.measures if m.post})
    new: list[ControlMeasure] = []
    kept: list[ControlMeasure] = []
    for item, risk in entered:
        for said in item.measures:
            measure = before.pop((risk.pk, said.phase, tidy(said.text)), None)
            (kept if measure else new).append(measure := measure or ControlMeasure(risk=risk, text=said.text))
            holder = holders.get(said.post.pk) if said.post else None
            measure.owner_id = said.owner.pk if said.owner else holder or risk.owner_id
            if measure.pk is None or measure.frequency != said.frequency:
                measure.next_due_on = rules.next_due(said.frequency, None, today())
            measure.phase, measure.post, measure.frequency = said.phase, said.post, said.frequency
            measure.frequency_note, measure.evidence_kind = said.frequency_note, said.evidence_kind
    ControlMeasure.objects.bulk_create(new, batch_size=200)
    fields = ["owner", "post", "frequency", "frequency_note", "evidence_kind", "next_due_on"]
    ControlMeasure.objects.bulk_update(kept, fields, batch_size=100)
    stopped = [measure.pk for measure in before.values()]
    ControlMeasure.objects.filter(pk__in=stopped).update(stopped_at=timezone.now(), next_due_on=None)


def _close(risks: list[RiskPoint]) -> None:
    """Close what the new form no longer names; nothing of it is due any more."""
    ids, now = [risk.pk for risk in risks], timezone.now()
    RiskPoint.objects.filter(pk__in=ids).update(state=RiskPoint.State.CLOSED, closed_at=now)
    ControlMeasure.objects.filter(risk_id__in=ids, stopped_at=None).update(stopped_at=now, next_due_on=None)


def _holders_of(posts: set[int]) -> dict[int, int]:
    """Who holds each of these posts today."""
    rows = Appointment.objects.on(today()).filter(post__in=posts).order_by("-is_main", "started_on", "id")
    found: dict[int, int] = {}
    for post, person in rows.values_list("post_id", "person_id") if posts else ():
        found.setdefault(post, person)
    return found

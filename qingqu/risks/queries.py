"""What pages, papers and other parts read of risk points and their measures. No statement per row anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, CharField, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Value, When

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import standing
from qingqu.records.models import Filing, Notice
from qingqu.risks import rules
from qingqu.risks.models import ControlMeasure, Frequency, LedgerState, MeasureRun, Rating, RiskPoint, RiskPointQuerySet

SOON = timedelta(days=7)
"""So long before its day a measure is among the tasks of who has to carry it out."""
NEEDED = ("unit", "unit__leader", "person", "owner", "post", "power", "step", "regulation", "document__notice")


def overdue(day: date | None = None) -> QuerySet[ControlMeasure]:
    """Measures that should have been done before today: they turn their risk amber (G4)."""
    return ControlMeasure.objects.filter(stopped_at=None, next_due_on__lt=day or today())


def with_ledger_state(rows: RiskPointQuerySet) -> RiskPointQuerySet:
    """Adds `ledger_state`, a value of LedgerState: computed from state, residual level, document, filings and runs."""
    accepted = Filing.objects.filter(document=OuterRef("document"), state=Filing.State.ACCEPTED)
    runs = MeasureRun.objects.filter(measure__risk=OuterRef("pk"), undone_at=None)
    return rows.annotate(
        ledger_state=Case(
            When(state=RiskPoint.State.CLOSED, then=Value(LedgerState.CLOSED.value)),
            When(residual_level__gt=F("level"), then=Value(LedgerState.LOWERED.value)),
            When(Exists(accepted) & Exists(runs), then=Value(LedgerState.MONITORED.value)),
            When(Exists(accepted), then=Value(LedgerState.FILED.value)),
            When(document__notice__state=Notice.State.OPEN, then=Value(LedgerState.PUBLISHED.value)),
            When(document__notice__state=Notice.State.ENDED, then=Value(LedgerState.SHOWN.value)),
            default=Value(LedgerState.RATED.value),
            output_field=CharField(),
        )
    )


def in_ledger_state(state: str, school: Unit | None) -> Q:
    """Which risk points of `school` stand in `state`: the same as `with_ledger_state`, said of their own columns.

    Two statements at most: the documents that were accepted, and those that are or were on show.
    """
    if state == LedgerState.CLOSED:
        return Q(state=RiskPoint.State.CLOSED)
    lowered = Q(level=1, residual_level__in=[2, 3]) | Q(level=2, residual_level=3)
    held = Q(state=RiskPoint.State.HELD)
    if state == LedgerState.LOWERED:
        return held & lowered
    filings = Filing.objects.filter(document__school=school, state=Filing.State.ACCEPTED)
    accepted = set(filings.values_list("document_id", flat=True))
    filed = Q(document_id__in=accepted)
    if state in (LedgerState.MONITORED, LedgerState.FILED):
        return held & ~lowered & filed & Q(last_done_on__isnull=state == LedgerState.FILED)
    notices = Notice.objects.filter(document__school=school).values_list("document_id", "state")
    shown = {kind: {document for document, now in notices if now == kind} - accepted for kind in Notice.State.values}
    if state == LedgerState.PUBLISHED:
        return held & ~lowered & Q(document_id__in=shown[Notice.State.OPEN])
    if state == LedgerState.SHOWN:
        return held & ~lowered & Q(document_id__in=shown[Notice.State.ENDED])
    told = accepted | shown[Notice.State.OPEN] | shown[Notice.State.ENDED]
    return held & ~lowered & ~Q(document_id__in=told)


def whole(rows: RiskPointQuerySet) -> RiskPointQuerySet:
    """Rows with everything that their page shows: five statements, whatever the number of measures and runs."""
    runs = MeasureRun.objects.select_related("done_by", "attachment").order_by("-done_on", "-id")
    measures = ControlMeasure.objects.select_related("owner", "post").order_by("id")
    return with_ledger_state(rows.select_related(*NEEDED)).prefetch_related(
        Prefetch("measures", measures.prefetch_related(Prefetch("runs", runs))),
        Prefetch("ratings", Rating.objects.select_related("by", "agreed_by").order_by("-id")),
        Prefetch("document__filings", Filing.objects.order_by("-id")),
    )


def tasks_of(user: User, day: date | None = None) -> QuerySet[ControlMeasure]:
    """The measures of `user` that are overdue or due within a week, and what he has to do once; the oldest first.

    A rectification is not kept from him until a week before its day.
    """
    until = (day or today()) + SOON
    return (
        ControlMeasure.objects.filter(owner=user, stopped_at=None)
        .filter(Q(next_due_on__lte=until) | Q(frequency=Frequency.ONCE, next_due_on__isnull=False))
        .select_related("risk", "risk__unit", "post")
        .order_by("next_due_on", "id")
    )


def events_of(user: User) -> QuerySet[ControlMeasure]:
    """The measures of `user` that are done whenever their event happens, without a calendar."""
    rows = ControlMeasure.objects.filter(owner=user, stopped_at=None, frequency="event")
    return rows.select_related("risk", "risk__unit", "post").order_by("risk__rank", "id")


def runs_of(user: User) -> QuerySet[MeasureRun]:
    """What `user` has noted, the newest first."""
    return MeasureRun.objects.filter(done_by=user).select_related("measure__risk", "attachment").order_by("-id")


def late_in_units(user: User, day: date | None = None) -> QuerySet[ControlMeasure]:
    """Overdue measures that `user` answers for: in his units, or in the school as top leader or 纪委."""
    rows = overdue(day).filter(risk__in=in_my_field(user)).select_related("risk", "risk__unit", "owner")
    return rows.order_by("next_due_on", "risk__rank", "id")


def answers_for_all(user: User) -> bool:
    """Whether his field is the whole school: secretary, principal, commission, party office."""
    who = standing(user)
    return who.is_top_leader or who.has(Duty.Kind.DISCIPLINE, Duty.Kind.PARTY_OFFICE)


def in_my_field(user: User) -> RiskPointQuerySet:
    """The held risk points that `user` answers for and may see (一岗双责, S19)."""
    who = standing(user)
    rows = RiskPoint.objects.visible_to(user).filter(state=RiskPoint.State.HELD)
    if answers_for_all(user):
        return rows
    return rows.filter(unit_id__in=who.heads | who.leads)


def without_effect(user: User) -> RiskPointQuerySet:
    """哪些还没见效: risks in the reader's field with a measure judged «无效» or «部分有效», or no better level.

    Those whose measures were never judged are not here: nothing is known of them yet.
    """
    poor = ControlMeasure.objects.filter(risk=OuterRef("pk"), stopped_at=None, effect__in=["partly", "none"])
    rows = in_my_field(user).filter(Exists(poor) | Q(residual_level__lte=F("level")))
    return rows.select_related("unit", "owner", "person").order_by("rank", "id")


def amber(rows: RiskPointQuerySet, day: date | None = None) -> RiskPointQuerySet:
    """Those of `rows` with an overdue measure."""
    return rows.filter(Exists(overdue(day).filter(risk=OuterRef("pk"))))


def earliest_due(risk: RiskPoint) -> date | None:
    """The day on which a measure of `risk` is due next."""
    found: date | None = risk.measures.filter(stopped_at=None).aggregate(day=Min("next_due_on"))["day"]
    return found


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a risk point still lacks; empty where nothing is missing."""

    phases: list[str]
    no_evidence: list[ControlMeasure]
    late: list[ControlMeasure]


def gaps(risk: RiskPoint) -> Gaps:
    """Missing phases, measures that were never done, overdue ones; from prefetched measures, without a statement."""
    going = [m for m in risk.measures.all() if m.stopped_at is None]
    return Gaps(
        phases=rules.missing_phases(risk.level, {m.phase for m in going}),
        no_evidence=[m for m in going if not any(run.undone_at is None for run in m.runs.all())],
        late=[m for m in going if m.next_due_on and m.next_due_on < today()],
    )

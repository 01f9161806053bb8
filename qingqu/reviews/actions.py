"""Opening, deciding, taking back and reassigning reviews. Nobody else writes them (S34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.calendar import add_working_days
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.notifications.actions import settle, tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import holders, staff_of, works_under
from qingqu.reviews import access, rules
from qingqu.reviews.models import Review
from qingqu.trace.actions import record, record_many

LONGEST_OPINION = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """One seat of a route: a named reviewer, or any holder of `duty`. Equal `turn` numbers stand side by side."""

    turn: int
    stage: str
    reviewer: User | None = None
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision led to."""

    finished: bool = False
    """Everybody has approved."""
    returned: bool = False
    next: list[Review] = field(default_factory=list)
    """The reviews that it opened."""


@transaction.atomic
def open_round(
    *,
    school: Unit,
    subject_label: str,
    subject_id: int,
    title: str,
    url: str,
    owner: User,
    sent_round: int,
    turns: Sequence[Turn],
    by: User | None,
    unit: Unit | None = None,
    kind: str = "",
    days: int = rules.WORKING_DAYS,
) -> list[Review]:
    """Send a paper on its way: the first turn waits from now, the others come later.

    `days`: working days that each reviewer has. Raises NotPossible without turns, where the owner would review
    himself, or while an earlier round is still under way.
    """
    if not turns:
        raise NotPossible(_("没有可以审核的人，请党办先核对负责人和分管领导"))
    if any(turn.reviewer == owner for turn in turns):
        raise NotPossible(_("不能由本人审核本人填报的事项"))
    if Review.objects.of(subject_label, subject_id).filter(state__in=OPEN).exists():
        raise NotPossible(_("上一次报送还在审核中"))
    first = min(turn.turn for turn in turns)
    reviews = [
        Review(
            school=school,
            unit=unit,
            kind=kind,
            subject_label=subject_label,
            subject_id=subject_id,
            title=title[:120],
            url=url,
            owner=owner,
            sent_round=sent_round,
            turn=turn.turn,
            stage=turn.stage,
            reviewer=turn.reviewer,
            duty="" if turn.reviewer else turn.duty,
        )
        for turn in turns
    ]
    now_open = [review for review in reviews if review.turn == first]
    for review in now_open:
        _begin(review, days)
    Review.objects.bulk_create(reviews)
    record_many("reviews.opened", reviews, by=by, details={"round": sent_round})
    _tell_reviewers(now_open, by)
    return reviews


OPEN = (Review.State.WAITING, Review.State.COMING)


@transaction.atomic
def decide(review: Review, *, approve: bool, opinion: str, marked: Sequence[str] = (), by: User) -> Outcome:
    """Approve or return. A return needs its reason and ends the round; the last approval finishes it.

    `marked`: labels of what has to be changed, for the subject's page. Raises NotPossible where it is not the turn of
    this review or of this person.
    """
    round_ = _locked_round(review)
    review = next(row for row in round_ if row.pk == review.pk)
    if not (allowed := access.can_decide(by, review)):
        raise NotPossible(allowed.reason)
    opinion = opinion.strip()
    if not approve and not opinion:
        raise NotPossible(_("退回须写明理由"))
    if len(opinion) > LONGEST_OPINION:
        raise NotPossible(_("意见不超过 %(most)s 字") % {"most": LONGEST_OPINION})
    review.state = Review.State.APPROVED if approve else Review.State.RETURNED
    review.opinion, review.marked = opinion, list(marked)
    review.decided_by, review.decided_at = by, timezone.now()
    review.save(update_fields=["state", "opinion", "marked", "decided_by", "decided_at"])
    act = "reviews.approved" if approve else "reviews.returned"
    record(act, review, by=by, before=Review.State.WAITING, after=review.state, reason=opinion)
    settle([_key(review)])
    if not approve:
        _void([row for row in round_ if row.state in OPEN], by=by, reason=opinion)
        return Outcome(returned=True)
    return _go_on(round_, by)


def _go_on(round_: list[Review], by: User) -> Outcome:
    after = rules.after_approval(_seats(round_))
    if after.finished:
        return Outcome(finished=True)
    opened = [row for row in round_ if row.pk in after.opens]
    for row in opened:
        _begin(row, rules.WORKING_DAYS)
    Review.objects.bulk_update(opened, ["state", "opened_at", "due_on"])
    record_many("reviews.turned", opened, by=by, before=Review.State.COMING, after=Review.State.WAITING)
    _tell_reviewers(opened, by)
    return Outcome(next=opened)


@transaction.atomic
def void_round(*, subject_label: str, subject_id: int, by: User, reason: str = "") -> list[Review]:
    """Take a paper back before anyone of this round has decided; raises NotPossible afterwards."""
    rows = list(Review.objects.select_for_update().of(subject_label, subject_id))
    last = max((row.sent_round for row in rows), default=0)
    round_ = [row for row in rows if row.sent_round == last and row.state != Review.State.VOID]
    if not any(row.state in OPEN for row in round_):
        raise NotPossible(_("现在没有可撤回的报送"))
    if not rules.can_withdraw(_seats(round_)):
        raise NotPossible(_("已有审核人办理，不能撤回；需要修改时请联系审核人退回"))
    return _void(round_, by=by, reason=reason)


@transaction.atomic
def reassign(review: Review, *, to: User, reason: str, by: User) -> Review:
    """Give a review to another person of the school, never to the owner or to a subordinate of his (S20)."""
    round_ = _locked_round(review)
    review = next(row for row in round_ if row.pk == review.pk)
    if review.state not in OPEN:
        raise NotPossible(_("这一环节已经办理"))
    if not reason.strip():
        raise NotPossible(_("改派须写明理由"))
    if to.pk == review.owner_id:
        raise NotPossible(_("不能由本人审核本人填报的事项"))
    if works_under(to, review.owner):
        raise NotPossible(_("不能由下属审核，请改派其他同志"))
    if not staff_of(review.school).filter(pk=to.pk).exists():
        raise NotPossible(_("审核人须是本校在任人员"))
    if any(row.reviewer_id == to.pk for row in round_ if row.pk != review.pk and row.state != Review.State.VOID):
        raise NotPossible(_("%(name)s已在这次审核的其他环节") % {"name": to.name})
    before = _called(review)
    settle([_key(review)])
    review.reviewer, review.duty = to, ""
    review.save(update_fields=["reviewer", "duty"])
    record("reviews.reassigned", review, by=by, before=before, after=to.name, reason=reason.strip())
    if review.state == Review.State.WAITING:
        _tell_reviewers([review], by)
    return review


def _called(review: Review) -> str:
    return review.reviewer.name if review.reviewer else str(review.get_duty_display())


def _locked_round(review: Review) -> list[Review]:
    rows = Review.objects.select_for_update().of(review.subject_label, review.subject_id)
    return list(rows.filter(sent_round=review.sent_round))


def _seats(round_: Iterable[Review]) -> list[rules.Seat]:
    return [rules.Seat(row.pk, row.turn, row.state) for row in round_]


def _begin(review: Review, days: int) -> None:
    review.state, review.opened_at = Review.State.WAITING, timezone.now()
    review.due_on = add_working_days(today(), days)


def _void(rows: list[Review], *, by: User | None, reason: str) -> list[Review]:
    for row in rows:
        row.state = Review.State.VOID
    Review.objects.bulk_update(rows, ["state"])
    record_many("reviews.voided", rows, by=by, after=Review.State.VOID, reason=reason)
    settle(map(_key, rows))
    return rows


WAITS_FOR_YOU = gettext_lazy("%(title)s待您审核，请于 %(day)s前办理")


def _key(review: Review) -> str:
    """That of the lines which ask for this review."""
    return f"review:{review.pk}"


def _tell_reviewers(reviews: Iterable[Review], by: User | None) -> None:
    for review in reviews:
        people = [review.reviewer] if review.reviewer else list(holders(review.school, review.duty))
        words = {"title": review.title, "day": review.due_on}
        told = [person for person in people if person.pk != review.owner_id]
        tell(told, WAITS_FOR_YOU, review.url, Message.Kind.TASK, sender=by, key=_key(review), words=words)

"""Sending a form on its way and deciding on it; the last approval enters its risks (S20, S34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.common.text import number_in
from qingqu.declarations import queries
from qingqu.declarations.access import can_see_thought
from qingqu.declarations.models import Declaration, Handing, Item
from qingqu.declarations.reassess_actions import posts_beside, reopen_reassessments
from qingqu.declarations.review_queries import LABEL, around, content_of, ruled_level
from qingqu.declarations.rules import rounds
from qingqu.declarations.rules.route import NobodyLeft, Seat, must_go_up, route
from qingqu.declarations.rules.states import next_state
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.queries import holders
from qingqu.reviews import actions as reviews
from qingqu.reviews.models import Review
from qingqu.risks.entering import EnteredItem, EnteredMeasure, enter
from qingqu.risks.models import Category
from qingqu.trace.actions import record

WITHOUT_LEVELS = (Review.Stage.PARTY_OFFICE, Review.Stage.PEER)
"""Stages that do not decide on levels."""
AGREE = "agree:"
"""In `marked` of an approval: «agree:12», the reviewer agrees to the level of item 12."""


@transaction.atomic
def open_route(declaration: Declaration, items: Sequence[Item] | None = None, *, by: User | None) -> list[Review]:
    """Send a form that was just handed in to its first reviewer, and keep it as it was handed in (S34).

    Call it after `sent_round` was raised; `items` are all of its items where they have been read. Raises NotPossible
    where nobody of the school may review it.
    """
    owner, school = around(declaration)
    items = queries.draft(declaration).items if items is None else items
    try:
        seats = route(
            declaration.kind,
            owner,
            school,
            has_grave=any(1 in (item.level, ruled_level(item)) for item in items),
            group_step=declaration.campaign.group_step,
        )
    except NobodyLeft:
        raise NotPossible(_("没有可以审核的人，请党办先在组织与人员中核对负责人、分管领导和班子成员")) from None
    content = content_of(declaration, items)
    handing = Handing.objects.create(
        declaration=declaration,
        sent_round=declaration.sent_round,
        content=content,
        digest=rounds.digest(content),
        by=by,
    )
    record("declarations.handed", handing, by=by, details={"round": declaration.sent_round, "digest": handing.digest})
    assert declaration.unit.school is not None
    return reviews.open_round(
        school=declaration.unit.school,
        unit=declaration.unit,
        kind=declaration.kind,
        subject_label=LABEL,
        subject_id=declaration.pk,
        title=title_of(declaration),
        url=reverse("declarations:review", args=[declaration.pk]),
        owner=declaration.person,
        sent_round=declaration.sent_round,
        turns=_turns(seats),
        by=by,
    )


def title_of(declaration: Declaration) -> str:
    """How the form is called in lists and messages; stored with its reviews."""
    if declaration.kind == Declaration.Kind.UNIT:
        return f"{declaration.unit.name}的单位登记表"
    post = f"（{declaration.post.name}）" if declaration.post else ""
    return f"{declaration.person.name}的个人登记表{post}"


def _turns(seats: Iterable[Seat]) -> list[reviews.Turn]:
    seats = list(seats)
    people = User.objects.in_bulk([seat.person for seat in seats if seat.person])
    return [reviews.Turn(s.turn, s.stage, people[s.person] if s.person else None, s.duty) for s in seats]


@transaction.atomic
def withdraw_route(declaration: Declaration, *, by: User) -> None:
    """Take a form back from its reviewers; NotPossible once one of them has decided."""
    reviews.void_round(subject_label=LABEL, subject_id=declaration.pk, by=by)


@transaction.atomic
def decide_declaration(
    review: Review, *, approve: bool, opinion: str, marked: Sequence[str] = (), by: User
) -> reviews.Outcome:
    """One reviewer's decision on a form. The last approval enters its risks, a return sends it back with its text.

    `marked`: for a return what has to be changed («item:12:manifestation»); for an approval «agree:12» for each item
    whose level is not the rule's: whoever approves a form agrees to these explicitly, or returns it (S30).
    """
    declaration = (
        Declaration.objects.select_for_update(of=("self",))
        .select_related("unit__school", "person", "campaign")
        .get(pk=review.subject_id)
    )
    if declaration.state != Declaration.State.IN_REVIEW:
        raise NotPossible(_("“%(state)s”的登记表不能审核") % {"state": declaration.get_state_display()})
    if approve:
        _require_agreement(declaration, review, marked, by)
    outcome = reviews.decide(review, approve=approve, opinion=opinion, marked=marked, by=by)
    if outcome.returned:
        _return(declaration, opinion, by)
    elif outcome.finished:
        _approve(declaration, by)
    return outcome


def to_agree(declaration: Declaration, reader: User, items: Iterable[Item]) -> list[Item]:
    """The items whose level was set other than the rule says, as far as `reader` may see them."""
    seen = bool(can_see_thought(reader, declaration))
    return [
        item
        for item in items
        if item.level and item.level != ruled_level(item) and (seen or item.category != Category.THOUGHT)
    ]


def _require_agreement(declaration: Declaration, review: Review, marked: Sequence[str], by: User) -> None:
    """The party office receives and a colleague helps; every other reviewer says yes to each level that differs."""
    if review.stage in WITHOUT_LEVELS:
        return
    open_ = [i for i in to_agree(declaration, by, declaration.items.all()) if f"{AGREE}{i.pk}" not in marked]
    if open_:
        words = {"title": open_[0].title, "level": open_[0].get_level_display()}
        raise NotPossible(_("“%(title)s”自定为%(level)s，与规则不同，请勾选同意，或者退回") % words)


def _return(declaration: Declaration, reason: str, by: User) -> None:
    _move(declaration, "return", by, reason)
    reopen_reassessments(declaration, by=by)
    words = {"title": title_of(declaration), "reason": reason}
    fill = reverse("declarations:fill", args=[declaration.pk])
    tell(declaration.person, RETURNED, fill, Message.Kind.TASK, sender=by, words=words)


RETURNED = gettext_lazy("%(title)s已退回，请修改后重新报送：%(reason)s")
APPROVED = gettext_lazy("%(title)s已审核通过")
GOES_UP = gettext_lazy("%(title)s已审核通过，请报上级纪检组备案")


def _page(declaration: Declaration) -> str:
    return reverse("declarations:show", args=[declaration.pk])


def _approve(declaration: Declaration, by: User) -> None:
    declaration.approved_at = timezone.now()
    owner, school = around(declaration)
    is_unit = declaration.kind == Declaration.Kind.UNIT
    rows = declaration.items.select_related("power", "step", "post").prefetch_related("measures__post")
    items = {item.pk: item for item in rows}
    assert declaration.unit.school is not None
    held = enter(
        school=declaration.unit.school,
        unit=declaration.unit,
        person=None if is_unit else declaration.person,
        is_leader=owner.is_leader and not is_unit,
        items=_entered(declaration, items.values()),
        year=declaration.campaign.year,
        source="declarations.item",
        by=by,
        beside=posts_beside(declaration),
    )
    for pk, risk in held.items():
        items[pk].risk = risk
    Item.objects.bulk_update(items.values(), ["risk"], batch_size=100)
    _move(declaration, "approve", by, details={"risks": len(held)})
    words = {"title": title_of(declaration)}
    tell(declaration.person, APPROVED, _page(declaration), Message.Kind.NEWS, sender=by, words=words)
    if must_go_up(declaration.kind, owner, school):
        commission = list(holders(declaration.unit.school, "discipline"))
        tell(commission, GOES_UP, _page(declaration), Message.Kind.TASK, sender=by, words=words)


def _entered(declaration: Declaration, items: Iterable[Item]) -> list[EnteredItem]:
    agreed = _who_agreed(declaration)
    return [
        EnteredItem(
            category=item.category,
            title=item.title,
            manifestation=item.manifestation,
            likelihood=item.likelihood or 1,
            impact=item.impact or 1,
            answers=item.answers,
            cause=item.cause,
            post=item.post,
            power=item.power,
            step=item.step,
            level=item.level,
            level_reason=item.level_reason,
            measures=[
                EnteredMeasure(m.phase, m.text, m.post, m.frequency, m.frequency_note, m.evidence_kind)
                for m in item.measures.all()
                if m.text.strip()
            ],
            risk_id=item.risk_id,
            source_id=item.pk,
            agreed_by=agreed.get(item.pk),
        )
        for item in items
    ]


def _who_agreed(declaration: Declaration) -> dict[int, User]:
    """Who was the first to agree to the level of an item."""
    rows = (
        Review.objects.of(LABEL, declaration.pk)
        .filter(sent_round=declaration.sent_round, state=Review.State.APPROVED)
        .exclude(stage__in=WITHOUT_LEVELS)
    )
    found: dict[int, User] = {}
    for row in rows.select_related("decided_by").order_by("decided_at"):
        for mark in row.marked:
            number = number_in(str(mark).removeprefix(AGREE))
            if row.decided_by and str(mark).startswith(AGREE) and number is not None:
                found.setdefault(number, row.decided_by)
    return found


def _move(
    declaration: Declaration, act: str, by: User, reason: str = "", details: dict[str, str | int] | None = None
) -> None:
    before, after = declaration.state, next_state(declaration.state, act)
    if after is None:
        raise NotPossible(_("“%(state)s”的登记表不能审核") % {"state": declaration.get_state_display()})
    declaration.state = after
    declaration.save(update_fields=["state", "approved_at"])
    past = {"return": "declarations.returned", "approve": "declarations.approved"}[act]
    record(past, declaration, by=by, before=before, after=after, reason=reason, details=details)

"""«我的登记表»: what I have to fill in this year, where it is, and what I handed in before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Task
from qingqu.common.clock import today
from qingqu.declarations.models import Declaration
from qingqu.declarations.queries.draft import Draft, draft
from qingqu.declarations.rules.states import OPEN
from qingqu.organisation.models import Duty, Unit
from qingqu.organisation.queries import departments_of, standing
from qingqu.reviews.models import Review

LABEL = "declarations.declaration"


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody's turn on a form: who has it or had it, since when, until when."""

    stage: str
    state: str
    who: str
    since: datetime | None
    until: date | None
    decided_at: datetime | None
    opinion: str
    marked: tuple[str, ...]

    @property
    def is_now(self) -> bool:
        return self.state == Review.State.WAITING

    @property
    def verdict(self) -> str:
        """What was decided, in a word."""
        return str(Review.State(self.state).label)


@dataclass
class Card:
    """One form of this year on the page, or the place where it will be."""

    kind: str
    campaign: Campaign
    unit: Unit | None = None
    declaration: Declaration | None = None
    draft: Draft | None = None
    turns: tuple[Holding, ...] = ()
    task: Task | None = None
    """The re-assessment that asks for it (G8)."""
    joins: bool = False
    """It is written into the year's form, which is not handed in yet."""

    @property
    def due_on(self) -> date:
        return self.task.due_on if self.task else self.campaign.due_on

    @property
    def done(self) -> int:
        """How many groups are filled in."""
        if self.draft is None:
            return 0
        lacking = {missing.group for missing in self.draft.missing}
        return sum(key not in lacking for key in self.draft.keys)

    @property
    def total(self) -> int:
        return len(self.draft.keys) if self.draft else 7

    @property
    def is_open(self) -> bool:
        """Whether it can be filled in."""
        return self.declaration is not None and self.declaration.state in OPEN

    @property
    def is_late(self) -> bool:
        """Not handed in, and the day is over."""
        handed_in = self.declaration is not None and self.declaration.submitted_at is not None
        return not handed_in and today() > self.due_on


def open_campaign(user: User) -> Campaign | None:
    """The campaign of the user's school that is open now."""
    school = standing(user).school
    if school is None:
        return None
    return Campaign.objects.filter(school=school, state=Campaign.State.OPEN).order_by("-year").first()


def own_or_headed(user: User) -> QuerySet[Declaration]:
    """The forms that `user` fills in: his own, and those of units that he answers for."""
    headed = Q(kind=Declaration.Kind.UNIT, unit__responsible=user)
    return Declaration.objects.filter(Q(person=user) | headed).select_related("campaign", "unit", "person", "post")


def mine(user: User, campaign: Campaign) -> list[Card]:
    """This year's cards: the personal form, then one for each department that the user answers for."""
    found = list(own_or_headed(user).filter(campaign=campaign))
    own = [d for d in found if d.kind == Declaration.Kind.PERSONAL]
    personal = next((d for d in own if not d.occasion), None)
    cards = [_card(Declaration.Kind.PERSONAL, campaign, None, personal)] if personal or standing(user).units else []
    cards += _for_new_posts(user, campaign, personal, {d.occasion: d for d in own if d.occasion})
    of_unit = {d.unit_id: d for d in found if d.kind == Declaration.Kind.UNIT}
    for unit in departments_of(campaign.school).filter(responsible=user):
        cards.append(_card(Declaration.Kind.UNIT, campaign, unit, of_unit.get(unit.pk)))
    return cards


def _for_new_posts(
    user: User, campaign: Campaign, years: Declaration | None, begun: dict[int, Declaration]
) -> list[Card]:
    """A card for each post that was taken over this year and is to be examined, or has a form of its own."""
    asked = Task.objects.filter(campaign=campaign, kind=Task.Kind.REASSESS, person=user).select_related("post__unit")
    cards = []
    for task in asked.order_by("due_on", "id"):
        form = begun.get(task.pk)
        if form is None and task.done_at:
            continue
        card = _card(Declaration.Kind.PERSONAL, campaign, None, form)
        card.task, card.joins = task, form is None and (years is None or years.state in OPEN)
        cards.append(card)
    return cards


def _card(kind: str, campaign: Campaign, unit: Unit | None, declaration: Declaration | None) -> Card:
    card = Card(kind, campaign, unit, declaration)
    if declaration is None:
        return card
    if card.is_open:
        card.draft = draft(declaration)
    card.turns = holding(declaration)
    return card


def holding(declaration: Declaration) -> tuple[Holding, ...]:
    """The turns of the form's last round, in order. One statement."""
    turns = Review.objects.of(LABEL, declaration.pk).filter(sent_round=declaration.sent_round)
    turns = turns.exclude(state=Review.State.VOID, decided_by=None).select_related("reviewer", "decided_by")
    return tuple(_holding(turn) for turn in turns)


def _holding(turn: Review) -> Holding:
    person = turn.decided_by or turn.reviewer
    duty = Duty.Kind(turn.duty).label if turn.duty else ""
    return Holding(
        stage=turn.get_stage_display(),
        state=turn.state,
        who=person.name if person else str(duty),
        since=turn.opened_at,
        until=turn.due_on,
        decided_at=turn.decided_at,
        opinion=turn.opinion,
        marked=tuple(str(mark) for mark in turn.marked),
    )


def earlier_years(user: User, campaign: Campaign | None) -> QuerySet[Declaration]:
    """The forms of other years."""
    found = own_or_headed(user).order_by("-campaign__year", "kind")
    return found.exclude(campaign=campaign) if campaign else found

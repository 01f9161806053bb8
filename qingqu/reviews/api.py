"""Reviews for programmes: what waits, and deciding it; the same access and acts as the pages."""

from __future__ import annotations

from datetime import date

from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.reviews import access, queries, subjects
from qingqu.reviews.models import Review

router = Router(tags=["reviews"])


class ReviewOut(Schema):
    """One review as its reviewer sees it."""

    id: int
    subject: str = Field(alias="subject_label")
    subject_id: int
    title: str
    kind: str
    unit_id: int | None
    stage: str
    state: str
    sent_round: int
    due_on: date | None
    url: str


class Decision(Schema):
    """Approve or return. A return needs its opinion; `marked` names what has to be changed, or agreed to."""

    approve: bool
    opinion: str = ""
    marked: list[str] = []


class Decided(Schema):
    """What the decision led to."""

    finished: bool
    returned: bool


@router.get("/reviews", response=list[ReviewOut], summary="What waits for me")
@paginate(LimitOffsetPagination)
def waiting(request: SignedIn) -> object:
    """The reviews that you may decide now, the earliest due first."""
    return queries.waiting_for(request.user)


@router.post("/reviews/{int:pk}/decision", response=Decided, summary="Approve or return")
def decide(request: SignedIn, pk: int, body: Decision) -> dict[str, bool]:
    """Decide on one review: whose turn it is, never on one's own paper."""
    user = request.user
    review = get_object_or_404(Review.objects.visible_to(user), pk=pk)
    require(access.can_decide(user, review))
    outcome = subjects.decide(review, approve=body.approve, opinion=body.opinion, marked=body.marked, by=user)
    return {"finished": outcome.finished, "returned": outcome.returned}

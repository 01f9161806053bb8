"""Registration forms over the API: begin, fill in, hand in, take back; the same access and acts as the pages."""

# No «from __future__ import annotations» here: the pager wraps the view, and its annotations must be types already.

from datetime import datetime
from typing import Annotated, Any

from django.db.models import Max, QuerySet
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import LimitOffsetPagination, paginate
from pydantic import AfterValidator

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns.models import Campaign, Task
from qingqu.common.access import require
from qingqu.common.errors import NotPossible
from qingqu.common.text import plain
from qingqu.declarations import access, actions, draft_actions, queries, review_access, wording
from qingqu.declarations.access import visible_items
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.queries import Draft
from qingqu.declarations.queries.draft import content_of, level_of, suggestion
from qingqu.declarations.rules.content import (
    MEASURE_MOST,
    TEXT_MOST,
    TITLE_MOST,
    Content,
    ItemContent,
    Judgement,
    MeasureContent,
)
from qingqu.organisation.models import Unit
from qingqu.risks.models import Category, Cause, Frequency, Phase
from qingqu.trace.refusals import record_view

router = Router(tags=["declarations"])
Id = Annotated[int, Field(ge=1, le=2**62)]
Scale = Annotated[int, Field(ge=1, le=5)]


def text(most: int) -> Any:
    """A text without edges and control characters, of so many characters at most."""
    return Annotated[str, AfterValidator(plain), Field(max_length=most)]


class MeasureIn(Schema):
    """A measure of an item."""

    phase: Phase
    text: text(MEASURE_MOST)  # type: ignore[valid-type]
    post_id: Id | None = None
    frequency: Frequency = Frequency.TERM
    frequency_note: text(40) = ""  # type: ignore[valid-type]
    evidence_kind: text(80) = ""  # type: ignore[valid-type]


class ItemIn(Schema):
    """A risk; with its id it changes the one that is there, without it is a new one."""

    id: Id | None = None
    category: Category
    title: text(TITLE_MOST) = ""  # type: ignore[valid-type]
    manifestation: text(TEXT_MOST) = ""  # type: ignore[valid-type]
    cause: Cause | None = None
    post_id: Id | None = None
    power_id: Id | None = None
    step_id: Id | None = None
    likelihood: Scale | None = None
    impact: Scale | None = None
    answers: Annotated[str, Field(pattern="^[01]{5}$")] = "00000"
    level: Annotated[int, Field(ge=1, le=3)] | None = None
    """Only where it differs from what the rule says."""
    level_reason: text(300) = ""  # type: ignore[valid-type]
    confirmed: bool = False
    """A prefilled item was read and is kept as it is."""
    measures: Annotated[list[MeasureIn], Field(max_length=20)] = []


class ItemOut(ItemIn):
    """A risk with where it comes from and what the rule says."""

    cause: str = ""  # type: ignore[assignment]
    origin: str
    origin_text: str
    suggested_level: int | None
    score: int | None
    level_in_force: int | None


class JudgementIn(Schema):
    """The unit's answer for one step."""

    step_id: Id
    has_risk: bool
    note: text(200) = ""  # type: ignore[valid-type]


class Fill(Schema):
    """What is written into a form. What is left out stays; a list that is given replaces the one that is there."""

    version: int
    """The version that was read: an older one is refused, so that nobody overwrites another."""
    duties: text(TEXT_MOST) | None = None  # type: ignore[valid-type]
    political_status: text(20) | None = None  # type: ignore[valid-type]
    pledged: bool | None = None
    items: Annotated[list[ItemIn], Field(max_length=draft_actions.MOST_ITEMS)] | None = None
    none_reasons: dict[Category, text(300)] | None = None  # type: ignore[valid-type]
    judgements: Annotated[list[JudgementIn], Field(max_length=400)] | None = None


class Row(Schema):
    """A form as the list has it."""

    id: int
    year: int = Field(alias="campaign.year")
    kind: Declaration.Kind
    state: Declaration.State
    person_id: int
    person: str = Field(alias="person.name")
    unit_id: int
    post_id: int | None
    """The new post, where the form follows a change of post."""
    number: str
    version: int
    minutes: int
    submitted_at: datetime | None
    approved_at: datetime | None


class Turn(Schema):
    """Who has the form or had it."""

    stage: str
    state: str
    who: str
    since: datetime | None
    decided_at: datetime | None
    opinion: str


class Whole(Schema):
    """A form with everything in it that the reader may see."""

    form: Row
    duties: str
    political_status: str
    pledged: bool
    prefilled: int
    items: list[ItemOut]
    hidden_items: int
    """How many «思想道德» items are not shown to you."""
    none_reasons: dict[str, str]
    judgements: list[JudgementIn]
    missing: list[str]
    """What it still lacks before it can be handed in; only for who fills it in."""
    turns: list[Turn]


class Begin(Schema):
    """Which form to begin: one's own, that of a unit, or the one that a re-assessment asks for."""

    kind: Declaration.Kind = Declaration.Kind.PERSONAL
    unit_id: Id | None = None
    task_id: Id | None = None
    """A re-assessment: the form for the post that was taken over."""


class Wanted(Schema):
    """What the list is filtered by."""

    year: int | None = None
    kind: Declaration.Kind | None = None
    state: Declaration.State | None = None
    mine: bool = False


@router.get("/declarations", response=list[Row], summary="Forms that one may see")
@paginate(LimitOffsetPagination)
def list_declarations(request: SignedIn, wanted: Query[Wanted]) -> QuerySet[Declaration]:
    """Your own forms and those that you may see, newest first."""
    user = request.user
    found = queries.own_or_headed(user) if wanted.mine else Declaration.objects.visible_to(user)
    filters = {"campaign__year": wanted.year, "kind": wanted.kind, "state": wanted.state}
    chosen = {name: value for name, value in filters.items() if value is not None}
    return found.filter(**chosen).select_related("campaign", "unit", "person").order_by("-id")


@router.post("/declarations", response={201: Whole, 200: Whole}, summary="Begin a form")
def begin(request: SignedIn, said: Begin) -> Status[dict[str, Any]]:
    """Begin your form of the open campaign, or a unit's; begun twice, the first one is given back, with 200."""
    campaign = queries.open_campaign(request.user)
    if campaign is None:
        raise NotPossible(wording.NOT_YET)
    newest = Declaration.objects.aggregate(pk=Max("pk", default=0))["pk"]
    form = _begun(request.user, campaign, said)
    return Status(201 if form.pk > newest else 200, _whole(form, request.user))


def _begun(user: User, campaign: Campaign, said: Begin) -> Declaration:
    if said.task_id:
        tasks = Task.objects.filter(campaign=campaign).select_related("campaign__school", "post__unit")
        task = get_object_or_404(tasks, pk=said.task_id)
        require(access.can_reassess(user, task))
        return actions.start_reassessment(task, by=user)
    if said.kind == Declaration.Kind.PERSONAL:
        require(access.can_start(user, campaign))
        return actions.start(campaign, by=user)
    unit = get_object_or_404(Unit.objects.visible_to(user).active(), pk=said.unit_id or 0)
    require(access.can_start_unit(user, unit))
    return actions.start_unit(unit, campaign, by=user)


@router.get("/declarations/{int:pk}", response=Whole, summary="A form")
def get_declaration(request: SignedIn, pk: int) -> dict[str, Any]:
    """A form whole; looking at others' «思想道德» items is recorded."""
    declaration = _found(request.user, pk)
    require(review_access.can_read(request.user, declaration))
    return _whole(declaration, request.user)


@router.put("/declarations/{int:pk}", response=Whole, summary="Fill in a form")
def fill(request: SignedIn, pk: int, said: Fill) -> dict[str, Any]:
    """Save what is given. 409 where the form is newer than `version`: read it again, then decide."""
    declaration = _found(request.user, pk)
    require(access.can_fill(request.user, declaration))
    declaration = draft_actions.save(
        declaration, _content(said), by=request.user, version=said.version, whole=said.items is not None
    )
    return _whole(declaration, request.user)


@router.post("/declarations/{int:pk}/submit", response=Row, summary="Hand in")
def submit(request: SignedIn, pk: int) -> Declaration:
    """Hand the form to its first reviewer; 409 with every sentence where something is missing."""
    declaration = _found(request.user, pk)
    require(access.can_submit(request.user, declaration))
    return actions.submit(declaration, by=request.user)


@router.post("/declarations/{int:pk}/withdraw", response=Row, summary="Withdraw")
def withdraw(request: SignedIn, pk: int) -> Declaration:
    """Take the form back while no reviewer of this round has decided."""
    declaration = _found(request.user, pk)
    require(access.can_withdraw(request.user, declaration))
    return actions.withdraw(declaration, by=request.user)


def _found(user: User, pk: int) -> Declaration:
    own = queries.own_or_headed(user).filter(pk=pk).first()
    if own:
        return own
    return get_object_or_404(Declaration.objects.visible_to(user).select_related("campaign", "unit", "person"), pk=pk)


def _content(said: Fill) -> Content:
    none = dict.fromkeys(Category, "") | said.none_reasons if said.none_reasons is not None else {}
    judged = {row.step_id: Judgement(row.has_risk, row.note) for row in said.judgements or []}
    return Content(
        duties=said.duties,
        political_status=said.political_status,
        pledged=said.pledged,
        items=tuple(_item_content(item) for item in said.items or []),
        none={str(category): reason for category, reason in none.items()},
        judgements=judged,
    )


def _item_content(said: ItemIn) -> ItemContent:
    measures = sorted((m for m in said.measures if m.text), key=lambda m: list(Phase).index(m.phase))
    return ItemContent(
        pk=said.id,
        category=str(said.category),
        title=said.title.replace("\n", " "),
        manifestation=said.manifestation,
        cause=str(said.cause or ""),
        post=said.post_id,
        power=said.power_id,
        step=said.step_id,
        likelihood=said.likelihood,
        impact=said.impact,
        answers=said.answers,
        level=said.level,
        level_reason=said.level_reason if said.level else "",
        confirmed=said.confirmed,
        measures=tuple(
            MeasureContent(str(m.phase), m.text, str(m.frequency), m.frequency_note, m.evidence_kind, m.post_id)
            for m in measures
        ),
    )


def _whole(declaration: Declaration, user: User) -> dict[str, Any]:
    found = queries.draft(declaration)
    items, hidden = visible_items(declaration, user, found.items)
    seen = bool(access.can_see_thought(user, declaration))
    restricted = declaration.kind == Declaration.Kind.PERSONAL and declaration.person_id != user.pk
    if restricted and any(item.category == Category.THOUGHT for item in items):
        record_view(declaration, by=user)
    return {
        "form": declaration,
        "duties": declaration.duties,
        "political_status": declaration.political_status,
        "pledged": declaration.pledged,
        "prefilled": declaration.prefilled,
        "items": [_item_out(item) for item in items],
        "hidden_items": hidden,
        "none_reasons": {c: reason for c, reason in found.none.items() if seen or c != Category.THOUGHT},
        "judgements": [
            {"step_id": step, "has_risk": j.has_risk, "note": j.note} for step, j in found.judgements.items()
        ],
        "missing": _missing(found, user),
        "turns": queries.holding(declaration),
    }


def _missing(found: Draft, user: User) -> list[str]:
    if not access.can_fill(user, found.declaration):
        return []
    return [wording.sentence(one) for one in found.missing]


def _item_out(item: Item) -> dict[str, Any]:
    content, said = content_of(item), suggestion(item)
    measures = [
        {
            "phase": m.phase,
            "text": m.text,
            "post_id": m.post,
            "frequency": m.frequency,
            "frequency_note": m.frequency_note,
            "evidence_kind": m.evidence_kind,
        }
        for m in content.measures
    ]
    plain_ones = ("category", "title", "manifestation", "cause", "likelihood", "impact", "answers", "level")
    return {name: getattr(content, name) for name in (*plain_ones, "level_reason", "confirmed")} | {
        "id": item.pk,
        "post_id": content.post,
        "power_id": content.power,
        "step_id": content.step,
        "measures": measures,
        "origin": item.origin,
        "origin_text": item.origin_text,
        "suggested_level": said.level if said else None,
        "score": said.score if said else None,
        "level_in_force": level_of(item),
    }

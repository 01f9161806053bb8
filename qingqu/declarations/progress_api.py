"""Exemptions, urging and the closing of stages over the API; the same access and acts as the pages."""

# No «from __future__ import annotations» here: the pager wraps the view, and its annotations must be types already.

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from ninja.pagination import LimitOffsetPagination, paginate
from pydantic import AfterValidator, model_validator

from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import actions as campaign_actions
from qingqu.campaigns.models import Campaign, Exemption, Stage
from qingqu.common.access import require
from qingqu.common.text import plain, plain_line
from qingqu.declarations import closing, progress, progress_actions
from qingqu.declarations import progress_access as access
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import staff_of

router = Router(tags=["campaigns"])
Id = Annotated[int, Field(ge=1, le=2**62)]
Reason = Annotated[str, AfterValidator(plain_line), Field(max_length=200)]


class ExemptionOut(Schema):
    """Somebody, or a department, that need not hand in this year."""

    id: int
    person_id: int | None
    unit_id: int | None
    reason: str
    by_id: int
    at: datetime
    revoked_at: datetime | None


class Exempt(Schema):
    """Who need not hand in, a person or a department, and why."""

    person_id: Id | None = None
    unit_id: Id | None = None
    reason: Reason

    @model_validator(mode="after")
    def one_of_two(self) -> "Exempt":
        """Either a person or a department."""
        if (self.person_id is None) == (self.unit_id is None):
            raise ValueError("either person_id or unit_id")
        return self


class Urge(Schema):
    """Whom to urge: everybody whose form is missing, or those of one department."""

    unit_id: Id | None = None


class Urged(Schema):
    """How many people were told."""

    told: int


class ConditionOut(Schema):
    """A condition of closing a stage."""

    text: str
    holds: bool


class Close(Schema):
    """Why a stage closes although not every condition holds; not needed where all hold."""

    exemption: Annotated[str, AfterValidator(plain), Field(max_length=2000)] = ""


class Reopen(Schema):
    """Why a stage is opened again."""

    reason: Reason


class StageClosed(Schema):
    """A stage after closing or opening it again."""

    id: int
    kind: str
    closed_at: datetime | None
    exemption: str


@router.get("/{int:pk}/exemptions", response=list[ExemptionOut], summary="Who need not hand in")
@paginate(LimitOffsetPagination)
def exemptions(request: SignedIn, pk: int) -> QuerySet[Exemption]:
    """The exemptions in force, of the departments whose progress you see."""
    campaign = _campaign(request, pk)
    require(access.can_see_progress(request.user, campaign))
    return progress.exemptions(campaign, access.departments_seen(request.user))


@router.post("/{int:pk}/exemptions", response={201: ExemptionOut}, summary="Exempt a person or a department")
def exempt(request: SignedIn, pk: int, said: Exempt) -> Status[Exemption]:
    """For the party office, with a reason; 409 where there is one already or the year is over."""
    campaign = _campaign(request, pk)
    require(access.can_settle(request.user, campaign))
    person = get_object_or_404(staff_of(campaign.school), pk=said.person_id) if said.person_id else None
    unit = get_object_or_404(Unit, pk=said.unit_id, school=campaign.school) if said.unit_id else None
    made = campaign_actions.exempt(campaign, person=person, unit=unit, reason=said.reason, by=request.user)
    return Status(201, made)


@router.post("/exemptions/{int:pk}/revoke", response=ExemptionOut, summary="Take an exemption back")
def revoke(request: SignedIn, pk: int) -> Exemption:
    """For the party office: from now on the form is due."""
    seen = Exemption.objects.filter(campaign__in=Campaign.objects.visible_to(request.user))
    exemption = get_object_or_404(seen.select_related("campaign__school"), pk=pk)
    require(access.can_settle(request.user, exemption.campaign))
    return campaign_actions.revoke_exemption(exemption, by=request.user)


@router.post("/{int:pk}/urge", response=Urged, summary="Urge those whose form is missing")
def urge(request: SignedIn, pk: int, said: Urge) -> dict[str, int]:
    """At most once a day and person; 409 where nothing is missing or all were urged today."""
    campaign = _campaign(request, pk)
    unit = get_object_or_404(Unit, pk=said.unit_id, school=campaign.school) if said.unit_id else None
    require(access.can_urge(request.user, campaign, unit.pk if unit else None))
    told = progress_actions.urge(campaign, by=request.user, only={unit.pk} if unit else None)
    return {"told": told}


@router.get("/stages/{int:pk}/conditions", response=list[ConditionOut], summary="Conditions of closing a stage")
def conditions(request: SignedIn, pk: int) -> list[Any]:
    """Every condition, whether it holds, and what is missing."""
    stage = _stage(request, pk)
    require(access.can_settle(request.user, stage.campaign))
    return closing.conditions(stage)


@router.post("/stages/{int:pk}/close", response=StageClosed, summary="Close a stage")
def close_stage(request: SignedIn, pk: int, said: Close) -> Stage:
    """Where the conditions hold, or with the reason on record; 409 names what is unmet."""
    stage = _stage(request, pk)
    require(access.can_settle(request.user, stage.campaign))
    unmet = closing.unmet(stage)
    return campaign_actions.close_stage(stage, unmet=unmet, exemption=said.exemption, by=request.user)


@router.post("/stages/{int:pk}/reopen", response=StageClosed, summary="Open a stage again")
def reopen_stage(request: SignedIn, pk: int, said: Reopen) -> Stage:
    """With a reason, while the year is open."""
    stage = _stage(request, pk)
    require(access.can_settle(request.user, stage.campaign))
    return campaign_actions.reopen_stage(stage, reason=said.reason, by=request.user)


def _campaign(request: SignedIn, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user).select_related("school"), pk=pk)


def _stage(request: SignedIn, pk: int) -> Stage:
    stages = Stage.objects.filter(campaign__in=Campaign.objects.visible_to(request.user))
    return get_object_or_404(stages.select_related("campaign__school"), pk=pk)

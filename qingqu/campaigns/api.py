"""Years of work and their tasks over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate
from pydantic import AfterValidator

from qingqu.accounts.signed_in import SignedIn
from qingqu.campaigns import access, actions, queries
from qingqu.campaigns.actions.settings import MOST_YEARS
from qingqu.campaigns.models import Campaign, Stage, Task
from qingqu.common.access import require
from qingqu.common.text import plain_line

router = Router(tags=["campaigns"])


class StageOut(Schema):
    """A stage of a year."""

    id: int
    kind: str
    starts_on: date
    ends_on: date
    closed_at: datetime | None
    exemption: str


class CampaignOut(Schema):
    """A year's work."""

    id: int
    year: int
    title: str
    state: str
    due_on: date
    escalate_days: int
    working_days: int
    peer_review: bool
    group_step: Campaign.GroupStep
    rotation_years: int
    rotation_basis: str
    stages: list[StageOut]

    @staticmethod
    def resolve_stages(campaign: Campaign) -> list[Stage]:
        return list(campaign.stages.all())


class TaskOut(Schema):
    """A task of a year."""

    id: int
    kind: str
    title: str
    stage_id: int | None
    unit_id: int | None
    person_id: int | None
    due_on: date
    done_at: datetime | None
    note: str


class Settings(Schema):
    """What a school decides for itself in a year."""

    peer_review: bool
    """A colleague of the department looks at personal forms first."""
    group_step: Campaign.GroupStep
    """Which forms the leading group decides on last."""
    rotation_years: Annotated[int, Field(ge=1, le=MOST_YEARS)]
    rotation_basis: Annotated[str, AfterValidator(plain_line), Field(max_length=200)] = ""


class Done(Schema):
    """How a task was done."""

    note: Annotated[str, AfterValidator(plain_line), Field(max_length=300)] = ""


def _campaign(request: SignedIn, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user).select_related("school"), pk=pk)


@router.get("", response=list[CampaignOut], summary="Years of one's school")
@paginate(LimitOffsetPagination)
def campaigns(request: SignedIn) -> QuerySet[Campaign]:
    """The newest first."""
    return Campaign.objects.visible_to(request.user).prefetch_related("stages")


@router.get("/{int:pk}", response=CampaignOut, summary="One year")
def campaign(request: SignedIn, pk: int) -> Campaign:
    """With its stages."""
    return _campaign(request, pk)


@router.post("/{int:pk}/open", response=CampaignOut, summary="Begin a year")
def open_(request: SignedIn, pk: int) -> Campaign:
    """For the party office; everybody is told."""
    found = _campaign(request, pk)
    require(access.can_manage(request.user, found.school))
    return actions.open_campaign(found, by=request.user)


@router.put("/{int:pk}/settings", response=CampaignOut, summary="Way of review, years in a key post")
def edit_settings(request: SignedIn, pk: int, said: Settings) -> Campaign:
    """For the party office; holds for forms that are handed in from now on."""
    found = _campaign(request, pk)
    require(access.can_manage(request.user, found.school))
    return actions.edit_settings(found, **said.dict(), by=request.user)


@router.get("/{int:pk}/tasks", response=list[TaskOut], summary="Tasks of a year")
@paginate(LimitOffsetPagination)
def tasks(request: SignedIn, pk: int) -> QuerySet[Task]:
    """Those of the stages, and the re-assessments that one may see."""
    return queries.visible_tasks(_campaign(request, pk), request.user).order_by("due_on", "id")


@router.post("/tasks/{int:pk}/finish", response=TaskOut, summary="A task is done")
def finish(request: SignedIn, pk: int, done: Done) -> Task:
    """For whoever has the task."""
    visible = Task.objects.filter(campaign__in=Campaign.objects.visible_to(request.user))
    task = get_object_or_404(visible.select_related("campaign__school"), pk=pk)
    require(access.can_finish_task(request.user, task))
    return actions.finish_task(task, note=done.note, by=request.user)

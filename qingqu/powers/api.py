"""The power list over the API: the same permissions and acts as the pages."""

# No «from __future__ import annotations» here: the pager wraps the view, and its annotations must be types already.

from typing import Annotated, Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import LimitOffsetPagination, paginate
from pydantic import StringConstraints

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.common.access import require
from qingqu.organisation.models import Unit
from qingqu.powers import access, actions, queries
from qingqu.powers.actions import BasisRow, HolderRow, StepRow
from qingqu.powers.models import Power

router = Router(tags=["powers"])


def text(most: int, least: int = 0) -> Any:
    return Annotated[str, StringConstraints(strip_whitespace=True, min_length=least, max_length=most)]


class PowerRow(Schema):
    """A power as the list has it."""

    id: int
    code: str
    name: str
    unit_id: int
    domain: str
    kind: Power.Kind
    three_major: Power.ThreeMajor
    scope: Power.Scope
    state: Power.State
    is_key: bool
    step_count: int = 0
    unsure_count: int = 0
    """Documents whose number is still to be checked."""

    @staticmethod
    def resolve_step_count(power: Any) -> int:
        return power.step_count or 0

    @staticmethod
    def resolve_unsure_count(power: Any) -> int:
        return power.unsure_count or 0


class BasisIn(Schema):
    """A document on which the power rests."""

    id: int | None = None
    name: text(160, 1)  # type: ignore[valid-type]
    number: text(80) = ""  # type: ignore[valid-type]
    needs_check: bool = False
    regulation_id: int | None = None


class StepIn(Schema):
    """A step; its place in the list is its order."""

    id: int | None = None
    name: text(80, 1)  # type: ignore[valid-type]
    actor: text(60) = ""  # type: ignore[valid-type]
    output: text(80) = ""  # type: ignore[valid-type]
    days: Annotated[int, Field(ge=0, le=999)] | None = None
    is_public: bool = False
    post_id: int | None = None


class HolderIn(Schema):
    """A post that exercises the power."""

    name: text(60, 1)  # type: ignore[valid-type]
    post_id: int | None = None


class StepOut(StepIn):
    """A step with its mark."""

    order: int
    is_key: bool


class PowerOut(Schema):
    """A power whole."""

    id: int
    code: str
    name: str
    unit_id: int
    domain: str
    content: str
    kind: Power.Kind
    lead: str
    decider: str
    supervisor: str
    hotline: str
    boundary: str
    forbidden: str
    three_major: Power.ThreeMajor
    scope: Power.Scope
    time_limit: str
    fee: str
    state: Power.State
    is_key: bool
    origin: str
    bases: list[BasisIn]
    steps: list[StepOut]
    holders: list[HolderIn]


class PowerChange(Schema):
    """What may be changed; what is left out stays. A list that is given replaces the one that is there."""

    name: text(80, 1) | None = None  # type: ignore[valid-type]
    unit_id: int | None = None
    domain: text(40) | None = None  # type: ignore[valid-type]
    content: text(4000) | None = None  # type: ignore[valid-type]
    kind: Power.Kind | None = None
    lead: text(60) | None = None  # type: ignore[valid-type]
    decider: text(80) | None = None  # type: ignore[valid-type]
    supervisor: text(80) | None = None  # type: ignore[valid-type]
    hotline: text(40) | None = None  # type: ignore[valid-type]
    boundary: text(4000) | None = None  # type: ignore[valid-type]
    forbidden: text(4000) | None = None  # type: ignore[valid-type]
    three_major: Power.ThreeMajor | None = None
    scope: Power.Scope | None = None
    time_limit: text(60) | None = None  # type: ignore[valid-type]
    fee: text(120) | None = None  # type: ignore[valid-type]
    bases: Annotated[list[BasisIn], Field(max_length=60)] | None = None
    steps: Annotated[list[StepIn], Field(max_length=60)] | None = None
    holders: Annotated[list[HolderIn], Field(max_length=60)] | None = None


class PowerNew(PowerChange):
    """A new power: at least its name and the department that exercises it."""

    name: text(80, 1)  # type: ignore[valid-type]
    unit_id: int


class Wanted(Schema):
    """What the list is filtered by."""

    q: str = ""
    unit: int | None = None
    domain: str = ""
    kind: Power.Kind | None = None
    three_major: Power.ThreeMajor | None = None
    state: Power.State | None = Power.State.IN_FORCE


@router.get("/powers", response=list[PowerRow], summary="Powers of one's school")
@paginate(LimitOffsetPagination)
def list_powers(request: SignedIn, wanted: Query[Wanted]) -> QuerySet[Power]:
    """The power list, filtered and searched as on its page."""
    asked = queries.Asked(
        text=wanted.q[:60],
        unit=wanted.unit,
        domain=wanted.domain,
        kind=wanted.kind or "",
        three_major=wanted.three_major or "",
        state=wanted.state or "",
    )
    return queries.powers(request.user, asked)


@router.get("/powers/{pk}", response=PowerOut, summary="A power")
def get_power(request: SignedIn, pk: int) -> Power:
    """A power with its basis, steps and holders."""
    return _visible(request.user, pk)


@router.post("/powers", response={201: PowerOut}, summary="Create a power")
def create_power(request: SignedIn, said: PowerNew) -> Status[Power]:
    """Put a power on the list; a draft until its four blocks are there."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), pk=said.unit_id)
    require(access.can_create_for(request.user, unit))
    power = actions.create_power(
        unit=unit,
        facts=_facts(request.user, said),
        bases=_bases(said),
        steps=_steps(said),
        holders=_holders(said),
        by=request.user,
    )
    return Status(201, _visible(request.user, power.pk))


@router.patch("/powers/{pk}", response=PowerOut, summary="Change a power")
def update_power(request: SignedIn, pk: int, said: PowerChange) -> Power:
    """Change facts, or replace the list of documents, steps or holders: all of it or none."""
    power = _visible(request.user, pk)
    require(access.can_edit(request.user, power))
    facts = _facts(request.user, said)
    if "unit" in facts:
        require(access.can_create_for(request.user, facts["unit"]))
    with transaction.atomic():
        if facts:
            actions.update_power(power, facts, by=request.user)
        if said.bases is not None:
            actions.set_bases(power, _bases(said), by=request.user)
        if said.steps is not None:
            actions.set_steps(power, _steps(said), by=request.user)
        if said.holders is not None:
            actions.set_holders(power, _holders(said), by=request.user)
    return _visible(request.user, pk)


def _visible(user: User, pk: int) -> Power:
    found = Power.objects.visible_to(user).prefetch_related("bases", "steps", "holders")
    return get_object_or_404(found, pk=pk)


def _facts(user: User, said: PowerChange) -> dict[str, Any]:
    facts = {name: value for name, value in said.dict(exclude_unset=True).items() if value is not None}
    facts = {name: value for name, value in facts.items() if name in actions.FACTS}
    if "unit_id" in said.model_fields_set and said.unit_id is not None:
        facts["unit"] = get_object_or_404(Unit.objects.visible_to(user), pk=said.unit_id)
    return facts


def _bases(said: PowerChange) -> list[BasisRow]:
    return [BasisRow(row.name, row.number, row.needs_check, row.regulation_id, row.id) for row in said.bases or []]


def _steps(said: PowerChange) -> list[StepRow]:
    rows = said.steps or []
    return [StepRow(r.name, r.actor, r.output, r.days, r.is_public, r.post_id, r.id) for r in rows]


def _holders(said: PowerChange) -> list[HolderRow]:
    return [HolderRow(row.name, row.post_id) for row in said.holders or []]

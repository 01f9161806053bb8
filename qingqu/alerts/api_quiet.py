"""What is kept quiet, over the API: the same doors and acts as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date, datetime
from typing import Annotated

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts.api_rules import Reason, counting
from qingqu.alerts.indicators import quiet_actions, rule_access, rule_queries, rulebook
from qingqu.alerts.models import Suppression
from qingqu.common.access import require
from qingqu.organisation.queries import standing

router = Router(tags=["indicators"])


class Scope(Schema):
    """What to keep quiet: one check of the indicator or all of it, for at most a year."""

    check_id: Annotated[str, Field(max_length=40)] = ""
    """Empty: every check."""
    until: date
    reason: Reason


class Lifting(Schema):
    """Why findings are raised again before the day."""

    reason: Reason


class QuietOut(Schema):
    """A scope in which no findings are raised for some time."""

    id: int
    rule: str = Field(alias="code")
    check_id: str
    alert_id: int | None
    """The dispelled warning, if only its case is kept quiet."""
    until: date
    reason: str
    by: str = Field(alias="by.name")
    created_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str

    @staticmethod
    def resolve_lifted_by(row: Suppression) -> str | None:
        """Who ended it before its day."""
        return row.lifted_by.name if row.lifted_by else None


@router.post("/indicators/{code}/suppressions", response={201: QuietOut}, summary="Keep findings quiet for some time")
def suppress(request: SignedIn, code: str, scope: Scope) -> Status[Suppression]:
    """Keep findings quiet, as the commission, never for one's own department; they are raised after the day."""
    rule = counting(request, code)
    require(rule_access.can_suppress(request.user, rule))
    checks = {one.id for one in rulebook.known(code).checks}
    if scope.check_id and scope.check_id not in checks:
        raise Http404
    return Status(201, quiet_actions.suppress(rule, by=request.user, **scope.dict()))


@router.get("/suppressions", response=list[QuietOut], summary="What is kept quiet")
def list_suppressions(request: SignedIn) -> list[Suppression]:
    """What is or was kept quiet, up to 200 entries, those in force first."""
    school = standing(request.user).school
    require(rule_access.can_see_suppressions(request.user, school))
    assert school is not None
    return [quiet.row for quiet in rule_queries.suppressions(school)]


@router.post("/suppressions/{int:pk}/lift", response=QuietOut, summary="Raise findings again")
def lift(request: SignedIn, pk: int, said: Lifting) -> Suppression:
    """End a suppression early; the next nightly run raises what it kept quiet and no other one still does."""
    school = standing(request.user).school
    require(rule_access.can_manage_rules(request.user, school))
    quiet = get_object_or_404(Suppression, pk=pk, school=school)
    return quiet_actions.lift(quiet, reason=said.reason, by=request.user)

"""The steps with a warning over the API, from its explanation to what is put right: the same doors as the pages."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from datetime import date
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, File, Router, Schema, Status, UploadedFile
from pydantic import StringConstraints

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, actions, chain
from qingqu.alerts.api import AlertOut, PaperOut, alert_or_404, get_alert
from qingqu.alerts.indicators import rule_access
from qingqu.alerts.models import Alert
from qingqu.common.access import Access, require
from qingqu.common.errors import NotPossible
from qingqu.organisation.queries import staff_of
from qingqu.records.models import Attachment
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import Phase, RiskPoint

router = Router(tags=["warnings"])
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Explanation(Schema):
    """The clerk's explanation."""

    text: Said


class Opinion(Schema):
    """The head's opinion after comparing explanation and papers."""

    opinion: Literal["dispelled", "clerical", "flaw"]
    text: Said


class Closing(Schema):
    """The result; of what is handed over only the number is kept. `quiet_days` applies to a dispelled one."""

    result: Alert.Result
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    reference: Annotated[str, StringConstraints(max_length=60)] = ""
    quiet_days: Annotated[int, Field(ge=0, le=365)] = 0
    risk_point_id: int | None = None
    """The risk point, if it is not the suggested one."""


class Order(Schema):
    """What has to be put right: at which risk point, by whom, until when, with what evidence."""

    risk_point_id: int
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    owner_id: int | None = None
    """Null: the head of the warning's department."""
    due_on: date
    evidence_kind: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class CandidateOut(Schema):
    """A risk point that a warning may belong to."""

    id: int
    level: int
    unit: str = Field(alias="unit.name")
    title: str


@router.post("/alerts/{int:pk}/explain", response=AlertOut, summary="Explain a warning")
def explain(request: SignedIn, pk: int, said: Explanation) -> dict[str, Any]:
    """Explain a warning as the clerk; it then goes to the head (S55)."""
    alert = alert_or_404(request, pk)
    _require(access.can_explain(request.user, alert), alert)
    actions.explain(alert, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/confirm", response=AlertOut, summary="Confirm an explanation")
def confirm(request: SignedIn, pk: int, said: Opinion) -> dict[str, Any]:
    """Confirm a warning as the head; it then goes to the discipline commission."""
    alert = alert_or_404(request, pk)
    _require(access.can_confirm(request.user, alert), alert)
    actions.confirm(alert, opinion=said.opinion, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/send-back", response=AlertOut, summary="Ask for more")
def send_back(request: SignedIn, pk: int, said: Explanation) -> dict[str, Any]:
    """Send a warning back to the clerk, as the head or the commission; what was said stays."""
    alert = alert_or_404(request, pk)
    _require(access.can_send_back(request.user, alert), alert)
    actions.send_back(alert, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/close", response=AlertOut, summary="Close a warning")
def close(request: SignedIn, pk: int, said: Closing) -> dict[str, Any]:
    """Close a warning as the discipline commission; nobody closes what concerns himself (S69, S89)."""
    alert = alert_or_404(request, pk)
    _require(access.can_close(request.user, alert), alert)
    if said.quiet_days and alert.rule:
        require(rule_access.can_suppress(request.user, alert.rule))
    told = said.dict()
    risk = told.pop("risk_point_id")
    risks = chain.candidates(alert, request.user)
    actions.close(alert, by=request.user, risk=get_object_or_404(risks, pk=risk) if risk else None, **told)
    return get_alert(request, pk)


@router.get("/alerts/{int:pk}/risk-points", response=list[CandidateOut], summary="Where a warning may belong")
def list_candidates(request: SignedIn, pk: int) -> list[RiskPoint]:
    """The risk points to choose from when closing a warning or ordering rectification."""
    alert = alert_or_404(request, pk)
    require(access.can_close(request.user, alert) or access.can_rectify(request.user, alert))
    return list(chain.candidates(alert, request.user).select_related("unit"))


@router.post("/alerts/{int:pk}/rectify", response=AlertOut, summary="Order what has to be put right")
def rectify(request: SignedIn, pk: int, order: Order) -> dict[str, Any]:
    """Order rectification, once, after a warning was closed as a flaw or a tendency; the owner is told (S69)."""
    alert = alert_or_404(request, pk)
    _require(access.can_rectify(request.user, alert), alert)
    risk = get_object_or_404(chain.candidates(alert, request.user), pk=order.risk_point_id)
    owner = staff_of(alert.school).filter(pk=order.owner_id or alert.unit.responsible_id or 0).first()
    if owner is None:
        raise NotPossible(_("请选择本校在职的责任人"))
    said = order.dict(include={"text", "due_on", "evidence_kind"})
    actions.rectify(alert, risk, MeasurePlan(phase=Phase.POST, owner=owner, **said), by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/reopen", response=AlertOut, summary="Reopen a warning")
def reopen(request: SignedIn, pk: int, said: Explanation) -> dict[str, Any]:
    """Reopen a closed warning, saying what has come up; it goes to the clerk with a new deadline."""
    alert = alert_or_404(request, pk)
    _require(access.can_reopen(request.user, alert), alert)
    actions.reopen(alert, text=said.text, by=request.user)
    return get_alert(request, pk)


@router.post("/alerts/{int:pk}/papers", response={201: PaperOut}, summary="Add a paper to an explanation")
def add_paper(request: SignedIn, pk: int, file: File[UploadedFile]) -> Status[Attachment]:
    """Add a paper to the explanation before that is sent: multipart/form-data, field `file`, up to 20 MB (S55)."""
    alert = alert_or_404(request, pk)
    _require(access.can_explain(request.user, alert), alert)
    return Status(201, actions.add_paper(alert, file, by=request.user))


def _require(may: Access, alert: Alert) -> None:
    """As the pages: whoever comes too late is told where it is now (409), and not refused (403)."""
    if may.is_over:
        raise NotPossible(access.too_late(may, alert))
    require(may)

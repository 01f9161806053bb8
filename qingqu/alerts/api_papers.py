"""The papers of warnings over the API: the same as the pages hand out, to the same people. Papers are Chinese."""

# No «from __future__ import annotations» here: ninja reads the annotations of views as types.

from typing import Annotated, Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, issuing, queries
from qingqu.alerts.api import Wanted
from qingqu.common.access import require
from qingqu.common.clock import today
from qingqu.common.papers.content import Paper
from qingqu.common.papers.responses import TYPES, paper_response
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing

router = Router(tags=["warnings"])


class RegisterFilter(Wanted):
    """Which warnings the register lists, as the list does."""

    format: Literal["docx", "xlsx"] = "docx"


class YearFilter(Schema):
    """Which year; this one unless asked otherwise."""

    year: Annotated[int, Field(ge=2000, le=2999)] | None = None


def _files(*formats: str) -> dict[str, Any]:
    """What an address answers with, for its description."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    answer = {"description": "The paper, as a file", "content": {TYPES[fmt]: binary for fmt in formats}}
    return {"responses": {200: answer}}


@router.get("/alerts/register", summary="The register of warnings", openapi_extra=_files("docx", "xlsx"))
def get_register(request: SignedIn, asked: Query[RegisterFilter]) -> HttpResponse:
    """核查提示处置台账 as Word or Excel: up to 2,000 of the warnings that the caller sees. Leaves a trace."""
    return _answer(request, issuing.register(request.user, _school(request), asked.asked()), asked.format)


@router.get("/alerts/{int:pk}/sheet", summary="The sheet of a warning", openapi_extra=_files("docx"))
def get_sheet(request: SignedIn, pk: int) -> HttpResponse:
    """核查提示处置单 as Word, with the records if the caller sees them. Leaves a trace."""
    alert = get_object_or_404(queries.with_disposals(access.visible(request.user)), pk=pk)
    return _answer(request, issuing.sheet(request.user, alert))


@router.get("/alerts/year", summary="The warnings of a year in figures", openapi_extra=_files("docx"))
def get_year(request: SignedIn, asked: Query[YearFilter]) -> HttpResponse:
    """年度预警情况 as Word, for whoever may see these figures on the page. Leaves a trace."""
    require(access.can_see_year(request.user))
    return _answer(request, issuing.year(request.user, _school(request), asked.year or today().year))


def _school(request: SignedIn) -> Unit:
    school = standing(request.user).school
    if school is None:
        raise Http404
    return school


def _answer(request: SignedIn, paper: Paper, fmt: str = "docx") -> HttpResponse:
    return paper_response(request, paper, fmt)

"""The ledger over the API: the same rows as the page, for the same reader."""

# No «from __future__ import annotations» here: the view's annotations must be types already.

from datetime import date
from typing import Any

from ninja import Query, Router, Schema

from qingqu.accounts.signed_in import SignedIn
from qingqu.reports import ledger
from qingqu.risks.models import Category, LedgerState

router = Router(tags=["ledger"])


class Line(Schema):
    """A line of the ledger."""

    id: int
    code: str
    level: int
    residual_level: int | None
    category: Category
    title: str
    manifestation: str
    unit_id: int
    unit: str
    owner_id: int
    owner: str
    power: str
    step: str
    year: int
    state: LedgerState
    last_done: date | None
    next_due: date | None
    late: bool


class Page(Schema):
    """Twenty-five lines, the gravest first; `count` stops at 10,000, of a search at 1,000."""

    count: int
    page: int
    items: list[Line]


class Filter(Schema):
    """The same as in the address of the page."""

    q: str = ""
    unit: int | None = None
    category: str = ""
    level: int | None = None
    state: str = ""
    late: bool = False
    year: int | None = None
    likelihood: int | None = None
    impact: int | None = None
    page: int = 1


@router.get("/ledger", response=Page, summary="The ledger of risk points")
def ledger_lines(request: SignedIn, said: Query[Filter]) -> dict[str, Any]:
    """What is not struck off, filtered as on the page, twenty-five at a time (S40)."""
    given = said.dict() | {"late": "1" if said.late else ""}
    asked = ledger.asked_of({key: str(value) for key, value in given.items() if value})
    user = request.user
    lines = ledger.lines(user, asked)
    page = ledger.LedgerPages(lines, ledger.counted(lines)).get_page(said.page)
    return {"count": page.paginator.count, "page": page.number, "items": [_line(risk) for risk in page]}


def _line(risk: Any) -> dict[str, Any]:
    return {
        "id": risk.pk,
        "code": risk.code,
        "level": risk.level,
        "residual_level": risk.residual_level,
        "category": risk.category,
        "title": risk.title,
        "manifestation": risk.manifestation,
        "unit_id": risk.unit_id,
        "unit": risk.unit.name,
        "owner_id": risk.owner_id,
        "owner": risk.owner.name,
        "power": risk.power.name if risk.power else "",
        "step": risk.step.name if risk.step else "",
        "year": risk.year,
        "state": risk.ledger_state,
        "last_done": risk.last_done_on,
        "next_due": risk.next_due_on,
        "late": ledger.is_late(risk),
    }

"""What pages and papers read of documents, publications and filings."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery

from qingqu.accounts.models import User
from qingqu.organisation.models import Duty
from qingqu.organisation.queries import holders, standing
from qingqu.records import rules
from qingqu.records.models import Document, DocumentQuerySet, Filing, Notice, Objection
from qingqu.trace.models import Entry
from qingqu.trace.queries import Line, lines

TABS = ("published", "to_file", "filed", "all")


def with_last_filing(rows: DocumentQuerySet) -> DocumentQuerySet:
    """Adds `filing_state` and `filing_number` of the last filing."""
    last = Filing.objects.filter(document=OuterRef("pk")).order_by("-id")
    return rows.annotate(
        filing_state=Subquery(last.values("state")[:1]), filing_number=Subquery(last.values("number")[:1])
    )


def _filing_is(*states: str) -> Exists:
    return Exists(Filing.objects.filter(document=OuterRef("pk"), state__in=states))


def listed(user: User, tab: str) -> DocumentQuerySet:
    """The documents of a tab that `user` may read, newest first: 公示中, 待备案, 已备案, 全部."""
    rows = with_last_filing(Document.objects.visible_to(user).defer("content"))
    rows = rows.select_related("unit", "notice").order_by("-id")
    match tab:
        case "published":
            return rows.filter(notice__state=Notice.State.OPEN)
        case "to_file":
            return rows.filter(notice__state=Notice.State.ENDED).filter(~_filing_is(Filing.State.ACCEPTED))
        case "filed":
            return rows.filter(_filing_is(Filing.State.ACCEPTED))
    return rows


def tab_counts(user: User) -> dict[str, int]:
    """How many documents each tab has, for its label."""
    return {tab: listed(user, tab).order_by().count() for tab in TABS}


def whole(rows: DocumentQuerySet) -> DocumentQuerySet:
    """Documents with everything that their page shows, in a fixed number of statements."""
    filings = Filing.objects.select_related("filed_by", "received_by").order_by("-id")
    objections = Objection.objects.select_related("raised_by", "answered_by", "settled_by").order_by("id")
    return rows.select_related(
        "school", "unit__responsible", "unit__leader", "previous", "frozen_by", "notice__published_by"
    ).prefetch_related(Prefetch("filings", filings), Prefetch("notice__objections", objections))


def notice_of(document: Document) -> Notice | None:
    """The publication of a document, where it was published."""
    return getattr(document, "notice", None)


def last_filed(document: Document) -> Document | None:
    """The list of the same line that was on record before this one: what a change filing is compared with."""
    rows = Document.objects.filter(unit=document.unit_id, kind=document.kind, pk__lt=document.pk)
    return rows.filter(filings__state=Filing.State.ACCEPTED).order_by("-id").first()


def differences(document: Document, before: Document | None) -> rules.Differences:
    """What `document` says otherwise than the list that was on record before."""
    return rules.compare(rows_of(before) if before else [], rows_of(document))


def rows_of(document: Document) -> list[dict[str, Any]]:
    """The lines of a frozen list."""
    content = document.content
    rows = content.get("rows", []) if isinstance(content, dict) else []
    return [row for row in rows if isinstance(row, dict)]


def text_of(document: Document) -> str:
    """What a frozen plan says."""
    content = document.content
    return str(content.get("text", "")) if isinstance(content, dict) else ""


def history(document: Document, user: User, limit: int = 50) -> list[Line]:
    """What happened to a document. Who objected is told to the discipline commission only."""
    entries = Entry.objects.filter(obj=f"records.document:{document.pk}", ok=True)
    return lines(entries.order_by("-pk")[:limit], doers=standing(user).is_discipline)


def to_receive(user: User) -> QuerySet[Filing]:
    """Filings that wait for the discipline commission of the reader's school; its own list waits for the secretary."""
    who = standing(user)
    rows = Filing.objects.filter(document__school=who.school, state=Filing.State.FILED).exclude(filed_by=user)
    rows = rows.select_related("document__unit").order_by("id")
    if who.is_discipline:
        return rows.exclude(document__unit_id__in=who.heads)
    if who.school is None or not who.has(Duty.Kind.SECRETARY):
        return rows.none()
    return rows.filter(document__unit__responsible__in=holders(who.school, Duty.Kind.DISCIPLINE))


def to_answer(user: User) -> QuerySet[Objection]:
    """Objections that wait for the answer of the head."""
    rows = _pending().filter(state=Objection.State.OPEN, notice__document__unit_id__in=standing(user).heads)
    return rows.order_by("id")


def _pending() -> QuerySet[Objection]:
    """Objections to lists that have not been taken back."""
    rows = Objection.objects.exclude(notice__state=Notice.State.WITHDRAWN)
    return rows.select_related("notice__document__unit")


def to_settle(user: User) -> QuerySet[Objection]:
    """Answered objections that wait for discipline commission or party office."""
    who = standing(user)
    if not who.has("discipline", "party_office"):
        return Objection.objects.none()
    rows = _pending().filter(state=Objection.State.ANSWERED, notice__document__school=who.school)
    return rows.exclude(answered_by=user).exclude(raised_by=user).order_by("id")


def to_file(user: User) -> DocumentQuerySet:
    """Lists of the reader's units whose publication is over and that are not handed in."""
    rows = with_last_filing(Document.objects.filter(unit_id__in=standing(user).heads).defer("content"))
    rows = rows.filter(notice__state=Notice.State.ENDED)
    return rows.filter(~_filing_is(Filing.State.FILED, Filing.State.ACCEPTED)).select_related("unit", "notice")

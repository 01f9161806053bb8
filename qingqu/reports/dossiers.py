"""廉政风险信息档案: what exists about a unit or a person in a year, and who looked at it (S41, S42, §2.8).

A dossier is an index: it holds no text of its own, and lists only what its reader may see anyway (S26).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.common.clock import today
from qingqu.declarations.models import YEARS_FORM, Declaration
from qingqu.declarations.review_access import can_read
from qingqu.organisation.models import Appointment, Unit
from qingqu.organisation.queries import staff_of, standing
from qingqu.records.models import Document, Filing, Notice, Objection
from qingqu.reports.access import KEEPERS
from qingqu.reviews.models import Review
from qingqu.risks.models import MeasureRun, Rating, RiskPoint
from qingqu.trace.models import Entry
from qingqu.trace.queries import Line, lines

MOST = 100
"""So many lines of a part; the dossier says how many more there are."""
DECLARATION = "declarations.declaration"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that exists: what, of which day, where it is kept."""

    title: str
    on: date | None
    url: str
    """Empty where the reader may not open it now."""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the dossier; `total` may be more than its items."""

    name: str | Promise
    items: list[Item]
    total: int = 0

    @property
    def left_out(self) -> int:
        return max(0, self.total - len(self.items))


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that exists about a unit or a person in a year."""

    of: User | Unit
    year: int
    parts: list[Part]
    viewed: list[Line] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(max(part.total, len(part.items)) for part in self.parts)


def units_in_reach(user: User) -> QuerySet[Unit]:
    """The units whose dossiers `user` may open (see access.can_open_unit)."""
    who = standing(user)
    kinds = (Unit.Kind.DEPARTMENT, Unit.Kind.BRANCH)
    units = Unit.objects.active().filter(school=who.school, kind__in=kinds).order_by("order", "id")
    return units if who.has(*KEEPERS) else units.filter(pk__in=who.heads | who.leads)


def people_in_reach(user: User) -> QuerySet[User]:
    """The people whose dossiers `user` may open: the whole staff for the discipline commission, else himself."""
    who = standing(user)
    if who.school is None:
        return User.objects.none()
    staff = staff_of(who.school).order_by("name", "id")
    return staff if who.is_discipline else staff.filter(pk=user.pk)


def listed_units(user: User, year: int, text: str = "") -> QuerySet[Any]:
    """Units with the state of their form of the year and their last filing number."""
    forms = Declaration.objects.filter(unit=OuterRef("pk"), kind="unit", campaign__year=year).order_by("-id")
    filings = Filing.objects.filter(document__unit=OuterRef("pk"), document__year=year, state="accepted")
    rows = units_in_reach(user).select_related("responsible")
    if text:
        rows = rows.filter(name__icontains=text)
    return rows.annotate(
        form_state=Subquery(forms.values("state")[:1]), filing=Subquery(filings.order_by("-id").values("number")[:1])
    )


def listed_people(user: User, year: int, text: str = "") -> QuerySet[Any]:
    """People with their main post and the state of their form of the year."""
    forms = Declaration.objects.filter(YEARS_FORM, person=OuterRef("pk"), kind="personal", campaign__year=year)
    seats = Appointment.objects.on(today()).filter(person=OuterRef("pk")).order_by("-is_main", "id")
    rows = people_in_reach(user)
    if text:
        rows = rows.filter(name__icontains=text)
    return rows.annotate(
        form_state=Subquery(forms.values("state")[:1]),
        post=Subquery(seats.values("post__name")[:1]),
        unit=Subquery(seats.values("post__unit__name")[:1]),
    )


def years_of(school: Unit | None) -> list[int]:
    """The years that have dossiers, the newest first; this year is always one of them."""
    years = Campaign.objects.filter(school=school).values_list("year", flat=True)
    return sorted({today().year, *years}, reverse=True)


def dossier(of: User | Unit, year: int, reader: User) -> Dossier:
    """The dossier of a unit or a person as `reader` sees it: a fixed number of statements."""
    if isinstance(of, User):
        forms = Declaration.objects.visible_to(reader).filter(person=of, kind="personal")
        risks = RiskPoint.objects.visible_to(reader).filter(person=of)
        papers = Document.objects.visible_to(reader).filter(risk_points__in=risks)
    else:
        forms = Declaration.objects.visible_to(reader).filter(unit=of, kind="unit")
        risks = RiskPoint.objects.visible_to(reader).filter(unit=of, person=None)
        plan = Q(school=of.school_id, kind=Document.Kind.PLAN)  # the school's plan holds for each of its units
        papers = Document.objects.visible_to(reader).filter(Q(unit=of) | plan)
        papers = papers.exclude(kind=Document.Kind.PERSONAL_LIST)
    handed = list(forms.filter(campaign__year=year).select_related("campaign", "unit"))
    open_ = {form.pk: _address(form, reader) for form in handed}
    documents = list(papers.filter(year=year).defer("content").distinct().order_by("-frozen_at", "-id")[:MOST])
    parts = [
        _forms(handed, open_),
        _reviews(open_),
        _documents(documents),
        _notices(documents),
        _ratings(risks, year),
        _runs(risks, year),
    ]
    return Dossier(of, year, parts, viewed(of, handed))


def viewed(of: User | Unit, forms: Iterable[Declaration], limit: int = 30) -> list[Line]:
    """Who opened the dossier or one of its forms, the newest first (调阅登记): three statements."""
    names = [f"{of._meta.label_lower}:{of.pk}"]
    opened = Entry.objects.filter(act="reports.viewed", obj__in=names)
    forms_seen = Entry.objects.filter(act="declarations.viewed", obj__in=[f"{DECLARATION}:{form.pk}" for form in forms])
    return lines((opened | forms_seen).order_by("-pk")[:limit])


def _address(form: Declaration, reader: User) -> str:
    return reverse("declarations:show", args=[form.pk]) if can_read(reader, form) else ""


def _forms(forms: list[Declaration], urls: Mapping[int, str]) -> Part:
    items = []
    for form in forms:
        state, name = str(form.get_state_display()), str(form.get_kind_display())
        number = f" {form.number}" if form.number else ""
        items.append(Item(name + number, _day(form.submitted_at), urls[form.pk], state))
        if form.state == Declaration.State.APPROVED:
            url = reverse("declarations:paper", args=[form.pk, "control", "print"])
            items.append(Item(_("廉政风险识别防控表"), _day(form.approved_at), url, state))
    return Part(gettext_lazy("登记表和识别防控表"), items, len(items))


def _reviews(urls: Mapping[int, str]) -> Part:
    """Who decided what and when. Opinions stay with the form: they may quote what is restricted."""
    rows = Review.objects.filter(subject_label=DECLARATION, subject_id__in=list(urls))
    rows = rows.filter(decided_at__isnull=False).select_related("decided_by").order_by("-decided_at", "-id")
    items = [
        Item(
            f"{review.get_stage_display()} · {review.decided_by or ''}",
            _day(review.decided_at),
            urls[review.subject_id],
            str(review.get_state_display()),
        )
        for review in rows[:MOST]
    ]
    return Part(gettext_lazy("审核"), items, len(items))


def _documents(documents: list[Document]) -> Part:
    items = [
        Item(
            f"{paper.number} {paper.title}",
            _day(paper.frozen_at),
            reverse("records:show", args=[paper.pk]),
            _("已定稿"),
        )
        for paper in documents
    ]
    return Part(gettext_lazy("文书"), items, len(items))


def _notices(documents: list[Document]) -> Part:
    """Publications, objections and filings of the documents. Three statements."""
    pks = [document.pk for document in documents]
    titles = {document.pk: document.number for document in documents}
    items = []
    for notice in Notice.objects.filter(document__in=pks):
        url, state = reverse("records:show", args=[notice.document_id]), str(notice.get_state_display())
        items.append(Item(_("公示 %(number)s") % {"number": titles[notice.document_id]}, notice.starts_on, url, state))
    for objection in Objection.objects.filter(notice__document__in=pks).select_related("notice"):
        number = titles[objection.notice.document_id]
        url = reverse("records:show", args=[objection.notice.document_id])
        state = str(objection.get_state_display())
        items.append(Item(_("异议 %(number)s") % {"number": number}, _day(objection.raised_at), url, state))
    for filing in Filing.objects.filter(document__in=pks):
        url, state = reverse("records:show", args=[filing.document_id]), str(filing.get_state_display())
        items.append(Item(f"{filing.get_kind_display()} {filing.number}", _day(filing.filed_at), url, state))
    items.sort(key=lambda item: item.on or date.min, reverse=True)
    return Part(gettext_lazy("公示、异议和备案"), items[:MOST], len(items))


def _ratings(risks: QuerySet[RiskPoint], year: int) -> Part:
    rows = Rating.objects.filter(risk__in=risks.values("pk"), at__year=year)
    items = [
        Item(
            f"{rating.risk.code} {rating.risk.title} · {rating.get_level_display()}",
            _day(rating.at),
            reverse("risks:show", args=[rating.risk_id]),
            str(rating.get_state_display()),
        )
        for rating in rows.select_related("risk").order_by("-at", "-id")[:MOST]
    ]
    return Part(gettext_lazy("风险点评定"), items, rows.count())


def _runs(risks: QuerySet[RiskPoint], year: int) -> Part:
    rows = MeasureRun.objects.filter(measure__risk__in=risks.values("pk"), done_on__year=year, undone_at=None)
    items = [
        Item(
            f"{run.measure.risk.code} {run.measure.text}",
            run.done_on,
            reverse("risks:show", args=[run.measure.risk_id]),
            str(run.done_by),
        )
        for run in rows.select_related("measure__risk", "done_by").order_by("-done_on", "-id")[:MOST]
    ]
    return Part(gettext_lazy("防控措施执行"), items, rows.count())


def _day(moment: datetime | None) -> date | None:
    return timezone.localtime(moment).date() if moment else None

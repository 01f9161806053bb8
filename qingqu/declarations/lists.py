"""Lists of risk points on their way: frozen, shown, filed, and shown again where something changed (S35, S36, W5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.common.errors import NotPossible
from qingqu.common.language import listed, said_day
from qingqu.declarations.models import Declaration
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import standing
from qingqu.records import actions as records
from qingqu.records import rules as filing_rules
from qingqu.records.models import Document, Filing, Notice
from qingqu.records.queries import rows_of
from qingqu.risks.actions import put_on_list
from qingqu.risks.listing import Row, lacking, lines, lines_of_units, published_part
from qingqu.risks.models import Phase, RiskPoint

LIST_KINDS = (Document.Kind.UNIT_LIST, Document.Kind.LEADERS_LIST)


@dataclass(slots=True)
class ListPage:
    """What the page of one unit's list shows before it is frozen."""

    unit: Unit
    campaign: Campaign
    leaders: bool
    risks: list[RiskPoint]
    rows: list[Row]
    filed: Document | None
    """The list on record."""
    last: Document | None
    """The newest list, whatever became of it."""
    unit_form: str | None
    """State of the unit's registration form."""
    people_open: int
    """Personal forms of the unit that are begun but not approved."""

    @property
    def differences(self) -> filing_rules.Differences | None:
        """What is held now against what is on record."""
        return filing_rules.compare(rows_of(self.filed), self.rows) if self.filed else None

    @property
    def must_change(self) -> bool:
        """与备案不一致，需变更备案."""
        return bool(self.differences)

    @property
    def prevented(self) -> str:
        """Why the list cannot be frozen and shown now; empty where it can."""
        return what_prevents(self)


def list_page(unit: Unit, campaign: Campaign) -> ListPage:
    """Everything about the list of `unit` in the year of `campaign`; of a school it is the leaders' list."""
    leaders = unit.kind == Unit.Kind.SCHOOL
    risks = list(published_part(unit, leaders=leaders))
    forms = Declaration.objects.filter(campaign=campaign, unit=unit)
    by_kind = list(forms.values_list("kind", "state"))
    documents = _line_of(unit, campaign.year, leaders)
    return ListPage(
        unit=unit,
        campaign=campaign,
        leaders=leaders,
        risks=risks,
        rows=lines(risks),
        filed=documents.filter(filings__state=Filing.State.ACCEPTED).first(),
        last=documents.select_related("notice").prefetch_related("filings").first(),
        unit_form=next((state for kind, state in by_kind if kind == Declaration.Kind.UNIT), None),
        people_open=sum(
            kind == Declaration.Kind.PERSONAL and state != Declaration.State.APPROVED for kind, state in by_kind
        ),
    )


def _line_of(unit: Unit, year: int, leaders: bool) -> QuerySet[Document]:
    kind = Document.Kind.LEADERS_LIST if leaders else Document.Kind.UNIT_LIST
    return Document.objects.filter(unit=unit, kind=kind, year=year).order_by("-id")


def what_prevents(page: ListPage) -> str:
    """Why a list cannot be frozen and shown now, in a sentence; empty where it can."""
    if not page.risks:
        return _("还没有登记在册的风险点，登记表审核通过后才有")
    if not page.leaders and page.unit_form != Declaration.State.APPROVED:
        return _("单位登记表还没有审核通过")
    if incomplete := lacking(page.risks):
        risk, phases = incomplete[0]
        words = {"title": risk.title, "phases": listed(Phase(phase).label for phase in phases)}
        return _("“%(title)s”还缺%(phases)s的措施，请先补上") % words
    if page.last is not None and (running := _still_running(page.last)):
        return running
    if page.filed is not None and not page.must_change:
        return _("与已备案的清单一致，无须变更")
    return ""


def _still_running(last: Document) -> str:
    """Whether the list before this one is still on its way."""
    notice: Notice | None = getattr(last, "notice", None)
    filings = sorted(last.filings.all(), key=lambda filing: -filing.pk)
    state = filings[0].state if filings else None
    if state == Filing.State.FILED:
        return _("上一份清单已报送，等纪委办理后再变更")
    done = state in (Filing.State.ACCEPTED, Filing.State.RETURNED)
    if done or notice is None or notice.state == Notice.State.WITHDRAWN:
        return ""
    if notice.state == Notice.State.OPEN:
        return _("上一份清单正在公示，至 %(day)s") % {"day": said_day(notice.ends_on)}
    return _("上一份清单公示期满，请先报备案，或者撤回公示")


@transaction.atomic
def publish_list(
    unit: Unit,
    campaign: Campaign,
    *,
    by: User,
    scope: str = Notice.Scope.SCHOOL,
    working_days: int | None = None,
    contact: str = "",
) -> Document:
    """Freeze what a department holds as its list and show it inside the school (S35); of a school, the leaders' list.

    Raises NotPossible while the unit's form is not approved, a risk lacks measures, the list before is on its way, or
    nothing differs from what is on record.
    """
    unit = Unit.objects.select_for_update(of=("self",)).select_related("school").get(pk=unit.pk)
    page = list_page(unit, campaign)
    if page.prevented:
        raise NotPossible(page.prevented)
    kind = Document.Kind.LEADERS_LIST if page.leaders else Document.Kind.UNIT_LIST
    document = records.freeze(
        kind=kind,
        unit=unit,
        year=campaign.year,
        title=title_of(page),
        content=_content(page),
        previous=page.filed,
        by=by,
    )
    put_on_list(page.risks, document, by=by)
    days = working_days or campaign.working_days
    records.publish(document, scope=scope, working_days=days, contact=contact, by=by)
    return document


def file_list(document: Document, *, by: User, reason: str = "") -> Filing:
    """Hand a shown list to the discipline commission; a later one is a change filing and needs its reason (S36)."""
    return records.file(document, by=by, reason=reason)


def title_of(page: ListPage) -> str:
    """The title as the paper prints it: Chinese whoever freezes it."""
    year = page.campaign.year
    return f"{year} 年度领导岗位廉政风险清单" if page.leaders else f"{page.unit.name} {year} 年度廉政风险清单"


def _content(page: ListPage) -> dict[str, Any]:
    unit = page.unit
    return {
        "school": unit.school.name if unit.school else "",
        "unit": unit.name,
        "year": page.campaign.year,
        "responsible": unit.responsible.name if unit.responsible else "",
        "leader": unit.leader.name if unit.leader else "",
        "rows": page.rows,
    }


def units_to_list(user: User, campaign: Campaign) -> QuerySet[Unit]:
    """The units whose lists `user` publishes: those he heads; the party office, all of the school.

    The school itself stands for its leaders' list.
    """
    who = standing(user)
    rows = Unit.objects.active().filter(school=campaign.school)
    if not who.is_party_office:
        rows = rows.filter(pk__in=who.heads)
    rows = rows.filter(kind__in=[Unit.Kind.DEPARTMENT, Unit.Kind.SCHOOL])
    return rows.select_related("responsible").order_by("order", "id")


@dataclass(frozen=True, slots=True)
class Overview:
    """One line of the page of lists."""

    unit: Unit
    risks: int
    unit_form: str
    people: tuple[int, int]
    """Personal forms approved, and begun."""
    document: Document | None
    notice: Notice | None
    filing: Filing | None
    is_stale: bool
    """What is held differs from what is on record: a change filing is due (S36)."""


def overview(units: list[Unit], campaign: Campaign) -> list[Overview]:
    """What stands for each of `units`: counts, the newest list, whether it still holds; no statement per unit."""
    ids = [unit.pk for unit in units]
    forms = Declaration.objects.filter(campaign=campaign, unit__in=ids).order_by()
    approved = Count("pk", filter=Q(state=Declaration.State.APPROVED))
    personal = (
        forms.filter(kind=Declaration.Kind.PERSONAL).values_list("unit").annotate(done=approved, begun=Count("pk"))
    )
    people = {row[0]: (row[1], row[2]) for row in personal}
    unit_forms = {row.unit_id: row.get_state_display() for row in forms.filter(kind=Declaration.Kind.UNIT)}
    documents = _newest(ids, campaign.year)
    held = _held_now(units)
    found = []
    for unit in units:
        document = documents.get(unit.pk)
        filings = sorted(document.filings.all(), key=lambda filing: -filing.pk) if document else []
        filing = filings[0] if filings else None
        on_record = document if filing is not None and filing.state == Filing.State.ACCEPTED else None
        found.append(
            Overview(
                unit=unit,
                risks=len(held.get(unit.pk, ())),
                unit_form=unit_forms.get(unit.pk, ""),
                people=people.get(unit.pk, (0, 0)),
                document=document,
                notice=getattr(document, "notice", None) if document else None,
                filing=filing,
                is_stale=on_record is not None
                and bool(filing_rules.compare(rows_of(on_record), held.get(unit.pk, []))),
            )
        )
    return found


def _newest(units: list[int], year: int) -> dict[int, Document]:
    """The newest list of each unit in `year`."""
    rows = Document.objects.filter(unit__in=units, kind__in=LIST_KINDS, year=year)
    newest = [row["newest"] for row in rows.order_by().values("unit").annotate(newest=Max("pk"))]
    found = Document.objects.filter(pk__in=newest).select_related("notice", "unit").prefetch_related("filings")
    return {document.unit_id: document for document in found}


def _held_now(units: list[Unit]) -> dict[int, list[Row]]:
    """What the lists of `units` would say now; of a school, its leaders' list."""
    found = lines_of_units(unit.pk for unit in units)
    for unit in units:
        if unit.kind == Unit.Kind.SCHOOL:
            found[unit.pk] = lines(published_part(unit, leaders=True))
    return found


def changed_since_filed(units: list[Unit], campaign: Campaign) -> list[Overview]:
    """The units whose list on record no longer says what is held: they owe a change filing (S36)."""
    return [line for line in overview(units, campaign) if line.is_stale]

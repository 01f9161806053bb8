"""What the year's pages read, each in a fixed number of SQL statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.campaigns import rules
from qingqu.campaigns.models import Campaign, Exemption, Mobilisation, Reading, Stage, StudyDocument, Task
from qingqu.common.clock import today
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import departments_of, staff_of, standing, with_home
from qingqu.records.models import Document

LATEST = 5


def current_campaign(school: Unit) -> Campaign | None:
    """The year that is open, else the one in preparation, else the last one."""
    rank = Case(
        When(state=Campaign.State.OPEN, then=Value(0)),
        When(state=Campaign.State.PREPARING, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return Campaign.objects.filter(school=school).select_related("school", "previous").order_by(rank, "-year").first()


def first_day_of_open_years() -> date | None:
    """The earliest day on which a year that is still open was begun."""
    opened = Campaign.objects.filter(state=Campaign.State.OPEN)
    days = opened.aggregate(opened=Min("opened_at"), begun=Min("stages__starts_on"))
    found = [d for d in (days["begun"], timezone.localdate(days["opened"]) if days["opened"] else None) if d]
    return min(found, default=None)


@dataclass(slots=True)
class StageView:
    """A stage as the page shows it: how it stands, its tasks, how many are done."""

    stage: Stage
    look: str
    tasks: list[Task] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(1 for task in self.tasks if task.done_at)


@dataclass(slots=True)
class YearPage:
    """The year on one page."""

    campaign: Campaign
    stages: list[StageView]
    loose: list[Task]
    """Tasks outside the stages: posts to be examined anew."""
    documents: list[StudyDocument]
    mobilisations: list[Mobilisation]
    unread: int
    has_meeting: bool
    next_step: str
    plans: list[Document]
    """The frozen versions of the plan, newest first."""
    has_next: bool
    """Whether the following year is already made."""


def year_page(campaign: Campaign, user: User) -> YearPage:
    """Stages with tasks, the latest documents and meetings, and what comes next."""
    day = today()
    tasks = list(visible_tasks(campaign, user))
    stages = [
        StageView(
            stage,
            rules.stage_look(stage.starts_on, stage.ends_on, closed=stage.closed_at is not None, today=day),
            [task for task in tasks if task.stage_id == stage.pk],
        )
        for stage in campaign.stages.all()
    ]
    held = list(mobilisations_of(campaign)[:LATEST])
    documents = list(documents_for(campaign, user)[:LATEST])
    has_meeting = campaign.mobilisations.filter(kind=Mobilisation.Kind.MEETING).exists()
    return YearPage(
        campaign=campaign,
        stages=stages,
        loose=[task for task in tasks if task.stage_id is None],
        documents=documents,
        mobilisations=held,
        unread=unread_documents(campaign, user).count(),
        has_meeting=has_meeting,
        plans=list(plan_versions(campaign)),
        next_step=rules.next_step(
            state=campaign.state,
            has_plan=bool(campaign.plan.strip()),
            has_meeting=has_meeting,
            has_documents=bool(documents),
            looks={view.stage.kind: view.look for view in stages},
        ),
        has_next=Campaign.objects.filter(school=campaign.school_id, year=campaign.year + 1).exists(),
    )


def plan_versions(campaign: Campaign) -> QuerySet[Document]:
    """The plan as it was frozen, the newest version first."""
    frozen = Document.objects.filter(school=campaign.school_id, kind=Document.Kind.PLAN, year=campaign.year)
    return frozen.defer("content").order_by("-id")


def visible_tasks(campaign: Campaign, user: User) -> QuerySet[Task]:
    """The tasks of the stages, for everybody to see; re-assessments only those of oneself and of one's units."""
    tasks = campaign.tasks.select_related("unit", "person", "done_by", "stage", "campaign")
    who = standing(user)
    if who.has("party_office", "discipline", "secretary"):
        return tasks
    own = Q(kind=Task.Kind.STAGE) | Q(person=user) | Q(unit_id__in=who.heads | who.leads)
    return tasks.filter(own)


def tasks_waiting_for(user: User) -> QuerySet[Task]:
    """The unfinished tasks of open years that wait for this person, himself or as head of a department."""
    who = standing(user)
    mine = Q(person=user) | Q(person=None, unit_id__in=who.heads)
    waiting = Task.objects.filter(mine, done_at=None, campaign__state=Campaign.State.OPEN)
    return waiting.select_related("campaign", "stage", "unit", "post")


def tasks_to_remind(day: date) -> QuerySet[Task]:
    """The unfinished tasks of open years that are due in 3 days, tomorrow, or were due yesterday."""
    days = [day + timedelta(days=left) for left in (3, 1, -1)]
    waiting = Task.objects.filter(done_at=None, due_on__in=days, campaign__state=Campaign.State.OPEN)
    return waiting.select_related("person", "unit__responsible")


def documents_for(campaign: Campaign, user: User) -> QuerySet[StudyDocument]:
    """The documents of a year, those that this reader has not opened first, each with `.opened`."""
    opened = Exists(Reading.objects.filter(document=OuterRef("pk"), person=user))
    shown = campaign.documents.filter(withdrawn_at=None).annotate(opened=opened).select_related("by")
    return shown.order_by("opened", "-id")


def unread_documents(campaign: Campaign, user: User) -> QuerySet[StudyDocument]:
    """What waits under 待阅."""
    seen = Reading.objects.filter(person=user).values("document_id")
    return campaign.documents.filter(withdrawn_at=None).exclude(pk__in=seen)


def with_reading_counts(documents: QuerySet[StudyDocument]) -> QuerySet[StudyDocument]:
    """Each with how many people have opened it as `.readers`."""
    return documents.annotate(readers=Count("readings"))


@dataclass(frozen=True, slots=True)
class DepartmentReading:
    """How many of a department have opened a document."""

    unit: Unit
    people: int
    opened: int

    @property
    def unopened(self) -> int:
        return self.people - self.opened


def reading_by_department(document: StudyDocument) -> list[DepartmentReading]:
    """Counts only, in the school's own order: no names, no ranking (S59)."""
    school = document.campaign.school
    readers = Exists(Reading.objects.filter(document=document, person=OuterRef("pk")))
    people = with_home(staff_of(school), school).annotate(opened=readers).order_by()
    rows = people.values("home_unit").annotate(people=Count("pk"), opened_n=Count("pk", filter=Q(opened=True)))
    counts: dict[int, Any] = {row["home_unit"]: row for row in rows}
    return [
        DepartmentReading(unit, counts[unit.pk]["people"], counts[unit.pk]["opened_n"])
        for unit in departments_of(school)
        if unit.pk in counts
    ]


def mobilisations_of(campaign: Campaign) -> QuerySet[Mobilisation]:
    """Meetings and study sessions of a year, newest first."""
    return campaign.mobilisations.select_related("unit", "by")


def exempt_people(campaign: Campaign) -> QuerySet[Exemption]:
    """The exemptions in force."""
    return campaign.exemptions.filter(revoked_at=None)


def events_for(user: User) -> tuple[list[Stage], list[Campaign], list[Task]]:
    """What a person's calendar shows: stages and due days of his school's years, his own tasks."""
    school = standing(user).school
    campaigns = list(Campaign.objects.filter(school=school, year__gte=today().year - 1)) if school else []
    stages = list(Stage.objects.filter(campaign__in=campaigns).select_related("campaign"))
    who = standing(user)
    mine = Q(person=user) | Q(person=None, unit_id__in=who.heads)
    tasks = list(Task.objects.filter(mine, campaign__in=campaigns).select_related("campaign"))
    return stages, campaigns, tasks

"""What the work of prevention itself calls attention to, in a fixed number of statements a school (S88)."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from qingqu.alerts.models import Alert, Colour
from qingqu.campaigns.models import Campaign
from qingqu.campaigns.rules import a_year_later, days_late
from qingqu.common.calendar import working_days_between
from qingqu.declarations.progress import lateness, missing_people, units_that_have_not_handed_in
from qingqu.organisation.models import Appointment, Unit
from qingqu.powers.models import Basis, Power
from qingqu.records.models import Notice, Objection
from qingqu.risks.models import Level, RiskPoint
from qingqu.risks.queries import overdue

MEASURE_DAYS = 10
"""The owner is reminded from the first day; after so many it is for the department to explain."""
MEASURE_GRAVE_DAYS = 30
FORM_DAYS = 7
ANSWER_WORKING_DAYS = 5
ROTATION_YEARS = 5
"""Where no year's work sets another number."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Signal:
    """One finding: which signal, about what, whose department, how urgent, in words."""

    name: str
    key: tuple[str | int, ...]
    """What makes it the same finding tomorrow: never a count of days."""
    unit_id: int
    title: str
    text: str
    """With its `words` left open: a page writes both in its reader's language."""
    words: dict[str, str | int]
    colour: str = Colour.YELLOW
    risk_id: int | None = None
    anchor: date | None = None

    @property
    def identity(self) -> str:
        return hashlib.sha256(repr((self.name, *self.key)).encode()).hexdigest()


def found(school: Unit, day: date) -> list[Signal]:
    """Everything that the work of prevention at a school calls attention to on `day`."""
    return [
        *_measures(school, day),
        *_forms(school, day),
        *_objections(school, day),
        *_rotation(school, day),
        *_bases(school, day),
    ]


def _names(names: list[str]) -> str:
    return "、".join(names[:SHOWN]) + ("等" if len(names) > SHOWN else "")


def _measures(school: Unit, day: date) -> Iterator[Signal]:
    """Measures of a department's level-1 risks that nobody carries out; persons' own risks stay with them (S26)."""
    late = overdue(day - timedelta(days=MEASURE_DAYS)).filter(
        risk__school=school, risk__person=None, risk__state=RiskPoint.State.HELD, risk__level=Level.ONE
    )
    for measure in late.select_related("risk").order_by("id"):
        due = measure.next_due_on
        assert due is not None, "overdue() asks for a day"
        grave = (day - due).days > MEASURE_GRAVE_DAYS
        yield Signal(
            "measure",
            (measure.pk, due.isoformat()),
            measure.risk.unit_id,
            _("一级风险的防控措施逾期未执行"),
            _("一级风险“%(risk)s”的措施“%(measure)s”应于 %(day)s 前执行，至今没有登记。"),
            {"risk": measure.risk.title, "measure": measure.text, "day": due.isoformat()},
            Colour.ORANGE if grave else Colour.YELLOW,
            measure.risk_id,
            due,
        )


def _forms(school: Unit, day: date) -> Iterator[Signal]:
    """Forms that a department still owes after they have gone up the line."""
    for campaign in Campaign.objects.filter(school=school, state=Campaign.State.OPEN):
        if days_late(campaign.due_on, day) <= FORM_DAYS:
            continue
        late: Counter[int] = Counter()
        for person in missing_people(campaign):
            if person.home_unit and lateness(campaign, person, day) > FORM_DAYS:
                late[person.home_unit] += 1
        late.update(unit.pk for unit in units_that_have_not_handed_in(campaign))
        for unit_id, count in sorted(late.items()):
            yield Signal(
                "form",
                (campaign.pk, unit_id),
                unit_id,
                _("登记表逾期未报"),
                _("%(year)s 年度登记表应于 %(day)s 前报送，至今 %(count)s 件未报。"),
                {"year": campaign.year, "day": campaign.due_on.isoformat(), "count": count},
                anchor=campaign.due_on,
            )


def _objections(school: Unit, day: date) -> Iterator[Signal]:
    """Objections to a published list that nobody answers."""
    waiting = Objection.objects.filter(
        notice__document__school=school,
        notice__state__in=[Notice.State.OPEN, Notice.State.ENDED],
        state=Objection.State.OPEN,
    )
    for row in waiting.select_related("notice__document").order_by("id"):
        raised = timezone.localtime(row.raised_at).date()
        if working_days_between(raised, day) > ANSWER_WORKING_DAYS:
            document = row.notice.document
            yield Signal(
                "objection",
                (row.pk,),
                document.unit_id or school.pk,
                _("公示异议逾期未答复"),
                _("对“%(document)s”的异议于 %(day)s 提出，%(days)s 个工作日内没有答复。"),
                {"document": document.title, "day": raised.isoformat(), "days": ANSWER_WORKING_DAYS},
                Colour.ORANGE,
                anchor=raised,
            )


def _rotation(school: Unit, day: date) -> Iterator[Signal]:
    """Key posts held beyond the years after which they should change hands."""
    year = Campaign.objects.filter(school=school).exclude(state=Campaign.State.PREPARING).order_by("-year").first()
    years = year.rotation_years if year else ROTATION_YEARS
    key = Appointment.objects.on(day).filter(post__unit__school=school, post__is_key=True, post__is_active=True)
    for held in key.select_related("post").order_by("id"):
        ends = a_year_later(held.started_on, years)
        if ends <= day:
            yield Signal(
                Alert.ROTATION,
                (held.pk, years),
                held.post.unit_id,
                _("重要岗位任职超过轮岗年限"),
                _("“%(post)s”现任人员自 %(day)s 起任职，已满 %(years)s 年轮岗年限。"),
                {"post": held.post.name, "day": held.started_on.isoformat(), "years": years},
                anchor=ends,
            )


def _bases(school: Unit, day: date) -> Iterator[Signal]:
    """Powers in force whose basis nobody has confirmed by the day on which the year's forms were due."""
    if not Campaign.objects.filter(school=school, due_on__lt=day).exists():
        return
    unsure = Basis.objects.filter(
        power__school=school, power__state=Power.State.IN_FORCE, needs_check=True, checked_at=None
    )
    powers: dict[int, dict[int, str]] = defaultdict(dict)
    for unit_id, pk, name in unsure.order_by("power__code").values_list("power__unit", "power", "power__name"):
        powers[unit_id][pk] = name
    for unit_id, names in powers.items():
        yield Signal(
            "basis",
            (unit_id,),
            unit_id,
            _("权力依据未经核实"),
            _("%(count)s 项现行权力事项的依据文号待核：%(names)s。"),
            {"count": len(names), "names": _names(list(names.values()))},
        )

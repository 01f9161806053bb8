"""What the work of prevention itself calls attention to, in a fixed number of statements a school (S88)."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from qingqu.alerts.models import Alert, Colour
from qingqu.alerts.rules import is_graver
from qingqu.campaigns.models import Campaign
from qingqu.campaigns.rules import a_year_later, days_late
from qingqu.common.calendar import working_days_between
from qingqu.declarations.progress import lateness, missing_people, units_that_have_not_handed_in
from qingqu.organisation.models import Appointment, Unit
from qingqu.powers.models import Basis, Power
from qingqu.records.models import Notice, Objection
from qingqu.risks.models import ControlMeasure, Level, RiskPoint
from qingqu.risks.queries import overdue

MEASURE_DAYS = 10
"""The owner is reminded from the first day; after so many it is for the department to explain."""
MEASURE_GRAVE_DAYS = 30
FORM_DAYS = 7
ANSWER_WORKING_DAYS = 5
ROTATION_YEARS = 5
"""Where no year's work sets another number."""
MEASURE = "measure"
Part = tuple[int, str]
"""A measure and the day on which it was due: what a prompt about overdue measures is made of."""


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
    words: Mapping[str, object]
    """A list in them holds names, or names with a day each."""
    colour: str = Colour.YELLOW
    risk_id: int | None = None
    anchor: date | None = None
    parts: tuple[Part, ...] = ()
    """Of what can be made of several things: those that nobody has closed yet."""

    @property
    def identity(self) -> str:
        return _identity(self.name, *self.key)

    @property
    def former(self) -> list[str]:
        """Under which each of its parts was known while it had a prompt of its own."""
        return [_identity(self.name, *part) for part in self.parts]


def _identity(name: str, *key: str | int) -> str:
    return hashlib.sha256(repr((name, *key)).encode()).hexdigest()


def found(school: Unit, day: date, closed: Mapping[Part, str]) -> list[Signal]:
    """Everything that the work of prevention at a school calls attention to on `day`.

    `closed`: overdue measures about which people have closed a prompt → its colour.
    """
    return [
        *_measures(school, day, closed),
        *_forms(school, day),
        *_objections(school, day),
        *_rotation(school, day),
        *_bases(school, day),
    ]


def _measures(school: Unit, day: date, closed: Mapping[Part, str]) -> Iterator[Signal]:
    """Measures of a department's level-1 risks that nobody carries out; persons' own risks stay with them (S26).

    One finding a risk point: who answers for it explains once why its measures are late.
    """
    late = overdue(day - timedelta(days=MEASURE_DAYS)).filter(
        risk__school=school, risk__person=None, risk__state=RiskPoint.State.HELD, risk__level=Level.ONE
    )
    of_risk: dict[int, list[ControlMeasure]] = defaultdict(list)
    for measure in late.select_related("risk").order_by("risk_id", "next_due_on", "id"):
        before = closed.get(_part(measure))
        if before is None or is_graver(_measure_colour(measure, day), before):
            of_risk[measure.risk_id].append(measure)
    for measures in of_risk.values():
        yield _measures_of(measures, day)


def _measures_of(measures: list[ControlMeasure], day: date) -> Signal:
    """What there is to say of the overdue measures of one risk point, the one that is late longest first."""
    first, parts = measures[0], tuple(_part(measure) for measure in measures)
    if len(measures) == 1:
        text = _("一级风险“%(risk)s”的措施“%(measure)s”应于 %(day)s 前执行，至今没有登记。")
        words: dict[str, object] = {"risk": first.risk.title, "measure": first.text, "day": parts[0][1]}
    else:
        text = _("一级风险“%(risk)s”有 %(count)s 项措施逾期，至今没有登记执行：%(measures)s。")
        listed = [[measure.text, due] for measure, (_pk, due) in zip(measures, parts, strict=True)]
        words = {"risk": first.risk.title, "count": len(measures), "measures": listed}
    return Signal(
        MEASURE,
        (first.risk_id,),
        first.risk.unit_id,
        _("一级风险的防控措施逾期未执行"),
        text,
        words,
        _measure_colour(first, day),
        first.risk_id,
        first.next_due_on,
        parts,
    )


def _part(measure: ControlMeasure) -> Part:
    assert measure.next_due_on is not None, "overdue() asks for a day"
    return measure.pk, measure.next_due_on.isoformat()


def _measure_colour(measure: ControlMeasure, day: date) -> str:
    assert measure.next_due_on is not None, "overdue() asks for a day"
    return Colour.ORANGE if (day - measure.next_due_on).days > MEASURE_GRAVE_DAYS else Colour.YELLOW


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
            {"count": len(names), "names": list(names.values())},
        )

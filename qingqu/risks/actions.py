"""What may happen to a risk point: it is registered, described, graded by two where the rule says otherwise, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from qingqu.organisation.models import Duty, Post, Unit
from qingqu.organisation.numbering import next_number
from qingqu.organisation.queries import holders
from qingqu.powers.models import Power, Regulation, Step
from qingqu.records.models import Document
from qingqu.risks import rules, search
from qingqu.risks.entering import SERIES
from qingqu.risks.keeping import keep
from qingqu.risks.models import Rating, RiskPoint
from qingqu.risks.rules import Suggestion
from qingqu.trace.actions import record, record_many

DESCRIBED = ("category", "title", "manifestation", "cause", "post", "power", "step", "regulation", "owner")


@dataclass(frozen=True, slots=True)
class Description:
    """What a risk point says, apart from its grade."""

    category: str
    title: str
    manifestation: str
    cause: str = ""
    post: Post | None = None
    power: Power | None = None
    step: Step | None = None
    regulation: Regulation | None = None


def suggested(likelihood: int, impact: int, answers: str) -> Suggestion:
    """What the rule says. Raises NotPossible where the numbers are out of range."""
    try:
        return rules.suggest(likelihood, impact, answers)
    except ValueError as error:
        raise NotPossible(_("机率和危害程度为 1 至 5，五问逐项答是或者否")) from error


@transaction.atomic
def create(
    unit: Unit,
    said: Description,
    *,
    likelihood: int,
    impact: int,
    answers: str,
    owner: User,
    by: User,
    person: User | None = None,
    is_leader: bool = False,
    year: int | None = None,
) -> RiskPoint:
    """Register a risk point outside the yearly forms, graded by the rule, with its number (S28, S40)."""
    if unit.school is None:
        raise NotPossible(_("风险点须登记在学校的部门之下"))
    year = year or today().year
    suggestion = suggested(likelihood, impact, answers)
    risk = RiskPoint(school=unit.school, unit=unit, person=person, is_leader=is_leader, owner=owner, year=year)
    _describe(risk, {name: getattr(said, name) for name in DESCRIBED if name != "owner"})
    risk.regrade(suggestion, suggestion.level)
    risk.code = next_number(unit.school, SERIES, year)
    risk.save(force_insert=True)
    Rating.of(risk, suggestion, suggestion.level, by=by).save(force_insert=True)
    search.write([risk])
    record("risks.entered", risk, by=by, after=str(year))
    return risk


@transaction.atomic
def change(risk: RiskPoint, changes: dict[str, Any], *, by: User) -> RiskPoint:
    """Change what a held risk point says; where its list is filed, a change filing will be due (S36)."""
    risk = _locked(risk)
    before = {name: getattr(risk, name) for name in changes}
    _describe(risk, changes)
    changed = [name for name in changes if getattr(risk, name) != before[name]]
    if not changed:
        return risk
    risk.rank = rules.rank(risk.level, risk.score, risk.in_key_field)
    risk.save(update_fields=[*changed, "rank"])
    search.write([risk])
    names = "、".join(_name_of(name) for name in changed)
    record("risks.changed", risk, by=by, details={"fields": names})
    return risk


@transaction.atomic
def rate(
    risk: RiskPoint, *, likelihood: int, impact: int, answers: str, level: int | None = None, reason: str, by: User
) -> Rating:
    """Grade a held risk point anew. Another level than the rule's needs a reason and a second person (S30)."""
    risk = _locked(risk)
    if risk.ratings.filter(state=Rating.State.PROPOSED).exists():
        raise NotPossible(_("已有一项评定待第二人同意，请先办结"))
    suggestion = suggested(likelihood, impact, answers)
    level, reason = level or suggestion.level, reason.strip()
    if level not in (1, 2, 3):
        raise NotPossible(_("等级为一级、二级或者三级"))
    if level == suggestion.level:
        rating = Rating.of(risk, suggestion, level, reason=reason, by=by)
        rating.save()
        before = risk.level
        _take_over(risk, rating, suggestion)
        record("risks.rated", risk, by=by, before=str(before), after=str(level), reason=reason)
        return rating
    if not reason:
        raise NotPossible(_("评定的等级与规则不同，请写明理由"))
    rating = Rating.of(risk, suggestion, level, reason=reason, by=by, state=Rating.State.PROPOSED)
    rating.save()
    details = {"computed": suggestion.level, "proposed": level}
    record("risks.proposed", risk, by=by, before=str(risk.level), after=str(level), reason=reason, details=details)
    second = {p for p in (risk.unit.leader, *holders(risk.school, Duty.Kind.DISCIPLINE)) if p and p.pk != by.pk}
    said = gettext_lazy("“%(title)s”的等级与规则不同，请您作为第二人审定")
    tell(
        second, said, _address(risk), Message.Kind.TASK, sender=by, key=f"agree:{rating.pk}", words={"title": risk.code}
    )
    return rating


@transaction.atomic
def agree(rating: Rating, *, by: User, note: str = "") -> Rating:
    """The second person agrees with another level than the rule's; from now on it stands (S30)."""
    rating, risk = _open_proposal(rating, by)
    before = risk.level
    _decide(rating, Rating.State.SETTLED, by, note)
    _take_over(risk, rating, rules.suggest(rating.likelihood, rating.impact, rating.answers))
    record("risks.agreed", risk, by=by, before=str(before), after=str(rating.level), reason=note)
    _answer(rating, risk, by, gettext_lazy("您对“%(title)s”的评定已获第二人同意"))
    return rating


@transaction.atomic
def refuse(rating: Rating, *, by: User, note: str) -> Rating:
    """The second person does not agree, and says why: the level stays as it was (S30)."""
    rating, risk = _open_proposal(rating, by)
    if not note.strip():
        raise NotPossible(_("请写明不同意的理由"))
    _decide(rating, Rating.State.REFUSED, by, note)
    record("risks.not_agreed", risk, by=by, before=str(rating.level), after=str(risk.level), reason=note)
    _answer(rating, risk, by, gettext_lazy("您对“%(title)s”的评定未获同意，请查看理由"))
    return rating


@transaction.atomic
def close(risk: RiskPoint, *, reason: str, by: User) -> RiskPoint:
    """Strike a risk point off (销号), with the reason; nothing of it is due any more."""
    risk = _locked(risk)
    if not reason.strip():
        raise NotPossible(_("请写明销号的理由"))
    now = timezone.now()
    risk.state, risk.closed_at = RiskPoint.State.CLOSED, now
    risk.save(update_fields=["state", "closed_at"])
    risk.measures.filter(stopped_at=None).update(stopped_at=now, next_due_on=None)
    keep([risk.pk])
    record("risks.closed", risk, by=by, before="held", after="closed", reason=reason)
    return risk


@transaction.atomic
def put_on_list(risks: Sequence[RiskPoint], document: Document, *, by: User) -> None:
    """Note that risk points stand on a frozen list: from it come «公示中», «已备案» in the ledger."""
    keys = [risk.pk for risk in risks]
    RiskPoint.objects.filter(pk__in=keys).update(document=document)
    keep(keys)
    record_many("risks.listed", risks, by=by, details={"number": document.number})


def _locked(risk: RiskPoint) -> RiskPoint:
    """The row as it is now, ours until the end of the transaction."""
    related = ("unit__leader", "school", "power", "step", "post")
    risk = RiskPoint.objects.select_for_update(of=("self",)).select_related(*related).get(pk=risk.pk)
    if risk.state == RiskPoint.State.CLOSED:
        raise NotPossible(_("这一风险点已销号"))
    return risk


def _describe(risk: RiskPoint, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in DESCRIBED:
            raise ValueError(f"{name} does not describe a risk point")
        setattr(risk, name, value)
    if not risk.title.strip() or not risk.manifestation.strip():
        raise NotPossible(_("请写明风险点和表现形式"))
    if risk.step is not None and (risk.power is None or risk.step.power_id != risk.power.pk):
        raise NotPossible(_("所选环节不属于这项权力"))
    elsewhere = (risk.power and risk.power.school_id, risk.regulation and risk.regulation.school_id)
    if any(school not in (None, risk.school_id) for school in elsewhere):
        raise NotPossible(_("不能引用其他学校的权力或者制度"))


def _name_of(field: str) -> str:
    """What a page calls it: what a risk point refers to goes by its kind."""
    kinds = {"post": Post, "power": Power, "step": Step, "regulation": Regulation}
    named = kinds[field]._meta if field in kinds else RiskPoint._meta.get_field(field)
    return str(getattr(named, "verbose_name", field))


def _take_over(risk: RiskPoint, rating: Rating, said: Suggestion) -> None:
    risk.regrade(said, rating.level)
    risk.save(update_fields=["likelihood", "impact", "answers", "score", "level", "residual_level", "rank"])
    search.write([risk])


def _open_proposal(rating: Rating, by: User) -> tuple[Rating, RiskPoint]:
    risk = _locked(rating.risk)
    rating = Rating.objects.select_for_update(of=("self",)).select_related("by").get(pk=rating.pk)
    if rating.state != Rating.State.PROPOSED:
        raise NotPossible(_("这一评定已经办结"))
    if rating.by_id == by.pk:
        raise NotPossible(_("须由提出人以外的第二人同意"))
    return rating, risk


def _decide(rating: Rating, state: str, by: User, note: str) -> None:
    rating.state, rating.agreed_by, rating.agreed_at, rating.agreed_note = state, by, timezone.now(), note.strip()
    rating.save(update_fields=["state", "agreed_by", "agreed_at", "agreed_note"])


def _answer(rating: Rating, risk: RiskPoint, by: User, text: Any) -> None:
    if rating.by is not None:
        tell(rating.by, text, _address(risk), Message.Kind.NEWS, sender=by, words={"title": risk.code})


def _address(risk: RiskPoint) -> str:
    return reverse("risks:show", args=[risk.pk])

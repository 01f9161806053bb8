"""What stands on a form's papers, read whole in a fixed number of statements and already in Chinese words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.declarations.access import can_see_thought
from qingqu.declarations.models import Declaration
from qingqu.declarations.review_queries import LABEL, around, level_of
from qingqu.declarations.rules.route import supervisor
from qingqu.organisation.models import Appointment, BranchMembership
from qingqu.powers.models import Power
from qingqu.records.models import Filing
from qingqu.reviews.models import Review
from qingqu.reviews.queries import for_subject
from qingqu.risks.models import Category, Level, RiskPoint
from qingqu.risks.rules import rank


@dataclass(slots=True)
class Row:
    """One risk on paper, every cell a text."""

    category: str
    title: str
    manifestation: str
    cause: str = ""
    power: str = ""
    basis: str = ""
    step: str = ""
    post: str = ""
    likelihood: str = ""
    impact: str = ""
    level: str = ""
    residual_level: str = ""
    owner: str = ""
    regulation: str = ""
    scope: str = ""
    said_measures: Sequence[str] = ()
    """What the form proposed."""
    measures: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the school holds, by phase."""
    frequencies: Sequence[str] = ()
    evidence: Sequence[str] = ()
    effects: Sequence[str] = ()
    rank: int = 0


@dataclass(slots=True)
class FormOnPaper:
    """A form with everything that its papers say."""

    is_unit: bool
    school: str
    year: int
    unit: str
    person: str
    number: str
    duties: str
    responsible: str = ""
    supervisor: str = ""
    """监督人 of a person: never himself."""
    leader: str = ""
    filler: str = ""
    sent_on: date | None = None
    received_on: date | None = None
    political_status: str = ""
    place: str = ""
    posts: str = ""
    tiers: str = ""
    since: str = ""
    power_count: int = 0
    post_count: int = 0
    people_count: int = 0
    peer: str = ""
    changes: str = ""
    filing: str = ""
    version: str = ""
    digest: str = ""
    restricted: bool = False
    rows: list[Row] = field(default_factory=list)
    nones: list[tuple[str, str]] = field(default_factory=list)
    opinions: dict[str, str] = field(default_factory=dict)
    by_team: list[str] | None = None
    """What the others of the leadership team say of a leader's form; None where it is not reviewed by them."""


def form_on_paper(declaration: Declaration, reader: User) -> FormOnPaper:
    """Everything that the registration form of `declaration` says, as far as `reader` may see it (S26)."""
    form = _head(declaration, reader)
    items = declaration.items.select_related("power", "step", "post").prefetch_related("measures")
    shown = _seen(items, form)
    form.rows = _ordered(form, [_row_of_item(item, form) for item in shown])
    return form


def held_on_paper(declaration: Declaration, reader: User) -> FormOnPaper:
    """Everything that the control form says: the risks that the school holds since the form was approved."""
    form = _head(declaration, reader)
    if not form.is_unit:
        form.supervisor = _supervisor(declaration)
    ids = list(declaration.items.exclude(risk=None).values_list("risk_id", flat=True))
    risks = (
        RiskPoint.objects.filter(pk__in=ids)
        .select_related("power", "step", "post", "owner", "regulation")
        .prefetch_related("measures", "power__bases")
    )
    shown = _seen(risks, form)
    form.rows = _ordered(form, [_row_of_risk(risk) for risk in shown])
    form.filing = _filing(risk.document_id for risk in shown)
    return form


def _ordered(form: FormOnPaper, rows: Iterable[Row]) -> list[Row]:
    """Unit forms gravest first (S11); personal forms by the four categories, those with 无 in their places."""
    if form.is_unit:
        return sorted(rows, key=lambda row: row.rank)
    places = {str(category.label): number for number, category in enumerate(Category)}
    every = [*rows, *(Row(category=name, title="无", manifestation=reason) for name, reason in form.nones)]
    return sorted(every, key=lambda row: (places.get(row.category, len(places)), row.rank))


def _seen(rows: Iterable[Any], form: FormOnPaper) -> list[Any]:
    return [row for row in rows if not form.restricted or row.category != Category.THOUGHT]


def _head(declaration: Declaration, reader: User) -> FormOnPaper:
    seen = bool(can_see_thought(reader, declaration))
    unit, person = declaration.unit, declaration.person
    handings = list(declaration.handings.all())
    reviews = list(for_subject(LABEL, declaration.pk))
    form = FormOnPaper(
        is_unit=declaration.kind == Declaration.Kind.UNIT,
        school=unit.school.name if unit.school else "",
        year=declaration.campaign.year,
        unit=unit.name,
        person=person.name,
        number=declaration.number,
        duties=declaration.duties,
        responsible=unit.responsible.name if unit.responsible else "",
        leader=unit.leader.name if unit.leader else "",
        filler=person.name,
        sent_on=timezone.localdate(declaration.submitted_at) if declaration.submitted_at else None,
        political_status=declaration.political_status,
        version=f"第 {declaration.sent_round} 版" if declaration.sent_round else "",
        digest=handings[-1].digest if handings else "",
        changes="；".join(
            f"{timezone.localdate(h.at).isoformat()} {'报送' if n == 0 else '修改后重新报送'}"
            for n, h in enumerate(handings)
        ),
        restricted=not seen,
        nones=_nones(declaration, seen),
    )
    _from_reviews(form, declaration, reviews)
    if form.is_unit:
        _unit_counts(form, declaration)
    else:
        _posts(form, declaration)
    return form


def _supervisor(declaration: Declaration) -> str:
    pk = supervisor(*around(declaration))
    return User.objects.get(pk=pk).name if pk else ""


def _nones(declaration: Declaration, seen: bool) -> list[tuple[str, str]]:
    """The categories answered with 无, and why."""
    answers = declaration.categories.exclude(none_reason="")
    having = set(declaration.items.values_list("category", flat=True))
    shown = [a for a in answers if a.category not in having and (seen or a.category != Category.THOUGHT)]
    return [(str(Category(answer.category).label), answer.none_reason) for answer in shown]


def _from_reviews(form: FormOnPaper, declaration: Declaration, reviews: Sequence[Review]) -> None:
    round_ = [r for r in reviews if r.sent_round == declaration.sent_round]
    last = [r for r in round_ if r.state == Review.State.APPROVED]
    if any(r.stage == Review.Stage.TEAM for r in round_):
        form.by_team = [r.opinion for r in last if r.stage == Review.Stage.TEAM]
    for review in last:
        form.opinions.setdefault(review.stage, review.opinion)
        if review.stage == Review.Stage.PARTY_OFFICE and review.decided_at:
            form.received_on = timezone.localdate(review.decided_at)
        if review.stage == Review.Stage.PEER and review.decided_by:
            form.peer = review.decided_by.name


def _unit_counts(form: FormOnPaper, declaration: Declaration) -> None:
    unit = declaration.unit
    form.power_count = unit.own_powers.filter(state=Power.State.IN_FORCE).count()
    form.post_count = unit.posts.filter(is_active=True).count()
    held = Appointment.objects.on(today()).filter(post__unit=unit)
    form.people_count = held.values("person").distinct().count()


def _posts(form: FormOnPaper, declaration: Declaration) -> None:
    held = list(Appointment.objects.on(today()).filter(person=declaration.person).select_related("post"))
    branch = BranchMembership.objects.filter(person=declaration.person).select_related("branch").first()
    form.posts = "、".join(appointment.post.name for appointment in held)
    form.tiers = "、".join(dict.fromkeys(str(appointment.post.get_tier_display()) for appointment in held))
    form.since = "、".join(dict.fromkeys(appointment.started_on.strftime("%Y-%m") for appointment in held))
    form.place = "，".join([declaration.unit.name, *([branch.branch.name] if branch else [])])


def _level_word(level: int | None) -> str:
    return str(Level(level).label) if level else ""


def _row_of_item(item: Any, form: FormOnPaper) -> Row:
    level, score = level_of(item) or 4, (item.likelihood or 0) * (item.impact or 0)
    return Row(
        category=str(item.get_category_display()),
        title=item.title,
        manifestation=item.manifestation,
        cause=str(item.get_cause_display()),
        power=str(item.power or ""),
        step=str(item.step or ""),
        post=str(item.post or ""),
        likelihood=str(item.likelihood or ""),
        impact=str(item.impact or ""),
        level=_level_word(level_of(item)),
        owner=form.responsible if form.is_unit else form.person,
        said_measures=[measure.text for measure in item.measures.all()],
        rank=rank(level, score, bool(item.step and item.step.is_key)),
    )


def _row_of_risk(risk: RiskPoint) -> Row:
    measures = [measure for measure in risk.measures.all() if measure.stopped_at is None]
    by_phase: dict[str, list[str]] = {}
    for measure in measures:
        by_phase.setdefault(measure.phase, []).append(measure.text)
    bases = risk.power.bases.all() if risk.power else ()
    return Row(
        category=str(risk.get_category_display()),
        title=risk.title,
        manifestation=risk.manifestation,
        cause=str(risk.get_cause_display()),
        power=str(risk.power or ""),
        basis="\n".join(f"{b.name}（{b.number}）" if b.number else b.name for b in bases),
        step=str(risk.step or ""),
        post=str(risk.post or ""),
        level=_level_word(risk.level),
        residual_level=_level_word(risk.residual_level),
        owner=risk.owner.name,
        regulation=str(risk.regulation or ""),
        scope=str(risk.power.get_scope_display()) if risk.power else "",
        measures=by_phase,
        frequencies=[m.frequency_note or str(m.get_frequency_display()) for m in measures],
        evidence=[measure.evidence_kind for measure in measures],
        effects=[str(measure.get_effect_display()) for measure in measures if measure.effect],
        rank=risk.rank,
    )


def _filing(documents: Iterable[int | None]) -> str:
    """The number under which the discipline commission filed the list, where it has."""
    pks = {pk for pk in documents if pk}
    if not pks:
        return ""
    filed = Filing.objects.filter(document__in=pks, state=Filing.State.ACCEPTED).order_by("-id")
    return str(filed.values_list("number", flat=True).first() or "")

"""What the way of a form through review needs: who stands around its owner, what it said, what has happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.language import listed
from qingqu.declarations.access import can_see_thought
from qingqu.declarations.models import Declaration, Handing, Item
from qingqu.declarations.rules import rounds
from qingqu.declarations.rules.route import Owner, School, peer_of
from qingqu.organisation.models import Appointment, BranchMembership, Duty, Tier, Unit
from qingqu.organisation.queries import PEERS, duties_in_force
from qingqu.powers.models import Power
from qingqu.reviews.models import Review
from qingqu.reviews.queries import for_subject
from qingqu.risks.models import Category
from qingqu.risks.rules import suggest
from qingqu.trace.models import Entry
from qingqu.trace.queries import lines

LABEL = "declarations.declaration"


def around(declaration: Declaration) -> tuple[Owner, School]:
    """The owner of a form and the people of his school, as the route asks."""
    unit, owner = declaration.unit, declaration.person
    held: dict[str, list[int]] = {}
    rows = duties_in_force().filter(school=unit.school, person__is_active=True).order_by("person_id")
    for person, kind in rows.values_list("person_id", "kind"):
        held.setdefault(kind, []).append(person)
    team = sorted(
        {p for kind in (Duty.Kind.SECRETARY, Duty.Kind.PRINCIPAL, Duty.Kind.TEAM) for p in held.get(kind, [])}
    )
    school = School(
        secretary=held.get(Duty.Kind.SECRETARY, []),
        principal=held.get(Duty.Kind.PRINCIPAL, []),
        team=team,
        discipline=held.get(Duty.Kind.DISCIPLINE, []),
        party_office=held.get(Duty.Kind.PARTY_OFFICE, []),
    )
    peers = {person for kind in PEERS for person in held.get(kind, [])}
    under = frozenset(_under(owner) - peers - {owner.pk})
    return (
        Owner(
            owner.pk,
            head=unit.responsible_id,
            leader=unit.leader_id,
            is_leader=owner.pk in team or holds_leaders_post(owner),
            subordinates=under,
            peer=peer_of(owner.pk, _colleagues(declaration) - under) if declaration.campaign.peer_review else None,
        ),
        school,
    )


def holds_leaders_post(person: User) -> bool:
    """Whether `person` holds a post of the leadership (领导岗位) today."""
    return Appointment.objects.on(today()).filter(person=person, post__tier=Tier.LEADER).exists()


def _colleagues(declaration: Declaration) -> set[int]:
    """Who works in the department of a form, its head excepted: he reviews it anyway."""
    held = Appointment.objects.on(today()).filter(post__unit=declaration.unit, person__is_active=True)
    return set(held.values_list("person_id", flat=True)) - {declaration.unit.responsible_id}


def _under(superior: User) -> set[int]:
    theirs = Unit.objects.active().filter(Q(responsible=superior) | Q(leader=superior))
    return set(Appointment.objects.on(today()).filter(post__unit__in=theirs).values_list("person_id", flat=True))


def ruled_level(item: Any) -> int | None:
    """The level that the rule suggests for an item, once it is rated (S30)."""
    if not item.likelihood or not item.impact:
        return None
    return suggest(item.likelihood, item.impact, item.answers).level


def level_of(item: Any) -> int | None:
    """The level that counts: the one set by hand, otherwise the rule's."""
    return item.level or ruled_level(item)


def content_of(declaration: Declaration, items: Iterable[Item]) -> dict[str, Any]:
    """The whole form in words, as it stands now; `items` are all of its items."""
    answers = declaration.categories.exclude(none_reason="")
    judged = declaration.judgements.select_related("step__power")
    return {
        "duties": declaration.duties,
        "political_status": declaration.political_status,
        "none": {answer.category: answer.none_reason for answer in answers},
        "items": [_item_content(item) for item in items],
        "judgements": [
            {
                "step_id": row.step_id,
                "power": row.step.power.name,
                "step": row.step.name,
                "has_risk": row.has_risk,
                "note": row.note,
            }
            for row in judged
        ],
    }


def _item_content(item: Any) -> dict[str, Any]:
    said = ("category", "title", "manifestation", "cause", "likelihood", "impact", "answers", "level", "level_reason")
    return {
        "id": item.pk,
        **{name: getattr(item, name) for name in said},
        **{name: str(getattr(item, name) or "") for name in ("power", "step", "post")},
        "measures": [
            {"phase": m.phase, "text": m.text, "frequency": m.frequency, "evidence_kind": m.evidence_kind}
            for m in item.measures.all()
        ],
    }


def for_reader(content: dict[str, Any], declaration: Declaration, reader: User) -> dict[str, Any]:
    """`content` without what `reader` may not see (S26)."""
    return content if can_see_thought(reader, declaration) else rounds.without(content, Category.THOUGHT)


def changes_since_last(declaration: Declaration, reader: User, handings: Sequence[Handing] = ()) -> list[rounds.Change]:
    """What differs between the last two handings, as far as `reader` may see it."""
    last = list(handings or declaration.handings.all())[-2:]
    if len(last) < 2:
        return []
    before, after = (for_reader(handing.content, declaration, reader) for handing in last)
    return rounds.differences(before, after)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of 经过: when, who, what."""

    at: datetime
    who: str
    text: str
    quote: str = ""


@dataclass(slots=True)
class Course:
    """The way of a form so far: its turns, who holds it now, what happened, newest first."""

    turns: list[Review] = field(default_factory=list)
    """Those of the last round."""
    waiting: list[Review] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    handings: list[Handing] = field(default_factory=list)


def course(declaration: Declaration, reader: User) -> Course:
    """The way of `declaration`, in a fixed number of statements."""
    reviews = list(for_subject(LABEL, declaration.pk))
    handings = list(declaration.handings.select_related("by"))
    last = max((review.sent_round for review in reviews), default=0)
    return Course(
        turns=[r for r in reviews if r.sent_round == last and r.state != Review.State.VOID],
        waiting=[r for r in reviews if r.state == Review.State.WAITING],
        happenings=_happenings(declaration, reader, reviews, handings),
        handings=handings,
    )


def _happenings(
    declaration: Declaration, reader: User, reviews: Iterable[Review], handings: Sequence[Handing]
) -> list[Happening]:
    found = [Happening(declaration.started_at, "", _begun(declaration))]
    for number, handing in enumerate(handings):
        so_far = handings[: number + 1]
        changed = len(changes_since_last(declaration, reader, so_far)) if number else 0
        name = handing.by.name if handing.by else ""
        found.append(Happening(handing.at, name, _sent(declaration, number, changed)))
    for review in reviews:
        if review.decided_at and review.decided_by:
            text = _("退回") if review.state == Review.State.RETURNED else _("通过")
            words = {"stage": review.get_stage_display(), "text": text}
            said = _("（%(stage)s）%(text)s") % words
            found.append(Happening(review.decided_at, review.decided_by.name, said, review.opinion))
    taken_back = Entry.objects.filter(obj=f"{LABEL}:{declaration.pk}", act="declarations.withdrawn", ok=True)
    found += [Happening(line.at, line.actor, _("撤回报送")) for line in lines(taken_back, words=False)]
    return sorted(found, key=lambda happening: happening.at, reverse=True)


def _begun(declaration: Declaration) -> str:
    if declaration.prefilled:
        words = {"count": declaration.prefilled}
        text = ngettext("开始填写，预填 %(count)s 条", "开始填写，预填 %(count)s 条", declaration.prefilled)
        return text % words
    return pgettext("history", "开始填写")


def _sent(declaration: Declaration, number: int, changed: int) -> str:
    if number and changed:
        text = ngettext("修改 %(count)s 处后重新报送", "修改 %(count)s 处后重新报送", changed)
        return text % {"count": changed}
    if number:
        return _("重新报送")
    if declaration.minutes:
        text = ngettext("报送，填写用时 %(count)s 分钟", "报送，填写用时 %(count)s 分钟", declaration.minutes)
        return text % {"count": declaration.minutes}
    return _("报送")


def heading(declaration: Declaration) -> str:
    """«王雨桐的个人登记表» in the reader's language."""
    if declaration.kind == Declaration.Kind.UNIT:
        return _("%(name)s的单位登记表") % {"name": declaration.unit.name}
    if declaration.post:
        return _("%(name)s的个人登记表（%(post)s）") % {"name": declaration.person.name, "post": declaration.post.name}
    return _("%(name)s的个人登记表") % {"name": declaration.person.name}


def category_name(category: str) -> str:
    """The name of a category, or of the form's own part."""
    return str(Category(category).label) if category else _("基本情况")


def basics(declaration: Declaration) -> list[tuple[str, str]]:
    """The head of the form as label and value (forms 2.1 and 2.2)."""
    return _unit_basics(declaration) if declaration.kind == Declaration.Kind.UNIT else _personal_basics(declaration)


def _personal_basics(declaration: Declaration) -> list[tuple[str, str]]:
    person = declaration.person
    held = Appointment.objects.on(today()).filter(person=person).select_related("post__unit")
    posts = [
        _("%(post)s（%(tier)s），%(since)s 起")
        % {"post": a.post.name, "tier": a.post.get_tier_display(), "since": a.started_on.strftime("%Y-%m")}
        for a in held
    ]
    branch = BranchMembership.objects.filter(person=person).select_related("branch").first()
    pairs = [
        (_("部门、支部"), _("，").join([declaration.unit.name, *([branch.branch.name] if branch else [])])),
        (_("岗位"), listed(posts, "；")),
        (_("政治面貌"), declaration.political_status),
        (_("岗位职责"), declaration.duties),
    ]
    return [(label, value) for label, value in pairs if value]


def _unit_basics(declaration: Declaration) -> list[tuple[str, str]]:
    unit = declaration.unit
    posts = unit.posts.filter(is_active=True).count()
    people = Appointment.objects.on(today()).filter(post__unit=unit).values("person").distinct().count()
    powers = unit.own_powers.filter(state=Power.State.IN_FORCE).count()
    pairs = [
        (_("第一责任人"), unit.responsible.name if unit.responsible else ""),
        (_("分管领导"), unit.leader.name if unit.leader else ""),
        (_("权力事项"), str(powers)),
        (_("岗位与人数"), _("%(posts)s 个岗位，%(people)s 人") % {"posts": posts, "people": people}),
        (_("部门职责"), declaration.duties or unit.duties),
    ]
    return [(label, value) for label, value in pairs if value]


def is_restricted(declaration: Declaration, findings: Any, reader: User) -> bool:
    """Whether the reader sees somebody else's «思想道德» items on this page: such views are recorded (S26, S87)."""
    if declaration.kind == Declaration.Kind.UNIT or declaration.person_id == reader.pk:
        return False
    return any(finding.item.category == Category.THOUGHT for finding in findings.items)

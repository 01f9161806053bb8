"""Taking over entries of the starter library into a school, one by one, with their origin (S8, S44)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.library import rules
from qingqu.library.catalogue import PostTemplate, PowerTemplate, catalogue
from qingqu.library.models import Adoption
from qingqu.organisation.actions.posts import give_template
from qingqu.organisation.models import Post, Unit
from qingqu.powers.actions import BasisRow, HolderRow, StepRow, create_power
from qingqu.powers.models import Power
from qingqu.trace.actions import record

SUPERVISOR = "纪委"


@transaction.atomic
def adopt_power(template: PowerTemplate, *, unit: Unit, by: User | None) -> Power:
    """Make a power of the school from an entry of the library, exercised by `unit`.

    Documents marked «verify» come over as «文号待核». Raises NotPossible where the school has adopted it already.
    """
    school = Unit.objects.select_for_update().get(units=unit)
    if Adoption.objects.filter(school=school, kind=Adoption.Kind.POWER, code=template.code).exists():
        raise NotPossible(_("“%(name)s”已采用") % {"name": template.name})
    posts = dict(_posts_nearby(unit))
    power = create_power(
        unit=unit,
        facts=facts_of(template),
        bases=[BasisRow(basis.name, basis.ref, basis.verify) for basis in template.bases],
        steps=[
            StepRow(s.name, s.actor, s.output, s.days, s.public, rules.best_post(s.actor, posts))
            for s in template.steps
        ],
        holders=[HolderRow(holder.name, rules.best_post(holder.name, posts)) for holder in template.holders],
        code=template.code,
        origin=f"library:{catalogue().version}:{template.code}",
        by=by,
    )
    _remember(school, Adoption.Kind.POWER, template, power, by)
    return power


@transaction.atomic
def adopt(
    powers: Sequence[tuple[PowerTemplate, Unit]],
    posts: Sequence[tuple[PostTemplate, Sequence[Post]]] = (),
    *,
    by: User | None,
) -> tuple[list[Power], list[Post]]:
    """Adopt several entries at once: all of them, or none and the reason why."""
    made = [adopt_power(template, unit=unit, by=by) for template, unit in powers]
    given = [post for template, chosen in posts for post in adopt_post(template, chosen, by=by)]
    return made, given


@transaction.atomic
def adopt_post(template: PostTemplate, posts: Sequence[Post], *, by: User | None) -> list[Post]:
    """Let these posts use a template, so that the forms of those who hold them are prefilled.

    A post that used another template changes over. Raises NotPossible where all of them use it already.
    """
    changed = give_template(posts, template.code, by=by)
    if not changed:
        raise NotPossible(_("“%(name)s”已采用") % {"name": template.name})
    for post in Post.objects.filter(pk__in=[p.pk for p in changed]).select_related("unit__school"):
        _remember(post.unit.school or post.unit, Adoption.Kind.POST, template, post, by)
    return changed


def facts_of(template: PowerTemplate) -> dict[str, object]:
    """What the list says of a power that comes from the library; its bounds are for the school to write (S66)."""
    days, public = template.days, any(step.public for step in template.steps)
    return {
        "name": template.name,
        "domain": template.domain,
        "content": f"{template.name}，依次包括：{'；'.join(step.name for step in template.steps)}。",
        "kind": template.kind,
        "lead": template.lead,
        "decider": template.decider,
        "supervisor": SUPERVISOR,
        "three_major": template.three_major,
        "scope": Power.Scope.SOCIETY if public else Power.Scope.SCHOOL,
        "time_limit": f"{days} 个工作日以内" if days else "",
    }


def adopted_sentence(powers: int, posts: int) -> str:
    """What the reader is told afterwards."""
    parts = []
    if powers:
        parts.append(ngettext("已采用 %(n)s 项权力事项", "已采用 %(n)s 项权力事项", powers) % {"n": powers})
    if posts:
        parts.append(ngettext("%(n)s 个岗位已使用模板", "%(n)s 个岗位已使用模板", posts) % {"n": posts})
    return _("，").join(parts)


def _posts_nearby(unit: Unit) -> list[tuple[int, str]]:
    """The school's posts, those of the unit itself first: where a name occurs twice, one's own post is meant."""
    posts = Post.objects.filter(unit__school_id=unit.school_id, is_active=True).values_list("pk", "name", "unit_id")
    return [(pk, name) for pk, name, _unit in sorted(posts, key=lambda row: row[2] != unit.pk)]


def _remember(
    school: Unit, kind: str, template: PowerTemplate | PostTemplate, subject: Power | Post, by: User | None
) -> None:
    adoption = Adoption.objects.create(
        school=school,
        kind=kind,
        code=template.code,
        version=catalogue().version,
        content=template.content,
        subject_label=subject._meta.label_lower,
        subject_id=subject.pk,
        by=by,
    )
    record("library.adopted", adoption, by=by, details={"code": template.code, "name": template.name})

"""Where a new form's first items come from: last year's form, the posts' and the powers' templates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.common.clock import today
from qingqu.declarations.models import YEARS_FORM, Declaration, Item
from qingqu.declarations.queries.draft import content_of
from qingqu.declarations.rules.prefill import LastYear, Prefilled, TemplateRisk, first_items
from qingqu.library.queries import post_template, template_of_origin
from qingqu.organisation.models import Appointment, Post
from qingqu.powers.models import Power


def posts_of(person: User, school: int) -> list[Post]:
    """The posts that a person holds in the school with this id today, the main one first."""
    held = Appointment.objects.on(today()).filter(person=person, post__unit__school_id=school)
    return [appointment.post for appointment in held.select_related("post__unit")]


def last_years(campaign: Campaign, declaration: Declaration) -> list[Item]:
    """The items of the same person's or unit's last approved forms before `campaign`, those for new posts too."""
    same = Declaration.objects.filter(kind=declaration.kind, state=Declaration.State.APPROVED)
    if declaration.kind == Declaration.Kind.UNIT:
        same = same.filter(unit_id=declaration.unit_id)
    else:
        same = same.filter(person_id=declaration.person_id)
    earlier = same.filter(campaign__school_id=campaign.school_id, campaign__year__lt=campaign.year)
    found = earlier.order_by("-campaign__year").values_list("campaign", flat=True).first()
    items = Item.objects.filter(declaration__in=earlier.filter(campaign=found)).order_by("declaration", "order", "id")
    return list(items.prefetch_related("measures"))


def first_items_of(declaration: Declaration, campaign: Campaign, posts: Sequence[Post]) -> list[Prefilled]:
    """What the form of a person with these posts, or of a unit (without posts), begins with.

    Risks of a post that is no longer held are not continued.
    """
    held = {post.pk for post in posts}
    continued = [
        LastYear(content_of(item), item.origin_text, item.risk_id)
        for item in last_years(campaign, declaration)
        if declaration.kind == Declaration.Kind.UNIT or item.post_id is None or item.post_id in held
    ]
    return first_items([(post.pk, post_risks(post)) for post in posts], continued)


def items_of_post(post: Post) -> list[Prefilled]:
    """What the form for a new post begins with: the usual risks of that post."""
    return first_items([(post.pk, post_risks(post))], [])


def years_form(campaign: Campaign, person: User) -> Declaration | None:
    """The personal form that the year asks of somebody, where he has begun it."""
    mine = Declaration.objects.filter(YEARS_FORM, campaign=campaign, kind=Declaration.Kind.PERSONAL, person=person)
    return mine.first()


def posts_for(form: Declaration) -> list[Post]:
    """The posts that a personal form is about: all that the person holds, or the new one."""
    return [form.post] if form.post else posts_of(form.person, form.campaign.school_id)


def post_risks(post: Post) -> Sequence[TemplateRisk]:
    """The usual risks of a post, as its template in the library names them."""
    template = post_template(post.template_code)
    return template.risks if template else ()


def step_templates(powers: Collection[Power]) -> dict[int, list[TemplateRisk]]:
    """The usual risks of each step of powers that were adopted from the library, by the step's id."""
    found: dict[int, list[TemplateRisk]] = defaultdict(list)
    for power in powers:
        template = template_of_origin(power.origin)
        by_order = {step.order: step.pk for step in power.steps.all()}
        for risk in template.risks if template else ():
            if risk.step in by_order:
                found[by_order[risk.step]].append(risk)
    return found

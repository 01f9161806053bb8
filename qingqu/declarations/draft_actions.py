"""Filling in a form: saving a group, one more risk, one less. Two pages that are open cannot overwrite each other."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.common.errors import NotPossible
from qingqu.declarations import queries
from qingqu.declarations.access import CLOSED
from qingqu.declarations.items import new_items, write_items
from qingqu.declarations.models import CategoryAnswer, Declaration, Item, StepJudgement
from qingqu.declarations.queries import Draft
from qingqu.declarations.rules.content import Content, ItemContent, Judgement
from qingqu.declarations.rules.minutes import busy_seconds, minutes
from qingqu.declarations.rules.prefill import Prefilled, from_template
from qingqu.declarations.rules.states import OPEN
from qingqu.organisation.models import Post
from qingqu.powers.models import Power, Step
from qingqu.trace.actions import record

MOST_ITEMS = 40
MOST_MEASURES = 20


class Stale(NotPossible):
    """The page was opened before somebody else saved the same group: both texts are kept and shown side by side."""


@transaction.atomic
def save(
    declaration: Declaration,
    content: Content,
    *,
    by: User,
    version: int,
    group: str = "",
    seen: str = "",
    page: str = "",
    whole: bool = False,
) -> Declaration:
    """Save `group` of a form, or the whole form where it is empty.

    `version` is the one that the writer saw. Where the form is newer, it is still saved if this very `page` made the
    last save, or if the group itself still is what the page saw (`seen`, its digest); otherwise raises Stale and
    nothing is written. Items that are not spoken of stay, unless the `whole` form is given. Raises NotPossible while
    the form is with its reviewers, or when the year is closed.
    """
    declaration = lock(declaration)
    found = queries.draft(declaration)
    there = found.content(group)
    if not says_something_new(there, content, whole=whole):
        return declaration
    same_page = bool(page) and page == declaration.saved_from
    if version != declaration.version and not same_page and seen != there.digest():
        raise Stale(_("这一组刚才在另一处改过"))
    _require_own_places(found, there, content)
    _write_header(declaration, content)
    _write_none(found, content)
    _write_items(found, there, content, whole)
    if content.judgements:
        _write_judgements(found, content)
    _count_save(declaration, page)
    record("declarations.saved", declaration, by=by, details={"group": group or "all", "version": declaration.version})
    return declaration


def says_something_new(there: Content, content: Content, *, whole: bool = False) -> bool:
    """Whether saving `content` would change anything."""
    if any(
        new is not None and new != old
        for new, old in (
            (content.duties, there.duties),
            (content.political_status, there.political_status),
            (content.pledged, there.pledged),
        )
    ):
        return True
    if any(there.none.get(category, "") != reason for category, reason in content.none.items()):
        return True
    if any(there.judgements.get(step) != judged for step, judged in content.judgements.items()):
        return True
    old = {item.pk: item for item in there.items}
    if any(old[item.pk] != item if item.pk in old else not item.is_blank for item in content.items):
        return True
    return whole and bool(set(old) - {item.pk for item in content.items})


@transaction.atomic
def add_item(declaration: Declaration, category: str, *, by: User, power: Power | None = None) -> Item:
    """One more risk, still empty, in a category or for one of the unit's powers."""
    declaration = lock(declaration)
    count = declaration.items.count()
    if count >= MOST_ITEMS:
        raise NotPossible(_("一张表最多 %(most)d 条风险点") % {"most": MOST_ITEMS})
    if declaration.kind == Declaration.Kind.PERSONAL:
        held = queries.posts_for(declaration)
        post = held[0].pk if len(held) == 1 else None
    else:
        post = None
    blank = ItemContent(category=category, power=power.pk if power else None, post=post)
    item = new_items(declaration, [Prefilled(blank, Item.Origin.OWN, "")], _last_place(declaration))[0]
    declaration.categories.filter(category=category).delete()
    _count_save(declaration, declaration.saved_from)
    record("declarations.saved", declaration, by=by, details={"added": category})
    return item


@transaction.atomic
def delete_item(item: Item, *, by: User) -> Declaration:
    """Take one risk out of the form again."""
    declaration = lock(item.declaration)
    title = item.title or item.get_category_display()
    Item.objects.filter(pk=item.pk, declaration=declaration).delete()
    _count_save(declaration, declaration.saved_from)
    record("declarations.saved", declaration, by=by, details={"deleted": title[:60]})
    return declaration


@transaction.atomic
def say_none(declaration: Declaration, category: str, reason: str, *, by: User) -> Declaration:
    """Answer a category with «无» and the reason; its entries go, prefilled or not (S25–S29).

    Raises NotPossible where a risk of the category stands with one of the unit's powers.
    """
    declaration = lock(declaration)
    found = queries.draft(declaration)
    gone = [item.pk for item in found.items_of(category)]
    if any(item.category == category and item.pk not in gone for item in found.items):
        raise NotPossible(_("权力事项的环节中还写有这一类的风险点，请先核对"))
    Item.objects.filter(declaration=declaration, pk__in=gone).delete()
    _write_none(found, Content(none={category: reason}))
    _count_save(declaration, declaration.saved_from)
    record("declarations.saved", declaration, by=by, details={"none": category, "deleted": len(gone)})
    return declaration


def lock(declaration: Declaration) -> Declaration:
    """The form, held until the act is over. Raises NotPossible where nobody may write in it now."""
    rows = Declaration.objects.select_related("campaign__school", "unit", "person")
    declaration = rows.select_for_update(of=("self",)).get(pk=declaration.pk)
    if declaration.campaign.state != Campaign.State.OPEN:
        raise NotPossible(CLOSED)
    if declaration.state not in OPEN:
        raise NotPossible(_("“%(state)s”的登记表不能修改") % {"state": declaration.get_state_display()})
    return declaration


def _write_header(declaration: Declaration, content: Content) -> None:
    for name in ("duties", "political_status", "pledged"):
        if (value := getattr(content, name)) is not None:
            setattr(declaration, name, value)


def _write_none(found: Draft, content: Content) -> None:
    changed = {c: reason for c, reason in content.none.items() if found.none.get(c, "") != reason}
    gone = [c for c, reason in changed.items() if not reason]
    if gone:
        CategoryAnswer.objects.filter(declaration=found.declaration, category__in=gone).delete()
    answers = [
        CategoryAnswer(declaration=found.declaration, category=c, none_reason=reason)
        for c, reason in changed.items()
        if reason
    ]
    if answers:
        CategoryAnswer.objects.bulk_create(
            answers,
            update_conflicts=True,
            update_fields=["none_reason"],
            unique_fields=["declaration", "category"],
        )


def _write_items(found: Draft, there: Content, content: Content, whole: bool) -> None:
    if len(content.items) > MOST_ITEMS or any(len(item.measures) > MOST_MEASURES for item in content.items):
        raise NotPossible(_("一张表最多 %(most)d 条风险点") % {"most": MOST_ITEMS})
    known = {item.pk for item in found.items}
    write_items(found.items, content.items)
    new = [Prefilled(item, Item.Origin.OWN, "") for item in content.items if item.pk not in known and not item.is_blank]
    if new:
        new_items(found.declaration, new, max((item.order for item in found.items), default=0))
    if whole:
        kept = [item.pk for item in content.items if item.pk in known]
        gone = [item.pk for item in there.items if item.pk and item.pk not in kept]
        Item.objects.filter(declaration=found.declaration, pk__in=gone).delete()


def _write_judgements(found: Draft, content: Content) -> None:
    steps = {step.pk for power in found.powers for step in power.steps.all()}
    if set(content.judgements) - steps:
        raise NotPossible(_("有的环节不属于本部门的权力事项"))
    changed = {step: judged for step, judged in content.judgements.items() if found.judgements.get(step) != judged}
    if not changed:
        return
    StepJudgement.objects.bulk_create(
        [
            StepJudgement(declaration=found.declaration, step_id=step, has_risk=judged.has_risk, note=judged.note)
            for step, judged in changed.items()
        ],
        update_conflicts=True,
        update_fields=["has_risk", "note"],
        unique_fields=["declaration", "step"],
    )
    _open_items(found, changed)


def _open_items(found: Draft, changed: dict[int, Judgement]) -> None:
    """Where a step is now said to have a risk, what the library knows of it is proposed, else an empty item."""
    with_item = {item.step_id for item in found.items}
    wanted = [step for step, judged in changed.items() if judged.has_risk and step not in with_item]
    if not wanted:
        return
    known = queries.step_templates(found.powers)
    power_of = {step.pk: power.pk for power in found.powers for step in power.steps.all()}
    beginning = []
    for step in wanted:
        risks = known.get(step, [])
        power = power_of[step]
        beginning += [from_template(risk, Item.Origin.LIBRARY, power=power, step=step) for risk in risks]
        if not risks:
            beginning.append(Prefilled(ItemContent(category="duty", power=power, step=step), Item.Origin.OWN, ""))
    new_items(found.declaration, beginning, max((item.order for item in found.items), default=0))


def _require_own_places(found: Draft, there: Content, content: Content) -> None:
    """Posts, powers and steps that an item names anew must be those of the same school."""
    old = {item.pk: item for item in there.items}
    posts, powers, steps = set[int](), set[int](), set[int]()
    for item in content.items:
        before = old.get(item.pk)
        if before is None or (item.post, item.power, item.step) != (before.post, before.power, before.step):
            posts |= {item.post} if item.post else set()
            powers |= {item.power} if item.power else set()
            steps |= {item.step} if item.step else set()
        known = {measure.post for measure in before.measures} if before else set()
        posts |= {measure.post for measure in item.measures if measure.post and measure.post not in known}
    school = found.declaration.unit.school_id
    fits = (
        (posts, Post.objects.filter(unit__school=school)),
        (powers, Power.objects.filter(school=school)),
        (steps, Step.objects.filter(power__school=school)),
    )
    if any(wanted and rows.filter(pk__in=wanted).count() != len(wanted) for wanted, rows in fits):
        raise NotPossible(_("所选的岗位或环节不属于本校"))


def _count_save(declaration: Declaration, page: str) -> None:
    """One version further, and the time since the save before, where it was spent here (G12)."""
    now = timezone.now()
    gap = now - (declaration.saved_at or declaration.started_at)
    declaration.busy_seconds = busy_seconds(declaration.busy_seconds, gap)
    declaration.minutes = minutes(declaration.busy_seconds)
    declaration.saved_at, declaration.saved_from = now, page[:24]
    declaration.version += 1
    declaration.save(
        update_fields=[
            "duties",
            "political_status",
            "pledged",
            "busy_seconds",
            "minutes",
            "saved_at",
            "saved_from",
            "version",
        ]
    )


def _last_place(declaration: Declaration) -> int:
    last = declaration.items.order_by("-order").values_list("order", flat=True).first()
    return last or 0

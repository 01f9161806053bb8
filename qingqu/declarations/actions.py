"""Beginning a form, handing it in, taking it back. Filling in is in `draft_actions`, deciding in `review_actions`."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign, Task
from qingqu.common.errors import NotPossible
from qingqu.declarations import queries, wording
from qingqu.declarations.access import CLOSED, NOT_OWED
from qingqu.declarations.items import new_items
from qingqu.declarations.models import Declaration
from qingqu.declarations.reassess_actions import close_reassessments, reopen_reassessments
from qingqu.declarations.review_actions import open_route, withdraw_route
from qingqu.declarations.rules.prefill import Prefilled
from qingqu.declarations.rules.states import OPEN, next_state
from qingqu.organisation.models import BranchMembership, Post, Unit
from qingqu.organisation.numbering import next_number
from qingqu.trace.actions import record

SERIES = {Declaration.Kind.PERSONAL: "GRDJ", Declaration.Kind.UNIT: "DWDJ"}


@transaction.atomic
def start(campaign: Campaign, *, by: User) -> Declaration:
    """Begin one's own form of the year, filled in beforehand from last year's form and the posts' templates (S63).

    One form covers all posts of a person; it belongs to the department of his main post. Begun twice, the first one
    is given back. Raises NotPossible while the campaign is not open, or for somebody without a post.
    """
    found = queries.years_form(campaign, by)
    if found:
        return found
    _require_open(campaign)
    posts = queries.posts_of(by, campaign.school_id)
    if not posts:
        raise NotPossible(_("您目前没有任职岗位，请联系党办在名册中登记"))
    declaration = Declaration.objects.create(
        campaign=campaign,
        kind=Declaration.Kind.PERSONAL,
        person=by,
        unit=posts[0].unit,
        duties=_duties_of(posts),
        political_status=_political_status(by),
    )
    return _fill_beforehand(declaration, campaign, posts, by)


@transaction.atomic
def start_reassessment(task: Task, *, by: User) -> Declaration:
    """Begin the form for a post that was taken over (G8): the year's form where that is still being filled in.

    Whoever has handed in already gets a form for the new post alone, filled in beforehand from its template; begun
    twice, the first one is given back. Raises NotPossible while the year is not open, or where the task is done.
    """
    campaign, post = task.campaign, task.post
    if found := Declaration.objects.filter(campaign=campaign, occasion=task.pk).first():
        return found
    if task.done_at or post is None:
        raise NotPossible(_("“%(task)s”已完成") % {"task": task.title})
    _require_open(campaign)
    years = start(campaign, by=by)
    if years.state in OPEN:
        return _add_post(years, post, by)
    declaration = Declaration.objects.create(
        campaign=campaign,
        kind=Declaration.Kind.PERSONAL,
        person=by,
        unit=post.unit,
        post=post,
        occasion=task.pk,
        duties=post.duties.strip(),
        political_status=_political_status(by),
    )
    return _prefill(declaration, queries.items_of_post(post), by)


def _add_post(declaration: Declaration, post: Post, by: User) -> Declaration:
    """Put the usual risks of a new post into a form that was begun before it."""
    declaration = _locked(declaration)
    if declaration.items.filter(post=post).exists():
        return declaration
    last = declaration.items.aggregate(last=Max("order"))["last"] or 0
    beginning = queries.items_of_post(post)
    new_items(declaration, beginning, last)
    declaration.prefilled += len(beginning)
    declaration.version += 1
    declaration.save(update_fields=["prefilled", "version"])
    record("declarations.post_added", declaration, by=by, after=post.name, details={"prefilled": len(beginning)})
    return declaration


@transaction.atomic
def start_unit(unit: Unit, campaign: Campaign, *, by: User) -> Declaration:
    """Begin the form of a unit, or take it over from the head before (S20, S24)."""
    found = Declaration.objects.filter(campaign=campaign, kind=Declaration.Kind.UNIT, unit=unit).first()
    if found:
        return _take_over(found, by)
    _require_open(campaign)
    if unit.school_id != campaign.school_id:
        raise NotPossible(_("这个部门不属于本校"))
    if unit.kind != Unit.Kind.DEPARTMENT:
        raise NotPossible(NOT_OWED)
    declaration = Declaration.objects.create(
        campaign=campaign, kind=Declaration.Kind.UNIT, person=by, unit=unit, duties=unit.duties
    )
    return _fill_beforehand(declaration, campaign, [], by)


@transaction.atomic
def submit(declaration: Declaration, *, by: User) -> Declaration:
    """Hand a finished form to its first reviewer, and number it the first time (S34, S63).

    Possible after the due day too; that it is late is seen from its date. Raises NotPossible, with every sentence,
    where something is missing.
    """
    declaration = _locked(declaration)
    before, after = declaration.state, next_state(declaration.state, "submit")
    if after is None:
        raise NotPossible(_("“%(state)s”的登记表不能报送") % {"state": declaration.get_state_display()})
    _require_open(declaration.campaign)
    found = queries.draft(declaration)
    if found.missing:
        raise NotPossible(_("还不能报送：%(missing)s") % {"missing": wording.sentences(found.missing)})
    declaration.state = after
    declaration.sent_round += 1
    declaration.submitted_at = timezone.now()
    declaration.version += 1
    if not declaration.number:
        school, year = declaration.campaign.school, declaration.campaign.year
        declaration.number = next_number(school, SERIES[Declaration.Kind(declaration.kind)], year)
    declaration.save(update_fields=["state", "sent_round", "submitted_at", "version", "number"])
    open_route(declaration, found.items, by=by)
    close_reassessments(declaration, by=by)
    said: dict[str, str | int] = {"round": declaration.sent_round, "number": declaration.number}
    said["minutes"] = declaration.minutes
    record("declarations.submitted", declaration, by=by, before=before, after=after, details=said)
    return declaration


@transaction.atomic
def withdraw(declaration: Declaration, *, by: User) -> Declaration:
    """Take a form back while no reviewer of this round has decided. Raises NotPossible afterwards."""
    declaration = _locked(declaration)
    before, after = declaration.state, next_state(declaration.state, "withdraw")
    if after is None:
        raise NotPossible(_("现在没有可撤回的报送"))
    withdraw_route(declaration, by=by)
    reopen_reassessments(declaration, by=by)
    declaration.state = after
    declaration.version += 1
    declaration.save(update_fields=["state", "version"])
    record("declarations.withdrawn", declaration, by=by, before=before, after=after)
    return declaration


def _require_open(campaign: Campaign) -> None:
    if campaign.state == Campaign.State.CLOSED:
        raise NotPossible(CLOSED)
    if campaign.state != Campaign.State.OPEN:
        raise NotPossible(_("本年度工作还没有开始"))


def _locked(declaration: Declaration) -> Declaration:
    rows = Declaration.objects.select_related("campaign__school", "unit__school", "person")
    return rows.select_for_update(of=("self",)).get(pk=declaration.pk)


def _fill_beforehand(declaration: Declaration, campaign: Campaign, posts: Sequence[Post], by: User) -> Declaration:
    return _prefill(declaration, queries.first_items_of(declaration, campaign, posts), by)


def _prefill(declaration: Declaration, beginning: Sequence[Prefilled], by: User) -> Declaration:
    new_items(declaration, beginning)
    declaration.prefilled = len(beginning)
    declaration.save(update_fields=["prefilled"])
    record("declarations.started", declaration, by=by, after=declaration.state, details={"prefilled": len(beginning)})
    return declaration


def _take_over(declaration: Declaration, by: User) -> Declaration:
    if declaration.person_id == by.pk or declaration.state not in OPEN:
        return declaration
    before, declaration.person = declaration.person.name, by
    declaration.version += 1
    declaration.save(update_fields=["person", "version"])
    record("declarations.taken_over", declaration, by=by, before=before, after=by.name)
    return declaration


def _duties_of(posts: Sequence[Post]) -> str:
    known = [post for post in posts if post.duties.strip()]
    if len(known) == 1:
        return known[0].duties.strip()
    return "\n".join(f"{post.name}：{post.duties.strip()}" for post in known)


def _political_status(person: User) -> str:
    return "中共党员" if BranchMembership.objects.filter(person=person).exists() else ""

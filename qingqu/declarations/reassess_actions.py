"""A re-assessment is done by its form: handed in it is finished, taken back or returned it is open again (G8)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from qingqu.accounts.models import User
from qingqu.campaigns import actions as campaigns
from qingqu.campaigns.models import Task
from qingqu.common.clock import today
from qingqu.declarations.models import Declaration
from qingqu.organisation.models import Appointment


@transaction.atomic
def close_reassessments(declaration: Declaration, *, by: User) -> list[Task]:
    """Finish the re-assessments that a form answers: its own, or for the year's form those of posts that it names."""
    return [campaigns.finish_task(task, note=_note(declaration), by=by) for task in _asked(declaration, done=False)]


@transaction.atomic
def reopen_reassessments(declaration: Declaration, *, by: User) -> list[Task]:
    """Open again what was finished by this form, since it has to be handed in once more."""
    done = _asked(declaration, done=True).filter(note=_note(declaration))
    return [campaigns.reopen_task(task, by=by) for task in done]


def posts_beside(declaration: Declaration) -> set[int | None] | None:
    """Which posts the form of a new post leaves alone: those held beside it, and what belongs to no post.

    None for the year's form, which speaks for all.
    """
    if not declaration.occasion:
        return None
    held = Appointment.objects.on(today()).filter(person=declaration.person_id).exclude(post=declaration.post_id)
    return {None, *held.values_list("post_id", flat=True)}


def _asked(declaration: Declaration, *, done: bool) -> QuerySet[Task]:
    if declaration.kind != Declaration.Kind.PERSONAL:
        return Task.objects.none()
    tasks = Task.objects.filter(
        kind=Task.Kind.REASSESS,
        campaign=declaration.campaign_id,
        person=declaration.person_id,
        done_at__isnull=not done,
    )
    if declaration.occasion:
        return tasks.filter(pk=declaration.occasion)
    named = declaration.items.exclude(post=None).values("post")
    return tasks.filter(post__in=named)


def _note(declaration: Declaration) -> str:
    return f"已报送登记表 {declaration.number}"

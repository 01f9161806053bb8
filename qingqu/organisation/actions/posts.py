"""Acts on posts: what is done here, whoever holds it (S8, S10)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.common.text import neat
from qingqu.organisation.models import Appointment, Post, Unit
from qingqu.trace.actions import record, record_many


@transaction.atomic
def create_post(
    unit: Unit,
    *,
    name: str,
    tier: str,
    by: User | None,
    duties: str = "",
    authority: str = "",
    template_code: str = "",
) -> Post:
    """Set up a post in a unit; its tier is one of the three kinds of the regulation (S10)."""
    name = neat(name)
    if not unit.is_active:
        raise NotPossible(_("“%(unit)s”已停用") % {"unit": unit})
    _name_is_free(unit, name)
    post = Post.objects.create(
        unit=unit, name=name, tier=tier, duties=duties, authority=authority, template_code=neat(template_code)
    )
    record("organisation.post_created", post, by=by, after=post.name)
    return post


def _name_is_free(unit: Unit, name: str, apart_from: int = 0) -> None:
    if not name:
        raise NotPossible(_("请填写名称"))
    if Post.objects.filter(unit=unit, name=name).exclude(pk=apart_from).exists():
        raise NotPossible(_("“%(unit)s”已有岗位“%(name)s”") % {"unit": unit, "name": name})


@transaction.atomic
def edit_post(
    post: Post,
    *,
    name: str,
    tier: str,
    by: User | None,
    duties: str = "",
    authority: str = "",
    template_code: str = "",
) -> Post:
    """Change what a post is called, of which tier it is, what its duties and authority are (S8)."""
    post = Post.objects.select_for_update(of=("self",)).select_related("unit").get(pk=post.pk)
    name = neat(name)
    _name_is_free(post.unit, name, apart_from=post.pk)
    before = post.name
    post.name, post.tier, post.duties = name, tier, duties.strip()
    post.authority, post.template_code = authority.strip(), neat(template_code)
    post.save(update_fields=["name", "tier", "duties", "authority", "template_code"])
    record("organisation.post_edited", post, by=by, before=before, after=post.name)
    return post


@transaction.atomic
def mark_key_post(post: Post, is_key: bool, *, by: User | None) -> Post:
    """Mark a post as a key one (重要岗位), or take the mark away; the discipline commission does it (S4)."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    if post.is_key == is_key:
        raise NotPossible(_("“%(post)s”的标记没有变化") % {"post": post})
    post.is_key = is_key
    post.save(update_fields=["is_key"])
    record("organisation.key_post_marked", post, by=by, after="key" if is_key else "plain")
    return post


@transaction.atomic
def retire_post(post: Post, *, by: User | None) -> Post:
    """Take a post out of use. Raises NotPossible while somebody holds it."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    if not post.is_active:
        raise NotPossible(_("“%(post)s”已停用") % {"post": post})
    if Appointment.objects.on(today()).filter(post=post).exists():
        raise NotPossible(_("“%(post)s”还有人在任，请先办理离任或调岗") % {"post": post})
    post.is_active = False
    post.save(update_fields=["is_active"])
    record("organisation.post_retired", post, by=by)
    return post


@transaction.atomic
def restore_post(post: Post, *, by: User | None) -> Post:
    """Put a retired post to use again."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    if post.is_active:
        raise NotPossible(_("“%(post)s”正在使用") % {"post": post})
    post.is_active = True
    post.save(update_fields=["is_active"])
    record("organisation.post_restored", post, by=by)
    return post


@transaction.atomic
def give_template(posts: Sequence[Post], code: str, *, by: User | None) -> list[Post]:
    """Let these posts use a template of the library, from which the forms of their holders are prefilled.

    Gives back those that did not use it yet.
    """
    found = Post.objects.select_for_update().filter(pk__in=[post.pk for post in posts])
    changed = list(found.exclude(template_code=code).order_by("pk"))
    for post in changed:
        post.template_code = code
    Post.objects.bulk_update(changed, ["template_code"])
    record_many("organisation.post_template_given", changed, by=by, after=code)
    return changed

"""Where a risk of a form may lie: the posts and steps that its page offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from qingqu.declarations.models import Declaration
from qingqu.declarations.queries.draft import Draft
from qingqu.declarations.queries.sources import posts_for
from qingqu.organisation.models import Post, Tier
from qingqu.powers.models import Power

MANY = 30
"""In a unit with more posts than this only those that lead are offered beside one's own."""


@dataclass(frozen=True, slots=True)
class Places:
    """What a page offers to choose from."""

    posts: Sequence[Post] = ()
    """For an item: the person's posts, or those of the unit."""
    measure_posts: Sequence[Post] = ()
    """For a measure: the same and the colleagues' posts."""
    powers: Sequence[Power] = ()
    """Those in which the person's posts have a part."""


def places(found: Draft) -> Places:
    """The posts and powers for the pages of a form. Four statements at most."""
    form = found.declaration
    of_unit = list(Post.objects.filter(unit_id=form.unit_id, is_active=True))
    if form.kind == Declaration.Kind.UNIT:
        return Places(of_unit, of_unit, found.powers)
    own = posts_for(form)
    held = [post.pk for post in own]
    part = Q(holders__post__in=held) | Q(steps__post__in=held) | Q(unit__in={post.unit_id for post in own})
    powers = Power.objects.in_force().filter(part, school_id=form.campaign.school_id).distinct()
    others = [post for post in of_unit if post.pk not in held and (len(of_unit) <= MANY or post.tier != Tier.STAFF)]
    return Places(own, [*own, *others], list(powers.prefetch_related("steps")))

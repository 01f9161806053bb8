"""Several papers approved with one opinion: only those of which nothing is to be warned."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.reviews import subjects
from qingqu.reviews.models import Review

MOST = 50


def approve(reviews: Sequence[Review], *, opinion: str, by: User) -> tuple[int, list[tuple[str, str]]]:
    """Approve each of `reviews` by itself; answers how many, and title and reason of those that were left.

    Papers with a warning are not approved unread.
    """
    flags = subjects.flags_of(reviews[:MOST], by)
    done, left = 0, [(review.title, _("一次最多通过 %(most)s 份") % {"most": MOST}) for review in reviews[MOST:]]
    for review in reviews[:MOST]:
        stops = [flag.text for flag in flags.get(review.pk, []) if flag.stops]
        if stops:
            left.append((review.title, _("%(flag)s，请逐份审核") % {"flag": stops[0]}))
            continue
        try:
            subjects.decide(review, approve=True, opinion=opinion, marked=[], by=by)
        except NotPossible as refusal:
            left.append((review.title, refusal.reason))
        else:
            done += 1
    return done, left

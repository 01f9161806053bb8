"""Who may review, and who may give a review to somebody else."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import ALLOWED, Access, denied
from qingqu.organisation.queries import standing
from qingqu.reviews.models import Review


def can_decide(user: User, review: Review) -> Access:
    """Whether `user` may approve or return: it is his turn, and never on his own paper (S34)."""
    if review.owner_id == user.pk:
        return denied(_("不能审核本人填报的事项"))
    if review.state == Review.State.COMING:
        return denied(_("还没有轮到这一环节"))
    if review.state != Review.State.WAITING:
        return denied(_("这一环节已经办理"))
    if review.reviewer_id == user.pk:
        return ALLOWED
    if review.reviewer_id is None:
        who = standing(user)
        if who.school is not None and who.school.pk == review.school_id and review.duty in who.duties:
            return ALLOWED
    return denied(_("这一环节由其他同志审核"))


def can_reassign(user: User, review: Review) -> Access:
    """Whether `user` may give a review to somebody else: the party office does, with a reason."""
    who = standing(user)
    if not who.is_party_office or who.school is None or who.school.pk != review.school_id:
        return denied(_("改派审核人由党办办理"))
    if review.owner_id == user.pk:
        return denied(_("不能改派本人事项的审核人"))
    if review.state not in (Review.State.WAITING, Review.State.COMING):
        return denied(_("这一环节已经办理"))
    return ALLOWED


def can_follow(user: User) -> Access:
    """Whether `user` sees where every paper of the school stands."""
    if standing(user).has("party_office", "discipline", "secretary", "principal"):
        return ALLOWED
    return denied(_("全校审核进度由党办、纪委和主要负责人查看"))


def is_party_office(user: User) -> bool:
    """Whether links to reassign are worth showing."""
    return standing(user).is_party_office

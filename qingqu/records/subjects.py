"""Whose file is it? Upper apps say at start-up who may open what hangs on their things; unasked, nobody may."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from qingqu.accounts.models import User
from qingqu.common.access import Access, denied

Door = Callable[[User, int], Access]
_doors: dict[str, Door] = {}


def register(label: str, door: Door) -> None:
    """`door(user, id)` decides who may open the files of `label` («risks.controlmeasure»). For AppConfig.ready."""
    _doors[label] = door


def can_open(user: User, label: str, pk: int) -> Access:
    """Whether `user` may open the files of the thing that `label` and `pk` name."""
    door = _doors.get(label)
    return door(user, pk) if door else denied(_("这个附件不能查看"))

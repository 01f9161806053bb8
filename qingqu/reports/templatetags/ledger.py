"""Words of the ledger's lines."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from qingqu.common.paging import COUNT_AT_MOST
from qingqu.reports.ledger import CHIPS_AT_MOST, is_late
from qingqu.risks.models import Category, LedgerState

register = template.Library()
register.filter("is_late", is_late)


@register.filter
def at_most(count: int) -> str:
    """A count, or «1000+» where we stopped counting."""
    stopped = next((most for most in (CHIPS_AT_MOST, COUNT_AT_MOST) if count == most + 1), 0)
    return f"{stopped}+" if stopped else str(count)


@register.filter
def risk_address(key: int) -> str:
    """The page of a risk point; put together once a process, since a list has one a line."""
    start, end = _around_the_key()
    return f"{start}{key}{end}"


@cache
def _around_the_key() -> tuple[str, str]:
    start, _key, end = reverse("risks:show", args=[987654321]).partition("987654321")
    return start, end


@register.filter
def short_code(code: str) -> str:
    """The last part of a number: the page says year and kind already."""
    return code.rpartition("-")[2]


@register.filter
def short_category(value: str) -> str:
    """岗位工作 instead of 岗位工作风险, which the head of the column says."""
    return str(Category(value).label).removesuffix("风险")


@register.filter
def state_word(value: str) -> str:
    """The state of the ledger in words."""
    return str(LedgerState(value).label)


@register.filter
def place(risk: Any) -> str:
    """Where the risk lies: power and step, or the post of the person."""
    if risk.power:
        return " · ".join(str(part.name) for part in (risk.power, risk.step) if part)
    if risk.person_id:
        post = risk.post.name if risk.post else _("个人")
        return f"{risk.person} · {post}" if risk.person_id != risk.owner_id else str(post)
    return str(risk.post.name) if risk.post else _("单位")

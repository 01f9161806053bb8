"""Small helps for the pages where a form is filled in."""

from __future__ import annotations

from django import template

from qingqu.declarations.filling import Rated
from qingqu.declarations.filling import rated as rated_entry
from qingqu.declarations.group_form import Entry

register = template.Library()


@register.filter
def rated(entry: Entry) -> Rated:
    """The level of an entry and why."""
    return rated_entry(entry)

"""Suppliers and staff that share something: the table and its picture, on the page of a warning and by themselves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qingqu.accounts.models import User
from qingqu.accounts.signed_in import SignedIn
from qingqu.alerts import access, links
from qingqu.alerts.drawing import draw
from qingqu.alerts.links import Link
from qingqu.alerts.wording import MASKED
from qingqu.common.access import require
from qingqu.datasets import access as tables
from qingqu.datasets.models import Dataset
from qingqu.organisation.queries import standing
from qingqu.trace.refusals import record_export


@login_required
def show(request: SignedIn) -> HttpResponse:
    school = standing(request.user).school
    require(access.can_see_links(request.user, school))
    assert school is not None
    found = links.of_school(school)
    record_export("alerts.links", by=request.user, rows=len(found), what="viewed")
    return render(request, "alerts/links.html", {"links": shown(found, request.user), "most": links.MOST})


def shown(found: list[Link], user: User) -> dict[str, Any] | None:
    """Links as a reader sees them: how somebody is related only for who may read that; None where there are none."""
    if not found:
        return None
    declared = Dataset.objects.filter(pk__in={link.declared_in for link in found}).select_related("school", "keeper")
    sees = {table.pk: bool(tables.can_see_sensitive(user, table)) for table in declared}
    opens = {table.pk: bool(tables.can_read(user, table)) for table in declared}
    return {
        "lines": [(link, _relation(link, sees[link.declared_in]), opens[link.declared_in]) for link in found],
        "picture": draw((link.supplier, link.person, link.field) for link in found),
        "fields": [(field, words) for field, words in links.FIELDS.items() if any(f.field == field for f in found)],
        "is_cut": len(found) >= links.MOST,
    }


def _relation(link: Link, sees: bool) -> str:
    if link.relation is None:
        return _("本人")
    return (link.relation if sees else MASKED) or "—"

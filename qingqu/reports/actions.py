"""The only thing that reports write: that somebody looked (调阅登记, S42)."""

from __future__ import annotations

from django.db import transaction

from qingqu.accounts.models import User
from qingqu.organisation.models import Unit
from qingqu.trace.actions import write
from qingqu.trace.models import Entry


@transaction.atomic
def note_view(of: User | Unit, year: int, *, by: User) -> Entry | None:
    """Somebody opened a dossier; who opens his own leaves no entry."""
    if of == by:
        return None
    return write("reports.viewed", of, by=by, details={"year": year})

"""What the clock starts for the organisation."""

from __future__ import annotations

from datetime import date, timedelta

from qingqu.organisation.actions.roster import discard_roster
from qingqu.organisation.models import RosterImport

KEPT_DAYS = 7


def discard_stale_rosters(day: date) -> int:
    """Delete uploaded rosters that nobody has entered within a week: they are personal data. Returns how many."""
    waiting = RosterImport.objects.filter(state=RosterImport.State.UPLOADED)
    stale = [each for each in waiting if each.created_at.date() <= day - timedelta(days=KEPT_DAYS)]
    for roster in stale:
        discard_roster(roster, by=None)
    return len(stale)

"""Warnings from the school's own records: rules in force, what they found, and what became of it (S54, S55, S69)."""

from qingqu.alerts.models.indicators import OwnIndicator, Rule, Snapshot, Trial
from qingqu.alerts.models.running import Conformity, Counted, Run, Tally
from qingqu.alerts.models.warnings import Alert, AlertQuerySet, AlertRow, Colour, Disposal, Replay, Suppression

__all__ = [
    "Alert",
    "AlertQuerySet",
    "AlertRow",
    "Colour",
    "Conformity",
    "Counted",
    "Disposal",
    "OwnIndicator",
    "Replay",
    "Rule",
    "Run",
    "Snapshot",
    "Suppression",
    "Tally",
    "Trial",
]

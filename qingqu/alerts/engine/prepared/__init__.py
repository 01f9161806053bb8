"""A check made ready to run, once for both ways: names resolved, expressions checked, parameters filled in."""

from qingqu.alerts.engine.prepared.check import (
    EVENT_COLUMNS,
    OTHER,
    PREVIOUS,
    Context,
    Prepared,
    PreparedJoin,
    canonical,
)
from qingqu.alerts.engine.prepared.measures import Atom, Measures
from qingqu.alerts.engine.prepared.preparing import EVENT_NUMBERS, Schemas, prepare

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_NUMBERS",
    "OTHER",
    "PREVIOUS",
    "Atom",
    "Context",
    "Measures",
    "Prepared",
    "PreparedJoin",
    "Schemas",
    "canonical",
    "prepare",
]

"""Rules on writing: whatever a change can touch is judged anew in Python, inside the record's transaction."""

from qingqu.alerts.engine.incremental.counting import Counting, Line, Tallies
from qingqu.alerts.engine.incremental.evaluating import BATCH_ONLY, evaluate, on_write
from qingqu.alerts.engine.incremental.groupings import Fetch, Grouping, needed, posting_key, remembered
from qingqu.alerts.engine.incremental.judging import Judge
from qingqu.alerts.engine.incremental.outcome import Outcome, Scope
from qingqu.alerts.engine.incremental.state import Change

__all__ = [
    "BATCH_ONLY",
    "Change",
    "Counting",
    "Fetch",
    "Grouping",
    "Judge",
    "Line",
    "Outcome",
    "Scope",
    "Tallies",
    "evaluate",
    "needed",
    "on_write",
    "posting_key",
    "remembered",
]

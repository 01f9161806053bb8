"""Whatever an indicator finds can be said: every number has a name in both languages."""

from __future__ import annotations

from qingqu.alerts import rulebook
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.labels import LABELS


def test_every_number_of_a_finding_has_a_name() -> None:
    nameless, used = [], set()
    for rule in rulebook.shipped().values():
        for one in rule.checks:
            ready = prepare(rule, one, rulebook.schemas(), Context(today=0))
            known = {*ready.types, *rule.parameters, *LABELS}
            nameless += [f"{rule.code}/{one.id}: {name}" for name in ready.numbers if name not in known]
            used |= {*ready.numbers}
    assert nameless == []
    assert set(LABELS) <= used

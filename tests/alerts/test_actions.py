"""What the steps of a prompt's disposal refuse, and what they keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from qingqu.alerts import actions
from qingqu.alerts.models import Alert, Suppression
from qingqu.common.errors import NotPossible
from qingqu.datasets.models import Dataset
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import Phase
from qingqu.trace.models import Entry
from tests.alerts.buying import plant
from tests.make import make_risk_point
from tests.people import Cast

STEPS: dict[str, Callable[[Alert, Cast], Any]] = {
    "explain": lambda alert, cast: actions.explain(alert, text="录入有误，已更正", by=cast.wang),
    "confirm": lambda alert, cast: actions.confirm(alert, opinion="dispelled", text="与单据一致", by=cast.li),
    "send_back": lambda alert, cast: actions.send_back(alert, text="请附签字页", by=cast.li),
    "close": lambda alert, cast: actions.close(alert, result="dispelled", text="误报，已核对", by=cast.zhao),
    "reopen": lambda alert, cast: actions.reopen(alert, text="又有新情况", by=cast.zhao),
}
POSSIBLE = {
    "explaining": {"explain"},
    "confirming": {"confirm", "send_back"},
    "closing": {"close", "send_back"},
    "closed": {"reopen"},
    "lapsed": set[str](),
}


@pytest.fixture
def alert(purchases: Dataset) -> Alert:
    plant(purchases, range(1))
    return Alert.objects.get()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", POSSIBLE)
def test_each_step_is_possible_in_its_state_alone(cast: Cast, alert: Alert, state: str, step: str) -> None:
    """Whoever comes with an old page: what stands in the database counts."""
    Alert.objects.filter(pk=alert.pk).update(state=state)
    if step in POSSIBLE[state]:
        STEPS[step](alert, cast)
        assert alert.disposals.count() == 1
        return
    with pytest.raises(NotPossible):
        STEPS[step](alert, cast)
    alert.refresh_from_db()
    assert (alert.state, alert.disposals.count()) == (state, 0)


def test_of_what_is_handed_over_no_word_is_kept(cast: Cast, alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(state="closing")
    actions.close(alert, result="handed_over", text="某某涉嫌……", reference=" 2026-7 ", by=cast.zhao)
    step = alert.disposals.get()
    assert (step.text, step.reference) == ("", "2026-7")


@pytest.mark.parametrize(("result", "quiet"), [("dispelled", 1), ("clerical", 0)])
def test_only_what_is_dispelled_is_kept_quiet(cast: Cast, alert: Alert, result: str, quiet: int) -> None:
    Alert.objects.filter(pk=alert.pk).update(state="closing")
    actions.close(alert, result=result, text="已核对签字页", quiet_days=30, by=cast.zhao)
    assert Suppression.objects.count() == quiet


def test_whoever_explains_again_has_as_long_as_the_first_time(cast: Cast, alert: Alert) -> None:
    term = alert.due_on
    Alert.objects.filter(pk=alert.pk).update(state="closed", result="flaw", due_on=date(2026, 1, 5))
    again = actions.reopen(alert, text="又有新情况", by=cast.zhao)
    assert (again.state, again.result, again.closed_at, again.due_on) == ("explaining", "", None, term)


def test_a_risk_point_that_is_to_be_put_right_is_rated_anew_whichever_it_is(cast: Cast, alert: Alert) -> None:
    own, other = (make_risk_point(cast.office, cast.li) for _ in range(2))
    Alert.objects.filter(pk=alert.pk).update(state="closed", result="flaw", risk_point=own)
    plan = MeasurePlan(
        phase=Phase.POST, text="补签验收单", owner=cast.li, due_on=date(2026, 5, 20), evidence_kind="验收单"
    )
    done = actions.rectify(alert, other, plan, by=cast.zhao)
    assert done.risk_point == other
    concerned = Entry.objects.filter(act="alerts.concerned").values_list("obj", flat=True)
    assert list(concerned) == [f"risks.riskpoint:{other.pk}"]

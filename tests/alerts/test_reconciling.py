"""What becomes of findings: new, grown, closed before, kept quiet, gone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qingqu.alerts import queries
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.indicators.rulebook import Running
from qingqu.alerts.models import Alert, Rule, Suppression
from qingqu.alerts.running import ready, reconciling
from qingqu.alerts.running.reconciling import Finding, Result
from qingqu.datasets.models import Dataset, Record
from qingqu.trace.models import Entry
from tests.alerts.buying import unwatched
from tests.people import Cast

DAY = 20560
"""2026-04-17."""


class Check:
    """The check «applicant and approver are the same», told what it finds."""

    def __init__(self, table: Dataset) -> None:
        self.table = table
        checks = ready.checks_of(table.school_id).checks
        self.running: Running = next(one for one in checks if one.rule.code == "F15")
        self.ids = list(Record.objects.order_by("pk").values_list("pk", flat=True))

    def hit(self, *rows: int, colour: str = "yellow", key: str = "甲") -> Hit:
        """A finding about the records with these places."""
        name = self.running.prepared.check.id
        ids = tuple(self.ids[row] for row in rows)
        return Hit("F15", name, self.table.school_id, (key,), ids, (("n", len(rows)),), colour, DAY)

    def finds(self, *hits: Hit) -> Result:
        """These are all findings of their keys now."""
        known = reconciling.known_by({hit.identity for hit in (*hits, self.hit(0))})
        return reconciling.reconcile([Finding(self.running, self.table, hits, lambda _hit: True, known)], by=None)


@pytest.fixture
def check(purchases: Dataset, monkeypatch: pytest.MonkeyPatch) -> Check:
    unwatched(monkeypatch, purchases, range(4))
    return Check(purchases)


def close(alert: Alert, result: str = "dispelled") -> None:
    Alert.objects.filter(pk=alert.pk).update(state="closed", result=result)


def test_a_finding_that_shares_a_record_is_the_same_one(check: Check) -> None:
    (alert,) = check.finds(check.hit(0, 1)).raised
    result = check.finds(check.hit(1, 2))
    assert (result.raised, result.refreshed, result.lapsed) == ([], 1, 0)
    assert set(alert.rows.values_list("record_id", flat=True)) == {check.ids[1], check.ids[2]}


def test_one_of_the_same_key_with_other_records_is_another(check: Check) -> None:
    (first,) = check.finds(check.hit(0)).raised
    (second,) = check.finds(check.hit(0), check.hit(1)).raised
    assert check.finds(check.hit(1)).lapsed == 1
    assert [Alert.objects.get(pk=one.pk).state for one in (first, second)] == ["lapsed", "explaining"]


def test_without_a_keeper_a_warning_is_the_schools(check: Check) -> None:
    Dataset.objects.filter(pk=check.table.pk).update(keeper=None)
    check.table.refresh_from_db()
    assert [alert.unit_id for alert in check.finds(check.hit(0)).raised] == [check.table.school_id]


def test_what_is_gone_says_why_and_leaves_its_entry(check: Check) -> None:
    (alert,) = check.finds(check.hit(0)).raised
    assert check.finds().lapsed == 1
    assert alert.disposals.get().text == reconciling.CORRECTED
    assert list(Entry.objects.filter(obj=f"alerts.alert:{alert.pk}").values_list("act", flat=True)) == [
        "alerts.raised",
        "alerts.lapsed",
    ]
    assert len(check.finds(check.hit(0)).raised) == 1, "a lapsed one does not come back: it is a new one"


def test_what_was_closed_comes_again_only_with_more_or_graver(check: Check) -> None:
    (alert,) = check.finds(check.hit(0, 1)).raised
    close(alert)
    for same in (check.hit(0, 1), check.hit(0)):
        result = check.finds(same)
        assert (result.raised, result.quiet) == ([], 1)
    (graver,) = check.finds(check.hit(0, 1, colour="orange")).raised
    assert graver.earlier == alert
    close(graver)
    assert check.finds(check.hit(0, 1, colour="orange")).quiet == 1, "the newest of those closed counts"
    (more,) = check.finds(check.hit(0, 1, 2, colour="orange")).raised
    assert more.earlier == graver


def test_what_is_kept_quiet_is_not_raised(cast: Cast, check: Check) -> None:
    hit = check.hit(0)
    scope = {"school": cast.school, "code": "F15", "until": date(2026, 5, 1), "reason": "试行", "by": cast.zhao}
    one = Suppression.objects.create(**scope, check_id=hit.check, identity=hit.identity)
    result = check.finds(hit, check.hit(1, key="乙"))
    assert (result.suppressed, [alert.key for alert in result.raised]) == (1, [["乙"]])
    Suppression.objects.filter(pk=one.pk).update(identity="", check_id="another")
    assert len(check.finds(hit).raised) == 1, "another check of the indicator"
    Suppression.objects.filter(pk=one.pk).update(check_id="")
    assert check.finds(check.hit(2)).suppressed == 1, "all of the indicator"


@pytest.mark.parametrize(("left", "expected"), [(2, 2), (20, 7)])
def test_a_graver_colour_shortens_the_term_and_never_lengthens_it(check: Check, left: int, expected: int) -> None:
    """Five working days from Monday, 20 April 2026 end a week later."""
    (alert,) = check.finds(check.hit(0)).raised
    today = date(2026, 4, 20)
    Alert.objects.filter(pk=alert.pk).update(due_on=today + timedelta(days=left), raised_at="2026-04-20T01:00Z")
    check.finds(check.hit(0, colour="red"))
    alert.refresh_from_db()
    assert (alert.colour, alert.due_on) == ("red", today + timedelta(days=expected))


@pytest.mark.parametrize(
    ("colour", "holds", "held"), [("red", True, True), ("orange", True, False), ("red", False, False)]
)
def test_only_a_red_one_holds_a_record_and_only_where_the_school_wants_it(
    check: Check, colour: str, holds: bool, held: bool
) -> None:
    Rule.objects.filter(code="F15").update(holds_red=holds)
    raised = [Alert.objects.get(pk=one.pk) for one in check.finds(check.hit(0, colour=colour)).raised]
    assert reconciling.holding(raised) == (raised[0] if held else None)


def test_records_that_were_changed_behind_the_back_are_not_those_of_then(check: Check) -> None:
    (alert,) = check.finds(check.hit(0)).raised
    assert queries.is_sealed(alert)
    record = Record.objects.get(pk=check.ids[0])
    Record.objects.filter(pk=record.pk).update(values=record.values | {"supplier": "另一家"})
    assert not queries.is_sealed(alert)


def test_the_entry_of_a_change_says_which_colour_it_was(check: Check) -> None:
    check.finds(check.hit(0))
    check.finds(check.hit(0, colour="red"))
    said = Entry.objects.get(act="alerts.refreshed").payload
    assert (said.before, said.after) == ("yellow", "red")

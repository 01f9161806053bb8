"""An indicator narrowed to some records, and peers of one's own: typed on the page, approved by a second person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.indicators.scopes import RecordScope, scope_of, words_of
from qingqu.alerts.models import Alert, Rule, Snapshot, Trial
from qingqu.alerts.running import batches
from qingqu.alerts.trying import simulating
from qingqu.alerts.wording import sentence
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from tests.alerts.typing_in import change, typed
from tests.people import Cast, client_of

NASTY = ('食"材', "五金\\水电", "a] or true", "’", "，")


@pytest.mark.parametrize("only", [True, False])
def test_a_scope_is_read_from_what_it_wrote(only: bool) -> None:
    scope = RecordScope("category", NASTY, only=only)
    assert scope_of(["amount > 1", scope.expression()]) == scope
    assert scope_of([]) is None
    assert scope_of(["amount > 1"]) is None


def test_words_are_told_apart_by_any_comma() -> None:
    assert words_of(" 食材、医药用品，食材; 家具\n") == ("食材", "医药用品", "家具")


@pytest.fixture
def purchases(cast: Cast, settings: Any, tmp_path: Any) -> Dataset:
    settings.VAR_DIR, settings.QINGQU_TODAY = tmp_path, date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["F15", "F08", "E01"], by=cast.zhao)
    return tables.adopt(cast.school, ["DS1", "EV1"], keeper=cast.office, by=cast.chen)[0]


def enter(table: Dataset, number: int, **cells: Any) -> None:
    row = {
        "po_no": f"CG{number}",
        "apply_date": "2026-03-02",
        "category": "家具",
        "item": "课桌",
        "supplier": "东湖家具",
        "qty": "10",
        "unit_price": "200",
        "amount": "2000",
        "applicant": "王雨桐",
        "approver": "李明远",
    }
    tables.enter_record(table, row | cells, by=None)


def test_records_left_out_are_judged_no_more(cast: Cast, purchases: Dataset) -> None:
    enter(purchases, 1, applicant="李明远", category="食材")
    enter(purchases, 2, applicant="李明远")
    assert Alert.objects.count() == 2
    sent = change(cast, "F15", **{"scope:column": "category", "scope:words": "食材、医药用品"})
    assert sent.status_code == 302, sent.content.decode()
    draft = Rule.objects.get(code="F15", state=Rule.State.DRAFT)
    assert "为食材、医药用品的记录" in client_of(cast.sun).get("/alerts/rules/F15").content.decode()
    rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.sun)
    batches.run(cast.school, by=None)
    left = Alert.objects.exclude(state=Alert.State.LAPSED).get()
    assert "CG2" in sentence(left)
    enter(purchases, 3, applicant="李明远", category="医药用品")
    enter(purchases, 4, applicant="李明远", category="")
    assert Alert.objects.exclude(state=Alert.State.LAPSED).count() == 2, "who says nothing there is not left out"
    kept = typed(client_of(cast.zhao).get("/alerts/rules/F15/change").content.decode())
    assert (kept["scope:column"], kept["scope:words"]) == ("category", "食材、医药用品")


def test_only_some_records_and_back_to_all(cast: Cast, purchases: Dataset) -> None:
    change(cast, "F15", **{"scope:column": "category", "scope:only": "only", "scope:words": "食材"})
    draft = Rule.objects.get(code="F15", state=Rule.State.DRAFT)
    rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.sun)
    enter(purchases, 1, applicant="李明远", category="食材")
    enter(purchases, 2, applicant="李明远")
    assert Alert.objects.count() == 1
    assert change(cast, "F15", **{"scope:column": "", "scope:words": ""}).status_code == 302
    assert Rule.objects.get(code="F15", state=Rule.State.DRAFT).where == {}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"scope:column": "category", "scope:words": " 、"}, "请写明词语"),
        ({"scope:words": "食材"}, "请选择按哪一列"),
        ({"scope:column": "amount", "scope:words": "1"}, "请选择按哪一列"),
        ({"scope:column": "category", "scope:words": "长" * 61}, "每个不超过 60 个字"),
        ({}, "没有修改任何内容"),
    ],
)
def test_what_cannot_be_meant_is_refused(cast: Cast, purchases: Dataset, cells: Any, says: str) -> None:
    answer = change(cast, "F15", **cells)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_cases_of_steps_are_always_judged_whole(cast: Cast, purchases: Dataset) -> None:
    assert "scope:column" not in client_of(cast.zhao).get("/alerts/rules/E01/change").content.decode()


def test_peers_of_ones_own(cast: Cast, purchases: Dataset) -> None:
    """Prices are compared with those of the same item; this school compares with those of the same supplier too."""
    [one] = [check for check in rulebook.known("F08").checks if check.primitive == "peer"]
    assert change(cast, "F08", **{f"peers:{one.id}": []}).status_code == 422
    assert change(cast, "F08", **{f"peers:{one.id}": ["item", "supplier"]}).status_code == 302
    draft = Rule.objects.get(code="F08", state=Rule.State.DRAFT)
    assert draft.peers == {one.id: ["item", "supplier"]}
    assert "的记录相比" in client_of(cast.sun).get("/alerts/rules/F08").content.decode()
    rule_actions.approve(draft, effective_from=date(2026, 4, 20), by=cast.sun)
    for n in range(12):
        enter(purchases, n, apply_date=f"2026-01-{n + 5:02d}", supplier="东湖家具" if n % 2 else "南岭家具")
    batches.run(cast.school, by=None)
    medians = Snapshot.objects.filter(code="F08", check_id=one.id).latest("id").rows
    assert {"课桌", "东湖家具"} <= {value for row in medians for value in str(row).split("'")}


def test_other_peers_are_tried_with_medians_of_their_own(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F08")
    said = {"values": {}, "bases": {}, "reason": "调整", "by": cast.zhao, "peers": {"unit-price": ["supplier"]}}
    draft = rule_actions.propose(rule, **said)  # type: ignore[arg-type]
    for n in range(6):
        enter(purchases, n, apply_date=f"2026-01-{n + 5:02d}", item=f"课桌{n}")
    enter(purchases, 9, apply_date="2026-03-02", unit_price="900", item="课桌9")
    assert [point.total for point in simulating.simulate(draft, "unit-price", Trial.AS_IT_IS, [""])] == [1]
    assert [point.total for point in simulating.simulate(rule, "unit-price", Trial.AS_IT_IS, [""])] == [0]


def test_unknown_columns_are_refused(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F08")
    with pytest.raises(NotPossible):
        rule_actions.propose(rule, values={}, bases={}, reason="调整", by=cast.zhao, peers={"unit-price": ["nothing"]})

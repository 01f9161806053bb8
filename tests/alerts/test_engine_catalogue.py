import pytest

from qingqu.alerts.engine.catalogue import awaited, effective, faults, load
from qingqu.alerts.engine.expressions import ExpressionError
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.spec import Words
from tests.alerts.sample_rules import CHECKS, RULE, SCHEMAS


def altered(check, **changes):
    one = CHECKS[check].model_copy(update=changes)
    return RULE.model_copy(update={"checks": (*(c for c in RULE.checks if c.id != check), one)})


def test_the_sample_rules_are_sound():
    assert faults([RULE], SCHEMAS) == []


@pytest.mark.parametrize(
    ("check", "changes", "fault"),
    [
        ("predicate", {"when": "amont > 3"}, "amont"),
        ("predicate", {"evidence": ("colour",)}, "colour"),
        ("predicate", {"dataset": "sell"}, "sell"),
        ("aggregate", {"having": "n >= four"}, "four"),
        ("aggregate", {"by": ("buyer",)}, "buyer"),
        ("aggregate", {"measures": {"amount": "count()"}, "having": "amount > 2"}, "amount"),
        ("window", {"days": "fortnight"}, "fortnight"),
        ("window", {"day": "amount"}, "has to be a column of dates"),
        ("peer", {"value": "amount / qty"}, "whole"),
        ("link", {"pairs": (("phone", "mobile"),)}, "mobile"),
        ("sequence", {"order": ("rank",)}, "rank"),
        ("progression", {"value": "quote"}, "quote"),
        ("companions", {"member": "bidder"}, "bidder"),
        ("fence", {"sentence": Words(zh="{nothing}", en="{total}")}, "nothing"),
    ],
)
def test_a_fault_is_named(check, changes, fault):
    found = faults([altered(check, **changes)], SCHEMAS)
    assert found
    assert any(fault in one for one in found)


def test_a_schools_own_value_takes_effect():
    rule = effective(RULE, {"limit": 5000}, {"window": {"always": "red"}}, {"window": "kind == '纸'"})
    window = next(one for one in rule.checks if one.id == "window")
    p = prepare(rule, window, SCHEMAS, Context(today=0))
    assert p.values["limit"] == 5000
    assert window.where == "(amount < limit) and (kind == '纸')"
    assert p.colour({}) == "red"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"days": 91}, "应在 1 至 90 之间"),
        ({"days": 0}, "应在 1 至 90 之间"),
        ({"days": 1.5}, "整数"),
        ({"days": "5"}, "数值"),
        ({"limit": True}, "数值"),
        ({"local": 5}, "“本地”不少于 0.1"),
        ({"nothing": 1}, "没有参数"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(values, says):
    with pytest.raises(ExpressionError) as caught:
        effective(RULE, values)
    assert says in caught.value.zh


def test_a_local_limit_without_value_is_named_and_its_check_waits():
    assert awaited(RULE, SCHEMAS) == {"waiting": ("local",)}
    assert awaited(effective(RULE, {"local": 30}), SCHEMAS) == {}


def test_on_is_a_word_and_codes_are_unique():
    assert CHECKS["predicate"].joins["m"].on == {"meeting": "meeting"}
    words = "{zh: a, en: a}"
    entry = f"{{code: A, title: {words}, area: x, dataset: buy, why: {words}, blind: {words}, checks: []}}"
    with pytest.raises(ExpressionError):
        load(f"[{entry}, {entry}]")

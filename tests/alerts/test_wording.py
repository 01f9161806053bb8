"""Whatever an indicator finds can be said: every number has a name in both languages."""

from __future__ import annotations

from django.utils import translation

from qingqu.alerts import wording
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.indicators import patterns, rulebook
from qingqu.alerts.labels import AREAS, LABELS


def test_every_number_of_a_finding_has_a_name() -> None:
    nameless, used = [], set()
    for rule in rulebook.shipped().values():
        for one in rule.checks:
            ready = prepare(rule, one, rulebook.schemas(), Context(today=0))
            known = {*ready.types, *rule.parameters, *LABELS}
            told = {*ready.numbers, *ready.by}
            nameless += [f"{rule.code}/{one.id}: {name}" for name in told if name not in known]
            used |= told
    assert nameless == []
    assert set(LABELS) <= used


def test_before_anything_is_found_each_number_stands_by_its_name() -> None:
    rule = rulebook.shipped()["F01"]
    said = wording.pattern(rule, rulebook.check_of(rule, "by-supplier"))
    with translation.override("en"):
        english = wording.pattern(rule, rulebook.check_of(rule, "by-supplier"))
    assert english.startswith("[supplier]: [count] purchases from [first] to [last]")
    assert said == "〔供应商〕：〔最早〕至〔最晚〕，〔笔数〕笔合计〔合计〕，单笔均低于〔本校限额〕限额。"


def test_every_domain_is_said_in_both_languages() -> None:
    assert set(AREAS) == {*rulebook.areas(), patterns.AREA}
    assert wording.area("采购") == "采购"
    with translation.override("en"):
        assert wording.area("采购") == "Procurement"


def test_the_arithmetic_keeps_the_order_of_the_indicator() -> None:
    """PostgreSQL gives numbers back in an order of its own."""
    rule = rulebook.shipped()["F01"]
    one = rulebook.check_of(rule, "by-supplier")
    numbers = {"n": 4, "last": 20609, "first": 20595, "total": 9_533_465}
    parameters = {"near": 0.3, "limit": 3_000_000, "min_count": 2, "window_days": 90}
    told = wording.facts(wording.Finding(rule, one, ["东湖科技"], numbers, parameters))
    assert [fact.label for fact in told] == [
        "笔数", "合计", "最早", "最晚", "本校限额", "天数", "最少笔数", "单笔与限额之比的下限",
    ]  # fmt: skip

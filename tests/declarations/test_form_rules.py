"""The form's rules: states, groups, what is missing, what it begins with, how long it took."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from qingqu.declarations.rules.content import Content, ItemContent, Judgement, MeasureContent
from qingqu.declarations.rules.groups import beside, group_of, groups, power_of
from qingqu.declarations.rules.minutes import busy_seconds, minutes
from qingqu.declarations.rules.missing import Answers, ItemAnswer, StepAnswer, what_is_missing
from qingqu.declarations.rules.prefill import SCALES, LastYear, first_items
from qingqu.declarations.rules.states import next_state
from qingqu.library.catalogue import catalogue
from qingqu.risks.rules import suggest


@pytest.mark.parametrize(
    ("state", "act", "after"),
    [
        ("draft", "submit", "in_review"),
        ("returned", "submit", "in_review"),
        ("in_review", "withdraw", "draft"),
        ("in_review", "approve", "approved"),
        ("in_review", "return", "returned"),
        ("in_review", "submit", None),
        ("draft", "withdraw", None),
        ("approved", "submit", None),
        ("approved", "withdraw", None),
    ],
)
def test_states(state, act, after):
    assert next_state(state, act) == after


def test_seven_groups_for_a_person_and_one_more_for_each_power():
    assert groups("personal") == ("basic", "duties", "thought", "duty", "system", "other", "send")
    unit = groups("unit", [7, 9])
    assert unit == ("basic", "power-7", "power-9", "thought", "duty", "system", "other", "send")
    assert (beside(unit, "basic", -1), beside(unit, "basic", 1), beside(unit, "send", 1)) == (None, "power-7", None)
    assert (power_of("power-7"), power_of("power-x"), power_of("duty")) == (7, None, None)
    assert group_of("unit", "system", 7, [7]) == "power-7"
    assert group_of("unit", "system", 8, [7]) == "system"
    assert group_of("personal", "duty", 7, [7]) == "duty"


WHOLE = ItemAnswer(
    pk=1,
    group="duty",
    category="duty",
    title="座位调整照顾关系户",
    manifestation="月考后调座位时先看家长的请求",
    rated=True,
    level=2,
    differs=False,
    level_reason="",
    unseen=False,
    phases=frozenset({"mid"}),
    linked=True,
)
NONES = dict.fromkeys(("thought", "system", "other"), "没有这类情形")
COMPLETE = Answers("personal", "教学与班级管理", True, [WHOLE], NONES)


def codes(answers: Answers) -> list[str]:
    return [missing.code for missing in what_is_missing(answers)]


def test_a_whole_form_lacks_nothing():
    assert codes(COMPLETE) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "title"),
        ({"manifestation": "不公"}, "manifestation"),
        ({"linked": False}, "link"),
        ({"rated": False}, "rating"),
        ({"differs": True}, "level_reason"),
        ({"phases": frozenset()}, "measure"),
        ({"level": 1}, "phase"),
        ({"unseen": True}, "confirm"),
    ],
)
def test_each_thing_that_an_item_lacks_is_named(change, code):
    found = what_is_missing(replace(COMPLETE, items=[replace(WHOLE, **change)]))
    assert {missing.code for missing in found} == {code}
    assert found[0].anchor == "item-1"
    assert found[0].group == "duty"


def test_a_grave_risk_needs_all_three_phases_others_one():
    grave = replace(WHOLE, level=1, phases=frozenset({"mid"}))
    found = what_is_missing(replace(COMPLETE, items=[grave]))
    assert [missing.words["phase"] for missing in found] == ["pre", "post"]
    assert codes(replace(COMPLETE, items=[replace(grave, phases=frozenset({"pre", "mid", "post"}))])) == []


def test_another_level_needs_its_reason():
    assert codes(replace(COMPLETE, items=[replace(WHOLE, differs=True, level_reason="影响面小")])) == []


def test_every_category_has_an_item_or_a_reason():
    assert codes(replace(COMPLETE, none={**NONES, "system": "  "})) == ["category"]
    assert codes(Answers("personal", "", False)) == ["duties", *["category"] * 4, "pledge"]


@pytest.mark.parametrize(
    ("has_risk", "items", "found"),
    [
        (None, 0, ["judgement"]),
        (True, 0, ["step_item"]),
        (True, 1, []),
        (False, 0, []),
        (False, 1, ["step_contrary"]),
    ],
)
def test_every_step_of_the_unit_is_judged(has_risk, items, found):
    step = StepAnswer(3, "power-1", "采购", "验收", has_risk, items)
    assert codes(replace(COMPLETE, kind="unit", steps=[step])) == found


def test_the_scales_lead_to_the_level_of_the_template():
    for level, (likelihood, impact, answers) in SCALES.items():
        assert suggest(likelihood, impact, answers).level == level


def test_a_form_begins_with_the_template_of_the_post():
    teacher = catalogue().posts["G15"].risks
    items = first_items([(5, teacher)], [])
    assert len(items) == len(teacher)
    first = items[0]
    assert first.origin == "template"
    assert first.origin_text == first.content.manifestation == teacher[0].text
    assert {m.phase for m in first.content.measures} == {"pre", "mid", "post"}
    assert all(m.evidence_kind and m.post == 5 for m in first.content.measures)
    for item, risk in zip(items, teacher, strict=True):
        said = item.content
        assert suggest(said.likelihood or 0, said.impact or 0, said.answers).level == risk.level


def test_two_posts_with_the_same_template_do_not_double_its_risks():
    teacher = catalogue().posts["G15"].risks
    assert len(first_items([(5, teacher), (6, teacher)], [])) == len(teacher)


def test_last_years_items_come_first_and_replace_the_template():
    teacher = catalogue().posts["G15"].risks
    kept = ItemContent(
        teacher[0].category,
        pk=77,
        title=teacher[0].text,
        manifestation="月考后我先看家长的请求再排座位",
        confirmed=True,
    )
    items = first_items([(5, teacher)], [LastYear(kept, teacher[0].text, 31)])
    assert len(items) == len(teacher)
    assert items[0].origin == "last_year"
    assert (items[0].risk, items[0].content.pk, items[0].content.confirmed) == (31, None, False)
    assert items[0].origin_text == kept.manifestation


def test_minutes_count_only_work():
    seconds = busy_seconds(0, timedelta(minutes=2))
    assert busy_seconds(seconds, timedelta(hours=3)) == seconds == 120
    assert busy_seconds(seconds, timedelta(minutes=5)) == 420
    assert busy_seconds(seconds, timedelta(seconds=-4)) == seconds
    assert busy_seconds(seconds, None) == seconds
    assert busy_seconds(10**9, timedelta(minutes=1)) == 600 * 60
    assert [minutes(s) for s in (0, 1, 60, 61)] == [0, 1, 1, 2]


def test_the_digest_tells_any_change():
    item = ItemContent("duty", pk=1, title="一", measures=(MeasureContent("pre", "公示"),))
    there = Content(duties="教学", items=(item,), none={"other": "无"}, judgements={3: Judgement(True)})
    changes = [
        replace(there, duties="教学 "),
        replace(there, items=(replace(item, measures=()),)),
        replace(there, none={}),
        replace(there, judgements={3: Judgement(False)}),
    ]
    assert len({there.digest(), *(change.digest() for change in changes)}) == 5
    assert there.digest() == replace(there).digest()


@dataclass
class _Measure:
    phase: str
    text: str
    evidence: str = ""
    freq: str = ""
    frequency: str = "term"
    frequency_note: str = ""


@dataclass
class _Risk:
    category: str = "duty"
    level: int = 1
    text: str = "风" * 300
    measures: list[_Measure] = field(default_factory=lambda: [_Measure("post", "查" * 900), _Measure("pre", "公示")])


def test_long_templates_fit_and_measures_stand_in_order():
    content = first_items([(1, [_Risk()])], [])[0].content
    assert len(content.title) == 120
    assert [m.phase for m in content.measures] == ["pre", "post"]
    assert len(content.measures[1].text) == 300

from datetime import date, datetime
from itertools import pairwise

import pytest

from qingqu.risks import rules, wording

LEVELS = [
    # likelihood, impact, answers, level, reasons
    (4, 4, "11101", 1, ("product:1", "hits:1")),  # S31: approves funds, with discretion
    (3, 3, "01010", 2, ("product:2", "hits:2")),  # S32: the class teacher's recommendation
    (2, 2, "00000", 3, ("otherwise:3",)),  # S33: routine teaching
    (2, 3, "00100", 3, ("otherwise:3",)),
    (5, 3, "00000", 1, ("product:1",)),
    (2, 4, "00000", 2, ("product:2",)),
    (1, 1, "11100", 1, ("hits:1",)),
    (1, 1, "10000", 3, ("otherwise:3",)),
    (1, 1, "11000", 2, ("hits:2",)),
    (1, 1, "01110", 2, ("hits:2",)),  # three hits without the first question: docs/decisions/0010
    (1, 1, "01111", 2, ("hits:2",)),
    (5, 5, "11111", 1, ("product:1", "hits:1")),
]


@pytest.mark.parametrize(("likelihood", "impact", "answers", "level", "reasons"), LEVELS)
def test_level(likelihood, impact, answers, level, reasons):
    said = rules.suggest(likelihood, impact, answers)
    assert (said.level, said.reasons, said.score) == (level, reasons, likelihood * impact)
    assert said.version == "2026.1"


@pytest.mark.parametrize(
    ("likelihood", "impact", "answers"), [(0, 3, "00000"), (3, 6, "00000"), (3, 3, "0101"), (3, 3, "0101x")]
)
def test_out_of_range_is_refused(likelihood, impact, answers):
    with pytest.raises(ValueError):
        rules.suggest(likelihood, impact, answers)


def test_order_is_level_then_score_then_key_field():
    ranks = [
        rules.rank(1, 25, True),
        rules.rank(1, 25, False),
        rules.rank(1, 4, True),
        rules.rank(2, 25, True),
        rules.rank(3, 1, False),
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_ranks_of_the_levels_do_not_meet():
    ranges = [rules.ranks_of(level) for level in (1, 2, 3)]
    assert all(low < high for low, high in ranges)
    assert all(one[1] < other[0] for one, other in pairwise(ranges))
    assert ranges[1][0] <= rules.rank(2, 25, True) <= rules.rank(2, 1, False) <= ranges[1][1]


DUE = [
    ("week", None, date(2026, 4, 15), date(2026, 4, 19)),
    ("week", date(2026, 4, 19), date(2026, 4, 16), date(2026, 4, 26)),
    ("month", None, date(2026, 2, 3), date(2026, 2, 28)),
    ("month", date(2026, 3, 31), date(2026, 6, 20), date(2026, 6, 30)),
    ("quarter", None, date(2026, 4, 1), date(2026, 6, 30)),
    ("quarter", date(2026, 12, 31), date(2026, 12, 20), date(2027, 3, 31)),
    ("term", None, date(2026, 4, 1), date(2026, 7, 15)),
    ("term", date(2026, 7, 15), date(2026, 7, 1), date(2027, 1, 31)),
    ("term", None, date(2026, 9, 1), date(2027, 1, 31)),
    ("year", None, date(2026, 4, 1), date(2026, 12, 31)),
    ("once", None, date(2026, 4, 1), date(2026, 7, 15)),
    ("once", date(2026, 7, 15), date(2026, 7, 1), None),
    ("event", None, date(2026, 4, 1), None),
]


@pytest.mark.parametrize(("frequency", "after", "start", "due"), DUE)
def test_next_due(frequency, after, start, due):
    assert rules.next_due(frequency, after, start) == due


def test_grave_risks_need_all_three_phases():
    assert rules.missing_phases(1, {"pre", "post"}) == ["mid"]
    assert rules.missing_phases(2, {"mid"}) == []
    assert rules.missing_phases(3, set()) == ["pre"]


def test_words_of_the_rule_are_in_the_catalogue():
    rule = rules.scoring()
    scales = (*rule["likelihood"].values(), *rule["impact"].values())
    assert [*rule["questions"], *rule["briefly"], *scales] == list(wording.WORDS)


def test_explanation_names_the_numbers_and_what_was_answered_yes():
    product, hits = wording.explain(rules.suggest(4, 4, "11101"))
    assert product == "机率 4（较可能）× 危害 4（严重）= 16，15 及以上为一级。"
    assert hits == (
        "五问中 4 项为“是”（直接决定人财物、裁量空间较大、须公开或集体决策、近五年有同类案件通报），"
        "且含第一问，对应一级。"
    )
    product, hits = wording.explain(rules.suggest(2, 2, "01110"))
    assert product.endswith("= 4，不到 8，为三级。")
    assert hits == ("五问中 3 项为“是”（裁量空间较大、须公开或集体决策、可借工作便利影响结果），对应二级。")
    assert wording.explain(rules.suggest(1, 1, "00000"))[1] == "五问中 0 项为“是”，对应三级。"


@pytest.mark.parametrize(
    ("ratings", "level"),
    [
        ([], 3),
        ([(2026, 2026, 1, 1)], 3),
        ([(2024, 2024, 1, 1)], 1),
        ([(2024, 2024, 1, 1), (2026, 2026, 2, 2)], 1),
        ([(2024, 2024, 1, 1), (2025, 2025, 2, 2)], 2),
        ([(2024, 2024, 1, 1), (2025, None, 3, 1)], 1),
        ([(2025, 2026, 2, 1)], 1),
        ([(2025, None, 2, 1)], 1),
        ([(2023, 2025, 2, 1), (2024, 2024, 3, 3)], 2),
    ],
    ids=[
        "never rated: as it is now",
        "first rated later: as it is now",
        "rated once",
        "what came later does not count",
        "the last one counts",
        "a proposal does not",
        "agreed to later: what the rule said",
        "never agreed to: what the rule said",
        "agreed to after another one",
    ],
)
def test_the_level_that_a_risk_had_at_the_end_of_2025(ratings, level):
    end = datetime(2026, 1, 1)  # noqa: DTZ001
    told = [
        rules.RatedOnce(datetime(at, 5, 1), datetime(settled, 6, 1) if settled else None, is_, computed)  # noqa: DTZ001
        for at, settled, is_, computed in ratings
    ]
    assert rules.level_before(end, told, 3) == level

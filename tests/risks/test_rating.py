import pytest

from qingqu.common.errors import NotPossible
from qingqu.notifications.models import Message
from qingqu.powers.models import Regulation
from qingqu.risks import access, actions
from qingqu.risks.models import Rating, RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_measure, make_power, make_risk_point

GRAVE = {"likelihood": 4, "impact": 4, "answers": "11101"}


def acts_of(risk):
    return list(Entry.objects.filter(obj=f"risks.riskpoint:{risk.pk}").order_by("id").values_list("act", flat=True))


@pytest.fixture
def risk(cast):
    return make_risk_point(cast.office, cast.li, level=3)


def test_the_rules_level_stands_at_once(cast, risk):
    rating = actions.rate(risk, **GRAVE, reason="", by=cast.li)
    risk.refresh_from_db()
    assert (rating.state, risk.level, risk.score) == (Rating.State.SETTLED, 1, 16)
    assert risk.rank == 1000 - 160
    assert acts_of(risk) == ["risks.rated"]
    said = Entry.objects.get(act="risks.rated").payload
    assert (said.before, said.after) == ("3", "1")


def test_another_level_needs_a_reason(cast, risk):
    with pytest.raises(NotPossible, match="理由"):
        actions.rate(risk, **GRAVE, level=2, reason=" ", by=cast.li)
    assert acts_of(risk) == []
    assert not risk.ratings.exists()


def test_another_level_waits_for_a_second_person(cast, risk):
    rating = actions.rate(risk, **GRAVE, level=2, reason="三人会签，金额有上限", by=cast.li)
    risk.refresh_from_db()
    assert (rating.state, risk.level) == (Rating.State.PROPOSED, 3)
    told = set(Message.objects.filter(kind="task").values_list("person__username", flat=True))
    assert told == {"he", "zhao"}
    with pytest.raises(NotPossible, match="第二人"):
        actions.agree(rating, by=cast.li)
    with pytest.raises(NotPossible, match="已有一项"):
        actions.rate(risk, **GRAVE, reason="", by=cast.li)
    actions.agree(rating, by=cast.he, note="同意")
    risk.refresh_from_db()
    rating.refresh_from_db()
    assert (risk.level, risk.score, rating.state, rating.agreed_by) == (2, 16, Rating.State.SETTLED, cast.he)
    assert acts_of(risk) == ["risks.proposed", "risks.agreed"]
    with pytest.raises(NotPossible, match="已经办结"):
        actions.agree(rating, by=cast.zhao)


def test_a_refused_proposal_changes_nothing(cast, risk):
    rating = actions.rate(risk, **GRAVE, level=2, reason="理由", by=cast.li)
    with pytest.raises(NotPossible, match="不同意的理由"):
        actions.refuse(rating, by=cast.he, note="")
    actions.refuse(rating, by=cast.he, note="去年有三笔接近限额")
    risk.refresh_from_db()
    rating.refresh_from_db()
    assert (risk.level, rating.state) == (3, Rating.State.REFUSED)
    assert acts_of(risk) == ["risks.proposed", "risks.not_agreed"]


def test_a_closed_risk_is_not_graded(cast, risk):
    measure = make_measure(risk)
    with pytest.raises(NotPossible, match="理由"):
        actions.close(risk, reason="", by=cast.zhao)
    actions.close(risk, reason="业务已取消", by=cast.zhao)
    measure.refresh_from_db()
    assert measure.stopped_at is not None
    with pytest.raises(NotPossible, match="已销号"):
        actions.rate(risk, **GRAVE, reason="", by=cast.li)
    assert acts_of(risk) == ["risks.closed"]


def test_a_new_grade_drops_the_residual_level_of_the_old_one(cast, risk):
    RiskPoint.objects.update(residual_level=3)
    actions.rate(risk, **GRAVE, reason="", by=cast.li)
    risk.refresh_from_db()
    assert risk.residual_level is None


def test_create_numbers_grades_and_records(cast):
    power = make_power(cast.office)
    said = actions.Description("duty", "验收走过场", "只看单据不看实物", power=power, step=power.steps.first())
    risk = actions.create(cast.office, said, likelihood=3, impact=3, answers="01010", owner=cast.li, by=cast.li)
    assert (risk.level, risk.state) == (2, "held")
    assert risk.code.startswith("YC5Z-FXD-")
    assert risk.ratings.get().rule_version == "2026.1"
    assert acts_of(risk) == ["risks.entered"]


def test_create_refuses_what_does_not_fit(cast):
    elsewhere = make_power(cast.teaching)
    power = make_power(cast.office)
    cases = [
        (actions.Description("duty", "", "x"), 3, "请写明"),
        (actions.Description("duty", "a", "x", power=power, step=elsewhere.steps.first()), 3, "不属于这项权力"),
        (actions.Description("duty", "a", "x", power=make_power(cast.other_school)), 3, "其他学校"),
        (actions.Description("duty", "a", "x"), 9, "1 至 5"),
    ]
    for said, likelihood, words in cases:
        with pytest.raises(NotPossible, match=words):
            actions.create(
                cast.office, said, likelihood=likelihood, impact=3, answers="00000", owner=cast.li, by=cast.li
            )
    assert not RiskPoint.objects.exists()


def test_change_records_what_changed(cast, risk):
    actions.change(risk, {"title": "新的题目"}, by=cast.li)
    actions.change(risk, {"title": "新的题目"}, by=cast.li)
    assert acts_of(risk) == ["risks.changed"]
    assert Entry.objects.get(act="risks.changed").payload.details == {"fields": "风险点"}
    regulation = Regulation.objects.create(school=cast.school, name="采购管理办法")
    actions.change(risk, {"regulation": regulation}, by=cast.li)
    assert Entry.objects.latest("pk").payload.details == {"fields": "制度"}


RATERS = {"li", "he", "chen", "zhao"}
SECONDS = {"he", "zhao", "qian", "sun"}  # Li proposed


def test_who_may_grade_and_who_may_agree(cast, risk):
    rating = actions.rate(risk, **GRAVE, level=2, reason="理由", by=cast.li)
    assert {name for name, user in cast.everyone.items() if access.can_rate(user, risk)} == RATERS
    assert {name for name, user in cast.everyone.items() if access.can_agree(user, rating)} == SECONDS
    assert {name for name, user in cast.everyone.items() if access.can_close(user, risk)} == {"zhao"}
    assert {name for name, user in cast.everyone.items() if access.can_judge(user, risk)} == {"zhao"}
    assert {name for name, user in cast.everyone.items() if access.can_edit(user, risk)} == {"li", "chen", "zhao"}
    assert {name for name, user in cast.everyone.items() if access.can_create(user, cast.office)} == {
        "li",
        "chen",
        "zhao",
    }


def test_nobody_grades_or_judges_his_own(cast):
    own = make_risk_point(cast.office, cast.zhao, person=cast.zhao)
    assert not access.can_rate(cast.zhao, own)
    assert not access.can_judge(cast.zhao, own)
    assert not access.can_close(cast.zhao, own)


def test_seeing_is_the_same_in_lists_and_at_the_door(cast):
    rows = [
        make_risk_point(cast.office, cast.li),
        make_risk_point(cast.office, cast.wang, person=cast.wang),
        make_risk_point(cast.office, cast.wang, person=cast.wang, category="thought"),
        make_risk_point(cast.office, cast.li, person=cast.li, is_leader=True),
        make_risk_point(cast.teaching, cast.feng, person=cast.feng, category="thought", is_leader=True),
    ]
    seen = {name: [bool(access.can_see(user, row)) for row in rows] for name, user in cast.everyone.items()}
    listed = {
        name: [row in set(RiskPoint.objects.visible_to(user)) for row in rows] for name, user in cast.everyone.items()
    }
    assert seen == listed
    assert seen["wang"] == [True, True, True, True, False]
    assert seen["wu"] == [True, False, False, True, False]
    assert seen["sun"] == [True, True, False, True, False]
    assert seen["li"] == [True, True, True, True, False]
    assert seen["zhao"] == seen["qian"] == [True] * 5
    assert seen["zhou"] == [False] * 5
    assert "思想道德" in str(access.can_see(cast.sun, rows[2]).reason)

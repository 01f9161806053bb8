from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qingqu.common.errors import NotPossible
from qingqu.risks import access, measures, queries
from qingqu.risks.measures import MeasurePlan
from qingqu.risks.models import RiskPoint
from qingqu.trace.models import Entry
from tests.make import make_measure, make_risk_point

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture(autouse=True)
def spring(settings, tmp_path):
    settings.QINGQU_TODAY = date(2026, 4, 15)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def risk(cast):
    return make_risk_point(cast.office, cast.li, level=1)


def acts_of(risk):
    return list(Entry.objects.filter(obj=f"risks.riskpoint:{risk.pk}").order_by("id").values_list("act", flat=True))


def plan(owner, **fields):
    return MeasurePlan(
        **{"phase": "pre", "text": "盘点", "owner": owner, "frequency": "week", "evidence_kind": "盘点表", **fields}
    )


def test_a_new_measure_is_due_at_the_end_of_the_running_period(cast, risk):
    measure = measures.add_measure(risk, plan(cast.wu), by=cast.li)
    assert measure.next_due_on == date(2026, 4, 19)
    assert acts_of(risk) == ["risks.measure_added"]
    with pytest.raises(NotPossible, match="凭证"):
        measures.add_measure(risk, plan(cast.wu, evidence_kind=""), by=cast.li)


def test_a_grave_risk_keeps_its_three_phases(cast, risk):
    pre, mid, post = (make_measure(risk, phase) for phase in ("pre", "mid", "post"))
    with pytest.raises(NotPossible, match="中期监控"):
        measures.stop_measure(mid, reason="不再需要", by=cast.li)
    with pytest.raises(NotPossible, match="后期处置"):
        measures.change_measure(post, plan(cast.li, phase="pre"), by=cast.li)
    make_measure(risk, "mid")
    measures.stop_measure(mid, reason="换了做法", by=cast.li)
    with pytest.raises(NotPossible, match="已经停止"):
        measures.do(mid, note="x", by=cast.li)
    assert acts_of(risk) == ["risks.measure_stopped"]
    assert pre.stopped_at is None


def test_a_lesser_risk_keeps_one_measure(cast):
    risk = make_risk_point(cast.office, cast.li, level=3)
    only = make_measure(risk)
    with pytest.raises(NotPossible, match="至少要有一项"):
        measures.stop_measure(only, reason="x", by=cast.li)


def test_done_with_a_note_it_is_due_next_week(cast, risk):
    measure = measures.add_measure(risk, plan(cast.wu), by=cast.li)
    run = measures.do(measure, note="帐物相符", by=cast.wu)
    measure.refresh_from_db()
    assert (run.due_on, run.done_on, measure.next_due_on) == (date(2026, 4, 19), date(2026, 4, 15), date(2026, 4, 26))
    assert acts_of(risk)[-1] == "risks.measure_done"


def test_evidence_is_asked_for_and_the_future_refused(cast, risk):
    measure = make_measure(risk)
    with pytest.raises(NotPossible, match="凭证"):
        measures.do(measure, note="  ", by=cast.li)
    with pytest.raises(NotPossible, match="不能晚于今天"):
        measures.do(measure, note="x", done_on=date(2026, 4, 16), by=cast.li)
    assert not measure.runs.exists()


def test_a_photo_is_kept_with_the_measure(cast, risk):
    measure = make_measure(risk)
    run = measures.do(measure, upload=SimpleUploadedFile("盘点.png", PNG), by=cast.li)
    file = run.attachment
    assert file is not None
    assert (file.name, file.subject_label, file.subject_id) == ("盘点.png", "risks.controlmeasure", measure.pk)
    with pytest.raises(NotPossible, match="可以上传的类型"):
        measures.do(measure, upload=SimpleUploadedFile("盘点.svg", b"<svg/>"), by=cast.li)
    assert measure.runs.count() == 1


def test_undone_it_is_due_as_before(cast, risk):
    measure = measures.add_measure(risk, plan(cast.wu), by=cast.li)
    first = measures.do(measure, note="一", by=cast.wu)
    second = measures.do(measure, note="二", by=cast.wu)
    with pytest.raises(NotPossible, match="先撤销后一条"):
        measures.undo(first, by=cast.wu)
    assert access.can_undo(cast.wu, second)
    assert not access.can_undo(cast.li, second)
    measures.undo(second, by=cast.wu)
    measures.undo(first, by=cast.wu)
    measure.refresh_from_db()
    assert measure.next_due_on == date(2026, 4, 19)
    assert measure.runs.count() == 2
    with pytest.raises(NotPossible, match="已经撤销"):
        measures.undo(second, by=cast.wu)
    assert acts_of(risk)[-2:] == ["risks.measure_undone"] * 2


def test_overdue_turns_amber_and_being_done_ends_it(cast, risk):
    measure = make_measure(risk, next_due_on=date(2026, 4, 12), frequency="week")
    make_measure(make_risk_point(cast.office, cast.li), next_due_on=date(2026, 4, 15))
    assert list(queries.overdue()) == [measure]
    assert list(queries.amber(RiskPoint.objects.all())) == [risk]
    assert list(queries.late_in_units(cast.he)) == list(queries.late_in_units(cast.sun)) == [measure]
    assert list(queries.late_in_units(cast.feng)) == []
    measures.do(measure, note="补做", by=cast.li)
    assert not queries.overdue().exists()


def test_effect_and_residual_level_are_judged_together(cast, risk):
    RiskPoint.objects.update(level=2)
    one, other = make_measure(risk), make_measure(risk, "mid")
    stranger = make_measure(make_risk_point(cast.office, cast.li))
    with pytest.raises(NotPossible, match="不属于"):
        measures.judge_effect(risk, {stranger.pk: "good"}, residual_level=2, note="", by=cast.zhao)
    with pytest.raises(NotPossible, match="不能低于"):
        measures.judge_effect(risk, {one.pk: "none"}, residual_level=3, note="", by=cast.zhao)
    measures.judge_effect(risk, {one.pk: "partly", other.pk: "good"}, residual_level=2, note="抽查三笔", by=cast.zhao)
    risk.refresh_from_db()
    one.refresh_from_db()
    assert (risk.residual_level, one.effect, one.effect_note) == (2, "partly", "抽查三笔")
    assert list(queries.without_effect(cast.he)) == [risk]
    assert acts_of(risk) == ["risks.judged"]


def test_who_may_plan_and_do(cast, risk):
    measure = make_measure(risk)
    measure.owner = cast.wu
    everyone = cast.everyone.items()
    assert {name for name, user in everyone if access.can_plan(user, risk)} == {"li", "chen", "zhao"}
    assert {name for name, user in everyone if access.can_do(user, measure)} == {"li", "wu"}

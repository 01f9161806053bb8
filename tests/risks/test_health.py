from datetime import date

import pytest

from qingqu.powers.models import Regulation
from qingqu.risks.health import checks
from qingqu.risks.models import RiskPoint
from qingqu.risks.queries import whole
from tests.make import make_measure, make_power, make_risk_point


def found(risk):
    return {check.name: (check.ok, check.reason) for check in checks(whole(RiskPoint.objects.all()).get(pk=risk.pk))}


@pytest.fixture(autouse=True)
def spring(settings):
    settings.QINGQU_TODAY = date(2026, 4, 15)


def test_a_bare_risk_fails_all_five_with_reasons(cast):
    said = found(make_risk_point(cast.office, cast.li))
    assert [ok for ok, _ in said.values()] == [False] * 5
    assert said["措施对应性"][1] == "还没有措施"
    assert said["环节衔接性"][1] == "缺前期预防、中期监控、后期处置"
    assert said["制度可操作性"][1] == "没有关联制度"


def test_a_cared_for_risk_passes(cast):
    power = make_power(cast.office)
    rule = Regulation.objects.create(school=cast.school, name="采购管理办法", review_on=date(2026, 9, 1))
    risk = make_risk_point(cast.office, cast.li, power=power, step=power.steps.first(), regulation=rule)
    for phase, text in (("pre", "节前提醒"), ("mid", "双人验收"), ("post", "抽查")):
        make_measure(risk, phase, text=text)
    said = found(risk)
    assert [said[name][0] for name in ("措施对应性", "环节衔接性", "制度可操作性", "教育针对性")] == [True] * 4
    assert said["公示监控性"] == (False, "已评估")
    Regulation.objects.update(state="repealed")
    assert found(risk)["制度可操作性"] == (False, "“采购管理办法”已废止")
    make_measure(risk, next_due_on=date(2026, 4, 1))
    assert found(risk)["公示监控性"] == (False, "有措施逾期未执行")

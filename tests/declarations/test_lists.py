import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.common.errors import NotPossible
from qingqu.declarations import lists
from qingqu.records import actions as records
from qingqu.records.models import Document, Filing, Notice
from qingqu.risks import actions as risks
from qingqu.risks import measures
from qingqu.risks.models import RiskPoint
from qingqu.risks.queries import with_ledger_state
from qingqu.trace.models import Entry
from tests.make import make_campaign, make_declaration, make_measure, make_risk_point, make_unit


@pytest.fixture
def campaign(cast, settings):
    settings.QINGQU_TODAY = date(2026, 4, 24)
    campaign = make_campaign(cast.school)
    make_declaration(campaign, cast.li, cast.office, "unit", state="approved")
    return campaign


def held(cast, unit=None, **fields):
    risk = make_risk_point(unit or cast.office, fields.pop("owner", cast.li), level=fields.pop("level", 2), **fields)
    make_measure(risk)
    return risk


def ledger(risk):
    return with_ledger_state(RiskPoint.objects.filter(pk=risk.pk)).get().ledger_state


def test_the_list_holds_unit_and_personal_risks_without_thought_and_leaders(cast, campaign):
    own = held(cast, title="部门的")
    personal = held(cast, person=cast.wang, owner=cast.wang, title="个人的")
    thought = held(cast, person=cast.wang, owner=cast.wang, category="thought", title="思想道德的")
    leader = held(cast, person=cast.he, owner=cast.he, is_leader=True, title="领导的")
    closed = held(cast, state="closed")
    held(cast, cast.teaching)
    document = lists.publish_list(cast.office, campaign, by=cast.li)
    assert [row["title"] for row in document.content["rows"]] == ["部门的", "个人的"]
    assert document.content["rows"][0]["measures"] == [
        {
            "phase": "前期预防",
            "text": "验收两人同到现场并签字",
            "owner": "李明远",
            "frequency": "每月",
            "evidence": "验收单",
        }
    ]
    assert document.title == "总务处 2026 年度廉政风险清单"
    assert set(document.risk_points.all()) == {own, personal}
    assert Entry.objects.filter(act="risks.listed").count() == 2
    for risk in (thought, leader, closed):
        risk.refresh_from_db()
        assert risk.document is None
    page = lists.list_page(cast.school, campaign)
    assert [row["title"] for row in page.rows] == ["领导的"]


def test_why_a_list_cannot_be_shown_yet(cast, campaign):
    with pytest.raises(NotPossible, match="还没有登记在册"):
        lists.publish_list(cast.office, campaign, by=cast.li)
    held(cast, level=1, title="缺两段的")
    with pytest.raises(NotPossible, match="“缺两段的”还缺中期监控、后期处置的措施"):
        lists.publish_list(cast.office, campaign, by=cast.li)
    held(cast, cast.teaching)
    with pytest.raises(NotPossible, match="单位登记表还没有审核通过"):
        lists.publish_list(cast.teaching, campaign, by=cast.feng)
    assert not Document.objects.exists()


def test_from_shown_to_filed_to_changed(cast, campaign, settings):
    risk = held(cast, title="验收走过场")
    assert ledger(risk) == "rated"
    document = lists.publish_list(cast.office, campaign, by=cast.li)
    assert ledger(risk) == "published"
    with pytest.raises(NotPossible, match="正在公示，至 5 月 6 日"):
        lists.publish_list(cast.office, campaign, by=cast.li)
    settings.QINGQU_TODAY = date(2026, 5, 7)
    records.end_notice(document.notice)
    assert ledger(risk) == "shown"
    with pytest.raises(NotPossible, match="请先报备案"):
        lists.publish_list(cast.office, campaign, by=cast.li)
    filing = lists.file_list(document, by=cast.li)
    with pytest.raises(NotPossible, match="已报送"):
        lists.publish_list(cast.office, campaign, by=cast.li)
    records.accept(filing, by=cast.zhao)
    assert ledger(risk) == "filed"
    with pytest.raises(NotPossible, match="一致，无须变更"):
        lists.publish_list(cast.office, campaign, by=cast.li)
    (line,) = lists.overview([cast.office], campaign)
    assert not line.is_stale

    settings.QINGQU_TODAY = date(2026, 9, 7)
    risks.change(risk, {"title": "验收把关不严"}, by=cast.li)
    added = held(cast, title="新增的")
    assert lists.list_page(cast.office, campaign).must_change
    assert [stale.unit for stale in lists.changed_since_filed([cast.office], campaign)] == [cast.office]
    change = lists.publish_list(cast.office, campaign, by=cast.li)
    assert change.previous == document
    settings.QINGQU_TODAY = date(2026, 9, 30)
    filing = lists.file_list(change, by=cast.li, reason="岗位调整")
    assert filing.kind == Filing.Kind.CHANGE
    records.accept(filing, by=cast.zhao)
    assert ledger(added) == "filed"
    measures.do(risk.measures.get(), note="已验收", by=cast.li)
    assert ledger(risk) == "monitored"
    RiskPoint.objects.filter(pk=risk.pk).update(residual_level=3)
    assert ledger(risk) == "lowered"
    risks.close(risk, reason="业务取消", by=cast.zhao)
    assert ledger(risk) == "closed"


def test_a_withdrawn_list_can_be_shown_anew(cast, campaign):
    held(cast)
    document = lists.publish_list(cast.office, campaign, by=cast.li)
    records.withdraw_notice(document.notice, reason="按异议修改", by=cast.li)
    again = lists.publish_list(cast.office, campaign, by=cast.li)
    assert again.number != document.number
    assert again.previous is None


def test_a_returned_list_is_corrected_and_the_old_one_rests(cast, campaign, settings):
    risk = held(cast)
    document = lists.publish_list(cast.office, campaign, by=cast.li)
    settings.QINGQU_TODAY = date(2026, 5, 7)
    records.return_(lists.file_list(document, by=cast.li), opinion="表现形式不具体", by=cast.zhao)
    risks.change(risk, {"manifestation": "一人到场，只核对单据"}, by=cast.li)
    again = lists.publish_list(cast.office, campaign, by=cast.li)
    assert again.content["rows"][0]["manifestation"] == "一人到场，只核对单据"
    with pytest.raises(NotPossible, match="新的一份"):
        lists.file_list(document, by=cast.li)


def test_a_department_without_its_form_is_said_to_have_none(client, cast, campaign):
    client.force_login(cast.chen)
    lines = re.findall(r"<tr>.*?</tr>", client.get(reverse("declarations:lists")).content.decode(), re.DOTALL)
    found = {name: "未填" in line for line in lines for name in ("总务处", "教务处", "领导岗位") if name in line}
    assert found == {"总务处": False, "教务处": True, "领导岗位": False}


def test_pages_for_the_head_and_the_party_office(client, cast, campaign):
    held(cast, title="验收走过场")
    url = reverse("declarations:list", args=[cast.office.pk])
    client.force_login(cast.li)
    assert "验收走过场" in client.get(url).content.decode()
    assert "总务处" in client.get(reverse("declarations:lists")).content.decode()
    publish = reverse("declarations:publish-list", args=[cast.office.pk])
    assert client.post(publish, {"scope": "school", "working_days": 0}).status_code == 422
    response = client.post(publish, {"scope": "school", "working_days": 5, "contact": "党办 8123"})
    document = Document.objects.get()
    assert response.url == reverse("records:show", args=[document.pk])
    assert document.notice.contact == "党办 8123"
    assert client.get(response.url).status_code == 200
    for user, status in ((cast.wang, 403), (cast.feng, 403), (cast.zhou, 404), (cast.chen, 200)):
        client.force_login(user)
        assert client.get(url).status_code == status
        assert client.post(publish, {}).status_code in ({200: 422}.get(status, status),)


def test_the_page_of_lists_costs_the_same_for_many_units(client, cast, campaign):
    counts = []
    client.force_login(cast.chen)
    for n in range(2):
        for i in range(2 + n * 8):
            unit = make_unit(f"处室{n}{i}", parent=cast.school)
            unit.responsible = cast.li
            unit.save()
            make_declaration(campaign, cast.li, unit, "unit", state="approved")
            held(cast, unit)
            lists.publish_list(unit, campaign, by=cast.chen)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse("declarations:lists")).status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert Notice.objects.count() == 12

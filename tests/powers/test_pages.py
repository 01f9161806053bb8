"""Pages and acts of the power list through the browser's door."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.powers.models import Basis, Power, Regulation
from qingqu.trace.models import Entry
from tests.make import make_power, make_risk_point
from tests.people import Cast


def as_(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"powers:{name}", args=args)


def test_the_list_is_found_by_two_characters(cast: Cast) -> None:
    make_power(cast.office, name="校服选用采购")
    make_power(cast.office, name="车辆管理")
    page = as_(cast.wang).get(url("list"), {"q": "校服"}).content.decode()
    assert "校服选用采购" in page
    assert "车辆管理" not in page


def test_the_list_is_found_by_a_step(cast: Cast) -> None:
    power = make_power(cast.office, name="校服选用采购")
    power.steps.filter(order=2).update(name="双送检")
    page = as_(cast.wang).get(url("list"), {"q": "送检"}).content.decode()
    assert "校服选用采购" in page


def test_an_empty_list_says_whether_there_are_others(cast: Cast) -> None:
    client = as_(cast.wang)
    assert "这里还没有权力事项" in client.get(url("list"), {"state": "draft"}).content.decode()
    make_power(cast.office, name="校服选用采购")
    for narrowed in ({"state": "draft"}, {"q": "车辆"}):
        page = client.get(url("list"), narrowed).content.decode()
        assert "没有符合条件的权力事项" in page
        assert "还没有权力事项" not in page


def test_another_school_sees_nothing(cast: Cast) -> None:
    power = make_power(cast.office, name="校服选用采购")
    client = as_(cast.zhou)
    assert "校服选用采购" not in client.get(url("list"), {"q": "校服"}).content.decode()
    assert client.get(url("show", power.pk)).status_code == 404
    assert client.get(url("edit-table", power.pk, "steps")).status_code == 404
    assert client.post(url("retire", power.pk), {"reason": "x"}).status_code == 404


def test_nobody_is_asked_to_sign_in(cast: Cast) -> None:
    assert Client().get(url("list")).status_code == 302


@pytest.mark.parametrize("path", ["list", "regulations"])
def test_a_list_asks_as_often_for_many_rows_as_for_few(cast: Cast, path: str) -> None:
    def statements(rows: int) -> int:
        for n in range(rows):
            power = make_power(cast.office, name=f"事项{n}")
            Basis.objects.create(power=power, name="办法", needs_check=True)
            Regulation.objects.create(school=cast.school, unit=cast.office, name=f"办法{power.pk}")
        client = as_(cast.chen)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url(path)).status_code == 200
        return len(captured)

    assert statements(10) == statements(90)


def test_a_page_shows_the_four_blocks_and_the_picture(cast: Cast) -> None:
    power = make_power(
        cast.office, content="采购办公耗材", decider="校长办公会", forbidden="不得化整为零\n不得指定品牌"
    )
    Basis.objects.create(power=power, name="政府采购法", number="2014年修正", needs_check=True)
    page = as_(cast.wang).get(url("show", power.pk)).content.decode()
    for words in ("权力内容", "权力依据", "办事流程", "权力身份", "文号待核", "不得指定品牌", '<svg class="swim-lane"'):
        assert words in page
    assert "style=" not in page
    assert url("edit", power.pk) not in page


def test_a_page_asks_as_often_for_a_long_procedure(cast: Cast) -> None:
    short, long = make_power(cast.office, steps=2), make_power(cast.office, steps=12)
    client = as_(cast.li)
    counts = []
    for power in (short, long):
        with CaptureQueriesContext(connection) as captured:
            client.get(url("show", power.pk))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_li_creates_and_fills_in_a_power(cast: Cast) -> None:
    client = as_(cast.li)
    facts = {
        "unit": cast.office.pk,
        "name": "车辆管理",
        "content": "公务用车",
        "kind": "execute",
        "decider": "校长办公会",
        "supervisor": "纪委",
        "three_major": "none",
        "scope": "school",
    }
    answer = client.post(url("create"), facts)
    power = Power.objects.get(name="车辆管理")
    assert answer.headers["Location"] == url("show", power.pk)
    assert power.state == Power.State.DRAFT
    steps = {
        "do": "save",
        "r-TOTAL_FORMS": 2,
        "r-INITIAL_FORMS": 0,
        "r-0-name": "申请",
        "r-0-days": "1",
        "r-1-name": "",
    }
    assert client.post(url("edit-table", power.pk, "steps"), steps).status_code == 302
    bases = {
        "do": "save",
        "r-TOTAL_FORMS": 1,
        "r-INITIAL_FORMS": 0,
        "r-0-name": "公务用车办法",
        "r-0-needs_check": "on",
    }
    client.post(url("edit-table", power.pk, "bases"), bases)
    holders = {"do": "save", "r-TOTAL_FORMS": 1, "r-INITIAL_FORMS": 0, "r-0-post_id": cast.li_post.pk}
    client.post(url("edit-table", power.pk, "holders"), holders)
    assert [holder.name for holder in power.holders.all()] == ["总务主任"]
    assert "四项已写全" in client.get(url("show", power.pk)).content.decode()
    client.post(url("put-in-force", power.pk))
    power.refresh_from_db()
    assert power.state == Power.State.IN_FORCE


def test_the_head_of_another_department_is_refused_with_the_reason(cast: Cast) -> None:
    power = make_power(cast.office)
    answer = as_(cast.feng).get(url("edit", power.pk))
    assert answer.status_code == 403
    assert "只有本部门负责人或党办可以修改" in answer.content.decode()
    facts = {"unit": cast.office.pk, "name": "越界", "kind": "execute", "three_major": "none", "scope": "school"}
    assert as_(cast.feng).post(url("create"), facts).status_code == 422
    assert not Power.objects.filter(name="越界").exists()


def test_a_press_of_a_button_keeps_what_was_typed_and_saves_nothing(cast: Cast) -> None:
    power = make_power(cast.office)
    typed = {"r-TOTAL_FORMS": 2, "r-INITIAL_FORMS": 0, "r-0-name": "申请", "r-0-days": "很快", "r-1-name": "审批"}
    page = as_(cast.li).post(url("edit-table", power.pk, "steps"), {"do": "down-0", **typed}).content.decode()
    assert page.index('value="审批"') < page.index('value="申请"')
    assert 'value="很快"' in page
    assert power.steps.count() == 3
    piece = as_(cast.li).post(
        url("edit-table", power.pk, "steps"), {"do": "add", **typed}, headers={"HX-Request": "true"}
    )
    assert "<html" not in piece.content.decode()
    assert 'name="r-TOTAL_FORMS" value="3"' in piece.content.decode()


def test_an_error_stands_beside_its_field_with_the_input_kept(cast: Cast) -> None:
    power = make_power(cast.office)
    typed = {"do": "save", "r-TOTAL_FORMS": 1, "r-INITIAL_FORMS": 0, "r-0-name": "申请", "r-0-days": "很快"}
    answer = as_(cast.li).post(url("edit-table", power.pk, "steps"), typed)
    assert answer.status_code == 422
    assert 'value="很快"' in answer.content.decode()
    assert "field-error" in answer.content.decode()


def test_a_step_in_use_is_named_when_it_would_disappear(cast: Cast) -> None:
    power = make_power(cast.office, steps=1)
    make_risk_point(cast.office, cast.li, power=power, step=power.steps.get())
    typed = {"do": "save", "r-TOTAL_FORMS": 1, "r-INITIAL_FORMS": 0, "r-0-name": "另一环节"}
    answer = as_(cast.li).post(url("edit-table", power.pk, "steps"), typed)
    assert answer.status_code == 422
    assert "环节1" in answer.content.decode()


def test_chen_confirms_a_number_and_wang_cannot(cast: Cast) -> None:
    basis = Basis.objects.create(power=make_power(cast.office), name="政府采购法", number="旧", needs_check=True)
    said = {"number": "2014年修正", "document": "全国人大网原文"}
    assert as_(cast.wang).post(url("confirm-basis", basis.pk), said).status_code == 403
    answer = as_(cast.chen).post(url("confirm-basis", basis.pk), {"number": "", "document": ""})
    assert answer.status_code == 422
    assert as_(cast.chen).post(url("confirm-basis", basis.pk), said).status_code == 302
    basis.refresh_from_db()
    assert (basis.needs_check, basis.number) == (False, "2014年修正")
    assert "对照“全国人大网原文”核对" in as_(cast.wang).get(url("show", basis.power_id)).content.decode()


def test_zhao_marks_what_is_key(cast: Cast) -> None:
    power = make_power(cast.office)
    step = power.steps.all()[0]
    client = as_(cast.zhao)
    client.post(url("mark-key", power.pk), {"is_key": "1"})
    client.post(url("mark-key-step", step.pk), {"is_key": "1"})
    assert as_(cast.li).post(url("mark-key", power.pk), {"is_key": "0"}).status_code == 403
    power.refresh_from_db()
    step.refresh_from_db()
    assert power.is_key
    assert step.is_key
    assert Entry.objects.filter(act="powers.key_step_marked").count() == 1


def test_chen_retires_and_restores(cast: Cast) -> None:
    power = make_power(cast.office)
    client = as_(cast.chen)
    client.post(url("retire", power.pk), {"reason": "并入资产管理"})
    power.refresh_from_db()
    assert power.state == Power.State.RETIRED
    client.post(url("restore", power.pk))
    power.refresh_from_db()
    assert power.state == Power.State.IN_FORCE


def test_a_regulation_is_entered_and_its_review_falls_due(cast: Cast) -> None:
    client = as_(cast.li)
    facts = {"unit": cast.office.pk, "name": "采购管理办法", "state": "in_force", "review_on": "2020-01-01"}
    assert client.post(url("create-regulation"), facts).status_code == 302
    assert "采购管理办法" in client.get(url("regulations"), {"late": "1"}).content.decode()
    again = client.post(url("create-regulation"), facts)
    assert again.status_code == 422
    assert "已有" in again.content.decode()
    regulation = Regulation.objects.get()
    client.post(url("edit-regulation", regulation.pk), {**facts, "state": "repealed"})
    assert "采购管理办法" not in client.get(url("regulations"), {"late": "1"}).content.decode()
    assert as_(cast.feng).get(url("edit-regulation", regulation.pk)).status_code == 403
    assert as_(cast.zhou).get(url("edit-regulation", regulation.pk)).status_code == 404

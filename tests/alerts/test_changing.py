"""The page on which a change of an indicator is drafted: what it says before anything is kept, what it refuses."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from qingqu.alerts.indicators import drafting, rule_actions, rulebook
from qingqu.alerts.models import Rule
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.datasets.models import Dataset
from qingqu.notifications.models import Message
from qingqu.trace.models import Entry
from tests.alerts.typing_in import typed
from tests.make import make_appointment, make_post
from tests.people import Cast, client_of

AT = "/alerts/rules/F01/change"


@pytest.fixture
def values(cast: Cast, purchases: Dataset) -> dict[str, str]:
    """What stands in the form of F01 whose limit has been entered."""
    rule = Rule.objects.get(code="F01")
    rule_actions.set_limit(rule, "limit", 3_000_000, basis="采购管理办法第六条", by=cast.zhao)
    return typed(client_of(cast.zhao).get(AT).content.decode())


def said(cast: Cast, cells: dict[str, Any]) -> str:
    """What the page says of a change while it is typed, without its markup."""
    answer = client_of(cast.zhao).post(AT, cells, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_what_changes_is_said_before_it_is_sent(cast: Cast, values: dict[str, str]) -> None:
    assert "没有修改任何内容" in said(cast, values)
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条"}
    words = {"scope:column": "category", "scope:words": "食材"}
    shown = said(cast, values | changed | words | {"holds_red": "on"})
    for part in ("90 → 60", "采购管理办法第七条", "不看“品目”为食材的记录", "作出红色提示时不予保存记录"):
        assert part in shown
    assert "本校限额" not in shown, "only what changes"
    assert "天数：不能大于 366" in said(cast, values | {"value:window_days": "9999"})
    assert not Rule.objects.filter(state=Rule.State.DRAFT).exists(), "nothing is kept"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"value:window_days": "60"}, "请写明“天数”的新数值依据什么文件"),
        ({"value:window_days": "60", "basis:window_days": " "}, "请写明“天数”的新数值依据什么文件"),
        ({"value:limit": "20000", "basis:limit": ""}, "请写明“本校限额”的新数值依据什么文件"),
        ({"value:limit": ""}, "请填写这一项"),
        ({"value:window_days": "-3"}, "不能小于 7"),
        ({"value:window_days": "0"}, "不能小于 7"),
        ({"value:limit": "99999999999999999"}, "数字"),
        ({"value:near": "三成"}, "请填写数字"),
        ({"reason": " "}, "请填写这一项"),
    ],
)
def test_what_was_typed_stays_where_it_is_refused(
    cast: Cast, values: dict[str, str], cells: dict[str, str], says: str
) -> None:
    others = {"basis:pair_days": "内部审计建议", "reason": "按本校情况调整"}
    answer = client_of(cast.zhao).post(AT, values | others | cells)
    page = answer.content.decode()
    assert (answer.status_code, says in page) == (422, True), page
    assert 'value="内部审计建议"' in page
    assert not Rule.objects.filter(state=Rule.State.DRAFT).exists()


def test_a_share_is_typed_and_shown_in_per_cent(cast: Cast, values: dict[str, str]) -> None:
    assert values["value:near"] == "30"
    changed = {"value:near": "42.5", "basis:near": "审计建议", "reason": "减少误提示"}
    assert "30% → 42.5%" in said(cast, values | changed)
    assert "不能大于 100" in said(cast, values | {"value:near": "101"})
    assert client_of(cast.zhao).post(AT, values | changed).status_code == 302
    assert Rule.objects.get(state=Rule.State.DRAFT).values["near"] == 0.425


def test_a_list_that_may_be_empty_takes_amounts_and_gives_them_up(cast: Cast, purchases: Dataset) -> None:
    """Further limits of approval (F02): most schools have some, and none is no reason not to change something else."""
    at, zhao = "/alerts/rules/F02/change", client_of(cast.zhao)
    (rule,) = rule_actions.adopt(cast.school, ["F02"], by=cast.zhao)
    rule_actions.set_limit(rule, "limit", 3_000_000, basis="采购管理办法第六条", by=cast.zhao)
    first = typed(zhao.get(at).content.decode())
    assert first["value:other_limits"] == ""
    others = {"basis:other_limits": "采购管理办法第五条", "reason": "各级限额"}
    refused = zhao.post(at, first | others | {"value:other_limits": "五千\n一万左右"})
    assert (refused.status_code, "一万左右" in refused.content.decode()) == (422, True)
    assert zhao.post(at, first | others | {"value:other_limits": "100000\n5000\n5000"}).status_code == 302
    draft = Rule.objects.get(code="F02", state=Rule.State.DRAFT)
    assert draft.values["other_limits"] == [500_000, 10_000_000]
    rule_actions.approve(draft, effective_from=today(), by=cast.qian)
    now = typed(zhao.get(at).content.decode())
    assert now["value:other_limits"].split() == ["5000", "100000"]
    assert "5,000 元、100,000 元" in zhao.get("/alerts/rules/F02").content.decode()
    assert zhao.post(at, now | others | {"value:other_limits": ""}).status_code == 302
    assert not Rule.objects.get(code="F02", state=Rule.State.DRAFT).values.get("other_limits")


def test_a_basis_alone_is_put_right(cast: Cast, values: dict[str, str]) -> None:
    sent = client_of(cast.zhao).post(AT, values | {"basis:limit": "采购管理办法（修订）第八条", "reason": "文件修订"})
    assert sent.status_code == 302
    draft = Rule.objects.get(state=Rule.State.DRAFT)
    assert (draft.values, draft.bases) == ({"limit": 3_000_000}, {"limit": "采购管理办法（修订）第八条"})
    assert client_of(cast.zhao).get(AT).status_code == 302, "one draft at a time"


def test_back_to_the_shipped_value_needs_no_basis(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F01")
    rule_actions.set_limit(rule, "limit", 3_000_000, basis="采购管理办法第六条", by=cast.zhao)
    bases = {"limit": "采购管理办法第六条"}
    own = {"values": {"limit": 3_000_000, "near": 0.5}, "bases": bases | {"near": "审计建议"}}
    rule_actions.approve(
        rule_actions.propose(rule, **own, reason="从宽", by=cast.zhao), effective_from=today(), by=cast.qian
    )
    back = drafting.planned(
        Rule.objects.get(code="F01", state="on"), values={"limit": 3_000_000, "near": 0.3}, bases=bases
    )
    assert (back.values, back.bases) == ({"limit": 3_000_000}, bases)
    with pytest.raises(NotPossible, match="停用"):
        drafting.planned(Rule.objects.get(code="F01", state="on"), values={"limit": None}, bases=bases)


def test_only_a_check_on_saving_can_hold_a_record(cast: Cast, purchases: Dataset) -> None:
    rule_actions.adopt(cast.school, ["F03"], by=cast.zhao)
    zhao = client_of(cast.zhao)
    assert 'name="holds_red"' in zhao.get("/alerts/rules/F15/change").content.decode()
    whole = zhao.get("/alerts/rules/F03/change").content.decode()
    assert 'name="holds_red"' not in whole
    assert "各项检查都在每晚核算时进行" in whole


def test_only_what_can_be_red_can_hold_a_record(cast: Cast, purchases: Dataset) -> None:
    rule_actions.adopt(cast.school, ["F08"], by=cast.zhao)
    zhao, qian, at = client_of(cast.zhao), client_of(cast.qian), "/alerts/rules/F08/change"
    page = zhao.get(at).content.decode()
    assert "现在保存记录时不会有红色提示。要拦截记录的，请同时把颜色改为“一律红色”，一并报批" in page
    rule = Rule.objects.get(code="F08")
    with pytest.raises(NotPossible, match="不能设为红色时不予保存"):
        rule_actions.propose(rule, values={}, bases={}, reason="试行", holds_red=True, by=cast.zhao)
    cells = typed(page) | {"holds_red": "on", "reason": "从严"}
    answer = zhao.post(at, cells)
    alone = answer.context["form"].errors["holds_red"]
    assert [fold.title for fold in answer.context["folds"] if fold.is_open] == ["颜色：单价高于中位数", "实时防控"]
    assert alone == ["这样定，保存记录时不会作出红色提示。请取消这一项，或者在“颜色”中选“一律红色”"]
    assert zhao.post(at, cells | {"level:unit-price": "red"}).status_code == 302
    assert qian.post("/alerts/rules/F08/approve").status_code == 302
    approved = Rule.objects.get(code="F08", state="on")
    assert approved.holds_red, "one decision, one approval"
    assert approved.levels == {"unit-price": {"always": "red"}}
    page = zhao.get(at).content.decode()
    back = zhao.post(at, typed(page) | {"level:unit-price": "", "holds_red": "on", "reason": "从宽"})
    assert back.context["form"].errors["holds_red"] == alone


def test_an_indicator_is_switched_on_where_it_is_read(cast: Cast, purchases: Dataset) -> None:
    button = 'name="code" value="F08"'
    assert button not in client_of(cast.sun).get("/alerts/rules/F08").content.decode()
    zhao = client_of(cast.zhao)
    assert button in zhao.get("/alerts/rules/F08").content.decode()
    zhao.post("/alerts/rules/adopt", {"code": "F08"})
    assert button not in zhao.get("/alerts/rules/F08").content.decode()


def test_the_second_person_refuses(cast: Cast, values: dict[str, str]) -> None:
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条", "reason": "从严"}
    assert client_of(cast.zhao).post(AT, values | changed).status_code == 302
    wang, qian, zhao = (client_of(who) for who in (cast.wang, cast.qian, cast.zhao))
    assert "不批准" in qian.get("/alerts/rules/F01").content.decode()
    assert "不批准" not in zhao.get("/alerts/rules/F01").content.decode(), "he gives up what he has drafted"
    assert wang.post("/alerts/rules/F01/drop").status_code == 403
    assert "为什么不批准" in qian.get("/alerts/rules/F01/drop").content.decode()
    for reason in ("", "短"):
        assert qian.post("/alerts/rules/F01/drop", {"reason": reason}).status_code == 422
    assert Rule.objects.filter(state=Rule.State.DRAFT).exists()
    assert qian.post("/alerts/rules/F01/drop", {"reason": "依据的文件还没有印发"}).status_code == 302
    refused = Rule.objects.get(code="F01", version=3)
    assert refused.was_given_up
    assert (refused.ended_by, refused.ended_reason) == (cast.qian, "依据的文件还没有印发")
    assert not Rule.objects.get(code="F01", version=1).was_given_up, "it ran until its limit was entered"
    page = zhao.get("/alerts/rules/F01").content.decode()
    assert "没有生效" in page
    assert re.search("钱志远没有批准[^<]*：依据的文件还没有印发", page)
    told = Message.objects.get(person=cast.zhao, key=f"rule:{refused.pk}:replaced")
    assert told.text == "您拟定的“拆分采购”新版本没有获得批准：依据的文件还没有印发"
    assert Entry.objects.get(act="alerts.rule_refused").payload.reason == "依据的文件还没有印发"


def test_who_drafted_a_version_hears_that_it_was_approved(cast: Cast, values: dict[str, str]) -> None:
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条", "reason": "从严"}
    assert client_of(cast.zhao).post(AT, values | changed).status_code == 302
    later = {"effective_from": "2026-05-01"}
    assert client_of(cast.qian).post("/alerts/rules/F01/approve", later).status_code == 302
    told = Message.objects.get(person=cast.zhao, key__startswith="rule:")
    assert told.text == "您拟定的“拆分采购”新版本已获批准，5 月 1 日起生效"


def test_who_approved_a_version_hears_that_it_was_given_up(cast: Cast, values: dict[str, str]) -> None:
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条", "reason": "从严"}
    zhao, qian = client_of(cast.zhao), client_of(cast.qian)
    assert zhao.post(AT, values | changed).status_code == 302
    assert qian.post("/alerts/rules/F01/approve", {"effective_from": "2026-05-01"}).status_code == 302
    assert zhao.post("/alerts/rules/F01/drop", {"reason": "文件推迟印发"}).status_code == 302
    (told,) = Message.objects.filter(key__startswith="rule:", text__contains="放弃")
    assert (told.person, told.text) == (cast.qian, "您批准的“拆分采购”新版本在生效前被放弃：文件推迟印发")


def test_a_version_may_begin_within_a_year_and_says_what_it_changed(cast: Cast, values: dict[str, str]) -> None:
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条", "reason": "从严"}
    zhao, qian = client_of(cast.zhao), client_of(cast.qian)
    assert zhao.post(AT, values | changed).status_code == 302
    for wrong in ("2020-01-01", "2036-01-01"):
        refused = qian.post("/alerts/rules/F01/approve", {"effective_from": wrong})
        assert refused.status_code == 422
        assert "生效日期应在" in refused.context["form"].errors["effective_from"][0]
    assert qian.post("/alerts/rules/F01/approve", {"effective_from": ""}).status_code == 302
    page = qian.get("/alerts/rules/F01").content.decode()
    versions = page.partition('id="versions"')[2]
    assert "天数 90 → 60" in versions
    assert "本校限额 待设定 → 30,000 元" in versions


def test_ones_own_draft_is_given_up_without_a_word(cast: Cast, values: dict[str, str]) -> None:
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条", "reason": "从严"}
    zhao = client_of(cast.zhao)
    assert zhao.post(AT, values | changed).status_code == 302
    assert zhao.post("/alerts/rules/F01/drop").status_code == 302
    assert "赵文静放弃" in zhao.get("/alerts/rules/F01").content.decode()
    assert not Message.objects.filter(key__startswith="rule:").exists()
    assert Entry.objects.filter(act="alerts.rule_dropped").count() == 1


def test_the_same_over_the_api(cast: Cast, values: dict[str, str]) -> None:
    zhao, qian, at = client_of(cast.zhao), client_of(cast.qian), "/api/v1/indicators/F01"
    changed = {"value:window_days": "60", "basis:window_days": "采购管理办法第七条", "reason": "从严"}
    json = {"content_type": "application/json"}
    assert zhao.post(AT, values | changed).status_code == 302
    assert zhao.post(f"{at}/approve", {}, **json).status_code == 403
    assert qian.post(f"{at}/drop", {}, **json).status_code == 409
    assert qian.post(f"{at}/drop", {"reason": "依据还没有印发"}, **json).status_code == 200
    newest = zhao.get(at).json()["versions"][0]
    assert (newest["version"], newest["was_given_up"], newest["ended_reason"]) == (3, True, "依据还没有印发")
    assert (newest["by"], newest["ended_by"]) == (cast.zhao.name, cast.qian.name)
    assert zhao.post(AT, values | changed).status_code == 302
    approved = qian.post(f"{at}/approve", {"effective_from": "2026-05-01"}, **json)
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert zhao.post(f"{at}/drop", {}, **json).status_code == 409, "another has approved it"
    assert zhao.post(f"{at}/drop", {"reason": "暂缓"}, **json).status_code == 200
    assert zhao.post(f"{at}/drop", {"reason": "暂缓"}, **json).status_code == 404


def test_switching_off_keeps_why_a_version_was_drafted(cast: Cast, purchases: Dataset) -> None:
    Rule.objects.filter(code="F15").update(reason="试行")
    zhao = client_of(cast.zhao)
    assert zhao.post("/alerts/rules/F15/off", {"reason": "采购系统换代"}).status_code == 302
    page = zhao.get("/alerts/rules/F15").content.decode()
    assert re.search("4 月 20 日停用，赵文静：采购系统换代", page)
    assert zhao.post("/alerts/rules/F15/on").status_code == 302
    rule = Rule.objects.get(code="F15", state=Rule.State.ON)
    assert (rule.reason, rule.ended_by, rule.ended_reason) == ("试行", None, "")


def test_switching_on_and_off_over_the_api(cast: Cast, purchases: Dataset) -> None:
    at, json = "/api/v1/indicators/F08", {"content_type": "application/json"}
    zhao, qian, li = client_of(cast.zhao), client_of(cast.qian), client_of(cast.li)
    reason = {"reason": "采购系统换代"}
    assert (qian.post(f"{at}/on").status_code, li.post(f"{at}/on").status_code) == (403, 403)
    assert zhao.post(f"{at}/off", reason, **json).status_code == 404, "it does not run yet"
    first = zhao.post(f"{at}/on")
    assert (first.status_code, first.json()["state"], first.json()["by"]) == (200, "on", cast.zhao.name)
    assert Entry.objects.filter(act="alerts.rule_adopted", obj=f"alerts.rule:{Rule.objects.get(code='F08').pk}")
    assert zhao.post(f"{at}/on").status_code == 409, "it runs"
    assert zhao.post(f"{at}/off", {"reason": " "}, **json).status_code == 422
    assert (qian.post(f"{at}/off", reason, **json).status_code, Rule.objects.get(code="F08").state) == (403, "on")
    off = zhao.post(f"{at}/off", reason, **json).json()
    assert (off["state"], off["ended_by"], off["ended_reason"]) == ("off", cast.zhao.name, "采购系统换代")
    assert zhao.post(f"{at}/off", reason, **json).status_code == 409
    again = zhao.post(f"{at}/on").json()
    assert (again["state"], again["version"], again["ended_reason"]) == ("on", 1, "")
    assert Entry.objects.filter(act="alerts.rule_switched_on").count() == 1
    for unknown in ("F99", "Z7"):
        assert zhao.post(f"/api/v1/indicators/{unknown}/on").status_code == 404


def test_who_works_in_the_department_switches_nothing_off_over_the_api(cast: Cast, purchases: Dataset) -> None:
    make_appointment(cast.zhao, make_post(cast.office, "兼职"))
    answer = client_of(cast.zhao).post(
        "/api/v1/indicators/F15/off", {"reason": "采购系统换代"}, content_type="application/json"
    )
    assert (answer.status_code, "由书记办理" in answer.json()["detail"]) == (403, True)


def upgraded(monkeypatch: pytest.MonkeyPatch, code: str, name: str, value: Any) -> None:
    """A later version of the product comes with another value."""
    shipped = rulebook.shipped()
    parameter = shipped[code].parameters[name].model_copy(update={"value": value})
    newer = shipped[code].model_copy(update={"parameters": {**shipped[code].parameters, name: parameter}})
    monkeypatch.setattr(rulebook, "shipped", lambda: {**shipped, code: newer})


def test_an_upgrade_changes_no_value_of_a_school(
    cast: Cast, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    (rule,) = rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    (name, before), *_ = rulebook.came_with("F01").items()
    (other,) = rule_actions.adopt(cast.school, ["F01"], by=cast.zhao)
    upgraded(monkeypatch, "F01", name, before + 1)
    assert rulebook.effective(other).parameters[name].value == before
    page = client_of(cast.zhao).get("/alerts/rules/F01").content.decode()
    assert f"产品现在的常用值是 {before + 1}" in page
    draft = rule_actions.propose(other, values={name: before + 1}, bases={}, reason="采用新的常用值", by=cast.zhao)
    assert draft.values == {name: before + 1}
    assert rulebook.effective(draft).parameters[name].value == before + 1
    assert rule.came_with == rulebook.came_with("F15")


def test_running_indicators_are_given_the_values_they_came_with(cast: Cast, settings: Any, tmp_path: Any) -> None:
    """The migration reads the catalogue by itself; what it writes is what the product takes on."""
    settings.VAR_DIR = tmp_path
    made = rule_actions.adopt(cast.school, rulebook.shipped(), by=cast.zhao)
    Rule.objects.update(came_with={})
    import_module("qingqu.alerts.migrations.0014_values_stay_as_taken_on").keep_values(apps, None)
    for rule in made:
        rule.refresh_from_db()
        expected = rulebook.came_with(rule.code) | ({"working_days": 10} if rule.code == "E06" else {})
        assert rule.came_with == expected, rule.code

"""When a finding is red or orange: in words, and with numbers that a school has chosen and a second person approved."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from qingqu.accounts.models import User
from qingqu.alerts import tasks
from qingqu.alerts.chain import CHINESE
from qingqu.alerts.engine import catalogue
from qingqu.alerts.engine.spec import Levels
from qingqu.alerts.indicators import colours as colours_of
from qingqu.alerts.indicators import drafting, grading, rule_actions, rulebook
from qingqu.alerts.models import Alert, Rule
from qingqu.alerts.running import batches
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from qingqu.notifications.models import Message
from qingqu.trace.models import Entry
from tests.alerts.typing_in import change, typed
from tests.people import Cast, client_of

DAY = date(2026, 4, 20)
F07 = "approved-after-contract"
F01_RED = "n >= 3 and total > 3.5 * limit"
ALL_RED = "这样定，凡有提示都是红色。请从严，或者在“颜色”中选“一律红色”"


def the(code: str, check: str) -> Any:
    rule = rulebook.known(code)
    return rule, rulebook.check_of(rule, check)


def test_the_colours_of_every_check_are_said_in_words() -> None:
    assert grading.in_words(*the("F01", "by-supplier")) == [
        ("red", "红色", "笔数 ≥ 3 且 合计 > 3.5 × 本校限额"),
        ("orange", "橙色", "笔数 ≥ 3 且 合计 ≥ 2 × 本校限额"),
        ("yellow", "黄色", "其余"),
    ]
    for rule in rulebook.shipped().values():
        for one in rule.checks:
            said = grading.in_words(rule, one)
            assert all(when and "_" not in when and " and " not in when for _colour, _label, when in said), said


def test_only_numbers_that_stand_by_themselves_or_as_a_factor_are_chosen() -> None:
    rule, one = the("F03", "share")
    found = grading.thresholds(rule, one, one.levels)
    assert [(each.left, str(each.value), each.of) for each in found] == [("笔数", "6", ""), ("合计", "0.8", "全部合计")]
    assert [each.bounds() for each in found] == [(1, 60), (Decimal("0.08"), 1)]
    assert grading.thresholds(*the("F29", "arrears"), the("F29", "arrears")[1].levels) == []
    rule, one = the("F17", "unsettled")
    (left,) = grading.thresholds(rule, one, one.levels)
    assert (left.unit, left.written(Decimal(50_000))) == ("money", "> 500 元")


def test_other_numbers_are_put_where_the_old_ones_stood() -> None:
    rule, one = the("F01", "by-supplier")
    among = grading.thresholds(rule, one, one.levels)
    chosen = {each.name: Decimal("12.50") if each.of else Decimal(10) for each in among}
    assert grading.with_values(one.levels, chosen, among) == {
        "red": "n >= 10 and total > 12.5 * limit",
        "orange": "n >= 10 and total >= 12.5 * limit",
    }
    text = Levels(orange="op == '张三' and n >= 3")
    (last,) = grading.thresholds(*the("F15", the("F15", rulebook.known("F15").checks[0].id)[1].id), text)
    assert grading.with_values(text, {last.name: Decimal(4)}, [last]) == {"orange": "op == '张三' and n >= 4"}


@pytest.mark.parametrize(("written", "is_out"), [("0", True), ("1", False), ("30", False), ("31", True)])
def test_a_number_stays_between_a_tenth_and_ten_times_of_the_shipped_one(written: str, is_out: bool) -> None:
    rule, one = the("F07", F07)
    among = grading.thresholds(rule, one, one.levels)
    (orange,) = [each for each in among if each.colour == "orange"]
    assert orange.value == 3
    own = grading.with_values(one.levels, {orange.name: Decimal(written)}, among)
    assert bool(grading.out_of_bounds(rule, {F07: own})) is is_out


@pytest.fixture
def purchases(cast: Cast, settings: Any, tmp_path: Any) -> Dataset:
    settings.VAR_DIR, settings.QINGQU_TODAY = tmp_path, DAY
    rule_actions.adopt(cast.school, ["F07"], by=cast.zhao)
    (table,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    for n, days in enumerate((5, 20), 1):
        row = {
            "po_no": f"CG{n}",
            "amount": "90000",
            "contract_date": "2026-03-02",
            "approve_date": f"2026-03-{2 + days:02d}",
        }
        tables.enter_record(table, row, by=None)
    return table


def colours(cast: Cast) -> list[str]:
    batches.run(cast.school, by=None)
    open_ = Alert.objects.exclude(state__in=[Alert.State.LAPSED, Alert.State.CLOSED]).filter(check_id=F07)
    return [alert.colour for alert in open_.order_by("numbers__late")]


def fields(code: str, check: str) -> dict[str, str]:
    rule, one = the(code, check)
    return {each.colour: each.name for each in grading.thresholds(rule, one, one.levels)}


def test_a_grade_is_changed_and_approved(cast: Cast, purchases: Dataset) -> None:
    assert colours(cast) == ["orange", "orange"]
    names = fields("F07", F07)
    assert change(cast, "F07", **{names["orange"]: "8", names["red"]: "15"}).status_code == 302
    draft = Rule.objects.get(code="F07", state=Rule.State.DRAFT)
    assert draft.levels == {F07: {"red": "late > 15", "orange": "late >= 8"}}
    page = client_of(cast.sun).get("/alerts/rules/F07").content.decode()
    assert "橙色：相差天数 ≥ 3 → ≥ 8" in page
    assert "红色：相差天数 &gt; 60 → &gt; 15" in page
    assert colours(cast) == ["orange", "orange"], "not before it is approved"
    rule_actions.approve(draft, effective_from=DAY, by=cast.sun)
    assert colours(cast) == ["yellow", "red"]
    tables.enter_record(
        purchases,
        {"po_no": "CG3", "amount": "90000", "contract_date": "2026-03-02", "approve_date": "2026-03-09"},
        by=None,
    )
    assert Alert.objects.latest("pk").colour == "yellow", "on writing as well"
    page = client_of(cast.zhao).get("/alerts/rules/F07").content.decode()
    assert "相差天数 ≥ 8" in page
    kept = client_of(cast.zhao).get("/alerts/rules/F07/change").content.decode()
    assert f'name="{names["orange"]}" value="8"' in kept


def test_who_approves_sees_what_changes_and_nothing_else(cast: Cast, purchases: Dataset) -> None:
    def drafted() -> str:
        page = client_of(cast.sun).get("/alerts/rules/F07").content.decode()
        return page.partition('id="draft"')[2].partition("</dl>")[0]

    change(cast, "F07", **{"value:grace_days": "2", "basis:grace_days": "采购办法第八条", f"level:{F07}": "yellow"})
    shown = drafted()
    assert "0 → 2" in shown
    assert "采购办法第八条" in shown
    assert "“批准晚于签约”一律黄色" in shown
    assert "批准到签约不超过" not in shown, "that stays as it is"
    rule_actions.approve(Rule.objects.get(code="F07", state=Rule.State.DRAFT), effective_from=DAY, by=cast.sun)
    change(cast, "F07", **{f"level:{F07}": "", "holds_red": "on"})
    shown = drafted()
    assert "不再这样做：“批准晚于签约”一律黄色" in shown
    assert "宽限天数" not in shown
    assert "作出红色提示时不予保存记录" in shown


def test_back_to_the_shipped_grades(cast: Cast, purchases: Dataset) -> None:
    names = fields("F07", F07)
    change(cast, "F07", **{names["orange"]: "8"})
    rule_actions.approve(Rule.objects.get(code="F07", state=Rule.State.DRAFT), effective_from=DAY, by=cast.sun)
    change(cast, "F07", **{names["orange"]: "3"})
    draft = Rule.objects.get(code="F07", state=Rule.State.DRAFT)
    assert draft.levels == {}
    assert "橙色：相差天数 ≥ 8 → ≥ 3" in client_of(cast.sun).get("/alerts/rules/F07").content.decode()


@pytest.mark.parametrize(
    ("orange", "red", "says"),
    [
        ("0", "60", "不能小于 1。"),
        ("31", "60", "不能大于 30。"),
        ("2.5", "60", "小数"),
        ("20", "10", "橙色的要求应宽于红色"),
        ("11", "10", "橙色的要求应宽于红色"),
    ],
)
def test_what_cannot_be_meant_is_refused(cast: Cast, purchases: Dataset, orange: str, red: str, says: str) -> None:
    names = fields("F07", F07)
    answer = change(cast, "F07", **{names["orange"]: orange, names["red"]: red})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Rule.objects.filter(state=Rule.State.DRAFT).exists()


def test_a_red_that_takes_everything_is_refused(cast: Cast, purchases: Dataset) -> None:
    cells = {"value:grace_days": "10", "basis:grace_days": "采购办法第八条", fields("F07", F07)["red"]: "9"}
    answer = change(cast, "F07", **cells)
    assert answer.context["form"].errors == {fields("F07", F07)["red"]: [ALL_RED]}
    with pytest.raises(NotPossible, match="“批准晚于签约”：" + ALL_RED):
        rule_actions.propose(
            Rule.objects.get(code="F07"),
            values={"grace_days": 10},
            bases={"grace_days": "采购办法第八条"},
            reason="从宽",
            by=cast.zhao,
            levels={F07: {"orange": "late >= 3", "red": "late > 9"}},
        )


def test_it_is_said_beside_the_number_that_nothing_stays_yellow(cast: Cast, purchases: Dataset) -> None:
    zhao, at = client_of(cast.zhao), "/alerts/rules/F07/change"
    cells = typed(zhao.get(at).content.decode()) | {"value:grace_days": "2", "basis:grace_days": "采购办法第八条"}
    said = "“批准晚于签约”的提示将至少是橙色，不再有黄色"
    shown = zhao.post(at, cells, headers={"HX-Request": "true"}).content.decode()
    assert f'id="lightest-{F07}" hx-swap-oob="true">{said}</p>' in shown
    assert zhao.post(at, cells | {"reason": "从宽"}).status_code == 302
    assert said in client_of(cast.sun).get("/alerts/rules/F07").content.decode(), "who approves reads it as well"
    rule_actions.approve(Rule.objects.get(code="F07", state=Rule.State.DRAFT), effective_from=DAY, by=cast.sun)
    checks = {one["id"]: one["levels"] for one in zhao.get("/api/v1/indicators/F07").json()["checks"]}
    assert [level["colour"] for level in checks[F07]] == ["red", "orange"]
    assert checks[F07][-1]["when"] == "其余"


def graded(code: str, check: str, levels: dict[str, str] | None = None, **values: Any) -> str:
    """The colours that a check can give, by their first letters."""
    whole = catalogue.effective(rulebook.known(code), values, {check: levels} if levels else None)
    return "".join(colour[0] for colour in colours_of.possible(whole, rulebook.check_of(whole, check)))


def test_every_colour_that_a_shipped_map_names_can_occur() -> None:
    for rule in rulebook.shipped().values():
        for one in rule.checks:
            named = {colour for colour in ("red", "orange") if getattr(one.levels, colour)}
            assert named <= set(colours_of.possible(rule, one)), (rule.code, one.id)


@pytest.mark.parametrize(
    ("code", "check", "values", "levels", "there"),
    [
        ("F08", "unit-price", {"ratio": 1.4}, None, "oy"),
        ("F08", "unit-price", {"ratio": 1.5}, None, "o"),
        ("F08", "unit-price", {"ratio": 1.2}, {"orange": "value > 1.1 * median"}, "o"),
        ("F01", "by-supplier", {}, {"red": F01_RED, "orange": "n >= 5 and total >= 4 * limit"}, "ry"),
        ("F01", "by-supplier", {}, {"red": F01_RED, "orange": "n >= 2 and total >= 4 * limit"}, "roy"),
        ("F01", "by-supplier", {"min_count": 3}, {"orange": "n >= 3 and total >= 1 * limit"}, "o"),
        ("F01", "by-supplier", {"min_count": 2}, {"orange": "n >= 3 and total >= 1 * limit"}, "oy"),
        ("F02", "by-approver", {"min_count": 5, "share": 0.3}, None, "o"),
        ("F02", "by-approver", {}, {"orange": "near >= 5 and near > 1 * n"}, "y"),
        ("F03", "share", {}, {"orange": "n >= 6 and total > 1 * whole"}, "y"),
        ("F07", F07, {"grace_days": 1}, None, "roy"),
        ("F07", F07, {"grace_days": 2}, None, "ro"),
        ("F07", F07, {}, {"red": "late > 60"}, "ry"),
        ("F09", "paid", {"ratio": 0.05}, None, "roy"),
        ("F09", "paid", {"ratio": 0.1}, None, "ro"),
        ("F09", "paid", {"ratio": 0.3}, None, "r"),
        ("F12", "too-dear", {}, {"orange": "amount > 1 * per_capita * people"}, "o"),
        ("F14", "cash", {"cash_limit": 100_000}, {"orange": "amount > 1.1 * cash_limit"}, "oy"),
        ("F19", "per-meal", {"band": 0.9}, None, "oy"),
        ("F26", "before-an-examination", {}, {"orange": "n >= 1 * least"}, "o"),
    ],
)  # fmt: skip
def test_which_colours_are_left(
    code: str, check: str, values: dict[str, Any], levels: dict[str, str] | None, there: str
) -> None:
    assert graded(code, check, levels, **values) == there


def test_the_action_refuses_what_is_too_far_from_the_shipped_one(cast: Cast, purchases: Dataset) -> None:
    rule = Rule.objects.get(code="F07")
    with pytest.raises(NotPossible, match="超出范围"):
        rule_actions.propose(
            rule,
            values={},
            bases={},
            reason="调整",
            by=cast.zhao,
            levels={F07: {"orange": "late >= 400", "red": "late > 60"}},
        )


def test_one_colour_for_all_needs_no_grades(cast: Cast, purchases: Dataset) -> None:
    names = fields("F07", F07)
    assert change(cast, "F07", **{f"level:{F07}": "yellow", names["orange"]: "8"}).status_code == 302
    assert Rule.objects.get(state=Rule.State.DRAFT).levels == {F07: {"always": "yellow"}}


def contradicting(cast: Cast, **fields: Any) -> Rule:
    """A version that was drafted by a product that did not look for contradictions yet."""
    draft = drafting.planned(
        Rule.objects.get(code="F07"), values={}, bases={}, levels={F07: {"red": "late > 15", "orange": "late >= 8"}}
    )
    draft.version, draft.by, draft.reason = 2, cast.zhao, "从严"
    draft.levels = {F07: {"red": "late > 10", "orange": "late >= 20"}}
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save()
    return draft


@pytest.mark.parametrize("days", [-1, 0, 30])
def test_an_approved_version_that_contradicts_itself_does_not_begin(cast: Cast, purchases: Dataset, days: int) -> None:
    """Nor does it wait for its day: until then there is time for another."""
    approved = {"state": "approved", "approved_by": cast.qian, "effective_from": DAY + timedelta(days=days)}
    draft = contradicting(cast, **approved)
    sound = Rule.objects.create(
        school=cast.school, code="F15", version=2, by=cast.zhao, **{**approved, "effective_from": DAY}
    )
    assert tasks.begin_versions(DAY) == 1
    draft.refresh_from_db()
    sound.refresh_from_db()
    assert (draft.state, draft.was_given_up, draft.ended_by, sound.state) == ("replaced", True, None, "on")
    assert Rule.objects.get(code="F07", state="on").version == 1, "the former one goes on"
    why = "这个版本前后矛盾，不能生效。“批准晚于签约”：橙色的要求应宽于红色，否则不会有橙色提示。请改正后重新拟定"
    told = dict(Message.objects.filter(key=f"rule:{draft.pk}:replaced").values_list("person__username", "text"))
    assert told == {
        "qian": f"您批准的“时间倒置”新版本在生效前被放弃：{why}",
        "zhao": f"您拟定的“时间倒置”新版本已获批准，生效前被放弃：{why}",
    }
    entry = Entry.objects.get(act="alerts.rule_dropped")
    assert (entry.obj, entry.actor, entry.payload.reason) == (f"alerts.rule:{draft.pk}", "system", why)
    page = client_of(cast.qian).get("/alerts/rules/F07").content.decode()
    assert "没有生效" in page
    assert f"自动放弃，4 月 20 日：{why}" in page
    assert tasks.begin_versions(DAY) == 0


def test_why_the_clock_gave_a_version_up_is_said_in_its_readers_language(cast: Cast, purchases: Dataset) -> None:
    User.objects.filter(pk=cast.zhao.pk).update(language="en")
    draft = contradicting(cast, state="approved", approved_by=cast.qian, effective_from=DAY)
    with override("en"):
        tasks.begin_versions(DAY)
    draft.refresh_from_db()
    why = "This version contradicts itself"
    assert draft.ended_reason.startswith("这个版本前后矛盾"), "kept in Chinese, whoever set the clock going"
    told = dict(Message.objects.filter(key=f"rule:{draft.pk}:replaced").values_list("person__username", "text"))
    assert why in told["zhao"]
    assert draft.ended_reason in told["qian"]
    assert CHINESE.search(told["zhao"]) is None
    zhao, english = client_of(cast.zhao), {"accept-language": "en"}
    assert why in zhao.get("/alerts/rules/F07", headers=english).content.decode()
    versions = zhao.get("/api/v1/indicators/F07", headers=english).json()["versions"]
    assert why in next(each["ended_reason"] for each in versions if each["was_given_up"])
    Rule.objects.filter(pk=draft.pk).update(ended_by=cast.qian, ended_reason="不再需要")
    assert "不再需要" in zhao.get("/alerts/rules/F07", headers=english).content.decode(), "people's words stay theirs"


def test_a_draft_that_contradicts_itself_is_not_approved(cast: Cast, purchases: Dataset) -> None:
    draft = contradicting(cast)
    says = (
        "这个版本前后矛盾，不能批准。“批准晚于签约”：橙色的要求应宽于红色，否则不会有橙色提示。"
        "请不批准，由纪委改正后重新拟定。"
    )
    with pytest.raises(NotPossible) as refused:
        rule_actions.approve(draft, effective_from=DAY, by=cast.qian)
    assert refused.value.reason == says
    qian = client_of(cast.qian)
    page = qian.get("/alerts/rules/F07").content.decode()
    assert says in page
    assert "/alerts/rules/F07/approve" not in page
    assert "/alerts/rules/F07/drop" in page
    answer = qian.post("/alerts/rules/F07/approve")
    assert answer.status_code == 422
    assert says in answer.content.decode()
    answer = qian.post("/api/v1/indicators/F07/approve", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (409, says)
    draft.refresh_from_db()
    assert draft.state == Rule.State.DRAFT

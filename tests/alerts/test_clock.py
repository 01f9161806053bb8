"""What the clock does: the nightly run, internal warnings, messages once a day, the week's digest."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from qingqu.accounts.models import User
from qingqu.alerts import access, actions, rules, tasks, turn_words, turns, wording
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert
from qingqu.alerts.remedies import remedy_of
from qingqu.alerts.running import batches
from qingqu.datasets import actions as tables
from qingqu.notifications.models import Message
from qingqu.powers.models import Basis
from qingqu.records.models import Document, Notice, Objection
from tests.make import make_appointment, make_campaign, make_measure, make_post, make_power, make_risk_point
from tests.people import Cast, client_of

DAY = date(2026, 4, 20)
NOW = datetime(2026, 4, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def _a_day(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = DAY


def make_alert(cast: Cast, **fields: Any) -> Alert:
    number = Alert.objects.count() + 1
    raised = fields.pop("raised_at", None)
    kept = {
        "colour": "yellow", "identity": f"{number:064d}", "due_on": DAY + timedelta(days=20), "source": "records",
        "signal": "form", "numbers": {"title": "登记表逾期未报", "text": "至今 2 件未报。"},
    }  # fmt: skip
    alert = Alert.objects.create(school=cast.school, unit=cast.office, number=f"HC-{number}", **{**kept, **fields})
    if raised:
        Alert.objects.filter(pk=alert.pk).update(raised_at=raised)
    return alert


def told(**fields: Any) -> dict[str, str]:
    return {m.person.username: m.text for m in Message.objects.filter(key__startswith="alerts:", **fields)}


@pytest.mark.parametrize(
    ("state", "late", "levels"),
    [
        ("explaining", 0, []),
        ("explaining", 1, [0]),
        ("explaining", 4, [0, 1]),
        ("explaining", 7, [0, 1, 2]),
        ("confirming", 1, [1]),
        ("confirming", 4, [1, 2]),
        ("closing", 1, [2]),
        ("closing", 30, [2]),
    ],
)
def test_how_far_up_a_late_warning_goes(state: str, late: int, levels: list[int]) -> None:
    found = rules.escalations(state, DAY, DAY + timedelta(days=late))
    assert [level for level, _since in found] == levels


@pytest.mark.parametrize(("left", "since"), [(4, None), (3, 0), (2, -1), (1, -2), (0, 0), (-1, None)])
def test_when_somebody_is_reminded(left: int, since: int | None) -> None:
    expected = None if since is None else DAY + timedelta(days=since)
    assert rules.reminder_since(DAY + timedelta(days=left), DAY) == expected


def test_the_clerks_hear_of_a_new_warning_once(cast: Cast) -> None:
    make_alert(cast)
    make_alert(cast)
    assert tasks.remind(DAY) == 3
    assert told() == dict.fromkeys(("wang", "wu", "li"), "核查提示：新提示 2 条，请办理")
    assert tasks.remind(DAY) == 0
    assert tasks.remind(DAY + timedelta(days=1)) == 0


def test_what_prevention_itself_calls_attention_to_is_for_the_head_to_explain(cast: Cast) -> None:
    alert = make_alert(cast, source="internal")
    assert (access.can_explain(cast.wang, alert).allowed, access.can_explain(cast.li, alert).allowed) == (False, True)
    assert turn_words.to_confirm(alert, turns.around(alert)) == ("分管领导确认", cast.he)
    assert tasks.remind(DAY) == 1
    assert set(told()) == {"li"}
    assert turn_words.state_in_words(alert) == "待负责人说明"


def test_without_a_head_the_leader_in_charge_explains(cast: Cast) -> None:
    cast.office.responsible = None
    cast.office.save()
    alert = make_alert(cast, source="internal")
    tasks.remind(DAY)
    assert set(told()) == {"he"}
    assert turn_words.state_in_words(alert) == "待分管领导说明"


def test_a_late_warning_goes_up_step_by_step(cast: Cast) -> None:
    make_alert(cast, due_on=DAY)
    assert set(told_on(0)) == {"wang", "wu", "li"}
    assert "已逾期 1 条" in told_on(1)["li"]
    assert told_on(2) == {}
    assert told_on(4) == {"he": "核查提示：他人逾期未办 1 条，请督办"}
    urls = {message.person.username: message.url for message in Message.objects.filter(key="alerts:daily")}
    assert (urls["li"], urls["he"]) == ("/alerts/", "/alerts/?late=1"), "what is late with others is found at once"
    assert set(told_on(7)) == {"qian"}
    assert told_on(30) == {}


def told_on(days: int) -> dict[str, str]:
    day = DAY + timedelta(days=days)
    tasks.remind(day)
    return told(on=day)


def test_each_prompt_counts_once_under_what_asks_most_of_its_reader(cast: Cast) -> None:
    for days in (-1, 2, 20):
        make_alert(cast, due_on=DAY + timedelta(days=days))
    make_alert(cast, due_on=DAY - timedelta(days=1), state="confirming")
    make_alert(cast, due_on=DAY - timedelta(days=10), state="closing")
    tasks.remind(DAY)
    own = "已逾期 1 条、即将到期 1 条、新提示 1 条"
    assert told() == {
        "wang": f"核查提示：{own}，请办理",
        "wu": f"核查提示：{own}，请办理",
        "li": "核查提示：已逾期 2 条、即将到期 1 条、新提示 1 条，请办理",
        "he": "核查提示：他人逾期未办 1 条，请督办",
        "qian": "核查提示：他人逾期未办 1 条，请督办",
        "zhao": "核查提示：已逾期 1 条，请办理",
    }
    with translation.override("en"):
        assert tasks._written(1, 0, 2, 3) == "Prompts to see to: 1 late, 2 new. Late with others, to be urged: 3"


def test_who_is_asked_to_confirm_reads_what_it_is_about(cast: Cast) -> None:
    cast.he.language = "en"
    cast.he.save()
    actions.explain(make_alert(cast, source="internal"), text="本周补报", by=cast.li)
    actions.explain(make_alert(cast), text="本周补报", by=cast.wang)
    said = {m.person.username: m.text for m in Message.objects.all()}
    assert said == {
        "he": "Prompt HC-1 (Forms are late) has been explained; please confirm",
        "li": "核查提示 HC-2（登记表逾期未报）已有说明，请确认",
    }


def test_a_missed_night_is_made_up_for(cast: Cast) -> None:
    make_alert(cast, due_on=DAY)
    assert {"he", "qian", "li"} <= set(told_on(12))


def test_who_has_explained_is_not_asked_to_confirm(cast: Cast) -> None:
    alert = make_alert(cast, state="confirming", due_on=DAY)
    alert.disposals.create(step="explained", text="已说明", by=cast.li)
    assert set(told_on(0)) == {"he"}


def test_the_digest_comes_once_a_week_and_instead_of_the_day_s_line(cast: Cast) -> None:
    make_alert(cast, state="closing", due_on=DAY, raised_at=NOW - timedelta(days=5))
    for state in ("closed", "lapsed"):
        make_alert(cast, state=state, closed_at=NOW - timedelta(days=3), raised_at=NOW - timedelta(days=20))
    assert tasks.digest(DAY) == 1
    said = "上周核查提示：新提示 1 条、办结 1 条、自行消除 1 条；尚未办结 1 条，其中逾期 0 条"
    assert told() == {"zhao": said}
    assert tasks.digest(DAY + timedelta(days=2)) == 0
    assert tasks.remind(DAY) == 0
    assert tasks.digest(DAY + timedelta(days=7)) == 1


def test_what_the_week_s_figures_did_not_name_is_told_the_day_after(cast: Cast) -> None:
    make_alert(cast, state="closing", due_on=DAY - timedelta(days=1), raised_at=NOW - timedelta(days=20))
    tasks.digest(DAY)
    assert "上周核查提示" in told_on(0)["zhao"]
    assert told_on(1) == {"zhao": "核查提示：已逾期 1 条，请办理"}
    assert told_on(2) == {}


def test_the_nightly_run_judges_once_a_day(cast: Cast, monkeypatch: Any) -> None:
    rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    (table,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    cells = {"po_no": "P1", "apply_date": "2026-03-02", "amount": "500", "applicant": "王雨桐", "approver": "王雨桐"}
    monkeypatch.setattr("qingqu.datasets.watching._watchers", [])
    tables.put_rows(table, [tables.clean(table, cells)], batch=None, by=None)
    Alert.objects.all().delete()
    assert tasks.judge(DAY) == 1
    Alert.objects.all().delete()
    assert tasks.judge(DAY) == 0
    assert tasks.judge(DAY + timedelta(days=1)) == 1


def test_one_school_that_fails_does_not_stop_the_others(cast: Cast, monkeypatch: Any, caplog: Any) -> None:
    rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    rule_actions.adopt(cast.other_school, ["F15"], by=None)
    judged = []

    def run(school: Any, **_words: Any) -> Any:
        judged.append(school)
        if len(judged) == 1:
            raise OSError("disk full")
        return batches.Result()

    monkeypatch.setattr(batches, "run", run)
    assert tasks.judge(DAY) == 0
    assert len(judged) == 2
    assert "could not be judged" in caplog.text


def page_of(person: User, alert: Alert | None) -> str:
    assert alert is not None
    return client_of(person).get(f"/alerts/{alert.pk}").content.decode()


def signalled() -> dict[str, tuple[str, str]]:
    return {a.signal: (a.unit.name, a.colour) for a in Alert.objects.filter(source="internal").exclude(state="lapsed")}


def test_prevention_s_own_warnings(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, level=1)
    late = make_measure(risk, next_due_on=date(2026, 4, 1))
    make_measure(make_risk_point(cast.office, cast.li, level=2), next_due_on=date(2026, 1, 1))
    make_measure(make_risk_point(cast.office, cast.wang, level=1, person=cast.wang), next_due_on=date(2026, 1, 1))
    make_campaign(cast.school, due_on=date(2026, 4, 1))
    document = Document.objects.create(
        school=cast.school, unit=cast.teaching, kind="unit_list", year=2026, number="WS-1", title="教务处清单",
        content={}, digest="0" * 64, frozen_at=NOW, frozen_by=cast.feng,
    )  # fmt: skip
    notice = Notice.objects.create(
        document=document, starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 9), published_by=cast.feng
    )
    objection = Objection.objects.create(
        notice=notice, text="措施不具体", raised_by=cast.wu, raised_at=NOW - timedelta(days=10)
    )
    make_appointment(cast.wu, make_post(cast.office, "会计", is_key=True), date(2020, 9, 1))
    make_appointment(cast.wang, make_post(cast.office, "出纳", is_key=True), date(2024, 9, 1))
    basis = Basis.objects.create(power=make_power(cast.teaching), name="某办法", needs_check=True)
    tasks.signal(DAY)
    found = signalled()
    assert found.pop("form")
    assert found == {
        "measure": ("总务处", "yellow"),
        "objection": ("教务处", "orange"),
        "rotation": ("总务处", "yellow"),
        "basis": ("教务处", "yellow"),
    }
    assert Alert.objects.get(signal="measure").risk_point == risk
    rotation = Alert.objects.get(signal="rotation")
    assert wording.sentence(rotation) == "“会计”现任人员自 2020 年 9 月 1 日起任职，已满 5 年轮岗年限。"
    with translation.override("en"):
        english = [(wording.title(alert), wording.sentence(alert)) for alert in Alert.objects.all()]
        assert wording.title(rotation) == "A key post is held beyond its years"
        assert "1 September 2020" in wording.sentence(rotation)
    assert not any("，" in said or "。" in said for pair in english for said in pair)
    assert "<b>2020 年 9 月 1 日</b>起任职，已满 <b>5</b> 年" in wording.marked_sentence(rotation)
    leads_to = {alert.signal: remedy.url for alert in Alert.objects.all() if (remedy := remedy_of(alert))}
    assert leads_to == {
        "measure": f"/risks/{risk.pk}",
        "form": "/declarations/progress/",
        "objection": f"/records/{document.pk}",
        "rotation": f"/organisation/posts/{cast.wu.appointments.get(post__name='会计').post_id}",
        "basis": f"/powers/?unit={cast.teaching.pk}&unsure=1",
    }
    assert 'href="/declarations/progress/"' in page_of(cast.zhao, Alert.objects.filter(signal="form").first())
    assert tasks.signal(DAY) == 0
    assert tasks.signal(date(2026, 5, 6)) == 0
    assert signalled()["measure"] == ("总务处", "orange")
    late.next_due_on = date(2026, 6, 1)
    late.save()
    objection.state = "answered"
    objection.save()
    basis.checked_at = NOW
    basis.save()
    tasks.signal(DAY)
    assert set(signalled()) == {"form", "rotation"}
    assert Alert.objects.get(signal="measure").disposals.get().step == "lapsed"


def test_the_overdue_measures_of_a_risk_point_have_one_prompt(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, level=1)
    make_measure(risk, text="每周核对", next_due_on=date(2026, 4, 1))
    make_measure(make_risk_point(cast.office, cast.li, level=1), next_due_on=date(2026, 4, 1))
    assert tasks.signal(DAY) == 2
    second = make_measure(risk, text="双人验收", next_due_on=date(2026, 4, 5))
    assert tasks.signal(DAY) == 0
    alert = Alert.objects.get(risk_point=risk)
    assert wording.sentence(alert).endswith(
        "有 2 项措施逾期，至今没有登记执行：“每周核对”（应于 2026 年 4 月 1 日前执行）、"
        "“双人验收”（应于 2026 年 4 月 5 日前执行）。"
    )
    with translation.override("en"):
        assert wording.sentence(alert).startswith("2 measures of the level‑1 risk")
        assert "“双人验收” (due on 5 April 2026)." in wording.sentence(alert)
    second.next_due_on = date(2026, 6, 1)
    second.save()
    tasks.signal(DAY)
    alert.refresh_from_db()
    assert alert.state == "explaining"
    assert wording.sentence(alert).endswith("的措施“每周核对”应于 2026 年 4 月 1 日前执行，至今没有登记。")


def test_only_the_measures_that_nobody_has_closed_are_prompted_again(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, level=1)
    make_measure(risk, text="每周核对", next_due_on=date(2026, 4, 1))
    tasks.signal(DAY)
    Alert.objects.update(state="closed", result="flaw", closed_at=NOW)
    make_measure(risk, text="双人验收", next_due_on=date(2026, 4, 5))
    assert tasks.signal(DAY) == 1
    again = Alert.objects.latest("pk")
    assert again.earlier == Alert.objects.earliest("pk")
    assert ("双人验收" in wording.sentence(again), "每周核对" in wording.sentence(again)) == (True, False)
    assert tasks.signal(date(2026, 5, 3)) == 0
    assert "每周核对" in wording.sentence(Alert.objects.latest("pk")), "it is graver by then"


def test_prompts_of_single_measures_go_on_as_one(cast: Cast) -> None:
    """Formerly each overdue measure had a prompt of its own."""
    risk = make_risk_point(cast.office, cast.li, level=1)
    dues = [date(2026, 4, day) for day in (1, 2, 3, 4)]
    keys = [(make_measure(risk, next_due_on=due).pk, due.isoformat()) for due in dues]
    kept = [
        make_alert(
            cast, source="internal", signal="measure", key=list(key), risk_point=risk, state=state,
            identity=hashlib.sha256(repr(("measure", *key)).encode()).hexdigest(),
        )
        for key, state in zip(keys, ("explaining", "confirming", "confirming", "closed"), strict=True)
    ]  # fmt: skip
    assert tasks.signal(DAY) == 0
    assert list(Alert.objects.order_by("id").values_list("state", flat=True)) == [
        *("lapsed", "confirming", "lapsed", "closed")
    ]
    assert "有 3 项措施逾期" in wording.sentence(Alert.objects.get(pk=kept[1].pk)), "the fourth has been closed"
    assert "并为一条提示" in page_of(cast.zhao, kept[0])
    assert tasks.signal(DAY) == 0
    risk.measures.update(next_due_on=date(2026, 6, 1))
    tasks.signal(DAY)
    assert set(Alert.objects.exclude(state="lapsed")) == {kept[3]}


def test_the_steps_of_a_prompt_about_prevention_speak_of_no_indicator_and_no_clerk(cast: Cast) -> None:
    alert = make_alert(cast, source="internal")
    sent = client_of(cast.li).post(f"/alerts/{alert.pk}/explain", {"text": "本周内补报"}, follow=True).content.decode()
    assert "已送交确认。" in sent, "the leader in charge confirms what the head has explained"
    assert "已送负责人" not in sent
    Alert.objects.filter(pk=alert.pk).update(state="closing")
    page = client_of(cast.zhao).get(f"/alerts/{alert.pk}/close").content.decode()
    assert "情况正常" in page
    assert "准确率" not in page


def test_what_people_have_closed_stays_closed_until_it_gets_graver(cast: Cast) -> None:
    risk = make_risk_point(cast.office, cast.li, level=1)
    make_measure(risk, next_due_on=date(2026, 4, 1))
    assert tasks.signal(DAY) == 1
    Alert.objects.update(state="closed", result="flaw", closed_at=NOW)
    assert tasks.signal(DAY + timedelta(days=1)) == 0
    assert tasks.signal(date(2026, 5, 6)) == 1
    assert Alert.objects.latest("pk").earlier == Alert.objects.earliest("pk")


def test_a_small_thing_is_no_signal_yet(cast: Cast) -> None:
    make_measure(make_risk_point(cast.office, cast.li, level=1), next_due_on=date(2026, 4, 15))
    make_campaign(cast.school, due_on=date(2026, 4, 15))
    Basis.objects.create(power=make_power(cast.other_school), name="某办法", needs_check=True)
    assert tasks.signal(DAY) == 0


def test_an_internal_warning_has_its_page(cast: Cast, client: Any) -> None:
    alert = make_alert(cast)
    make_alert(cast)
    client.force_login(cast.zhao, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/alerts/{alert.pk}").content.decode()
    assert "登记表逾期未报" in page
    assert "至今 2 件未报。" in page

"""Who has not handed in: counts, urging, exemptions, reminders, escalation, closing (W4)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.accounts.models import User
from qingqu.campaigns import actions as campaign_actions
from qingqu.campaigns.models import Campaign, Exemption, Urge
from qingqu.common.errors import NotPossible
from qingqu.declarations import closing, progress, progress_access, progress_actions, progress_rules, progress_tasks
from qingqu.declarations.progress_rules import Facts
from qingqu.notifications.models import Message
from qingqu.notifications.queries import days_of, unread_count, with_lines
from qingqu.organisation.models import BranchMembership, Unit
from qingqu.trace.models import Entry
from tests.make import make_appointment, make_campaign, make_declaration, make_post, make_unit, make_user
from tests.people import Cast

PAGE = reverse("declarations:progress")


@pytest.fixture
def year(cast: Cast, settings: Any) -> Campaign:
    settings.QINGQU_TODAY = date(2026, 4, 24)
    return make_campaign(cast.school)


def hand_in(year: Campaign, *people: User, state: str = "in_review") -> None:
    for person in people:
        unit = person.appointments.first().post.unit  # type: ignore[union-attr]
        make_declaration(year, person, unit, state=state)


def names(people: Any) -> set[str]:
    return {person.username for person in people}


def test_who_has_not_handed_in_is_a_query(cast: Cast, year: Campaign) -> None:
    hand_in(year, cast.wang)
    hand_in(year, cast.wu, state="draft")
    hand_in(year, cast.li, state="returned")
    hand_in(year, cast.sun, state="approved")
    assert names(progress.who_has_not_handed_in(year)) == {"wu", "li", "zhao", "chen", "qian", "he", "feng"}
    newcomer = make_user("zheng", "郑新")
    make_appointment(newcomer, make_post(cast.teaching), started_on=date(2026, 4, 24))
    assert "zheng" in names(progress.who_has_not_handed_in(year))
    campaign_actions.exempt(year, person=cast.feng, reason="全年病休", by=cast.chen)
    assert "feng" not in names(progress.who_has_not_handed_in(year))


def test_each_department_owes_a_form(cast: Cast, year: Campaign) -> None:
    make_declaration(year, cast.li, cast.office, kind="unit", state="in_review")
    missing = set(progress.units_that_have_not_handed_in(year))
    assert cast.office not in missing
    assert cast.teaching in missing
    assert cast.branch not in missing
    campaign_actions.exempt(year, unit=cast.teaching, reason="新设部门", by=cast.chen)
    assert cast.teaching not in set(progress.units_that_have_not_handed_in(year))


def test_the_counts(cast: Cast, year: Campaign) -> None:
    hand_in(year, cast.wang, cast.li)
    campaign_actions.exempt(year, person=cast.wu, reason="病休", by=cast.chen)
    BranchMembership.objects.create(person=cast.wang, branch=cast.branch)
    BranchMembership.objects.create(person=cast.wu, branch=cast.branch)
    shown = progress.progress(year)
    assert (shown.people.total, shown.people.handed, shown.people.excused, shown.people.missing) == (9, 2, 1, 6)
    assert (shown.units.total, shown.units.missing) == (5, 5)
    office = next(row for row in shown.departments if row.unit == cast.office)
    assert (office.tally.total, office.tally.handed, office.tally.missing) == (3, 2, 0)
    tiers = {row.name: (row.tally.total, row.tally.handed) for row in shown.tiers}
    assert tiers == {"领导岗位": (4, 0), "环节干部岗位": (3, 1), "教职工岗位": (2, 1)}
    assert [(row.name, row.tally.total, row.tally.settled) for row in shown.branches] == [("第一党支部", 2, 2)]
    # Wang's two posts and Li's are covered, Wu's is free
    assert (shown.posts.total, shown.posts.handed, shown.posts.excused) == (10, 3, 1)


def test_a_head_counts_his_own_department_only(cast: Cast, year: Campaign) -> None:
    shown = progress.progress(year, progress_access.departments_seen(cast.li))
    assert [row.unit for row in shown.departments] == [cast.office]
    assert shown.people.total == 3
    assert names(progress.missing_people(year, [cast.office.pk])) == {"wang", "wu", "li"}


def test_urging_reminding_and_the_late_list_are_said_in_the_readers_language(cast: Cast, year: Campaign) -> None:
    for person in (cast.li, cast.chen):
        person.language = "en"
        person.save(update_fields=["language"])
    progress_actions.urge(year, by=cast.chen)
    said = Message.objects.get(person=cast.li).text
    assert said == "Please hand in: Personal form, unit form of 总务处 (due 30 April)"
    assert Message.objects.get(person=cast.wang).text == "请报送个人登记表，截止 4 月 30 日"
    Message.objects.all().delete()
    progress_tasks.remind(date(2026, 4, 23))
    own = Message.objects.filter(person=cast.li).earliest("id")
    assert "due on 30 April (days left: 7)" in own.text
    Message.objects.all().delete()
    progress_tasks.escalate(date(2026, 5, 1))
    assert Message.objects.filter(person=cast.chen, text__startswith="Late list: ").exists()
    assert "总务处, late forms (2): " in Message.objects.get(person=cast.li).text


def test_urging_reaches_each_once_a_day(cast: Cast, year: Campaign, settings: Any) -> None:
    hand_in(year, cast.wang)
    told = progress_actions.urge(year, by=cast.chen)
    assert told == 8
    li = Message.objects.get(person=cast.li)
    assert (li.kind, li.sender) == (Message.Kind.URGE, cast.chen)
    assert "个人登记表" in li.text
    assert "“总务处”单位登记表" in li.text
    assert not Message.objects.filter(person=cast.wang).exists()
    assert Entry.objects.filter(act="campaigns.urged").count() == 1
    with pytest.raises(NotPossible, match="今日已催办"):
        progress_actions.urge(year, by=cast.chen)
    with pytest.raises(NotPossible, match="今日已催办"):
        progress_actions.urge(year, by=cast.li, only={cast.office.pk})
    settings.QINGQU_TODAY = date(2026, 4, 25)
    assert progress_actions.urge(year, by=cast.li, only={cast.office.pk}) == 2
    assert Urge.objects.count() == 10


def test_there_is_nothing_to_urge_when_all_is_in(cast: Cast, year: Campaign) -> None:
    make_declaration(year, cast.li, cast.office, kind="unit", state="approved")
    hand_in(year, cast.wang, cast.wu, cast.li)
    with pytest.raises(NotPossible, match="无须催办"):
        progress_actions.urge(year, by=cast.chen, only={cast.office.pk})
    year.state = Campaign.State.CLOSED
    year.save()
    with pytest.raises(NotPossible, match="不在进行中"):
        progress_actions.urge(year, by=cast.chen)


def test_exemptions_need_a_reason_and_can_be_taken_back(cast: Cast, year: Campaign) -> None:
    with pytest.raises(NotPossible, match="理由"):
        campaign_actions.exempt(year, person=cast.wu, reason=" ", by=cast.chen)
    made = campaign_actions.exempt(year, person=cast.wu, reason="病休", by=cast.chen)
    with pytest.raises(NotPossible, match="已有豁免"):
        campaign_actions.exempt(year, person=cast.wu, reason="病休", by=cast.chen)
    campaign_actions.revoke_exemption(made, by=cast.chen)
    with pytest.raises(NotPossible, match="已撤销"):
        campaign_actions.revoke_exemption(made, by=cast.chen)
    assert "wu" in names(progress.who_has_not_handed_in(year))
    assert {"campaigns.exempted", "campaigns.exemption_revoked"} <= set(Entry.objects.values_list("act", flat=True))


@pytest.mark.parametrize(("day", "told"), [(15, 9), (16, 0), (23, 9), (27, 9), (29, 9), (30, 0)])
def test_reminders_before_the_due_day(cast: Cast, year: Campaign, settings: Any, day: int, told: int) -> None:
    when = settings.QINGQU_TODAY = date(2026, 4, day)
    for person in (cast.li, cast.feng, cast.chen, cast.zhao, cast.qian):
        unit = person.responsible_units.get(kind="department")
        make_declaration(year, person, unit, kind="unit", state="approved")
    assert progress_tasks.remind(when) == told
    assert progress_tasks.remind(when) == 0
    assert Message.objects.filter(kind=Message.Kind.REMINDER).count() == told


def test_a_head_gets_one_reminder_for_both_forms(cast: Cast, year: Campaign, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 4, 29)
    progress_tasks.remind(date(2026, 4, 29))
    (day,) = with_lines(cast.li, days_of(cast.li))
    assert "个人登记表还有 1 天截止" in day.lines[0].text
    assert "“总务处”单位登记表" in day.lines[1].text
    assert unread_count(cast.li) == 1


def test_the_late_list_goes_up_one_level_per_three_days(cast: Cast, year: Campaign, settings: Any) -> None:
    hand_in(year, *(p for name, p in cast.everyone.items() if name not in ("wang", "zhou")), state="approved")
    for person in (cast.li, cast.feng, cast.chen, cast.zhao, cast.qian):
        unit = person.responsible_units.get(kind="department")
        make_declaration(year, person, unit, kind="unit", state="approved")

    def on(day: date) -> set[str]:
        settings.QINGQU_TODAY = day
        before = set(Message.objects.values_list("pk", flat=True))
        progress_tasks.escalate(day)
        progress_tasks.escalate(day)
        return {m.person.username for m in Message.objects.exclude(pk__in=before).select_related("person")}

    assert on(date(2026, 4, 30)) == set()
    assert on(date(2026, 5, 1)) == {"chen", "li"}
    assert "王雨桐" in Message.objects.get(person=cast.li).text
    assert on(date(2026, 5, 2)) == set()
    assert on(date(2026, 5, 4)) == {"he"}
    assert on(date(2026, 5, 8)) == {"qian"}  # the server slept on the 7th
    assert on(date(2026, 5, 9)) == set()


def test_of_many_departments_the_secretary_has_one_line_a_day(cast: Cast, year: Campaign, settings: Any) -> None:
    for day in (date(2026, 5, 1), date(2026, 5, 4), date(2026, 5, 7), date(2026, 5, 8)):
        settings.QINGQU_TODAY = day
        progress_tasks.escalate(day)
    told = Message.objects.filter(person=cast.qian, key__startswith="late:").order_by("id")
    assert len({m.on for m in told}) == len(told)
    last = told.latest("id")
    assert last.on == date(2026, 5, 7)
    assert "登记表逾期未报" in last.text
    assert "总务处 4 件" in last.text


def test_a_heads_own_form_goes_to_his_leader_at_once(cast: Cast, year: Campaign, settings: Any) -> None:
    hand_in(year, *(p for name, p in cast.everyone.items() if name not in ("li", "zhou")), state="approved")
    for person in (cast.feng, cast.chen, cast.zhao, cast.qian):
        unit = person.responsible_units.get(kind="department")
        make_declaration(year, person, unit, kind="unit", state="approved")
    settings.QINGQU_TODAY = date(2026, 5, 1)
    progress_tasks.escalate(date(2026, 5, 1))
    message = Message.objects.get(person=cast.he)
    assert "李明远" in message.text
    assert "单位登记表" in message.text
    assert not Message.objects.filter(person=cast.li).exists()


def test_who_was_returned_his_form_is_asked_but_not_late(cast: Cast, year: Campaign, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 5, 5)
    hand_in(year, cast.wang, state="returned")
    make_appointment(make_user("zheng", "郑新"), make_post(cast.teaching), started_on=date(2026, 5, 3))
    lines = {m.person.username: m for m in progress.as_missing(year, progress.missing_people(year), date(2026, 5, 5))}
    assert (lines["wang"].late, lines["wang"].level) == (0, 0)
    assert (lines["wu"].late, lines["wu"].level) == (5, 2)
    assert (lines["zheng"].late, lines["zheng"].level) == (2, 1)
    assert (lines["li"].late, lines["li"].level) == (5, 3)  # his own leader was told on the first day


@pytest.mark.parametrize(
    ("stage", "facts", "unmet"),
    [
        ("mobilise", Facts(meetings=1, documents=1), []),
        ("mobilise", Facts(has_plan=False), ["plan", "meeting", "documents"]),
        ("find", Facts(people=10, people_handed=10, units=2, units_handed=2), []),
        ("find", Facts(people=10, people_handed=6, people_excused=1, units=2, units_handed=1), ["people", "units"]),
        ("find", Facts(people=10, people_handed=9, people_excused=1), []),
        ("find", Facts(tasks=3, tasks_done=2), ["tasks"]),
        (
            "build",
            Facts(in_review=1, steps=5, steps_judged=4, departments=2, departments_filed=1),
            ["reviews", "steps", "filed"],
        ),
        ("build", Facts(steps=5, steps_judged=5), []),
        ("inspect", Facts(stages_open=1), ["stages"]),
        ("inspect", Facts(), []),
    ],
)
def test_conditions_of_closing(stage: str, facts: Facts, unmet: list[str]) -> None:
    assert [code for code, holds, _figures in progress_rules.verdicts(stage, facts) if not holds] == unmet


def test_stage_two_is_refused_until_all_is_in_or_a_reason_recorded(client: Client, cast: Cast, year: Campaign) -> None:
    hand_in(year, *(p for name, p in cast.everyone.items() if name not in ("wang", "wu", "li", "feng", "zhou")))
    campaign_actions.exempt(year, person=cast.feng, reason="病休", by=cast.chen)
    for unit in Unit.objects.filter(school=cast.school, kind="department"):
        make_declaration(year, unit.responsible, unit, kind="unit", state="in_review")  # type: ignore[arg-type]
    stage = year.stages.get(kind="find")
    assert closing.unmet(stage) == ["尚有 4 人未报，其中 1 人有豁免"]
    client.force_login(cast.chen)
    address = reverse("declarations:close-stage", args=[stage.pk])
    assert "尚有 4 人未报，其中 1 人有豁免" in client.get(address).content.decode()
    refused = client.post(address, {"exemption": ""})
    assert refused.status_code == 422
    assert "尚有 4 人未报" in refused.content.decode()
    client.post(address, {"exemption": "三人外出培训，返校后补报"})
    stage.refresh_from_db()
    assert (stage.closed_by, stage.exemption) == (cast.chen, "三人外出培训，返校后补报")
    client.post(reverse("declarations:reopen-stage", args=[stage.pk]), {"reason": "已返校"})
    hand_in(year, cast.wang, cast.wu, cast.li)
    client.post(address, {"exemption": ""})
    stage.refresh_from_db()
    assert stage.closed_at is not None
    assert stage.exemption == ""


@pytest.mark.parametrize("kind", ["mobilise", "find", "build", "inspect"])
def test_every_stage_says_its_conditions(cast: Cast, year: Campaign, kind: str) -> None:
    assert closing.conditions(year.stages.get(kind=kind))


def test_chen_sees_rings_and_names_and_urges(client: Client, cast: Cast, year: Campaign) -> None:
    hand_in(year, cast.wang)
    client.force_login(cast.chen)
    page = client.get(PAGE).content.decode()
    assert "coverage-ring" in page
    assert "吴晓" in page
    assert "王雨桐" not in page
    answer = client.post(reverse("declarations:urge"), follow=True)
    assert "已催办 8 人" in answer.content.decode()
    assert "今日已催办" in client.get(PAGE).content.decode()
    again = client.post(reverse("declarations:urge"), {"unit": cast.office.pk})
    assert Urge.objects.count() == 8
    assert again.status_code in (302, 409)
    only = client.get(PAGE, {"unit": cast.office.pk}).content.decode()
    assert "吴晓" in only
    assert "冯立言" not in only


def test_chen_exempts_somebody_by_the_page(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)
    address = reverse("declarations:exempt") + f"?person={cast.wu.pk}"
    client.post(address, {"reason": "全年病休"})
    exemption = Exemption.objects.get(person=cast.wu)
    assert "全年病休" in client.get(PAGE).content.decode()
    client.post(reverse("declarations:exemption-revoke", args=[exemption.pk]))
    assert "全年病休" not in client.get(PAGE).content.decode()
    client.post(reverse("declarations:exempt") + f"?unit={cast.office.pk}", {"reason": "撤并中"})
    assert Exemption.objects.filter(unit=cast.office).exists()
    assert client.get(reverse("declarations:exempt")).status_code == 404


@pytest.mark.parametrize("fmt", ["print", "docx", "xlsx"])
def test_the_list_on_paper(client: Client, cast: Cast, year: Campaign, fmt: str) -> None:
    client.force_login(cast.chen)
    answer = client.get(reverse("declarations:missing", args=[fmt]))
    assert answer.status_code == 200
    if fmt == "print":
        assert "尚有 9 人、5 个部门未报登记表" in answer.content.decode()
    assert Entry.objects.filter(act=f"declarations.{'printed' if fmt == 'print' else 'exported'}").exists()


SEEN = {"chen", "zhao", "sun", "qian", "li", "he", "feng"}


def test_who_may_see_urge_and_settle(client: Client, cast: Cast, year: Campaign) -> None:
    def may(ask: Any) -> set[str]:
        return {name for name, user in cast.everyone.items() if ask(user)}

    assert may(lambda u: progress_access.can_see_progress(u, year)) == SEEN
    assert may(lambda u: progress_access.can_urge(u, year)) == {"chen"}
    assert may(lambda u: progress_access.can_urge(u, year, cast.office.pk)) == {"chen", "li", "he"}
    assert may(lambda u: progress_access.can_settle(u, year)) == {"chen"}
    for name, status in (("wang", 403), ("li", 200)):
        client.force_login(getattr(cast, name))
        assert client.get(PAGE).status_code == status
    client.force_login(cast.zhou)  # whose own school has no year yet
    assert "本年度工作还没有开始" in client.get(PAGE).content.decode()
    stage = year.stages.get(kind="find")
    client.force_login(cast.li)
    assert client.post(reverse("declarations:close-stage", args=[stage.pk])).status_code == 403
    assert client.post(reverse("declarations:urge"), {"unit": cast.teaching.pk}).status_code == 403
    assert client.get(PAGE, {"unit": cast.teaching.pk}).status_code == 404
    assert "冯立言" not in client.get(PAGE).content.decode()


def test_as_many_statements_for_a_big_school_as_for_a_small_one(client: Client, cast: Cast, year: Campaign) -> None:
    client.force_login(cast.chen)

    def cost() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PAGE).status_code == 200
        return len(seen)

    small = cost()
    for n in range(12):
        unit = make_unit(f"年级{n}", parent=cast.school, responsible=cast.feng)
        for k in range(8):
            person = make_user(name=f"教师{n}-{k}")
            make_appointment(person, make_post(unit, f"岗位{k}"))
            if k % 2:
                make_declaration(year, person, unit, state="in_review")
    assert cost() == small
    with CaptureQueriesContext(connection) as seen:
        progress.progress(year)
    assert len(seen) <= 6


def test_before_the_first_year_the_page_says_what_comes_first(client: Client, cast: Cast) -> None:
    client.force_login(cast.chen)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "本年度工作还没有开始" in page.content.decode()
    assert reverse("campaigns:home") in page.content.decode()
    client.force_login(cast.wang)
    assert client.get(PAGE).status_code == 403

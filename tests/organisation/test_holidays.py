"""Official days off of a year that the product does not know: pasted, read, counted with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest

from qingqu.accounts.models import User
from qingqu.alerts.indicators import rule_actions, rulebook
from qingqu.alerts.models import Alert
from qingqu.alerts.running.replaying import replay
from qingqu.common import calendar
from qingqu.common.calendar import add_working_days, day_of, is_working_day
from qingqu.common.errors import NotPossible
from qingqu.datasets import actions as tables
from qingqu.organisation import access, actions, holidays, rules
from qingqu.organisation.models import Duty, HolidayYear
from qingqu.trace.models import Entry
from tests.make import make_campaign
from tests.people import Cast

NOTICE_2025 = """
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
"""
"""国办发明电〔2024〕12号; its days come with the calendar library, too."""
NOTICE = "元旦：1月1日至3日放假调休，1月9日上班。劳动节：5月1日至5日放假。国庆节：10月1日至7日放假。"
"""Of a year that nobody knows yet; made up for the tests."""


def test_a_published_notice_is_read_as_the_calendar_knows_it() -> None:
    off, worked = rules.holidays_of(NOTICE_2025, 2025)
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]
    read = {day: day in worked or (day.weekday() < 5 and day not in off) for day in days}
    assert read == {day: chinese_calendar.is_workday(day) for day in days}
    assert (off, worked) == calendar.shipped_days(2025)


@pytest.mark.parametrize(
    ("notice", "off", "worked"),
    [
        ("１月１日 至 ３日 放假", ["01-01", "01-02", "01-03"], []),
        ("元旦：2026年12月31日至2027年1月2日放假调休", ["01-01", "01-02"], []),
        ("9月30日~10月2日休息；10月9日、10日上班", ["09-30", "10-01", "10-02"], ["10-09", "10-10"]),
        ("元旦与周末连休。5月1日放假", ["05-01"], []),
    ],
)
def test_habits_of_writing(notice: str, off: list[str], worked: list[str]) -> None:
    found = rules.holidays_of(notice, 2027)
    assert tuple([f"{day:%m-%d}" for day in days] for days in found) == (off, worked)


@pytest.mark.parametrize(
    ("notice", "why"),
    [
        ("2月30日放假", "day"),
        ("1月1日至2月20日放假", "day"),
        ("1月3日至1日放假", "day"),
        ("5月6日开学", "neither"),
        ("1月4日上班", "weekday"),
        ("1月2日放假。1月2日上班", "both"),
    ],
)
def test_what_cannot_be_is_named(notice: str, why: str) -> None:
    with pytest.raises(rules.Unreadable) as caught:
        rules.holidays_of(notice, 2027)
    assert caught.value.args[0] == why


def enter(cast: Cast, notice: str = NOTICE, by: User | None = None) -> HolidayYear:
    kept = actions.enter_holidays(2027, notice, by=by or cast.chen)
    holidays.forget()  # as on commit
    return kept


def test_working_days_and_indicators_follow_what_was_entered(cast: Cast, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 12, 30)
    assert add_working_days(date(2026, 12, 30), 3) == date(2027, 1, 4), "Monday to Friday, while nobody knows better"
    new_year = day_of(date(2027, 1, 1))
    before = rulebook.calendar(new_year)
    enter(cast)
    assert not is_working_day(date(2027, 1, 1))
    assert is_working_day(date(2027, 1, 9)), "a Saturday"
    assert add_working_days(date(2026, 12, 30), 3) == date(2027, 1, 5)
    now = rulebook.calendar(new_year)
    assert now != before
    assert rulebook.calendar(new_year - 1) == before, "what was found in 2026 stays as it is"
    assert now.is_holiday(day_of(date(2027, 1, 2)))
    assert not now.is_weekend(day_of(date(2027, 1, 9)))
    enter(cast, NOTICE.replace("1月9日", "1月10日"))
    assert not is_working_day(date(2027, 1, 9))
    assert HolidayYear.objects.count() == 1
    assert Entry.objects.filter(act="organisation.holidays_entered").count() == 2


def test_what_was_found_before_is_computed_anew_all_the_same(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 12, 1)
    rule_actions.adopt(cast.school, ["F15"], by=cast.zhao)
    (purchases,) = tables.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)
    cells = {"po_no": "CG1", "apply_date": "2026-11-02", "applicant": "王雨桐", "approver": "王雨桐", "amount": "10"}
    tables.enter_record(purchases, cells, by=cast.wang)
    enter(cast)
    settings.QINGQU_TODAY = date(2027, 1, 5)
    assert replay(Alert.objects.get()).same


@pytest.mark.parametrize(
    ("year", "notice"), [(2026, NOTICE), (2030, NOTICE), (2027, "元旦：1月1日放假"), (2027, "1月4日上班")]
)
def test_what_is_refused(cast: Cast, settings: Any, year: int, notice: str) -> None:
    settings.QINGQU_TODAY = date(2026, 12, 1)
    with pytest.raises(NotPossible):
        actions.enter_holidays(year, notice, by=cast.chen)
    assert not HolidayYear.objects.exists()


def test_the_way_through_the_pages(cast: Cast, client: Any, settings: Any) -> None:
    settings.QINGQU_TODAY = date(2026, 12, 1)
    holidays.forget()
    client.force_login(cast.chen)
    assert "放假安排" not in client.get("/").content.decode().partition("<main")[2], "first things first"
    make_campaign(cast.school)
    assert "录入 2027 年放假安排" in client.get("/").content.decode()
    page = client.get("/organisation/holidays").content.decode()
    assert "尚未录入" in page
    assert "随产品提供" in page
    refused = client.post("/organisation/holidays/2027", {"notice": "1月4日上班"})
    assert refused.status_code == 422
    assert "“1月4日上班”：这一年的这一天不是周末" in refused.content.decode()
    assert client.get("/organisation/holidays/2026").status_code == 404
    assert client.post("/organisation/holidays/2027", {"notice": NOTICE}).status_code == 302
    holidays.forget()
    page = client.get("/organisation/holidays").content.decode()
    assert "1 月 1 日至 1 月 3 日" in page
    assert "1 月 9 日" in page
    assert "放假安排" not in client.get("/").content.decode().partition("<main")[2]
    client.force_login(cast.wang)
    assert client.get("/organisation/holidays").status_code == 200
    assert client.get("/organisation/holidays/2027").status_code == 403


def test_where_a_bureau_has_somebody_for_it_the_bureau_enters(cast: Cast) -> None:
    assert access.can_enter_holidays(cast.chen)
    Duty.objects.create(school=cast.bureau, person=cast.wu, kind=Duty.Kind.PARTY_OFFICE, started_on=date(2020, 1, 1))
    assert not access.can_enter_holidays(cast.chen)
    assert not access.can_enter_holidays(cast.zhao)

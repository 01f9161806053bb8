from datetime import date

import pytest

from qingqu.alerts.engine import days
from qingqu.common.calendar import date_of, day_of


@pytest.mark.parametrize(
    "when", [date(1900, 3, 1), date(1969, 12, 31), date(1970, 1, 1), date(2000, 2, 29), date(2100, 2, 28)]
)
def test_month_and_year(when):
    assert days.month(day_of(when)) == when.year * 12 + when.month - 1
    assert days.year(day_of(when)) == when.year


def test_every_day_of_two_centuries():
    for day in range(day_of(date(1900, 3, 1)), day_of(date(2100, 3, 1))):
        when = date_of(day)
        assert days.month(day) == when.year * 12 + when.month - 1


@pytest.mark.parametrize(
    ("when", "term"),
    [
        (date(2024, 1, 31), 4047),
        (date(2024, 2, 1), 4048),
        (date(2024, 7, 31), 4048),
        (date(2024, 8, 1), 4049),
        (date(2025, 1, 31), 4049),
    ],
)
def test_terms(when, term):
    assert days.term(day_of(when)) == term


def test_a_worked_sunday_is_no_weekend():
    calendar = days.chinese_calendar()
    assert calendar.is_weekend(day_of(date(2024, 9, 28)))
    assert not calendar.is_weekend(day_of(date(2024, 9, 29)))
    assert not calendar.is_weekend(day_of(date(2024, 9, 30)))
    assert calendar.is_holiday(day_of(date(2024, 10, 1)))
    assert not calendar.is_holiday(day_of(date(2024, 9, 28)))


def test_working_days_are_counted_as_one_by_one():
    """Around the National Day of 2024: days off on working days and on a weekend, Sundays worked on both sides."""
    calendar = days.chinese_calendar()
    around = range(day_of(date(2024, 9, 20)), day_of(date(2024, 10, 20)))

    def works(day):
        return day in calendar.workdays or not (calendar.is_weekend(day) or calendar.is_holiday(day))

    for earlier in around:
        for later in around:
            assert calendar.working_days(earlier, later) == sum(map(works, range(earlier + 1, later + 1)))

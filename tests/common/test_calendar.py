"""Days as the records keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from qingqu.common.calendar import date_of, day_of


@pytest.mark.parametrize(
    ("when", "day"), [(date(1970, 1, 1), 0), (date(1969, 12, 31), -1), (date(2000, 2, 29), 11016), (date.max, 2932896)]
)
def test_a_day_and_its_number(when: date, day: int) -> None:
    assert day_of(when) == day
    assert date_of(day) == when


def test_a_moment_is_no_day() -> None:
    with pytest.raises(TypeError):
        day_of(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))

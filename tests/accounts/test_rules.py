from datetime import date

import pytest

from qingqu.accounts import rules

DAY = date(2026, 4, 24)


@pytest.mark.parametrize(
    ("expires_on", "ended", "usable"),
    [
        (None, False, True),
        (DAY, False, True),
        (date(2026, 4, 23), False, False),
        (date(2026, 5, 1), True, False),
        (None, True, False),
    ],
)
def test_a_key_opens_until_its_last_day(expires_on: date | None, ended: bool, usable: bool) -> None:
    assert rules.is_usable(expires_on=expires_on, ended=ended, today=DAY) is usable


def test_codes_are_typed_as_they_are_read() -> None:
    code = rules.new_code()
    assert rules.plain_code(f" {code.lower().replace('-', ' ')} ") == code.replace("-", "")
    assert len(rules.plain_code(code)) == rules.CODE_LENGTH
    assert not set("01OIL") & set(rules.CODE_LETTERS)


def test_secrets_differ() -> None:
    assert len({rules.new_token() for _ in range(50)}) == 50
    assert len({rules.new_code() for _ in range(50)}) == 50


@pytest.mark.parametrize(("seconds", "idled"), [(0, False), (1799, False), (1801, True)])
def test_half_an_hour_is_idle(seconds: float, idled: bool) -> None:
    assert rules.has_idled(1000, 1000 + seconds) is idled

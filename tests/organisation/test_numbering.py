"""Numbers have no gap and no double."""

import pytest
from django.db import transaction

from qingqu.organisation.numbering import OutsideTransaction, next_number, next_numbers
from tests.people import Cast, make_cast


def test_numbers_follow_each_other_by_kind_and_year(cast: Cast) -> None:
    assert next_number(cast.school, "GRDJ", 2026) == "YC5Z-GRDJ-2026-0001"
    assert next_number(cast.school, "GRDJ", 2026) == "YC5Z-GRDJ-2026-0002"
    assert next_number(cast.school, "DWDJ", 2026) == "YC5Z-DWDJ-2026-0001"
    assert next_number(cast.school, "GRDJ", 2027) == "YC5Z-GRDJ-2027-0001"
    assert next_number(cast.other_school, "GRDJ", 2026) == "YC9Z-GRDJ-2026-0001"


def test_many_at_once(cast: Cast) -> None:
    assert next_numbers(cast.school, "BA", 2026, 3) == ["YC5Z-BA-2026-0001", "YC5Z-BA-2026-0002", "YC5Z-BA-2026-0003"]
    assert next_number(cast.school, "BA", 2026) == "YC5Z-BA-2026-0004"


def test_who_fails_gives_his_number_back(cast: Cast) -> None:
    def fail() -> None:
        with transaction.atomic():
            next_number(cast.school, "GRDJ", 2026)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert next_number(cast.school, "GRDJ", 2026) == "YC5Z-GRDJ-2026-0001"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_there_is_no_number() -> None:
    with pytest.raises(OutsideTransaction):
        next_number(make_cast().school, "GRDJ", 2026)

"""Each of the cast against each act on the power list."""

import pytest

from qingqu.powers import access
from qingqu.powers.models import Power, Regulation
from tests.make import make_power
from tests.people import Cast

WHO = ("wang", "li", "zhao", "chen", "sun", "qian", "he", "feng", "zhou")
MAY = {
    "can_edit": {"li", "chen"},
    "can_retire": {"chen"},
    "can_confirm_basis": {"chen", "zhao"},
    "can_mark_key": {"zhao"},
}


@pytest.mark.parametrize("act", MAY)
@pytest.mark.parametrize("who", WHO)
def test_acts_on_a_power(cast: Cast, who: str, act: str) -> None:
    answer = getattr(access, act)(cast.everyone[who], make_power(cast.office))
    assert bool(answer) is (who in MAY[act])
    assert answer or answer.reason


@pytest.mark.parametrize("who", WHO)
def test_a_retired_power_is_not_edited(cast: Cast, who: str) -> None:
    assert not access.can_edit(cast.everyone[who], make_power(cast.office, state=Power.State.RETIRED))


@pytest.mark.parametrize("who", WHO)
def test_who_writes_for_a_unit(cast: Cast, who: str) -> None:
    assert bool(access.can_create_for(cast.everyone[who], cast.office)) is (who in {"li", "chen"})
    assert bool(access.can_create(cast.everyone[who])) is (who in {"li", "chen", "feng", "zhao", "qian", "zhou"})


@pytest.mark.parametrize("who", WHO)
def test_regulations(cast: Cast, who: str) -> None:
    regulation = Regulation(school=cast.school, unit=cast.office, name="采购管理办法")
    assert bool(access.can_edit_regulation(cast.everyone[who], regulation)) is (who in {"li", "chen"})

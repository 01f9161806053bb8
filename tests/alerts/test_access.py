"""Whose turn it is, where those whose turn it would be have had a hand in it."""

from __future__ import annotations

import pytest

from qingqu.alerts import access
from qingqu.alerts.models import Alert
from qingqu.organisation.models import Duty
from tests.make import make_duty
from tests.people import Cast


def warning(cast: Cast, state: str, explained: str = "") -> Alert:
    number = f"HC-{Alert.objects.count()}"
    alert = Alert.objects.create(
        school=cast.school, unit=cast.office, number=number, colour="yellow", identity="1", due_on="2026-05-01",
        source="records", state=state,
    )  # fmt: skip
    for name in explained.split():
        alert.disposals.create(step="explained", text="已说明", by=cast.everyone[name])
    return alert


@pytest.mark.parametrize(
    ("explained", "confirm"),
    [
        ("", "li he"),
        ("wang", "li he"),
        ("li", "he"),
        ("he", "li"),
        ("li he", "qian"),
        ("li he qian", "sun"),
        ("li he qian sun", ""),
    ],
)
def test_who_confirms(cast: Cast, explained: str, confirm: str) -> None:
    """Head and leader in charge; above them the secretary, then the principal: each where nobody below can."""
    alert = warning(cast, "confirming", explained)
    assert {name for name, one in cast.everyone.items() if access.can_confirm(one, alert)} == set(confirm.split())


def test_without_a_secretary_the_principal_confirms(cast: Cast) -> None:
    Duty.objects.filter(kind=Duty.Kind.SECRETARY).delete()
    assert access.can_confirm(cast.sun, warning(cast, "confirming", "li he"))


def test_whoever_explained_is_told_who_confirms_instead(cast: Cast) -> None:
    alert = warning(cast, "confirming", "li wang")
    assert "分管领导确认" in str(access.can_confirm(cast.li, alert).reason)
    assert "分管领导确认" in str(access.can_confirm(cast.wang, alert).reason)
    alert = warning(cast, "confirming", "wang")
    assert access.can_confirm(cast.wang, alert).reason == "您已作说明，由部门负责人或分管领导确认"


@pytest.mark.parametrize(("of_commission", "close"), [("", "zhao"), ("li", "zhao qian"), ("he", "zhao qian")])
def test_where_one_of_the_commission_heads_or_leads_the_department_the_secretary_closes_too(
    cast: Cast, of_commission: str, close: str
) -> None:
    if of_commission:
        make_duty(cast.school, cast.everyone[of_commission], "discipline")
    alert = warning(cast, "closing")
    assert {name for name, one in cast.everyone.items() if access.can_close(one, alert)} == set(close.split())


@pytest.mark.parametrize(
    ("missing", "reopen"), [([], "zhao"), (["discipline"], "qian"), (["discipline", "secretary"], "sun")]
)
def test_the_commission_reopens_or_who_closes_in_its_place(cast: Cast, missing: list[str], reopen: str) -> None:
    Duty.objects.filter(kind__in=missing).delete()
    alert = warning(cast, "closed")
    assert {name for name, one in cast.everyone.items() if access.can_reopen(one, alert)} == {reopen}
    assert not access.can_reopen(cast.everyone[reopen], warning(cast, "closing"))


def test_what_concerns_the_commission_it_reopens_itself(cast: Cast) -> None:
    alert = warning(cast, "closed", "zhao")
    assert access.can_close(cast.qian, warning(cast, "closing", "zhao"))
    assert {name for name, one in cast.everyone.items() if access.can_reopen(one, alert)} == {"zhao"}

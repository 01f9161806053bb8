"""How turns follow each other."""

import pytest

from qingqu.reviews.rules import After, Seat, after_approval, can_withdraw


@pytest.mark.parametrize(
    ("states", "after"),
    [
        ([(1, "approved"), (2, "coming"), (3, "coming")], After(opens=(2,))),
        ([(1, "approved"), (1, "waiting"), (2, "coming")], After()),
        ([(1, "approved"), (1, "approved"), (2, "coming"), (2, "coming")], After(opens=(3, 4))),
        ([(1, "approved"), (2, "approved")], After(finished=True)),
        ([(1, "approved"), (2, "void")], After(finished=True)),
    ],
)
def test_what_follows_an_approval(states, after):
    assert after_approval([Seat(n, turn, state) for n, (turn, state) in enumerate(states, 1)]) == after


@pytest.mark.parametrize(
    ("states", "possible"), [(["waiting", "coming"], True), (["approved", "waiting"], False), (["returned"], False)]
)
def test_withdrawal_only_before_anybody_decided(states, possible):
    assert can_withdraw([Seat(n, n, state) for n, state in enumerate(states)]) is possible

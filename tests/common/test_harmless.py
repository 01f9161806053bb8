"""No cell that we write is run by a spreadsheet, and none is changed by the round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingqu.common.tabular.harmless import guard, unguard, would_run
from tests.common.harmful import RUNS


@pytest.mark.parametrize("text", RUNS)
def test_dangerous_texts_are_guarded(text):
    assert would_run(text)
    assert guard(text) == "'" + text


@pytest.mark.parametrize("text", ["", "王强", "1-2", "'引用'", "a=b", "（－1）"])
def test_others_are_left_alone(text):
    assert guard(text) == text


@given(st.one_of(st.text(), st.builds(lambda q, t: "'" * q + t, st.integers(0, 3), st.sampled_from(RUNS))))
def test_the_round_trip_changes_nothing(text):
    assert unguard(guard(text)) == text

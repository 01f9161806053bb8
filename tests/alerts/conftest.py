"""A table of purchases and some indicators that look at it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qingqu.alerts.indicators import rule_actions
from qingqu.datasets import actions as tables
from qingqu.datasets.models import Dataset
from tests.people import Cast


@pytest.fixture
def purchases(cast: Cast, settings: Any, tmp_path: Any) -> Dataset:
    settings.VAR_DIR = tmp_path
    settings.QINGQU_TODAY = date(2026, 4, 20)
    rule_actions.adopt(cast.school, ["F01", "F07", "F15"], by=cast.zhao)
    return tables.adopt(cast.school, ["DS1", "DS2", "EV1"], keeper=cast.office, by=cast.chen)[0]

"""Folders and a table of its own for every test of the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from qingqu.datasets import actions
from qingqu.datasets.models import Dataset
from tests.people import Cast


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def purchases(cast: Cast) -> Dataset:
    return actions.adopt(cast.school, ["DS1"], keeper=cast.office, by=cast.chen)[0]


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Every test has tables of the same numbers."""
    cache.clear()

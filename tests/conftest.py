"""Fixtures that every test may ask for."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import translation

from qingqu.alerts.running import conformity, ready, watcher
from qingqu.organisation import holidays
from tests.people import Cast, make_cast

# The same examples at every run of CI, so that it says of a change what it said before; new ones everywhere else.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _files_of_their_own(tmp_path: Path) -> Iterator[None]:
    """No test leaves a file among those of the product."""
    with override_settings(MEDIA_ROOT=tmp_path / "files"):
        yield


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    """Every test begins in the school's language, whatever the request of an earlier one has chosen."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _nothing_made_ready() -> None:
    """Ids come back after a test is rolled back: what a process remembers under them would be another test's."""
    ready.forget_all()
    watcher.forget_all()
    holidays.remember((), seconds=math.inf)
    conformity.forget_all()
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in the database."""
    return make_cast()

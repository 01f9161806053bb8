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
from qingqu.trace import refusals
from tests.people import Cast, make_cast

# The same examples at every run of CI, so that it says of a change what it said before; new ones everywhere else.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="only the tests that ask the database; the others need no second one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--only-database"):
        asking = [item for item in items if asks_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not asks_database(item)])
        items[:] = asking


def asks_database(item: pytest.Item) -> bool:
    """Whether a test is given the database; one that starts the product in a process of its own names its database."""
    given = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not {"db", "transactional_db"}.isdisjoint(given)


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
    refusals._strangers.count = 0  # of one minute, in which a test before may have sent very many
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in the database."""
    return make_cast()

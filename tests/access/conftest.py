"""What both golden tables stand on."""

from __future__ import annotations

import pytest

from tests.access.world import World, make_world
from tests.people import Cast


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)

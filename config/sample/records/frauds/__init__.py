"""Planted cases of every indicator, with the truth about where they are.

Each planter takes honest tables and one school, adds or changes rows as somebody who does the thing would, and says
which rows show it. How often is the caller's business. Nothing here looks at the rules' thresholds beyond what the
regulation itself names: a planter that followed the rules' edges would only measure itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from config.sample.records.frauds import canteen, contracts, events, expenses, people, procurement, quotes, tenders
from config.sample.records.frauds.books import PLANTERS, Books, NoRoom, Planted, Planter, number_rows
from config.sample.records.shapes import Table
from config.sample.records.world import World

__all__ = ["FAMILIES", "PLANTERS", "Books", "Planted", "Planter", "number_rows", "plant"]

FAMILIES = (procurement, quotes, tenders, contracts, expenses, canteen, people, events)
"""The modules that fill PLANTERS."""


def plant(
    world: World, tables: dict[str, Table], *, each: int = 2, say: Callable[[str], object] = len
) -> tuple[dict[str, Table], list[Planted]]:
    """Plant `each` cases of every indicator in every school; a school without room for one goes without it.

    Cases that fill a category or a year come first. `say` hears of each indicator when its turn comes.
    """
    books = Books(world, tables)
    for rule in sorted(PLANTERS, key=lambda rule: (not PLANTERS[rule].once, rule)) if each else ():
        say(rule)
        for school in range(world.schools):
            for _ in range(1 if PLANTERS[rule].once else each):
                with suppress(NoRoom):
                    PLANTERS[rule](books, school)
    return books.close(), books.planted

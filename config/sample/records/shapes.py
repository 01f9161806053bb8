"""What the makers of tables share: a table is a dict of columns of equal length, `school` among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from config.sample.records.world import World

Table = dict[str, Any]
LIMIT = 3_000_000
"""Above 30,000 yuan a purchase goes to tender and to a meeting."""
QUOTE_FROM = 1_000_000
"""Above 10,000 yuan at least three quotes are compared."""
APPROVAL = (1.8, 1.15)
PAYMENT = (4.6, 0.65)
"""Median days and logarithmic spread from application to approval, and from there to payment, before days off."""
CLAIMED = (5.74, 1.06)
"""Logarithmic mean (of yuan) and spread of claims (bpi2020; 41.5 euros are about 311 yuan)."""
BUSY = (0.86, 0.95, 1.02, 1.02, 0.93, 1.24, 0.95, 0.52, 1.02, 1.21, 1.24, 1.03)
"""How busy the months are, January to December (bpi2020)."""
ZIPF = 0.75
"""The k-th supplier of a trade gets business in proportion to 1/k to this power."""
RETURNED = 0.135
"""So many cases come back at least once before they are approved (bpi2020)."""


def blank(rng: np.random.Generator, values: np.ndarray, share: float) -> np.ndarray:
    """`values` with a share of them missing."""
    out = values.astype(object)
    out[rng.random(len(values)) < share] = None
    return out


def later(world: World, days: np.ndarray, low: int, high: int) -> np.ndarray:
    """The next office day `low` to `high` days after each of `days`."""
    office = world.office_days
    at = np.searchsorted(office, days + world.rng.integers(low, high + 1, len(days)))
    return office[np.minimum(at, len(office) - 1)]


def columns(names: str, rows: list[tuple[Any, ...]]) -> Table:
    """A table out of rows; every column a numpy array of objects (integers, texts, None)."""
    out = {}
    for position, name in enumerate(names.split()):
        column = np.empty(len(rows), dtype=object)
        column[:] = [row[position] for row in rows]
        out[name] = column
    return out


def busy_days(world: World, days: np.ndarray, count: int) -> np.ndarray:
    """`count` of `days` by chance, more of them in the busy months."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    weight = np.array(BUSY)[months]
    return world.rng.choice(days, count, p=weight / weight.sum())


def favoured(world: World, counts: np.ndarray) -> np.ndarray:
    """For each count a place below it, the first one most often."""
    weight = 1 / np.arange(1, counts.max(initial=1) + 1) ** ZIPF
    sums = weight.cumsum()
    return np.searchsorted(sums, world.rng.random(len(counts)) * sums[counts - 1], side="right")


def waited(world: World, day: int, pace: tuple[float, float]) -> int:
    """The office day on which something is done that has waited since `day`."""
    return int(waits(world, np.array([day]), pace)[0])


def waits(world: World, days: np.ndarray, pace: tuple[float, float]) -> np.ndarray:
    """As `waited`, for many days at once."""
    office = world.office_days
    lasted = np.rint(world.rng.lognormal(np.log(pace[0]), pace[1], len(days))).astype(np.int64)
    return office[np.minimum(np.searchsorted(office, days + lasted), len(office) - 1)]

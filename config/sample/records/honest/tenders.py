"""DS19: the school's tenders, one row a bid."""

from __future__ import annotations

from typing import Any

import numpy as np

from config.sample.records.shapes import LIMIT, Table, columns
from config.sample.records.world import TRADES, World

WORKS = ("维修工程", "软件服务", "音响设备", "校服床品", "家具", "电脑及配件", "教学仪器", "食材")
"""What is put to tender, usually for ten times what a single order costs."""
A_YEAR = 20
REFUSED = 0.07
"""So many bids are disqualified, for papers that are not in order."""


def tenders(world: World) -> Table:
    """Published for three weeks and more, three to seven bids by the hour of the close, the lowest valid one wins."""
    rng, rows = world.rng, []
    office = world.office_days
    for school in range(world.schools):
        for k in range(A_YEAR * world.years):
            category = str(rng.choice(WORKS))
            published = int(rng.integers(0, len(office) - 40))
            close = int(office[published + int(rng.integers(16, 24))])
            facts = (
                school,
                f"ZB{school:03d}-{k:04d}",
                int(office[published]),
                close,
                close * 1440 + 9 * 60 + 30,
                int(office[min(published + 27, len(office) - 1)]),
                category,
                "公开招标",
            )
            rows += [(*facts, *bid) for bid in bids(world, school, category)]
    return columns(
        "school tender_no publish_date close_date close_time award_date category method estimate bidder bid_time "
        "bid_amount disqualified is_winner",
        [fitted(row) for row in rows],
    )


def bids(world: World, school: int, category: str) -> list[tuple[Any, ...]]:
    """(estimate, bidder, minutes before the close, amount, disqualified, won) of one tender."""
    rng = world.rng
    pool = list(
        dict.fromkeys(world.supplier(s, category, k) for s in (school, school + 1) for k in range(TRADES[category][1]))
    )
    estimate = max(int(rng.lognormal(np.log(TRADES[category][2] * 10), 0.5)) * 100, 2 * LIMIT)
    bidders = [pool[int(n)] for n in rng.permutation(len(pool))[: int(rng.integers(3, 8))]]
    amounts = [int(estimate * share) + int(rng.integers(1, 900)) for share in rng.uniform(0.78, 0.99, len(bidders))]
    out = [int(rng.random() < REFUSED) for _ in bidders]
    if sum(out) > len(out) - 2:
        out = [0] * len(out)
    best = min(amount for amount, refused in zip(amounts, out, strict=True) if not refused)
    return [
        (estimate, bidder, int(rng.integers(30, 3 * 1440)), amount, refused, int(amount == best and not refused))
        for bidder, amount, refused in zip(bidders, amounts, out, strict=True)
    ]


def fitted(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The bid's minutes before the close as its time."""
    *facts, estimate, bidder, before, amount, refused, won = row
    return (*facts, estimate, bidder, facts[4] - before, amount, refused, won)

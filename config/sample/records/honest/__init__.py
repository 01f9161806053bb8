"""The tables of honest schools, DS1–DS19 and EV1: columns as kept (fen, thousandths, days, minutes), persons by name.

Honest does not mean tidy: cells are missing, work clusters before the end of the year, prices scatter, papers come
back, and a few approvals are late.
"""

from __future__ import annotations

from config.sample.records.honest.canteen import canteen, fees
from config.sample.records.honest.events import events
from config.sample.records.honest.expenses import expenses, receptions, trips
from config.sample.records.honest.people import pupils, staff
from config.sample.records.honest.procurement import contracts, purchases, quotes
from config.sample.records.honest.property import property_
from config.sample.records.honest.tenders import tenders
from config.sample.records.shapes import Table
from config.sample.records.world import World

__all__ = ["contracts", "events", "expenses", "honest", "purchases", "quotes", "staff"]


def honest(world: World, rows: int) -> dict[str, Table]:
    """All tables; `rows` purchases, the rest in proportion to schools and years."""
    bought = purchases(world, rows)
    offered = quotes(world, bought)
    paid, met = contracts(world, bought)
    claimed = expenses(world, max(rows, 240))
    day, month = canteen(world)
    admitted, aid = pupils(world)
    worked, ties, posts = staff(world)
    leases, seals, assets = property_(world, paid)
    return {
        "DS1": bought,
        "DS2": offered,
        "DS3": paid,
        "DS4": claimed,
        "DS5": receptions(world),
        "DS6": trips(world),
        "DS7": fees(world),
        "DS8": day,
        "DS9": month,
        "DS10": admitted,
        "DS11": aid,
        "DS12": worked,
        "DS13": met,
        "DS14": leases,
        "DS15": ties,
        "DS16": seals,
        "DS17": posts,
        "DS18": assets,
        "DS19": tenders(world),
        "EV1": events(world, bought, paid, claimed),
    }

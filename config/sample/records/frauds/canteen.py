"""F16–F23: fees and the canteen."""

from __future__ import annotations

import numpy as np

from config.sample.records.frauds.books import Books, NoRoom, plants
from config.sample.records.world import number


@plants("F16")
def extra_fee(books: Books, school: int) -> list[int]:
    """A fee that is on no list."""
    at = books.pick("DS7", school)
    term, heads = books.row("DS7", at)["term"], 900
    row = {
        "term": term,
        "item": books.fee(),
        "standard": 8_000,
        "approved_standard": None,
        "headcount": heads,
        "exempt": 0,
        "received": heads * 8_000,
        "spent": heads * 7_600,
        "refunded": heads * 400,
        "in_catalog": 0,
    }
    return [books.add("DS7", at, **row)]


@plants("F17")
def unsettled(books: Books, school: int) -> list[int]:
    """What was left of the collected money was never given back."""
    early = str(books.world.last - 1)
    at = books.pick("DS7", school, lambda r: r["term"][:4] <= early)
    return [books.change("DS7", at, refunded=0, settle_date=None)]


@plants("F18")
def short_receipts(books: Books, school: int) -> list[int]:
    """A tenth of what was due never reached the account."""
    at = books.pick("DS7", school)
    row = books.row("DS7", at)
    received = int(row["received"] * books.rng.uniform(0.85, 0.95))
    return [books.change("DS7", at, received=received, spent=received, refunded=0)]


@plants("F19")
def dear_meal(books: Books, school: int) -> list[int]:
    """A day's ingredients cost nearly twice the usual per meal."""
    late = number(books.world.first_day) + 120
    at = books.pick("DS8", school, lambda r: r["item"] == "猪肉" and r["date"] > late)
    day = books.row("DS8", at)["date"]
    same = books.rows("DS8", school, lambda r: r["date"] == day)
    return [books.change("DS8", k, amount=int(books.row("DS8", k)["amount"] * 2.1)) for k in same]


def stretch(books: Books, school: int, item: str, count: int) -> list[int]:
    """Positions of `count` deliveries of an ingredient in a row, none of which is part of another case."""
    table = books.tables["DS8"]
    at = [int(k) for k in np.flatnonzero((table["school"] == school) & (table["item"] == item))]
    starts = [n for n in range(60, len(at) - count) if not any(("DS8", k) in books.touched for k in at[n : n + count])]
    if not starts:
        raise NoRoom
    start = int(books.rng.choice(starts))
    return at[start : start + count]


@plants("F20")
def above_reference(books: Books, school: int) -> list[int]:
    """One ingredient is bought a third above its reference price, delivery after delivery."""
    item = str(books.rng.choice(["青菜", "豆腐", "鸡蛋"]))
    ids = []
    for k in stretch(books, school, item, 6):
        price = int(books.row("DS8", k)["ref_price"] * books.rng.uniform(1.25, 1.5))
        ids.append(books.change("DS8", k, unit_price=price))
    return ids


@plants("F21")
def stock_lost(books: Books, school: int) -> list[int]:
    """A fifth of the stock is gone overnight."""
    at = books.pick("DS8", school, lambda r: r["item"] in ("大米", "食用油") and r["stock_qty"] > 30_000)
    row = books.row("DS8", at)
    return [books.change("DS8", at, stock_qty=row["stock_qty"] - max(row["stock_qty"], row["in_qty"]) // 4)]


@plants("F22")
def ghosts_at_table(books: Books, school: int) -> list[int]:
    """More meals than pupils in the house."""
    at = books.pick("DS8", school)
    day = books.row("DS8", at)["date"]
    same = books.rows("DS8", school, lambda r: r["date"] == day)
    return [books.change("DS8", k, meals=int(books.row("DS8", k)["present"] * 1.12)) for k in same]


@plants("F23", also={"F19": "an amount that was made up is off what a meal costs"})
def perfect_spending(books: Books, school: int) -> list[int]:
    """Day after day exactly the same amount; or banquets out of the pupils' meal money."""
    if books.rng.random() < 0.5:
        at = books.pick("DS9", school)
        return [books.change("DS9", at, other_desc="接待费、教师节奖金")]
    days = stretch(books, school, "食用油", 7)
    return [books.change("DS8", k, amount=123_456, in_qty=88_000, out_qty=taken_out(books, k)) for k in days]


def taken_out(books: Books, at: int) -> int:
    """What has to have gone out of 88 kilograms for the stock to be what it is."""
    row = books.row("DS8", at)
    return int(row["out_qty"] + 88_000 - row["in_qty"])

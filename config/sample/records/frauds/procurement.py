"""F01–F04, F07, F08, F15: purchases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from config.sample.records.frauds.books import Books, office_day, plants
from config.sample.records.shapes import LIMIT
from config.sample.records.world import TRADES, number

SERVICES = frozenset({"绿化养护", "培训服务", "校服床品", "车辆服务"})
"""Trades with few suppliers and small orders: one of them may become everybody's favourite."""


def order(books: Books, like: int, day: int, amount: int, **cells: Any) -> int:
    """A further order of one piece, like another one, asked for near `day` and gone its usual way; returns its id."""
    names = ("apply_date", "approve_date", "contract_date", "deliver_date")
    dates = {name: office_day(books, day + later) for name, later in zip(names, (0, 2, 9, 20), strict=True)}
    paid = {"unit_price": amount, "qty": 1000, "amount": amount}
    po_no = books.fresh(books.row("DS1", like)["po_no"][:6])
    return books.add("DS1", like, po_no=po_no, **paid, **dates, **cells)


@plants(
    "F01",
    also={
        "F03": "the pieces make their supplier the one who has the category's year",
        "F04": "the pieces were ordered without quotes",
    },
)
def split_purchase(books: Books, school: int) -> list[int]:
    """What one tender would have been, ordered in pieces just below the limit within a few weeks."""
    like = books.pick(
        "DS1", school, lambda r: r["amount"] < LIMIT and r["category"] in ("家具", "电脑及配件", "教学仪器")
    )
    first = books.row("DS1", like)
    ids = []
    for k in range(int(books.rng.integers(3, 6))):
        day = office_day(books, first["apply_date"] + k * int(books.rng.integers(4, 12)))
        unit = int(books.rng.integers(2_350_000, 2_960_000))
        ids.append(order(books, like, day, unit, item=books.piece(first["category"]), method="询价比选"))
    return ids


@plants("F02", also={"F04": "they were ordered without quotes"})
def just_below(books: Books, school: int) -> list[int]:
    """An approver's purchases crowd below the limit."""
    approver, ids = books.world.person(school, 36 + int(books.rng.integers(0, 3))), []
    year = int(books.rng.integers(books.world.last - books.world.years + 1, books.world.last + 1))
    begins = number(books.world.first_day.replace(year=year, month=3))
    for trade in map(str, books.rng.choice(sorted(TRADES.keys() - SERVICES), 6, replace=False)):
        like = books.pick("DS1", school, lambda r: r["amount"] < LIMIT)
        amount = int(books.rng.integers(int(LIMIT * 0.92), LIMIT - 100))
        supplier = books.world.supplier(school, trade, int(books.rng.integers(0, TRADES[trade][1])))
        day = begins + int(books.rng.integers(0, 240))
        cells = {"category": trade, "supplier": supplier, "approver": approver, "item": books.piece(trade)}
        ids.append(order(books, like, day, amount, method="询价比选", **cells))
    return ids


@plants("F03", once=True)
def one_supplier(books: Books, school: int) -> list[int]:
    """Nearly all of a category's year goes to one supplier."""
    trade = str(books.rng.choice(sorted(SERVICES)))
    year = books.world.last - 1
    low, high = number(books.world.first_day.replace(year=year)), number(books.world.first_day.replace(year=year + 1))
    at = books.rows("DS1", school, lambda r: r["category"] == trade and low <= r["apply_date"] < high)
    like = books.pick("DS1", school)
    favourite, ids = f"{books.world.supplier(school, trade, 0)}（新）", []
    usual = np.median([books.row("DS1", k)["amount"] for k in at]) if at else 0
    for k in at:
        if books.row("DS1", k)["amount"] >= usual or books.rng.random() < 0.8:
            ids.append(books.change("DS1", k, supplier=favourite, supplier_tax_no=None))
    for _ in range(10):
        day = office_day(books, int(books.rng.integers(low, high - 40)))
        amount = int(books.rng.integers(300_000, 900_000))
        cells = {"category": trade, "supplier": favourite, "supplier_tax_no": None, "item": books.piece(trade)}
        ids.append(order(books, like, day, amount, method="直接采购", **cells))
    return ids


def compared(row: Mapping[str, Any]) -> bool:
    return str(row["method"]) == "询价比选"


def bids_of(books: Books, po_no: str) -> list[int]:
    return books.where("DS2", "po_no", po_no)


@plants("F04")
def too_few_quotes(books: Books, school: int) -> list[int]:
    """Compared on paper, with quotes that were never there; or a single source nobody approved."""
    at = books.pick("DS1", school, compared)
    order = books.row("DS1", at)
    if books.rng.random() < 0.5:
        return [books.change("DS1", at, method="单一来源", meeting_no=None)]
    bids = bids_of(books, order["po_no"])
    for k in bids[2:]:
        books.change("DS2", k, po_no=books.fresh(order["po_no"][:6]))
    return [books.change("DS1", at)]


@plants("F07")
def backwards(books: Books, school: int) -> list[int]:
    """Approved after the contract, or signed after the goods had come."""
    last = int(books.world.office_days[-1]) - 60
    at = books.pick(
        "DS1",
        school,
        lambda r: r["contract_date"] is not None and r["deliver_date"] is not None and r["deliver_date"] < last,
    )
    row = books.row("DS1", at)
    days = int(books.rng.integers(3, 30))
    cells = (
        {"approve_date": office_day(books, row["contract_date"] + days)}
        if books.rng.random() < 0.5
        else {"contract_date": office_day(books, row["deliver_date"] + days)}
    )
    return [books.change("DS1", at, **cells)]


@plants("F08")
def dear(books: Books, school: int) -> list[int]:
    """Something that is bought all the time, at half as much again as it usually costs."""
    table = books.tables["DS1"]
    late = number(books.world.first_day) + 400

    def is_common(row: dict[str, Any]) -> bool:
        days = row["apply_date"] - table["apply_date"]
        return int(((table["item"] == row["item"]) & (days > 31) & (days < 330)).sum()) >= 6

    at = books.pick("DS1", school, lambda r: r["apply_date"] > late and r["amount"] < 1_000_000 and is_common(r))
    row = books.row("DS1", at)
    unit = int(row["unit_price"] * books.rng.uniform(1.6, 2.2))
    return [books.change("DS1", at, unit_price=unit, amount=unit * row["qty"] // 1000)]


@plants("F15")
def same_person(books: Books, school: int) -> list[int]:
    """Who applies approves; who buys accepts."""
    at = books.pick("DS1", school, lambda r: r["acceptor"] is not None)
    row = books.row("DS1", at)
    cells = {"approver": row["applicant"]} if books.rng.random() < 0.5 else {"acceptor": row["buyer"]}
    return [books.change("DS1", at, **cells)]

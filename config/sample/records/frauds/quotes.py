"""F05, F06, F32: quotes."""

from __future__ import annotations

from config.sample.records.frauds.books import Books, plants
from config.sample.records.frauds.procurement import bids_of, compared


@plants("F05")
def arranged_quotes(books: Books, school: int) -> list[int]:
    """The losers' quotes are the winner's plus equal steps; or all came from one telephone."""
    at = books.pick("DS1", school, lambda r: compared(r) and len(bids_of(books, r["po_no"])) >= 3)
    order = books.row("DS1", at)
    bids, step = bids_of(books, order["po_no"]), int(order["amount"] * 0.03)
    books.change("DS1", at)
    phone = books.world.phone(7, int(order["apply_date"]) * 10 + school)
    together = books.rng.random() < 0.5
    cells = [{"bidder_phone": phone} if together else {"quote": order["amount"] + n * step} for n in range(len(bids))]
    return [books.change("DS2", k, **c) for k, c in zip(bids, cells, strict=True)]


@plants("F06")
def fixed_companions(books: Books, school: int) -> list[int]:
    """The same three always quote together and take turns."""
    three = [books.trader() for _ in range(3)]
    ids = []
    wanted = books.picks("DS1", school, 4, lambda r: compared(r) and len(bids_of(books, r["po_no"])) >= 3)
    for turn, at in enumerate(wanted):
        bids = bids_of(books, books.row("DS1", at)["po_no"])
        books.change("DS1", at, supplier=three[turn % 3])
        others = [c for n, c in enumerate(three) if n != turn % 3]
        for k, name in zip(bids[:3], [three[turn % 3], *others], strict=True):
            ids.append(
                books.change(
                    "DS2",
                    k,
                    bidder=name,
                    bidder_phone=books.world.phone(8, three.index(name) + school * 10),
                    bidder_contact=None,
                )
            )
    return ids


@plants("F32")
def family_firm(books: Books, school: int) -> list[int]:
    """The bidder's contact is a teacher's declared relative."""
    tie = books.row("DS15", books.pick("DS15", school))
    at = books.pick("DS2", school)
    return [books.change("DS2", at, bidder_contact=tie["related_name_hash"], bidder_phone=tie["phone_hash"])]

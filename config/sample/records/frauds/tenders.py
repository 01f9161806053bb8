"""R003–R058: tenders."""

from __future__ import annotations

from typing import Any

import numpy as np

from config.sample.records.frauds.books import Books, NoRoom, plants


def bids_for(books: Books, tender_no: str) -> list[int]:
    """Positions of a tender's bids, the lowest first."""
    found = books.where("DS19", "tender_no", tender_no)
    return sorted(found, key=lambda at: int(books.tables["DS19"]["bid_amount"][at]))


def tender(books: Books, school: int, bidders: int = 3) -> list[int]:
    """A tender with at least so many bids, none of them disqualified, that is no part of a case yet."""

    def is_plain(row: dict[str, Any]) -> bool:
        bids = bids_for(books, row["tender_no"])
        free = not any(("DS19", at) in books.touched for at in bids)
        return free and len(bids) >= bidders and not any(books.tables["DS19"]["disqualified"][bids])

    at = books.pick("DS19", school, is_plain)
    return bids_for(books, books.row("DS19", at)["tender_no"])


def each(books: Books, bids: list[int], **cells: Any) -> list[int]:
    return [books.change("DS19", at, **cells) for at in bids]


@plants("R003")
def short_notice(books: Books, school: int) -> list[int]:
    """Published a week before the close, for those who knew already."""
    bids = tender(books, school)
    close = books.row("DS19", bids[0])["close_date"]
    return each(books, bids, publish_date=close - int(books.rng.integers(4, 11)))


@plants("R018")
def single_bid(books: Books, school: int) -> list[int]:
    """Written for one bidder: nobody else came."""
    first, *others = tender(books, school)
    for at in others:
        books.remove("DS19", at)
    return each(books, [first])


@plants("R024")
def close_second(books: Books, school: int) -> list[int]:
    """The companions ask for half a per cent more than the one who is to win."""
    bids = tender(books, school)
    lowest, ids = books.row("DS19", bids[0])["bid_amount"], each(books, bids[:1])
    for n, at in enumerate(bids[1:], 1):
        more = books.rng.uniform(0.002, 0.006) if n == 1 else books.rng.uniform(0.02, 0.05)
        ids += each(books, [at], bid_amount=int(lowest * (1 + more)))
    return ids[:2]


@plants("R028")
def twin_bids(books: Books, school: int) -> list[int]:
    """Two bidders hand in the same sum to the fen."""
    bids = tender(books, school)
    same = books.row("DS19", bids[1])["bid_amount"]
    return [*each(books, bids[1:2]), *each(books, bids[2:3], bid_amount=same)]


@plants("R030")
def late_winner(books: Books, school: int) -> list[int]:
    """The winner handed in when the others' bids were open."""
    bids = tender(books, school)
    late = books.row("DS19", bids[0])["close_time"] + int(books.rng.integers(5, 180))
    each(books, bids[1:])
    return each(books, bids[:1], bid_time=late)


@plants(
    "R035",
    also={
        "R036": "the lowest is among those who were shut out",
        "R038": "a tender's refused bids count in its trade's year",
    },
)
def last_one_standing(books: Books, school: int) -> list[int]:
    """Everybody but the one who is to win is disqualified."""
    bids = tender(books, school)
    chosen = bids[int(books.rng.integers(0, len(bids)))]
    others = [at for at in bids if at != chosen]
    won = each(books, [chosen], is_winner=1, disqualified=0)
    return [*won, *each(books, others, is_winner=0, disqualified=1)]


@plants("R036")
def cheapest_shut_out(books: Books, school: int) -> list[int]:
    """The lowest bid is disqualified; the next one wins."""
    first, second, *others = tender(books, school, 4)
    each(books, others)
    each(books, [second], is_winner=1)
    return each(books, [first], disqualified=1, is_winner=0)


@plants(
    "R038",
    also={"R035": "with so many out a single bid may be left"},
    once=True,
)
def shut_shop(books: Books, school: int) -> list[int]:
    """For a year most bids of one trade are disqualified by the same two people."""
    found: dict[tuple[str, int], list[int]] = {}
    for at in books.rows("DS19", school):
        row = books.row("DS19", at)
        found.setdefault((row["category"], year_of(row["close_date"])), []).append(at)
    trades = [bids for bids in found.values() if len(bids) >= 8]
    if not trades:
        raise NoRoom
    same = trades[int(books.rng.integers(0, len(trades)))]
    ids = []
    for number in dict.fromkeys(books.row("DS19", k)["tender_no"] for k in same):
        losers = [k for k in bids_for(books, number) if not books.row("DS19", k)["is_winner"]]
        for k in losers:
            ids.append(books.change("DS19", k, disqualified=int(books.rng.random() < 0.95)))
    return ids


def year_of(day: int) -> int:
    return int(np.datetime64(day, "D").astype("datetime64[Y]").astype(int))


@plants("R058")
def low_and_mend(books: Books, school: int) -> list[int]:
    """Won at little more than half of what the others ask; the changes come later."""
    bids = tender(books, school)
    next_bid = books.row("DS19", bids[1])["bid_amount"]
    each(books, bids[1:])
    return each(books, bids[:1], bid_amount=int(next_bid * books.rng.uniform(0.5, 0.65)))

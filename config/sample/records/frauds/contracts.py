"""F09, F28–F30, F34: contracts and property."""

from __future__ import annotations

from config.sample.records.frauds.books import Books, plants
from config.sample.records.shapes import LIMIT


@plants("F09")
def grown_contract(books: Books, school: int) -> list[int]:
    """Won low, paid high."""
    at = books.pick("DS3", school)
    row = books.row("DS3", at)
    more = int(row["contract_amount"] * books.rng.uniform(0.15, 0.4))
    cells = {"change_amount": more} if books.rng.random() < 0.5 else {"pay_amount": row["contract_amount"] + more}
    return [books.change("DS3", at, **cells)]


@plants("F28")
def no_meeting(books: Books, school: int) -> list[int]:
    """A large contract that no meeting has seen."""
    at = books.pick("DS3", school, lambda r: r["contract_amount"] >= LIMIT and r["meeting_no"] is not None)
    return [books.change("DS3", at, meeting_no=None)]


@plants("F29")
def cheap_lease(books: Books, school: int) -> list[int]:
    """Let at half its worth, without competition."""
    at = books.pick("DS14", school)
    rent = books.row("DS14", at)["ref_rent"] // 2
    return [books.change("DS14", at, rent_year=rent, bid=0, due=rent, paid=rent)]


@plants("F30")
def gone_with_it(books: Books, school: int) -> list[int]:
    """The holder has left, the thing with him."""
    at = books.pick("DS18", school)
    return [books.change("DS18", at, holder_status="离岗", found=0)]


@plants("F34")
def bare_seal(books: Books, school: int) -> list[int]:
    """Sealed without an approval."""
    at = books.pick("DS16", school)
    return [books.change("DS16", at, approval_no=None)]

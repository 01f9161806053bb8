"""F10–F14: claims, receptions, cars."""

from __future__ import annotations

from config.sample.records.frauds.books import Books, office_day, plants
from config.sample.records.world import number


@plants("F10")
def invoice_again(books: Books, school: int) -> list[int]:
    """One invoice booked twice."""
    at = books.pick("DS4", school)
    row = books.row("DS4", at)
    again = books.add("DS4", at, voucher_no=books.fresh("PZ"), date=office_day(books, row["date"] + 40))
    books.touched.add(("DS4", at))
    return [row["id"], again]


@plants("F11")
def holiday_meal(books: Books, school: int) -> list[int]:
    """A meal on the second day of the National Day holiday."""
    at = books.pick("DS4", school)
    year = int(books.rng.integers(books.world.last - books.world.years + 1, books.world.last + 1))
    day = number(books.world.first_day.replace(year=year, month=10, day=2))
    return [books.change("DS4", at, subject="餐饮", date=day)]


@plants("F12")
def reception(books: Books, school: int) -> list[int]:
    """No letter, or more hosts than guests allow."""
    at = books.pick("DS5", school)
    cells = {"letter_no": None} if books.rng.random() < 0.5 else {"guests": 6, "hosts": 7}
    return [books.change("DS5", at, **cells)]


@plants("F13")
def thirsty_car(books: Books, school: int) -> list[int]:
    """Half as much fuel again for the same road, or a drive without an order."""
    late = number(books.world.first_day) + 300
    at = books.pick("DS6", school, lambda r: r["date"] > late)
    row = books.row("DS6", at)
    cells = (
        {"order_no": None} if books.rng.random() < 0.5 else {"fuel_l": int(row["fuel_l"] * books.rng.uniform(1.6, 2.2))}
    )
    return [books.change("DS6", at, **cells)]


@plants("F14")
def cash(books: Books, school: int) -> list[int]:
    """Thousands in cash; or one handler whose amounts are all round."""
    at = books.pick("DS4", school)
    if books.rng.random() < 0.5:
        amount = int(books.rng.integers(150, 900)) * 1_000 + 50
        return [books.change("DS4", at, pay_type="现金", amount=amount)]
    handler = books.world.person(school, 38)
    days = books.world.office_days
    start = int(books.rng.integers(0, len(days) - 60))
    return [
        books.add(
            "DS4",
            at,
            voucher_no=books.fresh("PZ"),
            invoice_no=books.fresh(),
            handler=handler,
            date=int(days[start + n * 3]),
            amount=int(books.rng.integers(1, 9)) * 100_000,
            pay_type="公务卡",
        )
        for n in range(9)
    ]

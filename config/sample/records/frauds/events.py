"""E01–E11: cases that left their order, their persons or their times."""

from __future__ import annotations

from typing import Any

from config.sample.records.frauds.books import Books, office_day, plants
from config.sample.records.shapes import LIMIT

DAY = 1440
Steps = dict[str, int]
OFF = {"E10": "a step out of its order leaves the procedure"}


def steps_of(books: Books, case: str) -> Steps:
    """Step → position of its last event that was not a return."""
    log = books.tables["EV1"]
    found = sorted(books.where("EV1", "case", case), key=lambda at: int(log["time"][at]))
    return {log["step"][at]: at for at in found if not log["op"][at]}


def case(books: Books, school: int, *steps: str, without: str = "公示", least: int = 0) -> Steps:
    """The steps of a case that has these, is no part of another one and began well before the records end.

    Raises NoRoom.
    """

    settled = int(books.world.office_days[-70]) * DAY

    def fits(row: dict[str, Any]) -> bool:
        if row["step"] != steps[0] or row["op"] or (row["amount"] or 0) < least or row["time"] > settled:
            return False
        there = steps_of(books, row["case"])
        free = not any(("EV1", at) in books.touched for at in there.values())
        return free and there.keys() >= set(steps) and without not in there

    at = books.pick("EV1", school, fits)
    there = steps_of(books, books.row("EV1", at)["case"])
    books.touched |= {("EV1", at) for at in there.values()}
    return there


def shown(books: Books, steps: Steps, *more: int) -> list[int]:
    """The ids of a case's events: a case is judged whole. `more` are events that were added to it."""
    log = books.tables["EV1"]
    name = log["case"][next(iter(steps.values()))]
    gone = set(books.gone["EV1"])
    return [*(int(log["id"][at]) for at in books.where("EV1", "case", name) if at not in gone), *more]


def at_hour(books: Books, day: int) -> int:
    """A minute of the next office day."""
    return office_day(books, day) * DAY + int(books.rng.integers(540, 1020))


def time_of(books: Books, at: int) -> int:
    return int(books.tables["EV1"]["time"][at])


def after(books: Books, at: int, low: int, high: int) -> int:
    """A minute some days after an event."""
    return at_hour(books, time_of(books, at) // DAY + int(books.rng.integers(low, high)))


@plants("E01", also={**OFF, "E06": "an approval that comes after the contract may also come after its time"})
def approved_afterwards(books: Books, school: int) -> list[int]:
    """Signed first, approved some days later."""
    steps = case(books, school, "签约", "审批")
    late = after(books, steps["签约"], 2, 9)
    books.change("EV1", steps["审批"], time=late)
    return shown(books, steps)


@plants("E02", also=OFF)
def paid_unseen(books: Books, school: int) -> list[int]:
    """Paid before anybody had looked at the goods."""
    steps = case(books, school, "验收", "付款", "签约")
    early = time_of(books, steps["签约"]) + 60
    books.change("EV1", steps["付款"], time=early)
    return shown(books, steps)


@plants("E03")
def never_met(books: Books, school: int) -> list[int]:
    """A large contract that went round for signatures instead of to a meeting."""
    steps = case(books, school, "上会", "签约", least=LIMIT)
    books.remove("EV1", steps["上会"])
    return shown(books, steps)


@plants("E04")
def one_hand(books: Books, school: int) -> list[int]:
    """One person in two steps that must be apart."""
    steps = case(books, school, "验收", "付款", "签约", "申请", "审批")
    kind = int(books.rng.integers(0, 5))
    log = books.tables["EV1"]
    if kind == 4:
        entered = books.add(
            "EV1",
            steps["签约"],
            step="建档",
            operator=log["operator"][steps["付款"]],
            time=time_of(books, steps["签约"]) + 30,
        )
        return shown(books, steps, entered)
    first, then = (("申请", "审批"), ("签约", "验收"), ("签约", "付款"), ("验收", "付款"))[kind]
    books.change("EV1", steps[then], operator=log["operator"][steps[first]])
    return shown(books, steps)


@plants("E05")
def hardly_shown(books: Books, school: int) -> list[int]:
    """Shown on Thursday, appointed on Monday."""
    steps = case(books, school, "任用", "公示", without="异议")
    early = after(books, steps["公示"], 1, 4)
    books.change("EV1", steps["任用"], time=early)
    return shown(books, steps)


@plants("E06")
def kept_waiting(books: Books, school: int) -> list[int]:
    """A claim that lies on a desk for a month."""
    steps = case(books, school, "申请", "审批", "付款", without="签约")
    late = after(books, steps["申请"], 25, 60)
    books.change("EV1", steps["付款"], time=late + 4 * DAY)
    books.change("EV1", steps["审批"], time=late)
    return shown(books, steps)


@plants("E07")
def unread(books: Books, school: int) -> list[int]:
    """Approved in the minute in which it came."""
    steps = case(books, school, "申请", "审批", "付款", without="签约")
    soon = time_of(books, steps["申请"]) + int(books.rng.integers(0, 2))
    books.change("EV1", steps["审批"], time=soon)
    return shown(books, steps)


@plants("E08", also=OFF)
def two_ways(books: Books, school: int) -> list[int]:
    """The tender failed on purpose, then quotes were asked for."""
    steps = case(books, school, "询价", "签约")
    tendered = books.add("EV1", steps["询价"], step="招标", time=time_of(books, steps["询价"]) - 5)
    return shown(books, steps, tendered)


@plants("E09")
def no_sheet(books: Books, school: int) -> list[int]:
    """Accepted on somebody's word."""
    steps = case(books, school, "验收", "签约")
    books.change("EV1", steps["验收"], evidence=None)
    return shown(books, steps)


@plants("E10")
def twice_over(books: Books, school: int) -> list[int]:
    """Nobody was asked for a quote; signed, accepted and paid twice."""
    steps = case(books, school, "询价", "签约", "验收", "付款")
    books.remove("EV1", steps["询价"])
    again = [books.add("EV1", steps[name], time=time_of(books, steps[name]) + 20) for name in ("签约", "验收", "付款")]
    return shown(books, steps, *again)


@plants("E11")
def unheard(books: Books, school: int) -> list[int]:
    """An objection that nobody answered."""
    steps = case(books, school, "异议", "答复", without="签约")
    books.remove("EV1", steps["答复"])
    return shown(books, steps)

"""Planted cases of every indicator, with the truth about where they are.

Each planter takes honest tables and one school, adds or changes rows as somebody who does the thing would, and says
which rows show it. How often is the caller's business. Nothing here looks at the rules' thresholds beyond what the
regulation itself names: a planter that followed the rules' edges would only measure itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.sample.records.tables import LIMIT, Table
from config.sample.records.world import TRADES, World, number


@dataclass(frozen=True, slots=True)
class Planted:
    """One case: the indicator that should see it, the school, the table and the `id`s of the rows that show it."""

    rule: str
    school: int
    dataset: str
    rows: frozenset[int]


class Books:
    """The tables of all schools while cases are planted in them; every row has an `id` of its own across tables."""

    def __init__(self, world: World, tables: dict[str, Table]) -> None:
        self.world, self.rng, self.tables = world, np.random.default_rng(world.seed + 7_919), tables
        self.planted: list[Planted] = []
        self.added: dict[str, list[dict[str, Any]]] = {code: [] for code in tables}
        self.touched: set[tuple[str, int]] = set()
        self.next_id = 1
        self.serial = 0
        for table in tables.values():
            size = len(table["school"])
            table["id"] = np.arange(self.next_id, self.next_id + size)
            self.next_id += size

    def rows(self, code: str, school: int, test: Callable[[dict[str, Any]], bool] | None = None) -> list[int]:
        """Positions of honest rows of a school that pass `test` and were not used for a case before."""
        at = np.flatnonzero(self.tables[code]["school"] == school)
        free = [int(k) for k in at if (code, int(k)) not in self.touched]
        return [k for k in free if test is None or test(self.row(code, k))]

    def row(self, code: str, at: int) -> dict[str, Any]:
        return {name: plain(column[at]) for name, column in self.tables[code].items()}

    def pick(self, code: str, school: int, test: Callable[[dict[str, Any]], bool] | None = None) -> int:
        return int(self.rng.choice(self.rows(code, school, test)))

    def change(self, code: str, at: int, **cells: Any) -> int:
        """Write `cells` into an honest row; returns its id."""
        table = self.tables[code]
        self.touched.add((code, at))
        for name, value in cells.items():
            if table[name].dtype != object and value is None:
                table[name] = table[name].astype(object)
            table[name][at] = value
        return int(table["id"][at])

    def add(self, code: str, like: int, **cells: Any) -> int:
        """A new row like an honest one, with other `cells`; returns its id."""
        row = {**self.row(code, like), **cells, "id": self.next_id}
        self.added[code].append(row)
        self.next_id += 1
        return int(row["id"])

    def fresh(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}X{self.serial:05d}"

    def plant(self, rule: str, school: int, code: str, ids: Iterable[int]) -> None:
        self.planted.append(Planted(rule, school, code, frozenset(ids)))

    def close(self) -> dict[str, Table]:
        """The tables with the added rows in them."""
        for code, rows in self.added.items():
            if rows:
                table = self.tables[code]
                for name in table:
                    extra = np.empty(len(rows), dtype=object)
                    extra[:] = [row[name] for row in rows]
                    table[name] = np.concatenate([table[name].astype(object), extra])
        return self.tables


def plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def office_day(books: Books, near: int) -> int:
    days = books.world.office_days
    return int(days[min(int(np.searchsorted(days, near)), len(days) - 1)])


def split_purchase(books: Books, school: int) -> None:
    """F01: what one tender would have been, ordered in pieces just below the limit within a few weeks."""
    like = books.pick(
        "DS1", school, lambda r: r["amount"] < LIMIT and r["category"] in ("家具", "电脑及配件", "教学仪器")
    )
    first = books.row("DS1", like)
    ids = []
    for k in range(int(books.rng.integers(3, 6))):
        day = office_day(books, first["apply_date"] + k * int(books.rng.integers(4, 12)))
        unit = int(books.rng.integers(2_350_000, 2_960_000))
        dates = {"apply_date": day, "approve_date": office_day(books, day + 2)}
        dates |= {"contract_date": office_day(books, day + 9), "deliver_date": office_day(books, day + 20)}
        ids.append(
            books.add(
                "DS1",
                like,
                po_no=books.fresh("CG"),
                unit_price=unit,
                qty=1000,
                amount=unit,
                **dates,
                item=books.fresh("成套"),
                method="询价比选",
            )
        )
    books.plant("F01", school, "DS1", ids)


def just_below(books: Books, school: int) -> None:
    """F02: an approver's purchases crowd below the limit."""
    approver, ids = books.world.person(school, 36 + int(books.rng.integers(0, 3))), []
    year = int(books.rng.integers(books.world.last - books.world.years + 1, books.world.last + 1))
    begins = number(books.world.first_day.replace(year=year, month=3))
    for _ in range(6):
        like = books.pick("DS1", school, lambda r: r["amount"] < LIMIT)
        amount = int(books.rng.integers(int(LIMIT * 0.92), LIMIT - 100))
        trade = str(books.rng.choice(list(TRADES)))
        supplier = books.world.supplier(school, trade, 0)
        ids.append(
            books.add(
                "DS1",
                like,
                po_no=books.fresh("CG"),
                category=trade,
                supplier=supplier,
                unit_price=amount,
                qty=1000,
                amount=amount,
                approver=approver,
                apply_date=office_day(books, begins + int(books.rng.integers(0, 240))),
                item=books.fresh("单件"),
            )
        )
    books.plant("F02", school, "DS1", ids)


def one_supplier(books: Books, school: int) -> None:
    """F03: nearly all of a category's year goes to one supplier."""
    trade = str(books.rng.choice(["绿化养护", "培训服务", "校服床品", "车辆服务"]))
    year = books.world.last - 1
    low, high = number(books.world.first_day.replace(year=year)), number(books.world.first_day.replace(year=year + 1))
    at = books.rows("DS1", school, lambda r: r["category"] == trade and low <= r["apply_date"] < high)
    like = books.pick("DS1", school)
    favourite, ids = f"{books.world.supplier(school, trade, 0)}（新）", []
    for k in at:
        if books.rng.random() < 0.9:
            ids.append(books.change("DS1", k, supplier=favourite, supplier_tax_no=None))
    for _ in range(10):
        day = office_day(books, int(books.rng.integers(low, high - 40)))
        amount = int(books.rng.integers(300_000, 900_000))
        dates = {
            "apply_date": day,
            "approve_date": office_day(books, day + 2),
            "contract_date": office_day(books, day + 9),
            "deliver_date": office_day(books, day + 15),
        }
        ids.append(
            books.add(
                "DS1",
                like,
                po_no=books.fresh("CG"),
                category=trade,
                supplier=favourite,
                supplier_tax_no=None,
                unit_price=amount,
                qty=1000,
                amount=amount,
                item=books.fresh("服务"),
                method="直接采购",
                **dates,
            )
        )
    books.plant("F03", school, "DS1", ids)


def compared(row: Mapping[str, Any]) -> bool:
    return str(row["method"]) == "询价比选"


def bids_of(books: Books, po_no: str) -> list[int]:
    return [int(k) for k in np.flatnonzero(books.tables["DS2"]["po_no"] == po_no)]


def too_few_quotes(books: Books, school: int) -> None:
    """F04: compared on paper, with quotes that were never there; or a single source nobody approved."""
    at = books.pick("DS1", school, compared)
    order = books.row("DS1", at)
    if books.rng.random() < 0.5:
        books.plant("F04", school, "DS1", [books.change("DS1", at, method="单一来源", meeting_no=None)])
        return
    bids = bids_of(books, order["po_no"])
    for k in bids[2:]:
        books.change("DS2", k, po_no=books.fresh("作废"))
    books.plant("F04", school, "DS1", [books.change("DS1", at)])


def arranged_quotes(books: Books, school: int) -> None:
    """F05: the losers' quotes are the winner's plus equal steps; or all came from one telephone."""
    at = books.pick("DS1", school, lambda r: compared(r) and len(bids_of(books, r["po_no"])) >= 3)
    order = books.row("DS1", at)
    bids, step = bids_of(books, order["po_no"]), int(order["amount"] * 0.03)
    books.change("DS1", at)
    phone = books.world.phone(7, int(order["apply_date"]) * 10 + school)
    together = books.rng.random() < 0.5
    cells = [{"bidder_phone": phone} if together else {"quote": order["amount"] + n * step} for n in range(len(bids))]
    books.plant("F05", school, "DS2", [books.change("DS2", k, **c) for k, c in zip(bids, cells, strict=True)])


def fixed_companions(books: Books, school: int) -> None:
    """F06: the same three always quote together and take turns."""
    three = [books.fresh("陪标单位") for _ in range(3)]
    ids = []
    for turn in range(4):
        at = books.pick("DS1", school, lambda r: compared(r) and len(bids_of(books, r["po_no"])) >= 3)
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
    books.plant("F06", school, "DS2", ids)


def backwards(books: Books, school: int) -> None:
    """F07: approved after the contract, or signed after the goods had come."""
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
    books.plant("F07", school, "DS1", [books.change("DS1", at, **cells)])


def dear(books: Books, school: int) -> None:
    """F08: something that is bought all the time, at half as much again as it usually costs."""
    table = books.tables["DS1"]
    late = number(books.world.first_day) + 400

    def is_common(row: dict[str, Any]) -> bool:
        days = row["apply_date"] - table["apply_date"]
        return int(((table["item"] == row["item"]) & (days > 31) & (days < 330)).sum()) >= 8

    at = books.pick("DS1", school, lambda r: r["apply_date"] > late and r["amount"] < 1_000_000 and is_common(r))
    row = books.row("DS1", at)
    unit = int(row["unit_price"] * books.rng.uniform(1.6, 2.2))
    books.plant("F08", school, "DS1", [books.change("DS1", at, unit_price=unit, amount=unit * row["qty"] // 1000)])


def grown_contract(books: Books, school: int) -> None:
    """F09: won low, paid high."""
    at = books.pick("DS3", school)
    row = books.row("DS3", at)
    more = int(row["contract_amount"] * books.rng.uniform(0.15, 0.4))
    cells = {"change_amount": more} if books.rng.random() < 0.5 else {"pay_amount": row["contract_amount"] + more}
    books.plant("F09", school, "DS3", [books.change("DS3", at, **cells)])


def invoice_again(books: Books, school: int) -> None:
    """F10: one invoice booked twice."""
    at = books.pick("DS4", school)
    row = books.row("DS4", at)
    again = books.add("DS4", at, voucher_no=books.fresh("PZ"), date=office_day(books, row["date"] + 40))
    books.touched.add(("DS4", at))
    books.plant("F10", school, "DS4", [row["id"], again])


def holiday_meal(books: Books, school: int) -> None:
    """F11: a meal on the second day of the National Day holiday."""
    at = books.pick("DS4", school)
    year = int(books.rng.integers(books.world.last - books.world.years + 1, books.world.last + 1))
    day = number(books.world.first_day.replace(year=year, month=10, day=2))
    books.plant("F11", school, "DS4", [books.change("DS4", at, subject="餐饮", date=day)])


def reception(books: Books, school: int) -> None:
    """F12: no letter, or more hosts than guests allow."""
    at = books.pick("DS5", school)
    cells = {"letter_no": None} if books.rng.random() < 0.5 else {"guests": 6, "hosts": 7}
    books.plant("F12", school, "DS5", [books.change("DS5", at, **cells)])


def thirsty_car(books: Books, school: int) -> None:
    """F13: half as much fuel again for the same road, or a drive without an order."""
    late = number(books.world.first_day) + 300
    at = books.pick("DS6", school, lambda r: r["date"] > late)
    row = books.row("DS6", at)
    cells = (
        {"order_no": None} if books.rng.random() < 0.5 else {"fuel_l": int(row["fuel_l"] * books.rng.uniform(1.6, 2.2))}
    )
    books.plant("F13", school, "DS6", [books.change("DS6", at, **cells)])


def cash(books: Books, school: int) -> None:
    """F14: thousands in cash; or one handler whose amounts are all round."""
    at = books.pick("DS4", school)
    if books.rng.random() < 0.5:
        books.plant(
            "F14",
            school,
            "DS4",
            [books.change("DS4", at, pay_type="现金", amount=int(books.rng.integers(150, 900)) * 1_000 + 50)],
        )
        return
    handler = books.world.person(school, 38)
    days = books.world.office_days
    start = int(books.rng.integers(0, len(days) - 60))
    books.plant(
        "F14",
        school,
        "DS4",
        [
            books.add(
                "DS4",
                at,
                voucher_no=books.fresh("PZ"),
                invoice_no=books.fresh("票"),
                handler=handler,
                date=int(days[start + n * 3]),
                amount=int(books.rng.integers(1, 9)) * 100_000,
                pay_type="公务卡",
            )
            for n in range(9)
        ],
    )


def same_person(books: Books, school: int) -> None:
    """F15: who applies approves; who buys accepts."""
    at = books.pick("DS1", school, lambda r: r["acceptor"] is not None)
    row = books.row("DS1", at)
    cells = {"approver": row["applicant"]} if books.rng.random() < 0.5 else {"acceptor": row["buyer"]}
    books.plant("F15", school, "DS1", [books.change("DS1", at, **cells)])


def extra_fee(books: Books, school: int) -> None:
    """F16: a fee that is on no list."""
    at = books.pick("DS7", school)
    term, heads = books.row("DS7", at)["term"], 900
    row = {
        "term": term,
        "item": books.fresh("资料费"),
        "standard": 8_000,
        "approved_standard": None,
        "headcount": heads,
        "exempt": 0,
        "received": heads * 8_000,
        "spent": heads * 7_600,
        "refunded": heads * 400,
        "in_catalog": 0,
    }
    books.plant("F16", school, "DS7", [books.add("DS7", at, **row)])


def unsettled(books: Books, school: int) -> None:
    """F17: what was left of the collected money was never given back."""
    early = str(books.world.last - 1)
    at = books.pick("DS7", school, lambda r: r["term"][:4] <= early)
    books.plant("F17", school, "DS7", [books.change("DS7", at, refunded=0, settle_date=None)])


def short_receipts(books: Books, school: int) -> None:
    """F18: a tenth of what was due never reached the account."""
    at = books.pick("DS7", school)
    row = books.row("DS7", at)
    received = int(row["received"] * books.rng.uniform(0.85, 0.95))
    books.plant("F18", school, "DS7", [books.change("DS7", at, received=received, spent=received, refunded=0)])


def dear_meal(books: Books, school: int) -> None:
    """F19: a day's ingredients cost nearly twice the usual per meal."""
    late = number(books.world.first_day) + 120
    at = books.pick("DS8", school, lambda r: r["item"] == "猪肉" and r["date"] > late)
    day = books.row("DS8", at)["date"]
    same = books.rows("DS8", school, lambda r: r["date"] == day)
    books.plant(
        "F19", school, "DS8", [books.change("DS8", k, amount=int(books.row("DS8", k)["amount"] * 2.1)) for k in same]
    )


def stretch(books: Books, school: int, item: str, count: int) -> list[int]:
    """Positions of `count` deliveries of an ingredient in a row, none of which is part of another case."""
    table = books.tables["DS8"]
    at = [int(k) for k in np.flatnonzero((table["school"] == school) & (table["item"] == item))]
    starts = [n for n in range(60, len(at) - count) if not any(("DS8", k) in books.touched for k in at[n : n + count])]
    start = int(books.rng.choice(starts))
    return at[start : start + count]


def above_reference(books: Books, school: int) -> None:
    """F20: one ingredient is bought a third above its reference price, delivery after delivery."""
    item = str(books.rng.choice(["青菜", "豆腐", "鸡蛋"]))
    ids = []
    for k in stretch(books, school, item, 6):
        price = int(books.row("DS8", k)["ref_price"] * books.rng.uniform(1.25, 1.5))
        ids.append(books.change("DS8", k, unit_price=price))
    books.plant("F20", school, "DS8", ids)


def stock_lost(books: Books, school: int) -> None:
    """F21: a fifth of the stock is gone overnight."""
    at = books.pick("DS8", school, lambda r: r["item"] in ("大米", "食用油") and r["stock_qty"] > 30_000)
    row = books.row("DS8", at)
    books.plant(
        "F21",
        school,
        "DS8",
        [books.change("DS8", at, stock_qty=row["stock_qty"] - max(row["stock_qty"], row["in_qty"]) // 4)],
    )


def ghosts_at_table(books: Books, school: int) -> None:
    """F22: more meals than pupils in the house."""
    at = books.pick("DS8", school)
    day = books.row("DS8", at)["date"]
    same = books.rows("DS8", school, lambda r: r["date"] == day)
    books.plant(
        "F22", school, "DS8", [books.change("DS8", k, meals=int(books.row("DS8", k)["present"] * 1.12)) for k in same]
    )


def perfect_spending(books: Books, school: int) -> None:
    """F23: day after day exactly the same amount; or banquets out of the pupils' meal money."""
    if books.rng.random() < 0.5:
        at = books.pick("DS9", school)
        books.plant("F23", school, "DS9", [books.change("DS9", at, other_desc="接待费、教师节奖金")])
        return
    days = stretch(books, school, "食用油", 7)
    books.plant("F23", school, "DS8", [books.change("DS8", k, amount=123_456, in_qty=88_000) for k in days])


def back_door(books: Books, school: int) -> None:
    """F24: admitted without any title to it."""
    at = books.pick("DS10", school)
    books.plant("F24", school, "DS10", [books.change("DS10", at, eligible=None)])


def class_change(books: Books, school: int) -> None:
    """F25: the best sit in one class."""
    year = books.world.last - 1
    at = books.rows("DS10", school, lambda r: r["class_no"].startswith(f"{year}级"))
    best = sorted(at, key=lambda k: -books.row("DS10", k)["entry_score"])[:32]
    own = {books.row("DS10", k)["class_no"] for k in best}
    target, ids = sorted(own)[0], []
    out = [k for k in at if books.row("DS10", k)["class_no"] == target and k not in best]
    for k, other in zip(best, [*out, *out], strict=False):
        home = books.row("DS10", k)["class_no"]
        if home != target:
            books.change("DS10", other, class_no=home)
        ids.append(books.change("DS10", k, class_no=target))
    books.plant("F25", school, "DS10", ids)


def moved_in(books: Books, school: int) -> None:
    """F26: moved in without an approval."""
    at = books.pick("DS10", school)
    day = int(books.rng.choice(books.world.working_days))
    books.plant("F26", school, "DS10", [books.change("DS10", at, move_in_date=day, move_approval=None)])


def paid_absent(books: Books, school: int) -> None:
    """F27: absent for weeks and fully paid; two groups at one hour; more hours claimed than taught."""
    at = books.pick("DS12", school)
    row = books.row("DS12", at)
    match int(books.rng.integers(0, 3)):
        case 0:
            ids = [books.change("DS12", at, absent_days=12_000, paid_full=1)]
        case 1:
            ids = [books.change("DS12", at, claimed_hours=row["scheduled_hours"] + 6_000)]
        case _:
            books.touched.add(("DS12", at))
            ids = [
                row["id"],
                books.add(
                    "DS12",
                    at,
                    slot_start=row["slot_start"] + 20,
                    slot_end=row["slot_end"] + 20,
                    claimed_hours=0,
                    role="课后服务",
                ),
            ]
    books.plant("F27", school, "DS12", ids)


def no_meeting(books: Books, school: int) -> None:
    """F28: a large contract that no meeting has seen."""
    at = books.pick("DS3", school, lambda r: r["contract_amount"] >= 2 * LIMIT and r["meeting_no"] is not None)
    books.plant("F28", school, "DS3", [books.change("DS3", at, meeting_no=None)])


def cheap_lease(books: Books, school: int) -> None:
    """F29: let at half its worth, without competition."""
    at = books.pick("DS14", school)
    rent = books.row("DS14", at)["ref_rent"] // 2
    books.plant("F29", school, "DS14", [books.change("DS14", at, rent_year=rent, bid=0, due=rent, paid=rent)])


def gone_with_it(books: Books, school: int) -> None:
    """F30: the holder has left, the thing with him."""
    at = books.pick("DS18", school)
    books.plant("F30", school, "DS18", [books.change("DS18", at, holder_status="离岗", found=0)])


def aid_twice(books: Books, school: int) -> None:
    """F31: one card for several pupils; or a pupil whom nobody recognised."""
    at = books.pick("DS11", school)
    row = books.row("DS11", at)
    if books.rng.random() < 0.5:
        books.plant("F31", school, "DS11", [books.change("DS11", at, recognized=0)])
        return
    same = books.rows("DS11", school, lambda r: r["term"] == row["term"] and r["stu_id"] != row["stu_id"])[:2]
    ids = [books.change("DS11", k, bank_card_hash=row["bank_card_hash"]) for k in same]
    books.touched.add(("DS11", at))
    books.plant("F31", school, "DS11", [row["id"], *ids])


def family_firm(books: Books, school: int) -> None:
    """F32: the bidder's contact is a teacher's declared relative."""
    tie = books.row("DS15", books.pick("DS15", school))
    at = books.pick("DS2", school)
    books.plant(
        "F32",
        school,
        "DS2",
        [books.change("DS2", at, bidder_contact=tie["related_name_hash"], bidder_phone=tie["phone_hash"])],
    )


def never_rotated(books: Books, school: int) -> None:
    """F33: nine years in a post of level 1."""
    at = books.pick("DS17", school, lambda r: r["level"] == 1)
    books.plant("F33", school, "DS17", [books.change("DS17", at, start=books.row("DS17", at)["start"] - 9 * 365)])


def bare_seal(books: Books, school: int) -> None:
    """F34: sealed without an approval."""
    at = books.pick("DS16", school)
    books.plant("F34", school, "DS16", [books.change("DS16", at, approval_no=None)])


PLANTERS: dict[str, Callable[[Books, int], None]] = {
    "F01": split_purchase,
    "F02": just_below,
    "F03": one_supplier,
    "F04": too_few_quotes,
    "F05": arranged_quotes,
    "F06": fixed_companions,
    "F07": backwards,
    "F08": dear,
    "F09": grown_contract,
    "F10": invoice_again,
    "F11": holiday_meal,
    "F12": reception,
    "F13": thirsty_car,
    "F14": cash,
    "F15": same_person,
    "F16": extra_fee,
    "F17": unsettled,
    "F18": short_receipts,
    "F19": dear_meal,
    "F20": above_reference,
    "F21": stock_lost,
    "F22": ghosts_at_table,
    "F23": perfect_spending,
    "F24": back_door,
    "F25": class_change,
    "F26": moved_in,
    "F27": paid_absent,
    "F28": no_meeting,
    "F29": cheap_lease,
    "F30": gone_with_it,
    "F31": aid_twice,
    "F32": family_firm,
    "F33": never_rotated,
    "F34": bare_seal,
}
ONCE = frozenset({"F03", "F25"})
"""Cases that fill a whole category or year: one a school."""


def plant(world: World, tables: dict[str, Table], *, each: int = 2) -> tuple[dict[str, Table], list[Planted]]:
    """Plant `each` cases of every indicator in every school; a school without room for one goes without it."""
    books = Books(world, tables)
    for rule, planter in PLANTERS.items():
        for school in range(world.schools):
            for _ in range(1 if rule in ONCE else each):
                try:
                    planter(books, school)
                except ValueError:  # nothing left to choose from in a small school
                    continue
    return books.close(), books.planted

"""DS4–DS6: reimbursements, receptions, drives."""

from __future__ import annotations

import numpy as np

from config.sample.records.shapes import CLAIMED, Table, busy_days, columns
from config.sample.records.world import World


def expenses(world: World, rows: int) -> Table:
    """DS4: reimbursements on office days, invoice numbers without order, few in cash."""
    rng = world.rng
    school = rng.integers(0, world.schools, rows)
    office = world.office_days
    amount = np.maximum((rng.lognormal(*CLAIMED, rows) * 100).astype(np.int64), 500)
    amount += (amount % 10_000 == 0) * 37
    kind = rng.choice(
        ["差旅", "办公", "培训", "资料", "交通", "邮电", "餐饮", "住宿", "加油"],
        rows,
        p=[0.2, 0.25, 0.1, 0.12, 0.12, 0.06, 0.05, 0.05, 0.05],
    )
    day = busy_days(world, office, rows)
    pay = np.where((rng.random(rows) < 0.04) & (amount < 90_000), "现金", "公务卡")
    invoice = rng.choice(90_000_000, rows, replace=False) if rows <= 90_000_000 else np.arange(rows)
    return {
        "school": school,
        "voucher_no": np.array([f"PZ{k:07d}" for k in range(rows)], dtype=object),
        "date": day,
        "subject": kind.astype(object),
        "amount": amount,
        "invoice_no": np.array([f"{k * 37 % 10**8:08d}" for k in invoice], dtype=object),
        "seller": np.array(
            [
                f"{PLACE}{k}"
                for PLACE, k in zip(
                    rng.choice(["东湖酒店", "临江文具", "云川加油站", "平川书店", "长河宾馆", "青石超市"], rows),
                    rng.integers(1, 90, rows),
                    strict=True,
                )
            ],
            dtype=object,
        ),
        "handler": np.array(
            [world.person(s, k) for s, k in zip(school, rng.integers(0, 30, rows), strict=True)], dtype=object
        ),
        "approver": np.array(
            [world.person(s, k) for s, k in zip(school, rng.integers(30, 36, rows), strict=True)], dtype=object
        ),
        "pay_type": pay.astype(object),
    }


def receptions(world: World) -> Table:
    """DS5: about one a month, with a letter, within the limits."""
    rng, rows = world.rng, []
    for school in range(world.schools):
        for day in rng.choice(world.working_days, 11 * world.years, replace=False):
            guests = int(rng.integers(2, 16))
            hosts = int(rng.integers(1, (3 if guests <= 10 else guests // 3) + 1))
            rows.append(
                (
                    school,
                    int(day),
                    f"函{day}-{school}",
                    guests,
                    hosts,
                    (guests + hosts) * int(rng.integers(40, 75)) * 100,
                    "学校食堂",
                )
            )
    return columns("school date letter_no guests hosts amount place", rows)


def trips(world: World) -> Table:
    """DS6: three cars a school, each driven twice a week with an order, at its own consumption."""
    rng, rows = world.rng, []
    for school in range(world.schools):
        for car in range(3):
            use = rng.uniform(7.5, 11)
            for k, day in enumerate(world.working_days[car :: 3 + car]):
                km = int(rng.integers(20, 160))
                litres = round(km * use * rng.normal(1, 0.05) * 10)
                rows.append(
                    (
                        school,
                        f"云A{school:02d}{car}",
                        int(day),
                        km * 1000,
                        litres,
                        litres * 760 // 1000,
                        f"PC{school}-{car}-{k}",
                    )
                )
    return columns("school plate date km fuel_l fuel_amount order_no", rows)

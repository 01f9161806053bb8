"""DS1–DS3 and DS13: purchases, the quotes for them, their contracts and payments, the meetings that decided them."""

from __future__ import annotations

import numpy as np

from config.sample.records.shapes import (
    APPROVAL,
    LIMIT,
    PAYMENT,
    QUOTE_FROM,
    Table,
    blank,
    busy_days,
    columns,
    favoured,
    later,
    waited,
    waits,
)
from config.sample.records.world import EPOCH, GOODS, TRADES, World


def purchases(world: World, rows: int) -> Table:
    """DS1: `rows` purchases, the same number a school."""
    rng, n = world.rng, rows
    school = np.sort(rng.integers(0, world.schools, n))
    names = list(TRADES)
    usual = np.array([TRADES[c][2] for c in names], dtype=float)
    weight = 1 / np.sqrt(usual)
    category = rng.choice(len(names), n, p=weight / weight.sum())
    open_ = world.working_days
    apply = busy_days(world, open_, n)
    count = np.array([TRADES[c][1] for c in names])[category]
    place = favoured(world, count)
    pools = {
        (s, c): [world.supplier(s, names[c], k) for k in range(TRADES[names[c]][1])]
        for s in range(world.schools)
        for c in range(len(names))
    }
    supplier = np.array([pools[s, c][p] for s, c, p in zip(school, category, place, strict=True)], dtype=object)
    wanted = np.maximum(rng.lognormal(np.log(usual[category] * 0.55), 0.8) * 100, 3_000)
    item = favoured(world, np.full(n, 8))
    base = (usual[category] * 100 / (4 + 9 * item)).astype(np.int64) + 100
    unit = np.maximum((base * rng.normal(1, 0.05, n)).astype(np.int64), 50)
    qty = np.maximum((wanted / unit).astype(np.int64), 1)
    amount = unit * qty
    approve = waits(world, apply, APPROVAL)
    contract = later(world, approve, 2, 12)
    deliver = later(world, contract, 3, 25)
    large = amount >= LIMIT
    method = np.where(large, "公开招标", np.where(amount >= QUOTE_FROM, "询价比选", "直接采购")).astype(object)
    order = np.argsort(apply, kind="stable")
    serial = np.empty(n, dtype=np.int64)
    serial[order] = np.arange(n)
    people = [world.person(s, k) for s in range(world.schools) for k in range(60)]

    def somebody(low: int, high: int) -> np.ndarray:
        return np.array(people, dtype=object)[school * 60 + rng.integers(low, high, n)]

    meeting = np.array([f"会{EPOCH.year}-{s:03d}-{k:06d}" for s, k in zip(school, serial, strict=True)], dtype=object)
    meeting[~large] = None
    return {
        "school": school,
        "po_no": np.array([f"CG{s:03d}-{k:07d}" for s, k in zip(school, serial, strict=True)], dtype=object),
        "apply_date": apply,
        "approve_date": approve,
        "contract_date": blank(rng, contract, 0.03),
        "deliver_date": blank(rng, deliver, 0.05),
        "dept": np.array(["总务处", "教务处", "德育处", "信息中心", "图书馆", "医务室"], dtype=object)[category % 6],
        "category": np.array(names, dtype=object)[category],
        "item": np.array([GOODS[names[c]][k] for c, k in zip(category, item, strict=True)], dtype=object),
        "qty": qty * 1000,
        "unit_price": unit,
        "amount": amount,
        "method": method,
        "supplier": supplier,
        "supplier_tax_no": blank(rng, np.array([world.tax_no(s) for s in supplier], dtype=object), 0.07),
        "applicant": somebody(0, 30),
        "approver": np.array(people, dtype=object)[school * 60 + 30 + category % 6],
        "buyer": somebody(40, 43),
        "acceptor": blank(rng, somebody(45, 55), 0.02),
        "meeting_no": meeting,
    }


def quotes(world: World, bought: Table) -> Table:
    """DS2: three to five quotes for each purchase that was compared; the lowest wins."""
    rng, rows = world.rng, []
    names = list(TRADES)
    for at in np.flatnonzero(bought["amount"] >= QUOTE_FROM):
        school, category = int(bought["school"][at]), str(bought["category"][at])
        pool = [world.supplier(school, category, k) for k in range(TRADES[category][1])]
        others = [s for s in pool if s != bought["supplier"][at]]
        rng.shuffle(others)
        amount, winner = int(bought["amount"][at]), bought["supplier"][at]
        kept = others[: int(rng.integers(2, 5))]
        extra = np.sort(rng.uniform(0.012, 0.22, len(kept)))
        for bidder, more in [(winner, 0.0), *zip(kept, extra, strict=True)]:
            who = school * 500 + names.index(category) * 20 + (pool.index(bidder) if bidder in pool else 19)
            quote = amount + int(amount * more) + (int(rng.integers(1, 900)) if more else 0)
            rows.append(
                (
                    school,
                    bought["po_no"][at],
                    bidder,
                    world.phone(1, who),
                    world.person(900, who),
                    quote,
                    int(more == 0),
                )
            )
    return columns("school po_no bidder bidder_phone bidder_contact quote is_winner", rows)


def contracts(world: World, bought: Table) -> tuple[Table, Table]:
    """DS3, one row a payment, and DS13, the meetings that decided the large ones before their contract."""
    rng, paid, met = world.rng, [], []
    for at in np.flatnonzero(bought["amount"] >= QUOTE_FROM):
        school, amount = int(bought["school"][at]), int(bought["amount"][at])
        contract = bought["contract_date"][at] or bought["approve_date"][at] + 5
        accepted = bought["deliver_date"][at] or contract + 8
        change = int(amount * rng.uniform(0.01, 0.07)) if rng.random() < 0.06 else 0
        number_ = "HT" + str(bought["po_no"][at])[2:]
        meeting = bought["meeting_no"][at]
        halves = [amount] if amount < LIMIT else [amount * 6 // 10, amount - amount * 6 // 10]
        for k, part in enumerate(halves):
            day = waited(world, int(accepted) + 40 * k, PAYMENT)
            paid.append(
                (school, number_, bought["po_no"][at], amount, change if not k else 0, day, part, "转账", meeting)
            )
        if meeting:
            day = int(bought["approve_date"][at])
            should = int(rng.integers(7, 10))
            met.append(
                (
                    school,
                    meeting,
                    day,
                    f"{bought['category'][at]}采购",
                    amount,
                    should - int(rng.random() < 0.3),
                    should,
                    "通过",
                )
            )
    return (
        columns("school contract_no po_no contract_amount change_amount pay_date pay_amount pay_type meeting_no", paid),
        columns("school meeting_no date topic amount attend should vote", met),
    )

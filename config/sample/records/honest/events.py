"""EV1: the steps of purchases, claims and appointments as the school's OA logs them, at the pace of real logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from config.sample.records.shapes import APPROVAL, LIMIT, PAYMENT, QUOTE_FROM, RETURNED, Table, columns, waited
from config.sample.records.world import World

Step = tuple[str, int, str, str]
"""Name, day, who, operation."""
OPENS, CLOSES = 8 * 60, 18 * 60
LOGGED_FROM = 50_000
"""Claims of less than 500 yuan do not go through the OA."""
AT_WEEKENDS = 0.03
"""So many claims are entered on a free Saturday or Sunday; some weekends are made up for."""
AFTER_HOURS = 0.12
"""So many steps are taken in the evening."""
CASHIERS = (56, 57)


def events(world: World, bought: Table, paid: Table, claimed: Table) -> Table:
    """Purchases that were compared or tendered, claims that are not small, and a few appointments a year."""
    rows: list[tuple[Any, ...]] = []
    for school, case, amount, steps in (
        *_purchases(world, bought, paid),
        *_claims(world, claimed),
        *_appointments(world),
    ):
        rows += _logged(world, school, case, amount, steps)
    return columns("school case step op operator on_behalf time amount evidence to", rows)


def _logged(world: World, school: int, case: str, amount: int | None, steps: list[Step]) -> Iterator[tuple[Any, ...]]:
    """The steps with their minutes: in office hours, one after the other, some after the bell."""
    rng, before = world.rng, 0
    for name, day, who, op in steps:
        hours = (CLOSES, 23 * 60) if rng.random() < AFTER_HOURS else (OPENS, CLOSES)
        time = day * 1440 + int(rng.integers(*hours))
        before = time = max(time, before + int(rng.integers(5, 90)))
        evidence = f"{case}-{name}.pdf" if name == "验收" and rng.random() > 0.02 else None
        back = "申请" if op else None
        yield school, case, name, op or None, who, None, time, amount, evidence, back


def _begun(world: World, steps: list[Step]) -> list[Step]:
    """An application and its approval; one in eight comes back once before it is approved."""
    (_, day, applicant, _), (_, approved, approver, _), *rest = steps
    if world.rng.random() < RETURNED and approved > day:
        return [
            ("申请", day, applicant, ""),
            ("审批", day, approver, "退回"),
            ("申请", approved - 1, applicant, ""),
            ("审批", approved, approver, ""),
            *rest,
        ]
    return steps


def _purchases(world: World, bought: Table, paid: Table) -> Iterator[tuple[int, str, int, list[Step]]]:
    payment = {po_no: int(day) for po_no, day in zip(paid["po_no"][::-1], paid["pay_date"][::-1], strict=True)}
    for at in np.flatnonzero(bought["amount"] >= QUOTE_FROM):
        row = {name: column[at] for name, column in bought.items()}
        school, large = int(row["school"]), row["amount"] >= LIMIT
        buyer, approved = row["buyer"], int(row["approve_date"])
        signed = int(row["contract_date"] or approved + 5)
        acceptor = row["acceptor"] or world.person(school, 45)
        steps = [
            ("申请", int(row["apply_date"]), row["applicant"], ""),
            ("审批", approved, row["approver"], ""),
            *([("上会", approved, world.person(school, 59), "")] if large else []),
            ("招标" if large else "询价", min(approved + 1, signed), buyer, ""),
            ("签约", signed, buyer, ""),
            ("验收", int(row["deliver_date"] or signed + 8), acceptor, ""),
            ("付款", payment[row["po_no"]], world.person(school, int(world.rng.choice(CASHIERS))), ""),
        ]
        yield school, f"BJ{row['po_no'][2:]}", int(row["amount"]), _begun(world, steps)


def _claims(world: World, claimed: Table) -> Iterator[tuple[int, str, int, list[Step]]]:
    rng = world.rng
    for at in np.flatnonzero(claimed["amount"] >= LOGGED_FROM):
        school, day = int(claimed["school"][at]), int(claimed["date"][at])
        if rng.random() < AT_WEEKENDS:
            day += (5 - (day + 3) % 7) % 7 + int(rng.integers(0, 2))
        approved = waited(world, day, APPROVAL)
        steps = [
            ("申请", day, claimed["handler"][at], ""),
            ("审批", approved, claimed["approver"][at], ""),
            ("付款", waited(world, approved, PAYMENT), world.person(school, int(rng.choice(CASHIERS))), ""),
        ]
        yield school, f"BX{claimed['voucher_no'][at][2:]}", int(claimed["amount"][at]), _begun(world, steps)


def _appointments(world: World) -> Iterator[tuple[int, str, None, list[Step]]]:
    """Shown for seven or more working days; every fourth meets an objection, which is answered."""
    rng, office = world.rng, world.office_days
    for school in range(world.schools):
        secretary, clerk = world.person(school, 58), world.person(school, 57)
        for k in range(8 * world.years):
            at = int(rng.integers(0, len(office) - 30))
            shown = at + int(rng.integers(7, 13))
            steps: list[Step] = [("公示", int(office[at]), clerk, "")]
            if rng.random() < 0.25:
                steps.append(("异议", int(office[at + 2]), world.person(school, int(rng.integers(0, 30))), ""))
                steps.append(("答复", int(office[at + 2 + int(rng.integers(1, 4))]), clerk, ""))
            steps += [("任用", int(office[shown]), secretary, ""), ("归档", int(office[shown + 3]), clerk, "")]
            yield school, f"RY{school:03d}-{k:04d}", None, steps

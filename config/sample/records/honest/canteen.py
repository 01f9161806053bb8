"""DS7–DS9: fees, the canteen's day book, its income and spending."""

from __future__ import annotations

import numpy as np

from config.sample.records.shapes import Table, columns
from config.sample.records.world import EPOCH, World, number, school_term


def fees(world: World) -> Table:
    """DS7: six fees a term, in the catalogue, accounted for and settled before the term is over."""
    rng, rows = world.rng, []
    terms = sorted({(school_term(int(d)), 0) for d in world.working_days})
    for school in range(world.schools):
        for term, _ in terms:
            year, spring = int(term[:4]), term.endswith("春")
            end = number(EPOCH.replace(year=year if spring else year + 1, month=7 if spring else 1, day=10))
            for item, standard in (
                ("作业本费", 3_000),
                ("校服费", 28_000),
                ("伙食费", 120_000),
                ("住宿费", 60_000),
                ("研学费", 45_000),
                ("课后服务费", 40_000),
            ):
                heads, exempt = int(rng.integers(900, 1400)), int(rng.integers(5, 40))
                received = (heads - exempt) * standard
                spent = int(received * rng.uniform(0.9, 0.99))
                rows.append(
                    (
                        school,
                        term,
                        item,
                        standard,
                        standard,
                        heads,
                        exempt,
                        received,
                        spent,
                        received - spent,
                        end - int(rng.integers(1, 9)),
                        1,
                    )
                )
    return columns(
        "school term item standard approved_standard headcount exempt received spent refunded settle_date in_catalog",
        rows,
    )


def canteen(world: World) -> tuple[Table, Table]:
    """DS8, every ingredient and day of supply, and DS9, income and spending by month."""
    rng, daily, monthly = world.rng, [], []
    items = [("大米", 520), ("猪肉", 2_600), ("青菜", 480), ("鸡蛋", 1_050), ("食用油", 1_350), ("豆腐", 620)]
    for school in range(world.schools):
        pupils = int(rng.integers(900, 1400))
        stock = {item: 80_000 for item, _ in items}
        spent: dict[tuple[int, int], int] = {}
        for day in world.working_days:
            present = pupils - int(rng.integers(0, 40))
            meals = present - int(rng.integers(0, 60))
            season = 1 + 0.03 * np.sin(int(day) / 58)
            for k, (item, price) in enumerate(items):
                reference = int(price * season)
                unit = int(reference * rng.normal(1.0, 0.035))
                bought = int(meals * (90 - 8 * k) * rng.normal(1, 0.05))
                used = min(bought + int(rng.integers(-2000, 2000)), stock[item] + bought)
                stock[item] += bought - used
                cost = unit * bought // 1000
                spent[when(int(day))] = spent.get(when(int(day)), 0) + cost
                daily.append(
                    (
                        school,
                        int(day),
                        item,
                        bought,
                        used,
                        stock[item],
                        unit,
                        reference,
                        cost,
                        meals,
                        present,
                        f"{item}供应商",
                        f"{world.person(school, 50)}、{world.person(school, 51)}",
                    )
                )
        for (year, month), food in sorted(spent.items()):
            income = int(food * rng.uniform(1.22, 1.3))
            labour, energy, other = int(income * 0.12), int(income * 0.05), int(income * 0.02)
            monthly.append(
                (
                    school,
                    f"{year}-{month:02d}",
                    income,
                    food,
                    labour,
                    energy,
                    other,
                    "低值易耗品",
                    income - food - labour - energy - other,
                )
            )
    return (
        columns(
            "school date item in_qty out_qty stock_qty unit_price ref_price amount meals present supplier acceptors",
            daily,
        ),
        columns("school month income food_cost labor energy other other_desc balance", monthly),
    )


def when(day: int) -> tuple[int, int]:
    date_ = EPOCH + np.timedelta64(day, "D").astype(object)
    return date_.year, date_.month

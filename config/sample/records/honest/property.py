"""DS14, DS16, DS18: leases, seals, things."""

from __future__ import annotations

from config.sample.records.shapes import Table, columns
from config.sample.records.world import EPOCH, World, number


def property_(world: World, paid: Table) -> tuple[Table, Table, Table]:
    """DS14, leases at market rent; DS16, a seal for every contract; DS18, the yearly stocktaking."""
    rng, leases, seals, assets = world.rng, [], [], []
    for school in range(world.schools):
        for k in range(4):
            rent = int(rng.integers(200, 900)) * 10_000
            start = number(EPOCH.replace(year=world.last - 1, month=1, day=1))
            leases.append(
                (
                    school,
                    f"ZL{school}-{k}",
                    f"门面{k + 1}号",
                    int(rng.integers(20, 90)) * 1000,
                    rent,
                    int(rent * rng.uniform(0.9, 1.05)),
                    1,
                    start,
                    start + 3 * 365,
                    rent,
                    rent,
                )
            )
        for k in range(120):
            assets.append(
                (
                    school,
                    f"ZC{school}-{k}",
                    f"设备{k}",
                    int(rng.integers(10, 300)) * 10_000,
                    world.person(school, k % 60),
                    "在岗",
                    1,
                    None,
                )
            )
    for at in range(len(paid["contract_no"])):
        seals.append(
            (
                int(paid["school"][at]),
                int(paid["pay_date"][at]) - 15,
                f"YY{at}",
                f"{paid['contract_no'][at]}合同",
                2,
                paid["contract_no"][at],
                0,
            )
        )
    return (
        columns("school contract_no place area rent_year ref_rent bid start end due paid", leases),
        columns("school date approval_no doc copies contract_no out", seals),
        columns("school asset_no name value holder holder_status found dispose_income", assets),
    )

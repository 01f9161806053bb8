"""DS10–DS12, DS15, DS17: pupils and staff."""

from __future__ import annotations

import numpy as np

from config.sample.records.shapes import Table, columns
from config.sample.records.world import EPOCH, World, number


def pupils(world: World) -> tuple[Table, Table]:
    """DS10, the year's admissions with balanced classes, and DS11, aid to recognised pupils."""
    rng, admitted, aid = world.rng, [], []
    for school in range(world.schools):
        for year in range(world.last - world.years + 1, world.last + 1):
            scores = np.sort(rng.normal(560, 35, 400))[::-1]
            for k, score in enumerate(scores):
                kind = "统招" if k < 320 else "指标到校"
                row = 12 - k % 12 if k // 12 % 2 else k % 12 + 1
                admitted.append(
                    (
                        school,
                        f"{year}{school:03d}{k:04d}",
                        "有资格",
                        kind,
                        int(score * 1000),
                        1,
                        f"{year}级{row}班",
                        int(score * 1000),
                        None,
                        None,
                    )
                )
            for term in (f"{year}春", f"{year}秋"):
                for k in range(60):
                    aid.append(
                        (
                            school,
                            term,
                            f"{year}{school:03d}{k * 5:04d}",
                            "国家助学金",
                            1,
                            100_000,
                            f"62170000{school:03d}{year}{k:04d}",
                            world.staff_id(school, k % 12),
                        )
                    )
    return (
        columns(
            "school stu_id eligible plan_type score admitted class_no entry_score move_in_date move_approval", admitted
        ),
        columns("school term stu_id aid_type recognized amount bank_card_hash teacher_id", aid),
    )


def staff(world: World) -> tuple[Table, Table, Table]:
    """DS12, a row a month and person; DS15, what people declared of their families; DS17, who holds which post."""
    rng, months, ties, posts = world.rng, [], [], []
    for school in range(world.schools):
        for year in range(world.last - world.years + 1, world.last + 1):
            for month in (3, 4, 5, 6, 9, 10, 11, 12):
                day = number(EPOCH.replace(year=year, month=month, day=10)) * 1440
                for k in range(60):
                    absent = int(rng.random() < 0.05) * int(rng.integers(1, 9)) * 1000
                    hours = 12_000 + int(rng.integers(0, 9)) * 1000
                    slot = day + 16 * 60 + 30 + (k % 5) * 1440
                    months.append(
                        (
                            school,
                            f"{year}-{month:02d}",
                            world.staff_id(school, k),
                            absent,
                            int(absent <= 5000),
                            slot,
                            slot + 60,
                            hours,
                            hours + int(rng.integers(0, 3)) * 1000,
                            120_000,
                            "教师",
                        )
                    )
        for k in range(60):
            ties.append(
                (
                    school,
                    world.staff_id(school, k),
                    world.person(school, k),
                    world.phone(2, school * 100 + k),
                    "配偶",
                    world.person(901, school * 60 + k),
                    None,
                )
            )
            start = number(EPOCH.replace(year=world.last, month=1, day=1)) - int(rng.integers(30, 1_400))
            posts.append((school, world.staff_id(school, k), f"岗位{k}", 1 + k % 3, start))
    return (
        columns(
            "school month staff_id absent_days paid_full slot_start slot_end claimed_hours scheduled_hours bonus role",
            months,
        ),
        columns("school staff_id name_hash phone_hash relation related_name_hash supplier_tax_no", ties),
        columns("school staff_id post level start", posts),
    )

"""F24–F27, F31, F33: pupils and staff."""

from __future__ import annotations

from config.sample.records.frauds.books import Books, plants


@plants("F24")
def back_door(books: Books, school: int) -> list[int]:
    """Admitted without any title to it."""
    at = books.pick("DS10", school)
    return [books.change("DS10", at, eligible=None)]


@plants("F25", once=True)
def class_change(books: Books, school: int) -> list[int]:
    """The best sit in one class."""
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
    return ids


@plants("F26")
def moved_in(books: Books, school: int) -> list[int]:
    """Moved in without an approval."""
    at = books.pick("DS10", school)
    day = int(books.rng.choice(books.world.working_days))
    return [books.change("DS10", at, move_in_date=day, move_approval=None)]


@plants("F27")
def paid_absent(books: Books, school: int) -> list[int]:
    """Absent for weeks and fully paid; two groups at one hour; more hours claimed than taught."""
    at = books.pick("DS12", school)
    row = books.row("DS12", at)
    match int(books.rng.integers(0, 3)):
        case 0:
            return [books.change("DS12", at, absent_days=12_000, paid_full=1)]
        case 1:
            return [books.change("DS12", at, claimed_hours=row["scheduled_hours"] + 6_000)]
        case _:
            books.touched.add(("DS12", at))
            return [
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


@plants("F31")
def aid_twice(books: Books, school: int) -> list[int]:
    """One card for several pupils; or a pupil whom nobody recognised."""
    at = books.pick("DS11", school)
    row = books.row("DS11", at)
    if books.rng.random() < 0.5:
        return [books.change("DS11", at, recognized=0)]
    same = books.rows("DS11", school, lambda r: r["term"] == row["term"] and r["stu_id"] != row["stu_id"])[:2]
    ids = [books.change("DS11", k, bank_card_hash=row["bank_card_hash"]) for k in same]
    books.touched.add(("DS11", at))
    return [row["id"], *ids]


@plants("F33")
def never_rotated(books: Books, school: int) -> list[int]:
    """Nine years in a post of level 1."""
    at = books.pick("DS17", school, lambda r: r["level"] == 1)
    return [books.change("DS17", at, start=books.row("DS17", at)["start"] - 9 * 365)]

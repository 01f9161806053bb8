"""The tables of honest schools, DS1–DS18: columns as kept (fen, thousandths, days), persons by name.

Each table is a dict of columns of equal length, plus `school`. Honest does not mean tidy: cells are missing, work
clusters before the end of the year, prices scatter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from config.sample.records.world import EPOCH, TRADES, World, number, school_term

Table = dict[str, Any]
LIMIT = 3_000_000
"""Above 30,000 yuan a purchase goes to tender and to a meeting."""
QUOTE_FROM = 1_000_000


def blank(rng: np.random.Generator, values: np.ndarray, share: float) -> np.ndarray:
    """`values` with a share of them missing."""
    out = values.astype(object)
    out[rng.random(len(values)) < share] = None
    return out


def later(world: World, days: np.ndarray, low: int, high: int) -> np.ndarray:
    """The next office day `low` to `high` days after each of `days`."""
    office = world.office_days
    at = np.searchsorted(office, days + world.rng.integers(low, high + 1, len(days)))
    return office[np.minimum(at, len(office) - 1)]


def purchases(world: World, rows: int) -> Table:
    """DS1: `rows` purchases, the same number a school."""
    rng, n = world.rng, rows
    school = np.sort(rng.integers(0, world.schools, n))
    names = list(TRADES)
    usual = np.array([TRADES[c][2] for c in names], dtype=float)
    weight = 1 / np.sqrt(usual)
    category = rng.choice(len(names), n, p=weight / weight.sum())
    open_ = world.working_days
    apply = open_[rng.integers(0, len(open_), n)]
    count = np.array([TRADES[c][1] for c in names])[category]
    place = np.minimum((count * rng.random(n) ** 1.6).astype(int), count - 1)
    pools = {
        (s, c): [world.supplier(s, names[c], k) for k in range(TRADES[names[c]][1])]
        for s in range(world.schools)
        for c in range(len(names))
    }
    supplier = np.array([pools[s, c][p] for s, c, p in zip(school, category, place, strict=True)], dtype=object)
    wanted = np.maximum(rng.lognormal(np.log(usual[category] * 0.55), 0.8) * 100, 3_000)
    item = rng.integers(0, 8, n)
    base = (usual[category] * 100 / (4 + 9 * item)).astype(np.int64) + 100
    unit = np.maximum((base * rng.normal(1, 0.05, n)).astype(np.int64), 50)
    qty = np.maximum((wanted / unit).astype(np.int64), 1)
    amount = unit * qty
    approve = later(world, apply, 1, 6)
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
        "item": np.array([f"{names[c]}{k + 1}型" for c, k in zip(category, item, strict=True)], dtype=object),
        "qty": qty * 1000,
        "unit_price": unit,
        "amount": amount,
        "method": method,
        "supplier": supplier,
        "supplier_tax_no": blank(rng, np.array([world.tax_no(s) for s in supplier], dtype=object), 0.04),
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
        change = int(amount * rng.uniform(0.01, 0.07)) if rng.random() < 0.06 else 0
        number_ = "HT" + str(bought["po_no"][at])[2:]
        meeting = bought["meeting_no"][at]
        halves = [amount] if amount < LIMIT else [amount * 6 // 10, amount - amount * 6 // 10]
        for k, part in enumerate(halves):
            day = int(contract) + 20 + 40 * k + int(rng.integers(0, 15))
            paid.append(
                (school, number_, bought["po_no"][at], amount, change if not k else 0, day, part, "转账", meeting)
            )
        if meeting:
            day = int(bought["apply_date"][at])
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


def columns(names: str, rows: list[tuple[Any, ...]]) -> Table:
    """A table out of rows; every column a numpy array of objects (integers, texts, None)."""
    out = {}
    for position, name in enumerate(names.split()):
        column = np.empty(len(rows), dtype=object)
        column[:] = [row[position] for row in rows]
        out[name] = column
    return out


def expenses(world: World, rows: int) -> Table:
    """DS4: reimbursements on office days, invoice numbers without order, few in cash."""
    rng = world.rng
    school = rng.integers(0, world.schools, rows)
    office = world.office_days
    amount = np.maximum((rng.lognormal(5.6, 0.9, rows) * 100).astype(np.int64), 500)
    amount += (amount % 10_000 == 0) * 37
    kind = rng.choice(
        ["差旅", "办公", "培训", "资料", "交通", "邮电", "餐饮", "住宿", "加油"],
        rows,
        p=[0.2, 0.25, 0.1, 0.12, 0.12, 0.06, 0.05, 0.05, 0.05],
    )
    day = office[rng.integers(0, len(office), rows)]
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
            start = number(EPOCH.replace(year=world.last, month=1, day=1)) - int(rng.integers(30, 1_500))
            posts.append((school, world.staff_id(school, k), f"岗位{k}", 1 + k % 3, start))
    return (
        columns(
            "school month staff_id absent_days paid_full slot_start slot_end claimed_hours scheduled_hours bonus role",
            months,
        ),
        columns("school staff_id name_hash phone_hash relation related_name_hash supplier_tax_no", ties),
        columns("school staff_id post level start", posts),
    )


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
            (int(paid["school"][at]), int(paid["pay_date"][at]) - 15, f"YY{at}", "合同", 2, paid["contract_no"][at], 0)
        )
    return (
        columns("school contract_no place area rent_year ref_rent bid start end due paid", leases),
        columns("school date approval_no doc copies contract_no out", seals),
        columns("school asset_no name value holder holder_status found dispose_income", assets),
    )


def honest(world: World, rows: int) -> dict[str, Table]:
    """All tables; `rows` purchases, the rest in proportion to schools and years."""
    bought = purchases(world, rows)
    offered = quotes(world, bought)
    paid, met = contracts(world, bought)
    day, month = canteen(world)
    admitted, aid = pupils(world)
    worked, ties, posts = staff(world)
    leases, seals, assets = property_(world, paid)
    return {
        "DS1": bought,
        "DS2": offered,
        "DS3": paid,
        "DS4": expenses(world, max(rows, 240)),
        "DS5": receptions(world),
        "DS6": trips(world),
        "DS7": fees(world),
        "DS8": day,
        "DS9": month,
        "DS10": admitted,
        "DS11": aid,
        "DS12": worked,
        "DS13": met,
        "DS14": leases,
        "DS15": ties,
        "DS16": seals,
        "DS17": posts,
        "DS18": assets,
    }

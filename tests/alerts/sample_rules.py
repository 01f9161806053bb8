"""One rule for every primitive over a small table, and rows for it."""

import random

from qingqu.alerts.engine.catalogue import load
from qingqu.alerts.engine.days import month
from qingqu.alerts.engine.incremental import on_write
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.engine.snapshots import Snapshot
from tests.alerts.world import World

SCHEMAS = {
    "buy": {
        "day": "date",
        "at": "moment",
        "supplier": "text",
        "kind": "text",
        "amount": "money",
        "qty": "number",
        "price": "money",
        "phone": "hashed",
        "won": "flag",
        "meeting": "text",
        "number": "count",
    },
    "meet": {"meeting": "text", "day": "date", "attend": "count", "should": "count"},
    "staff": {"phone": "hashed", "card": "hashed", "avoided": "flag"},
}
TODAY = 20200

RULES = load("""
- code: T01
  title: {zh: 试, en: Test}
  area: 采购
  dataset: buy
  why: {zh: 试, en: Test}
  blind: {zh: 试, en: Test}
  parameters:
    limit: {name: {zh: 限额, en: limit}, type: money, value: 100}
    days: {name: {zh: 天数, en: days}, type: days, value: 5, low: 1, high: 90}
    two: {name: {zh: 二, en: two}, type: count, value: 2}
    three: {name: {zh: 三, en: three}, type: count, value: 3}
    one: {name: {zh: 一, en: one}, type: count, value: 1}
    ratio: {name: {zh: 倍, en: times}, type: ratio, value: 1.2}
    tolerance: {name: {zh: 差, en: tolerance}, type: ratio, value: 0.1}
    reach: {name: {zh: 幅, en: reach}, type: ratio, value: 0.5}
    local: {name: {zh: 本地, en: local}, type: money, local: true, low: 10}
  checks:
  - id: predicate
    primitive: predicate
    name: &n {zh: 试, en: Test}
    where: full(supplier)
    when: amount > limit and (missing(meeting) or m.late < 2 or m.late > 5)
    measures: {over: amount - limit}
    joins:
      m: {dataset: meet, on: {meeting: meeting}, measures: {late: count_if(attend < should), first: min(day)}}
    levels: {red: over > limit, orange: m.late == 0}
    sentence: {zh: "{over} {limit} {supplier} {m.first}", en: "{over}"}
    evidence: [supplier, amount]
  - id: aggregate
    primitive: aggregate
    name: *n
    by: [supplier, year]
    keys: {year: term(day)}
    measures: {n: count(), total: sum(amount), big: count_if(amount > limit), most: max(amount), least: min(kind),
      half: median(amount), average: mean(amount), kinds: distinct(kind), share: count_if(won) / count()}
    having: n >= two and (share > 0.3 or total > limit)
    rows: amount == most or won == 1
    levels: {red: n >= 4, orange: kinds > 1}
    sentence: {zh: "{supplier} {year} {n} {total} {half} {average}", en: "{n}"}
    evidence: [supplier, amount]
  - id: large_ones
    primitive: aggregate
    name: *n
    by: [kind]
    measures: {n: count(), big: count_if(amount > limit)}
    having: big >= two and big > 0.1 * n
    rows: amount > limit
    levels: {red: big > 0.3 * n}
    sentence: {zh: "{kind} {n} {big}", en: "{n}"}
    evidence: [amount]
  - id: joined
    primitive: aggregate
    name: *n
    where: m.n > 0
    joins:
      m:
        dataset: meet
        on: {meeting: meeting, day: day}
        where: attend >= 0
        measures: {n: count(), most: max(attend)}
    by: [kind, attend]
    keys: {attend: m.most}
    measures: {n: count(), sum: sum(m.n)}
    having: n >= one
    levels: {always: orange}
    sentence: {zh: "{n}", en: "{n}"}
    evidence: [supplier]
  - id: window
    primitive: window
    name: *n
    where: amount < limit
    by: [supplier]
    day: day
    days: days
    measures: {n: count(), total: sum(amount), wins: count_if(won)}
    having: n >= two and total >= limit
    levels: {red: n >= 4, orange: wins > 0}
    sentence: {zh: "{supplier} {days} {n} {total}", en: "{n}"}
    evidence: [supplier, amount]
  - id: window_distinct
    primitive: window
    name: *n
    by: [supplier, kind]
    day: day
    days: days
    measures: {n: count(), days_seen: distinct(day), half: median(amount)}
    having: days_seen >= two and half > 40
    levels: {always: yellow}
    sentence: {zh: "{n}", en: "{n}"}
    evidence: [supplier]
  - id: window_of_times
    primitive: window
    name: *n
    by: [supplier]
    day: at
    days: days
    measures: {n: count(), total: sum(amount), first: min(at), last: max(at)}
    having: n >= three and total >= limit
    levels: {red: n >= 5}
    sentence: {zh: "{supplier} {first} {last} {n} {total}", en: "{n}"}
    evidence: [supplier, amount]
  - id: times_distinct
    primitive: window
    name: *n
    by: [supplier, kind]
    day: at
    days: days
    measures: {n: count(), half: median(amount)}
    having: n >= two and half > 40
    levels: {always: yellow}
    sentence: {zh: "{n}", en: "{n}"}
    evidence: [supplier]
  - id: inner
    primitive: nested
    name: *n
    outer: [kind, year]
    inner: [supplier]
    keys: {year: year(day)}
    measures: {n: count(), total: sum(amount)}
    outer_measures: {all: sum(total), squares: sum(total * total), suppliers: count()}
    having: n >= two and total / all > 0.4 and squares / (all * all) > 0.3
    levels: {red: suppliers == 1}
    sentence: {zh: "{supplier} {total} {all} {squares}", en: "{n}"}
    evidence: [supplier, amount]
  - id: outer
    primitive: nested
    name: *n
    outer: [kind]
    inner: [supplier]
    hit: outer
    measures: {average: whole(mean(amount))}
    outer_measures: {low: min(average), high: max(average)}
    having: high > low * ratio
    levels: {always: yellow}
    sentence: {zh: "{low} {high}", en: "{low}"}
    evidence: [supplier, amount]
  - id: peer
    primitive: peer
    name: *n
    by: [kind]
    day: day
    value: amount
    months: three
    min_peers: two
    when: value > ratio * median
    levels: {red: value > 2 * median}
    sentence: {zh: "{kind} {value} {median} {peers}", en: "{value}"}
    evidence: [kind, amount]
  - id: peer_across
    primitive: peer
    name: *n
    by: [kind, supplier]
    day: day
    value: whole(1000 * amount / qty)
    months: three
    min_peers: one
    when: value < median
    across_schools: true
    levels: {always: yellow}
    sentence: {zh: "{value} {median}", en: "{value}"}
    evidence: [kind, amount]
  - id: trail
    primitive: trail
    name: *n
    by: [supplier]
    order: [day]
    value: amount
    last: three
    min_peers: two
    when: abs(value - median) > 0.3 * median
    levels: {red: value > 2 * median}
    sentence: {zh: "{value} {median} {peers}", en: "{value}"}
    evidence: [supplier, amount]
  - id: sequence
    primitive: sequence
    name: *n
    where: full(supplier)
    by: [supplier]
    order: [number]
    when: number == prev.number + 1
    run: two
    measures: {lowest: min(number), highest: max(number), total: sum(amount)}
    levels: {red: rows >= 4}
    sentence: {zh: "{lowest} {highest} {rows}", en: "{rows}"}
    evidence: [supplier, number]
  - id: runs
    primitive: sequence
    name: *n
    by: [kind]
    order: [day, number]
    when: price > 3
    run: two
    measures: {total: sum(price)}
    levels: {always: yellow}
    sentence: {zh: "{total} {rows}", en: "{rows}"}
    evidence: [supplier, number]
  - id: progression
    primitive: progression
    name: *n
    by: [meeting]
    value: amount
    tolerance: tolerance
    min_rows: three
    levels: {red: rows >= 4}
    sentence: {zh: "{rows} {lowest} {highest} {geometric}", en: "{rows}"}
    evidence: [supplier, amount]
  - id: by_person
    primitive: aggregate
    name: *n
    by: [person, kind]
    keys: {person: phone}
    measures: {n: count(), total: sum(amount), people: distinct(person)}
    having: n >= two
    levels: {red: n >= 4}
    sentence: {zh: "{person} {n} {total} {people}", en: "{n}"}
    evidence: [supplier, amount]
  - id: of_a_person
    primitive: aggregate
    name: *n
    by: [phone]
    measures: {n: count(), suppliers: distinct(supplier)}
    having: suppliers >= two
    rows: amount > 20
    levels: {red: n >= 4}
    sentence: {zh: "{phone} {n} {suppliers}", en: "{n}"}
    evidence: [supplier, amount]
  - id: days_of_a_person
    primitive: window
    name: *n
    by: [phone]
    day: day
    days: days
    measures: {n: count(), total: sum(amount)}
    having: n >= two and total >= limit
    levels: {red: n >= 4}
    sentence: {zh: "{phone} {n} {total}", en: "{n}"}
    evidence: [supplier, amount]
  - id: part_of_a_person
    primitive: nested
    name: *n
    outer: [kind]
    inner: [phone]
    measures: {n: count(), total: sum(amount)}
    outer_measures: {all: sum(total), people: count()}
    having: n >= two and total / all > 0.2
    levels: {red: people == 1}
    sentence: {zh: "{phone} {total} {all}", en: "{n}"}
    evidence: [supplier, amount]
  - id: people_together
    primitive: nested
    name: *n
    outer: [kind]
    inner: [phone]
    hit: outer
    measures: {n: count()}
    outer_measures: {most: max(n), people: count()}
    having: people >= two
    levels: {red: most >= 4}
    sentence: {zh: "{kind} {people} {most}", en: "{people}"}
    evidence: [supplier, amount]
  - id: runs_of_a_person
    primitive: sequence
    name: *n
    by: [phone]
    order: [day, number]
    when: price > 3
    run: two
    measures: {total: sum(price)}
    levels: {red: rows >= 4}
    sentence: {zh: "{phone} {total} {rows}", en: "{rows}"}
    evidence: [supplier, number]
  - id: steps_of_a_person
    primitive: progression
    name: *n
    by: [phone, meeting]
    value: amount
    tolerance: tolerance
    min_rows: three
    levels: {red: rows >= 4}
    sentence: {zh: "{rows} {lowest} {highest} {geometric}", en: "{rows}"}
    evidence: [supplier, amount]
  - id: companions
    primitive: companions
    name: *n
    by: [meeting]
    member: supplier
    winner: won
    size: two
    times: two
    levels: {red: winners == 1}
    sentence: {zh: "{times} {winners}", en: "{times}"}
    evidence: [supplier]
    on_write: false
  - &fence
    id: fence
    primitive: fence
    name: *n
    by: [supplier, kind]
    peers: [kind]
    measures: {total: sum(amount)}
    value: total
    reach: reach
    min_peers: three
    levels: {red: value > 2 * fence}
    sentence: {zh: "{total} {q1} {q3} {fence} {peers}", en: "{total}"}
    evidence: [supplier, amount]
    on_write: false
  - <<: *fence
    id: low_fence
    side: low
    levels: {red: value < 0.5 * fence}
  - id: link
    primitive: link
    name: *n
    other: staff
    pairs: [[phone, phone], [supplier, card]]
    unless: other.avoided == 1 or amount < 20
    levels: {red: others > 1, orange: rows > 1}
    sentence: {zh: "{rows} {others}", en: "{rows}"}
    evidence: [supplier]
  - id: self_link
    primitive: link
    name: *n
    where: won == 1
    other: buy
    pairs: [[phone, supplier]]
    levels: {always: yellow}
    sentence: {zh: "{rows} {others}", en: "{rows}"}
    evidence: [supplier]
  - id: counted
    primitive: aggregate
    name: *n
    by: [supplier, year]
    keys: {year: term(day)}
    day: day
    measures: {n: count(), total: sum(amount), big: count_if(amount > limit), most: max(amount), least: min(kind),
      half: median(amount), average: mean(amount), kinds: distinct(kind), share: count_if(won) / count()}
    having: n >= two and (kinds > 1 or total > limit) and half > 20
    rows: won == 1
    levels: {red: n >= 4, orange: kinds > 1}
    sentence: {zh: "{supplier} {year} {n} {total} {half} {average}", en: "{n}"}
    evidence: [supplier, amount]
  - id: counted_window
    primitive: window
    name: *n
    where: m.n > 0 or amount > limit
    joins:
      m: {dataset: meet, on: {meeting: meeting}, measures: {n: count(), most: max(attend)}}
    by: [kind]
    day: day
    days: days
    measures: {n: count(), most: max(m.most), least: min(supplier), all: sum(m.n), average: mean(amount)}
    having: n >= two and (all > 2 or most > 4 or average > limit)
    levels: {red: n >= 4}
    sentence: {zh: "{kind} {n} {most} {least} {all} {average}", en: "{n}"}
    evidence: [supplier, amount]
  - id: waiting
    primitive: predicate
    name: *n
    when: amount > local
    levels: {always: red}
    sentence: {zh: "{local}", en: "{local}"}
    evidence: [amount]
""")
(RULE,) = RULES
CHECKS = {check.id: check for check in RULE.checks}


VALUES = {
    "buy": {
        "day": [*range(20000, 20012), *range(20000, 20012), *range(20000, 20150, 10)],
        "at": [day * 1440 + minute for day in (*range(20000, 20012), 20030, 20034) for minute in (0, 540, 1439)],
        "supplier": "甲甲甲乙丙",
        "kind": ["纸", "纸", "笔"],
        "amount": [10, 20, 30, 40, 50, 60, 99, 100, 101, 110, 121, 250],
        "qty": [0, 1000, 1000, 2500],
        "price": range(1, 9),
        "phone": ["甲", "乙", "d1", "d2", "d1 d3"],
        "won": [0, 1],
        "meeting": ["会一", "会二", "会三"],
        "number": range(1, 12),
    },
    "meet": {
        "meeting": ["会一", "会二", "会三"],
        "day": [*range(20000, 20005)],
        "attend": range(6),
        "should": range(3, 6),
    },
    "staff": {"phone": ["d1", "d2", "d2 d3"], "card": ["甲", "乙"], "avoided": [0, 0, 1]},
}
"""What their cells may hold."""

MONTHS = range(month(20000), month(20200))
SNAPSHOTS = {
    ("T01", "peer"): Snapshot(
        {(school, m, kind): (40.0 + m % 3, 1 + m % 4) for school in (1, 2) for m in MONTHS for kind in ("纸", "笔")}
    ),
    ("T01", "peer_across"): Snapshot({(0, m, "纸", "甲"): (60.5, 3) for m in MONTHS}),
}
CONTEXT = Context(TODAY, snapshots=SNAPSHOTS)
PREPARED = {name: prepare(RULE, check, SCHEMAS, CONTEXT) for name, check in CHECKS.items()}
WRITTEN = [name for name, p in PREPARED.items() if on_write(p)]


def filled(seed, rows=70):
    chance, world = random.Random(seed), World(SCHEMAS)
    for place, (dataset, columns) in enumerate(SCHEMAS.items()):
        for n in range(rows):
            values = {c: None if chance.random() < 0.1 else chance.choice(VALUES[dataset][c]) for c in columns}
            world.put(dataset, n * 10 + place, chance.choice([1, 1, 2]), values)
    for n, amount in enumerate((100, 110, 120)):
        world.put(
            "buy",
            9000 + n * 10,
            1,
            dict.fromkeys(SCHEMAS["buy"]) | {"meeting": "会九", "phone": "d1 d3", "amount": amount},
        )
    return world

"""A year of purchases and claims of the sample school, with a handful of warnings in every state of their disposal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from config.sample.clock import Hours
from config.sample.records import frauds
from config.sample.records.honest import contracts, events, expenses, purchases, quotes, staff
from config.sample.records.shapes import Table
from config.sample.records.world import World, number
from config.sample.school import School
from qingqu.accounts.models import User
from qingqu.alerts import actions, chain
from qingqu.alerts.engine.days import MINUTES
from qingqu.alerts.indicators import rule_actions
from qingqu.alerts.models import Alert, Rule
from qingqu.datasets import actions as tables
from qingqu.datasets import hashing
from qingqu.datasets.catalogue import templates
from qingqu.datasets.models import Batch, Dataset
from qingqu.organisation.models import Appointment

KEPT = ("DS1", "DS2", "DS3", "DS4", "DS13", "DS15", "EV1")
ON = ("F01", "F02", "F04", "F05", "F07", "F08", "F09", "F10", "F14", "F15", "F28", "E01", "E04")
LARGE = ((186_000, "维修工程"), (148_000, "家具"), (132_000, "音响设备"), (118_500, "教学仪器"))
"""What a school bought by tender after a meeting, in yuan."""
ON_MEETINGS = ("年度预算", "人事任免", "职称推荐", "绩效分配方案", "年度考核等次", "招生计划", "评优推荐", "制度修订")
MEMBERS = 9
PLANTED = ("F01", "F05", "F07", "F10", "F15", "F07", "F15", "E01", "F32", "F32", "F32", "F28")
LIMITS = (("F01", "limit", 3_000_000), ("F02", "limit", 3_000_000), ("F28", "limit", 10_000_000))
KEEPER = "总务处（后勤）"
BASIS = "采购管理办法第六条（示范）"
ROWS = 170
TIES = 12
"""So many people have declared a relative."""
LOGGED = 60
"""So many claims, and all larger purchases, went through the OA."""


def keep(made: School, hours: Hours, today: date) -> None:
    """Adopt tables and indicators, bring in a year's records, let people dispose of some of what is found."""
    zhao, chen = made.people["赵文静"], made.people["陈思"]
    with hours.at(today - timedelta(days=20)):
        tables.adopt(made.unit, KEPT, keeper=made.units[KEEPER], by=chen)
        rule_actions.adopt(made.unit, ON, by=zhao)
        for code, name, value in LIMITS:
            rule = Rule.objects.get(school=made.unit, code=code, state=Rule.State.ON)
            rule_actions.set_limit(rule, name, value, basis=BASIS, by=zhao)
    with hours.at(today - timedelta(days=12)):
        records = _records(today)
        log = Dataset.objects.select_related("keeper").get(school=made.unit, code="EV1")
        tables.map_steps(log, {str(step): str(step) for step in records["EV1"]["step"]}, by=_clerk(made))
        for code, table in records.items():
            _bring_in(made, code, table)
    _dispose(made, hours, today)


def _records(today: date) -> dict[str, Table]:
    """Honest tables with a few planted cases, moved so that they end just before today on the same weekday."""
    world = World(seed=5, schools=1, years=1, last=2025)
    bought = _with_large(purchases(world, ROWS))
    paid, met = contracts(world, bought)
    met = _with_others(world, met)
    made = {"DS2": quotes(world, bought), "DS13": met, "DS1": bought, "DS3": paid, "DS4": expenses(world, ROWS)}
    _months, ties, _posts = staff(world)
    declared = {name: column[:TIES] for name, column in ties.items()}
    claimed = {name: column[:LOGGED] for name, column in made["DS4"].items()}
    made = {"EV1": events(world, bought, paid, claimed), "DS15": declared, **made}
    books = frauds.Books(world, made)
    for rule in PLANTED:
        frauds.PLANTERS[rule](books, 0)
    _signed_before_the_meeting(books)
    moved = (number(today) - number(date(2025, 12, 31))) // 7 * 7
    for code, table in books.close().items():
        for column in templates()[code].columns:
            if column.type in ("date", "moment") and column.id in table:
                later = moved * (MINUTES if column.type == "moment" else 1)
                table[column.id] = [None if at is None else int(at) + later for at in table[column.id]]
    return made


def _with_large(bought: Table) -> Table:
    """Four purchases of the year are large ones: by tender, after a meeting (三重一大)."""
    free = list(range(len(bought["school"])))
    for n, (yuan, category) in enumerate(LARGE, 1):
        at = next(k for k in free if bought["category"][k] == category and bought["contract_date"][k] is not None)
        free.remove(at)
        pieces = max(1, yuan * 100 // int(bought["unit_price"][at]))
        bought["qty"][at] = pieces * 1000
        bought["amount"][at] = pieces * int(bought["unit_price"][at])
        bought["method"][at], bought["meeting_no"][at] = "公开招标", f"党委会第 {20 + n} 次"
    return bought


def _with_others(world: World, met: Table) -> Table:
    """A meeting every six weeks on other matters; at one of them too few were present."""
    days = world.office_days[15::30][: len(ON_MEETINGS)]
    rows = {
        "school": [0] * len(days),
        "meeting_no": [f"党委会第 {n} 次" for n in range(1, len(days) + 1)],
        "date": list(days),
        "topic": list(ON_MEETINGS),
        "amount": [None] * len(days),
        "attend": [5 if n == 4 else MEMBERS - n % 2 for n in range(len(days))],
        "should": [MEMBERS] * len(days),
        "vote": ["通过"] * len(days),
    }
    return {name: np.concatenate([column, np.array(rows[name], dtype=object)]) for name, column in met.items()}


def _signed_before_the_meeting(books: frauds.Books) -> None:
    """One of the large contracts was signed a week before the meeting that decided it."""
    at = next(k for k in books.rows("DS1", 0) if books.row("DS1", k)["meeting_no"])
    bought = books.row("DS1", at)
    for k in books.where("DS13", "meeting_no", bought["meeting_no"]):
        books.change("DS13", k, date=bought["contract_date"] + 7)


def _bring_in(made: School, code: str, table: Table) -> None:
    dataset = Dataset.objects.select_related("keeper").get(school=made.unit, code=code)
    template = templates()[code]
    clerk = _clerk(made)

    def cell(column: Any, at: int) -> Any:
        value = table[column.id][at] if column.id in table else None
        if value is None:
            return None
        if column.type == "hashed":
            return hashing.digest(column.hashed_as, value)
        return str(value) if column.type == "text" else int(value)

    rows = [{c.id: cell(c, at) for c in template.columns} for at in range(len(table["school"]))]
    batch = tables.open_batch(dataset, Batch.Source.FILE, name=f"{dataset.name}（示范）.xlsx", by=clerk)
    done = tables.put_rows(dataset, rows, batch=batch, by=clerk)
    tables.close_batch(batch, done, sha256=tables.seal_of(rows), judged=True, by=clerk)


def _clerk(made: School) -> User:
    """Somebody of the keeping department who is not its head."""
    held = Appointment.objects.filter(post__unit=made.units[KEEPER]).select_related("person").order_by("id")
    return next(a.person for a in held if a.person != made.people["李明远"])


def _dispose(made: School, hours: Hours, today: date) -> None:
    """One closed as a flaw, one dispelled, one at the commission's desk, one at the head's; the rest with the clerk."""
    head, zhao, clerk = made.people["李明远"], made.people["赵文静"], _clerk(made)
    waiting = list(Alert.objects.filter(school=made.unit).order_by("-id"))
    steps = (("flaw", "批准手续后补，今后先批后签"), ("dispelled", "录入差错，签字页已核"), ("", ""), None)
    for alert, until in zip(waiting, steps, strict=False):
        with hours.at(today - timedelta(days=9)):
            actions.explain(alert, text="已对照单据核实，情况见附件说明（示范）。", by=clerk)
        if until is None:
            continue
        with hours.at(today - timedelta(days=7)):
            actions.confirm(alert, opinion=until[0] or "flaw", text="与单据核对一致（示范）。", by=head)
        if until[0]:
            with hours.at(today - timedelta(days=4)):
                risk = chain.candidates(alert, zhao).first() if until[0] in Alert.RECTIFIED else None
                actions.close(alert, result=until[0], text=until[1], risk=risk, by=zhao)

"""The numbers of a whole log never lose a case that judging it alone would find."""

import random
from functools import cache

import ibis
import pyarrow as pa
import pytest

from qingqu.alerts.engine.batch import Logs, run_check
from qingqu.alerts.engine.cases import by_case, case_hits
from qingqu.alerts.engine.hits import digest
from qingqu.alerts.engine.prepared import EVENT_COLUMNS, Context, prepare
from qingqu.alerts.engine.spec import Events
from tests.alerts.shipped import RULES, SCHEMAS, TODAY, in_force

CHECKS = {
    f"{rule.code}/{check.id}": (rule, check)
    for rule in map(in_force, RULES)
    for check in rule.checks
    if isinstance(check, Events)
}
STEPS = ["申请", "审批", "询价", "招标", "上会", "签约", "验收", "付款", "公示", "任用", "异议", "答复", "建档"]
OWN = {f"本校{step}": step for step in STEPS}
"""A log's own names; others of it are not mapped."""


@cache
def rows(own: bool) -> list[dict[str, object]]:
    """Events near everything that the checks look at: equal minutes, returns, missing steps, persons and times."""
    rng, made = random.Random(11), []
    for number in range(1, 6_001):
        step = rng.choice([*STEPS, None if rng.random() < 0.3 else "付款"])
        if own and step:
            step = rng.choice([f"本校{step}", f"本校{step}", f"本校{step}", "别的"])
        made.append(
            {
                "id": number,
                "school": rng.choice([1, 2]),
                "case": rng.choice([None, *(f"办{n}" for n in range(700))]),
                "step": step,
                "op": rng.choice([None] * 10 + ["退回", "return", "提交"]),
                "operator": rng.choice([None, *"甲乙丙丁戊己庚辛"]),
                "on_behalf": rng.choice([None] * 8 + list("甲乙丙")),
                "time": rng.choice([None, *((TODAY - rng.randrange(-2, 60)) * 1440 + rng.choice([0, 0, 5])
                                            for _ in range(30))]),
                "amount": rng.choice([None, 2_999_999, 3_000_000]),
                "evidence": rng.choice([None, "单"]),
                "to": rng.choice([None, rng.choice([*OWN] if own else STEPS)]),
            }
        )  # fmt: skip
    return made


def log(own: bool) -> dict[str, object]:
    text = {"case", "step", "op", "operator", "on_behalf", "evidence", "to"}
    schema = pa.schema(
        [(name, pa.string() if name in text else pa.int64()) for name in ("id", "school", *EVENT_COLUMNS)]
    )
    return {"EV1": ibis.memtable(pa.Table.from_pylist(rows(own), schema=schema))}


@pytest.mark.parametrize("own", [False, True])
def test_every_check_finds_what_judging_each_case_finds(own):
    tables = log(own)
    logs, kinds = Logs(tables), set()
    for name, (rule, check) in CHECKS.items():
        p = prepare(rule, check, SCHEMAS, Context(TODAY, steps=OWN if own else None))
        alone = [hit for (s, case), kept in by_case(rows(own)).items() for hit in case_hits(p, s, case, kept)]
        assert digest(run_check(p, tables, logs)) == digest(run_check(p, tables)) == digest(alone), name
        if alone:
            kinds.add(check.kind)
    assert kinds == {check.kind for _rule, check in CHECKS.values()}

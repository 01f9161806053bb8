"""The numbers of a whole log never lose a case that judging it alone would find."""

import random
from functools import cache

import ibis
import pyarrow as pa
import pytest

from qingqu.alerts.engine.batch import Logs, run_check
from qingqu.alerts.engine.batch.conformity import sort
from qingqu.alerts.engine.cases import by_case, case_hits
from qingqu.alerts.engine.hits import digest
from qingqu.alerts.engine.prepared import EVENT_COLUMNS, Context, prepare
from qingqu.alerts.engine.procedures import event_of, verdict
from qingqu.alerts.engine.spec import Events
from qingqu.datasets.rules import BESIDE
from tests.alerts.shipped import RULES, SCHEMAS, TODAY, in_force

CHECKS = {
    f"{rule.code}/{check.id}": (rule, check)
    for rule in map(in_force, RULES)
    for check in rule.checks
    if isinstance(check, Events)
}
STEPS = ["申请", "审批", "询价", "招标", "上会", "签约", "验收", "付款", "公示", "任用", "异议", "答复", "建档"]
OWN = {**{f"本校{step}": step for step in STEPS}, "打印": BESIDE}
"""A log's own names; others of it are not mapped."""


@cache
def rows(own: bool) -> list[dict[str, object]]:
    """Events near everything that the checks look at: equal minutes, returns, missing steps, persons and times."""
    rng, made = random.Random(11), []
    for number in range(1, 6_001):
        step = rng.choice([*STEPS, None if rng.random() < 0.3 else "付款"])
        if own and step:
            step = rng.choice([f"本校{step}"] * 6 + ["别的", "打印"])
        made.append(
            {
                "id": number,
                "school": rng.choice([1, 2]),
                "case": rng.choice([None, *(f"办{n}" for n in range(700))]),
                "step": step,
                "op": rng.choice([None] * 10 + ["退回", "return", "提交"]),
                "operator": rng.choice([None, *"甲乙丙丁戊己庚辛", "甲 壬"]),
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


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("about", [(), ("签约",)])
def test_a_whole_log_is_sorted_as_each_case_is(own, about):
    """By cases of one school; some lack rows, one of these all of them."""
    here, steps = [row for row in rows(own) if row["school"] == 1], OWN if own else None
    rule, check = CHECKS["E10/purchase-procedure"]
    p = prepare(rule, check.model_copy(update={"about": about}), SCHEMAS, Context(TODAY, steps=steps))
    kept = {case: events for (_school, case), events in by_case(here).items()}
    refused = {*[case for n, case in enumerate(kept) if n % 40 == 0], "全缺"}
    expected: dict[str, set[str]] = {"unknown": {"全缺"}, "refused": {"全缺"}}
    for case, events in kept.items():
        said = verdict([event_of(row, steps) for row in events], p.check, refused=case in refused)
        if any((steps or {}).get(row["step"]) != BESIDE or row["op"] in ("退回", "return") for row in events):
            expected.setdefault(said, set()).add(case)
    whole = ibis.memtable(log(own)["EV1"].filter(ibis._.school == 1).to_pyarrow())
    found = sort(Logs({"EV1": whole}).of(p), p, refused, 10_000)
    for kind in ("follows", "leaves", "under_way", "unknown"):
        assert set(found.cases[kind]) == expected.get(kind, set()), kind
        assert found.counts[kind] == len(expected.get(kind, set()))
    assert found.counts["other"] == len(expected.get("other", set()))
    assert found.counts["refused"] == len(refused), "a case that lacks rows is always one that cannot be told"
    assert found.counts["unknown"] > found.counts["refused"] > 1

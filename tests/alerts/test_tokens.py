"""The token game against the language of the procedure, written out in full."""

from __future__ import annotations

import itertools
import random

import pytest

from qingqu.alerts.engine.spec import ModelStep
from qingqu.alerts.engine.tokens import BrokenProcedure, Net

PURCHASE = (
    ModelStep(name="申请"),
    ModelStep(name="审批", after=("申请",)),
    ModelStep(name="上会", after=("审批",), choice=True),
    ModelStep(name="询价", after=("审批",), choice=True),
    ModelStep(name="签约", after=("上会", "询价"), join="any"),
    ModelStep(name="验收", after=("签约",)),
    ModelStep(name="开票", after=("签约",)),
    ModelStep(name="付款", after=("验收", "开票")),
)


@pytest.mark.parametrize(
    ("case", "fits", "slips"),
    [
        ("申请 审批 询价 签约 验收 开票 付款", True, []),
        ("申请 审批 上会 签约 开票 验收 付款", True, []),
        ("申请 审批 询价 签约 验收", False, []),
        ("申请 询价 签约 验收 开票 付款", False, [("early", "询价", ("审批",))]),
        ("申请 审批 询价 上会 签约 验收 开票 付款", False, [("repeated", "上会", ())]),
        ("申请 审批 询价 签约 验收 付款", False, [("early", "付款", ("开票",)), ("unfinished", "开票", ())]),
        ("申请 审批 询价 签约 验收 验收 开票 付款", False, [("repeated", "验收", ())]),
        ("申请 审批 询价 签约 验收 开票 送礼 付款", False, [("unknown", "送礼", ())]),
        ("审批 询价 签约 验收 开票 付款", False, [("early", "审批", ("申请",))]),
    ],
)
def test_a_purchase(case, fits, slips):
    replay = Net(PURCHASE).replay(tuple(case.split()))
    assert replay.fits is fits
    assert [(s.kind, s.step, s.missing) for s in replay.slips][: len(slips)] == slips
    assert bool(replay.slips) == bool(slips)


@pytest.mark.parametrize(
    ("case", "slips"),
    [
        ("申请 审批 审批 询价 签约 验收 付款 付款", []),
        ("归档 申请 审批 公示 询价 签约 开票 验收 付款 归档", []),
        ("申请 审批 询价 签约 付款 付款", [("early", "付款"), ("unfinished", "验收")]),
        ("申请 审批 询价 签约 签约 验收 付款", [("repeated", "签约")]),
    ],
)
def test_steps_that_may_come_again_and_steps_of_no_place(case, slips):
    steps = (
        ModelStep(name="申请"),
        ModelStep(name="审批", after=("申请",), many=True),
        ModelStep(name="询价", after=("审批",)),
        ModelStep(name="签约", after=("询价",)),
        ModelStep(name="验收", after=("签约",)),
        ModelStep(name="付款", after=("验收",), many=True),
        ModelStep(name="公示", beside=True),
        ModelStep(name="开票", beside=True),
        ModelStep(name="归档", beside=True),
    )
    replay = Net(steps).replay(tuple(case.split()))
    assert [(s.kind, s.step) for s in replay.slips][: len(slips)] == slips
    assert bool(replay.slips) == bool(slips)


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (ModelStep(name="甲"), ModelStep(name="甲")),
        (ModelStep(name="甲", after=("乙",)),),
        (ModelStep(name="甲"), ModelStep(name="乙", after=("丙",)), ModelStep(name="丙", after=("乙",))),
    ],
)
def test_a_table_that_is_no_procedure(steps):
    with pytest.raises(BrokenProcedure):
        Net(steps)


def block_structured(rng):
    """A random procedure of sequences, choices and parallel branches, and every case that follows it."""
    names = iter("abcdefghijklmnopqrstuvwxyz")
    steps, traces = [ModelStep(name=next(names))], [("a",)]
    last, join = ("a",), "all"
    for _ in range(rng.randint(2, 4)):
        kind = rng.choice(["step", "choice", "parallel"])
        if kind == "step":
            name = next(names)
            steps.append(ModelStep(name=name, after=last, join=join))
            traces = [(*t, name) for t in traces]
            last, join = (name,), "all"
            continue
        if len(last) > 1:
            name = next(names)
            steps.append(ModelStep(name=name, after=last, join=join))
            traces = [(*t, name) for t in traces]
            last, join = (name,), "all"
        branches = []
        for _ in range(2):
            branch = [next(names) for _ in range(rng.randint(1, 2))]
            before = last
            for position, name in enumerate(branch):
                steps.append(ModelStep(name=name, after=before, choice=kind == "choice" and position == 0))
                before = (name,)
            branches.append(branch)
        if kind == "choice":
            traces = [(*t, *branch) for t in traces for branch in branches]
        else:
            traces = [(*t, *mixed) for t in traces for mixed in interleaved(*branches)]
        last, join = tuple(b[-1] for b in branches), "any" if kind == "choice" else "all"
    if len(last) > 1:
        steps.append(ModelStep(name="end", after=last, join=join))
        traces = [(*t, "end") for t in traces]
    return steps, set(traces)


def interleaved(one, other):
    for places in itertools.combinations(range(len(one) + len(other)), len(one)):
        first, second = iter(one), iter(other)
        yield [next(first) if n in places else next(second) for n in range(len(one) + len(other))]


@pytest.mark.parametrize("seed", range(40))
def test_the_verdict_is_membership_in_the_language(seed):
    rng = random.Random(seed)
    steps, language = block_structured(rng)
    net = Net(steps)
    names = [step.name for step in steps]
    for trace in sorted(language)[:60]:
        assert net.replay(trace).fits, trace
        for _ in range(6):
            broken = list(trace)
            match rng.choice(["skip", "swap", "double", "foreign"]):
                case "skip":
                    broken.pop(rng.randrange(len(broken)))
                case "swap" if len(broken) > 1:
                    at = rng.randrange(len(broken) - 1)
                    broken[at], broken[at + 1] = broken[at + 1], broken[at]
                case "double":
                    at = rng.randrange(len(broken))
                    broken.insert(at, broken[at])
                case _:
                    broken.insert(rng.randrange(len(broken) + 1), rng.choice(names))
            assert net.replay(tuple(broken)).fits == (tuple(broken) in language), broken

"""What a power must say, how its table of steps is rearranged, how the picture is laid out."""

import pytest

from qingqu.powers import rules
from qingqu.powers.drawing import LaneStep, lay_out, width_of, wrap

WHOLE = {"content": "采购", "bases": 1, "steps": 3, "holders": 1, "decider": "校长办公会", "supervisor": "纪委"}


@pytest.mark.parametrize(
    ("lacking", "missing"),
    [
        ({}, []),
        ({"content": " "}, ["content"]),
        ({"bases": 0}, ["basis"]),
        ({"steps": 0}, ["procedure"]),
        ({"holders": 0}, ["identity"]),
        ({"decider": ""}, ["identity"]),
        ({"supervisor": "", "content": ""}, ["content", "identity"]),
    ],
)
def test_the_four_blocks(lacking: dict[str, object], missing: list[str]) -> None:
    assert rules.missing_blocks(**{**WHOLE, **lacking}) == missing  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("press", "rows"),
    [
        ("up-1", ["b", "a", "c"]),
        ("up-0", ["a", "b", "c"]),
        ("down-0", ["b", "a", "c"]),
        ("down-2", ["a", "b", "c"]),
        ("remove-1", ["a", "c"]),
        ("add", ["a", "b", "c", ""]),
        ("remove-9", ["a", "b", "c"]),
        ("save", ["a", "b", "c"]),
    ],
)
def test_a_press_of_a_button(press: str, rows: list[str]) -> None:
    assert rules.rearrange(["a", "b", "c"], press, "") == rows


@pytest.mark.parametrize(
    ("codes", "code"), [([], "X01"), (["X01", "X09"], "X10"), (["P31", "T1"], "X01"), (["X99"], "X100")]
)
def test_the_next_code(codes: list[str], code: str) -> None:
    assert rules.next_code(codes) == code


def test_days_of_all_steps() -> None:
    assert rules.total_days([3, None, 5]) == 8


def test_words_are_broken_to_the_width_of_a_box() -> None:
    assert wrap("1 征求家长意愿", 12, 2) == ["1 征求家长意愿"]
    assert wrap("2 三家以上比价或网上商城询价", 9, 2) == ["2 三家以上比价", "或网上商城询价"]
    assert wrap("一二三四五六七八九十", 4, 2) == ["一二三四", "五六七…"]
    assert width_of("P6采购") == pytest.approx(3.12)


def test_each_step_stands_under_its_actor_and_below_the_one_before() -> None:
    drawing = lay_out([LaneStep(1, "申请", "使用部门"), LaneStep(2, "审批", "总务处"), LaneStep(3, "下单", "总务处")])
    assert [lane.text for lane in drawing.lanes] == ["使用部门", "总务处"]
    first, second, third = drawing.boxes
    assert first.x < second.x == third.x
    assert first.y < second.y < third.y
    assert len(drawing.arrows) == 2
    assert all(box.x >= 0 and box.x + box.width <= drawing.width for box in drawing.boxes)
    assert third.y + drawing.box_height <= drawing.height


def test_many_actors_still_fit_on_the_sheet() -> None:
    drawing = lay_out([LaneStep(n, "依上级计划拟定招生方案", f"部门{n}") for n in range(1, 9)])
    assert all(box.x >= 0 and box.x + box.width <= drawing.width for box in drawing.boxes)

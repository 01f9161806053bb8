"""What counts as copied, and what does not."""

import time

import pytest

from qingqu.declarations.rules.similarity import COPIED, added, compare, grams, normalise

TEMPLATE = "班费与代收款管理不够规范，存在由班级或家委会代收现金的情况"


def ratio(text: str, other: str = TEMPLATE, names: tuple[str, ...] = ()) -> float:
    return next((m.ratio for m in compare(text, {"template": other}, names)), 0.0)


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE,
        "班费与代收款管理不够规范;存在由班级,或家委会,代收现金的情况",
        "班费与代收款管理不够规范，存在由班级或家委会代收现金的情况，需要引起高度重视。",
        "在日常工作中，班费与代收款管理不够规范，可能存在由班级或家委会代收现金等问题",
        "代收款与班费管理不够规范，由家委会或班级代收现金",
        "　班费与代收款管理不够规范，存在由班级或家委会代收现金的情况　".replace("费", "费"),
    ],
)
def test_a_copy_stays_a_copy(text):
    assert ratio(text) >= COPIED


@pytest.mark.parametrize(
    "text",
    [
        "班费由家委会一位家长收现金，收了放在他自己的微信里，到学期末才在群里公布一次",
        "每学期开学家委会会计按 200 元一人收班费，存个人微信，学期末才公布一次明细",
        "验收时由保管员一人看单据，没有打开箱子点数",
    ],
)
def test_own_words_are_not_a_copy(text):
    assert ratio(text) < 0.6


def test_names_of_laws_are_not_counted():
    law = "《中华人民共和国政府采购法实施条例》第二十八条、财库〔2015〕3号"
    one = f"违反{law}，采购三万元以下用品时由我一人询价"
    other = f"违反{law}，验收小组两名成员没有到现场就在单子上签字"
    assert ratio(one, other) < 0.3


def test_regulations_of_the_school_are_not_counted():
    rule = "云川市第五中学物资采购与验收管理暂行办法"
    one, other = f"按{rule}，由我一人询价，三家报价常由同一商户代开", f"按{rule}，保管员没有点数就签收食堂送来的菜"
    assert ratio(one, other, (rule,)) < 0.3 < ratio(one, other)


def test_short_texts_are_never_flagged():
    assert compare("班费与代收款", {"template": "班费与代收款"}) == []
    assert not grams("好人主义")


def test_most_similar_first_and_strangers_left_out():
    found = compare(
        TEMPLATE, {"a": "食堂送菜由厨师长一人过秤签收", "b": TEMPLATE, "c": TEMPLATE + "每月在群里公布一次收支明细表"}
    )
    assert [m.label for m in found] == ["b", "c"]
    assert found[0].percent == 100


def test_padding_shows_in_what_is_kept():
    (found,) = compare(f"客观上{TEMPLATE}值得我们全体教职员工在今后的岗位上加以充分注意和防范", {"t": TEMPLATE})
    assert found.ratio < COPIED <= found.kept


def test_added_is_what_the_writer_added():
    assert added(TEMPLATE + "，由班长收了放讲台抽屉里", TEMPLATE) == "由班长收了放讲台抽屉里"


def test_normalise_forgives_width_and_punctuation():
    assert normalise("Ａ４纸，采购！") == normalise("a4 纸采购")


def test_a_school_of_180_is_compared_quickly():
    others = {str(n): f"第{n}号办公室的采购员{n * 7}在询价时只问{n % 9}家商户，报价单由{n}号代开" for n in range(1080)}
    compare(TEMPLATE, others)
    began = time.process_time()
    for n in range(6):
        compare(f"{TEMPLATE}其{n}", others)
    assert time.process_time() - began < 0.5

"""准、全、深: what the page says of an item and of a form."""

import pytest

from qingqu.declarations.rules import quality
from qingqu.declarations.rules.quality import FormFacts, ItemFacts, MeasureFacts, Source

TEMPLATE = "座位、班干、评优、资助评议不公，存在照顾关系户的情况"
OWN = "月考后班主任一人调整座位，个别家长事先请托，轮换表未张贴"
ALL_PHASES = tuple(MeasureFacts(phase, f"措施{phase}", "两人签字的验收单") for phase in ("pre", "mid", "post"))


def item(manifestation: str = OWN, sources: list[Source] | None = None, **fields) -> ItemFacts:
    facts = {
        "category": "duty",
        "title": "座位调整",
        "cause": "discretion",
        "has_post": True,
        "is_rated": True,
        "ruled_level": 2,
        "measures": ALL_PHASES,
    } | fields
    return ItemFacts(manifestation=manifestation, copies=quality.copies(manifestation, sources or []), **facts)


def said(facts: ItemFacts, kind: str | None = None, ok: bool | None = None) -> list[str]:
    return [h.text for h in quality.hints(facts) if kind in (None, h.kind) and ok in (None, h.ok)]


def test_a_good_item_has_nothing_against_it():
    assert said(item(), ok=False) == []


def test_the_walk_copied_then_rewritten():
    """W2: the template is named with what to write; after his own sentence the mark turns."""
    template = "班费与代收款管理不够规范，存在由班级或家委会代收现金的情况"
    before = item(template.replace("的情况", "现象"), [Source("template", template)])
    assert any(
        "与模板相似" in text and "请写明在哪个环节、由谁、怎样发生" in text for text in said(before, "deep", False)
    )
    after = item(
        "班费由家委会一位家长收现金，收了放在他自己的微信里，到学期末才公布一次", [Source("template", template)]
    )
    assert said(after, "deep", False) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (OWN, ()),
        ("月考后调座位时先看家长的请求，轮换表没有贴在教室里；资助评议小组由我一人指定", ()),
        ("毕业季家长以“谢师”名义邀请，个别推辞不坚决", ()),
        ("采购三万元以下办公用品时，由我一人询价，三家报价单有时都是同一个商户代开的", ()),
        ("食堂送菜早上六点到，厨师长一个人过秤签收，没有拍照", ()),
        ("思想认识不到位，纪律意识淡薄", ("where", "who", "how")),
        ("工作责任心不强，管理不够规范", ("where", "who", "how")),
        ("制度执行不严，监督不到位", ("where", "who", "how")),
        ("加强学习，提高认识，增强廉洁自律意识", ("where", "who", "how")),
        ("供应商选择、验收、结算", ("where", "how")),
        ("验收时只看单据不看实物", ("who",)),
    ],
)
def test_where_who_and_how(text, missing):
    assert quality.missing_parts(text) == missing


def test_a_linked_step_says_where():
    assert "where" not in quality.missing_parts("由保管员一人签收，没有点数", has_step=True)


def test_one_missing_part_of_a_full_sentence_is_mild():
    (hint, *_) = [h for h in quality.hints(item("由保管员一人签收食堂的菜，没有过秤也没有拍照")) if h.kind == "deep"]
    assert (hint.ok, hint.mild) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE,
        "资助、评优、班干、座位评议不公，存在照顾关系户的情况",
        TEMPLATE + "，在日常工作中需要引起高度重视",
        "客观上" + TEMPLATE + "，值得加以充分注意，并在今后不断改进完善",
    ],
)
def test_a_template_is_named_whatever_is_done_to_it(text):
    found = quality.copies(text, [Source("template", TEMPLATE)])
    assert found
    assert found[0].is_copied


def test_the_template_kept_with_a_concrete_sentence_is_not_named():
    text = TEMPLATE + "：月考后由我一人调座位，先看家长的请托，没有张贴轮换表"
    assert not any(c.is_copied for c in quality.copies(text, [Source("template", TEMPLATE)]))


def test_last_years_own_text_may_stay_with_a_mild_hint():
    facts = item(OWN, [Source("last_year", OWN)])
    assert said(facts, "deep", False) == []
    assert any(h.mild and h.ok and "与去年相似 100%" in h.text for h in quality.hints(facts))


def test_a_colleague_is_not_named_to_the_writer_but_to_who_may_see_both():
    assert any("与一位同事的填写相似 100%" in t for t in said(item(OWN, [Source("colleague", OWN)]), "deep", False))
    named = said(item(OWN, [Source("colleague", OWN, "吴晓")]), "deep", False)
    assert any("与吴晓的填写相似 100%" in t for t in named)


def test_between_sixty_and_ninety_is_mild():
    text = OWN + "，家长会上也没有说明过"
    facts = item(text, [Source("colleague", OWN)])
    assert said(facts, "deep", False) == []
    assert any(h.mild for h in quality.hints(facts))


def test_shared_laws_alone_are_not_a_copy():
    law = "《新时代中小学教师职业行为十项准则》（教师〔2018〕16号）"
    one = f"违反{law}，假期在家给本班学生补课收费"
    assert quality.copies(one, [Source("template", f"违反{law}，毕业季接受家长宴请和购物卡")]) == []


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"has_post": False}, "accurate", "权力环节或岗位"),
        ({"is_rated": False}, "accurate", "请评定"),
        ({"level": 2, "ruled_level": 1}, "accurate", "自定为二级，按规则为一级"),
        ({"cause": ""}, "deep", "请选择成因"),
        ({"measures": ()}, "complete", "至少写一条"),
        ({"measures": ALL_PHASES[:2], "ruled_level": 1}, "complete", "缺后期处置"),
        ({"measures": (MeasureFacts("pre", "规则上墙", "相关材料"),)}, "deep", "留下什么凭证"),
    ],
)
def test_what_is_missing_is_said(fields, kind, words):
    assert any(words in text for text in said(item(**fields), kind, False))


def test_a_missing_phase_is_mild_below_level_one():
    hint = next(h for h in quality.hints(item(measures=ALL_PHASES[:2])) if h.kind == "complete")
    assert (hint.ok, hint.mild) == (True, True)


@pytest.mark.parametrize(
    ("form", "ok", "words"),
    [
        (FormFacts(answered={"thought", "duty", "system", "other"}), True, "四类均已填写"),
        (FormFacts(answered={"thought", "duty"}), False, "还有 2 类"),
        (
            FormFacts(
                answered={"thought", "duty", "system"}, none_reasons={"other": "没有在校外机构兼职，没有推销教辅"}
            ),
            True,
            "1 类为“无”",
        ),
        (FormFacts(answered={"thought", "duty", "system"}, none_reasons={"other": "没有"}), False, "过于简单"),
        (FormFacts(answered=set(), key_missing=["验收", "询价"], key_count=3), False, "没有填写：验收、询价"),
        (FormFacts(answered=set(), key_count=2), True, "2 个重点岗位和关键环节均已判断"),
        (FormFacts(answered=set(), unjudged=4), False, "4 个环节"),
    ],
)
def test_the_form_as_a_whole(form, ok, words):
    assert any(words in h.text for h in quality.form_hints(form) if h.ok is ok)

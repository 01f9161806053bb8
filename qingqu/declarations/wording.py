"""What the form's pages and refusals say: names of groups, questions to oneself, what is still missing."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.declarations.queries import Draft
from qingqu.declarations.rules.groups import CATEGORIES
from qingqu.declarations.rules.missing import Missing
from qingqu.risks.models import Category, Phase

NOT_YET = gettext_lazy("本年度工作还没有开始")
GROUPS: dict[str, str | Promise] = {
    "basic": gettext_lazy("基本情况"),
    "duties": gettext_lazy("岗位职责"),
    "send": gettext_lazy("承诺与报送"),
}
PROMPTS: dict[str, tuple[str | Promise, ...]] = {
    "thought": (
        gettext_lazy("是否放松学习，重业务、轻修养"),
        gettext_lazy("是否接受过吃请、礼品，或者难以推辞熟人请托"),
        gettext_lazy("是否有有偿补课、商业推销等容易放松要求的地方"),
        gettext_lazy("生活习惯和社会交往中，有无影响公正办事的情形"),
    ),
    "duty": (
        gettext_lazy("哪些事由您一个人说了算，没有第二个人核对"),
        gettext_lazy("哪些标准可松可紧、先后可调"),
        gettext_lazy("哪些环节的职责界限不清，或者容易超出权限"),
        gettext_lazy("哪些结果与学生、家长、供应商的利益有关"),
    ),
    "system": (
        gettext_lazy("哪些事还没有书面制度，靠口头商量"),
        gettext_lazy("哪些制度已经过时，或者写得不细、不好执行"),
        gettext_lazy("哪些制度有，但没有照着做"),
        gettext_lazy("哪些办事程序缺少公开、复核或留痕"),
    ),
    "other": (
        gettext_lazy("家长、学生、供应商是否送过礼品、礼金或卡券"),
        gettext_lazy("亲友是否与学校有业务往来"),
        gettext_lazy("是否在校外兼职，是否推荐过教辅、机构或平台"),
    ),
}
"""Questions to oneself in each category (S26–S29)."""
EXAMPLES: dict[str, str | Promise] = {
    "thought": gettext_lazy("例：教师节前一位家长把购物卡放进我的办公桌，我隔了两天才退回，也没有登记。"),
    "duty": gettext_lazy("例：月考后调座位时，我会先看家长的请求，轮换表没有贴在教室里。"),
    "office": gettext_lazy("例：采购询价由我一人打电话，三家的报价单是事后补的。"),
    "system": gettext_lazy("例：零星采购没有书面比价办法，每次由我口头决定找哪家。"),
    "other": gettext_lazy("例：亲戚开的打印店来报价时，我没有说明关系，也没有回避。"),
}
"""How concrete a manifestation should be; of duties in the classroom, and of those in an office."""


def group_name(key: str, draft: Draft | None = None) -> str:
    """The name of a group as its heading."""
    if key in CATEGORIES:
        return str(Category(key).label)
    if draft and (power := draft.power(key)):
        return power.name
    if key == "basic" and draft and draft.declaration.kind == "unit":
        return _("部门情况")
    return str(GROUPS.get(key, key))


def sentence(missing: Missing) -> str:
    """What is missing, in a sentence that says what to do."""
    words = {"title": _("未命名的风险点"), **{key: value for key, value in missing.words.items() if value}}
    if "category" in words:
        words["category"] = str(Category(words["category"]).label)
    if "phase" in words:
        words["phase"] = str(Phase(words["phase"]).label)
    return _(SENTENCES[missing.code]) % words


def sentences(missing: Iterable[Missing]) -> str:
    """All of it in one line, for a refusal."""
    return _("；").join(sentence(one) for one in missing)


def gettext_noop(message: str) -> str:
    return message


SENTENCES = {
    "duties": gettext_noop("请填写岗位职责"),
    "unit_duties": gettext_noop("请填写部门职责"),
    "judgement": gettext_noop("“%(power)s”的“%(step)s”环节还没有判断有无风险"),
    "step_item": gettext_noop("“%(power)s”的“%(step)s”环节判断为有风险，请写明是什么风险"),
    "step_contrary": gettext_noop("“%(power)s”的“%(step)s”环节判断为无风险，却写有风险点，请核对"),
    "category": gettext_noop("%(category)s还没有填写，没有风险的请说明理由"),
    "title": gettext_noop("%(category)s中有一条还没有写风险点"),
    "manifestation": gettext_noop("“%(title)s”请写明表现形式"),
    "link": gettext_noop("“%(title)s”请选择岗位或权力环节"),
    "rating": gettext_noop("“%(title)s”请选择发生机率和危害程度"),
    "level_reason": gettext_noop("“%(title)s”的等级与规则不同，请写明理由"),
    "phase": gettext_noop("“%(title)s”是一级风险，还缺%(phase)s措施"),
    "measure": gettext_noop("“%(title)s”请至少写一条防控措施"),
    "confirm": gettext_noop("“%(title)s”是预填的，请改写，或者勾选按此保留"),
    "pledge": gettext_noop("请勾选承诺"),
}

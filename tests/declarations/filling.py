"""Filling in forms for tests, as a hurried colleague would."""

from __future__ import annotations

from dataclasses import replace

from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.declarations import actions, draft_actions, queries
from qingqu.declarations.models import Declaration
from qingqu.declarations.rules.content import Content, ItemContent, Judgement, MeasureContent

SENTENCES = {
    "thought": "临近教师节时家长送来购物卡，我没有当场退回",
    "duty": "验收时我一人清点签字，供应商少送的办公用品没有登记",
    "system": "零星采购没有书面比价办法，每次由我口头决定找哪家",
    "other": "亲戚开的打印店来报价时，我没有说明关系也没有回避",
}


def own_item(category: str, **fields) -> ItemContent:
    """An item as a person writes it himself."""
    said = {
        "title": SENTENCES[category][:12],
        "manifestation": SENTENCES[category],
        "cause": "no_check",
        "likelihood": 3,
        "impact": 3,
        "answers": "01010",
        "measures": (MeasureContent("mid", "两人同到现场清点并签字", "month", "", "双签验收单"),),
    }
    return ItemContent(category, **{**said, **fields})


def keep_all(form: Declaration) -> Content:
    """Every prefilled item kept knowingly, one more in each empty category, pledged."""
    found = queries.draft(form)
    there = found.content()
    items = [replace(item, confirmed=True) for item in there.items]
    posts = queries.posts_of(form.person, form.campaign.school)
    for category, text in SENTENCES.items():
        if not any(item.category == category for item in items):
            items.append(own_item(category, manifestation=text, post=posts[0].pk if posts else None))
    judged = {step.pk: Judgement(False) for power in found.powers for step in power.steps.all()}
    return Content(duties=form.duties or "办理采购与保管", pledged=True, items=tuple(items), judgements=judged)


def filled(campaign: Campaign, person: User) -> Declaration:
    """A person's form, ready to be handed in."""
    form = actions.start(campaign, by=person)
    return draft_actions.save(form, keep_all(form), by=person, version=form.version)


def handed_in(campaign: Campaign, person: User) -> Declaration:
    """A person's form with its first reviewer."""
    return actions.submit(filled(campaign, person), by=person)

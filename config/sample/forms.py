"""The forms of the fictional school: begun, filled in, handed in, reviewed, returned; some late, some copied."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from config.sample.clock import Hours, working_day
from config.sample.people import Person
from config.sample.school import School
from qingqu.accounts.models import User
from qingqu.campaigns.models import Campaign
from qingqu.declarations import actions, draft_actions, queries
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.queries.draft import content_of
from qingqu.declarations.review_actions import decide_declaration, to_agree
from qingqu.declarations.rules.content import Content, ItemContent, Judgement, MeasureContent
from qingqu.library.queries import post_template, power_template
from qingqu.organisation.models import Unit
from qingqu.organisation.queries import holders
from qingqu.powers.models import Power
from qingqu.reviews.models import Review
from qingqu.risks.rules import missing_phases, suggest

LABEL = "declarations.declaration"
MEASURES = {
    "pre": ("开学前组织学习本岗位负面清单并签字", "签字表"),
    "mid": ("每月由部门负责人抽查一次办理记录", "抽查记录"),
    "post": ("发现问题七日内说明并纠正，记入台账", "整改单"),
}
CATEGORIES = ("thought", "duty", "system", "other")


@cache
def words() -> dict[str, Any]:
    """What the fictional staff write."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return found


def hand_in(school: School, campaign: Campaign, hours: Hours, begins: date, today: date) -> None:
    """Let everybody do what he does: most hand in over the weeks, some leave a draft, some have not begun."""
    for n, line in enumerate(school.lines):
        if n % 13 == 11:
            continue  # has not begun
        person = school.people[line.name]
        with hours.at(working_day(begins, 2 + n % 17, today - timedelta(days=1)), 9 + n % 8):
            form = actions.start(campaign, by=person)
            form = draft_actions.save(form, _written(form, line, n), by=person, version=form.version)
            if n % 13 == 5 and line.tier == "staff":
                continue  # a draft
            actions.submit(form, by=person)
    departments = Unit.objects.filter(school=school.unit, kind=Unit.Kind.DEPARTMENT).select_related("responsible")
    for n, unit in enumerate(departments):
        if n % 9 == 7 or unit.responsible is None:
            continue
        with hours.at(working_day(begins, 2 + n % 4, today - timedelta(days=1)), 10):
            _hand_in_unit(unit, campaign)


def _written(form: Declaration, line: Person, n: int) -> Content:
    """A person's own words for what the template proposed. Every fifteenth leaves the template as it is."""
    found = queries.draft(form)
    copies = n % 15 == 4
    items = tuple(_own_words(item, line, n, copies) for item in found.items)
    answered = {item.category for item in items}
    none = {category: words()["none"][category] for category in CATEGORIES if category not in answered}
    if "thought" in none and n % 3 == 0:
        none.pop("thought")
        items = (*items, _own_thought(n))
    return Content(
        duties=form.duties or f"承担{line.post}岗位的日常工作。",
        political_status="中共党员" if line.branch else "群众",
        pledged=True,
        items=items,
        none=none,
    )


def _own_words(item: Item, line: Person, n: int, copies: bool) -> ItemContent:
    content = content_of(item)
    if not copies:
        content = replace(content, manifestation=_sentence(item, line, n) or content.manifestation)
    return _complete(replace(content, confirmed=True), n)


def _sentence(item: Item, line: Person, n: int) -> str:
    template = post_template(item.post.template_code) if item.post else None
    if template is None:
        return ""
    texts = [risk.text for risk in template.risks]
    if item.origin_text not in texts:
        return ""
    said = words()[template.code][texts.index(item.origin_text)]
    place = ("小区活动室", "家里", "校外托管班")[n % 3]
    return str(said[n % len(said)]).format(subject=line.subject or "语文", grade=line.grade or "高一", place=place)


def _own_thought(n: int) -> ItemContent:
    said = words()["thought"][n % len(words()["thought"])]
    content = ItemContent(category="thought", title="人情往来影响履职", manifestation=said, likelihood=2, impact=2)
    return _complete(replace(content, confirmed=True), n)


def _complete(content: ItemContent, n: int) -> ItemContent:
    """Rated, with a cause and with the measures that its level asks for."""
    likelihood, impact = _rated(content.likelihood or 2 + n % 2, content.impact or 3, n)
    content = replace(content, likelihood=likelihood, impact=impact, cause=content.cause or CAUSES[content.category])
    level = suggest(likelihood, impact, content.answers).level
    measures = tuple(
        replace(m, evidence_kind=m.evidence_kind or "办理记录") if m.text else m for m in content.measures if m.text
    )
    lacking = missing_phases(level, {m.phase for m in measures})
    often = "week" if n % 4 == 0 else "month"
    more = tuple(MeasureContent(p, MEASURES[p][0], often, "", MEASURES[p][1]) for p in MEASURES if p in lacking)
    if not measures and not more:
        more = (MeasureContent("pre", MEASURES["pre"][0], "term", "", MEASURES["pre"][1]),)
    return replace(content, measures=measures + more)


def _rated(likelihood: int, impact: int, n: int) -> tuple[int, int]:
    """People judge a little differently: a step up or down that keeps close to what was proposed."""
    lean = n % 6
    return min(5, max(1, likelihood + (lean == 1) - (lean == 4))), min(5, max(1, impact + (lean == 2) - (lean == 5)))


CAUSES = {"thought": "education", "duty": "discretion", "system": "weak_rule", "other": "no_check"}


def _hand_in_unit(unit: Unit, campaign: Campaign) -> Declaration:
    head = unit.responsible
    assert head is not None
    form = actions.start_unit(unit, campaign, by=head)
    judged = {}
    for power in Power.objects.filter(unit=unit).prefetch_related("steps"):
        template = power_template(power.code)
        risky = {risk.step for risk in template.risks} if template else set()
        for step in power.steps.all():
            note = "" if step.order in risky else "流程公开，两人办理，未发现风险"
            judged[step.pk] = Judgement(step.order in risky, note)
    duties = form.duties or unit.duties or f"负责{unit}职责范围内的工作。"
    form = draft_actions.save(form, Content(duties=duties, judgements=judged), by=head, version=form.version)
    found = queries.draft(form)
    items = tuple(_step_words(item, n) for n, item in enumerate(found.items))
    answered = {item.category for item in items}
    none = {c: "本部门已逐项对照职责和流程查找，本类未发现风险点" for c in CATEGORIES if c not in answered}
    content = Content(items=items, none=none, pledged=True)
    form = draft_actions.save(form, content, by=head, version=form.version)
    return actions.submit(form, by=head)


def _step_words(item: Item, n: int) -> ItemContent:
    content = content_of(item)
    if item.step:
        said = str(words()["steps"][n % len(words()["steps"])])
        text = (item.origin_text or content.title).rstrip("。")
        actor = item.step.actor or "经办人"
        content = replace(content, manifestation=said.format(step=item.step.name, actor=actor, text=text))
    return _complete(replace(content, confirmed=True), n)


def review(hours: Hours, begins: date, today: date) -> None:
    """Let the reviewers decide most of what waits, day after day; a few forms come back with a reason."""
    for turn in range(9):
        with hours.at(working_day(begins, 6 + 2 * turn, today - timedelta(days=1)), 14):
            waiting = Review.objects.filter(
                subject_label=LABEL, state=Review.State.WAITING, opened_at__lt=hours.now
            ).order_by("id")
            for row in waiting.select_related("school", "owner", "reviewer"):
                _decide(row)


def _decide(row: Review) -> None:
    by = row.reviewer or _holder(row)
    if by is None or row.subject_id % 11 == 3:
        return  # still waits
    form = Declaration.objects.get(pk=row.subject_id)
    if form.state != Declaration.State.IN_REVIEW:
        return  # somebody beside has returned it
    if row.turn == 1 and row.sent_round == 1 and row.subject_id % 17 == 5:
        items = list(form.items.all())
        marked = [f"item:{items[0].pk}:manifestation"] if items else []
        reason = "请写明在哪个环节、由谁经手、怎样发生，并补充一条事后的措施。"
        decide_declaration(row, approve=False, opinion=reason, marked=marked, by=by)
        return
    if row.subject_id % 19 == 7 and row.turn > 1:
        return
    agreed = [f"agree:{item.pk}" for item in to_agree(form, by, form.items.all())]
    opinion = ("同意", "属实，同意报送", "已核对环节与措施，同意")[row.subject_id % 3]
    decide_declaration(row, approve=True, opinion=opinion, marked=agreed, by=by)


def _holder(row: Review) -> User | None:
    return holders(row.school, row.duty).exclude(pk=row.owner_id).first()

"""Saving drafts: what changes, what does not, and what two open pages do to each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from qingqu.campaigns.models import Campaign
from qingqu.common.errors import NotPossible
from qingqu.declarations import actions, queries
from qingqu.declarations.draft_actions import Stale, add_item, delete_item, save, say_none
from qingqu.declarations.models import Declaration
from qingqu.declarations.rules.content import Content, ItemContent, Judgement, MeasureContent
from qingqu.trace.models import Entry
from tests.declarations.filling import keep_all, own_item
from tests.make import make_campaign, make_post, make_power
from tests.people import Cast


@pytest.fixture
def form(cast: Cast) -> Declaration:
    return actions.start(make_campaign(cast.school), by=cast.wang)


def first_item(form: Declaration, group: str = "duty") -> ItemContent:
    return queries.draft(form).content(group).items[0]


def saves() -> int:
    return Entry.objects.filter(act="declarations.saved").count()


def test_saving_changes_what_is_said_and_nothing_else(cast, form):
    item = first_item(form)
    others = [i for i in queries.draft(form).content().items if i.pk != item.pk]
    text = "比价时我只问了一家店，报价单是补的"
    measures = (*item.measures[:1], MeasureContent("mid", "每月抽查两单", "month", "", "抽查记录"))
    said = replace(item, manifestation=text, cause="no_check", measures=measures)
    form = save(form, Content(items=(said,)), by=cast.wang, version=form.version, group="duty")
    after = queries.draft(form)
    assert first_item(form) == said
    assert [i for i in after.content().items if i.pk != item.pk] == others
    assert form.version == 2
    assert saves() == 1


def test_saving_the_same_again_changes_nothing(cast, form):
    there = queries.draft(form).content("duty")
    assert save(form, there, by=cast.wang, version=1, group="duty").version == 1
    assert saves() == 0


def test_a_stale_page_cannot_overwrite(cast, form):
    there = queries.draft(form).content("duty")
    item = there.items[0]
    theirs = replace(item, manifestation="手机上写的一句话")
    mine = replace(item, manifestation="电脑上写的另一句话")
    save(form, Content(items=(theirs,)), by=cast.wang, version=1, group="duty", seen=there.digest(), page="phone")
    with pytest.raises(Stale):
        save(form, Content(items=(mine,)), by=cast.wang, version=1, group="duty", seen=there.digest(), page="office")
    assert first_item(form).manifestation == "手机上写的一句话"
    now = queries.draft(Declaration.objects.get(pk=form.pk))
    again = save(form, Content(items=(mine,)), by=cast.wang, version=2, group="duty", seen=now.content("duty").digest())
    assert first_item(again).manifestation == "电脑上写的另一句话"


def test_another_group_saved_elsewhere_is_no_conflict(cast, form):
    thought, duty = queries.draft(form).content("other"), queries.draft(form).content("duty")
    save(form, Content(none={"system": "制度齐全，逐条核对过"}), by=cast.wang, version=1, group="system", page="a")
    changed = Content(items=(replace(duty.items[0], likelihood=5),))
    after = save(form, changed, by=cast.wang, version=1, group="duty", seen=duty.digest(), page="b")
    assert after.version == 3
    assert queries.draft(after).content("other") == thought


def test_a_page_whose_answer_was_lost_goes_on(cast, form):
    there = queries.draft(form).content("duty")
    item = there.items[0]
    for text in ("第一句，答复没有回来", "第一句，答复没有回来，接着写"):
        said = Content(items=(replace(item, manifestation=text),))
        save(form, said, by=cast.wang, version=1, group="duty", seen=there.digest(), page="same")
    assert first_item(form).manifestation == "第一句，答复没有回来，接着写"


def test_an_item_deleted_elsewhere_comes_back_with_what_was_typed(cast, form):
    there = queries.draft(form).content("duty")
    gone = there.items[0]
    form = delete_item(form.items.get(pk=gone.pk), by=cast.wang)
    mine = Content(items=(replace(gone, manifestation="我在另一页还在写的话"),))
    with pytest.raises(Stale):
        save(form, mine, by=cast.wang, version=1, group="duty", seen=there.digest())
    form = save(form, mine, by=cast.wang, version=form.version, group="duty")
    assert form.items.filter(manifestation="我在另一页还在写的话", origin="own").exists()


def test_one_more_and_one_less(cast, form):
    count = form.items.count()
    item = add_item(form, "thought", by=cast.wang)
    assert (item.category, item.origin, form.items.count()) == ("thought", "own", count + 1)
    assert item.order > max(i.order for i in form.items.exclude(pk=item.pk))
    delete_item(item, by=cast.wang)
    assert form.items.count() == count
    assert saves() == 2


def test_measures_are_changed_in_place(cast, form):
    item = first_item(form)
    ids = [m.pk for m in queries.draft(form).items_of("duty")[0].measures.all()]
    fewer = tuple(replace(m, text=m.text + "，每学期一次") for m in item.measures if m.phase != "mid")
    form = save(form, Content(items=(replace(item, measures=fewer),)), by=cast.wang, version=1, group="duty")
    rows = queries.draft(form).items_of("duty")[0].measures.all()
    assert {m.pk for m in rows} < set(ids)
    assert all("每学期一次" in m.text for m in rows)


def test_the_whole_form_replaces_what_it_does_not_name(cast, form):
    form = save(form, Content(items=(own_item("duty"),)), by=cast.wang, version=1, whole=True)
    assert [item.origin for item in form.items.all()] == ["own"]


def test_places_of_another_school_are_refused(cast, form):
    foreign = make_post(cast.other_school, "外校岗位")
    step = make_power(cast.other_school).steps.get(order=1)
    item = first_item(form)
    for changed in (replace(item, post=foreign.pk), replace(item, step=step.pk), replace(item, power=step.power_id)):
        with pytest.raises(NotPossible, match="不属于本校"):
            save(form, Content(items=(changed,)), by=cast.wang, version=1)
    measure = MeasureContent("pre", "公示", post=foreign.pk)
    with pytest.raises(NotPossible, match="不属于本校"):
        save(form, Content(items=(own_item("duty", measures=(measure,)),)), by=cast.wang, version=1)


@pytest.mark.parametrize("state", ["in_review", "approved"])
def test_nothing_is_saved_once_it_was_handed_in(cast, form, state):
    Declaration.objects.update(state=state)
    for act in (
        lambda: save(form, Content(duties="改"), by=cast.wang, version=1),
        lambda: add_item(form, "duty", by=cast.wang),
        lambda: delete_item(form.items.first(), by=cast.wang),
    ):
        with pytest.raises(NotPossible, match="不能修改"):
            act()


def test_nothing_is_saved_when_the_year_is_closed(cast, form):
    Campaign.objects.update(state=Campaign.State.CLOSED)
    with pytest.raises(NotPossible, match="已结束"):
        save(form, Content(duties="改"), by=cast.wang, version=1)


def test_reasons_for_none_are_kept_changed_and_taken_back(cast, form):
    for version, reason in enumerate(("没有经手制度", "不起草制度，只执行", ""), 1):
        form = save(form, Content(none={"system": reason}), by=cast.wang, version=version, group="system")
        assert queries.draft(form).none == ({"system": reason} if reason else {})


def test_the_minutes_are_measured_from_save_to_save(cast, form):
    Declaration.objects.update(started_at=timezone.now() - timedelta(minutes=3))
    form = save(form, Content(duties="一"), by=cast.wang, version=1)
    assert form.minutes in (3, 4)
    Declaration.objects.update(saved_at=timezone.now() - timedelta(hours=2))
    form = save(form, Content(duties="二"), by=cast.wang, version=2)
    assert form.minutes in (3, 4)


def test_a_step_said_to_have_a_risk_opens_what_the_library_knows(cast, form):
    power = make_power(cast.office, steps=6, origin="library:2026.1:P06")
    plain = make_power(cast.office, steps=1)
    unit = actions.start_unit(cast.office, form.campaign, by=cast.li)
    steps = list(power.steps.all())
    judged = {step.pk: Judgement(True) for step in steps} | {plain.steps.get().pk: Judgement(True, "口头")}
    unit = save(unit, Content(judgements=judged), by=cast.li, version=1)
    found = queries.draft(unit)
    by_step = {step.pk: [i for i in found.items if i.step_id == step.pk] for step in steps}
    assert all(by_step.values())
    assert {item.origin for items in by_step.values() for item in items} == {"library", "own"}
    assert {found.group_of(item) for items in by_step.values() for item in items} == {f"power-{power.pk}"}
    blank = next(item for item in found.items if item.power_id == plain.pk)
    assert (blank.title, blank.category) == ("", "duty")
    with pytest.raises(NotPossible, match="不属于本部门"):
        save(
            unit,
            Content(judgements={make_power(cast.teaching).steps.get(order=1).pk: Judgement(True)}),
            by=cast.li,
            version=2,
        )


def test_a_save_takes_few_statements(cast, form, django_assert_max_num_queries):
    said = keep_all(form)
    with django_assert_max_num_queries(20):
        save(form, said, by=cast.wang, version=1)
    with django_assert_max_num_queries(16):
        save(form, Content(duties="采购与验收"), by=cast.wang, version=2)


def test_a_category_with_a_risk_at_a_step_cannot_be_answered_with_none(cast, form):
    power = make_power(cast.office, steps=6, origin="library:2026.1:P06")
    unit = actions.start_unit(cast.office, form.campaign, by=cast.li)
    judged = {step.pk: Judgement(step.order == 2) for step in power.steps.all()}
    unit = save(unit, Content(judgements=judged), by=cast.li, version=1)
    with pytest.raises(NotPossible, match="权力事项的环节中"):
        say_none(unit, "duty", "没有", by=cast.li)
    assert unit.items.filter(category="duty").count() == 1
    say_none(unit, "other", "没有校外往来", by=cast.li)
    assert queries.draft(unit).none == {"other": "没有校外往来"}

"""A post was taken over: the task leads to a form, and the form finishes the task (G8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qingqu.campaigns.models import Campaign, Task
from qingqu.campaigns.tasks import open_reassessments
from qingqu.common.errors import NotPossible
from qingqu.declarations import access, actions, progress, queries
from qingqu.declarations.draft_actions import save
from qingqu.declarations.models import Declaration
from qingqu.declarations.review_actions import decide_declaration
from qingqu.notifications.models import Message
from qingqu.organisation import actions as organisation
from qingqu.organisation.models import Post
from qingqu.reviews.models import Review
from qingqu.trace.models import Entry
from tests.declarations.filling import filled, handed_in, keep_all
from tests.make import make_campaign, make_post, make_risk_point
from tests.people import Cast


@pytest.fixture
def year(cast: Cast, settings) -> Campaign:
    settings.QINGQU_TODAY = date(2026, 4, 20)
    return make_campaign(cast.school)


@pytest.fixture
def new(cast: Cast) -> Post:
    return make_post(cast.teaching, "教研组长", template_code="G15", duties="组织教研")


def move(cast: Cast, new: Post, settings) -> Task:
    """Wang takes over the new post; the clock opens the task."""
    settings.QINGQU_TODAY = date(2026, 9, 1)
    organisation.change_post(cast.wang_appointment, new, on=date(2026, 9, 1), by=cast.chen)
    for person in cast.everyone.values():
        person.__dict__.pop("_standing", None)
    assert open_reassessments(date(2026, 9, 1)) == 1
    return Task.objects.get(kind=Task.Kind.REASSESS)


def complete(form: Declaration, by) -> Declaration:
    """Every prefilled item kept, the new post named in those that are added."""
    said = keep_all(form)
    if form.post_id:
        items = [item if item.pk else replace(item, post=form.post_id) for item in said.items]
        said = replace(said, items=tuple(items))
    return save(form, said, by=by, version=form.version)


def test_after_the_years_form_was_handed_in_there_is_one_for_the_new_post(cast, year, new, settings):
    first = handed_in(year, cast.wang)
    task = move(cast, new, settings)
    message = Message.objects.get(person=cast.wang, key__startswith="reassess:")
    assert message.url == f"{reverse('declarations:mine')}#task-{task.pk}"
    form = actions.start_reassessment(task, by=cast.wang)
    assert form.pk != first.pk
    assert (form.post, form.unit, form.occasion, form.duties) == (new, cast.teaching, task.pk, "组织教研")
    assert {item.post_id for item in form.items.all()} == {new.pk}
    assert form.items.exists()
    assert actions.start_reassessment(task, by=cast.wang) == form
    form = actions.submit(complete(form, cast.wang), by=cast.wang)
    task.refresh_from_db()
    assert (task.done_by, task.note) == (cast.wang, f"已报送登记表 {form.number}")
    review = Review.objects.get(subject_id=form.pk, state="waiting")
    assert (review.reviewer, review.title) == (cast.feng, "王雨桐的个人登记表（教研组长）")
    acts = Entry.objects.filter(obj=f"campaigns.task:{task.pk}").order_by("id").values_list("act", flat=True)
    assert list(acts) == ["campaigns.reassessment_opened", "campaigns.task_finished"]


def test_the_new_posts_form_closes_what_was_left_and_nothing_beside(cast, year, new, settings):
    """He leaves 采购员 in one department, takes a post in another, and goes on as class teacher."""
    old = make_risk_point(cast.office, cast.wang, person=cast.wang, post=cast.wang_post)
    beside = make_risk_point(cast.office, cast.wang, person=cast.wang, post=cast.wang_second_post)
    own = make_risk_point(cast.office, cast.wang, person=cast.wang, category="thought")
    others = make_risk_point(cast.office, cast.wu, person=cast.wu, post=cast.wang_post)
    declaration = Declaration.objects.create(
        campaign=year, kind="personal", person=cast.wang, unit=cast.office, state="approved"
    )
    task = move(cast, new, settings)
    form = actions.submit(complete(actions.start_reassessment(task, by=cast.wang), cast.wang), by=cast.wang)
    assert form != declaration
    while review := Review.objects.filter(subject_id=form.pk, state="waiting").first():
        decide_declaration(review, approve=True, opinion="同意", by=review.reviewer or cast.chen)
    form.refresh_from_db()
    assert form.state == "approved"
    states = {}
    for name, risk in {"old": old, "beside": beside, "own": own, "others": others}.items():
        risk.refresh_from_db()
        states[name] = risk.state
    assert states == {"old": "closed", "beside": "held", "own": "held", "others": "held"}


def test_taken_back_or_returned_the_task_is_open_again(cast, year, new, settings):
    handed_in(year, cast.wang)
    task = move(cast, new, settings)
    form = actions.submit(complete(actions.start_reassessment(task, by=cast.wang), cast.wang), by=cast.wang)
    actions.withdraw(form, by=cast.wang)
    task.refresh_from_db()
    assert task.done_at is None
    actions.submit(form, by=cast.wang)
    review = Review.objects.get(subject_id=form.pk, state="waiting")
    decide_declaration(review, approve=False, opinion="请补充", by=cast.feng)
    task.refresh_from_db()
    assert task.done_at is None


def test_a_form_that_is_still_being_filled_in_takes_the_new_post_in(cast, year, new, settings):
    form = filled(year, cast.wang)
    task = move(cast, new, settings)
    before = form.items.count()
    assert actions.start_reassessment(task, by=cast.wang) == form
    form.refresh_from_db()
    assert form.items.count() > before
    assert form.items.filter(post=new).exists()
    assert Entry.objects.filter(act="declarations.post_added", obj=f"declarations.declaration:{form.pk}").count() == 1
    actions.start_reassessment(task, by=cast.wang)
    assert Entry.objects.filter(act="declarations.post_added").count() == 1
    form = actions.submit(complete(form, cast.wang), by=cast.wang)
    task.refresh_from_db()
    assert task.note.endswith(form.number)
    assert Declaration.objects.filter(person=cast.wang).count() == 1


def test_a_form_that_does_not_name_the_post_leaves_the_task_open(cast, year, new, settings):
    form = filled(year, cast.wang)
    task = move(cast, new, settings)
    actions.submit(form, by=cast.wang)
    task.refresh_from_db()
    assert task.done_at is None
    assert actions.start_reassessment(task, by=cast.wang).occasion == task.pk


def test_the_counts_of_the_year_do_not_change(cast, year, new, settings):
    handed_in(year, cast.wang)
    people = progress.progress(year).people
    task = move(cast, new, settings)
    actions.start_reassessment(task, by=cast.wang)
    after = progress.progress(year).people
    assert (after.total, after.handed) == (people.total, people.handed)
    assert actions.start(year, by=cast.wang).occasion == 0


def test_next_year_begins_with_the_risks_of_both_forms(cast, year, new, settings):
    handed_in(year, cast.wang)
    task = move(cast, new, settings)
    form = actions.start_reassessment(task, by=cast.wang)
    Declaration.objects.update(state="approved")
    year.state = "closed"
    year.save()
    following = actions.start(make_campaign(cast.school, 2027), by=cast.wang)
    carried = set(following.items.filter(origin="last_year").values_list("title", flat=True))
    assert set(form.items.values_list("title", flat=True)) <= carried


def test_who_may_begin_it(cast, year, new, settings):
    task = move(cast, new, settings)
    assert access.can_reassess(cast.wang, task)
    for name in ("wu", "li", "feng", "chen", "zhou"):
        assert not access.can_reassess(getattr(cast, name), task), name
    year.state = task.campaign.state = "closed"
    year.save()
    assert not access.can_reassess(cast.wang, task)
    with pytest.raises(NotPossible, match="已结束"):
        actions.start_reassessment(task, by=cast.wang)


def test_a_task_that_is_done_asks_for_no_form(cast, year, new, settings):
    handed_in(year, cast.wang)
    task = move(cast, new, settings)
    Task.objects.update(done_at=timezone.now())
    task.refresh_from_db()
    with pytest.raises(NotPossible, match="已完成"):
        actions.start_reassessment(task, by=cast.wang)


def test_the_pages_lead_to_it(cast: Cast, year, new, settings, client: Client):
    handed_in(year, cast.wang)
    task = move(cast, new, settings)
    client.force_login(cast.wang)
    card = f"task-{task.pk}"
    assert f"#{card}" in client.get(reverse("campaigns:home")).content.decode()
    assert f"#{card}" in client.get("/").content.decode()
    page = client.get(reverse("declarations:mine")).content.decode()
    assert f'id="{card}"' in page
    assert "新任岗位：教研组长" in page
    begin = client.post(reverse("declarations:reassess", args=[task.pk]))
    form = Declaration.objects.get(occasion=task.pk)
    assert begin.headers["Location"] == reverse("declarations:fill", args=[form.pk])
    assert "教研组长" in client.get(reverse("declarations:fill-group", args=[form.pk, "basic"])).content.decode()
    assert len([card for card in queries.mine(cast.wang, year) if card.declaration == form]) == 1
    client.force_login(cast.wu)
    assert client.post(reverse("declarations:reassess", args=[task.pk])).status_code == 403
    client.force_login(cast.zhou)
    assert client.post(reverse("declarations:reassess", args=[task.pk])).status_code == 404


def test_the_same_over_the_api(cast: Cast, year, new, settings, client: Client):
    handed_in(year, cast.wang)
    task = move(cast, new, settings)
    client.force_login(cast.wang)
    made = client.post("/api/v1/declarations", {"task_id": task.pk}, content_type="application/json")
    assert (made.status_code, made.json()["form"]["post_id"]) == (201, new.pk)
    client.force_login(cast.wu)
    refused = client.post("/api/v1/declarations", {"task_id": task.pk}, content_type="application/json")
    assert refused.status_code == 403

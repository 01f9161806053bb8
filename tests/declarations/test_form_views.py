"""The pages of the form: filled in without a script, by a script, by two at once, by others."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.declarations import actions, queries, review_actions
from qingqu.declarations.models import Declaration
from qingqu.reviews.models import Review
from qingqu.trace.models import Entry
from tests.declarations.filling import filled, handed_in
from tests.make import make_campaign, make_declaration, make_item, make_power
from tests.people import Cast, client_of


@pytest.fixture
def form(cast: Cast) -> Declaration:
    return actions.start(make_campaign(cast.school), by=cast.wang)


@pytest.fixture
def wang(cast: Cast) -> Client:
    return client_of(cast.wang)


def address(form: Declaration, group: str, name: str = "fill-group") -> str:
    return reverse(f"declarations:{name}", args=[form.pk, group])


def inputs(html: str) -> dict[str, Any]:
    """What a browser would send back of the page's form, as it came."""
    body = html[html.index('id="group-form"') :]
    body = body[: body.index("</form>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        if kind in ("radio", "checkbox") and not re.search(r"\schecked", tag):
            continue
        found[attributes["name"]] = unescape(attributes.get("value", "on" if kind == "checkbox" else ""))
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', body, re.S):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def opened(client: Client, form: Declaration, group: str) -> dict[str, Any]:
    response = client.get(address(form, group))
    assert response.status_code == 200
    return inputs(response.content.decode())


def test_opening_the_form_leads_to_the_first_group_with_something_missing(wang, form):
    response = wang.get(reverse("declarations:fill", args=[form.pk]))
    assert response.headers["Location"] == address(form, "duties")


def test_without_scripts_the_page_says_that_it_does_not_save_itself(wang, form):
    page = wang.get(f"/declarations/{form.pk}/fill/thought").content.decode()
    assert "没有运行脚本" in page.partition("<noscript>")[2].partition("</noscript>")[0]


def test_every_group_opens_and_is_saved_without_a_change(wang, form):
    for group in queries.draft(form).keys:
        sent = opened(wang, form, group)
        response = wang.post(address(form, group), sent | {"then": "next"})
        assert response.status_code == 302, (group, response.content.decode()[-2000:])
    form.refresh_from_db()
    assert form.version == 1
    assert not Entry.objects.filter(act="declarations.saved").exists()


def test_what_is_typed_is_saved_and_the_next_group_follows(wang, form):
    sent = opened(wang, form, "duty")
    item = queries.draft(form).items_of("duty")[0]
    text = "月考后我先看家长的请求再排座位，轮换表没有贴出来"
    changes = {
        f"item-{item.pk}-manifestation": text,
        f"item-{item.pk}-likelihood": "4",
        f"item-{item.pk}-q2": "1",
        f"item-{item.pk}-pre-1-text": "排座前在班会上说明规则",
        f"item-{item.pk}-pre-1-evidence_kind": "班会记录",
    }
    response = wang.post(address(form, "duty"), sent | changes | {"then": "next"})
    assert response.headers["Location"] == address(form, "system")
    item = form.items.get(pk=item.pk)
    assert (item.manifestation, item.likelihood, item.answers[1]) == (text, 4, "1")
    assert item.measures.filter(phase="pre").count() == 2
    entry = Entry.objects.get(act="declarations.saved")
    assert entry.obj == f"declarations.declaration:{form.pk}"


def test_one_more_and_one_less_keep_what_was_typed(wang, form):
    sent = opened(wang, form, "thought")
    response = wang.post(address(form, "thought"), sent | {"then": "add"})
    item = form.items.get(category="thought")
    assert response.headers["Location"] == f"{address(form, 'thought')}#item-{item.pk}"
    sent = opened(wang, form, "thought")
    title = {f"item-{item.pk}-title": "节日收礼"}
    asked = wang.post(address(form, "thought"), sent | title | {"then": f"delete:{item.pk}"})
    assert "删去“节日收礼”" in asked.content.decode()
    assert form.items.get(pk=item.pk).title == "节日收礼"
    wang.post(reverse("declarations:delete-item", args=[form.pk, item.pk]))
    assert not form.items.filter(category="thought").exists()


def test_an_empty_item_goes_without_asking(wang, form):
    wang.post(address(form, "thought"), opened(wang, form, "thought") | {"then": "add"})
    item = form.items.get(category="thought")
    sent = opened(wang, form, "thought")
    assert wang.post(address(form, "thought"), sent | {"then": f"delete:{item.pk}"}).status_code == 302
    assert not form.items.filter(pk=item.pk).exists()


def test_no_risk_needs_its_reason_and_a_new_item_takes_it_back(wang, form):
    sent = opened(wang, form, "thought")
    wang.post(address(form, "thought"), sent | {"none_reason": "没有接受过吃请和礼品", "then": "next"})
    assert queries.draft(form).none == {"thought": "没有接受过吃请和礼品"}
    wang.post(address(form, "thought"), opened(wang, form, "thought") | {"then": "add"})
    assert queries.draft(form).none == {}


def test_no_risk_takes_the_prefilled_entries_along(wang, form):
    sent = opened(wang, form, "system")
    titles = [item.title for item in form.items.filter(category="system")]
    to = reverse("declarations:say-none", args=[form.pk, "system"])
    assert wang.post(address(form, "system"), sent | {"then": "none"}).headers["Location"] == to
    page = wang.get(to).content.decode()
    assert titles
    assert all(title in page for title in titles)
    assert wang.post(to, {"none_reason": " "}).status_code == 422
    assert [item.title for item in form.items.filter(category="system")] == titles
    done = wang.post(to, {"none_reason": "不经手需要另立制度的事项"})
    assert done.headers["Location"] == address(form, "other")
    assert queries.draft(form).none == {"system": "不经手需要另立制度的事项"}
    assert not form.items.filter(category="system").exists()
    assert Entry.objects.filter(act="declarations.saved").count() == 1
    assert wang.get(reverse("declarations:say-none", args=[form.pk, "basic"])).status_code == 404


def test_too_long_texts_come_back_with_what_was_typed(wang, form):
    item = queries.draft(form).items_of("duty")[0]
    long = "字" * 5000
    sent = opened(wang, form, "duty") | {f"item-{item.pk}-manifestation": long, "then": "next"}
    response = wang.post(address(form, "duty"), sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert long in html
    assert "2000" in html
    assert form.items.get(pk=item.pk).manifestation != long


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>家长请托", "😀 收到 🧧 没有退回 👨‍👩‍👧", "=HYPERLINK(1) 一人签收", "第一行\r\n第二行"],
)
def test_odd_texts_are_kept_and_harmless(wang, form, text):
    item = queries.draft(form).items_of("duty")[0]
    sent = opened(wang, form, "duty") | {f"item-{item.pk}-manifestation": text, "then": "stay"}
    assert wang.post(address(form, "duty"), sent).status_code == 302
    assert form.items.get(pk=item.pk).manifestation == text.replace("\r\n", "\n")
    assert "<script>alert" not in wang.get(address(form, "duty")).content.decode()


def test_control_characters_are_dropped(wang, form):
    sent = opened(wang, form, "duties") | {"duties": "采购\x00与\x07验收", "then": "next"}
    wang.post(address(form, "duties"), sent)
    form.refresh_from_db()
    assert form.duties in ("采购与验收", "")


def test_two_devices_are_asked_and_nothing_is_lost(wang, form, cast):
    phone, office = opened(wang, form, "duty"), opened(client_of(cast.wang), form, "duty")
    item = queries.draft(form).items_of("duty")[0]
    name = f"item-{item.pk}-manifestation"
    office_text, phone_text = "在办公室写的：验收时我一人签字", "在手机上写的：家长请托换座位"
    wang.post(address(form, "duty"), office | {name: office_text, "then": "stay"})
    response = wang.post(address(form, "duty"), phone | {name: phone_text, "then": "next"})
    html = response.content.decode()
    assert response.status_code == 409
    assert office_text in html
    assert phone_text in html
    assert form.items.get(pk=item.pk).manifestation == office_text
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
    kept = {key: unescape(value) for key, value in kept.items()}
    assert wang.post(address(form, "duty"), kept | {"then": "stay"}).status_code == 302
    assert form.items.get(pk=item.pk).manifestation == phone_text


def test_the_late_autosave_of_the_phone_does_not_overwrite(wang, form):
    phone, office = opened(wang, form, "duty"), opened(wang, form, "duty")
    item = queries.draft(form).items_of("duty")[0]
    name = f"item-{item.pk}-manifestation"
    wang.post(address(form, "duty"), office | {name: "在办公室写的一句话", "then": "stay"})
    response = wang.post(address(form, "duty", "autosave"), phone | {name: "晚到的手机内容"})
    assert response.status_code == 409
    assert json.loads(response.content)["stale"]
    assert form.items.get(pk=item.pk).manifestation == "在办公室写的一句话"


def test_the_page_saves_itself_and_says_why_this_level(wang, form):
    sent = opened(wang, form, "duty")
    item = queries.draft(form).items_of("duty")[0]
    changes = {f"item-{item.pk}-likelihood": "4", f"item-{item.pk}-impact": "3", f"item-{item.pk}-cause": "no_check"}
    answer = json.loads(wang.post(address(form, "duty", "autosave"), sent | changes).content)
    assert answer["version"] == 2
    assert "已自动保存" in answer["say"]
    assert "4 × 3 = 12" in answer["items"][str(item.pk)]["level"]
    assert "二级" in answer["items"][str(item.pk)]["chip"]
    again = json.loads(wang.post(address(form, "duty", "autosave"), sent | changes).content)
    assert again["version"] == 2
    further = sent | changes | {f"item-{item.pk}-impact": "5"}
    assert json.loads(wang.post(address(form, "duty", "autosave"), further).content)["version"] == 3


def test_saving_asks_as_often_for_many_risks_as_for_few(cast, wang, form):
    def statements(text: str) -> int:
        item = queries.draft(form).items_of("duty")[0]
        sent = opened(wang, form, "duty") | {f"item-{item.pk}-manifestation": text}
        with CaptureQueriesContext(connection) as asked:
            assert wang.post(address(form, "duty", "autosave"), sent).status_code == 200
        return len(asked)

    few = statements("第一次写的一句话")
    for n in range(20):
        make_item(form, "duty", title=f"第{n}条", manifestation=f"第{n}条的一句话", post=cast.wang_post)
    assert statements("第二次写的一句话") == few
    assert few <= 34


def test_a_copied_text_is_named_and_a_sentence_of_ones_own_is_good(wang, form):
    item = next(i for i in queries.draft(form).items_of("duty") if len(i.manifestation) > 12)
    assert "与模板相似" in wang.get(address(form, "duty")).content.decode()
    sent = opened(wang, form, "duty")
    own = "月考后调座位时，我先答应了一位家长的请托，轮换表没有贴在教室里"
    said = sent | {f"item-{item.pk}-manifestation": own, f"item-{item.pk}-cause": "no_check"}
    answer = json.loads(wang.post(address(form, "duty", "autosave"), said).content)
    hints = answer["items"][str(item.pk)]["hints"]
    assert "相似" not in hints
    assert "写明了在哪个环节、由谁、怎样发生" in hints
    assert not answer["items"][str(item.pk)]["unseen"]


def test_autosave_refuses_what_does_not_fit_and_says_where(wang, form):
    item = queries.draft(form).items_of("duty")[0]
    sent = opened(wang, form, "duty") | {f"item-{item.pk}-title": "题" * 121}
    response = wang.post(address(form, "duty", "autosave"), sent)
    assert response.status_code == 422
    assert f"id_item-{item.pk}-title" in json.loads(response.content)["errors"]


def test_handing_in_from_the_last_group(wang, cast):
    form = filled(make_campaign(cast.school), cast.wang)
    sent = opened(wang, form, "send")
    response = wang.post(address(form, "send"), sent | {"then": "submit"})
    assert response.headers["Location"] == reverse("declarations:show", args=[form.pk])
    page = wang.get(response.headers["Location"]).content.decode()
    assert "YC5Z-GRDJ-2026-0001" in page
    assert "现在在" in page


def test_what_is_missing_is_listed_with_links(wang, form):
    response = wang.post(address(form, "send"), opened(wang, form, "send") | {"pledged": "on", "then": "submit"})
    assert response.headers["Location"] == address(form, "send")
    html = wang.get(response.headers["Location"]).content.decode()
    assert "思想道德风险还没有填写" in html
    assert address(form, "thought") in html
    form.refresh_from_db()
    assert form.state == "draft"
    assert form.pledged


def test_a_handed_in_form_opens_to_read_and_can_be_taken_back(wang, cast):
    form = handed_in(make_campaign(cast.school), cast.wang)
    assert wang.get(address(form, "duty")).headers["Location"] == reverse("declarations:show", args=[form.pk])
    assert wang.post(address(form, "duty"), {}).status_code == 403
    assert wang.post(address(form, "duty", "autosave"), {}).status_code == 403
    response = wang.post(reverse("declarations:withdraw", args=[form.pk]))
    assert response.headers["Location"] == reverse("declarations:fill", args=[form.pk])


def test_after_a_decision_taking_back_is_greyed_with_its_reason(wang, cast):
    form = handed_in(make_campaign(cast.school), cast.wang)
    there = reverse("declarations:show", args=[form.pk])
    assert "不能撤回" not in wang.get(there).content.decode()
    waiting = Review.objects.of("declarations.declaration", form.pk).filter(state=Review.State.WAITING)
    review_actions.decide_declaration(waiting.get(), approve=True, opinion="", by=cast.li)
    page = wang.get(there).content.decode()
    assert '<button class="btn btn-quiet" type="button" aria-disabled="true">撤回</button>' in page
    assert "已有审核人办理，不能撤回" in page
    wang.post(reverse("declarations:withdraw", args=[form.pk]))
    form.refresh_from_db()
    assert form.state == "in_review"


def test_the_page_of_mine_shows_the_way_on(wang, cast):
    assert "还没有开始" in wang.get(reverse("declarations:mine")).content.decode()
    campaign = make_campaign(cast.school)
    assert "开始填写" in wang.get(reverse("declarations:mine")).content.decode()
    begun = wang.post(reverse("declarations:start"))
    form = Declaration.objects.get()
    assert begun.headers["Location"] == reverse("declarations:fill", args=[form.pk])
    assert "继续填写" in wang.get(reverse("declarations:mine")).content.decode()
    Declaration.objects.all().update(state="returned")
    assert "去修改" in wang.get(reverse("declarations:mine")).content.decode()
    assert campaign.title in wang.get(reverse("declarations:mine")).content.decode()


def test_the_unit_form_asks_step_by_step(cast):
    make_campaign(cast.school)
    power = make_power(cast.office, steps=2, origin="library:2026.1:P06")
    li = client_of(cast.li)
    assert "总务处" in li.get(reverse("declarations:mine")).content.decode()
    li.post(reverse("declarations:start-unit", args=[cast.office.pk]))
    form = Declaration.objects.get(kind="unit")
    group = f"power-{power.pk}"
    first, second = power.steps.all()
    sent = opened(li, form, group) | {f"step-{first.pk}-has_risk": "0", f"step-{first.pk}-note": "两人经办"}
    response = li.post(address(form, group), sent | {f"step-{second.pk}-has_risk": "1", "then": "next"})
    item = form.items.get(step=second)
    assert response.headers["Location"] == f"{address(form, group)}#item-{item.pk}"
    html = li.get(address(form, group)).content.decode()
    assert f'id="item-{item.pk}"' in html
    for key in queries.draft(form).keys:
        assert li.get(address(form, key)).status_code == 200


WHO_MAY_FILL = {"wang": 200, "li": 403, "zhao": 403, "chen": 403, "sun": 403, "qian": 403}


@pytest.mark.parametrize("name", ["wang", "li", "zhao", "chen", "sun", "qian", "he", "feng", "wu", "zhou"])
def test_only_the_person_himself_fills_in(cast, form, name):
    client = client_of(cast.everyone[name])
    expected = WHO_MAY_FILL.get(name, 403 if name == "he" else 404)
    assert client.get(address(form, "thought")).status_code == expected
    if name != "wang":
        assert client.post(address(form, "thought"), {}).status_code == expected
        assert client.post(reverse("declarations:submit", args=[form.pk])).status_code == expected
        assert client.post(reverse("declarations:withdraw", args=[form.pk])).status_code == expected


def test_nobody_is_asked_to_sign_in(db, cast, form):
    for name in ("mine", "start"):
        assert Client().post(reverse(f"declarations:{name}")).status_code == 302
    assert "sign-in" in Client().get(address(form, "thought")).headers["Location"]


SEES_THOUGHT = {"wang", "li", "zhao", "qian"}


@pytest.mark.parametrize("name", ["wang", "li", "zhao", "chen", "sun", "qian", "he"])
def test_thought_items_are_seen_by_four_and_their_views_recorded(cast, name):
    form = handed_in(make_campaign(cast.school), cast.wang)
    make_item(form, "thought", title="节前收礼没有退")
    html = client_of(cast.everyone[name]).get(reverse("declarations:show", args=[form.pk])).content.decode()
    assert ("节前收礼没有退" in html) == (name in SEES_THOUGHT)
    viewed = Entry.objects.filter(act="declarations.viewed", actor=f"u:{cast.everyone[name].pk}")
    assert viewed.exists() == (name in SEES_THOUGHT - {"wang"})


def test_the_list_of_mine_takes_as_many_statements_for_many_years(cast, wang, django_assert_max_num_queries):
    for year in range(2000, 2010):
        make_declaration(make_campaign(cast.school, year, state="closed"), cast.wang, cast.office, state="approved")
    make_campaign(cast.school)
    with CaptureQueriesContext(connection) as ten:
        wang.get(reverse("declarations:mine"))
    for year in range(1900, 1990):
        make_declaration(make_campaign(cast.school, year, state="closed"), cast.wang, cast.office, state="approved")
    with CaptureQueriesContext(connection) as hundred:
        assert wang.get(reverse("declarations:mine")).status_code == 200
    assert len(ten) == len(hundred)

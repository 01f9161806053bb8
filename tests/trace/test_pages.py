"""The pages of the trace: everybody his own, the discipline commission and the auditor their school's."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qingqu.organisation.models import Duty
from qingqu.trace import queries, sentences, sequencer
from qingqu.trace.access import can_see_history, scope_of
from qingqu.trace.actions import record
from qingqu.trace.models import Entry, Payload
from qingqu.trace.refusals import record_denied
from qingqu.trace.verify import run_verify
from tests.make import make_campaign, make_declaration, make_duty, make_power


@pytest.fixture
def power(cast):
    return make_power(cast.office, name="采购")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setitem(sentences.ACTS, "powers.listed", "将%(obj)s列入清单，由%(before)s改为%(after)s")


@pytest.fixture
def acts(cast, power):
    with transaction.atomic():
        record("powers.listed", power, by=cast.wang, before="草稿", after="在用", reason="年度清理")
        record("powers.listed", power, by=cast.zhou, reason="外校的事")
    record_denied(cast.wu, "access.denied", f"powers.power:{power.pk}", "只有本部门可以查看")
    sequencer.sequence()


def see(client, who, address="/trace/"):
    client.force_login(who)
    return client.get(address)


@pytest.mark.parametrize("name", ["wang", "li", "chen", "sun", "qian", "zhou"])
def test_everybody_sees_his_own_acts(client, cast, acts, name):
    text = see(client, getattr(cast, name)).content.decode()
    assert ("年度清理" in text) is (name == "wang")
    assert ("外校的事" in text) is (name == "zhou")
    assert "立即核验" not in text


def test_the_discipline_commission_sees_its_school(client, cast, acts):
    text = see(client, cast.zhao).content.decode()
    assert "年度清理" in text
    assert "只有本部门可以查看" in text
    assert "外校的事" not in text
    assert "立即核验" in text


def test_the_auditor_sees_who_and_what_but_no_words(client, cast, acts):
    make_duty(cast.school, cast.he, Duty.Kind.AUDITOR)
    text = see(client, cast.he).content.decode()
    assert "王雨桐" in text
    assert "年度清理" not in text


def test_what_the_system_did_is_told_to_the_commission_without_words(client, cast, power):
    with transaction.atomic():
        record("powers.listed", power, by=None, reason="另一所学校的事")
    text = see(client, cast.zhao).content.decode()
    assert "系统" in text
    assert "另一所学校的事" not in text


def test_nobody_is_sent_to_sign_in(client, db):
    assert client.get("/trace/").status_code == 302


@pytest.mark.parametrize(
    ("query", "shown"),
    [("kind=refused", 1), ("kind=changes", 1), ("kind=looked", 0), ("app=powers", 1), ("name=吴", 1), ("name=周", 0)],
)
def test_the_filter(client, cast, acts, query, shown):
    assert len(see(client, cast.zhao, f"/trace/?{query}").context["lines"]) == shown


def test_a_wrong_filter_is_ignored(client, cast, acts):
    assert len(see(client, cast.zhao, "/trace/?kind=nonsense&after=x").context["lines"]) == 2


def test_a_hundred_entries_cost_as_many_statements_as_ten(client, cast, power):
    counted = []
    for count in (10, 40):
        with transaction.atomic():
            for _ in range(count):
                record("powers.listed", power, by=cast.wang)
        for address in ("/trace/", f"/trace/powers.power/{power.pk}"):
            see(client, cast.zhao, address)
            with CaptureQueriesContext(connection) as context:
                assert client.get(address).status_code == 200
            counted.append(len(context))
    assert counted[:2] == counted[2:]


def test_pages_follow_each_other_without_gap(client, cast, power):
    with transaction.atomic():
        made = [record("powers.listed", power, by=cast.wang).pk for _ in range(120)]
    seen, address = [], "/trace/?kind=changes"
    while address:
        page = see(client, cast.zhao, address).context["page"]
        seen += [entry.pk for entry in page]
        address = f"/trace/?kind=changes&after={page.next_after}" if page.next_after else ""
    assert seen == made[::-1]


def test_history_in_sentences(cast, power, acts):
    second, first = queries.history(power)
    assert (first.actor, first.reason, first.number) == ("王雨桐", "年度清理", 1)
    name = sentences.name_of(f"powers.power:{power.pk}", Payload.objects.get(entry=first.pk).title)
    assert first.sentence == f"将{name}列入清单，由草稿改为在用"
    assert [line.pk for line in queries.history(power, before=second.pk)] == [first.pk]


def test_erased_words_leave_who_and_when(cast, power, acts):
    Payload.objects.all().delete()
    assert [line.actor for line in queries.history(power)] == ["周平", "王雨桐"]


def test_the_page_of_a_thing(client, cast, power, acts):
    answer = see(client, cast.wang, f"/trace/powers.power/{power.pk}")
    assert answer.status_code == 200
    assert "年度清理" in answer.content.decode()
    assert "只有本部门可以查看" not in answer.content.decode()


@pytest.mark.parametrize("address", ["no.model/1", "nonsense/1", "powers.power/999999"])
def test_what_there_is_not(client, cast, address):
    assert see(client, cast.wang, f"/trace/{address}").status_code == 404


def test_who_may_see_the_history_of_a_declaration(cast):
    declaration = make_declaration(make_campaign(cast.school), cast.wang, cast.office)
    with transaction.atomic():
        record("declarations.saved", declaration, by=cast.wang)
    kind = type(declaration)
    may = {name for name, person in cast.everyone.items() if can_see_history(person, kind, declaration.pk)}
    assert may == {name for name, person in cast.everyone.items() if kind.objects.visible_to(person).exists()}
    assert "wang" in may
    assert "zhou" not in may


def test_what_is_gone_is_seen_by_the_auditors_of_its_school_alone(cast, power):
    kind, pk = type(power), power.pk
    with transaction.atomic():
        record("powers.deleted", power, by=cast.wang)
        power.steps.all().delete()
        power.delete()
    assert {name for name, person in cast.everyone.items() if can_see_history(person, kind, pk)} == {"zhao"}


def test_scopes(cast):
    assert scope_of(cast.zhao).audits
    assert cast.wang.pk in scope_of(cast.zhao).people
    assert cast.zhou.pk not in scope_of(cast.zhao).people
    assert scope_of(cast.wang).people == {cast.wang.pk}


def test_verify_from_the_page(client, cast, monkeypatch):
    client.force_login(cast.wang)
    assert client.post("/trace/verify").status_code == 403
    client.force_login(cast.zhao)
    assert client.post("/trace/verify").url == "/trace/"
    assert "没有任何留痕" in client.get("/trace/").content.decode()
    monkeypatch.setattr("qingqu.trace.views.AT_ONCE", -1)
    assert client.post("/trace/verify").status_code == 409
    assert client.get("/trace/verify").status_code == 405


def test_an_agreeing_verification_is_said(client, cast, monkeypatch):
    monkeypatch.setattr("qingqu.trace.verify.Rows.walk", lambda self: iter(()))
    run_verify()
    assert "全部一致" in see(client, cast.zhao).content.decode()
    assert "全部一致" not in see(client, cast.wang).content.decode()


@pytest.mark.parametrize(
    ("act", "said", "expected"),
    [
        ("powers.listed", {"before": "甲", "after": "乙"}, "将某物列入清单，由甲改为乙"),
        ("powers.listed", {}, "将某物列入清单，由改为"),
        ("powers.unheard_of", {}, "powers.unheard_of 某物"),
        ("risks.exported", {"rows": 12}, "导出了某物，共 12 行"),
        ("access.denied", {}, "未能查看或办理某物"),
    ],
)
def test_sentences(act, said, expected):
    assert sentences.sentence(act, "某物", said) == expected


def test_a_sentence_with_a_fault_does_not_break_the_page(monkeypatch):
    monkeypatch.setitem(sentences.ACTS, "x.y", "百分之百 100% 的%(obj)s")
    assert sentences.sentence("x.y", "某物", {})


def test_a_reason_is_shown_as_text(client, cast, power):
    with transaction.atomic():
        record("powers.listed", power, by=cast.wang, reason="<script>alert(1)</script>")
    assert "<script>alert" not in see(client, cast.zhao).content.decode()
    assert Entry.objects.count() == 1


def test_the_commission_finds_what_does_not_agree_on_its_first_page(client, cast):
    assert "没有任何留痕" not in see(client, cast.zhao, "/").content.decode()
    run_verify()
    assert "没有任何留痕" in see(client, cast.zhao, "/").content.decode()
    assert "没有任何留痕" not in see(client, cast.chen, "/").content.decode()

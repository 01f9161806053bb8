from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from qingqu.common.errors import NotPossible
from qingqu.notifications.models import Message
from qingqu.records import access, actions, queries, tasks
from qingqu.records.models import Document, Filing, FrozenError, Notice, Objection
from qingqu.trace.models import Entry
from tests.people import client_of

CONTENT = {"rows": [{"code": "FXD-1", "title": "验收走过场", "level": 2, "measures": []}]}


@pytest.fixture
def at(settings):
    def go(month, day, year=2026):
        settings.QINGQU_TODAY = date(year, month, day)

    go(4, 24)
    return go


def frozen(cast, **fields):
    said = {"kind": "unit_list", "unit": cast.office, "year": 2026, "title": "总务处廉政风险清单", "content": CONTENT}
    return actions.freeze(**{"by": cast.li, **said, **fields})


def acts_of(document):
    rows = Entry.objects.filter(obj=f"records.document:{document.pk}").order_by("id")
    return [act.removeprefix("records.") for act in rows.values_list("act", flat=True)]


def test_a_frozen_document_has_number_digest_and_never_changes(cast, at):
    document = frozen(cast)
    assert document.number == "YC5Z-DWQD-2026-0001"
    assert len(document.digest) == 64
    assert document.is_intact
    document.title = "改过"
    with pytest.raises(FrozenError):
        document.save()
    with pytest.raises(FrozenError):
        Document.objects.filter(pk=document.pk).update(title="改过")
    with pytest.raises(FrozenError):
        Document.objects.all().delete()
    assert acts_of(document) == ["frozen"]


def test_the_may_holiday_does_not_count(cast, at):
    notice = actions.publish(frozen(cast), by=cast.li)
    assert (notice.starts_on, notice.ends_on) == (date(2026, 4, 27), date(2026, 5, 6))
    assert Message.objects.filter(person=cast.wu, text__contains="5 月 6 日").exists()
    assert not Message.objects.filter(person=cast.zhou).exists()


def test_the_unit_alone_is_told_of_its_own_publication(cast, at):
    actions.publish(frozen(cast), scope="unit", by=cast.li)
    assert set(Message.objects.values_list("person__username", flat=True)) == {"wang", "wu"}


def test_published_once_and_for_a_sensible_time(cast, at):
    document = frozen(cast)
    with pytest.raises(NotPossible, match="工作日"):
        actions.publish(document, working_days=0, by=cast.li)
    actions.publish(document, by=cast.li)
    with pytest.raises(NotPossible, match="已经公示过"):
        actions.publish(document, by=cast.li)


def test_objected_answered_settled_filed_accepted(cast, at):
    document = frozen(cast)
    notice = actions.publish(document, by=cast.li)
    at(4, 28)
    objection = actions.object_to(notice, text="验收一直是一个人", item="FXD-1", by=cast.wu)
    with pytest.raises(NotPossible, match="答复"):
        actions.settle(objection, changes_needed=False, by=cast.zhao)
    actions.answer(objection, text="已改为双人验收", by=cast.li)
    at(5, 7)
    assert tasks.end_notices(date(2026, 5, 7)) == 1
    notice.refresh_from_db()
    assert (notice.state, "未办结" in notice.conclusion) == (Notice.State.ENDED, True)
    with pytest.raises(NotPossible, match="没有办结"):
        actions.file(document, by=cast.li)
    actions.settle(objection, changes_needed=False, by=cast.zhao)
    notice.refresh_from_db()
    assert notice.conclusion == "公示期内收到异议 1 件，均已办结"
    filing = actions.file(document, by=cast.li)
    assert (filing.number, filing.kind) == ("YC5Z-BA-2026-0001", Filing.Kind.FIRST)
    with pytest.raises(NotPossible, match="已经报送"):
        actions.file(document, by=cast.li)
    with pytest.raises(NotPossible, match="自己报送"):
        actions.accept(filing, by=cast.li)
    actions.accept(filing, by=cast.zhao, opinion="同意备案")
    filing.refresh_from_db()
    assert (filing.state, filing.receipt_number) == (Filing.State.ACCEPTED, "YC5Z-HZ-2026-0001")
    assert acts_of(document) == [
        *("frozen", "published", "objected", "answered", "notice_ended", "settled", "filed", "accepted")
    ]
    assert list(queries.listed(cast.li, "filed")) == [document]


def test_the_sixth_morning_it_can_be_filed_without_the_clock(cast, at):
    document = frozen(cast)
    actions.publish(document, by=cast.li)
    at(5, 6)
    with pytest.raises(NotPossible, match="5 月 6 日为止"):
        actions.file(document, by=cast.li)
    assert not Filing.objects.exists()
    at(5, 7)
    actions.file(document, by=cast.li)
    assert acts_of(document)[-2:] == ["notice_ended", "filed"]
    assert Notice.objects.get().conclusion == "公示期内无异议"


def test_no_objection_after_the_last_day(cast, at):
    notice = actions.publish(frozen(cast), by=cast.li)
    at(5, 7)
    with pytest.raises(NotPossible, match="已过"):
        actions.object_to(notice, text="晚了", by=cast.wu)
    assert not access.can_object(cast.wu, notice)


def test_where_changes_are_needed_it_is_shown_anew(cast, at):
    document = frozen(cast)
    notice = actions.publish(document, by=cast.li)
    objection = actions.object_to(notice, text="等级太低", by=cast.wu)
    actions.answer(objection, text="同意", by=cast.li)
    with pytest.raises(NotPossible, match="答复人"):
        actions.settle(objection, changes_needed=True, by=cast.li)
    actions.settle(objection, changes_needed=True, by=cast.chen)
    at(5, 7)
    with pytest.raises(NotPossible, match="须修改"):
        actions.file(document, by=cast.li)
    with pytest.raises(NotPossible, match="理由"):
        actions.withdraw_notice(notice, reason="", by=cast.li)
    actions.withdraw_notice(notice, reason="按异议修改", by=cast.li)
    with pytest.raises(NotPossible, match="撤回"):
        actions.file(document, by=cast.li)


def filed(cast, at):
    document = frozen(cast)
    actions.publish(document, by=cast.li)
    at(5, 7)
    return document, actions.file(document, by=cast.li)


def test_returned_it_can_be_filed_again(cast, at):
    document, filing = filed(cast, at)
    with pytest.raises(NotPossible, match="理由"):
        actions.return_(filing, opinion="", by=cast.zhao)
    actions.return_(filing, opinion="缺一级风险的后期处置", by=cast.zhao)
    again = actions.file(document, by=cast.li)
    actions.withdraw_filing(again, by=cast.li)
    with pytest.raises(NotPossible, match="已经办结"):
        actions.accept(again, by=cast.zhao)
    assert acts_of(document)[-4:] == ["filed", "returned", "filed", "filing_withdrawn"]


def test_what_was_changed_behind_our_back_is_not_accepted(cast, at):
    document, filing = filed(cast, at)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_document SET title = 'x' WHERE id = %s", [document.pk])
    with pytest.raises(NotPossible, match="摘要不一致"):
        actions.accept(filing, by=cast.zhao)


def test_a_later_list_is_a_change_filing_with_a_reason(cast, at):
    document, filing = filed(cast, at)
    actions.accept(filing, by=cast.zhao)
    at(9, 7)
    rows = [{**CONTENT["rows"][0], "level": 1}]
    later = frozen(cast, content={"rows": rows}, previous=document)
    actions.publish(later, by=cast.li)
    at(9, 15)
    with pytest.raises(NotPossible, match="变更事由"):
        actions.file(later, by=cast.li)
    change = actions.file(later, by=cast.li, reason="岗位调整")
    assert change.kind == Filing.Kind.CHANGE
    before = queries.last_filed(later)
    assert before == document
    (row,) = queries.differences(later, before).changed
    assert [(c.field, c.before, c.after) for c in row.changes] == [("level", "2", "1")]


def allowed(cast, can, thing):
    return {name for name, user in cast.everyone.items() if can(user, thing)}


def test_who_may_what(cast, at):
    document = frozen(cast)
    notice = actions.publish(document, by=cast.li)
    objection = actions.object_to(notice, text="x", by=cast.zhao)
    school = set(cast.everyone) - {"zhou"}
    assert allowed(cast, access.can_object, notice) == school
    assert allowed(cast, access.can_publish, cast.office) == {"li", "chen"}
    assert allowed(cast, access.can_withdraw_notice, notice) == {"li", "chen"}
    assert allowed(cast, access.can_answer, objection) == {"li"}
    assert allowed(cast, access.can_settle, objection) == set()
    objection = actions.answer(objection, text="y", by=cast.li)
    assert allowed(cast, access.can_settle, objection) == {"chen", "qian"}  # Zhao raised it herself
    assert {n for n, u in cast.everyone.items() if access.knows_objectors(u, objection)} == {"zhao"}
    actions.settle(objection, changes_needed=False, by=cast.chen)
    at(5, 7)
    filing = actions.file(document, by=cast.li)
    assert allowed(cast, access.can_file, document) == {"li", "chen"}
    assert allowed(cast, access.can_receive, filing) == {"zhao"}
    assert allowed(cast, access.can_withdraw_filing, filing) == {"li"}


def test_the_commission_does_not_receive_its_own_list(cast, at):
    commission = cast.zhao.responsible_units.get()
    document = frozen(cast, unit=commission, by=cast.zhao)
    actions.publish(document, by=cast.zhao)
    at(5, 7)
    filing = actions.file(document, by=cast.zhao)
    assert allowed(cast, access.can_receive, filing) == {"qian"}
    assert {name for name, user in cast.everyone.items() if filing in queries.to_receive(user)} == {"qian"}
    assert "接收备案" in client_of(cast.qian).get("/").content.decode()
    told = set(Message.objects.filter(text__contains="已报备案").values_list("person__username", flat=True))
    assert told == {"qian"}


READERS = [
    ("unit_list", {"li", "wang", "wu", "he", "zhao", "chen", "sun", "qian"}),
    ("personal_list", {"li", "zhao", "qian"}),
    ("leaders_list", {"li", "wang", "wu", "he", "feng", "zhao", "chen", "sun", "qian"}),
]


@pytest.mark.parametrize(("kind", "readers"), READERS)
def test_who_reads_which_document(cast, at, kind, readers):
    document = frozen(cast, kind=kind)
    assert {n for n, u in cast.everyone.items() if document in Document.objects.visible_to(u)} == readers


def test_names_expire_with_the_notice(cast, at):
    document = frozen(cast)
    actions.publish(document, by=cast.li)
    assert document in Document.objects.visible_to(cast.feng)
    tasks.end_notices(date(2026, 5, 7))
    assert document not in Document.objects.visible_to(cast.feng)
    assert document in Document.objects.visible_to(cast.wu)


def test_nobody_but_the_commission_learns_who_objected(cast, at):
    """Not from the history of the list, nor from the log, which everybody may read (S35)."""
    document = frozen(cast)
    notice = actions.publish(document, by=cast.li)
    actions.object_to(notice, text="x", by=cast.wu)
    assert Entry.objects.get(act="records.objected").actor == "anonymous"
    actors = {
        name: {line.actor for line in queries.history(document, cast.everyone[name]) if "异议" in line.sentence}
        for name in ("li", "chen", "zhao")
    }
    assert actors == {"li": {"一位同志"}, "chen": {"一位同志"}, "zhao": {"吴晓"}}


def test_who_acts_next_is_told_and_led_there(cast, at):
    """The head answers, the office hears of it; who objected is led to his objection, who settles to settling."""
    document = frozen(cast)
    notice = actions.publish(document, by=cast.li)
    Message.objects.all().delete()
    objection = actions.object_to(notice, text="x", by=cast.wu)
    told = {m.person.username: (m.kind, m.text) for m in Message.objects.select_related("person")}
    assert told["li"] == ("task", "对总务处廉政风险清单有人提出异议，请答复")
    assert told["zhao"] == told["chen"] == ("news", "对总务处廉政风险清单有人提出异议，由部门负责人答复")
    Message.objects.all().delete()
    actions.answer(objection, text="y", by=cast.li)
    told = {m.person.username: (m.text, m.url) for m in Message.objects.select_related("person")}
    own = reverse("records:objection", args=[objection.pk])
    assert told["wu"] == ("您对总务处廉政风险清单的异议已答复", own)
    assert told["zhao"][0] == "对总务处廉政风险清单的异议已答复，请办结"
    assert "li" not in told
    actions.settle(Objection.objects.get(), changes_needed=False, by=cast.zhao)
    at(6, 1)
    page = client_of(cast.wu).get(own)
    assert page.status_code == 200
    assert client_of(cast.wang).get(own).status_code == 404

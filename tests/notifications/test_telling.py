"""Telling: in bulk, never the same thing twice a day, at most one reminder a day."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy as _

from qingqu.notifications import actions, queries, rules
from qingqu.notifications.models import Message
from qingqu.trace.models import Entry
from tests.make import make_user
from tests.people import Cast

KIND = Message.Kind


def test_one_person_and_many(cast: Cast) -> None:
    assert actions.tell(cast.wang, "请填写登记表", "/x", KIND.TASK) == 1
    assert actions.tell([cast.wang, cast.li, cast.wang], "第二条", "/y", KIND.NEWS, sender=cast.chen) == 2
    (day,) = queries.with_lines(cast.wang, queries.days_of(cast.wang))
    assert [line.text for line in day.lines] == ["请填写登记表", "第二条"]
    assert day.unread == 2


def test_the_same_key_reaches_a_person_once_a_day(cast: Cast) -> None:
    day = date(2026, 4, 15)
    assert actions.tell([cast.wang], "一", "", KIND.NEWS, key="late:1", on=day) == 1
    assert actions.tell([cast.wang, cast.li], "一", "", KIND.NEWS, key="late:1", on=day) == 1
    assert actions.tell([cast.wang], "一", "", KIND.NEWS, key="late:1", on=date(2026, 4, 16)) == 1


def test_what_one_is_told_on_a_day_is_one_message(cast: Cast) -> None:
    day = date(2026, 4, 15)
    actions.tell(cast.wang, "登记表还有 15 天", "/form", KIND.REMINDER, on=day)
    actions.tell(cast.wang, "登记表还有 15 天", "/form", KIND.REMINDER, on=day)
    actions.tell([cast.wang, cast.li], "盘点今天到期", "/measure", KIND.REMINDER, on=day)
    actions.tell(cast.wang, "请填写登记表", "/form", KIND.URGE, sender=cast.chen, on=day)
    actions.tell(cast.wang, "登记表已通过", "/form", KIND.NEWS, on=day)
    actions.tell(cast.wang, "登记表还有 14 天", "/form", KIND.REMINDER, on=date(2026, 4, 16))
    assert queries.unread_count(cast.wang) == 2
    shown = queries.with_lines(cast.wang, queries.days_of(cast.wang))
    assert [[line.text for line in day.lines] for day in shown] == [
        ["登记表还有 14 天"],
        ["登记表还有 15 天", "盘点今天到期", "请填写登记表", "登记表已通过"],
    ]
    assert queries.unread_count(cast.li) == 1


def test_a_message_is_unread_until_all_its_lines_are_read(cast: Cast) -> None:
    day = date(2026, 4, 15)
    for text in ("登记表还有 15 天", "盘点今天到期"):
        actions.tell(cast.wang, text, "/form", KIND.REMINDER, on=day)
    first, second = Message.objects.filter(person=cast.wang).order_by("id")
    actions.mark_read(first, by=cast.wang)
    assert queries.unread_count(cast.wang) == 1
    actions.mark_read(second, by=cast.wang)
    assert queries.unread_count(cast.wang) == 0


def test_a_long_line_is_shortened(cast: Cast) -> None:
    assert rules.shorten("甲" * 300) == "甲" * 300
    assert rules.shorten("甲" * 301) == "甲" * 299 + "…"


def test_each_reads_in_his_language(cast: Cast) -> None:
    cast.wang.language = "en"
    actions.tell([cast.wang, cast.li], _("是"), "", KIND.NEWS)
    assert Message.objects.get(person=cast.li).text == "是"


def test_telling_many_costs_as_much_as_telling_few(cast: Cast) -> None:
    def cost(people: list) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            actions.tell(people, "同一件事", "", KIND.REMINDER, key="k")
        return len(seen)

    few = cost([make_user() for _n in range(3)])
    assert cost([make_user() for _n in range(60)]) == few


def test_reading_leaves_a_trace_once(cast: Cast) -> None:
    actions.tell(cast.wang, "一", "", KIND.NEWS)
    actions.tell(cast.wang, "二", "", KIND.NEWS)
    message = Message.objects.filter(person=cast.wang).first()
    assert message is not None
    actions.mark_read(message, by=cast.wang)
    actions.mark_read(message, by=cast.wang)
    assert Entry.objects.filter(act="notifications.read").count() == 1
    assert actions.mark_all_read(cast.wang, by=cast.wang) == 1
    assert actions.mark_all_read(cast.wang, by=cast.wang) == 0
    assert queries.unread_count(cast.wang) == 0

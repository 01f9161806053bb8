"""The page of messages."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.notifications import queries
from qingqu.notifications.actions import tell
from qingqu.notifications.models import Message
from tests.people import Cast

LIST = reverse("notifications:list")


def test_one_sees_ones_own_and_reads_them(client: Client, cast: Cast) -> None:
    tell(cast.wang, "请填写登记表", "/messages/", Message.Kind.TASK, sender=cast.chen)
    tell(cast.li, "请审核", "", Message.Kind.TASK)
    client.force_login(cast.wang)
    page = client.get(LIST).content.decode()
    assert "请填写登记表" in page
    assert "请审核" not in page
    message = Message.objects.get(person=cast.wang)
    answer = client.post(reverse("notifications:read", args=[message.pk]))
    assert answer.headers["Location"] == "/messages/"
    assert queries.unread_count(cast.wang) == 0
    other = Message.objects.get(person=cast.li)
    assert client.post(reverse("notifications:read", args=[other.pk])).status_code == 404


def test_a_message_never_leads_off_the_site(client: Client, cast: Cast) -> None:
    tell(cast.wang, "看这里", "https://example.org/", Message.Kind.NEWS)
    client.force_login(cast.wang)
    answer = client.post(reverse("notifications:read", args=[Message.objects.get().pk]))
    assert answer.headers["Location"] == LIST


def test_reading_all(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)
    assert "还没有消息" in client.get(LIST).content.decode()
    for n in range(3):
        tell(cast.wang, f"消息{n}", "", Message.Kind.NEWS)
    client.post(reverse("notifications:read-all"))
    assert queries.unread_count(cast.wang) == 0
    assert client.get(reverse("notifications:read-all")).status_code == 405


def test_the_lines_of_a_day_stand_together_each_with_its_link(client: Client, cast: Cast) -> None:
    tell(cast.wang, "盘点今天到期", "/measures/", Message.Kind.REMINDER)
    tell(cast.wang, "登记表还有 3 天", "/form/", Message.Kind.REMINDER)
    client.force_login(cast.wang)
    page = client.get(LIST).content.decode()
    assert "未读 1 条" in page
    assert "2 件未读" in page
    line = Message.objects.get(text="盘点今天到期")
    answer = client.post(reverse("notifications:read", args=[line.pk]))
    assert answer.headers["Location"] == "/measures/"
    assert "1 件未读" in client.get(LIST).content.decode()


def test_as_many_statements_for_a_hundred_as_for_ten(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)

    def cost(count: int) -> int:
        for n in range(count):
            tell(cast.wang, f"消息{n}", "", Message.Kind.NEWS, sender=cast.chen)
            tell(cast.wang, f"提醒{n}", "", Message.Kind.REMINDER, on=date(2026, 1, 1) + timedelta(days=n))
        client.get(LIST)
        with CaptureQueriesContext(connection) as seen:
            client.get(LIST)
        return len(seen)

    assert cost(10) == cost(90)

"""People under the verification: what the product does to an account agrees, what SQL does is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingqu.accounts import actions
from qingqu.accounts.models import User
from qingqu.notifications.actions import mark_all_read
from qingqu.notifications.models import Message
from qingqu.organisation.actions import add_person, change_person
from qingqu.trace import states
from qingqu.trace.actions import record_many
from qingqu.trace.adoption import keep_shapes
from qingqu.trace.models import Entry, Shape
from qingqu.trace.verify import verify
from tests.make import make_user
from tests.people import Cast

SECRET = "竹林里有三只白鹭飞过"


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def named() -> list[tuple[str, str]]:
    """What the verification says about people."""
    found = [(problem.kind, str(problem.about.get("obj", ""))) for problem in verify()]
    return [(kind, obj) for kind, obj in found if obj.startswith("accounts.")]


@pytest.fixture
def teacher(db: None) -> User:
    person = add_person(name="郑新", number="1001", phone="13800001234", by=None)
    actions.change_password(person, SECRET, by=person)
    return person


def test_what_the_product_does_agrees(client: Client, teacher: User) -> None:
    client.post("/accounts/sign-in", {"username": "1001", "password": "wrong"})
    assert client.post("/accounts/sign-in", {"username": "1001", "password": SECRET}).status_code == 302
    client.post("/accounts/text-size", {"next": "/"})
    client.post("/accounts/profile", {"phone": "13900005678", "language": "en", "large_text": "on"})
    change_person(teacher, name="郑欣", number="1002", phone="", joined_on=date(2024, 9, 1), by=None)
    [(_person, code)] = actions.issue_codes([teacher], by=None)
    actions.activate("1001", code, "四匹马-过河-去北方")
    actions.make_token(teacher, name="脚本", days=30)
    teacher.refresh_from_db()
    assert (teacher.name, teacher.language, teacher.last_login is None) == ("郑欣", "en", False)
    assert named() == []


@pytest.mark.parametrize(
    "change",
    [
        "username = 'dangban'",
        "name = '别人'",
        "number = '9'",
        "phone = '13700000000'",
        "is_active = false",
        "must_change_password = true",
        "joined_on = '1999-01-01'",
        "password = 'md5$x$0123456789abcdef0123456789abcdef'",
    ],
)
def test_a_person_changed_by_sql_is_named(teacher: User, change: str) -> None:
    add_person(name="冯来", number="1003", by=None)
    assert named() == []
    sql(f"UPDATE accounts_user SET {change} WHERE id = %s", teacher.pk)
    assert named() == [("row-changed", f"accounts.user:{teacher.pk}")]


STRONGER = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(client: Client, password: str = SECRET) -> None:
    assert client.post("/accounts/sign-in", {"username": "1001", "password": password}).status_code == 302
    assert client.get("/accounts/profile").status_code == 200  # and he stays signed in


def test_a_hash_made_stronger_at_a_sign_in_is_an_act(client: Client, teacher: User, settings: Any) -> None:
    before = teacher.password
    settings.PASSWORD_HASHERS = STRONGER
    sign_in(client)
    sign_in(Client())
    teacher.refresh_from_db()
    assert teacher.password.startswith("pbkdf2_")
    assert before.startswith("md5")
    assert Entry.objects.filter(act="accounts.password_strengthened").count() == 1
    assert named() == []


def test_a_hash_that_was_put_in_is_not_covered_up_by_a_sign_in(client: Client, teacher: User, settings: Any) -> None:
    sql("UPDATE accounts_user SET password = %s WHERE id = %s", make_password("eindringling"), teacher.pk)
    settings.PASSWORD_HASHERS = STRONGER
    sign_in(client, "eindringling")
    assert named() == [("row-changed", f"accounts.user:{teacher.pk}")]


def test_a_password_changed_meanwhile_is_kept(teacher: User, settings: Any) -> None:
    """Two sign-ins, or a change of the password between checking it and hashing it anew."""
    late = User.objects.get(pk=teacher.pk)
    actions.change_password(teacher, "四匹马-过河-去北方", by=teacher)
    settings.PASSWORD_HASHERS = STRONGER
    actions.strengthen_password(late, SECRET)
    teacher.refresh_from_db()
    assert teacher.check_password("四匹马-过河-去北方")
    assert named() == []


def test_what_was_committed_before_passwords_counted_still_agrees(teacher: User, monkeypatch: Any) -> None:
    """An older version's last entry about him says nothing of a password; the next act on his account does."""
    monkeypatch.setattr(User, "TRACE_EXCLUDE", ("last_login", "password", "language", "large_text"))
    caches = (states.columns, states.fields_of, states.shape_of)
    for cache in caches:
        cache.cache_clear()
    keep_shapes()
    change_person(teacher, name="郑欣", number="1001", phone="", joined_on=None, by=None)
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()
    keep_shapes()
    assert named() == []
    sql("UPDATE accounts_user SET password = 'x' WHERE id = %s", teacher.pk)
    assert named() == []
    actions.change_password(teacher, SECRET, by=teacher)
    assert named() == []
    sql("UPDATE accounts_user SET password = 'x' WHERE id = %s", teacher.pk)
    assert named() == [("row-changed", f"accounts.user:{teacher.pk}")]


def test_a_person_slipped_in_and_one_taken_out_are_named(teacher: User) -> None:
    ghost = make_user("ghost", "无人")
    assert named() == [("row-inserted", f"accounts.user:{ghost.pk}")]
    sql("DELETE FROM accounts_user WHERE id IN (%s, %s)", ghost.pk, teacher.pk)
    assert named() == [("row-deleted", f"accounts.user:{teacher.pk}")]


def test_habits_are_no_part_of_what_is_committed() -> None:
    assert set(states.columns(User)) == {
        "id", "username", "name", "number", "phone", "is_active", "must_change_password", "joined_on", "password",
    }  # fmt: skip


def test_a_sign_in_a_code_or_a_message_read_does_not_cover_up(client: Client, cast: Cast, teacher: User) -> None:
    """Whoever was let in again by SQL does not become proper by using the product."""
    Message.objects.create(person=teacher, kind="news", text="某事", on=date(2026, 3, 2))
    sql("UPDATE accounts_user SET username = 'quiet' WHERE id = %s", teacher.pk)
    assert client.post("/accounts/sign-in", {"username": "quiet", "password": SECRET}).status_code == 302
    actions.issue_codes([teacher], by=cast.chen)
    assert mark_all_read(teacher, by=teacher) == 1
    acts = Entry.objects.filter(obj=f"accounts.user:{teacher.pk}").values_list("act", flat=True)
    assert {"accounts.signed_in", "accounts.code_issued", "notifications.all_read"} <= set(acts)
    assert ("row-changed", f"accounts.user:{teacher.pk}") in named()


def test_people_of_an_earlier_version_are_adopted_once_and_openly(db: None) -> None:
    Shape.objects.filter(label="accounts.user").delete()  # a version that did not compare people
    early = make_user("early", "早来")
    keep_shapes()
    entry = Entry.objects.get(act="trace.adopted")
    assert (entry.obj, entry.actor) == (f"accounts.user:{early.pk}", "system")
    assert entry.payload.reason == "自此版本起纳入核验"
    assert named() == []
    late = make_user("late", "晚来")
    keep_shapes()
    assert Entry.objects.filter(act="trace.adopted").count() == 1, "nobody is adopted at a later upgrade"
    assert named() == [("row-inserted", f"accounts.user:{late.pk}")]


def test_codes_for_many_cost_as_many_statements_as_for_few(db: None) -> None:
    counted = []
    for count in (3, 60):
        people = [make_user(f"p{count}-{n}") for n in range(count)]
        with transaction.atomic():
            record_many("organisation.person_added", people, by=None)
        with CaptureQueriesContext(connection) as context:
            actions.issue_codes(people, by=None)
        counted.append(len(context))
    assert counted[0] == counted[1]
    assert named() == []

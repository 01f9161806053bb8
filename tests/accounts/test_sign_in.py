"""Signing in, being refused, locked out, sent to sleep, made to choose a password."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from qingqu.accounts import actions
from qingqu.accounts.models import ActivationCode, User
from qingqu.common.errors import NotPossible
from qingqu.trace.models import Entry
from tests.make import make_user
from tests.people import Cast

SECRET = "竹林里有三只白鹭飞过"
NEW = "新的密码-四匹马-过河"
SIGN_IN = "/accounts/sign-in"


@pytest.fixture
def teacher(db: None) -> User:
    user = make_user("teacher", "王雨桐", number="20230917", phone="13800001234")
    user.set_password(SECRET)
    user.save()
    return user


def acts(user: User) -> list[str]:
    return list(Entry.objects.filter(obj=f"accounts.user:{user.pk}").order_by("pk").values_list("act", flat=True))


def try_in(client: Client, name: str, password: str = SECRET, to: str = "/accounts/profile"):
    return client.post(SIGN_IN, {"username": name, "password": password, "next": to})


@pytest.mark.parametrize("name", ["teacher", "20230917", "13800001234", " teacher "])
def test_signs_in_by_name_number_or_phone(client: Client, teacher: User, name: str) -> None:
    response = try_in(client, name)
    assert response.status_code == 302
    assert response["Location"] == "/accounts/profile"
    assert acts(teacher) == ["accounts.signed_in"]


def test_the_session_gets_a_new_id_at_sign_in(client: Client, teacher: User) -> None:
    client.post("/accounts/text-size", {"next": "/"})
    before = client.session.session_key
    try_in(client, "teacher")
    assert client.session.session_key not in (None, before)


def test_a_refusal_tells_nothing_about_the_name(client: Client, teacher: User) -> None:
    wrong, unknown = try_in(client, "teacher", "wrong"), try_in(client, "stranger", "wrong")
    assert wrong.status_code == unknown.status_code == 422
    said = "登录名或密码不对"
    assert said in wrong.content.decode()
    assert said in unknown.content.decode()
    assert acts(teacher) == ["accounts.sign_in_refused"]
    assert 'value="teacher"' in wrong.content.decode(), "what was typed stays"


def test_a_person_out_of_office_stays_out(client: Client, teacher: User) -> None:
    User.objects.update(is_active=False)
    assert try_in(client, "teacher").status_code == 422


def test_does_not_lead_to_another_site(client: Client, teacher: User) -> None:
    response = try_in(client, "teacher", to="https://example.org/")
    assert "example.org" not in response["Location"]


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(client: Client, teacher: User, settings: Settings) -> None:
    settings.AXES_ENABLED = True
    for _ in range(5):
        last = try_in(client, "teacher", "wrong")
    assert last.status_code == 429
    assert "请在 15 分钟后再试" in last.content.decode()
    assert try_in(client, "20230917").status_code == 429, "not even the right password, nor by number"
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert try_in(client, "teacher").status_code == 302


def test_an_unknown_name_is_locked_alike(client: Client, db: None, settings: Settings) -> None:
    settings.AXES_ENABLED = True
    for _ in range(5):
        last = try_in(client, "stranger", "wrong")
    assert last.status_code == 429


def test_signing_out_is_a_post(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    assert client.get("/accounts/sign-out").status_code == 405
    assert client.post("/accounts/sign-out").status_code == 302
    assert client.get("/accounts/profile")["Location"].startswith(SIGN_IN)


def test_half_an_hour_idle_ends_the_session_and_keeps_the_way_back(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=29)):
        assert client.get("/accounts/tokens").status_code == 200
    with time_machine.travel(start + timedelta(minutes=58)):
        assert client.get("/accounts/tokens").status_code == 200, "each visit counts anew"
    with time_machine.travel(start + timedelta(minutes=90)):
        response = client.get("/accounts/tokens?page=1")
        assert response["Location"] == f"{SIGN_IN}?next=%2Faccounts%2Ftokens%3Fpage%3D1"
        assert "已超过 30 分钟没有操作" in client.get(SIGN_IN).content.decode()


def test_an_act_after_sleep_returns_to_its_page(client: Client, teacher: User) -> None:
    response = client.post("/accounts/tokens/1/revoke", headers={"Referer": "http://testserver/accounts/tokens?page=2"})
    assert response["Location"] == f"{SIGN_IN}?next=%2Faccounts%2Ftokens%3Fpage%3D2"
    piece = client.get("/accounts/tokens", headers={"HX-Request": "true", "HX-Current-URL": "http://evil.example/x"})
    assert piece["HX-Redirect"] == f"{SIGN_IN}?next=%2F"


# ---- a password of one's own


def test_a_given_password_must_be_changed_first(client: Client, teacher: User) -> None:
    User.objects.update(must_change_password=True)
    client.force_login(teacher)
    assert client.get("/accounts/tokens")["Location"] == "/accounts/password?next=%2Faccounts%2Ftokens"
    assert client.get("/api/v1/me").status_code == 403
    page = client.get("/accounts/password?next=/accounts/tokens").content.decode()
    assert "请先换一个只有您知道的密码" in page
    answer = {"old": SECRET, "password": NEW, "again": NEW, "next": "/accounts/tokens"}
    assert client.post("/accounts/password", answer)["Location"] == "/accounts/tokens"
    assert client.get("/accounts/tokens").status_code == 200
    teacher.refresh_from_db()
    assert teacher.check_password(NEW)
    assert acts(teacher) == ["accounts.password_changed"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"old": "wrong"}, "现在的密码不对"),
        ({"again": NEW + "x"}, "两次输入的新密码不一致"),
        ({"password": "短", "again": "短"}, "太短，请至少写 10 个字"),
        ({"password": SECRET, "again": SECRET}, "新密码与现在的密码相同"),
        ({"password": "20230917-1", "again": "20230917-1"}, "太相近"),
    ],
)
def test_a_poor_new_password_is_refused(client: Client, teacher: User, answer: dict[str, str], said: str) -> None:
    client.force_login(teacher)
    response = client.post("/accounts/password", {"old": SECRET, "password": NEW, "again": NEW, **answer})
    assert response.status_code == 422
    assert said in response.content.decode()
    teacher.refresh_from_db()
    assert teacher.check_password(SECRET)


def test_a_new_password_ends_other_sessions(client: Client, teacher: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(teacher)
    client.force_login(teacher)
    client.post("/accounts/password", {"old": SECRET, "password": NEW, "again": NEW})
    assert client.get("/accounts/profile").status_code == 200
    assert elsewhere.get("/accounts/profile").status_code == 302


# ---- the slip with the code


def test_a_slip_wakes_up_a_person_of_the_roster(client: Client, cast: Cast) -> None:
    sleeper = make_user("20260001", "新来的")
    [(_user, code)] = actions.issue_codes([sleeper], by=cast.chen)
    assert not ActivationCode.objects.filter(digest__contains=code).exists()
    answer = {"username": "20260001", "code": code.lower().replace("-", " "), "password": NEW, "again": NEW}
    assert client.post("/accounts/activate", answer).status_code == 302
    assert client.get("/accounts/profile").status_code == 200, "signed in at once"
    assert acts(sleeper) == ["accounts.code_issued", "accounts.activated"]
    again = Client().post("/accounts/activate", answer)
    assert again.status_code == 422
    assert "启用码已用过" in again.content.decode()


def test_a_code_is_for_one_person_until_its_day(cast: Cast) -> None:
    [(_w, old), (_l, li_code)] = actions.issue_codes([cast.wang, cast.li], by=cast.chen)
    [(_w, code)] = actions.issue_codes([cast.wang], by=cast.chen)
    for name, wrong in [("wang", old), ("wang", li_code), ("li", code), ("wang", "")]:
        with pytest.raises(NotPossible, match="对不上"):
            actions.activate(name, wrong, NEW)
    with time_machine.travel(timezone.now() + timedelta(days=31)), pytest.raises(NotPossible):
        actions.activate("wang", code, NEW)
    assert actions.activate("wang", code, NEW).check_password(NEW)


def test_guessing_codes_locks_the_door(client: Client, cast: Cast, settings: Settings) -> None:
    settings.AXES_ENABLED = True
    [(_user, code)] = actions.issue_codes([cast.wang], by=cast.chen)
    answer = {"username": "wang", "code": "7K2M-QX4D-9RPT", "password": NEW, "again": NEW}
    for _ in range(5):
        client.post("/accounts/activate", answer)
    assert client.post("/accounts/activate", {**answer, "code": code}).status_code == 429


# ---- how one reads


def test_language_and_large_text_stay_with_the_person(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    answer = {"phone": "13900000000", "language": "en", "large_text": "on"}
    response = client.post("/accounts/profile", answer)
    assert response.cookies["django_language"].value == "en"
    page = client.get("/accounts/profile").content.decode()
    assert 'lang="en"' in page
    assert 'data-text="large"' in page
    entry = Entry.objects.get(act="accounts.profile_changed")
    assert "13900000000" not in str(entry.__dict__)


def test_sample_accounts_show_on_a_demonstration_only(client: Client, db: None, settings: Settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "sample_accounts.json").write_text(
        '[{"role": "党办", "username": "chen", "password": "secret-of-chen"}]'
    )
    assert "secret-of-chen" in client.get(SIGN_IN).content.decode()
    settings.PRODUCTION = True
    assert "secret-of-chen" not in client.get(SIGN_IN).content.decode()


def test_every_page_is_behind_the_door(client: Client, db: None) -> None:
    for name in ("accounts:profile", "accounts:password", "accounts:tokens", "workbench:more"):
        assert client.get(reverse(name))["Location"].startswith(SIGN_IN)


def test_headers_keep_strangers_scripts_out(client: Client, db: None) -> None:
    response = client.get(SIGN_IN)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    page = response.content.decode()
    assert " style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page

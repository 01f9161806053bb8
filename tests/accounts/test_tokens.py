"""Personal keys to the API."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qingqu.accounts import actions, rules
from qingqu.accounts.access import can_revoke
from qingqu.accounts.models import Token, User
from qingqu.common.errors import NotPossible
from qingqu.trace.models import Entry
from tests.people import Cast


def me(secret: str):
    return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})


def test_a_key_speaks_for_its_owner(cast: Cast) -> None:
    token, secret = actions.make_token(cast.wang, name="脚本", days=30)
    assert secret not in (token.digest, token.name)
    assert token.digest == rules.digest(secret)
    response = me(secret)
    assert response.status_code == 200
    assert response.json()["username"] == "wang"
    token.refresh_from_db()
    assert token.last_used_on
    assert Entry.objects.filter(act="accounts.token_made", obj=f"accounts.token:{token.pk}").count() == 1


def test_wrong_revoked_expired_keys_and_leavers_are_refused(cast: Cast) -> None:
    assert me("qq_wrong").status_code == 401
    assert Client().get("/api/v1/me").status_code == 401
    token, secret = actions.make_token(cast.wang, name="脚本", days=30)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert me(secret).status_code == 401
    User.objects.filter(pk=cast.wang.pk).update(is_active=False)
    assert me(secret).status_code == 401
    User.objects.filter(pk=cast.wang.pk).update(is_active=True)
    assert me(secret).status_code == 200
    actions.revoke_token(token, by=cast.wang)
    assert me(secret).status_code == 401
    with pytest.raises(NotPossible):
        actions.revoke_token(token, by=cast.wang)


def test_a_session_opens_the_api_too(client: Client, cast: Cast) -> None:
    client.force_login(cast.li)
    assert client.get("/api/v1/me").json()["name"] == "李明远"


def test_a_key_is_shown_once_and_revoked_on_the_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)
    page = client.post("/accounts/tokens", {"name": "导出台账", "days": "90"})
    assert "qq_" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert "qq_" not in client.get("/accounts/tokens").content.decode()
    token = Token.objects.get()
    assert client.post(f"/accounts/tokens/{token.pk}/revoke").status_code == 302
    assert "已停用" in client.get("/accounts/tokens").content.decode()
    assert Entry.objects.filter(act="accounts.token_revoked").count() == 1


def test_nobody_touches_anothers_key(client: Client, cast: Cast) -> None:
    token, _secret = actions.make_token(cast.wang, name="王的密钥", days=30)
    for stranger in (cast.li, cast.chen, cast.zhou):
        client.force_login(stranger)
        assert client.post(f"/accounts/tokens/{token.pk}/revoke").status_code == 404
        assert "王的密钥" not in client.get("/accounts/tokens").content.decode()
        assert not can_revoke(stranger, token)
    token.refresh_from_db()
    assert token.revoked_at is None


@pytest.mark.parametrize("answer", [{"name": "", "days": "90"}, {"name": "x", "days": "9999"}])
def test_a_poor_request_for_a_key_makes_none(client: Client, cast: Cast, answer: dict[str, str]) -> None:
    client.force_login(cast.wang)
    assert client.post("/accounts/tokens", answer).status_code == 422
    assert not Token.objects.exists()


def test_the_list_asks_the_same_for_ten_and_a_hundred(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)

    def statements(rows: int) -> int:
        make = (Token(user=cast.wang, name="k", digest=f"{rows}-{n}") for n in range(rows))
        Token.objects.bulk_create(make)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get("/accounts/tokens").status_code == 200
        return len(seen)

    assert statements(10) == statements(90)


def test_what_the_api_cannot_find_or_read_is_answered_as_data(cast: Cast) -> None:
    _token, secret = actions.make_token(cast.wang, name="脚本", days=30)
    client, key = Client(), {"Authorization": f"Bearer {secret}"}
    nowhere = client.get("/api/v1/nothing", headers=key)
    assert (nowhere.status_code, nowhere["Content-Type"]) == (404, "application/problem+json")
    assert "openapi.json" in nowhere.json()["detail"]
    broken = client.post("/api/v1/declarations", "{", content_type="application/json", headers=key)
    assert (broken.status_code, broken.json()["title"]) == (400, "请求的内容不是有效的 JSON")

"""What the API says where there is no act to ask: a kind of answer that a programme reads, like its other refusals."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from qingqu.common import middleware
from tests.people import Cast


@pytest.mark.parametrize(("method", "allowed"), [("delete", "POST, GET"), ("patch", "POST, GET")])
def test_a_method_that_an_address_does_not_know(client: Client, cast: Cast, method: str, allowed: str) -> None:
    client.force_login(cast.wang)
    answer = getattr(client, method)("/api/v1/declarations")
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.headers["Allow"].split(", ")) == set(allowed.split(", "))
    said = json.loads(answer.content)
    assert (said["status"], said["title"]) == (405, "这个地址没有此种方法")
    assert answer.headers["Allow"] in said["detail"]


def test_in_the_readers_language(client: Client, cast: Cast) -> None:
    client.force_login(cast.wang)
    said = client.delete("/api/v1/declarations", headers={"Accept-Language": "en"}).json()
    assert said["title"] == "This address has no such method"


def test_too_much_at_once(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "MAX_REQUEST", 1024)
    client.force_login(cast.wang)
    answer = client.post("/api/v1/declarations", b" " * 2048, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("half", ["\\ud800", "\\uDFB7", "\\udfb7\\ud842", "a\\u0000", "\\\\\\u0000"])
def test_half_a_character_cannot_be_read(client: Client, cast: Cast, half: str) -> None:
    """No database keeps it, nor PostgreSQL the zero sign; a whole one, written in two halves, is a text like others."""
    client.force_login(cast.wang)
    body = b'{"content": "%s"}' % half.encode()
    answer = client.post("/api/v1/powers", body, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    whole = client.post("/api/v1/powers", b'{"content": "\\ud842\\udfb7 \\\\u0000"}', content_type="application/json")
    assert whole.status_code != 400


def test_a_number_that_no_database_has(client: Client, cast: Cast) -> None:
    client.force_login(cast.zhao)
    answer = client.get(f"/api/v1/alerts?unit={10**20}")
    assert answer.status_code in (200, 422), "SQLite refuses it, others find nothing"
    assert client.get("/api/v1/alerts?unit=1").status_code == 200


def test_a_zero_sign_in_an_address_is_refused(client: Client, cast: Cast) -> None:
    client.force_login(cast.zhao)
    page = client.get("/powers/?q=a%00b")
    assert page.status_code == 400
    assert "网址中有不能识别的符号" in page.content.decode()
    answer = client.get("/api/v1/powers?q=%00")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")

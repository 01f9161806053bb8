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

"""Where a visitor comes from: through our own proxies, and never on his own word."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pydantic import ValidationError
from pytest_django import Settings

from config.env import Env
from qingqu.accounts.client_address import seen_through
from tests.people import Cast

PROXY, INNER = "127.0.0.1", "10.1.2.3"
OURS = [ip_network("127.0.0.1/32"), ip_network("10.1.0.0/16"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours: his own word
        (PROXY, "203.0.113.7", "203.0.113.7"),
        (PROXY, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # he wrote the first one himself
        (PROXY, f"198.51.100.1, 203.0.113.7, {INNER}", "203.0.113.7"),  # two proxies in a row
        (PROXY, f"{INNER}, 203.0.113.7", "203.0.113.7"),  # one of our addresses does not help him
        (PROXY, "203.0.113.7:51234", "203.0.113.7"),
        (PROXY, "2001:db8::5", "2001:db8::5"),
        (PROXY, "[2001:db8::5]:51234", "2001:db8::5"),
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("fd00::1", "203.0.113.7", "203.0.113.7"),
        (PROXY, "", PROXY),
        (PROXY, "unknown", PROXY),
        (PROXY, f"203.0.113.7, nonsense, {INNER}", INNER),  # nothing beyond what cannot be read
        (PROXY, INNER, INNER),
        ("", "203.0.113.7", ""),
    ],
)
def test_the_nearest_address_that_is_none_of_ours(peer: str, forwarded: str, found: str) -> None:
    assert seen_through(peer, forwarded, OURS) == found


def test_without_the_setting_the_header_is_not_read() -> None:
    assert Env.model_fields["trusted_proxies"].get_default() == []
    assert seen_through(PROXY, "203.0.113.7", []) == PROXY


def test_the_setting_takes_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QINGQU_TRUSTED_PROXIES", '["127.0.0.1", "10.1.0.0/16"]')
    assert Env.read().trusted_proxies == OURS[:2]
    monkeypatch.setenv("QINGQU_TRUSTED_PROXIES", '["the proxy"]')
    with pytest.raises(ValidationError):
        Env.read()


def sign_in(client: Client, password: str, forwarded: str) -> int:
    data = {"username": "wang", "password": password}
    return client.post("/accounts/sign-in", data, headers={"X-Forwarded-For": forwarded}).status_code


@pytest.fixture
def wang(cast: Cast, settings: Settings) -> str:
    settings.AXES_ENABLED = True
    cast.wang.set_password("竹林里有三只白鹭飞过")
    cast.wang.save()
    return "竹林里有三只白鹭飞过"


def test_a_stranger_behind_the_proxy_locks_nobody_else_out(client: Client, wang: str, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network(PROXY)]
    for _ in range(5):
        last = sign_in(client, "wrong", "203.0.113.7")
    assert last == 429
    assert sign_in(client, wang, "203.0.113.7") == 429
    assert sign_in(client, wang, "198.51.100.1") == 302


def test_a_forged_header_does_not_open_the_lock(client: Client, wang: str, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network(PROXY)]
    for number in range(5):
        last = sign_in(client, "wrong", f"198.51.100.{number}, 203.0.113.7")
    assert last == 429


def test_by_default_the_lock_holds_whatever_the_header_says(client: Client, wang: str) -> None:
    for number in range(5):
        last = sign_in(client, "wrong", f"198.51.100.{number}")
    assert last == 429
    assert sign_in(client, wang, "192.0.2.1") == 429


def test_the_minutes_are_those_of_the_same_address(client: Client, wang: str, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network(PROXY)]
    start = timezone.now()
    for _ in range(5):
        sign_in(client, "wrong", "203.0.113.7")
    with time_machine.travel(start + timedelta(minutes=10)):
        sign_in(client, "wrong", "198.51.100.1")  # somebody else, later
        data = {"username": "wang", "password": "wrong"}
        page = client.post("/accounts/sign-in", data, headers={"X-Forwarded-For": "203.0.113.7"})
    assert "请在 5 分钟后再试" in page.content.decode() or "请在 6 分钟后再试" in page.content.decode()

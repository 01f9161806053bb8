"""Another system that calls the API."""

from __future__ import annotations

from typing import Any

from django.test import Client

from qingqu.accounts.actions import make_token


class Caller:
    """Somebody's script with his personal token."""

    def __init__(self, person: Any) -> None:
        _token, secret = make_token(person, name="财务系统", days=30)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")

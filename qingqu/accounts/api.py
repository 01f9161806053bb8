"""The API's doors, and who one is behind them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import HttpBearer

from qingqu.accounts import actions, queries
from qingqu.accounts.models import User

router = Router(tags=["accounts"])


class TokenAuth(HttpBearer):
    """A personal key: `Authorization: Bearer qq_…`. The request then acts as its owner."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = queries.token_for(token)
        if found is None:
            return None
        actions.note_use(found)
        request.user = found.user
        return found.user


class Me(Schema):
    """Who the key or session belongs to."""

    id: int
    username: str
    name: str
    number: str
    language: str


@router.get("/me", response=Me, summary="Who am I")
def me(request: HttpRequest) -> User:
    """The person whose key or session this is."""
    return request.user  # type: ignore[return-value]

"""Who stands at the door."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from qingqu.accounts.models import User


def who(request: HttpRequest) -> User:
    """The person who is signed in: for views behind the door, where nobody is anonymous."""
    return cast(User, request.user)

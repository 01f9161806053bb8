"""The request of somebody who has signed in: what every view behind the doors receives."""

from __future__ import annotations

from django.http import HttpRequest

from qingqu.accounts.models import User


class SignedIn(HttpRequest):
    """A request whose `user` is a person. For annotations: Doors and login_required see to it that it is so."""

    user: User
    belongs_to: str
    """Which entry of the navigation the page belongs to, where its own address does not say so."""

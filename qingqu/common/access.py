"""Permission with its reason, so that a greyed button and a refusal say the same."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Access:
    """Yes, or no with the reason that the page shows; truthy if yes."""

    allowed: bool
    reason: str | Promise = ""
    is_over: bool = False
    """Whether it would have been his to do, but has been done meanwhile, by somebody else or in another window."""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Access(True)


def denied(reason: str | Promise) -> Access:
    """No, and why, in the reader's words."""
    return Access(False, reason)


def over(reason: str | Promise) -> Access:
    """No longer: whoever may otherwise do it comes too late."""
    return Access(False, reason, is_over=True)


def require(access: Access) -> None:
    """Go on only if `access` is yes.

    Raises PermissionDenied with the reason, which becomes the 403 page and a trace entry.
    """
    if not access:
        raise PermissionDenied(access.reason)

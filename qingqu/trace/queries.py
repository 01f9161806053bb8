"""What pages read about the trace."""

from __future__ import annotations

from qingqu.trace.models import VerifyRun


def last_verification() -> VerifyRun | None:
    """The last verification, for the banner of the discipline commission; its `sentences` name what it found."""
    return VerifyRun.objects.order_by("-pk").first()

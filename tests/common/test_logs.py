"""What the server's log says."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import reverse

from tests.people import Cast, client_of


def test_a_refusal_is_one_line_and_a_failure_says_where(cast: Cast, caplog: Any) -> None:
    assert client_of(cast.wang).get(reverse("alerts:board")).status_code == 403
    (refused,) = [record for record in caplog.records if record.name == "django.request"]
    assert (refused.levelno, refused.exc_info) == (logging.WARNING, None)
    try:
        raise ValueError("坏了")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: /")
    assert caplog.records[-1].exc_info

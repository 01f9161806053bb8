"""What a program sends to the API."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
"""Where half of a character beyond the first 65,536 is written by its number: 𠮷 is \\ud842\\udfb7."""


class Body(Parser):
    """JSON whose texts can be kept: half a character alone is refused like anything else that cannot be read."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        said = super().parse_body(request)
        if HALVES.search(request.body):
            json.dumps(said, ensure_ascii=False).encode()
        return said

"""What a program sends to the API."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

ODD = re.compile(rb"\\u([dD][89a-fA-F]|0000)")
"""Where half of a character beyond the first 65,536 is written by its number, 𠮷 is \\ud842\\udfb7, or a zero sign."""
ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Body(Parser):
    """JSON whose texts can be kept: half a character and the zero sign are refused like what cannot be read at all."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        said = super().parse_body(request)
        if ODD.search(request.body):
            text = json.dumps(said, ensure_ascii=False)
            text.encode()
            if ZERO.search(text):
                raise ValueError("zero sign")
        return said

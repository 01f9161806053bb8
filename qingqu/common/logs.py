"""What the server's log says."""

from __future__ import annotations

import logging


class Brief(logging.Filter):
    """A refusal is one line, without the way through the code that led to it; a failure keeps its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            record.exc_info = None
        return True

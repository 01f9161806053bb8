"""Which request is being answered: set by the middleware, read by `record()`."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

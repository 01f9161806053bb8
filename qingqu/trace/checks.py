"""A database that may forget what it has acknowledged must not be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from qingqu.common.errors import NotPossible

SYNCHRONOUS_FULL = 2


def assert_durable() -> None:
    """Refuse to serve on a database that loses acknowledged acts at a power cut. Raises NotPossible."""
    if weak := weaknesses():
        raise NotPossible("数据库设置不可靠，断电可能丢失已提交的内容（database is not durable）：" + "；".join(weak))


def weaknesses(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The settings of the connection that are too weak, each as name=value."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        return [
            *_unless("journal_mode", _ask(alias, "PRAGMA journal_mode"), lambda v: v in ("wal", "memory")),
            *_unless("synchronous", _ask(alias, "PRAGMA synchronous"), lambda v: int(v) >= SYNCHRONOUS_FULL),
        ]
    if connection.vendor == "postgresql":
        return [
            *_unless("fsync", _ask(alias, "SHOW fsync"), lambda v: v == "on"),
            *_unless("synchronous_commit", _ask(alias, "SHOW synchronous_commit"), lambda v: v != "off"),
        ]
    return [f"vendor={connection.vendor}"]


def _ask(alias: str, question: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])


def _unless(name: str, value: str, good: Any) -> list[str]:
    return [] if good(value) else [f"{name}={value}"]


@register(Tags.database)
def durable(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """`manage.py check --database default` says it too."""
    return [
        Error(f"{weak} may lose acknowledged acts at a power cut", hint="see docs/operating", id="trace.E001")
        for alias in databases or []
        for weak in weaknesses(alias)
    ]

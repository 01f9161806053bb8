"""A database that may forget is refused."""

import pytest
from django.conf import settings as site
from django.db import connection, connections

from qingqu.common.errors import NotPossible
from qingqu.trace import checks

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite")


@pytest.fixture
def file_database(tmp_path, django_db_blocker):
    """A connection of our own to a database in a file, as the product opens it."""
    main = connections["default"].settings_dict
    connections.settings["aside"] = {**main, "NAME": tmp_path / "aside.sqlite3", "OPTIONS": site.SQLITE_OPTIONS}
    with django_db_blocker.unblock():
        yield connections["aside"]
    connections["aside"].close()
    del connections["aside"], connections.settings["aside"]


@sqlite_only
def test_the_product_opens_sqlite_durably(file_database):
    with file_database.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"
    assert checks.weaknesses("aside") == []


@sqlite_only
@pytest.mark.parametrize(
    ("weaken", "named"),
    [
        ("PRAGMA synchronous=NORMAL", "synchronous=1"),
        ("PRAGMA synchronous=OFF", "synchronous=0"),
        ("PRAGMA journal_mode=DELETE", "journal_mode=delete"),
    ],
)
def test_a_weak_sqlite_is_named(file_database, weaken, named):
    with file_database.cursor() as cursor:
        cursor.execute(weaken)
    assert checks.weaknesses("aside") == [named]
    assert [message.id for message in checks.durable(databases=["aside"])] == ["trace.E001"]


@pytest.mark.parametrize(
    ("fsync", "commit", "weak"),
    [("on", "on", []), ("on", "local", []), ("off", "on", ["fsync=off"]), ("on", "off", ["synchronous_commit=off"])],
)
def test_postgresql_is_asked_for_both(monkeypatch, fsync, commit, weak):
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    monkeypatch.setattr(checks, "_ask", lambda alias, question: fsync if "fsync" in question else commit)
    assert checks.weaknesses() == weak


def test_serving_is_refused(monkeypatch):
    monkeypatch.setattr(checks, "weaknesses", lambda: ["synchronous=1"])
    with pytest.raises(NotPossible, match="synchronous=1"):
        checks.assert_durable()

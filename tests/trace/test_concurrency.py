"""Eight writers at once, two sequencers at once, a sequencer that is killed: on PostgreSQL, where they really meet."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from qingqu.accounts.models import User
from qingqu.trace import sequencer
from qingqu.trace.actions import record
from qingqu.trace.models import Entry
from qingqu.trace.verify import verify

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs DATABASE_URL of a PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]
WRITERS, ACTS = 8, 50


def in_threads(*works):
    def alone(work):
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [found.result() for found in [pool.submit(alone, work) for work in works]]


def write(user):
    """Every tenth act is undone, which leaves a gap in the numbers of the database but none in the log."""
    for n in range(ACTS):
        try:
            with transaction.atomic():
                record("accounts.greeted", user, by=user, after=str(n))
                if n % 10 == 9:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass


def sequence_for(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sequencer.sequence()


def assert_whole(count):
    sequencer.sequence()
    assert list(Entry.objects.order_by("position").values_list("position", flat=True)) == list(range(count))
    assert verify() == []


def test_eight_writers_and_two_sequencers_leave_no_gap_and_no_duplicate():
    users = [User.objects.create_user(f"u{n}", name=f"第{n}人") for n in range(WRITERS)]
    in_threads(*[lambda user=user: write(user) for user in users], *[lambda: sequence_for(2)] * 2)
    assert_whole(WRITERS * ACTS * 9 // 10)


KILLED = """
import os, django
django.setup()
from django.db import connection
from django.conf import settings
connection.settings_dict["NAME"] = os.environ["TRACE_TEST_DATABASE"]
from qingqu.trace import sequencer
sequencer.BATCH = 7
print("ready", flush=True)
sequencer.sequence()
"""


def test_a_sequencer_killed_again_and_again_leaves_no_gap_and_no_duplicate():
    user = User.objects.create_user("wang", name="王老师")
    total = 0
    for delay in range(10):
        with transaction.atomic():
            for _ in range(60):
                record("accounts.greeted", user, by=user)
        total += 60
        env = {**os.environ, "TRACE_TEST_DATABASE": connection.settings_dict["NAME"]}
        env["DJANGO_SETTINGS_MODULE"] = "config.settings"
        victim = subprocess.Popen([sys.executable, "-c", KILLED], env=env, stdout=subprocess.PIPE)
        assert victim.stdout
        victim.stdout.readline()
        time.sleep(delay * 0.01)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
    assert_whole(total)

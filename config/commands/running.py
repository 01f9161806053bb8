"""Serving the product and doing what the clock starts."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from types import FrameType

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from gunicorn.util import parse_address  # type: ignore[import-untyped]

from config import data_lock, schedule
from config.settings import ENV
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.trace.checks import assert_durable


def require_tables() -> None:
    """Refuse to work on a database that is empty or lacks the tables of this version."""
    if lacks_tables():
        raise NotPossible("数据库还不是最新结构，请先运行 qingqu setup（The database needs `qingqu setup`）")


def lacks_tables() -> bool:
    """Whether the database lacks tables of this version, or columns of them."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_free(bind: str) -> None:
    """Refuse to start where another programme listens already, or where nobody can."""
    if bind.startswith(("unix:", "fd://")):
        return
    try:
        host, port = parse_address(bind)
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((host, port))
    except (OSError, OverflowError, RuntimeError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise NotPossible(f"不能在 {bind} 上启动，请换一个地址或端口（cannot listen there）：{why}") from problem


def prepare() -> None:
    """Refuse to start on a database that could lose what was acknowledged or that lacks its newest tables."""
    assert_durable()
    require_tables()
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)


@click.command()
@click.option("--bind", default=ENV.bind, show_default=True, help="Address and port.")
@click.option("--workers", default=ENV.web_workers, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=ENV.web_threads, show_default=True, type=click.IntRange(1, 64))
def serve(bind: str, workers: int, threads: int) -> None:
    """Run the web server and the background worker together until interrupted."""
    held = data_lock.serve_alone()
    require_free(bind)
    prepare()
    connection.close()
    web = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", bind, "--worker-class", "gthread"]
    web += ["--workers", str(workers), "--threads", str(threads), "--timeout", "120", "--log-level", "warning"]
    web += [
        "--worker-tmp-dir",
        "/dev/shm",
        "--max-requests",
        "20000",
        "--max-requests-jitter",
        "2000",
        "--no-control-socket",
    ]
    clock = [sys.executable, "-m", "config.cli", "work"]
    processes = [subprocess.Popen(command, pass_fds=held) for command in (web, clock)]

    def stop(*_: object) -> None:
        for process in processes:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    click.echo(f"清渠已启动 · Qingqu is running: http://{bind}")
    while all(process.poll() is None for process in processes):
        try:
            processes[0].wait(timeout=1)
        except subprocess.TimeoutExpired:
            continue
    stop()
    codes = [_end_of(process) for process in processes]
    failed = [code for code in codes if code not in (0, -signal.SIGTERM, -signal.SIGINT)]
    sys.exit(1 if failed else 0)


def _end_of(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process that was told to stop; work of over half a minute is undone and begun anew."""
    try:
        return process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return -signal.SIGTERM


@click.command(hidden=True)
def work() -> None:
    """The background worker: sequences the trace every second, does what is due every quarter of an hour."""
    stopped = threading.Event()
    stop = stopper(stopped)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    schedule.work(stopped)


def stopper(stopped: threading.Event) -> Callable[[int, FrameType | None], None]:
    """What a signal calls to stop the worker.

    It runs amid `stopped.wait()`, which may hold the lock of the event: only another thread can wait for that lock.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=stopped.set, daemon=True).start()

    return stop


@click.command("run-due")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Do what is due on this day (default: today).")
def run_due(day: datetime | None) -> None:
    """Do what the clock has made due: reminders, late lists, ends of publication, re-assessments."""
    when: date = day.date() if day else today()
    for name, count in schedule.run_due(when):
        click.echo(f"{name}: {count}")

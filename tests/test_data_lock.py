"""Who works on the data of a folder: a server and a restore never at once, nor two servers. Real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.shell import qingqu, refused


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a school."""
    var = tmp_path_factory.mktemp("served")
    assert qingqu(var, "setup", "--empty", "--school", "云川市第七中学", "--code", "YC7Z").returncode == 0
    return var


@pytest.fixture(scope="module")
def saved(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    file = tmp_path_factory.mktemp("backup") / "backup.zip"
    assert qingqu(site, "backup", str(file)).returncode == 0
    return file


def free() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def started(var: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, in a session of its own, so that all of it can be ended."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QINGQU_") and key != "LANG"}
    process = subprocess.Popen(
        [sys.executable, "-m", "config.cli", *arguments],
        env=kept | {"QINGQU_VAR_DIR": str(var), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(40)


def running(process: subprocess.Popen[str], bind: str) -> subprocess.Popen[str]:
    """When the web server answers."""
    host, port = bind.split(":")
    for _ in range(300):
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            assert process.poll() is None, process.stdout and process.stdout.read()
            time.sleep(0.2)
        else:
            return process
    raise TimeoutError


def test_nothing_is_restored_under_a_server(site: Path, saved: Path, tmp_path: Path) -> None:
    bind = free()
    with started(site, "serve", "--bind", bind) as process:
        running(process, bind)
        line = refused(qingqu(site, "restore", "--force", str(saved)))
        assert f"qingqu serve（进程 {process.pid}）" in line
        assert "停止" in line
        assert not list(site.glob("before-restore-*"))
        assert qingqu(site, "backup", str(tmp_path / "meanwhile.zip")).returncode == 0
        assert qingqu(site, "setup").returncode == 0
    assert "已恢复" in qingqu(site, "restore", "--force", str(saved)).stdout
    assert list(site.glob("before-restore-*"))


def test_a_folder_has_one_server(site: Path) -> None:
    bind = free()
    with started(site, "serve", "--bind", bind) as process:
        running(process, bind)
        assert f"进程 {process.pid}" in refused(qingqu(site, "serve", "--bind", free()))


def eventually_restored(site: Path, saved: Path) -> bool:
    for _ in range(60):
        if "已恢复" in qingqu(site, "restore", "--force", str(saved)).stdout:
            return True
        time.sleep(0.2)
    return False


def test_what_a_killed_server_leaves_behind_still_counts(site: Path, saved: Path) -> None:
    """The kernel's lock outlives the first process as long as the web server or the worker lives."""
    bind = free()
    with started(site, "serve", "--bind", bind) as process:
        running(process, bind)
        process.kill()
        process.wait()
        line = refused(qingqu(site, "restore", "--force", str(saved)))
        assert "gunicorn（进程" in line
        assert f"进程 {process.pid}）" not in line
        assert "gunicorn（进程" in refused(qingqu(site, "serve", "--bind", free()))
        os.killpg(process.pid, signal.SIGTERM)
        assert eventually_restored(site, saved)


@contextmanager
def held(var: Path, kind: str, *said: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock on the data, LOCK_EX or LOCK_SH, and does nothing else."""
    code = f"import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.{kind}); input('held')"
    command = [sys.executable, "-c", code, str(var / "data.lock"), *said]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.read(4) == "held"
        yield process
        process.communicate("\n")


def test_nobody_begins_while_the_data_are_replaced(site: Path) -> None:
    with held(site, "LOCK_EX", "qingqu", "restore") as process:
        for command in (["run-due"], ["serve", "--bind", free()], ["verify"], ["restore", "x.zip"]):
            assert f"qingqu restore（进程 {process.pid}）" in refused(qingqu(site, *command)), command
    assert qingqu(site, "run-due").returncode == 0


def test_tables_are_not_made_anew_under_somebody(site: Path) -> None:
    new = site / "new"
    assert "qingqu setup" in refused(qingqu(new, "verify"))
    with held(new, "LOCK_SH"):
        assert "请先停止后再升级" in refused(qingqu(new, "setup"))
    assert qingqu(new, "setup").returncode == 0

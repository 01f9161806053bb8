"""`qingqu bench`: measure in a temporary database; the real one is not touched."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from config.bench.measure import Line, Timing, seconds
from config.bench.parts import PARTS
from config.env import BASE_DIR
from qingqu.common.errors import NotPossible

NAMES = ("migrate", *PARTS)


@click.command()
@click.option("--size", default=5000, show_default=True, type=click.IntRange(1, 5_000_000), help="Risk points.")
@click.option("--history", default=1_000_000, show_default=True, type=click.IntRange(100, 10_000_000), help="Records.")
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Measure only this; may be given several times.")
def bench(size: int, history: int, only: tuple[str, ...]) -> None:
    """Measure speed and memory with many risk points, on SQLite in a temporary folder."""
    chosen = [name for name in NAMES if not only or name in only]
    click.echo(f"测速 bench：{size} 个风险点（risk points），SQLite")
    with tempfile.TemporaryDirectory(prefix="qingqu-bench-") as whole:
        folder = Path(whole) / "built"
        folder.mkdir()
        place = _environment(folder)
        migrated = _run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], place)
        if "migrate" in chosen:
            click.echo(Line("fresh migration", seconds(migrated), "≤ 10 s", migrated.cpu <= 10))
        parts = [name for name in chosen if name != "migrate"]
        if not parts:
            return
        _run([sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity", "0"], place)
        built = _run([sys.executable, "-m", "config.bench", "build", str(size), "0"], place)
        file = folder / "qingqu.sqlite3"
        click.echo(Line("building the school", f"{seconds(built)}, {file.stat().st_size / 2**20:.0f} MB of database"))
        for name in parts:
            copy = Path(whole) / name  # of its own: what one part leaves behind is not measured by the next
            shutil.copytree(folder, copy)
            _run([sys.executable, "-m", "config.bench", name, str(size), str(history)], _environment(copy))
            shutil.rmtree(copy)


def _environment(folder: Path) -> dict[str, str]:
    """The environment of the measuring processes: a folder and a database of their own, no site's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QINGQU_")}
    path = os.pathsep.join(filter(None, [str(BASE_DIR), os.environ.get("PYTHONPATH", "")]))
    return kept | {
        "QINGQU_VAR_DIR": str(folder),
        "QINGQU_PRODUCTION": "false",
        "QINGQU_HTTPS": "false",
        "QINGQU_SIGNER_DIR": "",
        "QINGQU_ALLOWED_HOSTS": '["127.0.0.1"]',
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": path,
    }


def _run(command: list[str], place: dict[str, str]) -> Timing:
    """Run a measuring process, its lines on the screen as they come; what it cost, its start included."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(command, env=place, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for said in process.stdout:
            click.echo(said.rstrip())
    if process.returncode:
        raise NotPossible(f"测速中断：{command[3]}（measuring stopped）")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(cpu, time.perf_counter() - began)

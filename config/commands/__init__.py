"""The commands, each in the module of its noun."""

from __future__ import annotations

import click

from config import data_lock
from config.commands.bench import bench
from config.commands.data import export, import_roster, issue_codes_, setup
from config.commands.keeping import backup, restore, sign, verify
from config.commands.records import import_records, watch_folder
from config.commands.running import run_due, serve, work
from config.commands.sample import sample
from config.commands.warnings import warn


@click.group()
@click.version_option(package_name="qingqu")
def qingqu() -> None:
    """Qingqu (清渠): integrity-risk prevention and control for schools."""
    data_lock.share()


for command in (
    serve, work, setup, import_roster, import_records, watch_folder, issue_codes_, export, run_due, verify, sign,
    backup, restore, warn, bench, sample,
):  # fmt: skip
    qingqu.add_command(command)

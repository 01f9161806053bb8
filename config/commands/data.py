"""Bringing data in and out: setting up, rosters, exports."""

from __future__ import annotations

import click
from django.core.management import call_command

from config.sample.build import build
from qingqu.accounts.models import User
from qingqu.common.clock import today


@click.command()
@click.option("--sample/--empty", default=False, help="With the fictional sample school, or with nothing in it.")
def setup(sample: bool) -> None:
    """Make or update the tables and static files; with --sample also a fictional school where the database is empty."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not sample:
        click.echo("已就绪（ready）")
    elif User.objects.exists():
        click.echo("数据库已有数据，未再装示范学校（the database has data: left as it is）")
    else:
        build(today(), say=click.echo)

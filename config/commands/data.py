"""Bringing data in and out: setting up, rosters, exports."""

from __future__ import annotations

from pathlib import Path

import click
from django.core.management import call_command

from config.sample.build import build
from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.reports import exports
from qingqu.reports.tables import SHEETS


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


@click.command()
@click.argument("kind", type=click.Choice(sorted(SHEETS)))
@click.option("--year", type=click.IntRange(2000, 2999), help="Of this year only; otherwise of all.")
@click.option("--school", "code", default="", help="The school's code, where the database has several.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help=".xlsx or .csv")
def export(kind: str, year: int | None, code: str, output: Path) -> None:
    """Write a table of the school to a file. Nobody's 思想道德 items are in it: they are for the pages of a few."""
    schools = Unit.objects.active().filter(kind=Unit.Kind.SCHOOL)
    found = list(schools.filter(code=code) if code else schools[:2])
    if len(found) != 1:
        raise NotPossible("请用 --school 写明学校代码（name one school by its code）")
    made = exports.export(kind, fmt=output.suffix.lstrip(".").lower(), school=found[0], year=year)
    output.write_bytes(made.content)
    click.echo(f"{output}：{made.rows} 行（rows）")

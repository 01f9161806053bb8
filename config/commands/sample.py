"""Records of fictional schools with frauds of which we know, and how right the indicators are on them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.sample.records import scoring, writing
from config.sample.records.frauds import PLANTERS, number_rows, plant
from config.sample.records.honest import honest
from config.sample.records.world import World
from qingqu.common.errors import NotPossible
from qingqu.datasets.catalogue import templates

CITY = 12


@click.group()
def sample() -> None:
    """Records of fictional schools, for trying out and measuring."""


def shape(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that both commands share."""
    for option in (
        click.option(
            "--each", default=2, show_default=True, type=click.IntRange(0, 20), help="Cases of each indicator."
        ),
        click.option("--school/--city", default=True, help=f"One school, or {CITY}."),
        click.option("--years", default=3, show_default=True, type=click.IntRange(2, 10)),
        click.option("--seed", default=1, show_default=True, help="The same seed gives the same records."),
        click.option("--rows", default=720, show_default=True, type=click.IntRange(240, 1_000_000), help="Purchases."),
    ):
        command = option(command)
    return command


@sample.command()
@shape
@click.option("--format", "fmt", default="csv", show_default=True, type=click.Choice(writing.FORMATS))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="An empty folder."
)
def records(rows: int, seed: int, years: int, school: bool, each: int, fmt: str, output: Path) -> None:
    """Write a file for every table, as the product takes them in, and truth.csv: what was planted where.

    The other tables follow from the purchases, the years and the schools. Everything is fictional.
    """
    if output.exists() and any(output.iterdir()):
        raise NotPossible(f"{output} 不是空文件夹（the folder is not empty）")
    world = World(seed=seed, schools=1 if school else CITY, years=years)
    steps = 1 + len(PLANTERS) * bool(each) + world.schools * len(templates())
    with click.progressbar(length=steps, label="生成 sample", file=sys.stderr) as bar:
        tables = honest(world, rows)
        bar.update(1)
        tables, cases = plant(world, tables, each=each, say=lambda _: bar.update(1))
        written = writing.write(output, tables, cases, schools=world.schools, fmt=fmt, say=lambda _: bar.update(1))
    click.echo(f"{output}：{written} 行，埋设 {len(cases)} 例（{written} rows, {len(cases)} planted cases: truth.csv）")


@sample.command()
@shape
def score(rows: int, seed: int, years: int, school: bool, each: int) -> None:
    """Say how right each shipped indicator is: recall and precision on planted cases, and how much it asks otherwise.

    A finding is right only where a case was planted for its indicator, or where truth.csv says why it sees another's.
    """
    world = World(seed=seed, schools=1 if school else CITY, years=years)
    tables = honest(world, rows)
    number_rows(tables)
    months = world.schools * years * 12
    calm = scoring.findings(tables, world)
    cases: list[Any] = []
    if each:
        world = World(seed=seed, schools=world.schools, years=years)
        tables, cases = plant(world, honest(world, rows), each=each)
        for line in scoring.table(scoring.scored(cases, scoring.findings(tables, world))):
            click.echo(line)
    for colour in ("yellow", "orange", "red"):
        share = sum(hit.colour == colour for hit in calm) / months
        click.echo(f"没有埋设时每校每月 {share:.2f} 条 {colour}（on clean records, per school and month）")
